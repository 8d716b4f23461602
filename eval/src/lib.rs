//! Two systems, the same questions: the two trained models against a tuned workflow.
//!
//! In: a suite (a TOML file that names questions with known answers and the texts to answer them from), two model folders. Out: a folder with
//! the configuration, the commit, one row per question and system (`results-00000.parquet`), `results.json` with every number, and the pages
//! rendered from them (`comparison.html`, `comparison.md`). Suites that ask no questions (search, repair, extraction, segmentation) are `tasks`.
//!
//! Rooms: `suite` (what is asked), `check` (a user's own corpus as a suite), `systems` (who answers), `baseline` (the workflow), `metrics` (what an
//! answer is worth), `statistics` (how sure that is), `models` (several trained models beside each other), `ladder` (where answers are lost), `fragility` (what breaks them), `leaks` (nothing asked was
//! learnt), `expected` (committed numbers, checked), `report` (what a reader sees).
//!
//! Not for training or choosing models: the test questions of a suite are touched only here.
//!
//! Try it: `tandem eval check DIR --out data/runs/eval-own`, `tandem eval run --suite eval/suites/multihop.toml --out data/runs/eval-multihop`.

mod asking;
pub mod baseline;
mod check;
mod error;
pub mod expected;
pub mod fragility;
pub mod ladder;
pub mod leaks;
pub mod memory;
pub mod metrics;
pub mod models;
mod options;
mod originals;
pub mod report;
mod run;
mod score;
pub mod statistics;
pub mod suite;
pub mod systems;
pub mod tasks;

pub use check::{OwnCorpus, check_corpus};
pub use error::EvalError;
pub use options::EvalOptions;
pub use run::run_suite;
pub use score::{Retrieved, Scores};
