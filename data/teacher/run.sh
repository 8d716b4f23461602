#!/usr/bin/env bash
# What texts should have as vectors, for `tandem train similarity`: of 7,000 sections, 14,000 sentences and all written training questions of the
# corpora that the reader learned from. Usage: run.sh TRIPLES OUT [TEACHER [BASE]], TRIPLES as data/triples.sh makes them; 40 minutes on two cores.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
triples="$1"
out="$2"
teacher="${3:-$here/../base/teacher}"
base="${4:-$here/../base/all-MiniLM-L6-v2}"
bash "$here/fetch.sh" "$teacher"
bash "$here/../base.sh" "$base"
"$teacher/venv/bin/python" "$here/targets.py" "$teacher/all-mpnet-base-v2" "$base" "$out" 7000 1 \
    "$triples"/wiki "$triples"/ares "$triples"/digitalgov "$triples"/peps "$triples"/rfcs "$triples"/owasp
