//! Who answers: a trait, and the two systems behind it. A system prepares a corpus in its own way, then answers one question at a time.

mod tandem;
mod workflow;

use std::path::Path;

use indicatif::ProgressBar;
use records::{Report, UserQuestion};
use serde::{Deserialize, Serialize};

pub(crate) use tandem::model_hash;
pub use tandem::{Loaded, Models, Tandem};
pub use workflow::{WorkflowSystem, chunk_corpus};

use crate::memory;
use crate::score::Retrieved;

/// Folder of the sections that the preparation model makes, in a workplace.
pub const SECTIONS: &str = "tandem-sections";

/// A way to answer questions from a corpus, on as many threads as there are.
pub trait System: Sync {
    /// What is known about the system before it answers anything.
    fn card(&self) -> &SystemCard;

    /// Answers a question.
    ///
    /// # Errors
    /// If it cannot; the question then counts as not answered and the reason is kept.
    fn answer(&self, question: &UserQuestion) -> Result<Report, String>;

    /// The passages it would read for a question, best first.
    ///
    /// # Errors
    /// If its store cannot be searched.
    fn search(&self, question: &UserQuestion, k: usize) -> Result<Vec<Retrieved>, String>;
}

/// A system and what its preparation cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemCard {
    /// Short name: `tandem`, `workflow`.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// Everything that defines it: model folders and hashes, or every knob.
    pub configuration: serde_json::Value,
    /// Units in its index.
    pub passages: u64,
    /// Seconds from raw files to a searchable index.
    pub preparation_seconds: f64,
    /// Most bytes of memory that the preparation added to the process; none where the system does not tell.
    #[serde(default)]
    pub preparation_bytes: Option<u64>,
    /// Bytes of the index on disk; 0 where there is none.
    pub index_bytes: u64,
}

/// How much higher the peak of memory stands than what was resident before.
fn grown(before: Option<u64>) -> Option<u64> {
    Some(memory::peak()?.saturating_sub(before?))
}

/// Bytes of all files under a folder.
#[cfg(feature = "lance")]
fn folder_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => folder_bytes(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map(|data| data.len()).unwrap_or_default(),
        _ => 0,
    };
    entries.flatten().map(size).sum()
}

/// Where a system says what it is doing.
#[derive(Clone, Copy)]
pub struct Workplace<'a> {
    /// Folder for intermediate files.
    pub work: &'a Path,
    /// The corpus, if the suite has one.
    pub corpus: Option<&'a Path>,
    /// Seed of every draw.
    pub seed: u64,
    /// Shows how far it is.
    pub progress: &'a ProgressBar,
}
