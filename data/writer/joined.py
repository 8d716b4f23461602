"""Questions over two texts, for `tandem synth --corpus SECTIONS --written FILE`, put together of two that ask about one text each.

Usage: joined.py MODEL.gguf WRITTEN.jsonl.gz OUT.jsonl SEED LIMIT SECTIONS: the model asks for a name in a paragraph that is the title of another, and rewords
that question together with one of WRITTEN about the other. Rewording alone is asked of it: a model of this size does not keep two texts apart.
Kept is a question without the name that says something of the first text. Lines as of write.py, with "leads".
"""
import collections
import gzip
import json
import os
import random
import re
import sys

import torch

from model import Writer
from write import SENTENCE_END, sections, words

BATCH, TOKENS = 256, 40
# Words that tell nothing of a text.
FUNCTION = set("a an the of in on at and or to for from by with who whom whose what where when which how was were is are did does do has had that this it its he his she her him they their".split())
NAMED = """Below are sentences, each with a name that stands in it and a question that asks for the name.

Harbour Lights. It is a 1974 Norwegian drama film directed by Arne Vik and shot in Bergen.
Name: Arne Vik
Question: Who directed Harbour Lights?

Lena Moritz. She founded the Salt Society in 1911 and was a pupil of Otto Brandeis.
Name: Otto Brandeis
Question: Who was Lena Moritz's teacher?

The Fell Runners. The band, which was formed in Upper Kendal in 1998, recorded its second album in a quarry.
Name: Upper Kendal
Question: Where was the band The Fell Runners formed?

Prince Casimir of Lauen. He was the second son of Ulrich, Duke of Lauen, and led the defence of Torn.
Name: Ulrich, Duke of Lauen
Question: Who was Prince Casimir of Lauen's father?

Cairn (album). Cairn was released by Low Tide Records after the band had left its old label.
Name: Low Tide Records
Question: Which company released the album Cairn?

"""
JOINED = """Two questions, the second about the answer to the first, and both in one, which does not say that answer.

First: Who directed Harbour Lights? Arne Vik
Second: Where did he grow up?
In one: Where did the director of Harbour Lights grow up?

First: Who was Lena Moritz's teacher? Otto Brandeis
Second: What did Otto Brandeis invent?
In one: What did the teacher of Lena Moritz invent?

First: Where was the band The Fell Runners formed? Upper Kendal
Second: How many people live in the town?
In one: How many people live in the town where the band The Fell Runners was formed?

First: Who was Prince Casimir of Lauen's father? Ulrich, Duke of Lauen
Second: When did he die?
In one: When did Prince Casimir of Lauen's father die?

First: Which company released the album Cairn? Low Tide Records
Second: Who founded Low Tide Records in 1961?
In one: Who founded the company that released the album Cairn in 1961?

First: Who starred in The Glass Quay? Tone Dahl
Second: Which award did she win?
In one: Which award did the star of The Glass Quay win?

"""


def links(all_of):
    """(first section, its sentence, name, second section): the name is the title of the second, and of nothing else."""
    titled, begins, found = {}, collections.defaultdict(set), []
    for section in all_of:
        name = re.sub(r"\s*\([^)]*\)$", "", section["title"] or "")
        titled[name] = None if name in titled else section
        if len(name.split()) > 1:
            begins[name.split()[0]].add(name)
    for first in all_of:
        text = first["text"]
        bounds = [0] + [match.end() for match in SENTENCE_END.finditer(text)] + [len(text)]
        for start, end in zip(bounds, bounds[1:]):
            for match in re.finditer(r"(?<!\w)[A-Z][\w'.-]*", text[start:end]):
                for name in begins.get(match[0], ()):
                    second = titled[name]
                    if text[start:end].startswith(name, match.start()) and second and second["doc_id"] != first["doc_id"]:
                        found.append((first, text[start:end].strip(), name, second))
    return found


def completed(writer, beginning, prompts):
    for at in range(0, len(prompts), BATCH):
        part = prompts[at : at + BATCH]
        for said, _ in writer.complete(beginning, part, ["" for _ in part], TOKENS, lambda said: "\n" in said, temperature=0.3):
            yield said.split("\n")[0].strip()


def main(model, written, out, seed, limit, folder):
    random.seed(int(seed))
    torch.manual_seed(int(seed))
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    asked = collections.defaultdict(list)
    for line in gzip.open(written, "rt"):
        question = json.loads(line)
        if "leads" not in question:
            asked[question["document"]].append(question)
    pairs = [link for link in links(list(sections(folder))) if asked[link[3]["doc_id"]]]
    random.shuffle(pairs)
    pairs = pairs[: int(limit)]
    print(f"{len(pairs)} pairs", file=sys.stderr)
    writer = Writer(model)
    beginning = writer.beginning(NAMED)
    titled = lambda section, sentence: sentence if section["title"] and section["title"] in sentence else f"{section['title']}. {sentence}"
    for_names = completed(writer, beginning, [f"{titled(first, sentence)}\nName: {name}\nQuestion:" for first, sentence, name, _ in pairs])
    whole = []
    for (first, sentence, name, second), bridge in zip(pairs, for_names):
        known = set(words(f"{first['title']} {sentence}")) - FUNCTION
        hides = not set(words(bridge)) & (set(words(name)) - set(words(first["title"] or "")) - FUNCTION)
        if bridge.endswith("?") and hides and set(words(bridge)) & known:
            for question in random.sample(asked[second["doc_id"]], min(2, len(asked[second["doc_id"]]))):
                whole.append((first, sentence, name, bridge, question))
    print(f"{len(whole)} to join", file=sys.stderr)
    beginning = writer.beginning(JOINED)
    joined = completed(writer, beginning, [f"First: {bridge} {name}\nSecond: {question['question']}\nIn one:" for _, _, name, bridge, question in whole])
    kept = 0
    with open(out, "w") as file:
        for (first, sentence, name, bridge, question), said in zip(whole, joined):
            title = set(words(first["title"] or ""))
            known = set(words(bridge)) - FUNCTION - set(words(name))
            # Of the worked examples.
            told = "Glass Quay" in said or "Harbour Lights" in said
            hides = not told and not set(words(said)) & (set(words(name)) - title - FUNCTION)
            if said.endswith("?") and hides and len(set(words(said)) & known) >= 2 and question["answer"].lower() not in said.lower():
                kept += 1
                lead = {"document": first["doc_id"], "answer": name, "sentence": sentence}
                file.write(json.dumps({**question, "question": said, "leads": [lead]}, ensure_ascii=False) + "\n")
    print(f"{kept} kept", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
