//! Where a text changes its subject: the cut into parts that makes the sums of their sentences' vectors longest. Vectors that point one way add up,
//! unlike ones do not, so a part of one subject is worth about its number of sentences and a mixed one less. After Utiyama and Isahara
//! (2001), who look for the most probable cut with a cost for each part, and Alemi and Ginsparg (2015), who do it with word vectors.

use std::ops::Range;

/// A sentence and what it is about: a vector of length 1, or 0 where it says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The meanings of its words.
    pub meaning: Vec<f32>,
    /// Its words with their weights, each once.
    pub words: Vec<(u32, f32)>,
    /// Its place in the text, in bytes.
    pub place: Range<usize>,
    /// Whether a part may begin with it.
    pub may_begin: bool,
}

/// How long parts are, in bytes. Units that may not be parted can be longer, and a text shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At least.
    pub least: usize,
    /// At most.
    pub most: usize,
}

/// What a part that is too short costs: it is made only where there is no other way.
const SHORT: f32 = 1_000.0;

/// Which units begin a part; the first one does. Each part costs `penalty`.
#[must_use]
pub fn cut_units(units: &[Unit], penalty: f32, limits: Limits) -> Vec<bool> {
    let mut begins = vec![false; units.len()];
    let mut best: Vec<(f32, usize)> = vec![(0.0, 0)];
    let mut sum = Sum::of(units);
    for end in 1..=units.len() {
        let mut found = (f32::NEG_INFINITY, end - 1);
        // No part ends inside units that stay together.
        if units.get(end).is_none_or(|next| next.may_begin) {
            sum.clear();
            for start in (0..end).rev() {
                sum.add(&units[start]);
                if start > 0 && !units[start].may_begin {
                    continue;
                }
                let bytes = units[end - 1].place.end.saturating_sub(units[start].place.start);
                if bytes > limits.most && found.0 > f32::NEG_INFINITY {
                    break;
                }
                let short = if bytes < limits.least { SHORT } else { 0.0 };
                let value = best[start].0 + sum.length() - penalty - short;
                if value > found.0 {
                    found = (value, start);
                }
            }
        }
        best.push(found);
    }
    let mut end = units.len();
    while end > 0 {
        end = best[end].1;
        begins[end] = true;
    }
    begins
}

/// A sum of vectors that knows its length.
struct Sum {
    meaning: Vec<f32>,
    words: Vec<f32>,
    touched: Vec<u32>,
    square: f32,
}

impl Sum {
    fn of(units: &[Unit]) -> Self {
        let words = units.iter().flat_map(|unit| &unit.words).map(|(word, _)| *word as usize + 1).max().unwrap_or(0);
        let width = units.first().map_or(0, |unit| unit.meaning.len());
        Self { meaning: vec![0.0; width], words: vec![0.0; words], touched: Vec::new(), square: 0.0 }
    }

    fn clear(&mut self) {
        self.meaning.fill(0.0);
        self.touched.drain(..).for_each(|word| self.words[word as usize] = 0.0);
        self.square = 0.0;
    }

    /// `|s + v|^2 = |s|^2 + 2 s v + |v|^2`
    fn add(&mut self, unit: &Unit) {
        for (sum, value) in self.meaning.iter_mut().zip(&unit.meaning) {
            self.square += value * (2.0 * *sum + value);
            *sum += value;
        }
        for (word, value) in &unit.words {
            let sum = &mut self.words[*word as usize];
            self.square += value * (2.0 * *sum + value);
            *sum += value;
            self.touched.push(*word);
        }
    }

    fn length(&self) -> f32 {
        self.square.max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sentences of 10 bytes about one of a few subjects each.
    fn units(subjects: &[u32]) -> Vec<Unit> {
        let unit = |(at, subject): (usize, &u32)| Unit {
            meaning: vec![],
            words: vec![(*subject, 1.0)],
            place: at * 10..at * 10 + 9,
            may_begin: true,
        };
        subjects.iter().enumerate().map(unit).collect()
    }

    fn firsts(begins: &[bool]) -> Vec<usize> {
        begins.iter().enumerate().filter(|(_, begins)| **begins).map(|(at, _)| at).collect()
    }

    const WIDE: Limits = Limits { least: 0, most: 1_000 };

    #[test]
    fn parts_begin_where_the_subject_changes_and_a_word_apart_is_no_part() {
        assert_eq!(firsts(&cut_units(&units(&[1, 1, 1, 2, 2, 2]), 0.8, WIDE)), [0, 3]);
        // One sentence about something else between two of a kind is worth 1 more alone, but costs two cuts.
        assert_eq!(firsts(&cut_units(&units(&[1, 1, 1, 2, 1, 1, 1]), 0.8, WIDE)), [0]);
        assert_eq!(firsts(&cut_units(&units(&[1; 40]), 0.8, WIDE)), [0]);
        assert!(cut_units(&[], 0.8, WIDE).is_empty());
    }

    #[test]
    fn limits_hold_and_units_that_stay_together_are_not_parted() {
        assert_eq!(firsts(&cut_units(&units(&[1; 10]), 0.8, Limits { least: 0, most: 50 })).len(), 2);
        // One sentence alone is too short for a part.
        assert_eq!(firsts(&cut_units(&units(&[1, 2, 2, 2, 2]), 0.1, WIDE)), [0, 1]);
        assert_eq!(firsts(&cut_units(&units(&[1, 2, 2, 2, 2]), 0.1, Limits { least: 15, most: 1_000 })), [0, 2]);
        let mut together = units(&[1, 1, 1, 2, 2, 2]);
        together[3].may_begin = false;
        assert_eq!(firsts(&cut_units(&together, 0.8, WIDE)).iter().filter(|at| **at == 3).count(), 0);
    }

    proptest! {
        #[test]
        fn every_part_fits_where_its_units_do(subjects in prop::collection::vec(0..4_u32, 1..60), most in 10..200_usize) {
            let units = units(&subjects);
            let mut begins = firsts(&cut_units(&units, 0.5, Limits { least: 0, most }));
            prop_assert_eq!(begins[0], 0);
            begins.push(units.len());
            for part in begins.windows(2) {
                prop_assert!(units[part[1] - 1].place.end - units[part[0]].place.start <= most);
            }
        }
    }
}
