"""The promises that take one command each: citations that verify (1), any bytes (2), the same bytes whatever the number of threads (5),
no network (6).

    TANDEM=target/release/tandem TANDEM_MODELS=data/models deploy/attacks/promises.py cited|bytes|same|network [FOLDER OF SEED FILES]
"""

import json, os, random, re, shutil, subprocess, sys, time

sys.dont_write_bytecode = True
from common import TANDEM, WORK, command, corpus, fresh, must, questions

PART = sys.argv[1]
HOME = fresh(f"{WORK}/promises-{PART}")
rnd = random.Random(3)


def cited():
    corpus(f"{HOME}/corpus", 60)
    must("prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/sections")
    must("index", "--sections", f"{HOME}/sections", "--out", f"{HOME}/index")
    must("report", "--questions", questions(f"{HOME}/q.txt", 30), "--index", f"{HOME}/index", "--out", f"{HOME}/report")
    code, out, errors = command("verify", "--report", f"{HOME}/report", "--corpus", f"{HOME}/corpus")
    print("verify", code, out.splitlines()[0])
    for number in range(0, 30, 2):
        path = f"{HOME}/corpus/{number:04}.md"
        text = open(path).read()
        open(path, "w").write(text.replace("officer", "0fficer"))
    code, out, errors = command("verify", "--report", f"{HOME}/report", "--corpus", f"{HOME}/corpus")
    print("verify after 15 originals were changed", code, " / ".join(out.splitlines()[-3:-1]))


def bytes_():
    """Files of every format with some bytes changed, cut or doubled, and files of random bytes."""
    seeds = [os.path.join(at, name) for at, _, names in os.walk(sys.argv[2]) for name in names]
    seeds = [path for path in seeds if os.path.getsize(path) < 2_000_000]
    folder = fresh(f"{HOME}/corpus")
    for number in range(1000):
        seed = rnd.choice(seeds)
        data = bytearray(open(seed, "rb").read())
        for _ in range(rnd.choice((1, 3, 20))):
            at = rnd.randrange(len(data) + 1)
            if (what := rnd.randrange(4)) == 0 and data:
                data[at % len(data)] = rnd.randrange(256)
            elif what == 1:
                data[at:at] = data[at : at + rnd.randrange(400)]
            elif what == 2:
                del data[at : at + rnd.randrange(200)]
            else:
                data[at : at + 4] = rnd.randbytes(4)
        if number % 10 == 0:
            data = rnd.randbytes(rnd.randrange(5000))
        open(f"{folder}/{number:04}-{os.path.basename(seed)}", "wb").write(data)
    start = time.monotonic()
    done = subprocess.run(["/usr/bin/env", "time", "-f", "%M KiB at most", TANDEM, "prep", "--corpus", folder, "--out", f"{HOME}/out"], capture_output=True, text=True, errors="replace") \
        if shutil.which("time") else subprocess.run([TANDEM, "prep", "--corpus", folder, "--out", f"{HOME}/out"], capture_output=True, text=True, errors="replace")
    counts = json.load(open(f"{HOME}/out/manifest.json"))["counts"]
    print("bytes:", done.returncode, f"{time.monotonic() - start:.0f} s", counts, "balanced", counts["in"] == counts["out"] + counts["skipped"] + counts["failed"],
          "panicked" in done.stderr, done.stderr.splitlines()[-1:], f"{len(seeds)} seeds of {sorted({path.rsplit('.', 1)[-1] for path in seeds})}")


def same():
    corpus(f"{HOME}/corpus", 300)
    for verb, words in (("prep", ("prep", "--corpus", f"{HOME}/corpus")), ("synth", ("synth", "--world", "small", "--triples", "300"))):
        for threads in (1, 2, 7):
            must(*words, "--out", f"{HOME}/{verb}-{threads}", env={"RAYON_NUM_THREADS": str(threads)})
        ends = [subprocess.run(["diff", "-rq", f"{HOME}/{verb}-1", f"{HOME}/{verb}-{threads}"], capture_output=True, text=True).stdout for threads in (2, 7)]
        print(verb, "with 1, 2 and 7 threads:", "the same bytes" if not any(ends) else ends)
    with open(f"{HOME}/queries.jsonl", "w") as file:
        for number in range(50):
            file.write(json.dumps({"id": str(number), "query": f"officer of team {number} inspected"}) + "\n")
    found = []
    for number, threads in enumerate((1, 2)):
        must("index", "--sections", f"{HOME}/prep-1", "--out", f"{HOME}/index-{number}", env={"RAYON_NUM_THREADS": str(threads)})
        must("search", "--index", f"{HOME}/index-{number}", "--queries", f"{HOME}/queries.jsonl", "--out", f"{HOME}/hits-{number}.jsonl")
        found.append(open(f"{HOME}/hits-{number}.jsonl", "rb").read())
    print("two indexes of the same sections, 50 queries:", "the same hits and scores" if found[0] == found[1] else "differ")


def network():
    """Every verb in a namespace without a network, and what it asks the system for."""
    corpus(f"{HOME}/corpus", 20)
    questions(f"{HOME}/q.txt", 2)
    verbs = [("prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/s"), ("index", "--sections", f"{HOME}/s", "--out", f"{HOME}/i"),
             ("report", "--questions", f"{HOME}/q.txt", "--index", f"{HOME}/i", "--out", f"{HOME}/r"), ("verify", "--report", f"{HOME}/r", "--corpus", f"{HOME}/corpus"),
             ("ask", "Who is the officer of the boat of team 1?", "--index", f"{HOME}/i"), ("doctor", "--index", f"{HOME}/i"), ("synth", "--world", "small", "--triples", "50", "--out", f"{HOME}/w"),
             ("init", f"{HOME}/l"), ("add", f"{HOME}/corpus", "--library", f"{HOME}/l"), ("update", "--library", f"{HOME}/l")]
    for words in verbs:
        traced = ["strace", "-f", "-o", f"{HOME}/trace", "-e", "trace=socket,connect,sendto"] if shutil.which("strace") else []
        done = subprocess.run(["unshare", "-n", *traced, TANDEM, *words], capture_output=True, text=True)
        sockets = re.findall(r"socket\((AF_\w+)", open(f"{HOME}/trace").read()) if traced else "not traced"
        print("network:", words[0], done.returncode, "sockets:", sockets)


{"cited": cited, "bytes": bytes_, "same": same, "network": network}[PART]()
