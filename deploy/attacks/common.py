"""What all attacks share: the binary, small inputs that are made with it, and a run that is watched."""

import os, random, shutil, subprocess, time

TANDEM = os.environ.get("TANDEM", "tandem")
WORK = os.environ.get("TANDEM_ATTACKS", "/tmp/tandem-attacks")
NAMES = "Anna Bela Carl Dora Emil Frida Georg Hanna Ivan Julia Karl Lena Martin Nora Otto Paula Rosa Simon Tilda Viktor".split()
THINGS = "anchor boat crane dock engine ferry gangway harbour inlet jetty keel lantern mast net oar pier quay rudder sail tiller".split()


def command(*words, cwd=None, timeout=600, env=None):
    """Runs the binary and gives its code, its output and its errors. A run past the time is code 124."""
    try:
        done = subprocess.run([TANDEM, *words], capture_output=True, cwd=cwd, timeout=timeout, env={**os.environ, **(env or {})})
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        return 124, "", (late.stderr or b"").decode("utf-8", "replace")


def must(*words, **more):
    """The same for what has to work before the attack begins."""
    code, out, errors = command(*words, **more)
    assert code in (0, 3), (words, code, errors[-500:])
    return code


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def document(rnd, number):
    thing, name = THINGS[number % 20], NAMES[rnd.randrange(20)]
    return (f"# Team {number}: {thing}\n\nThe officer of the {thing} of team {number} is {name}. The {thing} is inspected every "
            f"{rnd.randrange(2, 30)} days. Its number is {thing[:2].upper()}-{number * 37 + 11}.\n")


def corpus(path, documents, seed=1):
    """Small documents; for each hundred a duplicate, an empty file and a broken PDF."""
    fresh(path)
    rnd = random.Random(seed)
    for number in range(documents):
        text = document(rnd, number)
        open(f"{path}/{number:04}.md", "w").write(text)
        if number % 100 == 50:
            open(f"{path}/{number:04}-again.md", "w").write(text)
            open(f"{path}/{number:04}-empty.md", "w").close()
            open(f"{path}/{number:04}-broken.pdf", "wb").write(b"%PDF-1.4\n" + rnd.randbytes(300))
    return path


def questions(path, number):
    lines = [f"Who is the officer of the {THINGS[n % 20]} of team {n}?" for n in range(number)]
    open(path, "w").write("\n".join(lines) + "\n")
    return path


def clock():
    return time.monotonic()
