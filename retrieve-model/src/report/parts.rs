//! The chunks of an unfinished batch: for each a table of reports, one of failures, what stands around the quotations, and a marker, written
//! last, that says that they are whole.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use records::{Citation, Failure, Report, Row, TableError, TableReader, TableWriter, UserQuestion};
use serde::{Deserialize, Serialize};

use super::batch::{Answer, BatchError};
use super::passages::{self, Context, Look, Passage, Place};
use super::verify::checked;

/// Questions answered between two writes to disk.
pub(super) const CHUNK: usize = 32;

/// What a chunk came to; its file is written after the chunk's tables and so says that they are whole.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Done {
    pub reports: u64,
    pub failures: u64,
    pub refused: u64,
}

impl Done {
    pub fn add(&mut self, other: &Self) {
        self.reports += other.reports;
        self.failures += other.failures;
        self.refused += other.refused;
    }
}

/// The folder of the chunks.
pub(super) struct Parts {
    dir: PathBuf,
}

/// Answers a question at a place.
type AnswerAt<'a> = dyn Fn(usize, &UserQuestion) -> Result<Report, Failure> + Sync + 'a;

/// A question that became a report: with what stands around its quotations, and how many were refused.
type Outcome = (Report, Vec<Passage>, u64);

impl Parts {
    pub fn of(out: &Path) -> Self {
        Self { dir: out.join("parts") }
    }

    pub fn create(&self) -> Result<(), BatchError> {
        fs::create_dir_all(&self.dir).map_err(BatchError::io(&self.dir))
    }

    fn marker(&self, chunk: usize) -> PathBuf {
        self.dir.join(format!("{chunk:05}.json"))
    }

    fn around(&self, chunk: usize) -> PathBuf {
        self.dir.join(format!("passages-{chunk:05}.json"))
    }

    fn table<R: Row>(&self, chunk: usize) -> PathBuf {
        self.dir.join(format!("{}-{chunk:05}.parquet", R::TABLE))
    }

    /// Keeps what the whole batch is called, for the joining of its parts.
    pub fn entitle(&self, title: &str) -> Result<(), BatchError> {
        write_json(&self.dir.join("title.json"), &title)
    }

    /// What the whole batch is called.
    pub fn title(&self) -> Result<String, BatchError> {
        let path = self.dir.join("title.json");
        let title = fs::read(&path).and_then(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::from));
        title.map_err(BatchError::io(&path))
    }

    /// Takes a chunk over from another part's folder; its marker last.
    pub fn copy(&self, other: &Self, chunk: usize) -> Result<(), BatchError> {
        let files = |parts: &Self| [parts.table::<Report>(chunk), parts.table::<Failure>(chunk), parts.around(chunk), parts.marker(chunk)];
        for (from, to) in files(other).iter().zip(files(self)) {
            let bytes = fs::read(from).map_err(BatchError::io(from))?;
            records::write_atomically(&to, &bytes).map_err(BatchError::io(&to))?;
        }
        Ok(())
    }

    pub fn finished(&self, chunk: usize) -> Result<Option<Done>, BatchError> {
        let path = self.marker(chunk);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BatchError::io(&path)(error)),
        }
    }

    /// Answers the questions of a chunk and writes all of it. `answer` gets the place of a question among those of the chunk that could be read.
    pub fn write(
        &self,
        number: usize,
        chunk: &[Result<UserQuestion, Failure>],
        answer: &AnswerAt<'_>,
        look: Look<'_>,
    ) -> Result<Done, BatchError> {
        let mut read = 0..;
        let placed: Vec<_> =
            chunk.iter().map(|question| question.as_ref().map(|question| (read.next().unwrap_or_default(), question))).collect();
        let one = |placed: &Result<(usize, &UserQuestion), &Failure>| {
            let (at, question) = placed.map_err(Clone::clone)?;
            report(question, &|question| answer(at, question), look)
        };
        let outcomes: Vec<Result<Outcome, Failure>> = placed.par_iter().map(one).collect();
        let (mut reports, mut failures) =
            (TableWriter::<Report>::create(&self.dir, number)?, TableWriter::<Failure>::create(&self.dir, number)?);
        let (mut refused, mut around) = (0, Vec::new());
        for outcome in outcomes {
            match outcome {
                Ok((report, passages, citations)) => {
                    refused += citations;
                    around.extend(passages);
                    reports.push(report)?;
                }
                Err(failure) => failures.push(failure)?,
            }
        }
        let done = Done { reports: reports.finish()?.rows, failures: failures.finish()?.rows, refused };
        write_json(&self.around(number), &around)?;
        write_json(&self.marker(number), &done)?;
        Ok(done)
    }

    pub fn read<R: Row>(&self, chunk: usize) -> Result<TableReader<R>, TableError> {
        TableReader::open(&self.table::<R>(chunk))
    }

    /// What stands around the quotations of a chunk; nothing where an earlier version wrote the chunk.
    pub fn passages(&self, chunk: usize) -> Result<Vec<Passage>, TableError> {
        let path = self.around(chunk);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| TableError::Format { path, reason: error.to_string() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(TableError::Io { path, source }),
        }
    }

    pub fn remove(&self) -> Result<(), BatchError> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BatchError::io(&self.dir)(error)),
            _ => Ok(()),
        }
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), BatchError> {
    let json = serde_json::to_vec(value).map_err(|error| BatchError::io(path)(error.into()))?;
    records::write_atomically(path, &json).map_err(BatchError::io(path))
}

/// Answers a question and looks at everything that is cited.
fn report(question: &UserQuestion, answer: Answer<'_>, look: Look<'_>) -> Result<Outcome, Failure> {
    let report = if text::has_word(&question.question) { answer(question)? } else { Report::unasked(question) };
    let seen: Mutex<HashMap<Place, Context>> = Mutex::default();
    let verify = |citation: &Citation| {
        let context = look(citation);
        context.map(|context| seen.lock().unwrap_or_else(PoisonError::into_inner).insert(Place::of(citation), context)).is_some()
    };
    let (report, refused) = checked(question, report, &verify);
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let passages = passages::of(&report, |citation| match question.sources.is_empty() {
        true => seen.get(&Place::of(citation)).cloned(),
        false => Context::in_sources(question, citation),
    });
    Ok((report, passages, refused))
}
