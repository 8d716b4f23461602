//! Pairs of recognised and true text, as edits of characters. Only what a reader of the recognised text could know is a target: where the two
//! tell different things (another edition, a cut at the end, a passage that one of them lacks) nothing is learned.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::align::{DELETE, EditTargets, INSERT, MASKED, REPLACE};
use super::examples::{DataError, EditExample};
use crate::model::{END, Vocabulary, class, writable};

/// Longest stretch of differences that is taken for damage, in characters.
const LONGEST: usize = 8;
/// The same at the ends of a pair, which are often cut at different places.
const LONGEST_AT_ENDS: usize = 2;
/// Longest pair, in characters: aligning takes the square of it.
const LONGEST_PAIR: usize = 1_000;
/// Words in a row that two texts do not share by chance, and how many such rows make them the same text.
const ROW: usize = 6;
const LEAST_SHARED: usize = 2;
/// Every so many pairs one is held out, to find thresholds with.
const HELD_OUT: usize = 20;

/// A recognised text and what it should read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// As it was recognised.
    pub damaged: String,
    /// As it should read.
    pub gold: String,
}

/// Pairs to learn from, those held out, and how many were left out because they stand in files that must not be learned from.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// To learn from.
    pub train: Vec<Pair>,
    /// To find thresholds with; they share no text with the others.
    pub held_out: Vec<Pair>,
    /// Pairs left out because their text stands in a file that is kept apart.
    pub left_out: usize,
}

impl Pairs {
    /// Loads tab-separated files with the columns `input` and `output`; texts that share two rows of six words with one of `apart` stay out.
    ///
    /// # Errors
    /// If a file cannot be read or names no such columns.
    pub fn load(files: &[PathBuf], apart: &[PathBuf]) -> Result<Self, DataError> {
        let mut forbidden = HashSet::new();
        for file in apart {
            read(file)?.iter().for_each(|pair| forbidden.extend(rows(pair)));
        }
        let mut out = Self::default();
        for file in files {
            let all = read(file)?;
            let count = all.len();
            let fresh: Vec<Pair> = all.into_par_iter().filter(|pair| shared(pair, &forbidden) < LEAST_SHARED).collect();
            out.left_out += count - fresh.len();
            for (at, pair) in fresh.into_iter().enumerate() {
                if at % HELD_OUT == 0 { out.held_out.push(pair) } else { out.train.push(pair) }
            }
        }
        let held_out: HashSet<u64> = out.held_out.iter().flat_map(rows).collect();
        out.train.retain(|pair| shared(pair, &held_out) < LEAST_SHARED);
        Ok(out)
    }

    /// What the head learns: every pair, and every second true text as a text that stays as it is.
    #[must_use]
    pub fn examples(&self, vocabulary: Vocabulary<'_>, window: usize) -> Vec<EditExample> {
        let one = |(at, pair): (usize, &Pair)| {
            let damaged: Vec<char> = pair.damaged.chars().collect();
            let mut out = stretches(&pair.damaged, &targets(&damaged, &pair.gold.chars().collect::<Vec<_>>()), vocabulary, window);
            if at % 2 == 0 {
                out.extend(stretches(&pair.gold, &EditTargets::clean(pair.gold.chars().count()), vocabulary, window));
            }
            out
        };
        self.train.par_iter().enumerate().flat_map_iter(one).collect()
    }
}

/// The pairs of a file in their order.
///
/// # Errors
/// If it cannot be read or names no columns `input` and `output`.
pub fn read(path: &Path) -> Result<Vec<Pair>, DataError> {
    let unusable = |reason: String| DataError::Unusable { path: path.to_path_buf(), reason };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').map(str::trim).collect();
    let column = |name: &str| header.iter().position(|column| *column == name);
    let (Some(input), Some(output)) = (column("input"), column("output")) else {
        return Err(unusable("the first line names no columns `input` and `output`".into()));
    };
    let whole = |text: &str| text.replace("\\\"", "\"").split_whitespace().collect::<Vec<_>>().join(" ");
    let pair = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        Some(Pair { damaged: whole(columns.get(input)?), gold: whole(columns.get(output)?) })
    };
    Ok(lines.filter_map(pair).filter(|pair| !pair.damaged.is_empty() && pair.damaged.len().max(pair.gold.len()) <= LONGEST_PAIR).collect())
}

/// Hashes of the rows of words of both texts.
fn rows(pair: &Pair) -> Vec<u64> {
    let of = |text: &str| -> Vec<u64> {
        let words: Vec<String> = text::words(text).map(|word| text[word].to_lowercase()).collect();
        let hash =
            |row: &[String]| u64::from_le_bytes(blake3::hash(row.join(" ").as_bytes()).as_bytes()[..8].try_into().unwrap_or_default());
        words.windows(ROW).map(hash).collect()
    };
    of(&pair.damaged).into_iter().chain(of(&pair.gold)).collect()
}

fn shared(pair: &Pair, known: &HashSet<u64>) -> usize {
    rows(pair).iter().filter(|row| known.contains(row)).count()
}

fn stretches(text: &str, targets: &EditTargets, vocabulary: Vocabulary<'_>, window: usize) -> Vec<EditExample> {
    let characters: Vec<u8> = text.chars().map(class).chain([END]).collect();
    let knowledge = vocabulary.knowledge(text);
    let cut = |start: usize| {
        let range = start..(start + window).min(characters.len());
        EditExample {
            characters: characters[range.clone()].to_vec(),
            knowledge: knowledge[range.clone()].to_vec(),
            targets: EditTargets { operations: targets.operations[range.clone()].to_vec(), insertions: targets.insertions[range].to_vec() },
        }
    };
    (0..characters.len()).step_by(window).map(cut).collect()
}

/// One step of an alignment: a character of each text, or of one alone.
type Step = (Option<usize>, Option<usize>);

/// The edits that turn one text into the other, masked where they are more than damage.
#[must_use]
pub fn targets(damaged: &[char], gold: &[char]) -> EditTargets {
    let mut out = EditTargets::clean(damaged.len());
    let steps = alignment(damaged, gold);
    let differs = |step: &Step| !matches!(step, (Some(i), Some(j)) if damaged[*i] == gold[*j]);
    let mut at = 0;
    while at < steps.len() {
        if !differs(&steps[at]) {
            at += 1;
            continue;
        }
        // A single equal character between differences is mostly chance.
        let mut end = at + 1;
        while end < steps.len() && (differs(&steps[end]) || steps.get(end + 1).is_some_and(differs)) {
            end += 1;
        }
        let at_end = at == 0 || end == steps.len();
        write(&steps[at..end], damaged.len(), at_end, (damaged, gold), &mut out);
        at = end;
    }
    out
}

fn write(steps: &[Step], length: usize, at_end: bool, (damaged, gold): (&[char], &[char]), out: &mut EditTargets) {
    let first = steps.iter().find_map(|step| step.0);
    let last = steps.iter().rev().find_map(|step| step.0);
    let place = |at: usize| steps[at..].iter().find_map(|step| step.0).or(last.map(|last| last + 1));
    let only_deletes = steps.iter().all(|step| step.1.is_none() || step.0.is_some_and(|i| step.1.is_some_and(|j| damaged[i] == gold[j])));
    let longest = if at_end { LONGEST_AT_ENDS } else { LONGEST };
    let is_damage = steps.len() <= longest || only_deletes && !at_end && steps.len() <= 2 * LONGEST;
    let mut changes: Vec<(usize, bool, i16)> = Vec::new();
    let mut fits = is_damage && first.is_some();
    for (at, step) in steps.iter().enumerate() {
        let change = match *step {
            (Some(i), Some(j)) if damaged[i] == gold[j] => continue,
            (Some(i), Some(j)) => writable(gold[j]).map(|class| (i, true, REPLACE + class as i16)),
            (Some(i), None) => Some((i, true, DELETE)),
            (None, Some(j)) => place(at).and_then(|i| Some((i, false, INSERT + writable(gold[j])? as i16))),
            (None, None) => continue,
        };
        // Two insertions at one place cannot be said.
        match change.filter(|change| change.1 || !changes.iter().any(|other| !other.1 && other.0 == change.0)) {
            Some(change) => changes.push(change),
            None => fits = false,
        }
    }
    let start = first.or_else(|| changes.first().map(|change| change.0)).unwrap_or(length);
    if fits {
        changes.iter().for_each(
            |(at, is_operation, class)| {
                if *is_operation { out.operations[*at] = *class } else { out.insertions[*at] = *class }
            },
        );
    } else {
        let end = last.map_or(start, |last| last + 1);
        out.operations[start..end].fill(MASKED);
        out.insertions[start..=end.min(length)].fill(MASKED);
    }
}

/// The cheapest alignment (Levenshtein), in order.
fn alignment(damaged: &[char], gold: &[char]) -> Vec<Step> {
    let columns = gold.len() + 1;
    let mut cost = vec![0_u32; (damaged.len() + 1) * columns];
    (0..columns).for_each(|j| cost[j] = j as u32);
    for i in 1..=damaged.len() {
        cost[i * columns] = i as u32;
        for j in 1..columns {
            let change = cost[(i - 1) * columns + j - 1] + u32::from(damaged[i - 1] != gold[j - 1]);
            cost[i * columns + j] = change.min(cost[(i - 1) * columns + j] + 1).min(cost[i * columns + j - 1] + 1);
        }
    }
    let (mut i, mut j) = (damaged.len(), gold.len());
    let mut steps = Vec::with_capacity(i.max(j));
    while i > 0 || j > 0 {
        let here = cost[i * columns + j];
        if i > 0 && j > 0 && cost[(i - 1) * columns + j - 1] + u32::from(damaged[i - 1] != gold[j - 1]) == here {
            (i, j) = (i - 1, j - 1);
            steps.push((Some(i), Some(j)));
        } else if i > 0 && cost[(i - 1) * columns + j] + 1 == here {
            i -= 1;
            steps.push((Some(i), None));
        } else {
            j -= 1;
            steps.push((None, Some(j)));
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::written;

    fn applied(damaged: &str, gold: &str) -> String {
        let characters: Vec<char> = damaged.chars().collect();
        let targets = targets(&characters, &gold.chars().collect::<Vec<_>>());
        let mut out = String::new();
        for at in 0..=characters.len() {
            if targets.insertions[at] >= INSERT {
                out.extend(written((targets.insertions[at] - INSERT) as usize));
            }
            match targets.operations[at] {
                DELETE => {}
                class if class >= REPLACE => out.extend(written((class - REPLACE) as usize)),
                _ => out.extend(characters.get(at)),
            }
        }
        out
    }

    #[test]
    fn damage_is_undone_and_another_edition_is_not_copied() {
        for (damaged, gold) in
            [("in tbe rnain hall of", "in the main hall of"), ("an ap pointment", "an appointment"), ("a hal here", "a hall here")]
        {
            assert_eq!(applied(damaged, gold), gold);
        }
        for (damaged, gold) in
            [("he went home by the old road at noon", "he came back by night at noon"), ("THE TITLE and so on", "before and so on")]
        {
            let masked = targets(&damaged.chars().collect::<Vec<_>>(), &gold.chars().collect::<Vec<_>>());
            assert!(masked.operations.contains(&MASKED), "{damaged}");
        }
    }

    #[test]
    fn what_stands_in_files_kept_apart_is_not_learned() {
        let dir = tempfile::tempdir().unwrap();
        let text = "one two three four five six seven eight";
        let path = |name: &str, rows: &str| {
            let path = dir.path().join(name);
            fs::write(&path, format!("id\tinput\toutput\n{rows}")).unwrap();
            path
        };
        let apart = path("apart.tsv", &format!("0\t{text}\t{text}\n"));
        let other = "a tale of two quite other things\tA tale of two quite other things";
        let files = path("train.tsv", &format!("0\tx {text}\tx {text}\n1\t{other}\n2\tshort\tshort\n"));
        let pairs = Pairs::load(&[files], &[apart]).unwrap();
        assert_eq!((pairs.left_out, pairs.train.len() + pairs.held_out.len()), (1, 2));
    }
}
