#!/usr/bin/env bash
# PyTorch beside Tandem: the same network, batch and threads, in alternation; prints the ratios.
#
# Usage: peer.sh [ROUNDS] [THREADS]. PyTorch comes from the PyPI registry into a virtual environment under the target folder (540 MB, once). The
# wheel there is built for CUDA too and names two gigabytes of NVIDIA's libraries; they are left out, and libraries without content stand in
# for them: every call into one answers "no device", so PyTorch finds a machine without a GPU, which is what is measured.
set -euo pipefail

rounds="${1:-3}"
threads="${2:-$(nproc)}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="${CARGO_TARGET_DIR:-$here/../../target}"
peer="$target/peer"
mkdir -p "$peer"

if ! [ -e "$peer/ready" ]; then
    python3 -m venv "$peer/venv"
    "$peer/venv/bin/pip" install --quiet --no-deps torch filelock typing-extensions sympy mpmath networkx jinja2 markupsafe fsspec numpy
    lib="$(echo "$peer"/venv/lib/python3*/site-packages/torch/lib)"
    mkdir -p "$peer/stand-in"
    symbols() { nm -D --undefined-only "$lib"/*.so | awk '{print $NF}' | sed 's/@.*//' | sort -u; }
    symbols | grep -E '^_*(cuda|cublas|cudnn|cufft|cusparse|cusolver|nccl|nvrtc|cupti|cuFile|nvshmem|nvJitLink|nvtx|cu[A-Z])' |
        awk '{print "int " $1 "(void) { return 100; }"}' > "$peer/stand-in/all.c"
    cc -shared -fPIC -w -o "$peer/stand-in/all.so" "$peer/stand-in/all.c"
    for needed in $(for file in "$lib"/*.so; do readelf -d "$file"; done | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort -u); do
        case "$needed" in
            libcu* | libnccl* | libnvrtc* | libnvshmem*)
                # The loader insists on the versions that the symbols were linked with: each library's own name, but for one.
                version="$needed" && [[ "$needed" != libnvshmem* ]] || version=NVSHMEM
                echo "$version { global: *; };" > "$peer/stand-in/versions"
                cc -shared -fPIC -w -Wl,-soname,"$needed",--version-script,"$peer/stand-in/versions" -o "$peer/stand-in/$needed" "$peer/stand-in/all.c" ;;
        esac
    done
    touch "$peer/ready"
fi

bench="$target/release/examples/bench"
CARGO_TARGET_DIR="$target" cargo build --release --quiet --package backbone --example bench --manifest-path "$here/../Cargo.toml"

ours() { RAYON_NUM_THREADS="$threads" "$bench" --only "$1"; }
theirs() { LD_LIBRARY_PATH="$peer/stand-in" "$peer/venv/bin/python" "$here/peer.py" "$threads" "$2" 2> "$peer/errors.txt"; }

: > "$peer/ours.jsonl"
: > "$peer/theirs.jsonl"
for round in $(seq "$rounds"); do
    for size in d128x4:128,4,32,128 d256x4:256,4,16,128 d256x6:256,6,16,256; do
        ours "${size%%:*}" >> "$peer/ours.jsonl"
        theirs "${size%%:*}" "${size##*:}" >> "$peer/theirs.jsonl" || { tail -5 "$peer/errors.txt" >&2; exit 1; }
    done
    echo "round $round of $rounds done" >&2
done
python3 "$here/ratios.py" "$peer/ours.jsonl" "$peer/theirs.jsonl"
