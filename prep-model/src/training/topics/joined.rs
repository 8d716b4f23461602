//! Texts joined of passages about other things each, which is what the cuts are fitted on: where one ends is known.

use std::path::Path;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::{Role, Section, Split, read_table};

use crate::model::{Topics, Unit};

/// Fewest sentences of a passage, and of what is taken of one.
const LEAST: usize = 3;
/// Most sentences taken of a passage, in half of the texts and in the others.
const MOST: [usize; 2] = [5, 11];
/// Shortest line that is taken for sentences, in bytes.
const LINE: usize = 40;

/// The running text of a folder of sections: sentences under one heading each.
pub(super) struct Passages {
    /// Of the training documents.
    pub train: Vec<Vec<String>>,
    /// Of the others.
    pub dev: Vec<Vec<String>>,
}

impl Passages {
    /// # Errors
    /// If the folder holds no sections.
    pub fn read(dir: &Path) -> Result<Self, String> {
        let mut out = Self { train: Vec::new(), dev: Vec::new() };
        let mut above: Option<(String, Vec<String>)> = None;
        let mut open: Vec<String> = Vec::new();
        for section in read_table::<Section>(dir).map_err(|error| error.to_string())? {
            let section = section.map_err(|error| error.to_string())?;
            let place = Some((section.doc_id, section.heading_path));
            if above != place {
                out.close(&mut open, above.as_ref());
                above = place;
            }
            for line in section.text.lines() {
                let reads = section.role == Role::Paragraph && line.len() >= LINE && line.ends_with(['.', '!', '?', '"', '\'', ')']);
                if reads {
                    open.extend(text::sentences(line).into_iter().map(|range| line[range].to_owned()));
                } else {
                    out.close(&mut open, above.as_ref());
                }
            }
        }
        out.close(&mut open, above.as_ref());
        Ok(out)
    }

    fn close(&mut self, open: &mut Vec<String>, place: Option<&(String, Vec<String>)>) {
        let passage = std::mem::take(open);
        let Some((doc_id, _)) = place.filter(|_| passage.len() >= LEAST) else { return };
        match Split::of(doc_id) {
            Split::Train => self.train.push(passage),
            _ => self.dev.push(passage),
        }
    }
}

/// A joined text.
pub(super) struct Joined {
    sentences: Vec<String>,
    /// Which sentences begin a passage.
    pub begins: Vec<bool>,
}

impl Joined {
    /// What its sentences are about.
    pub fn units(&self, topics: &Topics) -> Vec<Unit> {
        let mut start = 0;
        let places = self.sentences.iter().map(|sentence| {
            let place = start..start + sentence.len();
            start = place.end + 1;
            (sentence.as_str(), place)
        });
        topics.units(places)
    }
}

/// Joins `count` texts of 4 to 14 passages, or of parts of them: from the beginning in half of the cases, as Choi (2000) did.
pub(super) fn join(passages: &[Vec<String>], count: usize, seed: u64) -> Vec<Joined> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut out = Vec::with_capacity(count);
    while out.len() < count && passages.len() > 1 {
        let parts = random.random_range(4..=14).min(passages.len());
        let most = MOST[random.random_range(0..MOST.len())];
        let mut joined = Joined { sentences: Vec::new(), begins: Vec::new() };
        for passage in passages.choose_multiple(&mut random, parts) {
            let length = random.random_range(LEAST..=most).min(passage.len());
            let first = if random.random_bool(0.5) { 0 } else { random.random_range(0..=passage.len() - length) };
            joined.begins.extend((0..length).map(|at| at == 0));
            joined.sentences.extend_from_slice(&passage[first..first + length]);
        }
        out.push(joined);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_text_knows_where_its_passages_begin_and_the_seed_gives_it_again() {
        let passages: Vec<Vec<String>> = (0..20).map(|n| (0..6).map(|at| format!("{n} {at}")).collect()).collect();
        let texts = join(&passages, 8, 3);
        for text in &texts {
            for (at, pair) in text.sentences.windows(2).enumerate() {
                let of = |sentence: &str| sentence.split(' ').next().unwrap().to_owned();
                assert_eq!(text.begins[at + 1], of(&pair[0]) != of(&pair[1]));
            }
            assert!(text.begins[0]);
        }
        assert!(texts.iter().zip(join(&passages, 8, 3)).all(|(a, b)| a.sentences == b.sentences));
        assert!(join(&passages[..1], 8, 3).is_empty());
    }
}
