//! The paragraphs that questions bring, as one corpus.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::path::Path;

use records::{SourceText, UserQuestion};

use super::GoldFact;
use crate::EvalError;

/// All paragraphs, each once, under a name that no other has.
#[derive(Default)]
pub(super) struct Pool {
    names: HashMap<(String, String), String>,
    taken: HashMap<String, usize>,
    texts: Vec<SourceText>,
}

impl Pool {
    /// Adds a paragraph, or finds it again; two of one title have different names.
    pub(super) fn add(&mut self, title: &str, text: String) -> SourceText {
        let key = (title.to_owned(), text);
        if let Some(id) = self.names.get(&key) {
            return SourceText { id: id.clone(), title: Some(key.0), text: key.1 };
        }
        let count = self.taken.entry(title.to_owned()).or_default();
        *count += 1;
        let id = if *count == 1 { title.to_owned() } else { format!("{title} ({count})") };
        let source = SourceText { id: id.clone(), title: Some(title.to_owned()), text: key.1.clone() };
        self.names.insert(key, id);
        self.texts.push(source.clone());
        source
    }

    /// All of them, in the order they came.
    pub(super) fn into_texts(self) -> Vec<SourceText> {
        self.texts
    }

    /// Writes a line for each paragraph.
    pub(super) fn write(&self, path: &Path) -> Result<(), EvalError> {
        write_texts(path, &self.texts)
    }
}

/// Writes texts as a `.jsonl` corpus.
pub(super) fn write_texts(path: &Path, texts: &[SourceText]) -> Result<(), EvalError> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(EvalError::io(path))?);
    for text in texts {
        let line = serde_json::to_string(text).map_err(|error| EvalError::input(path, error.to_string()))?;
        writeln!(file, "{line}").map_err(EvalError::io(path))?;
    }
    file.flush().map_err(EvalError::io(path))
}

/// A question; a paragraph that it lists twice is one source.
pub(super) fn user_question(id: String, question: String, sources: Vec<SourceText>) -> UserQuestion {
    let mut seen = HashSet::new();
    let sources = sources.into_iter().filter(|source| seen.insert(source.id.clone())).collect();
    UserQuestion { id, question: question.trim().to_owned(), brief: None, sources }
}

/// A sentence as a gold fact, its white space aside; `before` is where it begins in the source.
pub(super) fn fact(source: &SourceText, before: usize, sentence: &str) -> GoldFact {
    let start = before + (sentence.len() - sentence.trim_start().len());
    let text = sentence.trim().to_owned();
    let sentence = start as u64..(start + text.len()) as u64;
    let doc_id = blake3::hash(source.text.as_bytes()).to_hex().to_string();
    GoldFact { doc: source.id.clone(), doc_id, sentence, value: None, text, vital: true }
}
