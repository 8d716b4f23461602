//! The digest of a run: the headline of a result folder, small enough to be committed, and enough for a table over several suites.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use records::Counts;
use serde::{Deserialize, Serialize};

use super::{METRICS, Results};
use crate::EvalError;
use crate::statistics::{Difference, Estimate};
use crate::suite::Kind;
use crate::tasks::{TaskResults, measures};

/// Its file in a result folder.
pub const DIGEST: &str = "digest.json";

/// What a run came to, over all its questions or items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// The suite.
    pub suite: String,
    /// What sort of suite.
    pub kind: Kind,
    /// The commit that the program was built from.
    pub commit: String,
    /// What went in.
    pub counts: Counts,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// Hashes of our models by name; none where the workflow stood alone.
    pub models: BTreeMap<String, String>,
    /// The systems, ours first.
    pub systems: Vec<String>,
    /// Every measure.
    pub lines: Vec<DigestLine>,
}

/// A measure for every system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestLine {
    /// Key of the measure.
    pub measure: String,
    /// Name in tables.
    pub title: String,
    /// Whether more is better.
    pub more_is_better: bool,
    /// In the order of the systems.
    pub estimates: Vec<Option<Estimate>>,
    /// The first system minus each other.
    pub differences: Vec<Option<Difference>>,
}

impl Digest {
    /// The digest of a comparison.
    #[must_use]
    pub fn of_results(results: &Results) -> Self {
        let lines = results.groups.first().map(|group| group.lines.as_slice()).unwrap_or_default();
        let line = |line: &super::Line| {
            let metric = METRICS.iter().find(|metric| metric.name == line.metric)?;
            Some(DigestLine {
                measure: line.metric.clone(),
                title: metric.title.to_owned(),
                more_is_better: metric.more_is_better,
                estimates: line.estimates.clone(),
                differences: line.differences().take(results.systems.len().saturating_sub(1)).collect(),
            })
        };
        Self {
            suite: results.suite.name.clone(),
            kind: results.suite.kind,
            commit: results.commit.clone(),
            counts: results.counts.clone(),
            resamples: results.resamples,
            models: results.systems.first().map(|system| hashes(&system.configuration)).unwrap_or_default(),
            systems: results.systems.iter().map(|system| system.name.clone()).collect(),
            lines: lines.iter().filter_map(line).collect(),
        }
        .rounded()
    }

    /// The digest of a task.
    #[must_use]
    pub fn of_task(results: &TaskResults) -> Self {
        let known = measures(results.suite.kind);
        let lines = results.tables.first().map(|table| table.lines.as_slice()).unwrap_or_default();
        let line = |line: &crate::tasks::TaskLine| {
            let measure = known.iter().find(|measure| measure.name == line.measure)?;
            Some(DigestLine {
                measure: line.measure.clone(),
                title: measure.title.to_owned(),
                more_is_better: measure.more_is_better,
                estimates: line.estimates.clone(),
                differences: line.differences.clone(),
            })
        };
        Self {
            suite: results.suite.name.clone(),
            kind: results.suite.kind,
            commit: results.commit.clone(),
            counts: results.counts.clone(),
            resamples: results.resamples,
            models: results.systems.first().map(|system| hashes(&system.configuration)).unwrap_or_default(),
            systems: results.systems.iter().map(|system| system.name.clone()).collect(),
            lines: lines.iter().filter_map(line).collect(),
        }
        .rounded()
    }

    /// Six digits behind the point are more than the numbers mean, and survive every way of writing them.
    fn rounded(mut self) -> Self {
        let round = |value: &mut f64| *value = (*value * 1e6).round() / 1e6;
        for line in &mut self.lines {
            for one in line.estimates.iter_mut().flatten() {
                [&mut one.value, &mut one.low, &mut one.high].into_iter().for_each(round);
            }
            for one in line.differences.iter_mut().flatten() {
                [&mut one.value, &mut one.low, &mut one.high, &mut one.p, &mut one.adjusted].into_iter().for_each(round);
            }
        }
        self
    }

    /// Writes it into a result folder.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<(), EvalError> {
        let path = dir.join(DIGEST);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| EvalError::input(&path, error.to_string()))?;
        bytes.push(b'\n');
        records::write_atomically(&path, &bytes).map_err(EvalError::io(&path))
    }

    fn read(path: &Path) -> Result<Self, EvalError> {
        let bytes = std::fs::read(path).map_err(EvalError::io(path))?;
        serde_json::from_slice(&bytes).map_err(|error| EvalError::input(path, format!("no digest of a run: {error}")))
    }

    /// The digests of a folder: its `.json` files and those of the result folders in it, by suite.
    ///
    /// # Errors
    /// If there is none, or one is broken.
    pub fn read_all(dir: &Path) -> Result<Vec<Self>, EvalError> {
        let missing = |error: std::io::Error| EvalError::input(dir, format!("{error}: name a folder of runs or of their digests"));
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(missing)? {
            let path = entry.map_err(EvalError::io(dir))?.path();
            let inside = path.join(DIGEST);
            if inside.is_file() {
                paths.push(inside);
            } else if path.extension().is_some_and(|kind| kind == "json") {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(EvalError::input(dir, format!("holds no {DIGEST}: run `tandem eval run` first")));
        }
        let mut out = paths.iter().map(|path| Self::read(path)).collect::<Result<Vec<_>, _>>()?;
        out.sort_by(|a, b| a.suite.cmp(&b.suite));
        Ok(out)
    }

    /// A system's estimate of a measure.
    #[must_use]
    pub fn estimate(&self, system: &str, measure: &str) -> Option<Estimate> {
        let at = self.systems.iter().position(|name| name == system)?;
        self.lines.iter().find(|line| line.measure == measure)?.estimates.get(at).copied().flatten()
    }

    /// The measures for a table over several suites, each with the system that ours is held against: what the answers are worth against the
    /// workflow that was tuned for it.
    pub(super) fn headlines(&self) -> Vec<(&DigestLine, usize)> {
        let wanted = if self.kind.asks_questions() {
            vec![
                ("exact_match", "workflow"),
                ("reader_score", "cautious workflow"),
                ("citation_precision", "workflow"),
                ("ndcg_10", "workflow"),
            ]
        } else {
            measures(self.kind).iter().take(1).map(|measure| (measure.name, "workflow")).collect()
        };
        let found = wanted.iter().filter_map(|(measure, against)| {
            let line = self.lines.iter().find(|line| line.measure == *measure)?;
            let at = |name: &str| self.systems.iter().position(|system| system == name);
            Some((line, at(against).or_else(|| at("workflow"))?))
        });
        found.collect()
    }
}

/// The hashes that a system's configuration names its models by; none for the workflow.
fn hashes(configuration: &serde_json::Value) -> BTreeMap<String, String> {
    serde_json::from_value(configuration["blake3"].clone()).unwrap_or_default()
}
