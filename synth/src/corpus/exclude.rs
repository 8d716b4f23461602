//! Decontamination: keeps a data set clear of questions that are to be asked later. A triple goes when its question or its gold sentence has
//! the same words as an excluded text, or shares eight words in a row with one (the n-gram overlap of Brown et al. 2020, appendix C, with a
//! shorter n since questions are short).

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use records::{Answer, Question};
use serde_json::Value;
use text::words;

use crate::SynthError;

/// Words in a row that may not be shared.
const IN_A_ROW: usize = 8;

/// Texts that must not come up in a data set.
#[derive(Clone, Debug, Default)]
pub struct Excluded {
    /// Hashes of whole texts in small letters without marks.
    whole: HashSet<u64>,
    /// Hashes of every run of eight words.
    runs: HashSet<u64>,
}

impl Excluded {
    /// Reads a questions file: `.jsonl` (every string of every line counts), `.toml`, or one question a line.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of a `.jsonl` is not JSON.
    pub fn read(path: &Path) -> Result<Self, SynthError> {
        let text = fs::read_to_string(path).map_err(SynthError::io(path))?;
        let wrong =
            |error: &dyn std::fmt::Display| SynthError::data(path.display().to_string(), format!("{error}; give .jsonl, .toml or .txt"));
        let mut excluded = Self::default();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl") => {
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    excluded.add_value(&serde_json::from_str(line).map_err(|error| wrong(&error))?);
                }
            }
            Some("toml") => excluded.add_value(&toml::from_str(&text).map_err(|error| wrong(&error))?),
            _ => text.lines().for_each(|line| excluded.add(line)),
        }
        Ok(excluded)
    }

    /// Excludes one text.
    pub fn add(&mut self, text: &str) {
        let words = folded(text);
        if !words.is_empty() {
            self.whole.insert(hash(&words));
            self.runs.extend(words.windows(IN_A_ROW).map(hash));
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(values) => values.iter().for_each(|value| self.add_value(value)),
            Value::Object(fields) => fields.values().for_each(|value| self.add_value(value)),
            _ => {}
        }
    }

    /// Whether nothing is excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// Whether a text has the same words as an excluded one, or eight in a row of one.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let words = folded(text);
        self.whole.contains(&hash(&words)) || words.windows(IN_A_ROW).any(|run| self.runs.contains(&hash(run)))
    }

    /// Whether a question, or a sentence its answer rests on, comes too close to an excluded text.
    #[must_use]
    pub fn touches(&self, question: &Question, answer: &Answer) -> bool {
        self.matches(&question.question) || answer.facts.iter().any(|fact| self.matches(&fact.sentence))
    }

    /// A number that differs where the excluded texts do, for the configuration of a run.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.whole.iter().fold(0, |sum, hash| sum.wrapping_add(*hash))
    }
}

fn folded(text: &str) -> Vec<String> {
    words(text).map(|range| text[range].to_lowercase()).collect()
}

fn hash(words: &[String]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(word.as_bytes());
        hasher.update(b" ");
    }
    hasher.finalize().as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_and_eight_in_a_row_are_found() {
        let mut excluded = Excluded::default();
        excluded.add("Who built the bridge?");
        excluded.add("The old bridge over the river was built by a firm from the north.");
        assert!(excluded.matches("who built THE bridge"));
        assert!(!excluded.matches("Who built the bridges?"));
        assert!(excluded.matches("We know that the old bridge over the river was built early."));
        assert!(!excluded.matches("The old bridge over the river is closed."));
    }

    #[test]
    fn questions_files_of_all_kinds_are_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            ("a.jsonl", "{\"id\":\"1\",\"question\":\"Who built the bridge?\"}\n\n"),
            ("b.toml", "[[briefs]]\ntitle = \"Bridges\"\nquestions = [\"Who built the bridge?\"]\n"),
            ("c.txt", "Who built the bridge?\n"),
        ];
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            assert!(Excluded::read(&path).unwrap().matches("Who built the bridge"), "{name}");
        }
        let broken = dir.path().join("d.jsonl");
        fs::write(&broken, "{").unwrap();
        assert!(Excluded::read(&broken).unwrap_err().to_string().contains("d.jsonl"));
    }
}
