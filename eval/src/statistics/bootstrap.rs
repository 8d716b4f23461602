//! The paired bootstrap (Efron 1979; Koehn 2004 for paired systems): questions are drawn with replacement many times, both systems are scored on
//! the same draws, and the middle 95 % of the values is the interval.

use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::SIGNIFICANCE;
use crate::metrics::risk_coverage_area;

/// One metric over all questions of one system, in a form that can be recomputed for a resample (a weight for each question).
#[derive(Clone, Debug)]
pub enum Sample {
    /// `sum(w * numerator) / sum(w * denominator)`: a mean where denominators are 1 (0 leaves a question out), a share otherwise.
    Ratio(Vec<(f64, f64)>),
    /// The risk-coverage area: for each question its error (0 or 1) and its place in the order of falling confidence.
    RiskCoverage {
        /// 1 for a wrong answer.
        errors: Vec<f64>,
        /// Questions, most confident first.
        order: Vec<usize>,
    },
}

impl Sample {
    /// Number of questions, those that the metric leaves out included.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Ratio(parts) => parts.len(),
            Self::RiskCoverage { errors, .. } => errors.len(),
        }
    }

    /// Whether there is no question at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of questions that the metric is defined for.
    #[must_use]
    pub fn defined(&self) -> usize {
        match self {
            Self::Ratio(parts) => parts.iter().filter(|(_, denominator)| *denominator > 0.0).count(),
            Self::RiskCoverage { errors, .. } => errors.len(),
        }
    }

    /// Number of questions that add something else to the metric here than there.
    fn differing(&self, other: &Self) -> usize {
        match (self, other) {
            (Self::Ratio(own), Self::Ratio(others)) => own.iter().zip(others).filter(|(a, b)| a != b).count(),
            (Self::RiskCoverage { errors: own, .. }, Self::RiskCoverage { errors: others, .. }) => {
                own.iter().zip(others).filter(|(a, b)| a != b).count()
            }
            _ => self.len(),
        }
    }

    /// The metric with question `i` counted `weights[i]` times.
    fn value(&self, weights: &[u16]) -> Option<f64> {
        match self {
            Self::Ratio(parts) => {
                let weighted = parts.iter().zip(weights).map(|((n, d), w)| (n * f64::from(*w), d * f64::from(*w)));
                let (numerator, denominator) = weighted.fold((0.0, 0.0), |(n, d), (a, b)| (n + a, d + b));
                (denominator > 0.0).then(|| numerator / denominator)
            }
            Self::RiskCoverage { errors, order } => risk_coverage_area(order.iter().map(|&at| (errors[at], weights[at]))),
        }
    }
}

/// A metric with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value on the questions as they are.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Questions it is defined for.
    pub questions: usize,
}

/// How two systems differ in a metric: the first minus the second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The difference on the questions as they are.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Two-sided: twice the smaller share of resamples on either side of zero, `2 (1 + count) / (1 + resamples)`, at most 1 and at least
    /// `2^(1 - k)` where `k` questions differ: no paired test by exchange of the systems could say more of so few (Fisher 1935), while resamples
    /// of one question are all alike.
    pub p: f64,
    /// `p` corrected for the family of comparisons it belongs to; `p` itself where it stands alone.
    #[serde(default)]
    pub adjusted: f64,
    /// Whether the corrected p-value is below 0.05.
    pub significant: bool,
}

impl Difference {
    /// Takes the corrected p-value and with it the last word on significance.
    pub fn correct(&mut self, adjusted: f64) {
        (self.adjusted, self.significant) = (adjusted, adjusted < SIGNIFICANCE);
    }
}

/// The draws of a bootstrap: how often each question counts in each resample. One set serves every metric of a table, which pairs them too.
#[derive(Clone, Debug)]
pub struct Draws {
    questions: usize,
    weights: Vec<Vec<u16>>,
}

impl Draws {
    /// Draws `questions` of as many questions with replacement, `resamples` times: the same for a seed, whatever the thread count.
    #[must_use]
    pub fn new(questions: usize, resamples: usize, seed: u64) -> Self {
        let draw = |at: usize| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(at as u64);
            let mut weights = vec![0_u16; questions];
            for _ in 0..questions {
                let weight = &mut weights[random.random_range(0..questions)];
                *weight = weight.saturating_add(1);
            }
            weights
        };
        Self { questions, weights: (0..resamples).into_par_iter().map(draw).collect() }
    }

    /// The values of a metric over the resamples where it is defined.
    fn values(&self, metric: impl Fn(&[u16]) -> Option<f64> + Sync) -> Vec<f64> {
        self.weights.par_iter().map(|weights| metric(weights)).collect::<Vec<_>>().into_iter().flatten().collect()
    }
}

/// The middle 95 % of values, by linear interpolation between order statistics.
fn interval(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let quantile = |q: f64| {
        let at = q * (values.len() - 1) as f64;
        let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
        below + (above - below) * at.fract()
    };
    (quantile(0.025), quantile(0.975))
}

/// A metric with its interval; none where it is defined for no question or the draws are for another number of questions.
#[must_use]
pub fn estimate(sample: &Sample, draws: &Draws) -> Option<Estimate> {
    if sample.len() != draws.questions {
        return None;
    }
    let value = sample.value(&vec![1; sample.len()])?;
    let values = draws.values(|weights| sample.value(weights));
    let (low, high) = if values.is_empty() { (value, value) } else { interval(values) };
    Some(Estimate { value, low, high, questions: sample.defined() })
}

/// The difference of two systems on the same questions in the same order; none where the metric is undefined for either or their numbers differ.
#[must_use]
pub fn compare(first: &Sample, second: &Sample, draws: &Draws) -> Option<Difference> {
    if first.len() != second.len() || first.len() != draws.questions {
        return None;
    }
    let ones = vec![1; first.len()];
    let value = first.value(&ones)? - second.value(&ones)?;
    let differences = draws.values(|weights| Some(first.value(weights)? - second.value(weights)?));
    if differences.is_empty() {
        return Some(Difference { value, low: value, high: value, p: 1.0, adjusted: 1.0, significant: false });
    }
    let count = |side: &dyn Fn(f64) -> bool| differences.iter().filter(|d| side(**d)).count() as f64;
    let smaller = count(&|d| d <= 0.0).min(count(&|d| d >= 0.0));
    let fewest = 2.0 * 0.5_f64.powf(first.differing(second) as f64);
    let p = (2.0 * (1.0 + smaller) / (1.0 + differences.len() as f64)).max(fewest).min(1.0);
    let (low, high) = interval(differences);
    Some(Difference { value, low, high, p, adjusted: p, significant: p < SIGNIFICANCE })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> Sample {
        Sample::Ratio(values.iter().map(|value| (*value, 1.0)).collect())
    }

    fn estimated(sample: &Sample, resamples: usize, seed: u64) -> Option<Estimate> {
        estimate(sample, &Draws::new(sample.len(), resamples, seed))
    }

    fn compared(first: &Sample, second: &Sample) -> Option<Difference> {
        compare(first, second, &Draws::new(first.len(), 1_000, 1))
    }

    #[test]
    fn the_interval_of_a_mean_is_close_to_the_normal_one() {
        // 400 coins, half heads: standard error 0.025, so 0.451 to 0.549.
        let coins: Vec<f64> = (0..400).map(|at| f64::from(at % 2)).collect();
        let found = estimated(&mean(&coins), 2_000, 1).unwrap();
        assert_eq!((found.value, found.questions), (0.5, 400));
        assert!((found.low - 0.451).abs() < 0.006 && (found.high - 0.549).abs() < 0.006, "{found:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_for_any_thread_count() {
        let coins: Vec<f64> = (0..50).map(|at| f64::from(at % 3)).collect();
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| estimated(&mean(&coins), 500, 3)), estimated(&mean(&coins), 500, 3));
        assert_ne!(estimated(&mean(&coins), 500, 4), estimated(&mean(&coins), 500, 3));
    }

    #[test]
    fn a_system_against_itself_is_never_significantly_different() {
        let scores = mean(&[0.0, 1.0, 1.0, 0.0, 1.0]);
        let same = compared(&scores, &scores).unwrap();
        assert_eq!((same.value, same.p, same.significant), (0.0, 1.0, false));
    }

    #[test]
    fn pairing_finds_a_small_steady_gain_that_the_intervals_hide() {
        let first: Vec<f64> = (0..100).map(|at| f64::from(at) / 100.0 + 0.02).collect();
        let second: Vec<f64> = (0..100).map(|at| f64::from(at) / 100.0).collect();
        let (a, b) = (estimated(&mean(&first), 1_000, 1).unwrap(), estimated(&mean(&second), 1_000, 1).unwrap());
        assert!(a.low < b.high, "the intervals overlap");
        let difference = compared(&mean(&first), &mean(&second)).unwrap();
        assert!(difference.significant && (difference.value - 0.02).abs() < 1e-9, "{difference:?}");
        let few = compared(&mean(&[1.0, 0.0, 1.0]), &mean(&[0.0, 1.0, 0.0])).unwrap();
        assert!(!few.significant, "{few:?}");
    }

    #[test]
    fn a_handful_of_questions_is_never_significant_however_they_end() {
        for count in 1..=5 {
            let found = compared(&mean(&vec![1.0; count]), &mean(&vec![0.0; count])).unwrap();
            assert_eq!((found.p, found.significant), (2.0 * 0.5_f64.powf(count as f64), false), "{count} questions");
        }
        assert!(compared(&mean(&[1.0; 8]), &mean(&[0.0; 8])).unwrap().significant);
    }

    #[test]
    fn a_metric_defined_for_no_question_has_no_estimate() {
        assert_eq!(estimated(&Sample::Ratio(vec![(0.0, 0.0); 3]), 10, 1), None);
        assert_eq!(estimated(&Sample::Ratio(vec![]), 10, 1), None);
        assert_eq!(compared(&mean(&[1.0]), &mean(&[1.0, 0.0])), None);
    }
}
