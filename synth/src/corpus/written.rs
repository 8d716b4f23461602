//! Questions that were written before, by a person or a language model, from a file: each becomes a triple where its document holds the sentence
//! and the sentence the answer, character by character. What does not fit is counted by reason, never guessed.
//!
//! One JSON object a line: `{"document": "guide.md", "question": "Who …?", "answer": "…", "sentence": "…"}`. `document` is a path as `prep` was
//! given it, or a doc_id.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use records::{Counts, Question, Section, Split};
use serde::Deserialize;

use super::choices::choices;
use crate::SynthError;
use crate::candidates::Triple;
use crate::teacher::{Asked, Rejection, asked};

/// A line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    document: String,
    question: String,
    answer: String,
    sentence: String,
}

/// The questions of a file, waiting for their sections to go by.
#[derive(Default)]
pub(super) struct Written {
    by_document: HashMap<String, Vec<Waiting>>,
    hash: String,
}

struct Waiting {
    line: Line,
    /// The triple, or why no section so far would do; none where no section of the document has gone by.
    end: Option<Result<Triple, Rejection>>,
    number: usize,
}

impl Written {
    /// # Errors
    /// If the file cannot be read, or a line is not such an object; the message names the line.
    pub fn read(path: Option<&Path>) -> Result<Self, SynthError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = fs::read_to_string(path).map_err(SynthError::io(path))?;
        let mut written = Self { hash: blake3::hash(text.as_bytes()).to_string(), ..Self::default() };
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |error| {
                let fields = "{\"document\", \"question\", \"answer\", \"sentence\"}";
                SynthError::data(format!("{}:{}", path.display(), at + 1), format!("{error}; give an object {fields} a line"))
            };
            let line: Line = serde_json::from_str(line).map_err(wrong)?;
            written.by_document.entry(line.document.clone()).or_default().push(Waiting { line, end: None, number: at });
        }
        Ok(written)
    }

    /// What decides the triples: the hash of the file; empty without one.
    pub fn fingerprint(&self) -> &str {
        &self.hash
    }

    /// A section of this part goes by.
    pub fn look(&mut self, section: &Section, split: Split) {
        for document in [&section.path, &section.doc_id] {
            for waiting in self.by_document.get_mut(document).into_iter().flatten().filter(|waiting| !matches!(waiting.end, Some(Ok(_)))) {
                let end = waiting.line.on(section, split);
                // The best reason is that of the section that holds the sentence.
                if waiting.end.is_none() || !matches!(end, Err(Rejection::SentenceNotFound)) {
                    waiting.end = Some(end);
                }
            }
        }
    }

    /// The triples in the order of the file, then choices between two of their answers, and counts: `written.used`, `written.rejected.REASON`
    /// and `written.choices`.
    pub fn close(self, counts: &mut Counts) -> Vec<Triple> {
        let mut ends: Vec<(usize, Option<Result<Triple, Rejection>>)> =
            self.by_document.into_values().flatten().map(|waiting| (waiting.number, waiting.end)).collect();
        ends.sort_by_key(|(number, _)| *number);
        let mut triples = Vec::new();
        for (_, end) in ends {
            let count = match end {
                Some(Ok(triple)) => {
                    triples.push(triple);
                    "written.used".to_owned()
                }
                Some(Err(rejection)) => format!("written.rejected.{}", rejection.name()),
                None => "written.rejected.no_such_document".to_owned(),
            };
            *counts.entry(count).or_default() += 1;
        }
        let choices = choices(&triples);
        counts.insert("written.choices".to_owned(), choices.len() as u64);
        triples.extend(choices);
        triples
    }
}

impl Line {
    fn on(&self, section: &Section, split: Split) -> Result<Triple, Rejection> {
        let said = Asked { question: Some(self.question.clone()), answer: self.answer.clone(), sentence: self.sentence.clone() };
        let mut triple = asked(section, split, said, String::new())?;
        Question::WRITTEN.clone_into(&mut triple.question.template_family);
        Ok(triple)
    }
}
