//! What can be done next, as the trained controller sees it.

use burn::tensor::{Device, Tensor, TensorData};

use super::action::Action;
use super::controller::State;
use super::search::numbers_of;
use crate::model::{ACTION_FEATURES, Policy};

/// Actions as the network sees them: rows of numbers and the summaries of the sections they point at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    /// `[actions, ACTION_FEATURES]`
    pub features: Vec<[f32; ACTION_FEATURES]>,
    /// `[actions, d_model]`
    pub summaries: Vec<Vec<f32>>,
}

impl Choices {
    /// Describes actions.
    #[must_use]
    pub fn new(state: &State, actions: &[Action], d_model: usize) -> Self {
        let summary = |action: &Action| {
            let read = state.reads.get(action.read().unwrap_or(0));
            read.map_or_else(|| vec![0.0; d_model], |read| read.summary.clone())
        };
        Self { features: actions.iter().map(|action| state.describe(*action)).collect(), summaries: actions.iter().map(summary).collect() }
    }

    /// The probability of each action.
    #[must_use]
    pub fn probabilities(&self, policy: &Policy, device: &Device) -> Vec<f32> {
        let rows = self.features.len();
        if rows == 0 {
            return Vec::new();
        }
        let width = self.summaries[0].len();
        let features: Vec<f32> = self.features.iter().flatten().copied().collect();
        let features = Tensor::<2>::from_data(TensorData::new(features, [rows, ACTION_FEATURES]), device);
        let summaries = Tensor::<2>::from_data(TensorData::new(self.summaries.concat(), [rows, width]), device);
        let scores = numbers_of(policy.forward(features, summaries));
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weights: Vec<f32> = scores.iter().map(|score| (score - best).exp()).collect();
        let sum: f32 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }
}
