//! The edits between a true and a read text: the cheapest alignment, and what is counted in it.

use std::cmp::Ordering;
use std::collections::HashMap;

/// One step of an alignment: a true character or none, a read one or none.
pub type Step = (Option<char>, Option<char>);

/// The cheapest alignment of a pair (Levenshtein 1966).
pub fn align(truth: &[char], read: &[char]) -> Vec<Step> {
    let width = read.len() + 1;
    let mut cost = vec![0_u16; (truth.len() + 1) * width];
    (0..width).for_each(|j| cost[j] = j as u16);
    for i in 1..=truth.len() {
        cost[i * width] = i as u16;
        for j in 1..width {
            let change = u16::from(truth[i - 1] != read[j - 1]);
            cost[i * width + j] =
                (cost[(i - 1) * width + j - 1] + change).min(cost[(i - 1) * width + j] + 1).min(cost[i * width + j - 1] + 1);
        }
    }
    let (mut i, mut j, mut steps) = (truth.len(), read.len(), Vec::new());
    while i > 0 || j > 0 {
        let here = cost[i * width + j];
        let change = |i: usize, j: usize| u16::from(truth[i - 1] != read[j - 1]);
        if i > 0 && j > 0 && cost[(i - 1) * width + j - 1] + change(i, j) == here {
            (i, j) = (i - 1, j - 1);
            steps.push((Some(truth[i]), Some(read[j])));
        } else if i > 0 && cost[(i - 1) * width + j] + 1 == here {
            i -= 1;
            steps.push((Some(truth[i]), None));
        } else {
            j -= 1;
            steps.push((None, Some(read[j])));
        }
    }
    steps.reverse();
    steps
}

/// Edits for each true character.
pub fn error_rate(steps: &[Step], length: usize) -> f64 {
    steps.iter().filter(|(truth, read)| truth != read).count() as f64 / length.max(1) as f64
}

/// What is counted over all pairs.
#[derive(Default)]
pub struct Seen {
    pub confusions: HashMap<(String, String), usize>,
    /// Confuse, break, join, case.
    pub ways: [usize; 4],
    /// Edits of each state that are the last of their word, and those that are not.
    pub last: [[usize; 2]; 3],
    pub shares: Vec<f64>,
    /// Sums for the correlation of neighbouring words.
    pub both: f64,
    pub single: f64,
}

impl Seen {
    /// Counts one pair, word by word.
    pub fn count(&mut self, steps: &[Step]) {
        let mut words: Vec<Vec<Step>> = vec![Vec::new()];
        for step in steps {
            words.last_mut().into_iter().for_each(|word| word.push(*step));
            if step.0 == Some(' ') {
                words.push(Vec::new());
            }
        }
        let damaged: Vec<bool> = words.iter().map(|word| word.iter().any(|(truth, read)| truth != read)).collect();
        let share = damaged.iter().filter(|damaged| **damaged).count() as f64 / damaged.len() as f64;
        self.shares.push(share);
        for pair in damaged.windows(2) {
            // Against the segment's own share: bursts inside a segment, not good and bad segments.
            let of = |damaged: bool| f64::from(u8::from(damaged));
            self.both += (of(pair[0]) - share) * (of(pair[1]) - share);
            self.single += share * (1.0 - share);
        }
        words.iter().for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &[Step]) {
        let edits = runs(word);
        let count = edits.len();
        for (number, (original, read)) in edits.into_iter().enumerate() {
            if original == " " && read.is_empty() {
                self.ways[2] += 1;
            } else if original.is_empty() || original.contains(' ') {
                continue;
            } else if read.contains(' ') {
                self.ways[1] += 1;
            } else if original.to_lowercase() == read.to_lowercase() {
                self.ways[3] += 1;
            } else {
                if number == 0 {
                    self.ways[0] += 1;
                }
                let state = match read.chars().count().cmp(&original.chars().count()) {
                    Ordering::Equal => 0,
                    Ordering::Greater => 1,
                    Ordering::Less => 2,
                };
                self.last[state][usize::from(number + 1 < count)] += 1;
                if is_kept(&original, &read) {
                    *self.confusions.entry((original, read)).or_default() += 1;
                }
            }
        }
    }
}

/// Neighbouring edits as one, an insertion with the character before it.
fn runs(word: &[Step]) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for (at, (truth, read)) in word.iter().enumerate() {
        if truth == read {
            open = false;
            continue;
        }
        if !open {
            let anchor = (truth.is_none() && at > 0).then(|| word[at - 1].0).flatten().filter(|before| Some(*before) == word[at - 1].1);
            let anchor: String = anchor.into_iter().collect();
            out.push((anchor.clone(), anchor));
            open = true;
        }
        if let Some((original, seen)) = out.last_mut() {
            original.extend(truth);
            seen.extend(read);
        }
    }
    out
}

/// Confusions that may stand in any file format: short, of letters and digits, or of single marks.
fn is_kept(original: &str, read: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '\'' | '-' | ';' | ':' | '!' | '?');
    let solid = original.chars().all(|c| c.is_ascii_alphanumeric()) || original.chars().count() == 1;
    let letters = read.is_empty() || original.chars().any(char::is_alphanumeric);
    solid && letters && original.chars().count() <= 3 && read.chars().count() <= 4 && original.chars().all(plain) && read.chars().all(plain)
}
