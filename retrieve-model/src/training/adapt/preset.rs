//! Every number of a training that goes on from a model on one collection's own triples, in one complete file.

use backbone::TrainingConfig;
use records::Kind;
use serde::{Deserialize, Serialize};

use crate::data::BatchConfig;
use crate::training::{MeasureConfig, StageConfig, TrainError, VectorsConfig};

/// The numbers of such a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptPreset {
    /// Whether vectors and reader are trained with products in bfloat16 where the processor has a unit for it.
    pub bfloat16: bool,
    /// Share of the minutes that the vectors get.
    pub vectors_share: f64,
    /// Share of what reader and first stage learned that is kept beside what they were: questions made by rule keep the text's words, and weights on the
    /// way between the two lose less of what was learned from others (Wortsman et al. 2022, "Robust fine-tuning").
    pub kept: f64,
    /// Times that the reader may see a question: a small collection is not learned by heart, however many minutes there are.
    pub epochs: u64,
    /// Kinds of questions that are neither learned from nor measured on: they are the text's own words, and nearly all are answered already.
    pub without: Vec<Kind>,
    /// Questions to train on, and held back from training, without which nothing is begun: of fewer no gain could be told from chance.
    pub least: [usize; 2],
    /// Training of the retrieval vectors.
    pub vectors: VectorsConfig,
    /// What a step of the reader reads.
    pub batch: BatchConfig,
    /// Training of encoder and heads.
    pub reader: TrainingConfig,
    /// Training of the first stage.
    pub first_stage: StageConfig,
    /// Development questions that the confidence is moved by.
    pub calibrate: MeasureConfig,
    /// Held-back questions that both models are measured on.
    pub measure: MeasureConfig,
}

impl AdaptPreset {
    /// The numbers that come with the program.
    ///
    /// # Errors
    /// If the file lacks one.
    pub fn load() -> Result<Self, TrainError> {
        let failed = |reason: String| TrainError::Preset { name: "adapt".into(), reason };
        toml::from_str(include_str!("../../../presets/adapt.toml")).map_err(|error| failed(error.to_string()))
    }

    /// A hash of the numbers, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(self).expect("numbers are plain data");
        blake3::hash(&json).to_hex().to_string()
    }

    /// The training run of the vectors in `minutes` for everything.
    pub(super) fn vectors_run(&self, minutes: f64, seed: u64) -> TrainingConfig {
        let minutes = Some(minutes * self.vectors_share);
        // By the steps that minutes allow, not by those that are allowed at most.
        let TrainingConfig { warm_up, checkpoint_every, .. } = self.reader;
        TrainingConfig { minutes, warm_up, checkpoint_every, ..self.vectors.training(seed) }
    }

    /// The training run of the reader on so many questions and facts of theirs.
    pub(super) fn reader_run(&self, minutes: f64, items: usize, seed: u64) -> TrainingConfig {
        let often = self.epochs * (items / self.batch.questions.max(1)) as u64;
        let minutes = Some(minutes * (1.0 - self.vectors_share));
        TrainingConfig { minutes, steps: self.reader.steps.min(often.max(1)), seed, ..self.reader.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preset_is_complete_and_no_question_is_seen_too_often() {
        let preset = AdaptPreset::load().unwrap();
        assert_eq!(preset.reader_run(20.0, 600, 1).steps, 200);
        let minutes = |run: TrainingConfig| run.minutes.unwrap();
        let (vectors, reader) = (minutes(preset.vectors_run(20.0, 1)), minutes(preset.reader_run(20.0, 600, 1)));
        assert!((vectors - 4.0).abs() < 1e-9 && (reader - 16.0).abs() < 1e-9, "{vectors} {reader}");
    }
}
