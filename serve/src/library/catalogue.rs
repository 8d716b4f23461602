//! The catalogue of a generation: one row for everything that was met under the registered paths, with what became of it.

use std::fmt;

use records::{Row, Section};
use serde::{Deserialize, Serialize};

use super::kept::key;
use super::scan::Seen;

/// What became of something that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A document with sections of its own.
    Prepared,
    /// A document with the bytes of another, whose sections stand for both.
    Same,
    /// Left out on request.
    Excluded,
    /// A file without text.
    Empty,
    /// No document: hidden, or of a kind that no reader knows.
    Skipped,
    /// It should have been read and could not.
    Failed,
}

impl State {
    /// Whether a document in this state answers questions.
    #[must_use]
    pub fn answers(self) -> bool {
        matches!(self, Self::Prepared | Self::Same)
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Prepared => "ready",
            Self::Same => "same",
            Self::Excluded => "left out",
            Self::Empty => "empty",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        };
        out.pad(word)
    }
}

/// A row of `catalogue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name, by which citations call it.
    pub name: String,
    /// The source it belongs to.
    pub source: String,
    /// What became of it.
    pub state: State,
    /// Why, where it is no document; the name of the other document where it is the same as one.
    pub reason: String,
    /// blake3 of its bytes, in hex; empty where they were not read.
    pub doc_id: String,
    /// What its preparation is known by; empty where there is none.
    pub key: String,
    /// Size in bytes.
    pub bytes: u64,
    /// The title, where it has one.
    pub title: Option<String>,
    /// Number of its sections; 0 for one that is the same as another.
    pub sections: u32,
    /// Pieces of its text that are in no section.
    pub dropped: u32,
    /// Places where characters were changed.
    pub repairs: u32,
}

impl Row for Listed {
    const TABLE: &'static str = "catalogue";
}

impl Listed {
    /// What was met, before it is known what it is prepared to.
    #[must_use]
    pub fn of(seen: &Seen, prep: &str) -> Self {
        let Seen { name, source, state, reason, doc_id, bytes, title, .. } = seen.clone();
        let key = if state == State::Prepared { key(seen, prep) } else { String::new() };
        Self { name, source, state, reason, doc_id, key, bytes, title, sections: 0, dropped: 0, repairs: 0 }
    }

    /// Takes the numbers of what it was prepared to.
    pub fn count(&mut self, title: Option<&String>, sections: &[Section], dropped: usize) {
        self.title = title.cloned();
        self.sections = sections.len() as u32;
        self.dropped = dropped as u32;
        self.repairs = sections.iter().map(|section| section.repairs.len() as u32).sum();
    }
}
