//! Synthetic questions, their gold answers with exact byte spans, and what a keyword search finds for them.

use serde::{Deserialize, Serialize};

use crate::Split;

/// A row of `questions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Unique in its data set.
    pub question_id: String,
    /// The words a user types.
    pub question: String,
    /// What makes the question easy or hard.
    pub kind: Kind,
    /// Number of documents or facts that must be brought together.
    pub hops: u8,
    /// How it is phrased.
    pub style: Style,
    /// The family of surface forms it was made from; families are split like documents.
    pub template_family: String,
    /// Which part of the data it belongs to.
    pub split: Split,
    /// Whether the corpus holds the answer.
    pub answerable: bool,
    /// Rank of the first gold section in a BM25 search for the question, from 1; none if it is not among the first hundred.
    pub bm25_rank: Option<u32>,
}

impl Question {
    /// The `template_family` of questions that were written, by people or a language model, rather than made by rule.
    pub const WRITTEN: &str = "written";
}

/// What makes a question easy or hard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A few words, no sentence.
    Keyword,
    /// A question in ordinary words that shares words with the source.
    Natural,
    /// No content word shared with the source sentence beyond the names.
    Paraphrase,
    /// Names are given by their abbreviation.
    Abbreviation,
    /// Misspelt.
    Typo,
    /// What is X?
    Definition,
    /// A cell of a table.
    TableCell,
    /// Two to four facts in a chain.
    MultiHop,
    /// Which of two is more, later, larger.
    Comparison,
    /// A list or a count over documents.
    Aggregation,
    /// The latest version wins.
    Temporal,
    /// Sources disagree; both sides are the answer.
    Conflict,
    /// The corpus does not hold the answer.
    Unanswerable,
    /// A sentence with its answer blanked out.
    Cloze,
    /// The words of a heading.
    Heading,
}

/// How a question is phrased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// A full question.
    Question,
    /// Words alone.
    Keywords,
    /// A request: "give the ...".
    Request,
    /// A sentence with a gap.
    Cloze,
}

/// A row of `answers`: one gold answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question_id: String,
    /// Every string that counts as right, the preferred one first; empty for an unanswerable question.
    pub aliases: Vec<String>,
    /// The facts the answer rests on, in hop order.
    pub facts: Vec<Fact>,
}

/// A fact: a sentence at an exact place in an original file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The document.
    pub doc_id: String,
    /// First byte of the fact's value (what answers, or what leads to the next hop) in the original file.
    pub raw_start: u64,
    /// One past the value's last byte.
    pub raw_end: u64,
    /// First byte in the original file of the sentence that tells the fact.
    pub sentence_start: u64,
    /// One past the sentence's last byte.
    pub sentence_end: u64,
    /// The sentence in clean text.
    pub sentence: String,
    /// Whether the answer is wrong without it.
    pub vital: bool,
}

/// A row of `candidates`: what BM25 finds for a question. Training takes its hard negatives and its BM25 feature from here. How many there
/// are varies, and their order tells nothing: the scores do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidates {
    /// The question.
    pub question_id: String,
    /// The hits, in a chance order.
    pub hits: Vec<Candidate>,
}

/// One section that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The document.
    pub doc_id: String,
    /// The section's position in the document.
    pub section: u32,
    /// The BM25 score.
    pub score: f32,
}
