"""Promise 3: kills a verb with SIGKILL at random moments of its run, runs it again until it is done, and compares the folder with an
undisturbed one, byte for byte; of reports without their milliseconds, of LanceDB's files (their names are random) what is in them.
In between, whatever was left under its final name has to be readable.

    TANDEM=target/release/tandem TANDEM_MODELS=data/models deploy/attacks/kills.py VERB N [SECONDS]     (needs pyarrow)

VERB is one of verbs.py. It ends after N kills that hit, or after SECONDS.
"""

import glob, os, random, shutil, signal, subprocess, sys, time

sys.dont_write_bytecode = True
from common import TANDEM, WORK, command, fresh
from verbs import Job, readable

VERB, N, SECONDS = sys.argv[1], int(sys.argv[2]), float((sys.argv[3:] or ["inf"])[0])
HOME = fresh(f"{WORK}/kills-{VERB}")
OUT = f"{HOME}/out"
job = Job(VERB, HOME, OUT)
spans, seen = [], []
for _ in range(3):
    job.begin()
    start = time.monotonic()
    code, _, errors = job.run()
    spans.append(time.monotonic() - start)
    assert code in (0, 3), errors[-500:]
    seen.append(job.state())
unlike = sorted({name for other in seen[1:] for name in other.keys() | seen[0].keys() if other.get(name) != seen[0].get(name)})
want = {name: value for name, value in seen[0].items() if name not in unlike}
if unlike:
    print("differs between undisturbed runs, not compared:", unlike)
span, rnd = sorted(spans)[1], random.Random(7)
starts = hits = bad = unreadable = refused = 0
end = time.monotonic() + SECONDS
while hits < N and time.monotonic() < end:
    job.begin()
    starts += 1
    process = subprocess.Popen([TANDEM, *job.typed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    began = time.monotonic()
    try:
        process.wait(rnd.random() * span)
        # A machine with other work is now slower and now faster; moments shall fall into the whole of a run.
        span = 0.7 * span + 0.3 * (time.monotonic() - began)
    except subprocess.TimeoutExpired:
        span *= 1.01
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    hit = process.wait() == -9
    hits += hit
    if hit:
        try:
            readable(job)
        except Exception as fault:
            unreadable += 1
            print("UNREADABLE", hits, repr(fault)[:300], flush=True)
    again, _, errors = job.run()
    if VERB == "add" and "registered already" in errors:
        refused += 1
        again, _, errors = command("update", "--library", OUT)
    got = job.state() if again in (0, 3) else {}
    wrong = sorted(name for name in (want.keys() | got.keys()) - set(unlike) if want.get(name) != got.get(name))
    left = [path for path in glob.glob(f"{OUT}/**/*", recursive=True, include_hidden=True) if path.endswith((".tmp", ".part", ".partial"))]
    if again != code or wrong or left:
        bad += 1
        print("BAD", hits, again, errors[-300:], wrong, left, flush=True)
        shutil.rmtree(f"{HOME}/bad-{bad}", ignore_errors=True)
        if bad <= 3 and os.path.exists(OUT):
            shutil.copytree(OUT, f"{HOME}/bad-{bad}")
    if starts % 50 == 0:
        print(f"... {VERB} {hits} hits of {starts} starts, bad {bad}, unreadable {unreadable}", flush=True)
print(f"{VERB}: a run takes {span:.2f} s; {starts} starts, {hits} killed; other result {bad}, unreadable {unreadable}; compared {len(want)} names"
      + (f"; the same `add` again was refused {refused} times, `update` was run instead" if refused else ""))
sys.exit(bad + unreadable > 0)
