//! Cutting a text into parts, compared with gold boundaries. Between `n` units (sentences, lines) there are `n - 1` places for a boundary; a
//! segmentation says of each whether there is one.

/// The window that both windowed measures look through: half the mean length of a gold part, in units, at least 1 (Beeferman, Berger and Lafferty
/// 1999). Halves are rounded to the even number, as Python's tools round them.
#[must_use]
pub fn window(gold: &[bool]) -> usize {
    let parts = 1 + gold.iter().filter(|boundary| **boundary).count();
    let half = (gold.len() + 1) as f64 / (2 * parts) as f64;
    half.round_ties_even().max(1.0) as usize
}

/// Boundaries within each of the windows of `k` places, of both segmentations.
fn windows<'a>(gold: &'a [bool], found: &'a [bool], k: usize) -> impl Iterator<Item = (usize, usize)> + 'a {
    let count = |window: &[bool]| window.iter().filter(|boundary| **boundary).count();
    gold.windows(k.max(1)).zip(found.windows(k.max(1))).map(move |(gold, found)| (count(gold), count(found)))
}

fn share(wrong: impl Iterator<Item = bool>) -> Option<f64> {
    let (wrong, all) = wrong.fold((0_u64, 0_u64), |(wrong, all), is_wrong| (wrong + u64::from(is_wrong), all + 1));
    (all > 0).then(|| wrong as f64 / all as f64)
}

/// `Pk`: share of the pairs of units `k` apart of which the segmentations disagree whether they belong to one part (Beeferman et al. 1999); 0 is
/// perfect. None where the text has no two units that far apart, or the segmentations are of different texts.
#[must_use]
pub fn pk(gold: &[bool], found: &[bool], k: usize) -> Option<f64> {
    let disagree = windows(gold, found, k).map(|(gold, found)| (gold > 0) != (found > 0));
    if gold.len() == found.len() { share(disagree) } else { None }
}

/// `WindowDiff`: share of the windows of `k` places in which the segmentations have different numbers of boundaries (Pevzner and Hearst 2002); 0 is
/// perfect, and unlike `Pk` it sees a boundary too many beside a right one. None as for [`pk`].
#[must_use]
pub fn window_diff(gold: &[bool], found: &[bool], k: usize) -> Option<f64> {
    let disagree = windows(gold, found, k).map(|(gold, found)| gold != found);
    if gold.len() == found.len() { share(disagree) } else { None }
}

/// Boundaries that are right, found and wanted: `F1 = 2 right / (found + wanted)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoundaryCounts {
    /// Boundaries of both.
    pub right: u64,
    /// Boundaries that were found.
    pub found: u64,
    /// Gold boundaries.
    pub wanted: u64,
}

impl BoundaryCounts {
    /// Counts boundaries that stand at the very same place.
    #[must_use]
    pub fn of(gold: &[bool], found: &[bool]) -> Self {
        let count = |places: &[bool]| places.iter().filter(|boundary| **boundary).count() as u64;
        let right = gold.iter().zip(found).filter(|(gold, found)| **gold && **found).count() as u64;
        Self { right, found: count(found), wanted: count(gold) }
    }

    /// Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found.
    #[must_use]
    pub fn f1(self) -> f64 {
        let both = self.found + self.wanted;
        if both == 0 { 1.0 } else { (2 * self.right) as f64 / both as f64 }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::metrics::outside::{numbers, same};

    fn places(text: &str) -> Vec<bool> {
        text.chars().map(|c| c == '1').collect()
    }

    #[derive(Deserialize)]
    struct Segmentation {
        reference: String,
        found: String,
        k: usize,
        pk: f64,
        windowdiff: f64,
    }

    #[test]
    fn the_numbers_are_those_of_nltk() {
        for row in numbers::<Vec<Segmentation>>("segmentations") {
            let (gold, found) = (places(&row.reference), places(&row.found));
            same(pk(&gold, &found, row.k), row.pk);
            same(window_diff(&gold, &found, row.k), row.windowdiff);
        }
    }

    #[test]
    fn windows_by_hand() {
        // Eight units in parts of four: half the mean length is 2. Gold | at place 4, found at place 5: of the 6 windows those over places 3-4 and 5-6
        // disagree (the one over 4-5 holds one boundary of each).
        let (gold, found) = (places("0001000"), places("0000100"));
        assert_eq!(window(&gold), 2);
        assert_eq!(pk(&gold, &found, 2), Some(2.0 / 6.0));
        // A second boundary beside the right one: Pk sees the window 5-6 alone, WindowDiff also the one that holds both.
        let doubled = places("0001100");
        assert_eq!((pk(&gold, &doubled, 2), window_diff(&gold, &doubled, 2)), (Some(1.0 / 6.0), Some(2.0 / 6.0)));
        assert_eq!((pk(&gold, &gold, 2), window_diff(&gold, &gold, 2)), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn texts_too_short_or_unlike_have_no_score() {
        assert_eq!(pk(&[], &[], 1), None);
        assert_eq!(pk(&places("01"), &places("010"), 1), None);
        assert_eq!(window(&[]), 1);
    }

    #[test]
    fn boundary_f1_by_hand() {
        let counts = BoundaryCounts::of(&places("010010"), &places("011000"));
        assert_eq!(counts, BoundaryCounts { right: 1, found: 2, wanted: 2 });
        assert_eq!((counts.f1(), BoundaryCounts::default().f1()), (0.5, 1.0));
    }
}
