//! Light recognition damage as a channel from clean text to pieces: what is copied, and what stands in place of something else.

use std::ops::Range;

use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use crate::SynthError;
use crate::world::grammar::read;

/// A stretch of clean text on its way into a file. A space that is copied is a piece of its own: lines may be broken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Copied as it is.
    Same(Range<usize>),
    /// Replaced by other text.
    Damaged(Range<usize>, String),
}

impl Piece {
    pub fn clean(&self) -> &Range<usize> {
        match self {
            Self::Same(range) | Self::Damaged(range, _) => range,
        }
    }

    /// What goes into the file.
    pub fn text<'a>(&'a self, clean: &'a str) -> &'a str {
        match self {
            Self::Same(range) => &clean[range.clone()],
            Self::Damaged(_, text) => text,
        }
    }

    pub fn is_space(&self, clean: &str) -> bool {
        matches!(self, Self::Same(range) if &clean[range.clone()] == " ")
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoiseFile {
    confusions: Vec<(String, String, f64)>,
    confuse: f64,
    break_word: f64,
    join_words: f64,
    change_case: f64,
}

/// The damage table of `worlds/noise.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    confusions: Vec<(String, String, f64)>,
    ways: WeightedIndex<f64>,
}

impl Channel {
    pub fn load() -> Result<Self, SynthError> {
        let name = "worlds/noise.toml";
        let file: NoiseFile = read(name, include_str!("../../worlds/noise.toml"))?;
        let ways = WeightedIndex::new([file.confuse, file.break_word, file.join_words, file.change_case])
            .map_err(|error| SynthError::data(name, error))?;
        Ok(Self { confusions: file.confusions, ways })
    }

    /// Cuts a clean text into pieces, damaging this share of its words.
    pub fn pieces(&self, clean: &str, range: Range<usize>, damage: f64, rng: &mut ChaCha8Rng) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut join = false;
        let mut at = range.start;
        for word in clean[range].split_inclusive(' ') {
            let body = word.trim_end_matches(' ');
            let start = at;
            let end = start + body.len();
            at += word.len();
            let way = (damage > 0.0 && !body.is_empty() && rng.random_bool(damage)).then(|| self.ways.sample(rng));
            match way {
                Some(0) => self.confuse(clean, start..end, &mut pieces, rng),
                Some(1) => break_word(clean, start..end, &mut pieces, rng),
                Some(3) => change_case(clean, start..end, &mut pieces, rng),
                way => {
                    join = way == Some(2);
                    same(start..end, &mut pieces);
                }
            }
            for space in end..at {
                pieces.push(if join { Piece::Damaged(space..space + 1, String::new()) } else { Piece::Same(space..space + 1) });
            }
            join = false;
        }
        pieces
    }

    fn confuse(&self, clean: &str, word: Range<usize>, pieces: &mut Vec<Piece>, rng: &mut ChaCha8Rng) {
        let text = &clean[word.clone()];
        let mut places: Vec<(usize, usize, f64)> = Vec::new();
        for (rule, (original, _, weight)) in self.confusions.iter().enumerate() {
            places.extend(text.match_indices(original.as_str()).map(|(at, _)| (at, rule, *weight)));
        }
        let Ok(weights) = WeightedIndex::new(places.iter().map(|(_, _, weight)| *weight)) else {
            return same(word, pieces);
        };
        let (at, rule, _) = places[weights.sample(rng)];
        let (original, read, _) = &self.confusions[rule];
        let (start, end) = (word.start + at, word.start + at + original.len());
        same(word.start..start, pieces);
        pieces.push(Piece::Damaged(start..end, read.clone()));
        same(end..word.end, pieces);
    }
}

fn same(range: Range<usize>, pieces: &mut Vec<Piece>) {
    if !range.is_empty() {
        pieces.push(Piece::Same(range));
    }
}

/// A space inside a word: "inter nal".
fn break_word(clean: &str, word: Range<usize>, pieces: &mut Vec<Piece>, rng: &mut ChaCha8Rng) {
    let text = &clean[word.clone()];
    if text.len() < 5 || !text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return same(word, pieces);
    }
    let cut = word.start + rng.random_range(2..text.len() - 1);
    same(word.start..cut, pieces);
    pieces.push(Piece::Damaged(cut..cut, " ".into()));
    same(cut..word.end, pieces);
}

/// A word all in capitals, or a capital in small.
fn change_case(clean: &str, word: Range<usize>, pieces: &mut Vec<Piece>, rng: &mut ChaCha8Rng) {
    // The marks around a word are no part of it: a value may end before them.
    let text = &clean[word.clone()];
    let core = text.trim_matches(|c: char| !c.is_alphanumeric());
    let changed = if rng.random_bool(0.5) { core.to_ascii_uppercase() } else { core.to_ascii_lowercase() };
    if core.is_empty() || !core.is_ascii() || changed == core {
        return same(word, pieces);
    }
    let start = word.start + (text.len() - text.trim_start_matches(|c: char| !c.is_alphanumeric()).len());
    same(word.start..start, pieces);
    pieces.push(Piece::Damaged(start..start + core.len(), changed));
    same(start + core.len()..word.end, pieces);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    proptest! {
        #[test]
        fn pieces_cover_the_clean_text_in_order(text in "[a-zA-Zé0-9.,]{0,9}( {1,2}[a-zA-Zö0-9.,]{1,9}){0,12}", damage in 0.0..1.0_f64, seed: u64) {
            let channel = Channel::load().unwrap();
            let pieces = channel.pieces(&text, 0..text.len(), damage, &mut ChaCha8Rng::seed_from_u64(seed));
            let restored: String = pieces.iter().map(|piece| &text[piece.clean().clone()]).collect();
            prop_assert_eq!(&restored, &text);
            if damage == 0.0 {
                let written: String = pieces.iter().map(|piece| piece.text(&text)).collect();
                prop_assert_eq!(written, text);
            }
        }
    }

    #[test]
    fn damage_of_case_stays_inside_the_word() {
        for seed in 0..20 {
            let (text, mut pieces) = ("(Kellhurst).", Vec::new());
            change_case(text, 0..text.len(), &mut pieces, &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(pieces[0], Piece::Same(0..1));
            assert_eq!(pieces[1].clean(), &(1..10));
        }
    }

    #[test]
    fn a_share_of_the_words_is_damaged() {
        let text = "modern machinery hums in every hall ".repeat(200);
        let pieces = Channel::load().unwrap().pieces(&text, 0..text.len(), 0.1, &mut ChaCha8Rng::seed_from_u64(1));
        let damaged = pieces.iter().filter(|piece| matches!(piece, Piece::Damaged(..))).count();
        assert!((60..180).contains(&damaged), "{damaged}");
    }
}
