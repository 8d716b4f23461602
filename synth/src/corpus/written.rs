//! Questions that were written before, by a person or a language model, from a file: each becomes a triple where its document holds the sentence
//! and the sentence the answer, character by character. What does not fit is counted by reason, never guessed.
//!
//! One JSON object a line: `{"document": "guide.md", "question": "Who …?", "answer": "…", "sentence": "…"}`. `document` is a path as `prep` was
//! given it, or a doc_id. A question that needs several documents has `"leads": [{"document": …, "answer": …, "sentence": …}]` too, in the order in
//! which one leads to the next: each answer is what is looked for then. A question is one line of two words or more; it needs no question mark and may name what
//! there is to choose between.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use records::{Counts, Document, Kind, Question, Section, Split};
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
    #[serde(default)]
    leads: Vec<Lead>,
}

/// What another document tells on the way to the answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lead {
    document: String,
    answer: String,
    sentence: String,
}

/// The questions of a file, waiting for their sections to go by.
#[derive(Default)]
pub(super) struct Written {
    lines: Vec<Waiting>,
    /// The facts that a document should tell: line and place among its facts.
    by_document: HashMap<String, Vec<(usize, usize)>>,
    hash: String,
}

struct Waiting {
    line: Line,
    /// For each fact, leads first, a triple of it alone, or why no section so far would do; none where no section of its document has gone by.
    ends: Vec<Option<Result<Triple, Rejection>>>,
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
            let documents: Vec<String> = line.leads.iter().map(|lead| &lead.document).chain([&line.document]).cloned().collect();
            let ends = documents.iter().map(|_| None).collect();
            for (place, document) in documents.into_iter().enumerate() {
                written.by_document.entry(document).or_default().push((written.lines.len(), place));
            }
            written.lines.push(Waiting { line, ends });
        }
        Ok(written)
    }

    /// What decides the triples: the hash of the file; empty without one.
    pub fn fingerprint(&self) -> &str {
        &self.hash
    }

    /// For each question that needs several documents, their `doc_id`s; `known` are the documents of the corpus by `doc_id`.
    pub fn joined(&self, known: &HashMap<String, Document>) -> Vec<Vec<String>> {
        let paths: HashMap<&str, &str> = known.values().map(|document| (document.path.as_str(), document.doc_id.as_str())).collect();
        let id = |name: &String| paths.get(name.as_str()).map_or_else(|| name.clone(), |&id| id.to_owned());
        let lines = self.lines.iter().map(|waiting| &waiting.line).filter(|line| !line.leads.is_empty());
        lines.map(|line| line.leads.iter().map(|lead| &lead.document).chain([&line.document]).map(id).collect()).collect()
    }

    /// A section of this part goes by.
    pub fn look(&mut self, section: &Section, split: Split) {
        for document in [&section.path, &section.doc_id] {
            for &(number, place) in self.by_document.get(document).into_iter().flatten() {
                let Waiting { line, ends } = &mut self.lines[number];
                if matches!(ends[place], Some(Ok(_))) {
                    continue;
                }
                let end = line.on(place, section, split);
                // The best reason is that of the section that holds the sentence.
                if ends[place].is_none() || !matches!(end, Err(Rejection::SentenceNotFound)) {
                    ends[place] = Some(end);
                }
            }
        }
    }

    /// The triples in the order of the file, then choices between two of their answers, and counts: `written.used`, `written.rejected.REASON`
    /// and `written.choices`.
    pub fn close(self, counts: &mut Counts) -> Vec<Triple> {
        let mut triples = Vec::new();
        for waiting in self.lines {
            let facts: Option<Result<Vec<Triple>, Rejection>> = waiting.ends.into_iter().collect();
            let count = match facts.map(|facts| facts.and_then(chain)) {
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
    /// The fact at a place, told by a section.
    fn on(&self, place: usize, section: &Section, split: Split) -> Result<Triple, Rejection> {
        let (answer, sentence) = self.leads.get(place).map_or((&self.answer, &self.sentence), |lead| (&lead.answer, &lead.sentence));
        let said = Asked { question: Some(self.question.clone()), answer: answer.clone(), sentence: sentence.clone() };
        let mut triple = asked(section, split, said, String::new())?;
        Question::WRITTEN.clone_into(&mut triple.question.template_family);
        Ok(triple)
    }
}

/// One triple of the facts of a question, the last of which answers it.
fn chain(mut facts: Vec<Triple>) -> Result<Triple, Rejection> {
    let Some(mut last) = facts.pop() else { return Err(Rejection::NotTheSchema) };
    if facts.is_empty() {
        return Ok(last);
    }
    if facts.iter().any(|fact| fact.question.split != last.question.split) {
        return Err(Rejection::SeveralSplits);
    }
    last.question.kind = Kind::MultiHop;
    last.question.hops = u8::try_from(facts.len() + 1).unwrap_or(u8::MAX);
    let (told, gold): (Vec<_>, Vec<_>) = facts.into_iter().map(|fact| (fact.answer.facts, fact.gold)).unzip();
    last.answer.facts.splice(0..0, told.into_iter().flatten());
    last.gold.splice(0..0, gold.into_iter().flatten());
    Ok(last)
}
