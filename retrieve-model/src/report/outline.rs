//! What a report on a batch consists of before it is rendered: its parts (one a brief), how each question ended, and what could not be
//! used. Made in one pass over the written chunks; the reports themselves are read again, part by part, while rendering.

use std::collections::HashMap;
use std::io;

use records::{Failure, Report, Status, TableError};

use super::ending::{Ending, Totals, is_wordless};
use super::escape::one_line;
use super::markdown::RenderError;
use super::passages::{Passage, shortened};

/// Failures that are named in a report; the rest is counted and stands in `failures.parquet`.
pub(super) const MOST_FAILURES: usize = 200;

/// Questions that a summary names; of more it shows the counts, and the list where it can be folded.
pub(super) const LISTED: u64 = 200;

/// Characters of a question and of an answer in a line of the summary.
const LINE: (usize, usize) = (240, 200);

/// What is said of a question that asks nothing.
pub(super) const NO_WORD: &str = "The question has no word in it: nothing was asked.";

/// The questions of one brief, or those of none.
pub(super) struct Part {
    pub title: Option<String>,
    pub totals: Totals,
    /// Chunks that hold its reports.
    chunks: Vec<usize>,
}

/// Reads the reports of a chunk.
pub(super) type Chunks<'a> = &'a dyn Fn(usize) -> Result<Vec<Report>, TableError>;

/// Reads what stands around the quotations of a chunk.
pub(super) type Around<'a> = &'a dyn Fn(usize) -> Result<Vec<Passage>, TableError>;

/// The whole batch.
pub(super) struct Outline<'a> {
    /// What the reader calls it: the name of the questions file.
    pub title: String,
    pub totals: Totals,
    pub parts: Vec<Part>,
    /// The first of the failures.
    pub failures: Vec<Failure>,
    chunks: Chunks<'a>,
    /// Chunks that were read, and what stands around their quotations where that is known.
    count: usize,
    around: Option<Around<'a>>,
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
        Ok(Self { title, totals, parts, failures, chunks, count, around: None })
    }

    /// With what stands around the quotations.
    pub fn with_passages(self, around: Around<'a>) -> Self {
        Self { around: Some(around), ..self }
    }

    /// Shows `see` what stands around every quotation, in the order of the questions; one that is quoted in several chunks comes several times.
    pub fn passages(&self, mut see: impl FnMut(Passage) -> io::Result<()>) -> Result<(), RenderError> {
        let Some(around) = self.around else { return Ok(()) };
        for chunk in 0..self.count {
            around(chunk)?.into_iter().try_for_each(&mut see)?;
        }
        Ok(())
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
    /// Questions whose sources disagree.
    pub contradicted: Vec<String>,
    /// Questions with evidence and no sure answer.
    pub unsure: Vec<String>,
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
        let list = match Ending::of(report) {
            Ending::Answered => return,
            Ending::Unsure => &mut self.unsure,
            Ending::Contradicted => &mut self.contradicted,
            Ending::NotFound => &mut self.not_found,
        };
        list.push(report.question.clone());
    }

    /// The lists of questions without a sure answer, with their headings.
    pub fn lists(&self) -> [(&'static str, &[String]); 3] {
        [("Sources disagree", &self.contradicted), ("Not sure", &self.unsure), ("Not found", &self.not_found)]
    }
}

/// What the summary says of a question: words of ours, and the answers they introduce.
pub(super) fn in_short(report: &Report) -> (&'static str, Vec<String>) {
    let answers: Vec<String> = report.answers().into_iter().map(|answer| shortened(answer, LINE.1)).collect();
    match Ending::of(report) {
        Ending::Answered => ("", answers),
        Ending::Unsure if answers.is_empty() => ("no single answer", answers),
        Ending::Unsure => ("perhaps ", answers),
        Ending::Contradicted => ("the sources disagree: ", answers),
        Ending::NotFound if is_wordless(report) => ("nothing was asked", Vec::new()),
        Ending::NotFound => ("", Vec::new()),
    }
}

/// A question as the summary gives it.
pub(super) fn shortened_question(question: &str) -> String {
    shortened(question, LINE.0)
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
        Status::Partial if report.is_unsure() => ("Perhaps ", format!("{sure} % sure")),
        Status::Partial => ("", format!("the sources disagree, {sure} % sure")),
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
    place_at(citation.page, citation.start, citation.end, dash)
}

/// The same of its parts.
pub(super) fn place_at(page: Option<u32>, start: u64, end: u64, dash: &str) -> String {
    let page = page.map(|page| format!("page {page}, ")).unwrap_or_default();
    format!("{page}bytes {start}{dash}{end}")
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
