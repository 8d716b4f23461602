//! How faithfully a quote repeats its source: the best local alignment of both, after Smith and Waterman (1981).

/// Longest quote or source, in characters, that is aligned; the table has their product as cells.
const LONGEST: usize = 4_000;

/// Share of the quote that its source repeats: the best local alignment score (match +1, mismatch -1, gap -1) over the quote's length, white space
/// collapsed on both sides; 1 is verbatim, 0 shares nothing. An empty quote is worth 0. Text beyond 4,000 characters is not looked at.
#[must_use]
pub fn quote_fidelity(quote: &str, source: &str) -> f64 {
    let (quote, source) = (characters(quote), characters(source));
    if quote.is_empty() {
        return 0.0;
    }
    if source.windows(quote.len()).any(|window| window == quote) {
        return 1.0;
    }
    f64::from(local_alignment(&quote, &source)) / quote.len() as f64
}

fn characters(text: &str) -> Vec<char> {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

/// Best local alignment score, two rows of the table in memory.
fn local_alignment(a: &[char], b: &[char]) -> i32 {
    let mut above = vec![0_i32; b.len() + 1];
    let mut best = 0;
    for &left in a {
        let mut diagonal = 0;
        for (j, &right) in b.iter().enumerate() {
            let matched = diagonal + if left == right { 1 } else { -1 };
            diagonal = above[j + 1];
            let score = matched.max(above[j + 1] - 1).max(above[j] - 1).max(0);
            above[j + 1] = score;
            best = best.max(score);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fidelity_by_hand() {
        assert_eq!(quote_fidelity("signed  in\n1998", "was signed in 1998."), 1.0);
        // "abcd" against "abxcd": ab (+2), gap (-1), cd (+2) = 3 of 4.
        assert_eq!(quote_fidelity("abcd", "abxcd"), 0.75);
        assert_eq!(quote_fidelity("abc", "xyz"), 0.0);
        assert_eq!(quote_fidelity("", "xyz"), 0.0);
        // "kitten" in "sitting": "itt" = 3, then e/i (-1), n/n (+1) = 3 of 6.
        assert_eq!(quote_fidelity("kitten", "sitting"), 0.5);
    }

    proptest! {
        #[test]
        fn fidelity_is_a_share_and_full_for_any_part_of_the_source(source in "[a-c ]{0,40}", from in 0..40_usize, to in 0..40_usize) {
            let (from, to) = (from.min(source.len()), to.min(source.len()));
            let part = &source[from.min(to)..to.max(from)];
            let fidelity = quote_fidelity(part, &source);
            prop_assert!(part.trim().is_empty() || fidelity == 1.0, "{part:?} {fidelity}");
            prop_assert!((0.0..=1.0).contains(&quote_fidelity(&source, part)));
        }
    }
}
