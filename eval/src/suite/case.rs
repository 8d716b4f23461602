//! One question with everything that is known about its answer.

use std::ops::Range;

use records::{Report, UserQuestion};
use serde::{Deserialize, Serialize};

/// A question as a system sees it, and what only the scorer sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What the systems get. Its `sources` are empty where the corpus is to be searched.
    pub question: UserQuestion,
    /// What makes it hard: a question kind of the world, a data set and type elsewhere.
    pub kind: String,
    /// Where the texts come from: `corpus`, `given` (the question brings them) or `pooled`.
    pub setting: String,
    /// Facts that must be brought together.
    pub hops: u8,
    /// Whether the texts hold the answer.
    pub answerable: bool,
    /// The largest share of damaged characters in a document it rests on, where that is known.
    pub noise_level: Option<f32>,
    /// Every string that counts as right, the preferred one first.
    pub aliases: Vec<String>,
    /// What the answer rests on; empty where that is not known.
    pub facts: Vec<GoldFact>,
}

impl Case {
    /// What is wanted of a question with several answers: the items of a list, the sides of a disagreement. None where one answer is wanted.
    #[must_use]
    pub fn items(&self) -> Vec<&str> {
        let several = ["aggregation", "conflict"].contains(&self.kind.as_str()) && self.facts.len() > 1;
        let all = self.aliases.first().filter(|_| several);
        let items: Vec<&str> = all.map(|all| all.split(Report::BETWEEN_ITEMS).collect()).unwrap_or_default();
        if items.len() > 1 { items } else { Vec::new() }
    }
}

/// A sentence at an exact place of an original file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoldFact {
    /// The name a user knows.
    pub doc: String,
    /// blake3 of the document's bytes.
    pub doc_id: String,
    /// Bytes of the original file that tell the fact: a sentence, or a paragraph where nothing finer is known.
    pub sentence: Range<u64>,
    /// Bytes of the value itself, where known.
    pub value: Option<Range<u64>>,
    /// The sentence in clean text.
    pub text: String,
    /// Whether the answer is wrong without it.
    pub vital: bool,
}
