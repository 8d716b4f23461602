"""Promise 2: some hundred mutated files for each reader of files that a user or another program may have written: questions, tables, the
cards and manifests of folders, a library's settings. No panic, no hang (60 s), and only the codes 0 to 3.

    TANDEM=target/release/tandem TANDEM_MODELS=data/models deploy/attacks/fuzz.py PART N [SECONDS]     (needs pyarrow, blake3)

PART: txt, jsonl, toml, sections, documents, dropped, sections-manifest, index-card, index-manifest, index-terms, library, catalogue,
generation, seen, kept, reports, parts, queries.
"""

import glob, os, random, shutil, sys, time

sys.dont_write_bytecode = True
import pyarrow
from blake3 import blake3
from pyarrow import parquet

from common import WORK, command, corpus, fresh, must, questions

PART, N, SECONDS = sys.argv[1], int(sys.argv[2]), float((sys.argv[3:] or ["inf"])[0])
HOME = fresh(f"{WORK}/fuzz-{PART}")
rnd = random.Random(11)
BITS = [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"{" * 300, b"[" * 20000, b'"' * 7, b"\\u0000", b"\\ud800", b"1e999", b"-1",
        b"18446744073709551616", b"9223372036854775807", b"NaN", b"null", b"\r\n", b"\n\n", b"../../etc/passwd", b"\xe2\x80\xae", b"x" * 70000, b"[[brief]]", b"\"\"\"", b"\x1b]0;x\x07",
        b"true", b"[]", b"{}", b"=", b"."]


def mutated(data):
    """One to four of: a bit, bytes that parsers trip over, a cut, a doubled or a deleted piece, a number that is another."""
    data = bytearray(data)
    for _ in range(rnd.choice((1, 1, 2, 4))):
        at = rnd.randrange(len(data) + 1)
        what = rnd.randrange(7)
        if what == 0 and data:
            data[at % len(data)] ^= 1 << rnd.randrange(8)
        elif what == 1:
            data[at:at] = rnd.choice(BITS)
        elif what == 2:
            del data[at:]
        elif what == 3:
            piece = data[at : at + rnd.randrange(1, 200)]
            data[at:at] = piece * rnd.choice((1, 1, 5))
        elif what == 4:
            del data[at : at + rnd.randrange(1, 60)]
        elif what == 5:
            digits = [place for place in range(len(data)) if 48 <= data[place] <= 57]
            if digits:
                place = rnd.choice(digits)
                data[place : place + 1] = rnd.choice((b"99999999999", b"-7", b"0", b"1e3", b"4294967295", b"18446744073709551615"))
        else:
            data[at : at + 8] = rnd.choice(BITS)
    return bytes(data)


def other_table(path):
    """A table that opens and is another: columns gone, renamed, of other types, with nothing or nonsense in them."""
    table = parquet.read_table(path)
    what = rnd.randrange(6)
    name = rnd.choice(table.column_names)
    at = table.column_names.index(name)
    if what == 0:
        table = table.drop_columns([name])
    elif what == 1:
        table = table.rename_columns([n + "x" if n == name else n for n in table.column_names])
    elif what == 2:
        table = table.set_column(at, name, pyarrow.nulls(len(table)))
    elif what == 3:
        table = table.set_column(at, name, pyarrow.array([str(n) for n in range(len(table))]))
    elif what == 4:
        column = table.column(at)
        kind = column.type
        if pyarrow.types.is_integer(kind):
            largest = 2 ** (kind.bit_width - (0 if pyarrow.types.is_unsigned_integer(kind) else 1)) - 1
            table = table.set_column(at, table.schema.field(at), pyarrow.array([rnd.choice((0, 1, largest)) for _ in range(len(table))], kind))
        elif pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            values = [rnd.choice(("", "é" * 50, "../../x", "x" * 100000, "\u202e", "0")) for _ in range(len(table))]
            table = table.set_column(at, table.schema.field(at), pyarrow.array(values, kind))
        else:
            # Spans, paths and other lists: each row gets that of another.
            values = column.to_pylist()
            rnd.shuffle(values)
            table = table.set_column(at, table.schema.field(at), pyarrow.array(values, kind))
    else:
        table = table.slice(0, rnd.choice((0, 1)))
    parquet.write_table(table, path, compression="zstd")


def damaged_table(path):
    if rnd.random() < 0.5:
        other_table(path)
    else:
        open(path, "wb").write(mutated(open(path, "rb").read()))


def rehash(folder, *paths):
    """Says of changed files in the manifest that they are as they should be, so that the check of sizes and hashes lets them through."""
    import json
    manifest = json.load(open(f"{folder}/manifest.json"))
    for shard in manifest["shards"]:
        path = f"{folder}/{shard['file']}"
        if path in paths:
            shard["bytes"], shard["blake3"] = os.path.getsize(path), blake3(open(path, "rb").read()).hexdigest()
    json.dump(manifest, open(f"{folder}/manifest.json", "w"))


corpus(f"{HOME}/corpus", 12)
must("prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/sections")
SECTIONS, INDEX, NOW = f"{HOME}/sections", f"{HOME}/index", f"{HOME}/now"
TXT = b"Who is the officer of the anchor of team 0?\n\n# a note\nHow often is the boat inspected?\n"
JSONL = b'''{"id":"q1","question":"Who keeps the keys?","sources":[{"id":"d1","title":"T","text":"The warden keeps the keys. She is Anna."}]}
{"id":"q2","question":"What is 1?","brief":"B","sources":[{"id":"d2","text":"One is a number."}]}
{"id":"q3","question":"Where is the boat?","sources":[]}
'''
TOML = b'''[[brief]]
title = "Safety"
questions = ["Who is the safety officer?", "How often are life jackets inspected?"]

[[brief]]
title = "More"
questions = [{ id = "x", question = "Who is it?" }]
'''


def copied(folder):
    shutil.rmtree(NOW, ignore_errors=True)
    shutil.copytree(folder, NOW)


def of_questions(name, seed):
    if PART != "jsonl":
        must("index", "--sections", SECTIONS, "--out", INDEX)
    def attack():
        open(f"{HOME}/q.{name}", "wb").write(mutated(seed))
        shutil.rmtree(f"{HOME}/out", ignore_errors=True)
        # `synth --exclude` has a reader of its own for the same files; half of the runs go there.
        if rnd.random() < 0.5:
            return [("synth", "--world", "small", "--triples", "20", "--exclude", f"{HOME}/q.{name}", "--out", f"{HOME}/out")]
        return [("report", "--questions", f"{HOME}/q.{name}", "--out", f"{HOME}/out", "--searches", "1", "--read", "1", *(("--index", INDEX) if PART != "jsonl" else ()))]
    return attack


def of_sections(pattern):
    """Sections that another program wrote or damaged: indexed, looked through, made triples of."""
    def attack():
        copied(SECTIONS)
        path = sorted(glob.glob(f"{NOW}/{pattern}"))[0]
        damaged_table(path) if path.endswith("parquet") else open(path, "wb").write(mutated(open(path, "rb").read()))
        if path.endswith("parquet"):
            rehash(NOW, path)
        shutil.rmtree(f"{HOME}/out", ignore_errors=True)
        # The first two need no model and are quick.
        looked, made = ("search", "--dropped", "team", "--sections", NOW), ("synth", "--corpus", NOW, "--out", f"{HOME}/out", "--triples", "20")
        return [rnd.choice([looked, made] * 4 + [("index", "--sections", NOW, "--out", f"{HOME}/out"), ("doctor", "--data", NOW)])]
    return attack


def of_index(name):
    must("index", "--sections", SECTIONS, "--out", INDEX)
    open(f"{HOME}/queries.jsonl", "w").write('{"id":"q","query":"officer of the crane"}\n')
    def attack():
        copied(INDEX)
        path = f"{NOW}/{name}"
        damaged_table(path) if path.endswith("parquet") else open(path, "wb").write(mutated(open(path, "rb").read()))
        if not name.startswith("manifest"):
            rehash(NOW, path)
        return [rnd.choice([("search", "--dropped", "team", "--index", NOW)] * 5 + [("search", "--index", NOW, "--queries", f"{HOME}/queries.jsonl", "--out", f"{HOME}/hits.jsonl"), ("ask", "Who is the officer of the crane of team 2?", "--index", NOW), ("index", "--sections", SECTIONS, "--out", NOW)])]
    return attack


def of_library(pattern):
    library = f"{HOME}/library"
    must("init", library)
    must("add", f"{HOME}/corpus", "--library", library)
    def attack():
        copied(library)
        path = sorted(glob.glob(f"{NOW}/{pattern}", recursive=True))[0]
        damaged_table(path) if path.endswith("parquet") else open(path, "wb").write(mutated(open(path, "rb").read()))
        return [rnd.choice([("info", "--library", NOW), ("list", "--library", NOW), ("update", "--library", NOW), ("ask", "Who is the officer of the crane of team 2?", "--library", NOW)])]
    return attack


def of_reports():
    must("index", "--sections", SECTIONS, "--out", INDEX)
    report = f"{HOME}/report"
    must("report", "--questions", questions(f"{HOME}/questions.txt", 3), "--index", INDEX, "--out", report)
    def attack():
        copied(report)
        path = rnd.choice([f"{NOW}/{name}" for name in ("reports.parquet", "manifest.json", "run.json", "reports.jsonl")])
        damaged_table(path) if path.endswith("parquet") else open(path, "wb").write(mutated(open(path, "rb").read()))
        if os.path.basename(path).startswith("reports"):
            rehash(NOW, path)
        return [rnd.choice([("verify", "--report", NOW, "--corpus", f"{HOME}/corpus"), ("doctor", "--data", NOW),
                            ("report", "--questions", f"{HOME}/questions.txt", "--index", INDEX, "--out", NOW, "--format", "docx")])]
    return attack


def of_parts():
    for i in range(2):
        must("prep", "--corpus", f"{HOME}/corpus", "--out", f"{HOME}/whole/part-{i}", "--shard", f"{i}/2")
    def attack():
        copied(f"{HOME}/whole")
        path = rnd.choice([p for p in glob.glob(f"{NOW}/*/*") if os.path.getsize(p)])
        damaged_table(path) if path.endswith("parquet") else open(path, "wb").write(mutated(open(path, "rb").read()))
        if path.endswith("parquet"):
            rehash(os.path.dirname(path), path)
        shutil.rmtree(f"{HOME}/out", ignore_errors=True)
        return [("merge", f"{NOW}/part-0", f"{NOW}/part-1", "--out", f"{HOME}/out")]
    return attack


def of_queries():
    must("index", "--sections", SECTIONS, "--out", INDEX)
    seed = b'{"id":"q1","query":"officer of the crane"}\n{"id":"q2","query":"boat AND (anchor OR \\"keel\\") + - * ~ ^2"}\n'
    def attack():
        open(f"{HOME}/q.jsonl", "wb").write(mutated(seed))
        return [("search", "--index", INDEX, "--queries", f"{HOME}/q.jsonl", "--out", f"{HOME}/hits.jsonl")]
    return attack


PARTS = {
    "txt": lambda: of_questions("txt", TXT), "jsonl": lambda: of_questions("jsonl", JSONL), "toml": lambda: of_questions("toml", TOML),
    "sections": lambda: of_sections("sections-*.parquet"), "documents": lambda: of_sections("documents-*.parquet"),
    "dropped": lambda: of_sections("dropped-*.parquet"), "sections-manifest": lambda: of_sections("manifest.json"),
    "index-card": lambda: of_index("index.json"), "index-manifest": lambda: of_index("manifest.json"), "index-terms": lambda: of_index("terms-00000.parquet"),
    "library": lambda: of_library("tandem.toml"), "catalogue": lambda: of_library(".tandem/state/*/catalogue-*.parquet"),
    "generation": lambda: of_library(".tandem/state/*/generation.json"), "seen": lambda: of_library(".tandem/seen-*.parquet"),
    "kept": lambda: of_library(".tandem/kept/**/*.parquet"), "reports": of_reports, "parts": of_parts, "queries": of_queries,
}
attack = PARTS[PART]()
runs, codes, wrong, end = 0, {}, 0, time.monotonic() + SECONDS
while runs < N and time.monotonic() < end:
    for words in attack():
        code, out, errors = command(*words, timeout=60)
        runs += 1
        codes[code] = codes.get(code, 0) + 1
        if "panicked" in errors or code not in (0, 1, 2, 3):
            wrong += 1
            kept = f"{HOME}/wrong-{wrong}"
            if wrong <= 20:
                os.makedirs(kept, exist_ok=True)
                for path in (NOW, f"{HOME}/q.{PART}", f"{HOME}/q.jsonl"):
                    if os.path.isdir(path): shutil.copytree(path, f"{kept}/now", dirs_exist_ok=True)
                    elif os.path.exists(path): shutil.copy(path, kept)
            panic = [line for line in errors.splitlines() if "panicked" in line]
            print("WRONG", wrong, code, " ".join(words[:3]), (panic or errors.splitlines()[-1:] or ["no word"])[0][:300], errors[-400:].replace("\n", " / ") , flush=True)
print(f"fuzz {PART}: {runs} runs, codes {dict(sorted(codes.items()))}, wrong {wrong}")
sys.exit(wrong > 0)
