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

#[cfg(test)]
mod tests {
    use super::*;

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
