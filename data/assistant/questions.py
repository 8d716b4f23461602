"""Sections for a large language model, or a person, to ask about as GUIDE.md says, and what it wrote as lines for `tandem synth --written`.

Usage: questions.py draw SECTIONS CORPUS OUT SEED COUNT   COUNT sections of a folder of `tandem prep`, thirty a batch: OUT/CORPUS-NN.txt to read, .json to check against
       questions.py check BATCH.tsv                       says which lines do not fit; exit code 1 where any does not
       questions.py gather SECTIONS OUT.jsonl.gz BATCH.tsv...   adds what fits to OUT, each question once; SECTIONS are those that the batches were drawn from
Needs pyarrow.
"""
import collections
import gzip
import json
import pathlib
import random
import re
import sys

BATCH = 30
SHORTEST, LONGEST = 220, 1_500
PER_DOCUMENT = 2
FRONT_MATTER = re.compile(r"^(slug|date|title|authors|topics|summary):|\{\{<", re.MULTILINE)
# Characters around an answer that are tried as its quotation, until it stands once in the document.
AROUND = [25, 60, 200, 1_000]
SENTENCE_END = re.compile(r"[.!?][\"”’)]*\s|\n")


def sections(folder):
    from pyarrow import parquet

    columns = ["doc_id", "path", "title", "section", "heading_path", "text"]
    return [row for path in sorted(pathlib.Path(folder).glob("sections-*.parquet")) for row in parquet.read_table(path, columns=columns).to_pylist()]


def draw(folder, corpus, out, seed, count):
    found = [row for row in sections(folder) if SHORTEST < len(row["text"]) < LONGEST and not FRONT_MATTER.search(row["text"])]
    random.Random(int(seed)).shuffle(found)
    taken, documents = [], collections.Counter()
    for row in found:
        if len(taken) < int(count) and documents[row["doc_id"]] < PER_DOCUMENT:
            documents[row["doc_id"]] += 1
            taken.append(row)
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for number, at in enumerate(range(0, len(taken), BATCH)):
        batch, name = taken[at : at + BATCH], f"{corpus}-{number:02}"
        headings = [" > ".join(dict.fromkeys(filter(None, [row["title"], *(row["heading_path"] or [])]))) for row in batch]
        (out / f"{name}.json").write_text(json.dumps(batch), encoding="utf-8")
        (out / f"{name}.txt").write_text("".join(f"### {n}  [{heading}]\n{row['text']}\n\n" for n, (heading, row) in enumerate(zip(headings, batch))), encoding="utf-8")
    print(f"{len(taken)} of {len(found)} sections in {out}")


def lines(path):
    """For each line of a batch its number, and section, question and place of the answer, or why it does not fit."""
    path, asked = pathlib.Path(path), set()
    batch = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) not in (3, 4) or not fields[0].isdigit() or int(fields[0]) >= len(batch) or not all(fields[1:3]):
            yield number, "want: section number, tab, question, tab, answer, and perhaps a tab and some words around it"
            continue
        section, (question, answer) = batch[int(fields[0])], fields[1:3]
        context = fields[3] if len(fields) == 4 and fields[3] else answer
        text = section["text"]
        if context not in text or answer not in context:
            yield number, f"does not stand in the section character by character: {context!r}"
        elif text.count(context) > 1:
            yield number, f"stands {text.count(context)} times, copy some words around it: {context!r}"
        elif question.lower() in asked:
            yield number, "asked before"
        else:
            asked.add(question.lower())
            at = text.index(context) + context.index(answer)
            yield number, (section, question, range(at, at + len(answer)))


def check(path):
    wrong = [(number, line) for number, line in lines(path) if isinstance(line, str)]
    for number, why in wrong:
        print(f"{path}:{number}: {why}")
    sys.exit(bool(wrong))


def quotation(text, place, document):
    """Words around the answer, of its sentence, that stand once in its document and hold the answer nowhere before its place; None without such."""
    ends = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
    first = max((end for end in ends if end <= place.start), default=0)
    last = min(end for end in ends if end >= place.stop)
    for around in AROUND:
        for start in (place.start - around, place.start):
            start, stop = max(first, start), min(last, place.stop + around)
            while start > first and text[start - 1].isalnum():
                start -= 1
            while stop < last and text[stop].isalnum():
                stop += 1
            words = text[start:stop].strip()
            before = words.find(text[place.start : place.stop])
            once = sum(other.count(words) for other in document) == 1
            if once and text.index(words) + before == place.start:
                return words
    return None


def gather(folder, out, paths):
    documents = collections.defaultdict(list)
    for row in sections(folder):
        documents[row["doc_id"]].append(row["text"])
    out, rows, counts = pathlib.Path(out), {}, collections.Counter()
    if out.exists():
        with gzip.open(out, "rt", encoding="utf-8") as before:
            rows = {json.loads(line)["question"].lower(): line for line in before}
    for path in paths:
        for _, line in lines(path):
            if isinstance(line, str):
                counts["does not fit"] += 1
                continue
            section, question, place = line
            if section["doc_id"] not in documents:
                counts["of other sections"] += 1
                continue
            words = quotation(section["text"], place, documents[section["doc_id"]])
            if words is None or question.lower() in rows:
                counts["no words stand once" if words is None else "asked before"] += 1
                continue
            row = {"document": section["doc_id"], "question": question, "answer": section["text"][place.start : place.stop], "sentence": words}
            rows[question.lower()] = json.dumps(row, ensure_ascii=False) + "\n"
            counts["added"] += 1
    with gzip.GzipFile(out, "wb", mtime=0) as file:
        file.write("".join(rows.values()).encode())
    print(f"{out}: {len(rows)} questions; {dict(counts)}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["draw", *arguments] if len(arguments) == 5:
            draw(*arguments)
        case ["check", path]:
            check(path)
        case ["gather", folder, out, *paths] if paths:
            gather(folder, out, paths)
        case _:
            sys.exit(__doc__)
