//! The controller's network: it scores one action at a time, from numbers that describe the state and the action and from the reader's
//! summary of the section the action points at. The score is a rule's score (see `inference::Action`) plus a residual that starts at zero:
//! an untrained controller follows the rule.

use burn::module::{Initializer, Module};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// Numbers that describe a state and an action; the first is the rule's score.
pub const ACTION_FEATURES: usize = 33;
/// The first so many of them are all there is to know before anything was answered; the others hold an action against the first answer.
pub const FIRST_FEATURES: usize = 24;

/// Picks the next action.
#[derive(Module, Debug)]
pub struct Policy {
    numbers: Linear,
    summary: Linear,
    residual: Linear,
}

impl Policy {
    /// A controller that follows the rule up to the first answer.
    #[must_use]
    pub fn new(d_model: usize, hidden: usize, device: &Device) -> Self {
        Self::of(FIRST_FEATURES, d_model, hidden, device)
    }

    /// One that follows the rule behind the first answer: the other items of a list, what another source says.
    #[must_use]
    pub fn further(d_model: usize, hidden: usize, device: &Device) -> Self {
        Self::of(ACTION_FEATURES, d_model, hidden, device)
    }

    fn of(features: usize, d_model: usize, hidden: usize, device: &Device) -> Self {
        Self {
            numbers: LinearConfig::new(features, hidden).init(device),
            summary: LinearConfig::new(d_model, hidden).with_bias(false).with_initializer(Initializer::Zeros).init(device),
            residual: LinearConfig::new(hidden, 1).with_bias(false).with_initializer(Initializer::Zeros).init(device),
        }
    }

    /// The controller with a share of what it learned beside its rule: 0 is the rule, 1 all of it.
    #[must_use]
    pub fn keeping(mut self, share: f64) -> Self {
        self.residual.weight = self.residual.weight.map(|weight| weight * share);
        self
    }

    /// Scores of actions: `[actions, ACTION_FEATURES]`, `[actions, d_model]` -> `[actions]`.
    #[must_use]
    pub fn forward(&self, features: Tensor<2>, summaries: Tensor<2>) -> Tensor<1> {
        let rule = features.clone().narrow(1, 0, 1);
        let [known, _] = self.numbers.weight.dims();
        let hidden = relu(self.numbers.forward(features.narrow(1, 0, known)) + self.summary.forward(summaries));
        (rule + self.residual.forward(hidden)).squeeze_dim::<1>(1)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    #[test]
    fn half_of_a_controller_is_half_way_from_the_rule_to_it() {
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        device.seed(1);
        let mut policy = Policy::new(8, 16, &device);
        policy.residual.weight = policy.residual.weight.map(|weight| weight.random_like(Distribution::Normal(0.0, 1.0)));
        let features = Tensor::<2>::random([5, ACTION_FEATURES], Distribution::Normal(0.0, 1.0), &device);
        let summaries = Tensor::<2>::zeros([5, 8], &device);
        let scores = |share: f64| {
            let scores = policy.clone().keeping(share).forward(features.clone(), summaries.clone());
            scores.into_data().try_to_vec::<f32>().unwrap()
        };
        let rule: Vec<f32> = features.clone().narrow(1, 0, 1).into_data().try_to_vec().unwrap();
        assert_eq!(scores(0.0), rule);
        let (half, whole) = (scores(0.5), scores(1.0));
        assert!(whole.iter().zip(&rule).any(|(whole, rule)| (whole - rule).abs() > 0.1));
        assert!((0..5).all(|n| (half[n] - (rule[n] + whole[n]) / 2.0).abs() < 1e-5));
    }
}
