//! A language model in the place of the workflow's last step: it reads the sentences of the chunks that were found, numbered, and says the answer and
//! which of them it rests on, or that they hold none. What it is shown is the workflow's choice; quotes are the sentences themselves, so that a
//! citation cannot be invented.
//!
//! Nothing is sent unless an endpoint is named. The knobs are tuned without it: a search for them would ask thousands of times.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use records::Section;
use serde::Deserialize;
use synth::teacher::{TeacherConfig, Writer};

use super::Draft;
use crate::EvalError;

/// The prompt; `writer/answer.md` says what is asked for.
const PROMPT: &str = include_str!("../../writer/answer.md");
/// Longest answer, in characters; a longer one is no answer.
const LONGEST: usize = 600;

/// A model that writes the last step, shared by threads.
pub struct ModelWriter {
    writer: Writer,
    config: TeacherConfig,
}

/// What the model says.
#[derive(Debug, Deserialize)]
struct Written {
    answer: Option<String>,
    #[serde(default)]
    sentences: Vec<usize>,
    #[serde(default)]
    confidence: Option<f32>,
}

impl ModelWriter {
    /// Makes ready; nothing is sent. Answers are kept in `cache`.
    ///
    /// # Errors
    /// If the endpoint's settings make no sense, or this build has no client.
    pub fn open(config: &TeacherConfig, cache: &Path) -> Result<Self, EvalError> {
        let writer = Writer::open(config, PROMPT, &["question", "sentences"], cache)
            .map_err(|error| EvalError::system("workflow with a model", error))?;
        Ok(Self { writer, config: config.clone() })
    }

    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.model
    }

    /// What defines it, for the record; the key is not among it.
    #[must_use]
    pub fn card(&self) -> serde_json::Value {
        let TeacherConfig { url, model, temperature, answer_tokens, extra, .. } = &self.config;
        let prompt = blake3::hash(PROMPT.as_bytes()).to_hex().to_string();
        serde_json::json!({ "url": url, "model": model, "temperature": temperature, "answer_tokens": answer_tokens, "extra": extra, "prompt": prompt })
    }

    /// A draft with the model's answer and its quotes in the place of the rules' own.
    ///
    /// # Errors
    /// If the model was not asked or gave no usable answer; the reason in words.
    pub fn rewrite(&self, question: &str, draft: Draft) -> Result<Draft, String> {
        let shown = sentences(&draft);
        if shown.is_empty() {
            return Ok(Draft { answer: String::new(), confidence: 0.0, answered: false, quotes: Vec::new(), ..draft });
        }
        let lines = numbered(&shown);
        let written: Written =
            self.writer.write(&[("question", question), ("sentences", lines.as_str())]).map_err(|error| error.to_string())?;
        let confidence = written.confidence.unwrap_or(1.0).clamp(0.0, 1.0);
        let answer = written.answer.map(|answer| answer.trim().to_owned()).filter(|answer| answer.chars().count() <= LONGEST);
        let cited = written.sentences.iter().filter_map(|number| shown.get(number.checked_sub(1)?));
        let mut quotes: Vec<(Section, Range<usize>)> = Vec::new();
        for (section, range) in cited {
            if !quotes.iter().any(|(other, known)| other.path == section.path && known == range) {
                quotes.push(((*section).clone(), range.clone()));
            }
        }
        let answer = answer.unwrap_or_default();
        // An answer that rests on nothing is none.
        let answered = !answer.is_empty() && !quotes.is_empty();
        Ok(Draft { answer, confidence, answered, quotes, ..draft })
    }
}

/// The sentences of the chunks found, best chunk first, then of what a second search brought in; a chunk that overlaps another brings none twice.
fn sentences(draft: &Draft) -> Vec<(&Section, Range<usize>)> {
    let found = draft.ranked.iter().map(|(section, _)| section);
    let mut out: Vec<(&Section, Range<usize>)> = Vec::new();
    for section in found.chain(draft.quotes.iter().map(|(section, _)| section)) {
        for range in text::sentences(&section.text) {
            let words = &section.text[range.clone()];
            let known = out.iter().any(|(other, range)| other.path == section.path && &other.text[range.clone()] == words);
            if !known && !words.trim().is_empty() {
                out.push((section, range));
            }
        }
    }
    out
}

/// A line of title and headings for each chunk, and a numbered line for each of its sentences.
fn numbered(sentences: &[(&Section, Range<usize>)]) -> String {
    let (mut out, mut place) = (String::new(), String::new());
    for (number, (section, range)) in sentences.iter().enumerate() {
        let next = format!("{} > {}", section.path, section.heading_path.join(" > "));
        if next != place {
            let _ = writeln!(out, "# {next}");
            place = next;
        }
        let words = section.text[range.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "[{}] {words}", number + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;
    use crate::baseline::{ChunkRules, chunks_of_source};

    #[test]
    fn sentences_are_numbered_under_their_place_and_an_overlap_is_shown_once() {
        let text = "Alder is a ferry. It leaves at nine. It has a red hull.".to_owned();
        let source = SourceText { id: "alder.md".into(), title: None, text };
        let chunks = chunks_of_source(&source, &ChunkRules { words: 9, overlap: 4, break_at_headings: false });
        assert!(chunks.len() > 1, "{chunks:?}");
        let ranked = chunks.into_iter().map(|chunk| (chunk, 1.0)).collect();
        let draft = Draft { answer: String::new(), confidence: 0.0, answered: false, quotes: vec![], searches: vec![], ranked };
        let shown = numbered(&sentences(&draft));
        assert_eq!(shown.matches("leaves at nine").count(), 1, "{shown}");
        assert!(shown.starts_with("# alder.md") && shown.contains("\n[3] It has a red hull.\n"), "{shown}");
    }
}
