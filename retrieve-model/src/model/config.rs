//! What `config.json` of a release folder holds: sizes of the network, how a question is searched and read, and the calibration.

use backbone::BertConfig;
use serde::{Deserialize, Serialize};

/// Sizes and habits of a trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrieveConfig {
    /// The encoder that reads.
    pub encoder: BertConfig,
    /// What the encoder was before our training: the blake3 of its published weights.
    pub base: String,
    /// The encoder of retrieval vectors and comparison, where it is another than the one that reads: a smaller one, since it is for whole collections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retriever: Option<Published>,
    /// Whether it is written in few bits, which its reader then learned to bear.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub narrow: bool,
    /// Blocks behind the embeddings that make the retrieval vector.
    pub vector_blocks: usize,
    /// Tokens of a text that becomes a vector.
    pub vector_tokens: usize,
    /// Tokens of question, evidence and section together.
    pub read_tokens: usize,
    /// Width inside the controller.
    pub policy_hidden: usize,
    /// Whether there is a controller for what follows the first answer.
    #[serde(default)]
    pub further: bool,
    /// How a question is searched and read.
    pub search: SearchConfig,
    /// When to believe an answer.
    pub calibration: Calibration,
}

/// A published encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Its sizes.
    pub encoder: BertConfig,
    /// The blake3 of its weights.
    pub base: String,
}

impl RetrieveConfig {
    /// The encoder of retrieval vectors and comparison.
    #[must_use]
    pub fn retriever(&self) -> Published {
        self.retriever.clone().unwrap_or_else(|| Published { encoder: self.encoder.clone(), base: self.base.clone() })
    }
}

/// How a question is searched and read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// Candidates taken from full-text and from vector search each.
    pub candidates: usize,
    /// Sections read after each search.
    pub read: usize,
    /// Probability of relevance from which on a section that was read makes reading those found behind it needless; none to read all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enough: Option<f32>,
    /// Searches at most, the first one included.
    pub searches: usize,
    /// Sentences quoted at most.
    pub quotes: usize,
    /// Longest answer in tokens.
    pub answer_tokens: usize,
    /// Of a ranked list that is asked for itself, the first so many are read and ordered anew.
    #[serde(default)]
    pub rerank: usize,
    /// Of what the first stage ranks, the first so many are compared with the query by the published encoder; 0 for none, and then the model is without
    /// its blocks.
    #[serde(default)]
    pub compared: usize,
    /// What a cosine of 1 is worth there, in log-odds. Not learned, as in the first stage.
    #[serde(default)]
    pub similarity: f32,
    /// Log-odds by which ending behind the first answer is likelier than where its controller learned: there every second question has several
    /// answers, where people ask hardly one (a correction for the prior, Saerens et al. 2002).
    #[serde(default)]
    pub stopping: f32,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            candidates: 50,
            read: 8,
            enough: None,
            searches: 2,
            quotes: 4,
            answer_tokens: 24,
            rerank: 0,
            compared: 0,
            similarity: 0.0,
            stopping: 0.0,
        }
    }
}

/// Probability that an answer is right, and the least one worth giving. Fitted on one half of the development questions, measured on the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Features of an outcome to log-odds.
    pub right: SigmoidScore,
    /// From this confidence on an answer is given.
    pub threshold: f32,
    /// From this one on it is given as one that is not sure.
    #[serde(default = "Calibration::unsure")]
    pub unsure: f32,
    /// What a threshold keeps: from the lowest to the highest.
    pub curve: Vec<Kept>,
}

/// What is given at a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The least confidence.
    pub threshold: f32,
    /// Share of the questions that are answered.
    pub answered: f32,
    /// Share of the answers that are right.
    pub precision: f32,
}

/// Answers that a precision is measured on at least.
const MEASURED_ON: usize = 8;

impl Default for Calibration {
    /// Before calibration the confidence is the reader's own and any answer is given.
    fn default() -> Self {
        Self { right: SigmoidScore { weights: Vec::new(), bias: 0.0 }, threshold: 0.0, unsure: 0.0, curve: Vec::new() }
    }
}

impl Calibration {
    /// The threshold where nobody wants a precision: an answer is given that is likelier right than wrong.
    pub const LIKELIER_RIGHT: f32 = 0.5;

    /// Where nobody wants a precision, an answer that is right three times in ten is worth a look: its quotation says at once whether it is. On the 18F
    /// handbook none of the nine answers below this is right, and six of ten between here and [`Self::LIKELIER_RIGHT`] are; 14 of 20 questions without an
    /// answer get none (see LOG.md).
    #[must_use]
    pub fn unsure() -> f32 {
        0.3
    }

    /// The curve of answers with their confidence, in any order, to `questions` questions: a point where the confidence falls.
    #[must_use]
    pub fn curve(answers: &[(f32, bool)], questions: usize) -> Vec<Kept> {
        let mut ranked = answers.to_vec();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut right = 0.0;
        let mut curve = Vec::new();
        for (at, (confidence, is_right)) in ranked.iter().enumerate() {
            right += f32::from(u8::from(*is_right));
            let given = at + 1;
            if given >= MEASURED_ON && ranked.get(given).is_none_or(|next| next.0 < *confidence) {
                let (given, questions) = (given as f32, questions.max(1) as f32);
                curve.push(Kept { threshold: *confidence, answered: given / questions, precision: right / given });
            }
        }
        curve.reverse();
        curve
    }

    /// The lowest threshold whose answers are right so often; 0 for a precision of 0, and the highest there is for one that none reaches.
    #[must_use]
    pub fn threshold_for(&self, precision: f32) -> f32 {
        if precision <= 0.0 {
            return 0.0;
        }
        let reached = self.curve.iter().find(|kept| kept.precision >= precision);
        reached.or(self.curve.last()).map_or(0.0, |kept| kept.threshold)
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

    /// Fits `width` weights by gradient descent on the log loss with a small ridge; deterministic. Each feature is seen less its mean and over its
    /// deviation: what hardly varies would move the bias for thousands of steps otherwise.
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
        let column = |at: usize| rows.iter().map(move |(features, _)| features[at]);
        let means: Vec<f32> = (0..width).map(|at| column(at).sum::<f32>() * share).collect();
        let spread = |at: usize| (column(at).map(|x| (x - means[at]).powi(2)).sum::<f32>() * share).sqrt().max(1e-3);
        let spreads: Vec<f32> = (0..width).map(spread).collect();
        let seen = |features: &[f32]| (0..width).map(|at| (features[at] - means[at]) / spreads[at]).collect::<Vec<f32>>();
        let rows: Vec<(Vec<f32>, bool)> = rows.iter().map(|(features, right)| (seen(features), *right)).collect();
        for _ in 0..STEPS {
            let mut gradient = vec![0.0; width];
            let mut bias = 0.0;
            for (features, right) in &rows {
                let error = (out.probability(features) - f32::from(u8::from(*right))) * share;
                gradient.iter_mut().zip(features).for_each(|(sum, feature)| *sum += error * feature);
                bias += error;
            }
            out.weights.iter_mut().zip(gradient).for_each(|(weight, slope)| *weight -= RATE * (slope + RIDGE * *weight));
            out.bias -= RATE * bias;
        }
        out.weights.iter_mut().zip(&spreads).for_each(|(weight, spread)| *weight /= spread);
        out.bias -= out.weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum::<f32>();
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
    fn a_fit_finds_weights_whatever_the_scale_of_what_they_weigh() {
        let wanted = SigmoidScore { weights: vec![0.8, 0.2], bias: -1.5 };
        let row = |n: usize| vec![(n % 20) as f32 / 4.0 - 4.0, 11.0 + (n / 20 % 10) as f32 / 2.0];
        let rows: Vec<(Vec<f32>, bool)> =
            (0..8000).map(|n| (row(n), (n / 200) as f32 / 40.0 + 0.0125 < wanted.probability(&row(n)))).collect();
        let fitted = SigmoidScore::fit(&rows, 2);
        let close = |a: f32, b: f32, by: f32| (a - b).abs() < by;
        assert!(close(fitted.weights[0], 0.8, 0.05) && close(fitted.weights[1], 0.2, 0.05) && close(fitted.bias, -1.5, 0.5), "{fitted:?}");
    }

    #[test]
    fn a_wanted_precision_gives_the_lowest_threshold_that_reaches_it() {
        // Sure answers are right, unsure ones every other time.
        let answers: Vec<(f32, bool)> = (0..40).map(|n| (1.0 - n as f32 / 40.0, n < 20 || n % 2 == 0)).collect();
        let calibration = Calibration { curve: Calibration::curve(&answers, 50), ..Calibration::default() };
        let at = |precision| calibration.threshold_for(precision);
        assert_eq!((at(0.0), at(0.7)), (0.0, 1.0 - 39.0 / 40.0));
        assert!(at(0.9) > at(0.8) && at(0.9) <= 0.5 && at(1.0) > 0.45, "{} {} {}", at(0.8), at(0.9), at(1.0));
        let all = calibration.curve.first().unwrap();
        assert!((all.answered - 0.8).abs() < 1e-6 && (all.precision - 0.75).abs() < 1e-6);
        assert_eq!(Calibration::default().threshold_for(0.8), 0.0);
    }

    #[test]
    fn nothing_to_fit_gives_even_odds() {
        assert_eq!(SigmoidScore::fit(&[], 3).probability(&[]), 0.5);
    }
}
