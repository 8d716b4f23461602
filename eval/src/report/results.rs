//! The numbers of a result folder: `results.json`. Everything a page says is computed from here and from the rows.

use std::path::Path;

use records::Counts;
use serde::{Deserialize, Serialize};

use super::NUMBERS;
use crate::EvalError;
use crate::baseline::Tuned;
use crate::statistics::{Difference, Estimate, McNemar};
use crate::suite::SuiteFile;
use crate::systems::SystemCard;

/// A whole result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Layout version of this file.
    pub version: u32,
    /// The suite as it was run.
    pub suite: SuiteFile,
    /// Where its data was found.
    pub data: String,
    /// Commit of the working folder, with `-dirty` if files were changed; `unknown` outside a repository.
    pub commit: String,
    /// Version of the program.
    pub program: String,
    /// Processor threads and operating system.
    pub machine: String,
    /// Questions loaded, scored, left out by a limit, failed.
    pub counts: Counts,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// The systems; differences are the first minus the second.
    pub systems: Vec<SystemCard>,
    /// All questions, then by setting, kind and noise.
    pub groups: Vec<Group>,
    /// Seconds per question, in the order of the systems.
    pub costs: Vec<Cost>,
    /// How the workflow's knobs were found.
    pub tuned: Option<Tuned>,
}

/// The table of some of the questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What it is cut by: `all`, `setting`, `kind`, `noise`.
    pub by: String,
    /// Which part.
    pub name: String,
    /// Number of questions.
    pub questions: usize,
    /// The metrics that are defined here.
    pub lines: Vec<Line>,
    /// Exact test on right and wrong outcomes, with two systems.
    pub mcnemar: Option<McNemar>,
}

/// A metric for every system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Key of the metric.
    pub metric: String,
    /// In the order of the systems; none where it is undefined.
    pub estimates: Vec<Option<Estimate>>,
    /// First minus second system.
    pub difference: Option<Difference>,
}

/// Time per question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Mean seconds.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// 95th percentile.
    pub p95: f64,
}

/// Right, abstained, wrong: how the questions of a system ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Right outcomes.
    pub right: usize,
    /// Abstentions where there was an answer.
    pub silent: usize,
    /// Wrong outcomes.
    pub wrong: usize,
}

/// What a caller prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The suite.
    pub suite: String,
    /// Questions loaded, scored, left out by a limit, failed.
    pub counts: Counts,
    /// The table over all questions.
    pub all: Option<Group>,
    /// Names of the systems, in the order of the estimates.
    pub systems: Vec<String>,
    /// The page to open.
    pub page: std::path::PathBuf,
}

impl Results {
    /// Reads the numbers of a result folder.
    ///
    /// # Errors
    /// If there are none or they are of another version.
    pub fn read(dir: &Path) -> Result<Self, EvalError> {
        let path = dir.join(NUMBERS);
        let bytes = std::fs::read(&path).map_err(EvalError::io(&path))?;
        serde_json::from_slice(&bytes).map_err(|error| EvalError::input(&path, format!("{error}: run the evaluation again")))
    }

    /// Writes them.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<(), EvalError> {
        let path = dir.join(NUMBERS);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| EvalError::input(&path, error.to_string()))?;
        bytes.push(b'\n');
        records::write_atomically(&path, &bytes).map_err(EvalError::io(&path))
    }

    /// The short form.
    #[must_use]
    pub fn summary(&self, dir: &Path) -> Summary {
        Summary {
            suite: self.suite.name.clone(),
            counts: self.counts.clone(),
            all: self.groups.first().cloned(),
            systems: self.systems.iter().map(|system| system.name.clone()).collect(),
            page: dir.join(super::PAGES[0]),
        }
    }
}
