//! Prepared text compared with gold text: character error rate, strings that must stay or go, roles of lines.

use std::collections::BTreeMap;

/// Fewest insertions, deletions and replacements of characters that turn one text into the other (Levenshtein 1966). Time is the product of both
/// lengths, memory the shorter's; what both texts begin and end with costs nothing.
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut above: Vec<usize> = (0..=short.len()).collect();
    for (i, x) in long.iter().enumerate() {
        let mut diagonal = above[0];
        above[0] = i + 1;
        for (j, y) in short.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = above[j + 1];
            above[j + 1] = replaced.min(above[j] + 1).min(diagonal + 1);
        }
    }
    above[short.len()]
}

/// Character errors of a text and the characters of the gold text; their ratio, over any number of texts, is the character error rate.
#[must_use]
pub fn character_errors(found: &str, gold: &str) -> (usize, usize) {
    (edit_distance(found, gold), gold.chars().count())
}

/// Strings of a page that were kept rightly, lost, kept wrongly and dropped rightly, as the extraction sets of trafilatura count them (Barbaresi
/// 2021): a string counts as kept if the text holds it, white space and case aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptStrings {
    /// Must stay and stand there.
    pub kept: u64,
    /// Must stay and are missing.
    pub lost: u64,
    /// Must go and stand there.
    pub intruding: u64,
    /// Must go and are gone.
    pub dropped: u64,
}

impl KeptStrings {
    /// Looks for every string in a text.
    #[must_use]
    pub fn of(text: &str, stay: &[String], go: &[String]) -> Self {
        let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let text = plain(text);
        let standing = |strings: &[String]| strings.iter().filter(|string| text.contains(&plain(string))).count() as u64;
        let (kept, intruding) = (standing(stay), standing(go));
        Self { kept, lost: stay.len() as u64 - kept, intruding, dropped: go.len() as u64 - intruding }
    }

    /// Of the strings that stand there, those that must: `kept / (kept + intruding)`. None where none stands.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        part(self.kept, self.kept + self.intruding)
    }

    /// Of the strings that must stay, those that do: `kept / (kept + lost)`. None where none must.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        part(self.kept, self.kept + self.lost)
    }

    /// Harmonic mean of both: `2 kept / (2 kept + intruding + lost)`.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        part(2 * self.kept, 2 * self.kept + self.intruding + self.lost)
    }
}

fn part(of: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

/// How well the roles of lines are told apart: the mean of the F1 of every role that the gold or the found labels name (macro F1), and the share of
/// lines that are right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoleScores {
    /// Mean F1 over roles.
    pub macro_f1: f64,
    /// Share of right lines.
    pub accuracy: f64,
}

/// Compares lines one by one, given as (gold, found). None without lines.
#[must_use]
pub fn role_f1<R: Ord + Copy>(lines: &[(R, R)]) -> Option<RoleScores> {
    // By role: right, found, wanted.
    let mut counts: BTreeMap<R, (u64, u64, u64)> = BTreeMap::new();
    for (gold, found) in lines {
        counts.entry(*gold).or_default().2 += 1;
        counts.entry(*found).or_default().1 += 1;
        counts.entry(*gold).or_default().0 += u64::from(gold == found);
    }
    let f1 = |(right, found, wanted): &(u64, u64, u64)| (2 * right) as f64 / (found + wanted) as f64;
    let right: u64 = counts.values().map(|(right, _, _)| right).sum();
    (!lines.is_empty()).then(|| RoleScores {
        macro_f1: counts.values().map(f1).sum::<f64>() / counts.len() as f64,
        accuracy: right as f64 / lines.len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strings(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn edit_distance_of_the_textbook() {
        // Levenshtein's measure in every textbook: kitten -> sitten -> sittin -> sitting.
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("intention", "execution"), 5);
        assert_eq!((edit_distance("", "abc"), edit_distance("é", "e"), edit_distance("x", "x")), (3, 1, 0));
        assert_eq!(character_errors("tbe ca t", "the cat"), (2, 7));
    }

    proptest! {
        #[test]
        fn edit_distance_is_a_metric(a in "[ab]{0,12}", b in "[ab]{0,12}", c in "[ab]{0,12}") {
            let d = edit_distance;
            prop_assert_eq!(d(&a, &b), d(&b, &a));
            prop_assert_eq!(d(&a, &b) == 0, a == b);
            prop_assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c));
            prop_assert!(d(&a, &b) <= a.len().max(b.len()));
            prop_assert!(d(&a, &b) >= a.len().abs_diff(b.len()));
        }
    }

    #[test]
    fn kept_strings_by_hand() {
        let text = "The ferry\n  leaves at nine. Share this page.";
        let counts = KeptStrings::of(text, &strings(&["ferry leaves", "at ten"]), &strings(&["SHARE this", "cookies"]));
        assert_eq!(counts, KeptStrings { kept: 1, lost: 1, intruding: 1, dropped: 1 });
        assert_eq!((counts.precision(), counts.recall(), counts.f1()), (Some(0.5), Some(0.5), Some(0.5)));
        assert_eq!(KeptStrings::default().precision(), None);
    }

    #[test]
    fn role_f1_by_hand() {
        // p: right 2, found 3, wanted 2 -> 4/5; h: right 1, found 1, wanted 2 -> 2/3.
        let lines = [('p', 'p'), ('p', 'p'), ('h', 'p'), ('h', 'h')];
        let scores = role_f1(&lines).unwrap();
        assert!((scores.macro_f1 - (0.8 + 2.0 / 3.0) / 2.0).abs() < 1e-12 && scores.accuracy == 0.75, "{scores:?}");
        assert_eq!(role_f1::<char>(&[]), None);
    }
}
