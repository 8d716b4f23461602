//! Knowing when to speak: what an answer, an abstention and a confident mistake are worth.

/// What an outcome is worth to a reader who is hurt by wrong answers: +1 right, 0 abstained, -1 wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderScore(i8);

impl ReaderScore {
    /// The value, -1, 0 or 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0)
    }
}

/// `+1` if right (for a question the corpus cannot answer, that is: abstained), `-1` if wrong, `0` if abstained though there was an answer.
/// The scoring rule of CLEF ResPubliQA's c@1 family (Peñas and Rodrigo 2011) in its simplest form.
#[must_use]
pub fn reader_score(answerable: bool, abstained: bool, right: bool) -> ReaderScore {
    ReaderScore(match (answerable, abstained) {
        (false, true) => 1,
        (false, false) => -1,
        (true, true) => 0,
        (true, false) => {
            if right {
                1
            } else {
                -1
            }
        }
    })
}

/// Area under the risk-coverage curve: questions in order of falling confidence, `mean over n of (errors among the first n) / n`; 0 is perfect,
/// the error rate is what a system without any sense of its confidence gets (El-Yaniv and Wiener 2010; Geifman et al. 2019). `errors` gives the
/// questions most confident first with 0 or 1 and how many times each counts (its weight in a bootstrap resample). None for an empty list.
#[must_use]
pub fn risk_coverage_area(errors: impl IntoIterator<Item = (f64, u16)>) -> Option<f64> {
    let (mut seen, mut wrong, mut area) = (0.0, 0.0, 0.0);
    for (error, weight) in errors {
        for _ in 0..weight {
            seen += 1.0;
            wrong += error;
            area += wrong / seen;
        }
    }
    (seen > 0.0).then(|| area / seen)
}

/// Whether abstaining was right, counted over questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abstentions {
    /// Abstained where there is no answer.
    pub right: u64,
    /// Abstained.
    pub all: u64,
    /// Questions without an answer.
    pub wanted: u64,
}

impl Abstentions {
    /// Counts questions given as (answerable, abstained).
    #[must_use]
    pub fn of(questions: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for (answerable, abstained) in questions {
            counts.right += u64::from(abstained && !answerable);
            counts.all += u64::from(abstained);
            counts.wanted += u64::from(!answerable);
        }
        counts
    }

    /// Of the abstentions, those where there is no answer (the no-answer precision of SQuAD 2.0, Rajpurkar et al. 2018). None without abstentions.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        (self.all > 0).then(|| self.right as f64 / self.all as f64)
    }

    /// Of the questions without an answer, those abstained from. None without such questions.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        (self.wanted > 0).then(|| self.right as f64 / self.wanted as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abstentions_by_hand() {
        let counts = Abstentions::of([(true, true), (false, true), (false, false), (false, true), (true, false)]);
        assert_eq!((counts.precision(), counts.recall()), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!((Abstentions::default().precision(), Abstentions::default().recall()), (None, None));
    }

    #[test]
    fn silence_is_better_than_a_mistake() {
        let value = |a, b, c| reader_score(a, b, c).value();
        assert_eq!([value(true, false, true), value(true, true, false), value(true, false, false)], [1.0, 0.0, -1.0]);
        assert_eq!([value(false, true, true), value(false, false, false)], [1.0, -1.0]);
    }

    #[test]
    fn area_by_hand() {
        // Right, wrong, right, wrong: risks 0, 1/2, 1/3, 1/2; mean 1/3.
        let area = risk_coverage_area([(0.0, 1), (1.0, 1), (0.0, 1), (1.0, 1)]).unwrap();
        assert!((area - 1.0 / 3.0).abs() < 1e-12);
        // Errors last: 0, 0, 1/3, 1/2.
        let area = risk_coverage_area([(0.0, 2), (1.0, 2)]).unwrap();
        assert!((area - (5.0 / 6.0) / 4.0).abs() < 1e-12);
        assert_eq!(risk_coverage_area([]), None);
    }
}
