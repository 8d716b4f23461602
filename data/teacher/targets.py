"""The vectors that texts should have, for `tandem train similarity --targets OUT`: what two encoders say of them together.

Usage: targets.py TEACHER OWN OUT SECTIONS SEED DATA...: TEACHER and OWN are folders of sentence encoders, OWN the one that our model was made of; DATA are
folders of `tandem synth`, from which SECTIONS sections, twice as many sentences of others, and all written training questions are taken.

A text's vector is [teacher, own], whose dot product is the mean of the two cosines, brought to OWN's width by the main directions of all of them (principal
components, not centred, so that dot products stay) and turned towards OWN's vectors (orthogonal Procrustes, Schönemann 1966), where the student starts.
"""
import glob
import os
import random
import re
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from sentence_transformers import SentenceTransformer

TOKENS = 256  # of a text at most; what comes behind changes its vector little
SHORTEST = 60  # characters of a section that says something
SENTENCE = 30, 400  # characters of such a sentence
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
CHUNK = 2048  # texts between two lines of progress


def rows(folder, table, columns):
    files = sorted(glob.glob(f"{folder}/{table}-*.parquet"))
    return [row for file in files for row in pq.read_table(file, columns=columns).to_pylist()]


def header(section):
    """As `data::header` of retrieve-model joins title and headings."""
    title, headings = section["title"], list(section["heading_path"] or [])
    return " > ".join(([title] if title and headings[:1] != [title] else []) + headings)


def texts(folders, count, chance):
    sections, questions = [], []
    for folder in folders:
        found = rows(folder, "sections", ["title", "heading_path", "text"])
        sections += [(header(section), section["text"]) for section in found if len(section["text"]) > SHORTEST]
        asked = rows(folder, "questions", ["question", "split", "template_family"])
        questions += [("", row["question"]) for row in asked if row["split"] == "train" and row["template_family"].startswith("written")]
    sections = list(dict.fromkeys(sections))
    chance.shuffle(sections)
    told = [sentence for _, text in sections[count:] for sentence in SENTENCE_END.split(text) if SENTENCE[0] <= len(sentence) <= SENTENCE[1]]
    sentences = [("", sentence) for sentence in dict.fromkeys(told)]
    return sections[:count] + chance.sample(sentences, min(2 * count, len(sentences))) + list(dict.fromkeys(questions))


def vectors(model, texts, name):
    model.max_seq_length = TOKENS
    whole = [f"{above}. {text}" if above else text for above, text in texts]
    out = []
    for at in range(0, len(whole), CHUNK):
        out.append(model.encode(whole[at : at + CHUNK], batch_size=24, normalize_embeddings=True, show_progress_bar=False).astype(np.float32))
        print(f"{name}: {min(at + CHUNK, len(whole))} of {len(whole)} texts", file=sys.stderr, flush=True)
    return np.concatenate(out)


def together(teacher, own):
    both = np.concatenate([teacher, own], axis=1) * np.sqrt(0.5)
    _, directions = np.linalg.eigh(both.T @ both)
    main = both @ directions[:, -own.shape[1] :]
    left, _, right = np.linalg.svd(main.T @ own)
    turned = main @ (left @ right)
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def main():
    if len(sys.argv) < 7:
        sys.exit(__doc__.split("\n\n")[1])
    teacher, own, out, count, seed = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
    chosen = texts(sys.argv[6:], count, random.Random(seed))
    if not chosen:
        sys.exit(f"{' '.join(sys.argv[6:])}: no section and no written question")
    # Half precision where the processor has a unit for it: a cosine changes in its third digit.
    load = lambda folder: SentenceTransformer(folder, device="cpu", model_kwargs={"torch_dtype": torch.bfloat16})
    wanted = together(vectors(load(teacher), chosen, "teacher"), vectors(load(own), chosen, "own"))
    os.makedirs(out, exist_ok=True)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(wanted.astype(np.float32).ravel()), wanted.shape[1]).cast(pa.list_(pa.float32()))
    table = pa.table({"header": [above for above, _ in chosen], "text": [text for _, text in chosen], "vector": flat})
    names = " and ".join(os.path.basename(os.path.normpath(folder)) for folder in (teacher, own))
    with open(f"{out}/teacher.txt", "w") as file:
        print(names, file=file)
    pq.write_table(table, f"{out}/targets.parquet", compression="zstd")


main()
