"""Invented documents that a small language model writes, for the kinds of text that the training corpora lack; `write.py` asks about them afterwards.

Usage: texts.py MODEL.gguf OUT.jsonl SEED COUNT. A line is {"id", "title", "text"}, which `tandem prep` reads. Kinds and topics are in texts.toml, five worked
examples in texts.txt; nothing of any real document is in either.
"""
import collections
import json
import os
import pathlib
import random
import sys
import tomllib

import torch

from model import Writer

BATCH, TOKENS = 256, 210
# Words in a row that no text shares with an example.
RUN = 7
HERE = pathlib.Path(__file__).parent


def ended(said):
    return "\n" in said.lstrip("\n")


def runs(text):
    words = text.split()
    return set(zip(*(words[at:] for at in range(RUN))))


def whole(said, examples):
    """What was said up to its last whole sentence, if that is enough and neither copied from the examples nor turning in circles."""
    text = said.strip().split("\n")[0]
    end = max(text.rfind(stop) for stop in (". ", "! ", "? ")) + 1 if not text.endswith((".", "!", "?")) else len(text)
    text, words = text[:end], text[:end].split()
    repeated = max(collections.Counter(zip(words, words[1:], words[2:])).values(), default=0)
    return text if len(words) >= 50 and repeated <= 2 and not runs(text) & examples else None


def main(model, out, seed, count):
    random.seed(int(seed))
    torch.manual_seed(int(seed))
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    kinds = tomllib.loads((HERE / "texts.toml").read_text())["kind"]
    drawn = random.choices(kinds, [kind["share"] for kind in kinds], k=int(count))
    heads = [(kind["document"].format(random.choice(kind["of"])), random.choice(kind["parts"])) for kind in drawn]
    writer = Writer(model)
    examples = (HERE / "texts.txt").read_text()
    beginning, examples = writer.beginning(examples), runs(examples)
    kept = 0
    with open(out, "w") as file:
        for at in range(0, len(heads), BATCH):
            part = heads[at : at + BATCH]
            prompts = [f"Document: {document}. Part: {topic}\nText:" for document, topic in part]
            for number, ((document, topic), (said, _)) in enumerate(zip(part, writer.complete(beginning, prompts, [""] * len(part), TOKENS, ended, 0.9))):
                text = whole(said, examples)
                if text:
                    kept += 1
                    title = f"{document}: {topic}"
                    file.write(json.dumps({"id": f"t{seed}-{at + number}", "title": title[0].upper() + title[1:], "text": text}) + "\n")
            file.flush()
            print(f"{at + len(part)} of {len(heads)} texts, {kept} kept", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
