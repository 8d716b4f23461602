//! How people ask: verbs that are asked about with "who", words that define, wordings for common headings; from `language/asking.toml` and
//! `language/topics.toml`.

use serde::Deserialize;

use crate::world::grammar::Families;

/// `language/asking.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::corpus) struct Asking {
    pub(super) contact: String,
    pub(super) sending: String,
    pub(super) chains: String,
    pub(super) addressed: String,
    pub(super) labels: String,
    pub(super) controls: String,
    pub(super) to_nouns: String,
    pub(super) idioms: String,
    pub(super) no_headings: String,
    pub defining: Vec<String>,
    pub serving: Vec<String>,
    pub renaming: Vec<String>,
}

/// `language/topics.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicFile {
    pub topics: Vec<Topic>,
}

/// What sections under some headings tell about the subject of their document, and how people ask for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::corpus) struct Topic {
    pub name: String,
    pub(super) headings: Vec<String>,
    /// Fronts of words of which the answer must hold one; any answer will do if there are none.
    #[serde(default)]
    cues: String,
    pub asked: Families,
}

impl Topic {
    /// Whether it is one of its headings, in small letters and without marks.
    pub(super) fn names(&self, heading: &str) -> bool {
        self.headings.iter().any(|known| known == heading)
    }

    /// Whether a sentence has one of the words without which it tells nothing about the topic.
    pub fn is_told(&self, sentence: &str) -> bool {
        let lower = sentence.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        self.cues.is_empty() || words.any(|word| self.cues.split(' ').any(|cue| word.starts_with(cue)))
    }
}
