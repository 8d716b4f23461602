//! The numbers of a result folder: `results.json`. Everything a page says is computed from here and from the rows.

use std::path::Path;

use records::Counts;
use serde::{Deserialize, Serialize};

use super::{NUMBERS, ResultRow, Verdict, compare};
use crate::EvalError;
use crate::baseline::Tuned;
use crate::fragility::Fragility;
use crate::ladder::Ladder;
use crate::leaks::Leaks;
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
    /// The commit that the program was built from, with `-dirty` if files were changed; `unknown` outside a repository.
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
    /// Where on the way the answers are lost, if that was asked for.
    #[serde(default)]
    pub ladder: Option<Ladder>,
    /// What breaks the systems, if that was asked for.
    #[serde(default)]
    pub fragility: Option<Fragility>,
    /// Whether questions or documents stand in training data, if that was asked for.
    #[serde(default)]
    pub leaks: Option<Leaks>,
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
    /// First minus each further system.
    #[serde(default)]
    pub others: Vec<Option<Difference>>,
}

impl Line {
    /// The first system against each of the others, in their order.
    pub fn differences(&self) -> impl Iterator<Item = Option<Difference>> + '_ {
        std::iter::once(self.difference).chain(self.others.iter().copied())
    }

    /// The same, to be corrected.
    pub fn differences_mut(&mut self) -> impl Iterator<Item = &mut Difference> {
        self.difference.iter_mut().chain(self.others.iter_mut().flatten())
    }
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
    /// The comparison in words.
    pub verdict: Verdict,
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
        let missing = |error: std::io::Error| EvalError::input(&path, format!("{error}: name a folder that `tandem eval` has finished"));
        let bytes = std::fs::read(&path).map_err(missing)?;
        let mut results: Self =
            serde_json::from_slice(&bytes).map_err(|error| EvalError::input(&path, format!("{error}: run the evaluation again")))?;
        // Folders of version 1 hold uncorrected p-values.
        compare::correct(&mut results.groups);
        Ok(results)
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
    pub fn summary(&self, dir: &Path, rows: &[ResultRow]) -> Summary {
        Summary {
            suite: self.suite.name.clone(),
            counts: self.counts.clone(),
            all: self.groups.first().cloned(),
            systems: self.systems.iter().map(|system| system.name.clone()).collect(),
            verdict: Verdict::of(self, rows),
            page: dir.join(super::PAGES[0]),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An empty result of two systems.
    pub(crate) fn results() -> Results {
        let card = |name: &str| SystemCard { name: name.into(), description: "a <system>".into(), ..SystemCard::default() };
        Results {
            version: 2,
            suite: toml::from_str("name = 'suite <b>'\nkind = 'world'\ndata = '.'").unwrap(),
            data: "data".into(),
            commit: "c0ffee".into(),
            program: "tandem".into(),
            machine: "machine".into(),
            counts: Counts::new(),
            resamples: 2_000,
            systems: vec![card("tandem"), card("workflow")],
            groups: Vec::new(),
            costs: vec![Cost::default(), Cost::default()],
            tuned: None,
            ladder: None,
            fragility: None,
            leaks: None,
        }
    }

    #[test]
    fn a_folder_of_the_first_version_is_read_with_its_p_values_corrected() {
        let dir = tempfile::tempdir().unwrap();
        let difference = |p: f64| serde_json::json!({"value": 0.1, "low": 0.0, "high": 0.2, "p": p, "significant": p < 0.05});
        let lines: Vec<_> = [0.03, 0.04].map(|p| serde_json::json!({"metric": "f1", "estimates": [], "difference": difference(p)})).into();
        let mut old = serde_json::to_value(results()).unwrap();
        old["version"] = 1.into();
        old["groups"] = serde_json::json!([{"by": "all", "name": "all questions", "questions": 9, "lines": lines, "mcnemar": null}]);
        for new in ["ladder", "fragility", "leaks"] {
            old.as_object_mut().unwrap().remove(new);
        }
        std::fs::write(dir.path().join(NUMBERS), old.to_string()).unwrap();
        let read = Results::read(dir.path()).unwrap();
        let corrected = read.groups[0].lines[0].difference.unwrap();
        assert_eq!((corrected.adjusted, corrected.significant), (0.06, false));
    }
}
