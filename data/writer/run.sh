#!/usr/bin/env bash
# Questions by a language model about the prepared corpora of training, in data/written: run.sh TRIPLES, the folder that data/triples.sh wrote.
# The same seed on the same machine gives nearly the same questions; sums in bfloat16 differ between machines.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
triples="$1"
base="$here/../base/writer"
model="$(bash "$here/fetch.sh" "$base")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
at() { echo "$triples/sections_$1"; }
"$base/venv/bin/python" "$here/write.py" "$model" "$work" 11 768 \
    wiki=encyclopaedia:"$(at wiki)":1300 digitalgov=handbook:"$(at digitalgov)":900 owasp=handbook:"$(at owasp)":300 \
    peps=both:"$(at peps)":150 rfcs=both:"$(at rfcs)":150
mkdir -p "$here/../written"
for file in "$work"/*.jsonl; do gzip --best --no-name --stdout "$file" > "$here/../written/$(basename "$file").gz"; done
