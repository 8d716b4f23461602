//! What tells a right answer from a wrong one, from which its confidence is computed: the share that the reader gives to its value among all that was
//! read; how much there was to share, since among the values of a single passage each has a large share, however little the passage says of the question;
//! and whether its section tells anything of it. Seven numbers more (margins, the sentence's probability, cosines) fitted the questions that they were
//! fitted to and ordered people's worse, and what the words of question and text share made questions in other words than the text's hardly ever
//! believed (LOG.md).

use super::controller::State;

/// Number of numbers.
pub const CONFIDENCE_FEATURES: usize = 3;

/// The numbers of an answer with a value of a section (by its place in [`State::reads`]), [`CONFIDENCE_FEATURES`] of them, about -3 to 3 each.
pub(super) fn confidence_features(state: &State, read: usize, value: usize) -> Vec<f32> {
    let own = &state.reads[read];
    vec![own.values[value].overall.max(-15.0) / 5.0, own.mass.clamp(-30.0, 30.0) / 10.0, own.relevance.clamp(-10.0, 10.0) / 5.0]
}
