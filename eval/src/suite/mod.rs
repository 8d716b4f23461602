//! A suite: a TOML file that names questions with known answers and the texts to answer them from. Loaders turn every kind into the same cases. Suites
//! that ask no questions (retrieval, and the tasks of preparation) become a [`Task`].
//!
//! Not for training data: the questions scored here must never be trained on.

mod asked;
mod case;
mod collection;
mod content;
mod file;
mod labelled;
mod layout;
mod multihop;
mod passages;
mod pool;
mod prepared;
mod questions;
mod retrieval;
mod span_answers;
mod task;
mod world;

pub use asked::Suite;
pub use case::{Case, GoldFact};
pub(crate) use content::content;
pub use file::{DATA_VARIABLE, SuiteFile};
pub use layout::{Format, Kind, Objective, QuestionFile, Setting, TuningPart};
pub use task::{Item, Items, LabelledFile, Page, Pair, PartedText, Task, Topic};
pub(crate) use world::case as case_of;

/// A suite file beside small data files, in a folder that goes with the first of the two.
#[cfg(test)]
pub(crate) fn suite_of(files: &[(&str, &str)], suite: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let path = dir.path().join("s.toml");
    std::fs::write(&path, suite).unwrap();
    (dir, path)
}
