//! Batches as plain numbers: sequences padded to one length, the sentences pooled from them, and the targets of each row.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Encoded, Reading};

/// Padded lengths are multiples of this: few shapes for a GPU, little waste on a CPU.
const LENGTH_STEP: usize = 32;

/// What one step reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchConfig {
    /// Questions whose sections are read together with them.
    pub questions: usize,
    /// Sections without the answer, for each of them.
    pub negatives: usize,
    /// Tokens of question, evidence and section together.
    pub read_tokens: usize,
    /// Share of the questions that were written (by people or a language model) among all that are read; the rest was made by rule. Where there
    /// are too few they come again.
    pub written: f64,
}

/// What a reading should give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// The section tells the next fact.
    pub relevant: bool,
    /// That fact is the answer.
    pub answers: bool,
    /// The sentence that tells it.
    pub sentence: Option<usize>,
    /// The tokens of its value, counted from the section's first.
    pub span: Option<Range<usize>>,
}

/// A reading and its target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadRow {
    /// Input.
    pub reading: Reading,
    /// Output.
    pub target: Target,
}

/// Sequences padded to one length: `[rows, tokens]`, row after row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VectorBatch {
    /// Number of sequences.
    pub rows: usize,
    /// Padded length.
    pub tokens: usize,
    /// Token ids.
    pub ids: Vec<i32>,
    /// Features.
    pub features: Vec<i32>,
    /// Marks.
    pub marks: Vec<i32>,
    /// Kinds of text.
    pub kinds: Vec<i32>,
    /// Whether a position is padding.
    pub padding: Vec<bool>,
    /// Share of each position in the mean that becomes a retrieval vector; rows add up to 1, padding has none.
    pub shares: Vec<f32>,
}

impl VectorBatch {
    /// Pads sequences to the longest, rounded up.
    #[must_use]
    pub fn new<'a>(sequences: impl ExactSizeIterator<Item = &'a Encoded> + Clone) -> Self {
        let longest = sequences.clone().map(|sequence| sequence.ids.len()).max().unwrap_or(0).max(1);
        let tokens = longest.next_multiple_of(LENGTH_STEP);
        let mut out = Self { rows: sequences.len(), tokens, ..Self::default() };
        for sequence in sequences {
            let fill = tokens - sequence.ids.len();
            out.ids.extend(sequence.ids.iter().map(|id| *id as i32).chain(std::iter::repeat_n(0, fill)));
            out.features.extend(sequence.features.iter().map(|feature| i32::from(*feature)).chain(std::iter::repeat_n(0, fill)));
            out.marks.extend(sequence.marks.iter().map(|mark| i32::from(*mark)).chain(std::iter::repeat_n(0, fill)));
            out.kinds.extend(sequence.kinds.iter().map(|kind| i32::from(*kind)).chain(std::iter::repeat_n(0, fill)));
            out.padding.extend((0..tokens).map(|position| position >= sequence.ids.len()));
            let length = sequence.ids.len();
            out.shares.extend(std::iter::repeat_n(1.0 / length.max(1) as f32, length).chain(std::iter::repeat_n(0.0, fill)));
        }
        out
    }
}

/// Readings padded to one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadBatch {
    /// The sequences.
    pub sequences: VectorBatch,
    /// Number of sentences, padded.
    pub sentences: usize,
    /// Weight of each token in each sentence's mean: `[rows, sentences, tokens]`.
    pub pooling: Vec<f32>,
    /// Whether a sentence is padding: `[rows, sentences]`.
    pub sentence_padding: Vec<bool>,
    /// Whether a position is no section text: `[rows, tokens]`.
    pub not_text: Vec<bool>,
}

impl ReadBatch {
    /// Pads readings to the longest.
    #[must_use]
    pub fn new<'a>(readings: impl ExactSizeIterator<Item = &'a Reading> + Clone) -> Self {
        let sequences = VectorBatch::new(readings.clone().map(|reading| &reading.sequence));
        let most = readings.clone().map(|reading| reading.sentences.len()).max().unwrap_or(0).max(1);
        let sentences = most.next_multiple_of(4);
        let tokens = sequences.tokens;
        let mut out = Self { sentences, pooling: vec![0.0; sequences.rows * sentences * tokens], ..Self::default() };
        for (row, reading) in readings.enumerate() {
            for (number, range) in reading.sentence_tokens.iter().enumerate() {
                let first = (row * sentences + number) * tokens + reading.text_start;
                out.pooling[first + range.start..first + range.end].fill(1.0 / range.len() as f32);
            }
            out.sentence_padding.extend((0..sentences).map(|number| number >= reading.sentences.len()));
            let text = reading.text_start..reading.text_start + reading.offsets.len();
            out.not_text.extend((0..tokens).map(|position| !text.contains(&position)));
        }
        out.sequences = sequences;
        out
    }
}

/// Targets of a [`ReadBatch`], one entry a row. Rows of one question stand together, [`Group::size`] each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Rows of one question.
    pub size: usize,
    /// 1 where the section tells the next fact.
    pub relevant: Vec<f32>,
    /// 1 where that fact is the answer.
    pub answers: Vec<f32>,
    /// Number of the telling sentence, 0 where there is none.
    pub sentence: Vec<i32>,
    /// 1 where `sentence` holds.
    pub has_sentence: Vec<f32>,
    /// First and last token of the value in the padded sequence, 0 where there is none.
    pub span: [Vec<i32>; 2],
    /// 1 where `span` holds.
    pub has_span: Vec<f32>,
}

impl Group {
    /// The targets of rows that stand in groups of `size`.
    #[must_use]
    pub fn new(rows: &[ReadRow], size: usize) -> Self {
        let mut out = Self { size, ..Self::default() };
        let number = |yes: bool| if yes { 1.0 } else { 0.0 };
        for ReadRow { reading, target } in rows {
            out.relevant.push(number(target.relevant));
            out.answers.push(number(target.answers));
            out.sentence.push(target.sentence.unwrap_or(0) as i32);
            out.has_sentence.push(number(target.sentence.is_some()));
            let span = target.span.as_ref().map(|span| (reading.text_start + span.start, reading.text_start + span.end - 1));
            out.span[0].push(span.unwrap_or_default().0 as i32);
            out.span[1].push(span.unwrap_or_default().1 as i32);
            out.has_span.push(number(span.is_some()));
        }
        out
    }
}

/// What one step reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TripleBatch {
    /// Question and section together.
    pub read: ReadBatch,
    /// What they should give.
    pub targets: Group,
}
