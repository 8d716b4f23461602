//! What tells a right answer from a wrong one: the reader's own probabilities and how its section was found, from which the confidence of an answer is computed. What the words of
//! question and text share is left to the reader: a weight of its own for it made questions in other words than the text's hardly ever believed.

use super::controller::{State, worth};

/// Number of numbers.
pub const CONFIDENCE_FEATURES: usize = 9;

/// The numbers of an answer with a value of a section (by its place in [`State::reads`]), [`CONFIDENCE_FEATURES`] of them, about -2 to 2 each.
pub(super) fn confidence_features(state: &State, read: usize, value: usize) -> Vec<f32> {
    let bounded = |x: f32| x.clamp(-10.0, 10.0) / 5.0;
    let own = &state.reads[read];
    let chosen = &own.values[value];
    let second = own.values.iter().enumerate().filter(|(n, _)| *n != value).map(|(_, v)| v.score).fold(-10.0, f32::max);
    let others = state.reads.iter().enumerate().filter(|(n, _)| *n != read);
    let other = others.map(|(_, read)| worth(read)).fold(worth(own) - 10.0, f32::max);
    vec![
        bounded(own.relevance),
        bounded(own.answers),
        bounded(chosen.score),
        bounded(chosen.score - second),
        own.sentence_scores.get(chosen.sentence).map_or(0.0, |score| score.exp()),
        state.leads.len() as f32 / 2.0,
        bounded(chosen.overall),
        bounded(worth(own) - other),
        2.0 * own.similarity,
    ]
}
