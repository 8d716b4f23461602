//! What became of every request and of every answer, by job and reason: `asked = cached + made + refused + failed`, and
//! `cached + made = used + rejected` for the jobs that make questions. A few of each are kept to be read.

use std::collections::BTreeMap;
use std::path::Path;

use records::{Counts, write_atomically};
use serde::Serialize;

use super::client::Called;
use super::prompt::{JOBS, Job};
use crate::SynthError;
use crate::candidates::name;

/// Kept of each outcome.
const KEPT: usize = 12;
/// The requests of all jobs, and how they ended.
const TOTALS: [&str; 5] = ["asked", "cached", "made", "refused", "failed"];

/// The counts of a run and samples of what it made.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counts: Counts,
    samples: BTreeMap<(Job, &'static str), Vec<Sample>>,
}

/// One answer of the teacher, to be read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample {
    /// The question as the rules had made it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What the teacher made of it, or all it said where that was no answer.
    pub question: String,
    pub answer: String,
    /// Why the judge said no.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

#[derive(Serialize)]
struct Line<'a> {
    job: Job,
    outcome: &'static str,
    #[serde(flatten)]
    sample: &'a Sample,
}

impl Ledger {
    fn add(&mut self, job: Job, what: &str) {
        *self.counts.entry(format!("teacher.{}.{what}", name(&job))).or_default() += 1;
    }

    /// Notes how a request ended.
    pub fn called(&mut self, job: Job, called: &Called) {
        self.add(job, "asked");
        match called {
            Called::Cached(_) => self.add(job, "cached"),
            Called::Made(_) => self.add(job, "made"),
            Called::Refused(reason) => {
                self.add(job, "refused");
                self.add(job, &format!("refused.{}", name(reason)));
            }
            Called::Failed(reason) => {
                self.add(job, "failed");
                self.add(job, &format!("failed.{}", name(reason)));
            }
        }
    }

    /// Notes an answer that is used.
    pub fn used(&mut self, job: Job, sample: Sample) {
        self.add(job, "used");
        self.keep(job, "used", sample);
    }

    /// Notes an answer that is not, and why.
    pub fn rejected(&mut self, job: Job, reason: &'static str, sample: Sample) {
        self.add(job, "rejected");
        self.add(job, &format!("rejected.{reason}"));
        self.keep(job, reason, sample);
    }

    fn keep(&mut self, job: Job, outcome: &'static str, sample: Sample) {
        let samples = self.samples.entry((job, outcome)).or_default();
        if samples.len() < KEPT {
            samples.push(sample);
        }
    }

    /// Adds everything to the counts of the run, with totals over the jobs, and writes the samples beside the tables.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn close(self, tokens: u64, out: &Path, counts: &mut Counts) -> Result<(), SynthError> {
        let mut lines = String::new();
        for ((job, outcome), samples) in &self.samples {
            for sample in samples {
                let line =
                    serde_json::to_string(&Line { job: *job, outcome, sample }).map_err(|error| SynthError::data("teacher", error))?;
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        let path = out.join("teacher.jsonl");
        write_atomically(&path, lines.as_bytes()).map_err(SynthError::io(&path))?;
        for end in TOTALS {
            let of_job = |job: &Job| self.counts.get(&format!("teacher.{}.{end}", name(job))).copied().unwrap_or(0);
            counts.insert(format!("teacher.{end}"), JOBS.iter().map(of_job).sum());
        }
        counts.insert("teacher.tokens".to_owned(), tokens);
        counts.extend(self.counts);
        Ok(())
    }
}
