//! Presets: every number of a training run, in one complete file each.

use backbone::{BertConfig, TrainingConfig};
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::reinforce::ReinforceConfig;
use crate::data::BatchConfig;
use crate::model::{Calibration, RetrieveConfig, SearchConfig};

const PRESETS: [(&str, &str); 4] = [
    ("small", include_str!("../../presets/small.toml")),
    ("large", include_str!("../../presets/large.toml")),
    ("further", include_str!("../../presets/further.toml")),
    ("demo", include_str!("../../presets/demo.toml")),
];

/// Every number of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Readers that are trained one after the other on the same questions in other orders, and averaged (a model soup, Wortsman et al. 2022). They share
    /// the minutes.
    pub readers: u64,
    /// Share of what they learned that is kept where the training goes on from a model of ours: the rest of the way is that model's readers (Wortsman et
    /// al. 2022, "robust fine-tuning"). 1 keeps all.
    pub learned: f64,
    /// Whether vectors, readers and controllers are trained with products in bfloat16 where the processor has a unit for it: about twice the steps in
    /// the same time. What is measured afterwards is in single precision.
    pub bfloat16: bool,
    /// Sizes of the network.
    pub model: ModelSizes,
    /// How a question is searched and read.
    pub search: SearchConfig,
    /// Training of the retrieval vectors.
    pub vectors: VectorsConfig,
    /// What a step of the reader reads.
    pub batch: BatchConfig,
    /// Training of encoder and heads.
    pub reader: TrainingConfig,
    /// How a reader goes on with its weights rounded as they will ship, where they ship in few bits.
    #[serde(default)]
    pub narrowing: Option<TrainingConfig>,
    /// Training of the first stage.
    pub first_stage: StageConfig,
    /// Training of the controller by imitation.
    pub policy: StageConfig,
    /// The same for what follows the first answer.
    pub further: StageConfig,
    /// Share of what it learned so that is kept beside its rule (interpolation of a start and what was trained on other data than it will meet,
    /// Wortsman et al. 2022): synthetic questions teach it to trust the reader more, and the comparison less, than questions by people bear out.
    pub imitated: f64,
    /// Its reinforcement.
    pub reinforce: ReinforceConfig,
    /// The final measurement and calibration.
    pub measure: MeasureConfig,
}

/// Sizes of the network beside those of its encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSizes {
    /// Blocks of the encoder that reads, the first ones; all of them where there are no more.
    pub blocks: usize,
    /// Blocks behind the embeddings that make the retrieval vector.
    pub vector_blocks: usize,
    /// Tokens of a text that becomes a vector.
    pub vector_tokens: usize,
    /// Tokens of question, evidence and section together.
    pub read_tokens: usize,
    /// Width inside the controller.
    pub policy_hidden: usize,
}

/// Training of the retrieval vectors towards the whole encoder's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorsConfig {
    /// Tokens of a batch, about.
    pub batch_tokens: usize,
    /// Steps.
    pub steps: u64,
    /// Highest learning rate.
    pub learning_rate: f64,
}

impl VectorsConfig {
    /// The training run.
    #[must_use]
    pub fn training(&self, seed: u64) -> TrainingConfig {
        TrainingConfig {
            warm_up: self.steps / 15,
            weight_decay: 0.0,
            checkpoint_every: 200,
            ..by_steps(self.steps, self.learning_rate, seed)
        }
    }
}

/// Training of a small head on what the trained reader gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageConfig {
    /// Questions it learns from.
    pub questions: usize,
    /// Sections it searches.
    pub sections: usize,
    /// Steps.
    pub steps: u64,
    /// Highest learning rate.
    pub learning_rate: f64,
}

/// The final measurement and calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureConfig {
    /// Development questions.
    pub questions: usize,
    /// Sections that are searched.
    pub sections: usize,
}

impl Preset {
    /// A preset by name, or a complete preset file of one's own (named `*.toml`).
    ///
    /// # Errors
    /// If there is none of that name, or the file cannot be read or lacks a number; the message says which and lists the names.
    pub fn open(name: &str) -> Result<Self, TrainError> {
        let failed = |reason: String| TrainError::Preset { name: name.to_owned(), reason };
        let text = match PRESETS.iter().find(|preset| preset.0 == name) {
            Some((_, text)) => (*text).to_owned(),
            None if name.ends_with(".toml") => std::fs::read_to_string(name).map_err(|error| failed(error.to_string()))?,
            None => return Err(failed(format!("unknown: use one of {} or a .toml file", PRESETS.map(|preset| preset.0).join(", ")))),
        };
        toml::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    /// The training run of one of the readers.
    #[must_use]
    pub fn one_reader(&self, seed: u64) -> TrainingConfig {
        let minutes = self.reader.minutes.map(|minutes| minutes / self.readers.max(1) as f64);
        TrainingConfig { minutes, seed, ..self.reader.clone() }
    }

    /// The configuration of a network on an encoder whose weights have the hash `base`, not yet calibrated.
    #[must_use]
    pub fn config(&self, encoder: BertConfig, base: String) -> RetrieveConfig {
        let ModelSizes { blocks: _, vector_blocks, vector_tokens, read_tokens, policy_hidden } = self.model.clone();
        // No text is longer than what the encoder has positions for.
        let (vector_tokens, read_tokens) =
            (vector_tokens.min(encoder.max_position_embeddings), read_tokens.min(encoder.max_position_embeddings));
        RetrieveConfig {
            vector_blocks: vector_blocks.min(encoder.num_hidden_layers),
            encoder,
            base,
            retriever: None,
            narrow: false,
            vector_tokens,
            read_tokens,
            policy_hidden,
            further: false,
            search: self.search.clone(),
            calibration: Calibration::default(),
        }
    }
}

impl StageConfig {
    /// The training run of the head.
    #[must_use]
    pub fn training(&self, seed: u64) -> TrainingConfig {
        by_steps(self.steps, self.learning_rate, seed)
    }
}

/// A training of so many steps without measurements on the way.
fn by_steps(steps: u64, learning_rate: f64, seed: u64) -> TrainingConfig {
    TrainingConfig {
        steps,
        minutes: None,
        learning_rate,
        warm_up: steps / 20,
        weight_decay: 0.01,
        clip_norm: 1.0,
        checkpoint_every: 0,
        log_every: 50,
        validate_every: 0,
        seed,
        ..TrainingConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_complete_and_fits_the_network() {
        for (name, _) in PRESETS {
            let preset = Preset::open(name).unwrap();
            assert!(preset.batch.read_tokens <= preset.model.read_tokens, "{name}");
        }
    }

    #[test]
    fn an_unknown_preset_names_the_known_ones() {
        assert!(Preset::open("huge").unwrap_err().to_string().contains("small"));
    }
}
