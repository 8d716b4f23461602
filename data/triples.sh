#!/usr/bin/env bash
# The questions that the released reader learns from: an invented world, and questions about prepared corpora of the training part, by rule and, where
# data/written has them, by language models. Usage: triples.sh CORPORA OUT, where CORPORA holds corpus_digitalgov, corpus_peps, corpus_rust_rfcs,
# corpus_owasp, multihop (of which the 6,119 paragraphs of 2WikiMultihopQA are read as text; no question exists for them) and ares_synthetic (paragraphs,
# and 1,949 machine-made questions; ares.py says which). What is missing is said and left out; data/invented is always there. Three minutes.
set -euo pipefail
corpora="$1" out="$2"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
tandem="${CARGO_TARGET_DIR:-$here/../target}/release/tandem"
seed=21
mkdir -p "$out"
# Exit code 3 means done, with inputs that could not be used: the step's own line says which.
run() { "$tandem" "$@" || { code=$?; [ "$code" = 3 ] || exit "$code"; }; }

run synth --world reference --out "$out/world" --triples 16000 --seed "$seed"
paragraphs="$corpora/multihop/2wikimultihopqa_corpus.json"
[ ! -f "$paragraphs" ] || python3 - "$paragraphs" > "$out/wiki.jsonl" <<'PY'
import json, sys
for number, paragraph in enumerate(json.load(open(sys.argv[1]))):
    print(json.dumps({"id": f"w{number}", "title": paragraph["title"], "text": paragraph["text"]}))
PY
[ ! -d "$corpora/ares_synthetic" ] || python3 "$here/ares.py" "$corpora" "$out/ares.jsonl" "$out/asked_ares.jsonl"
for corpus in "wiki $out/wiki.jsonl 20000" "ares $out/ares.jsonl 16000" "digitalgov $corpora/corpus_digitalgov 16000" "peps $corpora/corpus_peps 14000" \
    "rfcs $corpora/corpus_rust_rfcs 12000" "owasp $corpora/corpus_owasp 8000"; do
    read -r name from triples <<< "$corpus"
    if [ ! -e "$from" ]; then
        echo "triples.sh: $from is missing: left out" >&2
        continue
    fi
    run prep --corpus "$from" --out "$out/sections_$name"
    written=() asked="$out/written_$name.jsonl"
    {
        [ ! -f "$out/asked_$name.jsonl" ] || cat "$out/asked_$name.jsonl"
        for kept in "$here/written/assistant/$name.jsonl.gz"; do [ ! -f "$kept" ] || gunzip --stdout "$kept"; done
    } > "$asked"
    [ ! -s "$asked" ] || written=(--written "$asked")
    run synth --corpus "$out/sections_$name" --out "$out/$name" --triples "$triples" --seed "$seed" "${written[@]}"
done

# Invented papers, each organisation a corpus of its own: two of them answer the same question otherwise.
for texts in "$here"/invented/*.txt; do
    name="$(basename "$texts" .txt)" parts="$out/sections_invented"
    mkdir -p "$parts" "$out/invented"
    python3 "$here/assistant/invented.py" unpack "$texts" "$parts/$name.texts" "$parts/$name.jsonl"
    run prep --corpus "$parts/$name.texts" --out "$parts/$name"
    run synth --corpus "$parts/$name" --out "$out/invented/$name" --triples 1 --seed "$seed" --written "$parts/$name.jsonl"
done
