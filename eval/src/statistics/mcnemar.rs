//! McNemar's exact test (McNemar 1947; exact form after Edwards): of the questions that only one system gets right, are more on one side than a
//! fair coin would give?

use serde::{Deserialize, Serialize};

use super::SIGNIFICANCE;

/// The two counts that matter and the probability of a split at least as uneven.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Questions that only the first system got right.
    pub only_first: u64,
    /// Questions that only the second got right.
    pub only_second: u64,
    /// Two-sided, exact.
    pub p: f64,
    /// `p` corrected for the family of tests it belongs to; `p` itself where it stands alone.
    #[serde(default)]
    pub adjusted: f64,
    /// Whether the corrected p-value is below 0.05.
    pub significant: bool,
}

impl McNemar {
    /// Takes the corrected p-value and with it the last word on significance.
    pub fn correct(&mut self, adjusted: f64) {
        (self.adjusted, self.significant) = (adjusted, adjusted < SIGNIFICANCE);
    }
}

/// `p = min(1, 2 sum_{i <= min(b, c)} C(b + c, i) / 2^(b + c))` for pairs (first right, second right).
#[must_use]
pub fn mcnemar(pairs: impl IntoIterator<Item = (bool, bool)>) -> McNemar {
    let (mut only_first, mut only_second) = (0_u64, 0_u64);
    for pair in pairs {
        match pair {
            (true, false) => only_first += 1,
            (false, true) => only_second += 1,
            _ => {}
        }
    }
    let tosses = only_first + only_second;
    // Terms in logarithms, each from the one before: C(n, i) = C(n, i - 1) (n - i + 1) / i.
    let mut term = -(tosses as f64) * std::f64::consts::LN_2;
    let mut tail = term.exp();
    for i in 1..=only_first.min(only_second) {
        term += ((tosses - i + 1) as f64 / i as f64).ln();
        tail += term.exp();
    }
    let p = (2.0 * tail).min(1.0);
    McNemar { only_first, only_second, p, adjusted: p, significant: p < SIGNIFICANCE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(b: usize, c: usize) -> McNemar {
        let pairs = std::iter::repeat_n((true, false), b).chain(std::iter::repeat_n((false, true), c));
        mcnemar(pairs.chain([(true, true), (false, false)]))
    }

    #[test]
    fn exact_probabilities_by_hand() {
        // 1 of 10: 2 (1 + 10) / 1024
        assert!((split(1, 9).p - 22.0 / 1024.0).abs() < 1e-12);
        assert!(split(1, 9).significant);
        // 3 of 8: 2 (1 + 8 + 28 + 56) / 256
        assert!((split(3, 5).p - 186.0 / 256.0).abs() < 1e-12);
        assert_eq!(split(4, 4).p, 1.0);
        assert_eq!(split(0, 0).p, 1.0);
    }

    #[test]
    fn thousands_of_questions_do_not_underflow() {
        let found = split(1_000, 2_000);
        assert!(found.p >= 0.0 && found.significant);
        assert_eq!(split(3_000, 3_000).p, 1.0);
    }
}
