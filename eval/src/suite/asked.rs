//! A suite with its questions, ready to be asked.

use std::path::{Path, PathBuf};

use super::{Case, Kind, SuiteFile, passages, questions, world};
use crate::EvalError;

/// A suite with its questions loaded.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file, as read.
    pub file: SuiteFile,
    /// Where the suite file is.
    pub path: PathBuf,
    /// The data folder that was found.
    pub data: PathBuf,
    /// The corpus to prepare and search: a folder of raw files or a `.jsonl`; none where every question brings its texts.
    pub corpus: Option<PathBuf>,
    /// Questions for tuning.
    pub development: Vec<Case>,
    /// Questions for scoring.
    pub test: Vec<Case>,
}

impl Suite {
    /// Reads a suite file and its data. `data` overrides the folder named in the file; `work` is where a pool of paragraphs is written.
    ///
    /// # Errors
    /// If a file is missing or not as its loader expects it; the error names the file and the remedy.
    pub fn open(path: &Path, data: Option<&Path>, work: &Path) -> Result<Self, EvalError> {
        let (file, data) = SuiteFile::open(path, data)?;
        let mut suite = Self { file, path: path.to_path_buf(), data, corpus: None, development: Vec::new(), test: Vec::new() };
        match suite.file.kind {
            Kind::World => world::load(&mut suite)?,
            Kind::Multihop | Kind::Passages => passages::load(&mut suite, work)?,
            Kind::Questions => questions::load(&mut suite)?,
            Kind::Retrieval | Kind::Repair | Kind::Extraction | Kind::Segmentation | Kind::Roles => {
                return Err(EvalError::input(path, "asks no questions with answers: it is a task with measures of its own"));
            }
        }
        if suite.test.is_empty() {
            let reason = "holds no question to score: make more triples, or lower [tuning] share in the suite";
            return Err(EvalError::input(&suite.data, reason));
        }
        Ok(suite)
    }

    /// Puts a case where the hash of its question's id says: a share of the questions tunes, the rest is scored.
    pub(crate) fn file_by_hash(&mut self, question_id: &str, case: Case) {
        if self.file.tunes(question_id) { self.development.push(case) } else { self.test.push(case) }
    }
}
