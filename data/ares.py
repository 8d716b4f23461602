"""Paragraphs of ares_synthetic (stanford-futuredata/ARES, Apache-2.0) as a corpus, and the machine-made questions about them whose answer stands in the text.

Usage: ares.py CORPORA TEXTS.jsonl QUESTIONS.jsonl, where CORPORA holds ares_synthetic and the development sets. A paragraph that has a run of ten words
with a text of a development set is left out. Lines of TEXTS are {"id", "text"}, of QUESTIONS {"document", "question", "answer", "sentence"}.
"""
import csv
import io
import json
import pathlib
import re
import sys
import zipfile

RUN = 10
# Their documents: Natural Questions and Wizard of Wikipedia (Wikipedia), ReCoRD (news), MultiRC (many), FEVER (Wikipedia; its queries are claims).
SOURCES = {"nq": True, "wow": True, "record": True, "multirc": True, "fever": False}
DEVELOPMENT = ["reading/*.json", "multihop/hotpotqa*.json", "multihop/musique*.json", "drop/*.jsonl", "squad_sentences/src-*.txt"]
SENTENCE_END = re.compile(r"[.!?][\"')]*\s+|\n+")
TOLD = re.compile(r"^(?:the answer is:?|answer:)\s*", re.IGNORECASE)


def runs(text):
    words = re.findall(r"[^\W_]+", text.lower())
    return (hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1))


def strings(value):
    """Every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (found for inner in value.values() for found in strings(inner))
    elif isinstance(value, list):
        # The sentences of a paragraph follow each other.
        yield " ".join(inner for inner in value if isinstance(inner, str))
        yield from (found for inner in value if not isinstance(inner, str) for found in strings(inner))


def development(corpora):
    for pattern in DEVELOPMENT:
        for path in sorted(corpora.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".txt":
                yield from text.splitlines()
            else:
                lines = text.splitlines() if path.suffix == ".jsonl" else [text]
                yield from (found for line in lines for found in strings(json.loads(line)))


def placed(answer, text):
    """The answer as it stands in the text, with its sentence; None where it stands nowhere or in several."""
    bounds = [0] + [match.end() for match in SENTENCE_END.finditer(text)] + [len(text)]
    found = list(re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE))
    inside = [(match[0], text[a:b].strip()) for match in found for a, b in zip(bounds, bounds[1:]) if a <= match.start() and match.end() <= b]
    return inside[0] if len(inside) == 1 else None


def main(corpora, texts, questions):
    csv.field_size_limit(10**9)
    corpora = pathlib.Path(corpora)
    held_out = {run for text in development(corpora) for run in runs(text)}
    ids, asked, left_out = {}, set(), 0
    with open(texts, "w", encoding="utf-8") as texts, open(questions, "w", encoding="utf-8") as questions:
        for source, has_questions in SOURCES.items():
            with zipfile.ZipFile(corpora / f"ares_synthetic/{source}_synthetic_queries.zip") as archive:
                name = next(name for name in archive.namelist() if name.endswith(f"{source}_synthetic_queries.tsv") and "__MACOSX" not in name)
                rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8")), delimiter="\t"))
            for row in rows:
                text = re.sub(r"\n@highlight\n+", "\n", row["document"]).strip()
                if text not in ids:
                    clean = not any(run in held_out for run in runs(text))
                    ids[text] = f"{source}{len(ids)}" if clean else None
                    left_out += not clean
                    if clean:
                        texts.write(json.dumps({"id": ids[text], "text": text}, ensure_ascii=False) + "\n")
                question = row["synthetic_query"].strip()
                faithful = row["Answer_Faithfulness_Label"] == row["Answer_Relevance_Label"] == "Yes"
                answer = TOLD.sub("", row["generated_answer"].strip()).rstrip(".").strip("\"' ")
                if not (has_questions and faithful and ids[text] and answer and question.endswith("?") and "\n" not in question) or question in asked:
                    continue
                place = placed(answer, text)
                if place is None or answer.lower() in question.lower():
                    continue
                asked.add(question)
                line = {"document": ids[text], "question": question, "answer": place[0], "sentence": place[1]}
                questions.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{sum(1 for name in ids.values() if name)} paragraphs, {len(asked)} questions; {left_out} paragraphs left out that a development set holds too", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
