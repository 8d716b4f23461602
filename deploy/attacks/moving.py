"""Promises 2, 3 and 5: files that change, shrink and vanish while `prep` reads them; two writers into one folder; clocks that are wrong;
Ctrl-C and SIGTERM.

    TANDEM=target/release/tandem TANDEM_MODELS=data/models deploy/attacks/moving.py changing|writers|clock|signals N [SECONDS]
                                                                                            (needs pyarrow; clock: faketime)
"""

import json, os, random, shutil, signal, subprocess, sys, threading, time

sys.dont_write_bytecode = True
from pyarrow import parquet

from common import TANDEM, WORK, command, corpus, fresh, must
from verbs import Job, readable

PART, N, SECONDS = sys.argv[1], int(sys.argv[2]), float((sys.argv[3:] or ["inf"])[0])
HOME = fresh(f"{WORK}/moving-{PART}")
rnd, wrong, end = random.Random(5), 0, time.monotonic() + SECONDS


def say(bad, *words):
    global wrong
    wrong += bool(bad)
    if bad:
        print("WRONG", *words, flush=True)


def change(path):
    """One of what editors, logs and clean-ups do to a file that is being read."""
    what = rnd.randrange(7)
    if what == 0:
        os.truncate(path, os.path.getsize(path) // 2)
    elif what == 1:
        os.truncate(path, 0)
    elif what == 2:
        os.remove(path)
    elif what == 3:
        with open(path, "ab") as file:
            file.write(b"\nOne line more about the anchor.\n" * rnd.choice((1, 1000)))
    elif what == 4:
        with open(path + ".new", "w") as file:
            file.write("# Another\n\nIt was replaced.\n")
        os.replace(path + ".new", path)
    elif what == 5:
        os.remove(path)
        os.mkdir(path)
    else:
        os.chmod(path, 0)


def changing():
    """Files go while prep reads; then, at rest, prep into another folder gives what a fresh copy gives."""
    for round in range(N):
        if time.monotonic() > end:
            return round
        corpus(f"{HOME}/corpus", 300, seed=round)
        open(f"{HOME}/corpus/large.txt", "w").write("The large file has a sentence about team 7. " * 60000)
        open(f"{HOME}/corpus/lines.jsonl", "w").write("".join(f'{{"id":"{n}","text":"Record {n} is about the keel."}}\n' for n in range(3000)))
        shutil.rmtree(f"{HOME}/out", ignore_errors=True)
        process = subprocess.Popen([TANDEM, "prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        names = sorted(os.listdir(f"{HOME}/corpus"))
        changed = 0
        while process.poll() is None:
            path = f"{HOME}/corpus/{rnd.choice([*names, 'large.txt', 'lines.jsonl'])}"
            try:
                change(path)
                changed += 1
            except OSError:
                pass
            time.sleep(0.002)
        out, errors = process.communicate()
        code = process.returncode
        bad = code not in (0, 1, 3) or "panicked" in errors
        if code in (0, 3):
            counts = json.load(open(f"{HOME}/out/manifest.json"))["counts"]
            bad |= counts["in"] != counts["out"] + counts["skipped"] + counts["failed"]
            for name in os.listdir(f"{HOME}/out"):
                if name.endswith("parquet"):
                    parquet.read_table(f"{HOME}/out/{name}")
        codes[code] = codes.get(code, 0) + 1
        if code == 1:
            ones.add(errors.strip().splitlines()[-1][-200:])
        say(bad, "changing", round, code, errors[-300:])
        # What changed is refused or read anew, and never taken for the same.
        for verb in (["prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/out"],):
            again, _, errors = command(*verb)
            say(again not in (0, 1, 3) or "panicked" in errors, "again", round, again, errors[-300:])
            second[again] = second.get(again, 0) + 1
            if again == 1:
                ones.add("again: " + errors.strip().splitlines()[-1][-200:])
    return N


codes, second, ones = {}, {}, set()


def writers():
    """Two of the same command at once, N times for each verb: one does it, the other does it or says who does."""
    done = 0
    for verb in ("prep", "merge-sections", "merge-report", "synth", "update", "index"):
        home = fresh(f"{HOME}/{verb}")
        job = Job(verb, home, f"{home}/out")
        job.begin()
        code, _, errors = job.run()
        assert code in (0, 3), errors
        want = job.state()
        for round in range(N):
            if time.monotonic() > end:
                return done
            job.begin()
            if not job.of_library:
                os.makedirs(job.out, exist_ok=True)
            both = []
            for _ in range(2):
                both.append(subprocess.Popen([TANDEM, *job.typed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
                time.sleep(rnd.random() * 0.05)
            ended = [(process.communicate(), process.returncode) for process in both]
            got = [returned for _, returned in ended]
            told = [errors.strip().splitlines()[-1] for (_, errors), returned in ended if returned == 1]
            unlike = [name for name in want if name != "database" and want[name] != job.state().get(name)]
            bad = code not in got or any(returned not in (code, 1) for returned in got) or unlike
            bad = bad or any(word not in line for line in told for word in ("process", ":"))
            say(bad, verb, round, got, told, unlike[:4])
            codes[f"{verb} {sorted(got)}"] = codes.get(f"{verb} {sorted(got)}", 0) + 1
            ones.update(line.split("process")[0][-60:] + "process N" + line.split("process")[1].lstrip(" 0123456789") for line in told if "process" in line)
            done += 1
    return done


def clock():
    """Clocks that are wrong, and times of files that lie in the future: what an update sees depends on the bytes."""
    library, documents = f"{HOME}/library", corpus(f"{HOME}/documents", 5)
    must("init", library)
    must("add", documents, "--library", library)

    def update(what, want, when=None):
        words = [TANDEM, "update", "--library", library, "--json"]
        done = subprocess.run((["faketime", when] if when else []) + words, capture_output=True, text=True)
        found = json.loads(done.stdout)["counts"].get("changed") if done.returncode == 0 else done.stderr[-200:]
        print("ok   " if found == want else "WRONG", what, "changed", found, flush=True)
        say(found != want, what, found)

    def edit(number, word, keep=None, future=None):
        path = f"{documents}/{number:04}.md"
        before = os.stat(path)
        text = open(path).read()
        text = text[:-6] + word + text[-6 + len(word):]
        open(path, "w").write(text)
        if keep:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        if future:
            os.utime(path, (future, future))

    update("nothing", 0)
    edit(0, "A", keep=True)
    update("same size and time", 1)
    edit(1, "B", future=2208988800)
    update("time in 2040", 1)
    update("again", 0)
    edit(1, "C", keep=True)
    update("time in 2040 kept, same size", 1)
    edit(2, "D")
    update("clock in 2001", 1, "2001-01-01 00:00:00")
    update("clock in 2001, nothing", 0, "2001-01-01 00:00:00")
    edit(2, "E", keep=True)
    update("clock in 2001, same size and time", 1, "2001-01-01 00:00:00")
    edit(3, "F", future=1)
    update("time in 1970, clock in 2040", 1, "2040-01-01 00:00:00")
    edit(3, "G", keep=True)
    update("clock back from 2040 to now, same size and time", 1)
    update("nothing", 0)
    for when in ("2001-01-01 00:00:00", "2040-01-01 00:00:00"):
        for name in (None, when):
            out = f"{HOME}/{'now' if name is None else 'then'}"
            shutil.rmtree(out, ignore_errors=True)
            subprocess.run((["faketime", name] if name else []) + [TANDEM, "prep", "--corpus", documents, "--out", out], capture_output=True)
        same = subprocess.run(["diff", "-r", f"{HOME}/now", f"{HOME}/then"]).returncode == 0
        print("ok   " if same else "WRONG", "prep under the clock of", when, flush=True)
        say(not same, "prep at", when)
    return 13


def signals():
    """Ctrl-C and SIGTERM at random moments: how long until the end, and what is said."""
    done, slowest = 0, 0.0
    for verb in ("prep", "merge-sections", "synth", "index", "report", "add", "update"):
        home = fresh(f"{HOME}/{verb}")
        job = Job(verb, home, f"{home}/out")
        job.begin()
        start = time.monotonic()
        code, _, errors = job.run()
        span, want = time.monotonic() - start, job.state()
        hits = silent = 0
        for round in range(N):
            if time.monotonic() > end:
                return done
            job.begin()
            process = subprocess.Popen([TANDEM, *job.typed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            kind = (signal.SIGINT, signal.SIGTERM)[round % 2]
            try:
                process.wait(rnd.random() * span)
            except subprocess.TimeoutExpired:
                pass
            if process.poll() is not None:
                process.communicate()
                continue
            process.send_signal(kind)
            start = time.monotonic()
            try:
                _, errors = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                _, errors = process.communicate()
            took = time.monotonic() - start
            slowest = max(slowest, took)
            if process.returncode != -kind:
                say(process.returncode not in (0, 3), verb, "ends with", process.returncode, errors[-200:])
                continue
            hits += 1
            silent += "stopped: " not in errors
            say(took > 2, verb, "took", took)
            again, _, errors = job.run()
            refused = verb == "add" and "registered already" in errors
            if refused:
                codes["the same add was refused though it said that it would go on"] = codes.get("the same add was refused though it said that it would go on", 0) + 1
                again, _, errors = command("update", "--library", job.out)
            unlike = [name for name in want if name != "database" and want[name] != job.state().get(name)] if again == code else ["code"]
            say(unlike, verb, "afterwards", again, unlike[:4], errors[-200:])
            done += 1
        codes[verb] = f"{hits} hits, {silent} without a word"
    ones.add(f"slowest end {slowest:.2f} s")
    return done


made = {"changing": changing, "writers": writers, "clock": clock, "signals": signals}[PART]()
print(f"moving {PART}: {made} made, {wrong} wrong; {codes}; second time {second}; said: {sorted(ones)}")
sys.exit(wrong > 0)
