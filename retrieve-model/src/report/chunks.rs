//! The chunks of a batch, one after the other: answered here or elsewhere, and written.

use std::cell::RefCell;
use std::collections::VecDeque;

use indicatif::ProgressBar;
use records::{Failure, Part, Report, UserQuestion};

use super::batch::{Answer, BatchError};
use super::parts::{CHUNK, Done, Parts};
use super::passages::Look;
use super::questions::Questions;

/// The report of each question of a chunk, or why there is none.
pub type Reports = Vec<Result<Report, Failure>>;

/// What answers questions elsewhere, with the model and the index that it was told.
pub trait Workers {
    /// The reports of each chunk, in the order of the chunks. Several may be under way at a time; none is asked for
    /// before there is room for it.
    fn reports<'a>(
        &'a self,
        chunks: Box<dyn Iterator<Item = Vec<UserQuestion>> + 'a>,
    ) -> Box<dyn Iterator<Item = Result<Reports, String>> + 'a>;
}

/// Where questions are answered.
#[derive(Clone, Copy)]
pub(super) enum Answers<'a> {
    /// In this process.
    Here(Answer<'a>),
    /// Elsewhere.
    Elsewhere(&'a dyn Workers),
}

/// The chunks of a batch's questions that are a part's.
pub(super) struct Chunks<'a> {
    pub questions: &'a mut Questions,
    pub part: Part,
    pub parts: &'a Parts,
    /// Number of chunks met, other parts' too.
    pub count: usize,
}

/// A chunk: its number, its questions, and what it came to where it is there already.
pub(super) type Chunk = (usize, Vec<Result<UserQuestion, Failure>>, Option<Done>);

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let chunk: Vec<_> = self.questions.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return None;
            }
            let number = self.count;
            self.count += 1;
            if self.part.holds(number) {
                return Some(self.parts.finished(number).map(|done| (number, chunk, done)));
            }
        }
    }
}

/// Tells how far a batch is.
fn told(done: &mut Done, now: &Done, questions: usize, progress: &ProgressBar) {
    done.add(now);
    progress.inc(questions as u64);
    if done.failures > 0 {
        progress.set_message(format!("{} failed", done.failures));
    }
}

impl Answers<'_> {
    /// Answers the questions of all chunks that are not there yet, and writes them.
    pub fn write(self, chunks: &mut Chunks<'_>, look: Look<'_>, progress: &ProgressBar) -> Result<Done, BatchError> {
        match self {
            Self::Here(answer) => here(chunks, answer, look, progress),
            Self::Elsewhere(workers) => elsewhere(chunks, workers, look, progress),
        }
    }
}

fn here(chunks: &mut Chunks<'_>, answer: Answer<'_>, look: Look<'_>, progress: &ProgressBar) -> Result<Done, BatchError> {
    let (parts, mut done) = (chunks.parts, Done::default());
    for chunk in chunks {
        let (number, questions, known) = chunk?;
        let now = match known {
            Some(now) => now,
            None => parts.write(number, &questions, &|_, question| answer(question), look)?,
        };
        told(&mut done, &now, questions.len(), progress);
    }
    Ok(done)
}

/// Sends the questions of all chunks that are not there yet to where they are answered, and takes what comes back in the chunks' order.
fn elsewhere(chunks: &mut Chunks<'_>, workers: &dyn Workers, look: Look<'_>, progress: &ProgressBar) -> Result<Done, BatchError> {
    let (parts, mut done) = (chunks.parts, Done::default());
    // Those that were sent, and between them those that are there already or cannot be read.
    let sent: RefCell<VecDeque<Result<Chunk, BatchError>>> = RefCell::default();
    let asked = chunks.filter_map(|chunk| {
        let unknown = chunk.as_ref().ok().filter(|(_, _, known)| known.is_none());
        let questions = unknown.map(|(_, questions, _)| questions.iter().flatten().cloned().collect());
        sent.borrow_mut().push_back(chunk);
        questions
    });
    let next = || sent.borrow_mut().pop_front().transpose();
    for reports in workers.reports(Box::new(asked)) {
        let reports = reports.map_err(BatchError::Workers)?;
        while let Some((number, questions, known)) = next()? {
            let is_known = known.is_some();
            let now = match known {
                Some(now) => now,
                None => parts.write(number, &questions, &|at, question| answered(&reports, at, question), look)?,
            };
            told(&mut done, &now, questions.len(), progress);
            if !is_known {
                break;
            }
        }
    }
    while let Some((number, questions, known)) = next()? {
        let missing = || BatchError::Workers(format!("chunk {number} of the questions did not come back: run the same command again"));
        told(&mut done, &known.ok_or_else(missing)?, questions.len(), progress);
    }
    Ok(done)
}

/// The report of one of a chunk's questions.
fn answered(reports: &[Result<Report, Failure>], at: usize, question: &UserQuestion) -> Result<Report, Failure> {
    reports.get(at).cloned().unwrap_or_else(|| Err(Failure::new(&question.id, "report", "did not come back from the worker")))
}
