"""Invented texts and the questions about them (data/invented), for `tandem prep` and `tandem synth --written`.

Usage: invented.py check FILE.txt...               says which questions do not fit; exit code 1 where any does not
       invented.py unpack FILE.txt CORPUS ASKED    the texts as files in the folder CORPUS, the questions as lines in ASKED

A FILE is one organisation's papers: after `=== PATH` a text, after `???` its questions, one a line: question, tab, answer as it stands in the text, and
where it stands there more than once a tab and some words around the right place. A question over several texts stands below the one that answers it, with
a field `< PATH: WORDS` (or `< PATH: WORDS | AROUND`) behind the others for each text that leads there, in their order: WORDS are what is looked for next.
"""
import json
import pathlib
import sys

# Characters around an answer that are tried as its quotation, until it stands once in the document.
AROUND = [0, 10, 25, 60, 120, 300]


def texts(path):
    """Path, text and (line number, fields) of each question."""
    found, asks = [], False
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("=== "):
            found.append((line[4:].strip(), [], []))
            asks = False
        elif line.strip() == "???":
            asks = True
        elif found and asks and line.strip():
            found[-1][2].append((number, [field.strip() for field in line.split("\t")]))
        elif found and not asks:
            found[-1][1].append(line)
    return [(name, "\n".join(lines).strip() + "\n", asked) for name, lines, asked in found]


def places(fields, name):
    """Path, answer and surroundings of each fact of a question, those that lead to the answer first."""
    told, leads = [field for field in fields if not field.startswith("<")], [field for field in fields if field.startswith("<")]
    for lead in leads:
        path, _, words = lead[1:].strip().partition(": ")
        answer, _, around = words.partition(" | ")
        yield path, answer, around or answer
    yield name, told[1], told[-1]


def wrong(fields, name, by_name, asked):
    """Why a question does not fit its texts, or None."""
    if sum(not field.startswith("<") for field in fields) not in (2, 3) or not all(fields):
        return "want: question, tab, answer, and perhaps a tab and some words around it"
    for path, answer, around in places(fields, name):
        text = by_name.get(path, "")
        if around not in text or answer not in around:
            return f"does not stand in {path} character by character: {around!r}"
        if text.count(around) > 1:
            return f"stands {text.count(around)} times in {path}, copy some words around it: {around!r}"
    if fields[0].lower() in asked:
        return "asked before"
    asked.add(fields[0].lower())
    return None


def quotation(text, start, stop):
    """The shortest of the answer's surroundings in its line that stands once."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", stop)
    for around in AROUND:
        begin, end = max(first, start - around), min(last, stop + around)
        while begin > first and text[begin - 1].isalnum():
            begin -= 1
        while end < last and text[end].isalnum():
            end += 1
        words = text[begin:end].strip()
        if text.count(words) == 1:
            return words
    return text[first:last].strip()


def check(paths):
    bad = 0
    for path in paths:
        asked, by_name = set(), {name: text for name, text, _ in texts(path)}
        for name, _, questions in texts(path):
            for number, fields in questions:
                why = wrong(fields, name, by_name, asked)
                if why:
                    bad += 1
                    print(f"{path}:{number}: {why}")
        print(f"{path}: {len(asked)} questions")
    sys.exit(bool(bad))


def fact(path, answer, around, by_name):
    start = by_name[path].index(around) + around.index(answer)
    return {"document": path, "answer": answer, "sentence": quotation(by_name[path], start, start + len(answer))}


def unpack(path, corpus, out):
    corpus, asked, by_name = pathlib.Path(corpus), set(), {name: text for name, text, _ in texts(path)}
    with open(out, "w", encoding="utf-8") as lines:
        for name, text, questions in texts(path):
            file = corpus / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            for number, fields in questions:
                why = wrong(fields, name, by_name, asked)
                if why:
                    sys.exit(f"{path}:{number}: {why}")
                *leads, row = [fact(*place, by_name) for place in places(fields, name)]
                row = {"question": fields[0], **row, **({"leads": leads} if leads else {})}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", *paths] if paths:
            check(paths)
        case ["unpack", path, corpus, out]:
            unpack(path, corpus, out)
        case _:
            sys.exit(__doc__)
