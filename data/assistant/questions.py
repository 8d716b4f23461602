"""Sections for a large language model, or a person, to ask about as GUIDE.md says, and what it wrote as lines for `tandem synth --written`.

Usage: questions.py draw SECTIONS CORPUS OUT SEED COUNT   COUNT sections of a folder of `tandem prep`, thirty a batch: OUT/CORPUS-NN.txt to read, .json to check against
       questions.py pairs SECTIONS CORPUS OUT SEED COUNT  the same of pairs, of which the first text, A, names the title of the second, B
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
# A name shorter than this is often something else's too.
SHORTEST_NAME = 7
BRACKETS = re.compile(r"\s*\([^)]*\)$")
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
    write(taken, corpus, out)
    print(f"{len(taken)} of {len(found)} sections in {out}")


def pairs(folder, corpus, out, seed, count):
    """Each second text with the first as its `lead` and the `name` that leads to it."""
    titled, found, taken, documents = collections.defaultdict(list), [], [], collections.Counter()
    for row in (row for row in sections(folder) if len(row["text"]) < LONGEST):
        titled[BRACKETS.sub("", row["title"] or "")].append(row)
    names = {name: rows[0] for name, rows in titled.items() if len(rows) == 1 and len(name) >= SHORTEST_NAME}
    for title, rows in titled.items():
        for row in rows:
            found += [{**names[name], "lead": row, "name": name} for name in names if name in row["text"] and name not in title]
    random.Random(int(seed)).shuffle(found)
    for row in found:
        if len(taken) < int(count) and documents[row["doc_id"]] < PER_DOCUMENT:
            documents[row["doc_id"]] += 1
            taken.append(row)
    write(taken, corpus, out)
    print(f"{len(taken)} of {len(found)} pairs in {out}")


def write(taken, corpus, out):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for number, at in enumerate(range(0, len(taken), BATCH)):
        batch, name = taken[at : at + BATCH], f"{corpus}-{number:02}"
        (out / f"{name}.json").write_text(json.dumps(batch), encoding="utf-8")
        (out / f"{name}.txt").write_text("".join(f"### {n}{shown(row)}\n" for n, row in enumerate(batch)), encoding="utf-8")


def shown(row):
    if "lead" in row:
        return f"\nA [{row['lead']['title']}] {row['lead']['text']}\nB [{row['title']}] {row['text']}\n"
    heading = " > ".join(dict.fromkeys(filter(None, [row["title"], *(row["heading_path"] or [])])))
    return f"  [{heading}]\n{row['text']}\n"


def lines(path):
    """For each line of a batch its number, and section, question and place of the answer (and in the lead, or none), or why it does not fit."""
    path, asked = pathlib.Path(path), set()
    batch = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split("\t")]
        wanted = 3 + ("lead" in batch[0])
        if len(fields) not in (wanted, wanted + 1) or not fields[0].isdigit() or int(fields[0]) >= len(batch) or not all(fields[:wanted]):
            between = ", tab, the words of A that lead to B" if wanted > 3 else ""
            yield number, f"want: section number, tab, question, tab, answer{between}, and perhaps a tab and some words around the answer"
            continue
        section, (question, answer) = batch[int(fields[0])], fields[1:3]
        context = fields[wanted] if len(fields) > wanted and fields[wanted] else answer
        text, lead = section["text"], None
        if "lead" in section:
            at = section["lead"]["text"].find(fields[3])
            lead = range(at, at + len(fields[3]))
        if context not in text or answer not in context:
            yield number, f"does not stand in the section character by character: {context!r}"
        elif text.count(context) > 1:
            yield number, f"stands {text.count(context)} times, copy some words around it: {context!r}"
        elif question.lower() in asked:
            yield number, "asked before"
        elif lead and lead.start < 0:
            yield number, f"does not stand in A character by character: {fields[3]!r}"
        elif lead and section["name"].lower() in question.lower():
            yield number, f"names what only A should lead to: {section['name']!r}"
        else:
            asked.add(question.lower())
            at = text.index(context) + context.index(answer)
            yield number, (section, question, range(at, at + len(answer)), lead)


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
            section, question, place, lead = line
            told = [(section, place)] + ([(section["lead"], lead)] if lead else [])
            if any(of["doc_id"] not in documents for of, _ in told):
                counts["of other sections"] += 1
                continue
            words = [quotation(of["text"], at, documents[of["doc_id"]]) for of, at in told]
            if None in words or question.lower() in rows:
                counts["no words stand once" if None in words else "asked before"] += 1
                continue
            fact, *leads = [{"document": of["doc_id"], "answer": of["text"][at.start : at.stop], "sentence": around} for (of, at), around in zip(told, words)]
            row = {"document": fact.pop("document"), "question": question, **fact} | ({"leads": leads} if leads else {})
            rows[question.lower()] = json.dumps(row, ensure_ascii=False) + "\n"
            counts["added"] += 1
    with gzip.GzipFile(out, "wb", mtime=0) as file:
        file.write("".join(rows.values()).encode())
    print(f"{out}: {len(rows)} questions; {dict(counts)}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["draw", *arguments] if len(arguments) == 5:
            draw(*arguments)
        case ["pairs", *arguments] if len(arguments) == 5:
            pairs(*arguments)
        case ["check", path]:
            check(path)
        case ["gather", folder, out, *paths] if paths:
            gather(folder, out, paths)
        case _:
            sys.exit(__doc__)
