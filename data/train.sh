#!/usr/bin/env bash
# The released retriever, reader and controller from the published encoders and the questions of data/triples.sh: two hours on two cores.
# Usage: train.sh TRIPLES OUT [OPTION…]; options are those of `tandem train retrieve`. A run that was stopped goes on.
set -euo pipefail
triples="$1" out="$2"
shift 2
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
tandem="${CARGO_TARGET_DIR:-$here/../target}/release/tandem"
folders=()
for one in "$triples"/{world,wiki,ares,digitalgov,peps,rfcs,owasp} "$triples"/invented/*/; do
    if [ -d "$one" ]; then folders+=(--data "$one"); else echo "train.sh: $one is missing: left out" >&2; fi
done
for name in all-MiniLM-L6-v2 all-mpnet-base-v2; do bash "$here/base.sh" "$here/base/$name" "$name"; done
exec "$tandem" train retrieve --preset large --retriever "$here/base/all-MiniLM-L6-v2" --encoder "$here/base/all-mpnet-base-v2" "${folders[@]}" \
    --without keyword --without heading --out "$out" "$@"
