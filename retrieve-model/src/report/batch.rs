//! A batch of questions becomes a folder of reports. Questions are answered in chunks, in parallel; a chunk is on disk before the next
//! one starts, so that a killed run goes on where it stopped. At the end the chunks become `reports.parquet`, `reports.jsonl`,
//! `report.md`, `report.html` and `failures.parquet`, with `report.docx` where it is asked for, and the manifest says that all is there.
//!
//! Several processes may share a batch, each with every n-th chunk in a folder of its own; [`merge_reports`] joins them.
//!
//! A second run gives the same bytes, the time each question took apart: `milliseconds` is measured, and stands in every one of the formats.

use std::io;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Counts, Failure, Part, Report, RunError, RunFolder, TableError, UserQuestion};
use thiserror::Error;

use super::chunks::{Answers, Chunks, Workers};
use super::files::{Format, assemble, complete};
use super::outline::{MOST_FAILURES, Outline};
use super::parts::{Done, Parts};
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
    /// Whoever answers elsewhere has said no.
    #[error("{0}")]
    Workers(String),
}

impl BatchError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// Where the reports of a batch go, and what decides them beside the questions.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The folder.
    pub out: &'a Path,
    /// Names whatever else decides the answers (the model's hash, the index's): a folder made with another one is refused.
    pub configuration: &'a str,
    /// The forms to hand on; the page and Markdown are always written, and a finished folder is given a form that it lacks. A part has none.
    pub formats: &'a [Format],
    /// Which of the processes that share the batch this is.
    pub part: Part,
}

impl<'a> Target<'a> {
    /// All of a batch.
    #[must_use]
    pub fn whole(out: &'a Path, configuration: &'a str, formats: &'a [Format]) -> Self {
        Self { out, configuration, formats, part: Part::WHOLE }
    }
}

/// Answers every question of a file. `look` has the last word on every citation, except for questions that bring their sources, which are
/// checked against these.
///
/// # Errors
/// If the questions cannot be read, the folder belongs to another run, or the disk refuses. A question that cannot be answered is no error
/// but a row of `failures.parquet`.
pub fn write_reports(
    questions: &Path,
    target: &Target<'_>,
    answer: Answer<'_>,
    look: Look<'_>,
    progress: &ProgressBar,
) -> Result<Batch, BatchError> {
    write(questions, target, Answers::Here(answer), look, progress)
}

/// [`write_reports`] with the questions answered elsewhere. The folder is the same, and may be begun in one way and ended in the other.
///
/// # Errors
/// As [`write_reports`], and if the workers cannot be reached or refuse.
pub fn write_reports_elsewhere(
    questions: &Path,
    target: &Target<'_>,
    workers: &dyn Workers,
    look: Look<'_>,
    progress: &ProgressBar,
) -> Result<Batch, BatchError> {
    write(questions, target, Answers::Elsewhere(workers), look, progress)
}

fn write(questions: &Path, target: &Target<'_>, answers: Answers<'_>, look: Look<'_>, progress: &ProgressBar) -> Result<Batch, BatchError> {
    let Target { out, configuration, formats, part } = *target;
    let title = questions.file_stem().map_or_else(|| "Report".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let mut questions = Questions::open(questions)?;
    let run = RunFolder::open_part(out, "report", &(questions.hash(), configuration), 0, part)?;
    progress.set_length(questions.total());
    let parts = Parts::of(out);
    if let Some(manifest) = run.finished()? {
        progress.set_position(questions.total());
        if part != Part::WHOLE {
            return Ok(Batch { counts: manifest.counts, unchanged: true, page: out.to_path_buf() });
        }
        parts.remove()?;
        let unchanged = !complete(&run, &manifest, &title, formats)?;
        return Ok(Batch { counts: manifest.counts, unchanged, page: page(out, formats) });
    }
    parts.create()?;
    let mut chunks = Chunks { questions: &mut questions, part, parts: &parts, count: 0 };
    let done = answers.write(&mut chunks, look, progress)?;
    let count = chunks.count;
    if part == Part::WHOLE {
        return close(&run, &parts, count, &title, formats, &done);
    }
    parts.entitle(&title)?;
    let counts = [("in", done.reports + done.failures), ("out", done.reports), ("failed", done.failures), ("skipped", 0)];
    let counts: Counts = counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    run.finish(counts.clone(), Vec::new())?;
    Ok(Batch { counts, unchanged: false, page: out.to_path_buf() })
}

/// Joins the parts of a batch into the folder that one process would have made. `progress` counts chunks.
///
/// # Errors
/// If the parts are not all there or do not belong together, or `out` cannot be written.
pub fn merge_reports(joined: &records::Parts, out: &Path, progress: &ProgressBar) -> Result<Batch, BatchError> {
    let run = joined.whole(out)?;
    if let Some(manifest) = run.finished()? {
        // One that was killed between its last file and this.
        Parts::of(out).remove()?;
        return Ok(Batch { counts: manifest.counts, unchanged: true, page: page(out, &[]) });
    }
    let parts = Parts::of(out);
    parts.create()?;
    let of = |chunk: usize| Parts::of(joined.of_piece(chunk));
    let (mut count, mut done) = (0, Done::default());
    while let Some(now) = of(count).finished(count)? {
        parts.copy(&of(count), count)?;
        done.add(&now);
        count += 1;
        progress.inc(1);
    }
    for chunk in count..count + joined.dirs.len() {
        if of(chunk).finished(chunk)?.is_some() {
            let path = joined.of_piece(count).to_path_buf();
            return Err(
                RunError::Broken { path, reason: format!("chunk {count} of the questions is not there: run this part again") }.into()
            );
        }
    }
    let title = of(0).title()?;
    close(&run, &parts, count, &title, &[], &done)
}

/// What to open of a finished batch.
fn page(out: &Path, formats: &[Format]) -> PathBuf {
    out.join(formats.first().unwrap_or(&Format::Html).file())
}

/// Makes the files of a batch whose chunks are all there.
fn close(run: &RunFolder, parts: &Parts, count: usize, title: &str, formats: &[Format], done: &Done) -> Result<Batch, BatchError> {
    let mut first = Vec::new();
    for chunk in 0..count {
        first.extend(parts.read::<Failure>(chunk)?.take(MOST_FAILURES - first.len()).collect::<Result<Vec<_>, _>>()?);
    }
    let chunks = |chunk: usize| parts.read::<Report>(chunk)?.collect();
    let around = |chunk: usize| parts.passages(chunk);
    let outline = Outline::of(title.to_owned(), count, &chunks, first, done.failures)?.with_passages(&around);
    let shards = assemble(run.dir(), parts, count, &outline, formats)?;
    let mut counts = outline.totals.counts();
    counts.insert("refused".into(), done.refused);
    run.finish(counts.clone(), shards)?;
    parts.remove()?;
    Ok(Batch { counts, unchanged: false, page: page(run.dir(), formats) })
}
