"""The verbs that write, each with small inputs: what is typed, and what has to lie in the folder afterwards."""

import glob, hashlib, json, os, shutil

import pyarrow
from pyarrow import parquet

from common import command, corpus, must, questions

FEW = ("--searches", "1", "--read", "1")
VERBS = "prep shard merge-sections vectors index merge-index report report-long report-shard merge-report add update synth".split()


class Job:
    """One verb with its inputs in `home`; it writes `out`."""

    def __init__(self, verb, home, out):
        self.verb, self.home, self.out = verb, home, out
        self.of_library = verb in ("add", "update")
        self.typed = [*self._typed(), "--library" if self.of_library else "--out", out]

    def _sections(self, documents):
        corpus(f"{self.home}/corpus", documents)
        must("prep", "--corpus", f"{self.home}/corpus", "--out", f"{self.home}/sections")
        return f"{self.home}/sections"

    def _shards(self, verb, *words):
        """Four parts of a step, made undisturbed."""
        parts = [f"{self.home}/part-{i}" for i in range(4)]
        for i, part in enumerate(parts):
            must(verb, *words, "--out", part, "--shard", f"{i}/4")
        return parts

    def _library(self):
        """A library of documents of which some change afterwards."""
        corpus(f"{self.home}/documents", 20)
        must("init", f"{self.home}/before")
        if self.verb == "update":
            must("add", f"{self.home}/documents", "--library", f"{self.home}/before")
            for number in (3, 7, 11):
                open(f"{self.home}/documents/{number:04}.md", "a").write(f"\nThe visit of day {number} was late.\n")
            os.remove(f"{self.home}/documents/0005.md")

    def _typed(self):
        home, verb = self.home, self.verb
        if verb in ("prep", "shard", "merge-sections"):
            read = ["--corpus", corpus(f"{home}/corpus", 300)]
            return {"prep": ["prep", *read], "shard": ["prep", *read, "--shard", "0/2"]}.get(verb) or ["merge", *self._shards("prep", *read)]
        if verb == "index":
            return ["index", "--sections", self._sections(40)]
        if verb == "vectors":
            return ["index", "--sections", self._sections(140), "--shard", "0/2"]
        if verb == "merge-index":
            return ["merge", *self._shards("index", "--sections", self._sections(300))]
        if verb == "synth":
            return ["synth", "--world", "small", "--triples", "300"]
        if self.of_library:
            self._library()
            return ["add", f"{home}/documents"] if verb == "add" else ["update"]
        must("index", "--sections", self._sections(40), "--out", f"{home}/index")
        asked = ["--questions", questions(f"{home}/questions.txt", 4 if verb == "report" else 40), "--index", f"{home}/index", *FEW]
        return ["merge", *self._shards("report", *asked)] if verb == "merge-report" else \
            ["report", *asked, *(["--shard", "0/2"] if verb == "report-shard" else [])]

    def begin(self):
        """Clears the folder (not the folder itself, where something is mounted there)."""
        if os.path.ismount(self.out):
            for name in os.listdir(self.out):
                path = f"{self.out}/{name}"
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        else:
            shutil.rmtree(self.out, ignore_errors=True)
        if self.of_library:
            shutil.copytree(f"{self.home}/before", self.out, dirs_exist_ok=True)

    def run(self):
        return command(*self.typed)

    def state(self):
        """Name -> hash of what is in the folder; of LanceDB's files, whose names are random, what is in them."""
        root, found, database = self.out, {}, []
        if self.of_library:
            root = f"{root}/.tandem/state/" + open(f"{root}/.tandem/current").read().strip()
        for path in sorted(glob.glob(f"{root}/**/*", recursive=True)):
            name = os.path.relpath(path, root)
            if os.path.isdir(path) or name.startswith("readers"):
                continue
            data = open(path, "rb").read()
            if "sections.lance/" in name:
                # Postings lie in another order each time: of them the size alone.
                if "/data/" in name or name.endswith(("_docs.lance", "_tokens.lance")):
                    database.append(hashlib.sha256(data).hexdigest())
                elif name.endswith("_invert.lance"):
                    database.append(f"{len(data)} bytes")
                continue
            found[name] = hashlib.sha256(comparable(name, data)).hexdigest()
        found["database"] = sorted(database)
        return found


def comparable(name, data):
    """The bytes of a file without what is measured."""
    if name.endswith("reports.jsonl"):
        rows = [json.loads(line) for line in data.splitlines()]
        return json.dumps([{name: value for name, value in row.items() if name != "milliseconds"} for row in rows]).encode()
    if os.path.basename(name).startswith("reports") and name.endswith(".parquet"):
        return repr(parquet.read_table(pyarrow.BufferReader(data)).drop_columns(["milliseconds"]).to_pylist()).encode()
    if name.endswith("manifest.json"):
        return json.dumps(json.loads(data)["counts"]).encode()
    if name.endswith(("report.html", "report.md", "run.json", "generation.json")):
        return b"there"
    return data


def readable(job):
    """What bears its final name has to open, whenever the process was killed."""
    for path in glob.glob(f"{job.out}/**/*.parquet", recursive=True):
        parquet.read_table(path)
    for path in glob.glob(f"{job.out}/**/*.json", recursive=True):
        if ".lance/" not in path:
            json.load(open(path))
    for path in glob.glob(f"{job.out}/**/reports.jsonl", recursive=True):
        for line in open(path):
            json.loads(line)
    if job.of_library:
        code, _, errors = command("info", "--library", job.out)
        assert code in (0, 3), f"info ends with {code}: {errors[-300:]}"
