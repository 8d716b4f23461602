//! A batch of questions becomes a folder of reports. Questions are answered in chunks, in parallel; a chunk is on disk before the next
//! one starts, so that a killed run goes on where it stopped. At the end the chunks become `reports.parquet`, `reports.jsonl`,
//! `report.md`, `report.html` and `failures.parquet`, with `report.docx` where it is asked for, and the manifest says that all is there.
//!
//! A second run gives the same bytes, the time each question took apart: `milliseconds` is measured, and stands in every one of the formats.

use std::io;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Counts, Failure, Report, RunError, RunFolder, TableError, UserQuestion};
use thiserror::Error;

use super::files::{Format, assemble, complete};
use super::outline::{MOST_FAILURES, Outline};
use super::parts::{CHUNK, Parts};
use super::passages::Look;
use super::questions::{Questions, QuestionsError};

/// Answers a question, or says why it cannot.
pub type Answer<'a> = &'a (dyn Fn(&UserQuestion) -> Result<Report, Failure> + Sync);

/// What a batch did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// `in` = `out` + `skipped` + `failed`, `out` = `answered` + `partial` + `abstained`; `refused` citations and answers
    /// did not verify and were taken out; `contradicted` of the `partial` have sources that disagree, `wordless` of the `abstained` asked nothing.
    pub counts: Counts,
    /// Whether all of it was there already.
    pub unchanged: bool,
    /// What to open: the first form that was asked for, otherwise the page.
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
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// Answers every question of a file into `out`. `configuration` names whatever else decides the answers (the model's hash, the index's):
/// a folder made with another one is refused. `formats` are the forms to hand on; the page and Markdown are always written, and a finished
/// folder is given a form that it lacks. `look` has the last word on every citation, except for questions that bring their sources, which are
/// checked against these.
///
/// # Errors
/// If the questions cannot be read, the folder belongs to another run, or the disk refuses. A question that cannot be answered is no error
/// but a row of `failures.parquet`.
pub fn write_reports(
    questions: &Path,
    out: &Path,
    configuration: &str,
    formats: &[Format],
    answer: Answer<'_>,
    look: Look<'_>,
    progress: &ProgressBar,
) -> Result<Batch, BatchError> {
    let title = questions.file_stem().map_or_else(|| "Report".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let mut questions = Questions::open(questions)?;
    let run = RunFolder::open(out, "report", &(questions.hash(), configuration), 0)?;
    progress.set_length(questions.total());
    let (parts, page) = (Parts::of(out), out.join(formats.first().unwrap_or(&Format::Html).file()));
    if let Some(manifest) = run.finished()? {
        progress.set_position(questions.total());
        parts.remove()?;
        let unchanged = !complete(&run, &manifest, &title, formats)?;
        return Ok(Batch { counts: manifest.counts, unchanged, page });
    }
    parts.create()?;
    let (mut count, mut failed, mut refused) = (0, 0, 0);
    loop {
        let chunk: Vec<_> = questions.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let done = match parts.finished(count)? {
            Some(done) => done,
            None => parts.write(count, &chunk, answer, look)?,
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
    let around = |chunk: usize| parts.passages(chunk);
    let outline = Outline::of(title, count, &chunks, first, failed)?.with_passages(&around);
    let shards = assemble(out, &parts, count, &outline, formats)?;
    let mut counts = outline.totals.counts();
    counts.insert("refused".into(), refused);
    run.finish(counts.clone(), shards)?;
    parts.remove()?;
    Ok(Batch { counts, unchanged: false, page })
}
