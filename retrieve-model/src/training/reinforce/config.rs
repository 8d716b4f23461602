//! The numbers of a reinforcement.

use backbone::TrainingConfig;
use serde::{Deserialize, Serialize};

/// How a run is compared with the others of its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advantage {
    /// Reward less the mean of the others.
    LeaveOneOut,
    /// Reward less the mean of all, divided by their standard deviation.
    Group,
}

/// Reinforcement of the controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReinforceConfig {
    /// Questions it learns from.
    pub questions: usize,
    /// Sections it searches.
    pub sections: usize,
    /// Steps; with 0 the imitated controller stays.
    pub steps: u64,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Questions of a step.
    pub asked: usize,
    /// Runs of each of them.
    pub rollouts: usize,
    /// How runs are compared.
    pub advantage: Advantage,
    /// Weight of the divergence from the start, in nats a decision.
    pub divergence: f64,
    /// Entropy of a decision, in nats, below which it costs.
    pub entropy_floor: f64,
}

impl ReinforceConfig {
    pub(super) fn training(&self, seed: u64) -> TrainingConfig {
        TrainingConfig {
            steps: self.steps,
            minutes: None,
            learning_rate: self.learning_rate,
            warm_up: self.steps / 20,
            weight_decay: 0.0,
            clip_norm: 1.0,
            checkpoint_every: 50,
            log_every: 5,
            validate_every: 25,
            seed,
            ..TrainingConfig::default()
        }
    }
}
