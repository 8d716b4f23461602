//! Knobs of the workflow set wrong, by a factor. Named by their path in the configuration, so that a knob the workflow does not have is left out.

use serde_json::Value;

use crate::baseline::WorkflowConfig;

/// A knob that is turned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knob {
    /// Its path.
    pub path: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// The knobs that people set by hand.
pub(super) const KNOBS: [Knob; 6] = [
    Knob { path: "chunks.words", meaning: "Words in a chunk." },
    Knob { path: "retrieval.k1", meaning: "How soon repeating a word stops counting, in BM25." },
    Knob { path: "retrieval.b", meaning: "How much long chunks are held back, in BM25." },
    Knob { path: "retrieval.vector_weight", meaning: "Weight of the vector list beside the keyword list." },
    Knob { path: "retrieval.read", meaning: "Chunks that are read." },
    Knob { path: "answers.threshold", meaning: "Confidence below which no answer is given." },
];

/// How far a knob is off; 1 is where tuning left it.
pub(super) const FACTORS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// The configuration with one knob multiplied; none if there is no such knob, or it stands at zero.
pub(super) fn off_by(config: &WorkflowConfig, knob: &Knob, factor: f64) -> Option<WorkflowConfig> {
    let mut whole = serde_json::to_value(config).ok()?;
    let place = whole.pointer_mut(&format!("/{}", knob.path.replace('.', "/")))?;
    let value = place.as_f64().filter(|value| *value != 0.0)? * factor;
    *place = if place.is_u64() { Value::from(value.round().max(1.0) as u64) } else { Value::from(value) };
    serde_json::from_value(whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_knob_is_turned_and_no_other() {
        let config = WorkflowConfig::default();
        let words = Knob { path: "chunks.words", meaning: "" };
        let turned = off_by(&config, &words, 0.5).unwrap();
        assert_eq!((turned.chunks.words, turned.chunks.overlap), (60, 30));
        assert_eq!(off_by(&config, &words, 1.0).unwrap(), config);
        let threshold = off_by(&config, &Knob { path: "answers.threshold", meaning: "" }, 2.0).unwrap();
        assert!((threshold.answers.threshold - 0.6).abs() < 1e-6);
        assert!(off_by(&config, &Knob { path: "chunks.colour", meaning: "" }, 2.0).is_none());
    }
}
