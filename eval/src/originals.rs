//! The original texts, read again, to measure how faithfully quotes repeat them. Uses the readers of the preparation model (mark-up undone), never
//! what a system stored.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use prep_model::read::{Corpus, Entry, ReadLimits, Source, read};
use records::{Line, Report, UserQuestion};

use crate::metrics::quote_fidelity;

/// Documents kept read; the cache is emptied when it is full.
const KEPT: usize = 256;

/// The documents of a corpus.
pub struct Originals {
    corpus: Option<Corpus>,
    /// Records of a `.jsonl`, which cannot be found by name.
    records: HashMap<String, Source>,
    kept: HashMap<String, Option<Arc<Vec<Line>>>>,
}

impl Originals {
    /// Opens a corpus; without one only texts that questions bring along can be checked.
    #[must_use]
    pub fn open(corpus: Option<&Path>) -> Self {
        let corpus = corpus.and_then(|path| Corpus::open(path).ok());
        let mut records = HashMap::new();
        if let Some(corpus) = corpus.as_ref().filter(|corpus| corpus.is_records()) {
            for entry in corpus.entries(&ReadLimits::default()) {
                if let Entry::Source(source) = entry {
                    records.insert(source.name.clone(), source);
                }
            }
        }
        Self { corpus, records, kept: HashMap::new() }
    }

    /// Mean fidelity of all quotes of a report; none if it quotes nothing. A quote whose document cannot be read again is worth 0.
    pub fn fidelity(&mut self, question: &UserQuestion, report: &Report) -> Option<f64> {
        let citations: Vec<_> = report.statements.iter().flat_map(|statement| &statement.citations).collect();
        let mut sum = 0.0;
        for citation in &citations {
            let brought = question.sources.iter().find(|source| source.id == citation.doc).map(|source| {
                let (start, end) = (citation.start as usize, citation.end as usize);
                source.text.get(start..end).unwrap_or_default().to_owned()
            });
            let source = match brought {
                Some(text) => text,
                None => self.text(&citation.doc, citation.start..citation.end).unwrap_or_default(),
            };
            sum += quote_fidelity(&citation.quote, &source);
        }
        (!citations.is_empty()).then(|| sum / citations.len() as f64)
    }

    /// What the reader sees at some bytes of a document.
    fn text(&mut self, doc: &str, range: Range<u64>) -> Option<String> {
        if !self.kept.contains_key(doc) {
            if self.kept.len() >= KEPT {
                self.kept.clear();
            }
            let lines = self.read(doc);
            self.kept.insert(doc.to_owned(), lines);
        }
        let lines = self.kept.get(doc)?.as_ref()?;
        let pieces = lines.iter().filter(|line| line.raw_start < range.end && line.raw_end > range.start).filter_map(|line| {
            let clean = line.spans.clean_range(range.clone())?;
            line.text.get(clean.start as usize..clean.end as usize)
        });
        Some(join(pieces))
    }

    fn read(&self, doc: &str) -> Option<Arc<Vec<Line>>> {
        let limits = ReadLimits::default();
        let source = self.records.get(doc).cloned().or_else(|| self.corpus.as_ref()?.find(doc))?;
        let bytes = source.load(&limits).ok()?;
        Some(Arc::new(read(&source, &bytes, &limits).ok()?.lines))
    }
}

/// Lines one after the other; a hyphen at a line's end joins, as in the quotes it is compared with.
fn join<'a>(pieces: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for piece in pieces {
        let piece = piece.trim();
        let hyphenated = out.ends_with('-') && piece.starts_with(char::is_lowercase);
        if hyphenated {
            out.pop();
        } else if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use records::{Citation, Statement, Status};

    use super::*;

    fn report(doc: &str, range: Range<u64>, quote: &str) -> Report {
        let citation =
            Citation { doc: doc.into(), doc_id: String::new(), page: None, start: range.start, end: range.end, quote: quote.into() };
        let statements = vec![Statement { text: quote.into(), citations: vec![citation] }];
        let (question_id, question, status) = ("q".into(), "?".into(), Status::Answered);
        Report {
            question_id,
            brief: None,
            question,
            status,
            reason: None,
            answer: "x".into(),
            confidence: 1.0,
            statements,
            closest: vec![],
            searches: vec![],
            milliseconds: 0,
        }
    }

    #[test]
    fn a_quote_is_measured_against_what_stands_at_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.html"), "<p>The <b>fee</b> is 12 &amp; a half euros.</p>").unwrap();
        let mut originals = Originals::open(Some(dir.path()));
        let question = UserQuestion { id: "q".into(), question: "?".into(), brief: None, sources: vec![] };
        assert_eq!(originals.fidelity(&question, &report("a.html", 3..44, "The fee is 12 & a half euros.")), Some(1.0));
        let wrong = originals.fidelity(&question, &report("a.html", 3..44, "The fee is 99 & a half euros.")).unwrap();
        assert!(wrong > 0.5 && wrong < 1.0, "{wrong}");
        assert_eq!(originals.fidelity(&question, &report("missing.txt", 0..4, "text")), Some(0.0));
    }
}
