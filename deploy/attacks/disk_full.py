"""Promises 2 and 3: a disk that is full at one of several moments of every verb that writes. The verb has to end with another code than 0
and to name a file; when there is room the same command has to end with the right result.

    sudo TANDEM=target/release/tandem TANDEM_MODELS=data/models deploy/attacks/disk_full.py [VERB ...]     (root, for tmpfs; needs pyarrow)
"""

import os, subprocess, sys, time

sys.dont_write_bytecode = True
from common import WORK, command, fresh
from verbs import Job

PAGE = 4096
wrong = runs = 0


def mount(path, size):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tandem-attack", path], check=True)


def remount(path, size):
    """Smaller than what lies there it cannot be made; a file that was deleted goes with the last process that has it open."""
    for _ in range(50):
        if subprocess.run(["mount", "-o", f"remount,size={size}", path], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise OSError(f"{path}: cannot be made {size} bytes small, {used(path)} are used")


def used(path):
    found = os.statvfs(path)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


for verb in sys.argv[1:] or "prep merge-sections index merge-index report merge-report add update synth".split():
    home = fresh(f"{WORK}/full-{verb}")
    out = f"{home}/out"
    os.makedirs(out)
    mount(out, "64m")
    try:
        job = Job(verb, home, out)
        job.begin()
        before = used(out)
        code, _, errors = job.run()
        assert code in (0, 3), errors
        need, want = used(out), job.state()
        for share in (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 0.97):
            remount(out, "64m")
            job.begin()
            remount(out, max(PAGE, before + int((need - before) * share) // PAGE * PAGE))
            full, said, errors = job.run()
            line = (errors.strip().splitlines() or [""])[-1]
            remount(out, "64m")
            again, _, late = job.run()
            if verb == "add" and "registered already" in late:
                line += "  [THE SAME ADD AGAIN WAS REFUSED, update run instead]"
                again, _, late = command("update", "--library", out)
            got = job.state() if again in (0, 3) else {}
            unlike = [name for name in want.keys() | got.keys() if name != "database" and want.get(name) != got.get(name)]
            bad = full in (0, 101, 124) or full < 0 or "panicked" in errors or out not in errors or again != code or bool(unlike)
            # A disk that was not filled after all is no attack.
            if full == code and not unlike:
                print(f"-     {verb} {share:.0%} of {(need - before) // 1024} KiB: fitted", flush=True)
                continue
            runs += 1
            wrong += bad
            print(f"{'WRONG' if bad else 'ok   '} {verb} {share:.0%} of {(need - before) // 1024} KiB: {full}: {line[-330:]} | again {again} {sorted(unlike)[:5]} {late[-200:] if again != code else ''}", flush=True)
    finally:
        subprocess.run(["umount", out])
print(f"disk_full.py: {runs} full disks, {wrong} wrong")
sys.exit(wrong > 0)
