//! Sections with some of their tokens hidden: what the reader learns from before it has seen a question. A batch is a pure function of seed and
//! step, as those of questions are.

use std::sync::Arc;

use backbone::{BatchSource, Tokenizer};
use rand::Rng as _;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::batch::VectorBatch;
use super::sample::random;
use super::{Encoded, Encoder, Triples, header};

/// Of the hidden tokens, the share that shows the mask; half of the rest shows another token, half itself (Devlin et al. 2019).
const SHOWN_AS_MASK: f64 = 0.8;
/// Stream of the random numbers of a row.
const STREAM: u64 = 4;

/// What a step of guessing hidden tokens reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedConfig {
    /// Sections.
    pub rows: usize,
    /// Tokens of each, at most.
    pub tokens: usize,
    /// Share of the tokens that are hidden.
    pub share: f64,
}

/// Sections with hidden tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MaskedBatch {
    /// What is seen.
    pub sequences: VectorBatch,
    /// Positions that are guessed, counted through all rows: `[rows, guesses]`.
    pub places: Vec<i32>,
    /// What was hidden there; -1 where a row has fewer hidden tokens than the longest: `[rows, guesses]`.
    pub targets: Vec<i32>,
}

/// Samples sections.
pub struct MaskedBatches {
    triples: Arc<Triples>,
    /// Numbers of the sections that may be read.
    sections: Vec<u32>,
    encoder: Encoder,
    config: MaskedConfig,
    /// Token ids that can stand in for another.
    vocabulary: u32,
    seed: u64,
}

impl MaskedBatches {
    /// A sampler over some of the sections.
    #[must_use]
    pub fn new(triples: Arc<Triples>, sections: Vec<u32>, encoder: Encoder, vocabulary: usize, config: MaskedConfig, seed: u64) -> Self {
        Self { triples, sections, encoder, config, vocabulary: vocabulary as u32, seed }
    }

    /// A section with its hidden tokens: position and id.
    fn row(&self, random: &mut ChaCha8Rng) -> (Encoded, Vec<(usize, u32)>) {
        let section = &self.triples.sections[self.sections[random.random_range(0..self.sections.len())] as usize];
        let mut seen = self.encoder.section(&header(section), &section.text, self.config.tokens);
        let places: Vec<usize> = (0..seen.ids.len()).filter(|at| seen.ids[*at] >= FIRST_OF_TEXT).collect();
        let count = ((places.len() as f64 * self.config.share).round() as usize).clamp(usize::from(!places.is_empty()), places.len());
        let mut hidden: Vec<usize> = index::sample(random, places.len(), count).into_iter().map(|at| places[at]).collect();
        hidden.sort_unstable();
        let found = hidden.iter().map(|at| (*at, seen.ids[*at])).collect();
        for at in hidden {
            // The shape of a hidden word would tell half of it.
            seen.marks[at] = 0;
            seen.ids[at] = match random.random_range(0.0..1.0) {
                draw if draw < SHOWN_AS_MASK => Tokenizer::MASK,
                draw if draw < (1.0 + SHOWN_AS_MASK) / 2.0 => random.random_range(FIRST_OF_TEXT..self.vocabulary),
                _ => seen.ids[at],
            };
        }
        (seen, found)
    }
}

/// The ids below stand for parts and padding, never for text.
const FIRST_OF_TEXT: u32 = 16;

impl BatchSource for MaskedBatches {
    type Batch = MaskedBatch;

    fn batch(&mut self, step: u64) -> MaskedBatch {
        if self.sections.is_empty() {
            return MaskedBatch::default();
        }
        let rows = self.config.rows as u64;
        let row = |number: u64| self.row(&mut random(self.seed, step * rows + number, STREAM));
        let rows: Vec<(Encoded, Vec<(usize, u32)>)> = (0..rows).into_par_iter().map(row).collect();
        let sequences = VectorBatch::new(rows.iter().map(|row| &row.0));
        let guesses = rows.iter().map(|row| row.1.len()).max().unwrap_or(0).next_multiple_of(4);
        let (mut places, mut targets) = (Vec::new(), Vec::new());
        for (number, (_, hidden)) in rows.iter().enumerate() {
            let fill = guesses - hidden.len();
            places.extend(hidden.iter().map(|(at, _)| (number * sequences.tokens + at) as i32).chain(std::iter::repeat_n(0, fill)));
            targets.extend(hidden.iter().map(|(_, id)| *id as i32).chain(std::iter::repeat_n(-1, fill)));
        }
        MaskedBatch { sequences, places, targets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    fn batches(share: f64) -> MaskedBatches {
        let triples = Arc::new(fixture::triples(24));
        let sections = (0..triples.sections.len() as u32).collect();
        MaskedBatches::new(triples, sections, fixture::encoder(), 400, MaskedConfig { rows: 6, tokens: 48, share }, 3)
    }

    #[test]
    fn a_batch_depends_on_the_step_alone_and_hides_the_wanted_share() {
        let mut source = batches(0.2);
        let batch = source.batch(5);
        source.batch(1);
        assert_eq!(batch, source.batch(5));
        let hidden = batch.targets.iter().filter(|target| **target >= 0).count() as f64;
        let seen = batch.sequences.padding.iter().filter(|padding| !**padding).count() as f64;
        assert!((0.1..0.25).contains(&(hidden / seen)), "{hidden} of {seen}");
    }

    #[test]
    fn what_is_guessed_is_what_stood_there_and_most_of_it_is_not_to_be_seen() {
        let batch = batches(0.3).batch(2);
        let (mut hidden, mut masked) = (0, 0);
        for (place, target) in batch.places.iter().zip(&batch.targets).filter(|(_, target)| **target >= 0) {
            assert!(*target >= FIRST_OF_TEXT as i32 && !batch.sequences.padding[*place as usize]);
            assert_eq!(batch.sequences.marks[*place as usize], 0);
            hidden += 1;
            masked += usize::from(batch.sequences.ids[*place as usize] == Tokenizer::MASK as i32);
        }
        assert!(masked * 2 > hidden && masked < hidden, "{masked} of {hidden}");
    }
}
