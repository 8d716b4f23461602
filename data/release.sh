#!/usr/bin/env bash
# Both released models from nothing: the published base by its hash, questions, trainings with their calibration, and a comparison with the models that
# are released on questions by people. What is nowhere surely worse goes to data/models; what is worse on one suite stays in OUT, and the exit code is 1.
# Usage: release.sh CORPORA OUT [retrieve|prep]…; CORPORA as data/triples.sh wants it, with the development sets beside. Some four hours on two cores for
# both; a run that was stopped goes on.
set -euo pipefail
corpora="$(realpath "$1")" out="$2"
shift 2
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
tandem="${CARGO_TARGET_DIR:-$here/../target}/release/tandem"
[ $# -gt 0 ] || set -- retrieve prep
mkdir -p "$out"

train_retrieve() {
    bash "$here/triples.sh" "$corpora" "$out/triples"
    for name in world wiki ares digitalgov peps rfcs owasp; do
        [ -d "$out/triples/$name" ] || { echo "release.sh: $out/triples/$name is missing: a release learns from all corpora" >&2; exit 1; }
    done
    bash "$here/train.sh" "$out/triples" "$out/retrieve" --seed 3
}

train_prep() {
    "$tandem" synth --world reference --out "$out/world" --triples 24000 --seed 11
    bash "$here/base.sh" "$here/base/all-MiniLM-L6-v2"
    [ -d "$out/triples/sections_wiki" ] || bash "$here/triples.sh" "$corpora" "$out/triples"
    local texts=()
    for name in wiki ares digitalgov peps rfcs owasp; do
        [ -d "$out/triples/sections_$name" ] || { echo "release.sh: $out/triples/sections_$name is missing: a release learns from all corpora" >&2; exit 1; }
        texts+=(--data "$out/triples/sections_$name")
    done
    "$tandem" train prep --data "$out/world" --encoder "$here/base/all-MiniLM-L6-v2" "${texts[@]}" --seed 1 --minutes 15 --out "$out/prep"
    local folders=()
    for name in rust_rfcs owasp peps digitalgov; do folders+=(--data "$corpora/corpus_$name"); done
    python3 "$here/pages.py" "$corpora/html_trafilatura" "$out/teacher.json"
    "$tandem" train prep --pages "$corpora/html_trafilatura" --teacher "$out/teacher.json" "${folders[@]}" --out "$out/pages"
    rm -rf "$out/prep/model/content"
    cp -r "$out/pages/model" "$out/prep/model/content"
}

# Both models on each suite that a model is judged by; prints what fell, and fails if anything did.
compare() {
    local part="$1" option="$2" fell=0 alone=
    [ "$part" != retrieve ] || alone=--tandem-only
    shift 2
    for suite in "$@"; do
        local runs=() data
        data="$corpora/$(basename "$(sed -n 's/^data = "\(.*\)"$/\1/p' "$here/../eval/suites/$suite.toml")")"
        for which in "$here/models/$part" "$out/$part/model"; do
            local to="$out/compared/$part-$suite-$([ "$which" = "$here/models/$part" ] && echo released || echo new)"
            # shellcheck disable=SC2086 # none or one
            "$tandem" eval run $alone --suite "$here/../eval/suites/$suite.toml" --data "$data" "$option" "$which" --out "$to" > /dev/null
            runs+=("$to")
        done
        "$tandem" eval compare "${runs[@]}" --out "$out/compared/$part-$suite" --json > "$out/compared/$part-$suite.json"
        python3 - "$suite" "$out/compared/$part-$suite.json" <<'PY' || fell=1
import json, sys
suite, path = sys.argv[1:]
JUDGED = {"exact_match", "f1", "ndcg_10", "vital_fact_recall", "hit_10"}
fell = []
changes = json.load(open(path))["detail"]["systems"]
for line in next(change["lines"] for change in changes if change["system"] == "tandem"):
    difference = line.get("difference")
    if line["metric"] in JUDGED and difference:
        now, before = (one["value"] for one in line["estimates"][:2])
        print(f"{suite}\t{line['metric']}\t{before:.3f} -> {now:.3f}\t[{difference['low']:.3f}, {difference['high']:.3f}]")
        fell += [line["metric"]] if difference["high"] < 0 else []
if fell:
    print(f"{suite}: {', '.join(fell)} fell", file=sys.stderr)
sys.exit(bool(fell))
PY
    done
    return "$fell"
}

refused=0
for part in "$@"; do
    case "$part" in
        retrieve) suites="18f squad_sentences multihop cisi drop reading" option=--model ;;
        prep) suites="html ocr" option=--prep-model ;;
        *) echo "release.sh: retrieve or prep, not $part" >&2; exit 2 ;;
    esac
    "train_$part"
    mkdir -p "$out/compared"
    # shellcheck disable=SC2086 # a list of names
    if compare "$part" "$option" $suites; then
        rm -rf "$here/models/$part.new"
        cp -r "$out/$part/model" "$here/models/$part.new"
        rm -rf "$here/models/$part"
        mv "$here/models/$part.new" "$here/models/$part"
        echo "$part: released"
    else
        echo "$part: not released; the new model is $out/$part/model" >&2
        refused=1
    fi
done
exit "$refused"
