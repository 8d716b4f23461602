"""Promise 4: damages a LanceDB index and asks `doctor`, `search`, `ask` and `report` about it, and then `index` to mend it from Parquet.
None may panic or hang; `doctor` has to name the damage and a remedy, and the remedy has to work.

    TANDEM=target/release/tandem TANDEM_MODELS=data/models deploy/attacks/index_damage.py
"""

import glob, os, shutil, sys

sys.dont_write_bytecode = True
from common import WORK, command, corpus, fresh, must, questions

HOME = fresh(f"{WORK}/damage")
corpus(f"{HOME}/corpus", 40)
must("prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/sections")
must("index", "--sections", f"{HOME}/sections", "--out", f"{HOME}/whole")
questions(f"{HOME}/questions.txt", 2)
open(f"{HOME}/queries.jsonl", "w").write('{"id":"q","query":"officer of the crane"}\n')
INDEX = f"{HOME}/index"
LANCE = f"{INDEX}/sections.lance"


def newest():
    """LanceDB counts versions downwards in its files' names."""
    return sorted(glob.glob(f"{LANCE}/_versions/*.manifest"))[0]


def one(pattern):
    return sorted(glob.glob(f"{LANCE}/{pattern}", recursive=True))[0]


def cut(path, share):
    data = open(path, "rb").read()
    open(path, "wb").write(data[: int(len(data) * share)])


def flip(path):
    data = bytearray(open(path, "rb").read())
    for at in range(len(data) // 3, len(data) // 3 + 40):
        data[at] ^= 0x5A
    open(path, "wb").write(data)


def hide(path):
    """Changes a file, and what the manifest says of it, so that only LanceDB can notice."""
    import json
    manifest = json.load(open(f"{INDEX}/manifest.json"))
    name = os.path.relpath(path, INDEX)
    for shard in manifest["shards"]:
        if shard["file"] == name and os.path.exists(path):
            shard["bytes"] = os.path.getsize(path)
    manifest["shards"] = [shard for shard in manifest["shards"] if os.path.exists(f"{INDEX}/{shard['file']}")]
    json.dump(manifest, open(f"{INDEX}/manifest.json", "w"))


def unlisted(act, path):
    act(path)
    hide(path)


DAMAGE = {
    "newest manifest truncated": lambda: cut(newest(), 0.5),
    "newest manifest empty": lambda: cut(newest(), 0),
    "newest manifest gone": lambda: os.remove(newest()),
    "newest manifest, bytes changed, same size": lambda: flip(newest()),
    "data file gone": lambda: os.remove(one("data/*.lance")),
    "data file truncated": lambda: cut(one("data/*.lance"), 0.5),
    "data file, bytes changed, same size": lambda: flip(one("data/*.lance")),
    "full-text file gone": lambda: os.remove(one("_indices/*/*_invert.lance")),
    "full-text file, bytes changed, same size": lambda: flip(one("_indices/*/*_invert.lance")),
    "terms, bytes changed, same size": lambda: flip(f"{INDEX}/terms-00000.parquet"),
    "sections.lance gone": lambda: shutil.rmtree(LANCE),
    "sections.lance/data gone": lambda: shutil.rmtree(f"{LANCE}/data"),
    "sections.lance/_versions gone": lambda: shutil.rmtree(f"{LANCE}/_versions"),
    "index folder gone": lambda: shutil.rmtree(INDEX),
    "index.json gone": lambda: os.remove(f"{INDEX}/index.json"),
    "manifest.json gone": lambda: os.remove(f"{INDEX}/manifest.json"),
    "run.json gone": lambda: os.remove(f"{INDEX}/run.json"),
    "unlisted: newest manifest empty": lambda: unlisted(lambda path: cut(path, 0), newest()),
    "unlisted: newest manifest truncated": lambda: unlisted(lambda path: cut(path, 0.5), newest()),
    "unlisted: newest manifest gone": lambda: unlisted(os.remove, newest()),
    "unlisted: data file gone": lambda: unlisted(os.remove, one("data/*.lance")),
    "unlisted: data file truncated": lambda: unlisted(lambda path: cut(path, 0.5), one("data/*.lance")),
    "unlisted: data file empty": lambda: unlisted(lambda path: cut(path, 0), one("data/*.lance")),
    "unlisted: full-text file truncated": lambda: unlisted(lambda path: cut(path, 0.5), one("_indices/*/*_invert.lance")),
    "unlisted: sections.lance gone": lambda: (shutil.rmtree(LANCE), hide(LANCE)),
}
ASKED = {
    "doctor": ("doctor", "--index", INDEX),
    "search": ("search", "--index", INDEX, "--queries", f"{HOME}/queries.jsonl", "--out", f"{HOME}/hits.jsonl"),
    "ask": ("ask", "Who is the officer of the crane of team 2?", "--index", INDEX),
}
REMEDY = ("index", "--sections", f"{HOME}/sections", "--out", INDEX)
wrong = 0
only = sys.argv[1:]
for name, damage in DAMAGE.items():
    if only and not any(word in name for word in only):
        continue
    shutil.rmtree(INDEX, ignore_errors=True)
    shutil.copytree(f"{HOME}/whole", INDEX)
    damage()
    print(f"== {name}", flush=True)
    for verb, words in ASKED.items():
        code, out, errors = command(*words, timeout=60)
        said = [line for line in (out + errors).splitlines() if "FAIL" in line] if verb == "doctor" else errors.splitlines()[-2:]
        bad = "panicked" in errors or code in (124, 101) or code < 0 or (verb == "doctor" and not any("run `tandem" in line for line in said))
        wrong += bad
        print(f"{'WRONG' if bad else 'ok   '} {verb} {code}: {' / '.join(said)[:420]}", flush=True)
    code, out, errors = command(*REMEDY)
    after, whole, _ = command("doctor", "--index", INDEX)
    mended = code == 0 and "FAIL" not in whole
    wrong += not mended
    print(f"{'ok   ' if mended else 'WRONG'} index again {code}: {'mended' if mended else (out + errors)[-300:] + whole[-300:]}", flush=True)
print(f"index_damage.py: {len(DAMAGE)} kinds of damage, {wrong} wrong")
sys.exit(wrong > 0)
