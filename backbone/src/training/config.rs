//! The numbers of a training run, as its preset names them.

use serde::{Deserialize, Serialize};

use crate::optimizer::Adam;

/// The numbers of a training run. A preset file names every one; [`Default`] holds the values of a small CPU run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Steps to take at most.
    pub steps: u64,
    /// Minutes of training to take at most, interruptions left out. The learning rate follows whichever budget is nearer its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps until it is reached.
    pub warm_up: u64,
    /// Decay of matrices; norms, biases and embeddings have none.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; 0 for no limit.
    pub clip_norm: f64,
    /// Steps between checkpoints; 0 for one at the end only.
    pub checkpoint_every: u64,
    /// Steps between rows of metrics.
    pub log_every: u64,
    /// Steps between measurements on the development split; 0 for one at the end only.
    pub validate_every: u64,
    /// Seed of the weights and of whatever a step draws.
    pub seed: u64,
    /// Decay of the first moment.
    #[serde(default = "beta_1")]
    pub beta_1: f64,
    /// Decay of the second moment.
    #[serde(default = "beta_2")]
    pub beta_2: f64,
    /// Added to the root of the second moment.
    #[serde(default = "epsilon")]
    pub epsilon: f64,
    /// How far apart loss and gradients' norm of the first steps may be on another device than the CPU, as a share of them.
    #[serde(default = "parity")]
    pub parity: f64,
}

fn beta_1() -> f64 {
    0.9
}

/// Below the paper's 0.999: short runs need a second moment that follows (BERT and GPT runs use 0.95 to 0.98).
fn beta_2() -> f64 {
    0.98
}

fn epsilon() -> f64 {
    1e-8
}

/// Sums in another order, products in TF32.
fn parity() -> f64 {
    1e-3
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            steps: 1_000,
            minutes: None,
            learning_rate: 1e-3,
            warm_up: 100,
            weight_decay: 0.01,
            clip_norm: 1.0,
            checkpoint_every: 200,
            log_every: 10,
            validate_every: 200,
            seed: 0,
            beta_1: beta_1(),
            beta_2: beta_2(),
            epsilon: epsilon(),
            parity: parity(),
        }
    }
}

impl TrainingConfig {
    /// The numbers that make this run what it is. The minutes, the intervals and how strictly a device is checked may change between sittings.
    pub(super) fn identity(&self) -> Self {
        Self { minutes: None, checkpoint_every: 0, log_every: 0, validate_every: 0, parity: parity(), ..self.clone() }
    }

    pub(super) fn adam(&self) -> Adam {
        let Self { beta_1, beta_2, epsilon, weight_decay, clip_norm, .. } = *self;
        Adam { beta_1, beta_2, epsilon, weight_decay, clip_norm }
    }
}
