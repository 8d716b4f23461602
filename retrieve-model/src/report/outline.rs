//! What a report on a batch consists of before it is rendered: its parts (one a brief), how each question ended, and what could not be
//! used. Made in one pass over the written chunks; the reports themselves are read again, part by part, while rendering.

use std::collections::HashMap;

use records::{Counts, Failure, Report, Status, TableError};

use super::escape::one_line;

/// Failures that are named in a report; the rest is counted and stands in `failures.parquet`.
pub(super) const MOST_FAILURES: usize = 200;

/// What is said of a question that asks nothing.
pub(super) const NO_WORD: &str = "The question has no word in it: nothing was asked.";

/// How questions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub answered: u64,
    pub partial: u64,
    pub abstained: u64,
    /// Of those abstained: the ones that asked nothing.
    pub wordless: u64,
    pub failed: u64,
    pub statements: u64,
    pub citations: u64,
}

impl Totals {
    fn add(&mut self, report: &Report) {
        match report.status {
            Status::Answered => self.answered += 1,
            Status::Partial => self.partial += 1,
            Status::Abstained => self.abstained += 1,
        }
        self.wordless += u64::from(is_wordless(report));
        self.statements += report.statements.len() as u64;
        self.citations += report.statements.iter().map(|statement| statement.citations.len() as u64).sum::<u64>();
    }

    pub fn questions(&self) -> u64 {
        self.answered + self.partial + self.abstained + self.failed
    }

    /// The counts as a manifest names them.
    pub fn counts(&self) -> Counts {
        let Self { answered, partial, abstained, wordless, failed, statements, citations } = *self;
        let named = [
            ("in", self.questions()),
            ("out", answered + partial + abstained),
            ("skipped", 0),
            ("failed", failed),
            ("answered", answered),
            ("partial", partial),
            ("abstained", abstained),
            ("statements", statements),
            ("citations", citations),
            ("wordless", wordless),
        ];
        named.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }
}

/// The questions of one brief, or those of none.
pub(super) struct Part {
    pub title: Option<String>,
    pub totals: Totals,
    /// Chunks that hold its reports.
    chunks: Vec<usize>,
}

/// Reads the reports of a chunk.
pub(super) type Chunks<'a> = &'a dyn Fn(usize) -> Result<Vec<Report>, TableError>;

/// The whole batch.
pub(super) struct Outline<'a> {
    /// What the reader calls it: the name of the questions file.
    pub title: String,
    pub totals: Totals,
    pub parts: Vec<Part>,
    /// The first of the failures.
    pub failures: Vec<Failure>,
    chunks: Chunks<'a>,
}

impl<'a> Outline<'a> {
    /// Goes through all chunks once. Parts stand in the order in which their first question was asked.
    pub fn of(title: String, count: usize, chunks: Chunks<'a>, failures: Vec<Failure>, failed: u64) -> Result<Self, TableError> {
        let mut totals = Totals { failed, ..Totals::default() };
        let mut parts: Vec<Part> = Vec::new();
        let mut places: HashMap<Option<String>, usize> = HashMap::new();
        for chunk in 0..count {
            for report in chunks(chunk)? {
                totals.add(&report);
                let place = *places.entry(report.brief.clone()).or_insert_with(|| {
                    parts.push(Part { title: report.brief.clone(), totals: Totals::default(), chunks: Vec::new() });
                    parts.len() - 1
                });
                parts[place].totals.add(&report);
                if parts[place].chunks.last() != Some(&chunk) {
                    parts[place].chunks.push(chunk);
                }
            }
        }
        Ok(Self { title, totals, parts, failures, chunks })
    }

    /// The reports of a part, in the order of the questions; one chunk in memory at a time.
    pub fn reports(&self, part: &'a Part) -> impl Iterator<Item = Result<Report, TableError>> {
        let chunks = self.chunks;
        part.chunks.iter().flat_map(move |chunk| match chunks(*chunk) {
            Ok(reports) => reports.into_iter().filter(|report| report.brief == part.title).map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }
}

/// What a part says at its end; filled while its questions are rendered.
#[derive(Default)]
pub(super) struct Notes {
    /// Documents in the order in which they were first quoted, with the number of quotations.
    pub sources: Vec<(String, u64)>,
    numbers: HashMap<String, usize>,
    /// Questions without an answer.
    pub not_found: Vec<String>,
    /// Questions with evidence from several places and no single answer.
    pub open: Vec<String>,
}

impl Notes {
    /// The number of a document in the list of sources, from 1.
    pub fn number(&mut self, doc: &str) -> usize {
        if let Some(at) = self.numbers.get(doc) {
            self.sources[*at].1 += 1;
            return at + 1;
        }
        self.numbers.insert(doc.to_owned(), self.sources.len());
        self.sources.push((doc.to_owned(), 1));
        self.sources.len()
    }

    pub fn add(&mut self, report: &Report) {
        match report.status {
            Status::Abstained => self.not_found.push(report.question.clone()),
            Status::Partial => self.open.push(report.question.clone()),
            Status::Answered => {}
        }
    }
}

/// Whether a question was not asked because there is no word in it.
fn is_wordless(report: &Report) -> bool {
    report.status == Status::Abstained && !text::has_word(&report.question)
}

/// Stands above what was looked at where nothing answers.
pub(super) const CLOSEST: &str = "Closest passages:";

/// What a report shows, in order: what it says and, where that is not sure, what else came close; the first of these stands below [`CLOSEST`].
pub(super) fn shown(report: &Report) -> impl Iterator<Item = (bool, &records::Statement)> {
    let closest = report.closest.iter().enumerate().map(|(at, near)| (at == 0, near));
    report.statements.iter().map(|statement| (false, statement)).chain(closest)
}

/// What is said of the answer of a report that has one, in front of it and behind.
pub(super) fn belief(report: &Report) -> (&'static str, String) {
    let sure = percent(report.confidence);
    match report.status {
        // Several answers: the sources disagree.
        Status::Partial if report.is_unsure() => ("Perhaps ", format!("{sure} % sure")),
        Status::Partial => ("", format!("partial, {sure} % sure")),
        _ => ("", format!("{sure} % sure")),
    }
}

/// Why a report gives no answer.
pub(super) fn silence(report: &Report) -> &'static str {
    match (is_wordless(report), report.closest.is_empty()) {
        (true, _) => NO_WORD,
        (false, true) => "Nothing was found that could answer this.",
        (false, false) => "No passage answers this surely.",
    }
}

/// `page 3, bytes 1042-1101`, the dash given by the caller.
pub(super) fn place(citation: &records::Citation, dash: &str) -> String {
    let page = citation.page.map(|page| format!("page {page}, ")).unwrap_or_default();
    format!("{page}bytes {}{dash}{}", citation.start, citation.end)
}

/// Whether a statement says just what its quotations say, so that showing both would say it twice.
pub(super) fn is_verbatim(statement: &records::Statement) -> bool {
    let text = one_line(&statement.text);
    statement.citations.iter().all(|citation| one_line(&citation.quote) == text)
}

/// A share as a percentage.
pub(super) fn percent(share: f32) -> String {
    format!("{:.0}", share * 100.0)
}

/// `1 question`, `2 questions`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
