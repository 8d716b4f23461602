//! The workflow's knobs and the values that are tried.

use crate::baseline::{ChunkRules, WorkflowConfig};
use crate::suite::Objective;

/// A knob: its name (the path of its field), the values to try, how to set it.
#[derive(Clone, Copy)]
pub(super) struct Knob {
    pub name: &'static str,
    pub values: &'static [f32],
    pub set: fn(&mut WorkflowConfig, f32),
}

const fn knob(name: &'static str, values: &'static [f32], set: fn(&mut WorkflowConfig, f32)) -> Knob {
    Knob { name, values, set }
}

/// What ranking depends on.
const RETRIEVAL: [Knob; 6] = [
    knob("retrieval.shortest", &[1.0, 2.0, 3.0], |config, value| config.retrieval.shortest = value as usize),
    knob("retrieval.k1", &[0.6, 0.9, 1.2, 1.6, 2.0], |config, value| config.retrieval.k1 = value),
    knob("retrieval.b", &[0.0, 0.25, 0.5, 0.75, 1.0], |config, value| config.retrieval.b = value),
    knob("retrieval.vector_weight", &[0.0, 0.15, 0.3, 0.6, 1.0], |config, value| config.retrieval.vector_weight = value),
    knob("retrieval.rrf_constant", &[3.0, 10.0, 30.0, 60.0], |config, value| config.retrieval.rrf_constant = value),
    knob("retrieval.diversity", &[0.0, 0.1, 0.2, 0.4], |config, value| config.retrieval.diversity = value),
];

/// What else answering depends on.
const ANSWERING: [Knob; 16] = [
    knob("answers.threshold", &[0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9], |config, value| {
        config.answers.threshold = value;
    }),
    knob("retrieval.read", &[3.0, 5.0, 8.0, 12.0, 20.0], |config, value| config.retrieval.read = value as usize),
    knob("retrieval.follow_up", &[0.0, 0.7, 0.8, 0.9, 1.0], |config, value| config.retrieval.follow_up = value),
    knob("sentences.context", &[0.2, 0.4, 0.6, 0.8, 1.0], |config, value| config.sentences.context = value),
    knob("sentences.neighbour", &[0.0, 0.2, 0.4, 0.6], |config, value| config.sentences.neighbour = value),
    knob("sentences.chunk", &[0.0, 0.1, 0.2, 0.4], |config, value| config.sentences.chunk = value),
    knob("sentences.phrase", &[0.0, 0.2, 0.4, 0.8], |config, value| config.sentences.phrase = value),
    knob("sentences.rank", &[0.0, 0.1, 0.2, 0.5], |config, value| config.sentences.rank = value),
    knob("sentences.names", &[0.0, 0.3, 0.6, 0.9], |config, value| config.sentences.names = value),
    knob("sentences.idf_power", &[0.5, 1.0, 1.5, 2.0], |config, value| config.sentences.idf_power = value),
    knob("sentences.expected", &[0.0, 0.2, 0.4, 0.8], |config, value| config.sentences.expected = value),
    knob("answers.proximity", &[0.0, 0.2, 0.4, 0.8, 1.5], |config, value| config.answers.proximity = value),
    knob("answers.position", &[0.0, 0.2, 0.4, 0.8], |config, value| config.answers.position = value),
    knob("answers.agreement", &[0.0, 0.1, 0.3, 0.6], |config, value| config.answers.agreement = value),
    knob("answers.quotes", &[1.0, 2.0, 3.0], |config, value| config.answers.quotes = value as usize),
    knob("answers.quote_share", &[0.6, 0.7, 0.8, 0.9, 0.97], |config, value| config.answers.quote_share = value),
];

/// Words in a chunk that are tried, with some or nothing repeated from the one before.
const CHUNKS: [(usize, usize); 4] = [(60, 15), (120, 30), (120, 0), (220, 55)];
/// For ranking alone also whole documents, where nothing has to be read.
const WHOLE: (usize, usize) = (100_000, 0);

/// The knobs that a measure depends on, those it depends on most first.
pub(super) fn knobs(goal: Objective) -> Vec<Knob> {
    match goal {
        Objective::Ranking => RETRIEVAL.to_vec(),
        // The threshold first, so that the rest is tuned where it matters.
        Objective::Balanced | Objective::ReaderScore => ANSWERING[..1].iter().chain(&RETRIEVAL).chain(&ANSWERING[1..]).copied().collect(),
    }
}

/// The chunk sizes that are tried.
pub(super) fn chunk_rules(goal: Objective, start: &ChunkRules) -> Vec<ChunkRules> {
    let whole = (goal == Objective::Ranking).then_some(WHOLE);
    let sizes = CHUNKS.into_iter().chain(whole);
    sizes.map(|(words, overlap)| ChunkRules { words, overlap, ..start.clone() }).collect()
}
