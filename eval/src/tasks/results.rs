//! The numbers of a task's folder: `results.json`.

use std::path::Path;

use records::Counts;
use serde::{Deserialize, Serialize};

use super::rows::sample;
use super::{Outcome, TaskRow, measures};
use crate::baseline::Try;
use crate::report::{NUMBERS, PAGES, Summary, Verdict, correct_family};
use crate::statistics::{Difference, Draws, Estimate, compare, estimate};
use crate::suite::SuiteFile;
use crate::{EvalError, EvalOptions};

/// A system and what its preparation cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskSystem {
    /// Short name.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// Everything that defines it.
    pub configuration: serde_json::Value,
    /// Seconds to make it ready.
    pub preparation_seconds: f64,
    /// Bytes of its index; 0 where there is none.
    pub index_bytes: u64,
    /// Mean seconds an item.
    pub seconds: f64,
}

/// How the workflow's knobs were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// What was to be made as large as it gets.
    pub goal: String,
    /// What it reached.
    pub objective: f64,
    /// Items it was found on.
    pub items: usize,
    /// Every try, in order.
    pub tries: Vec<Try>,
}

/// The measures of some of the items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskTable {
    /// All items, or those of a kind.
    pub name: String,
    /// Number of items.
    pub items: usize,
    /// A line for each measure.
    pub lines: Vec<TaskLine>,
}

/// A measure for every system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskLine {
    /// Key of the measure.
    pub measure: String,
    /// In the order of the systems; none where it is undefined.
    pub estimates: Vec<Option<Estimate>>,
    /// The first system minus each of the others, in their order.
    pub differences: Vec<Option<Difference>>,
}

/// A whole result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskResults {
    /// Layout version of this file.
    pub version: u32,
    /// The suite as it was run.
    pub suite: SuiteFile,
    /// Where its data was found.
    pub data: String,
    /// The commit that the program was built from.
    pub commit: String,
    /// Items loaded, scored, left out.
    pub counts: Counts,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// The systems.
    pub systems: Vec<TaskSystem>,
    /// All items, then by kind where there is more than one.
    pub tables: Vec<TaskTable>,
    /// How the workflow was tuned.
    pub tuned: Option<Tuning>,
}

impl TaskResults {
    pub(super) fn of(suite: &SuiteFile, data: &Path, counts: Counts, options: &EvalOptions, outcome: &Outcome) -> Self {
        let mut kinds: Vec<&str> = outcome.rows.iter().map(|row| row.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let names: Vec<&str> = outcome.systems.iter().map(|system| system.name.as_str()).collect();
        let table = |name: &str, within: &dyn Fn(&TaskRow) -> bool| {
            let rows: Vec<&TaskRow> = outcome.rows.iter().filter(|row| within(row)).collect();
            table(name, &rows, &names, suite, options.resamples)
        };
        let mut tables = vec![table("all items", &|_| true)];
        if kinds.len() > 1 {
            tables.extend(kinds.iter().map(|kind| table(kind, &|row| row.kind == *kind)));
        }
        // All items are one family of comparisons, the kinds together another.
        let (all, by_kind) = tables.split_at_mut(1);
        for family in [all, by_kind] {
            let lines = family.iter_mut().flat_map(|table| &mut table.lines).flat_map(|line| &mut line.differences);
            correct_family(lines.flatten().collect());
        }
        let systems = outcome.systems.iter().map(|system| TaskSystem { seconds: mean_seconds(outcome, &system.name), ..system.clone() });
        Self {
            version: 1,
            suite: suite.clone(),
            data: data.display().to_string(),
            commit: options.commit.clone(),
            counts,
            resamples: options.resamples,
            systems: systems.collect(),
            tables,
            tuned: outcome.tuned.clone(),
        }
    }

    /// Reads the numbers of a task's folder.
    ///
    /// # Errors
    /// If there are none or they are of another version.
    pub fn read(dir: &Path) -> Result<Self, EvalError> {
        let path = dir.join(NUMBERS);
        let bytes = std::fs::read(&path).map_err(EvalError::io(&path))?;
        serde_json::from_slice(&bytes).map_err(|error| EvalError::input(&path, format!("{error}: run the evaluation again")))
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), EvalError> {
        let path = dir.join(NUMBERS);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| EvalError::input(&path, error.to_string()))?;
        bytes.push(b'\n');
        records::write_atomically(&path, &bytes).map_err(EvalError::io(&path))
    }

    /// The short form.
    #[must_use]
    pub fn summary(&self, dir: &Path) -> Summary {
        let systems = self.systems.iter().map(|system| system.name.clone()).collect();
        let verdict = Verdict { head: super::page::verdict(self), ..Verdict::default() };
        Summary { suite: self.suite.name.clone(), counts: self.counts.clone(), all: None, systems, verdict, page: dir.join(PAGES[0]) }
    }
}

fn mean_seconds(outcome: &Outcome, system: &str) -> f64 {
    let own: Vec<f64> = outcome.rows.iter().filter(|row| row.system == system).map(|row| row.seconds).collect();
    own.iter().sum::<f64>() / own.len().max(1) as f64
}

fn table(name: &str, rows: &[&TaskRow], systems: &[&str], suite: &SuiteFile, resamples: usize) -> TaskTable {
    let of = |system: &&str| rows.iter().copied().filter(|row| row.system == **system).collect::<Vec<_>>();
    let by_system: Vec<Vec<&TaskRow>> = systems.iter().map(of).collect();
    let items = by_system.first().map_or(0, Vec::len);
    let draws = Draws::new(items, resamples, suite.seed);
    let line = |measure: &super::Measure| {
        let samples: Vec<_> = by_system.iter().map(|rows| sample(rows, measure.name)).collect();
        let (first, others) = samples.split_first()?;
        Some(TaskLine {
            measure: measure.name.to_owned(),
            estimates: samples.iter().map(|sample| estimate(sample, &draws)).collect(),
            differences: others.iter().map(|other| compare(first, other, &draws)).collect(),
        })
    };
    TaskTable { name: name.to_owned(), items, lines: measures(suite.kind).iter().filter_map(line).collect() }
}
