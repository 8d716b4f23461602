//! A batch of questions becomes a folder of reports. Questions are answered in chunks, in parallel; a chunk is on disk before the next
//! one starts, so that a killed run goes on where it stopped. At the end the chunks become `reports.parquet`, `reports.jsonl`,
//! `report.md`, `report.html` and `failures.parquet`, and the manifest says that all is there.
//!
//! A second run gives the same bytes, the time each question took apart: `milliseconds` is measured, and stands in every one of the formats.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::{
    AtomicFile, Counts, Failure, Report, Row, RunError, RunFolder, Shard, Status, TableError, TableReader, TableWriter, UserQuestion,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::markdown::RenderError;
use super::outline::{MOST_FAILURES, Outline};
use super::questions::{Questions, QuestionsError};
use super::verify::{Verify, checked};
use super::{html, markdown};

/// Questions answered between two writes to disk.
const CHUNK: usize = 32;

/// Answers a question, or says why it cannot.
pub type Answer<'a> = &'a (dyn Fn(&UserQuestion) -> Result<Report, Failure> + Sync);

/// What a batch did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// `in` = `out` + `skipped` + `failed`, `out` = `answered` + `partial` + `abstained`; `refused` citations and answers
    /// did not verify and were taken out; `wordless` of the `abstained` asked nothing.
    pub counts: Counts,
    /// Whether it was there already.
    pub unchanged: bool,
    /// The page to open.
    pub page: PathBuf,
}

/// A batch could not be written.
#[derive(Debug, Error)]
pub enum BatchError {
    /// The questions cannot be read.
    #[error(transparent)]
    Questions(#[from] QuestionsError),
    /// The folder holds something else, or its state is broken.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A table could not be written or read back.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl BatchError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// Answers every question of a file into `out`. `configuration` names whatever else decides the answers (the model's hash, the index's):
/// a folder made with another one is refused. `verify` has the last word on every citation, except for questions that bring their sources,
/// which are checked against these.
///
/// # Errors
/// If the questions cannot be read, the folder belongs to another run, or the disk refuses. A question that cannot be answered is no error
/// but a row of `failures.parquet`.
pub fn write_reports(
    questions: &Path,
    out: &Path,
    configuration: &str,
    answer: Answer<'_>,
    verify: Verify<'_>,
    progress: &ProgressBar,
) -> Result<Batch, BatchError> {
    let title = questions.file_stem().map_or_else(|| "Report".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let mut questions = Questions::open(questions)?;
    let run = RunFolder::open(out, "report", &(questions.hash(), configuration), 0)?;
    progress.set_length(questions.total());
    let (parts, page) = (Parts { dir: out.join("parts") }, out.join("report.html"));
    if let Some(manifest) = run.finished()? {
        progress.set_position(questions.total());
        parts.remove()?;
        return Ok(Batch { counts: manifest.counts, unchanged: true, page });
    }
    fs::create_dir_all(&parts.dir).map_err(BatchError::io(&parts.dir))?;
    let (mut count, mut failed, mut refused) = (0, 0, 0);
    loop {
        let chunk: Vec<_> = questions.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let done = match parts.finished(count)? {
            Some(done) => done,
            None => parts.write(count, &chunk, answer, verify)?,
        };
        (count, failed, refused) = (count + 1, failed + done.failures, refused + done.refused);
        progress.inc(done.reports + done.failures);
        if failed > 0 {
            progress.set_message(format!("{failed} failed"));
        }
    }
    let mut first = Vec::new();
    for chunk in 0..count {
        first.extend(parts.read::<Failure>(chunk)?.take(MOST_FAILURES - first.len()).collect::<Result<Vec<_>, _>>()?);
    }
    let chunks = |chunk: usize| parts.read::<Report>(chunk)?.collect();
    let outline = Outline::of(title, count, &chunks, first, failed)?;
    let shards = assemble(out, &parts, count, &outline)?;
    let mut counts = outline.totals.counts();
    counts.insert("refused".into(), refused);
    run.finish(counts.clone(), shards)?;
    parts.remove()?;
    Ok(Batch { counts, unchanged: false, page })
}

/// The report on a question that asks nothing. Nothing is searched, which tells it from one whose answer was not found.
fn wordless(question: &UserQuestion) -> Report {
    Report {
        question_id: question.id.clone(),
        brief: question.brief.clone(),
        question: question.question.clone(),
        status: Status::Abstained,
        reason: None,
        answer: String::new(),
        confidence: 0.0,
        statements: Vec::new(),
        closest: vec![],
        searches: Vec::new(),
        milliseconds: 0,
    }
}

/// What a chunk came to; its file is written after the chunk's tables and so says that they are whole.
#[derive(Serialize, Deserialize)]
struct Done {
    reports: u64,
    failures: u64,
    refused: u64,
}

/// The chunks of an unfinished batch.
struct Parts {
    dir: PathBuf,
}

impl Parts {
    fn marker(&self, chunk: usize) -> PathBuf {
        self.dir.join(format!("{chunk:05}.json"))
    }

    fn finished(&self, chunk: usize) -> Result<Option<Done>, BatchError> {
        let path = self.marker(chunk);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BatchError::io(&path)(error)),
        }
    }

    fn write(
        &self,
        number: usize,
        chunk: &[Result<UserQuestion, Failure>],
        answer: Answer<'_>,
        verify: Verify<'_>,
    ) -> Result<Done, BatchError> {
        let one = |question: &Result<UserQuestion, Failure>| {
            let question = question.as_ref().map_err(Clone::clone)?;
            let report = if text::has_word(&question.question) { answer(question)? } else { wordless(question) };
            Ok(checked(question, report, verify))
        };
        let outcomes: Vec<Result<(Report, u64), Failure>> = chunk.par_iter().map(one).collect();
        let (mut reports, mut failures) =
            (TableWriter::<Report>::create(&self.dir, number)?, TableWriter::<Failure>::create(&self.dir, number)?);
        let mut refused = 0;
        for outcome in outcomes {
            match outcome {
                Ok((report, citations)) => {
                    refused += citations;
                    reports.push(report)?;
                }
                Err(failure) => failures.push(failure)?,
            }
        }
        let done = Done { reports: reports.finish()?.rows, failures: failures.finish()?.rows, refused };
        let path = self.marker(number);
        let json = serde_json::to_vec(&done).map_err(|error| BatchError::io(&path)(error.into()))?;
        records::write_atomically(&path, &json).map_err(BatchError::io(&path))?;
        Ok(done)
    }

    fn read<R: Row>(&self, chunk: usize) -> Result<TableReader<R>, TableError> {
        TableReader::open(&self.dir.join(format!("{}-{chunk:05}.parquet", R::TABLE)))
    }

    fn remove(&self) -> Result<(), BatchError> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BatchError::io(&self.dir)(error)),
            _ => Ok(()),
        }
    }
}

/// Writes the files of a finished batch from its chunks.
fn assemble(out: &Path, parts: &Parts, count: usize, outline: &Outline<'_>) -> Result<Vec<Shard>, BatchError> {
    let mut reports = TableWriter::<Report>::create_file(&out.join("reports.parquet"))?;
    let mut failures = TableWriter::<Failure>::create_file(&out.join("failures.parquet"))?;
    for chunk in 0..count {
        parts.read::<Report>(chunk)?.try_for_each(|report| reports.push(report?))?;
        parts.read::<Failure>(chunk)?.try_for_each(|failure| failures.push(failure?))?;
    }
    let mut shards = vec![reports.finish()?, failures.finish()?];
    let rows = shards[0].rows;
    let mut hasher = blake3::Hasher::new();
    let lines = |writer: &mut dyn Write| {
        for chunk in 0..count {
            for report in parts.read::<Report>(chunk)? {
                let mut line = serde_json::to_vec(&report?).map_err(io::Error::from)?;
                line.push(b'\n');
                hasher.update(&line);
                writer.write_all(&line)?;
            }
        }
        Ok(())
    };
    shards.push(write_file(&out.join("reports.jsonl"), rows, lines)?);
    shards.push(write_file(&out.join("report.md"), rows, |writer| markdown::write(outline, writer))?);
    let nonce = hasher.finalize().to_hex();
    shards.push(write_file(&out.join("report.html"), rows, |writer| html::write(outline, &nonce[..32], writer))?);
    Ok(shards)
}

/// Writes a file beside its place and renames it when whole.
fn write_file(path: &Path, rows: u64, fill: impl FnOnce(&mut dyn Write) -> Result<(), RenderError>) -> Result<Shard, BatchError> {
    let mut writer = BufWriter::new(AtomicFile::create(path).map_err(BatchError::io(path))?);
    match fill(&mut writer) {
        Ok(()) => {}
        Err(RenderError::Read(error)) => return Err(error.into()),
        Err(RenderError::Write(error)) => return Err(BatchError::io(path)(error)),
    }
    let finished = writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(AtomicFile::persist);
    finished.and_then(|()| Shard::of(path, rows)).map_err(BatchError::io(path))
}
