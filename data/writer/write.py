"""Questions that a small language model writes about prepared sections, for `tandem synth --corpus SECTIONS --written FILE`.

Usage: write.py MODEL.gguf OUT SEED LIMIT NAME=STYLE:SECTIONS:COUNT[:PATHS]… where SECTIONS is a folder that `tandem prep` made, COUNT passages of it are drawn
(of documents whose path begins as the regular expression PATHS says), and STYLE names the examples that go before: encyclopaedia, handbook, or both (each passage gets one by chance), or table, which reads
tables instead of prose. LIMIT passages of all are read.

A line of OUT/NAME.jsonl is {"document", "question", "answer", "sentence"}. Kept is what can be checked: the answer stands in the passage, in one sentence, says
something that the question does not, and neither is unlikely to the writer itself.
"""
import collections
import glob
import json
import os
import pathlib
import random
import re
import sys

import pyarrow.parquet
import torch

from model import Writer

PASSAGE = range(160, 621)
BATCH, QUESTIONS, TOKENS = 256, 7, 160
# A word in more than this share of the sections says nothing as an answer.
FREQUENT = 0.05
# Mean log-likelihoods of a question's and an answer's tokens below which the writer itself finds them odd (Bonifacio et al. 2022 keep the likeliest).
UNLIKELY = (-1.2, -0.4)
HERE = pathlib.Path(__file__).parent
STYLES = {"encyclopaedia": ["encyclopaedia"], "handbook": ["handbook"], "both": ["encyclopaedia", "handbook"], "table": ["table"]}
TABLE, ROWS = range(60, 701), 12
SENTENCE_END = re.compile(r"[.!?:;][\"')]?\s+|\n+")


def sections(folder):
    for file in sorted(glob.glob(f"{folder}/sections-*.parquet")):
        yield from pyarrow.parquet.read_table(file, columns=["doc_id", "path", "title", "heading_path", "text"]).to_pylist()


def passage(text):
    """A run of whole sentences of a section, or None where there is no prose to ask about."""
    if len(text) not in PASSAGE:
        ends = [0] + [match.end() for match in SENTENCE_END.finditer(text)] + [len(text)]
        first = random.randrange(len(ends) - 1)
        while first > 0 and len(text) - ends[first] < 300:
            first -= 1
        start = ends[first]
        text = text[start : max(end for end in ends if start <= end < start + PASSAGE.stop)]
    text = text.strip()
    plain = sum(character.isalpha() or character == " " for character in text) / max(len(text), 1)
    prose = plain > 0.86 and len(text.split()) >= 25 and re.search(r"[.!?]", text) and not re.search(r"[<>{}]|https?:", text)
    return text if len(text) in PASSAGE and prose else None


def table(text):
    """The head and some neighbouring rows of the longest table of a section, or None where there is none that words are in."""
    longest, run = [], []
    for line in [*text.split("\n"), ""]:
        if not run or not line.count(" | ") or line.count(" | ") != run[0].count(" | "):
            longest, run = max(longest, run, key=len), []
        if line.count(" | "):
            run.append(line)
    if len(longest) < 3:
        return None
    first = random.randrange(1, max(2, len(longest) - ROWS + 1))
    text = "\n".join([longest[0], *longest[first : first + ROWS]])
    plain = sum(character.isalnum() or character in " |\n" for character in text) / len(text)
    return text if len(text) in TABLE and plain > 0.8 else None


def ended(said):
    return "\n\n" in said or "\nText" in said or said.count("Answer:") >= QUESTIONS and said.endswith("\n")


def words(text):
    return re.findall(r"\w+", text.lower())


def introduced(section, text, style):
    """A passage as it stands in the prompt, behind its title; a table keeps its rows and stands behind its heading too."""
    over = [section["title"] or ""]
    if style == "table":
        over += section["heading_path"][-1:]
    over = "".join(f"{line}. " for line in dict.fromkeys(over) if line and line not in text)
    return f"{over}\n{text}" if style == "table" else over + text.replace("\n", " ")


def placed(question, answer, text):
    """The answer as it stands in the passage, and its sentence: of several the one that shares most words with the question."""
    bounds = [0] + [match.end() for match in SENTENCE_END.finditer(text)] + [len(text)]
    found = []
    for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE):
        inside = [(a, b) for a, b in zip(bounds, bounds[1:]) if a <= match.start() and match.end() <= b]
        found += [(len(set(words(text[a:b])) & set(words(question))), -a, match[0], text[a:b].strip()) for a, b in inside]
    return max(found)[2:] if found else None


def main(model, out, seed, limit, *sources):
    random.seed(int(seed))
    torch.manual_seed(int(seed))
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    jobs, frequent, files = [], {}, {}
    for source in sources:
        name, source = source.split("=")
        style, folder, count, *paths = source.split(":")
        all_of = [section for section in sections(folder) if not paths or re.match(paths[0], section["path"])]
        random.shuffle(all_of)
        held = collections.Counter(word for section in all_of for word in set(words(section["text"])))
        frequent[name] = {word for word, count in held.items() if count > len(all_of) * FREQUENT}
        found = ((section, (table if style == "table" else passage)(section["text"])) for section in all_of)
        some = [(section, text) for section, text in found if text][: int(count)]
        jobs += [(section, text, random.choice(STYLES[style]), name) for section, text in some]
        files.setdefault(name, open(f"{out}/{name}.jsonl", "a"))
        print(f"{folder}: {len(some)} passages", file=sys.stderr)
    random.shuffle(jobs)
    jobs = jobs[: int(limit)]
    writer = Writer(model)
    beginnings = {style: writer.beginning((HERE / f"{style}.txt").read_text()) for style in {style for _, _, style, _ in jobs}}
    asked, kept = 0, 0
    for at in range(0, len(jobs), 4 * BATCH):
        for style, beginning in beginnings.items():
            part = sorted((job for job in jobs[at : at + 4 * BATCH] if job[2] == style), key=lambda job: len(job[1]))
            for batch in (part[first : first + BATCH] for first in range(0, len(part), BATCH)):
                prompts = [introduced(section, text, style) + "\nQuestion:" for section, text, *_ in batch]
                passages = [text.replace("\n", " ") for _, text, *_ in batch]
                written = writer.complete(beginning, prompts, passages, TOKENS, ended)
                for (section, text, _, name), (said, surely) in zip(batch, written):
                    seen = set()
                    pairs = re.findall(r"\s*(?:Question:)?\s*(.+?)\s*\nAnswer:\s*(.+?)\s*\n", said)
                    for (question, answer), surely in zip(pairs, surely):
                        asked += 1
                        place = placed(question, answer.rstrip("."), text)
                        told = set(words(answer)) <= set(words(question)) | frequent[name]
                        unlikely = any(value < least for value, least in zip(surely, UNLIKELY))
                        cells = style == "table" and "|" in answer
                        if place is None or told or unlikely or cells or not question.endswith("?") or question in seen:
                            continue
                        seen.add(question)
                        kept += 1
                        line = {"document": section["doc_id"], "question": question, "answer": place[0], "sentence": place[1]}
                        files[name].write(json.dumps(line, ensure_ascii=False) + "\n")
                for file in files.values():
                    file.flush()
                print(f"{at + len(batch)} of {len(jobs)} passages, {kept} of {asked} questions kept", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
