"""What trafilatura makes of the training pages of html_trafilatura: labels for `tandem train prep --pages`, a teacher whose code the project does not use.

Usage: pages.py HTML_TRAFILATURA OUT.json, with `pip install trafilatura` (2.x; its version is printed). OUT is an object of texts by the names of the pages.
Only the first hundred by name are read: the others measure.
"""
import json
import pathlib
import sys

import trafilatura

TRAINING_PAGES = 100

folder, out = map(pathlib.Path, sys.argv[1:3])
names = sorted(page["file"] for page in json.loads((folder / "evaldata.json").read_text()).values())[:TRAINING_PAGES]
texts = {name: trafilatura.extract((folder / "html" / name).read_bytes(), include_comments=False) or "" for name in names}
out.write_text(json.dumps(texts, ensure_ascii=False, indent=0, sort_keys=True))
print(f"trafilatura {trafilatura.__version__}: {sum(map(len, texts.values()))} characters of {len(texts)} pages")
