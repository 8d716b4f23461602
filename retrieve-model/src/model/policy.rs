//! The controller's network: it scores one action at a time, from numbers that describe the state and the action and from the reader's
//! summary of the section the action points at. The score is a rule's score (see `inference::Action`) plus a residual that starts at zero:
//! an untrained controller follows the rule.

use burn::module::{Initializer, Module};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// Numbers that describe a state and an action; the first is the rule's score.
pub const ACTION_FEATURES: usize = 24;

/// Picks the next action.
#[derive(Module, Debug)]
pub struct Policy {
    numbers: Linear,
    summary: Linear,
    residual: Linear,
}

impl Policy {
    /// A controller that follows the rule.
    #[must_use]
    pub fn new(d_model: usize, hidden: usize, device: &Device) -> Self {
        Self {
            numbers: LinearConfig::new(ACTION_FEATURES, hidden).init(device),
            summary: LinearConfig::new(d_model, hidden).with_bias(false).with_initializer(Initializer::Zeros).init(device),
            residual: LinearConfig::new(hidden, 1).with_bias(false).with_initializer(Initializer::Zeros).init(device),
        }
    }

    /// Scores of actions: `[actions, ACTION_FEATURES]`, `[actions, d_model]` -> `[actions]`.
    #[must_use]
    pub fn forward(&self, features: Tensor<2>, summaries: Tensor<2>) -> Tensor<1> {
        let rule = features.clone().narrow(1, 0, 1);
        let hidden = relu(self.numbers.forward(features) + self.summary.forward(summaries));
        (rule + self.residual.forward(hidden)).squeeze_dim::<1>(1)
    }
}
