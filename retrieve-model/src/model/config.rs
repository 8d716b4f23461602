//! What `config.json` of a release folder holds: sizes of the network, how a question is searched and read, and the calibration.

use backbone::BertConfig;
use serde::{Deserialize, Serialize};

/// Sizes and habits of a trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrieveConfig {
    /// The encoder.
    pub encoder: BertConfig,
    /// What the encoder was before our training: the blake3 of its published weights.
    pub base: String,
    /// Blocks before the retrieval vector leaves the encoder.
    pub early_exit: usize,
    /// Tokens of a text that becomes a vector.
    pub vector_tokens: usize,
    /// Tokens of question, evidence and section together.
    pub read_tokens: usize,
    /// Width inside the controller.
    pub policy_hidden: usize,
    /// How a question is searched and read.
    pub search: SearchConfig,
    /// When to believe an answer.
    pub calibration: Calibration,
}

/// How a question is searched and read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// Candidates taken from full-text and from vector search each.
    pub candidates: usize,
    /// Sections read after each search.
    pub read: usize,
    /// Searches at most, the first one included.
    pub searches: usize,
    /// Sentences quoted at most.
    pub quotes: usize,
    /// Longest answer in tokens.
    pub answer_tokens: usize,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self { candidates: 50, read: 8, searches: 2, quotes: 4, answer_tokens: 24 }
    }
}

/// Probability that an answer is right, and the least one worth giving. Fitted on the development split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Features of an outcome to log-odds.
    pub right: SigmoidScore,
    /// Answers below this confidence are not given.
    pub threshold: f32,
}

impl Default for Calibration {
    /// Before calibration the confidence is the reader's own and any answer is given.
    fn default() -> Self {
        Self { right: SigmoidScore { weights: Vec::new(), bias: 0.0 }, threshold: 0.0 }
    }
}

/// A logistic regression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigmoidScore {
    /// One a feature.
    pub weights: Vec<f32>,
    /// Log-odds where every feature is 0.
    pub bias: f32,
}

impl SigmoidScore {
    /// The probability for a row of features; missing ones count as 0.
    #[must_use]
    pub fn probability(&self, features: &[f32]) -> f32 {
        let log_odds = self.weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f32>() + self.bias;
        1.0 / (1.0 + (-log_odds).exp())
    }

    /// Fits `width` weights by gradient descent on the log loss with a small ridge; deterministic.
    #[must_use]
    pub fn fit(rows: &[(Vec<f32>, bool)], width: usize) -> Self {
        const STEPS: usize = 2_000;
        const RATE: f32 = 0.3;
        const RIDGE: f32 = 1e-3;
        let mut out = Self { weights: vec![0.0; width], bias: 0.0 };
        if rows.is_empty() {
            return out;
        }
        let share = 1.0 / rows.len() as f32;
        for _ in 0..STEPS {
            let mut gradient = vec![0.0; width];
            let mut bias = 0.0;
            for (features, right) in rows {
                let error = (out.probability(features) - f32::from(u8::from(*right))) * share;
                gradient.iter_mut().zip(features).for_each(|(sum, feature)| *sum += error * feature);
                bias += error;
            }
            out.weights.iter_mut().zip(gradient).for_each(|(weight, slope)| *weight -= RATE * (slope + RIDGE * *weight));
            out.bias -= RATE * bias;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_score_orders_rows_by_what_happened() {
        let rows: Vec<(Vec<f32>, bool)> = (0..40).map(|n| (vec![n as f32 / 40.0], n % 10 < n / 4)).collect();
        let score = SigmoidScore::fit(&rows, 1);
        assert!(score.probability(&[0.9]) > 0.6 && score.probability(&[0.1]) < 0.4);
    }

    #[test]
    fn nothing_to_fit_gives_even_odds() {
        assert_eq!(SigmoidScore::fit(&[], 3).probability(&[]), 0.5);
    }
}
