#!/usr/bin/env bash
# Questions by a language model about the prepared corpora of training, in data/written: run.sh TRIPLES [SEED [PASSAGES]], where TRIPLES is
# the folder that data/triples.sh wrote. Some 200 questions a minute on two cores.
# The same seed on the same machine gives nearly the same questions; sums in bfloat16 differ between machines.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
triples="$1"
base="$here/../base/writer"
model="$(bash "$here/fetch.sh" "$base")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
at() { echo "$triples/sections_$1"; }
# Large blocks of memory are kept and lie in large pages: half of the time goes into page faults otherwise.
export THP_MEM_ALLOC_ENABLE=1 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_MMAP_MAX_=0
sources=()
# Of ares the paragraphs of Wikipedia alone: the file quotes sentences, and the others are news and fiction under other terms.
for source in wiki=encyclopaedia:1700 "ares=encyclopaedia:1700:(nq|wow|fever)" digitalgov=handbook:1300 owasp=handbook:300 peps=both:250 rfcs=both:150 \
    digitalgov=table:80 peps=table:150 rfcs=table:150 owasp=table:80; do
    name="${source%%=*}" style="${source#*=}"
    [ ! -d "$(at "$name")" ] || sources+=("$name=${style%%:*}:$(at "$name"):${style#*:}")
done
"$base/venv/bin/python" "$here/write.py" "$model" "$work" "${2:-13}" "${3:-3700}" "${sources[@]}"
# Questions over two texts are put together of questions about one of them.
if [ -d "$(at wiki)" ]; then
    { [ ! -f "$here/../written/wiki.jsonl.gz" ] || gunzip --stdout "$here/../written/wiki.jsonl.gz"; cat "$work/wiki.jsonl"; } | gzip > "$work/asked.gz"
    "$base/venv/bin/python" "$here/joined.py" "$model" "$work/asked.gz" "$work/joined" "${2:-13}" 2000 "$(at wiki)"
    cat "$work/joined" >> "$work/wiki.jsonl"
fi
mkdir -p "$here/../written"
for file in "$work"/*.jsonl; do
    kept="$here/../written/$(basename "$file").gz"
    # What other seeds gave stays.
    { [ ! -f "$kept" ] || gunzip --stdout "$kept"; cat "$file"; } | awk '!seen[$0]++' > "$work/all"
    gzip --best --no-name --stdout "$work/all" > "$kept"
done
