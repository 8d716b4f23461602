//! Before any question: hidden tokens of the corpus are guessed from what stands around them (Devlin et al. 2019). Words that stand in each
//! other's places come to lie beside each other, which no number of questions in the text's own words can teach.

use backbone::{Objective, StepOutput, TrainingConfig, Work};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::data::{MaskedBatch, MaskedConfig};
use crate::model::Reader;

/// The stage's numbers; no steps leave it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedStage {
    /// What a step reads.
    pub batch: MaskedConfig,
    /// The training.
    pub training: TrainingConfig,
}

/// Guess what was hidden.
pub struct MaskedObjective {
    /// Development batches.
    pub validation: Vec<MaskedBatch>,
}

impl Objective for MaskedObjective {
    type Model = Reader;
    type Batch = MaskedBatch;

    fn step(&self, model: &Reader, batch: MaskedBatch, device: &Device) -> StepOutput {
        let sequences = &batch.sequences;
        let work = Work {
            tokens: sequences.padding.iter().filter(|padding| !**padding).count(),
            positions: sequences.padding.len(),
            operations: 3.0 * model.operations_of(sequences),
        };
        StepOutput { loss: model.guess(&batch, device), work, metrics: vec![] }
    }

    fn validate(&self, model: &Reader, device: &Device) -> Vec<(String, f64)> {
        let losses = self.validation.iter().map(|batch| f64::from(model.guess(batch, device).into_scalar::<f32>()));
        vec![("loss".into(), losses.sum::<f64>() / self.validation.len().max(1) as f64)]
    }
}
