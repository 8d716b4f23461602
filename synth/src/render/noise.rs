//! Recognition damage as a fitted channel from clean text to pieces: what is copied, and what stands in place of something else.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::channels::NoiseChannel;
use crate::SynthError;
use crate::world::grammar::read;

/// A stretch of clean text on its way into a file. A space that is copied is a piece of its own: lines may be broken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Copied as it is.
    Same(Range<usize>),
    /// Replaced by other text, by this channel.
    Damaged(Range<usize>, String, NoiseChannel),
}

impl Piece {
    pub fn clean(&self) -> &Range<usize> {
        match self {
            Self::Same(range) | Self::Damaged(range, ..) => range,
        }
    }

    /// What goes into the file.
    pub fn text<'a>(&'a self, clean: &'a str) -> &'a str {
        match self {
            Self::Same(range) => &clean[range.clone()],
            Self::Damaged(_, text, _) => text,
        }
    }

    pub fn is_space(&self, clean: &str) -> bool {
        matches!(self, Self::Same(range) if &clean[range.clone()] == " ")
    }
}

/// `language/ocr.toml`, written by `cargo run --release -p synth --example fit_noise`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoiseFile {
    /// What stood on the page, what was read, and how often per 10,000 places where it stood.
    confusions: Vec<(String, String, f64)>,
    /// Relative weights of the ways in which a word is damaged.
    confuse: f64,
    break_word: f64,
    join_words: f64,
    change_case: f64,
    /// Chance that a damaged word is damaged once more, after a substitution, an insertion, a deletion.
    again: [f64; 3],
    /// Correlation of the damage of neighbouring words.
    persistence: f64,
    /// Damage of a segment, from the least to the most damaged, at equal steps (up to 2, see `pieces`): what gives the character error rates of real segments.
    levels: Vec<f64>,
}

/// The ways in which recognition damages a word, in the order of their weights.
const WAYS: [NoiseChannel; 4] = [NoiseChannel::Confusions, NoiseChannel::BrokenWords, NoiseChannel::JoinedWords, NoiseChannel::ChangedCase];

/// A fitted channel: words are damaged in bursts (a two-state Markov chain), a damaged word once or several times (by the state of the last
/// edit), each time by a confusion of the table, drawn by its rate where it can happen. Estimated from aligned pairs of read and true text.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// By first character of what stood there.
    confusions: HashMap<char, Vec<(String, String, f64)>>,
    ways: WeightedIndex<f64>,
    /// Whether there are several ways: a word too short to be broken is then confused.
    mixed: bool,
    /// Ways that are drawn as the others are, and then do nothing.
    without: BTreeSet<NoiseChannel>,
    again: [f64; 3],
    persistence: f64,
    levels: Vec<f64>,
}

impl Channel {
    pub fn load() -> Result<Self, SynthError> {
        let name = "language/ocr.toml";
        let file: NoiseFile = read(name, include_str!("../../language/ocr.toml"))?;
        let ways = WeightedIndex::new([file.confuse, file.break_word, file.join_words, file.change_case])
            .map_err(|error| SynthError::data(name, error))?;
        let mut confusions: HashMap<char, Vec<(String, String, f64)>> = HashMap::new();
        for (original, read, rate) in file.confusions {
            let first = original.chars().next().ok_or_else(|| SynthError::data(name, "a confusion of nothing"))?;
            confusions.entry(first).or_default().push((original, read, rate));
        }
        let (again, persistence, levels) = (file.again, file.persistence, file.levels);
        Ok(Self { confusions, ways, mixed: true, without: BTreeSet::new(), again, persistence, levels })
    }

    /// The same channel with one way of damage alone: confusions, broken words, joined words, changed case.
    pub fn only(self, way: usize) -> Result<Self, SynthError> {
        let ways = WeightedIndex::new((0..4).map(|at| f64::from(u8::from(at == way))));
        Ok(Self { ways: ways.map_err(|error| SynthError::data("way of damage", error))?, mixed: false, ..self })
    }

    /// The same channel without some ways: the words they would damage stay, all others are damaged as before.
    pub fn without(self, without: &BTreeSet<NoiseChannel>) -> Self {
        Self { without: without.clone(), ..self }
    }

    /// The damage that gives the error rate of a real segment at this place in the order from best to worst (0 to 1).
    pub fn level(&self, place: f64) -> f64 {
        let steps = self.levels.len().saturating_sub(1) as f64;
        let (low, part) = ((place * steps).floor(), (place * steps).fract());
        let at = |step: f64| self.levels.get(step as usize).or(self.levels.last()).copied().unwrap_or(0.0);
        at(low) * (1.0 - part) + at(low + 1.0) * part
    }

    /// Cuts a clean text into pieces, damaging this share of its words; what lies above 1 is the chance that a word is damaged once more.
    pub fn pieces(&self, clean: &str, range: Range<usize>, damage: f64, rng: &mut ChaCha8Rng) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut join, mut damaged) = (false, None);
        let mut at = range.start;
        for word in clean[range].split_inclusive(' ') {
            let body = word.trim_end_matches(' ');
            let start = at;
            let end = start + body.len();
            at += word.len();
            // The chain's stationary share is `share`, whatever its persistence.
            let share = damage.min(1.0);
            let chance = match damaged {
                None => share,
                Some(true) => share + self.persistence * (1.0 - share),
                Some(false) => share * (1.0 - self.persistence),
            };
            let way = (chance > 0.0 && !body.is_empty() && rng.random_bool(chance.min(1.0))).then(|| WAYS[self.ways.sample(rng)]);
            damaged = Some(way.is_some());
            let way = way.map(|way| self.possible(way, &clean[start..end]));
            let first = pieces.len();
            match way {
                Some(NoiseChannel::Confusions) => self.confuse(clean, start..end, damage - 1.0, &mut pieces, rng),
                Some(NoiseChannel::BrokenWords) => break_word(clean, start..end, &mut pieces, rng),
                Some(NoiseChannel::ChangedCase) => change_case(clean, start..end, &mut pieces, rng),
                way => {
                    join = way == Some(NoiseChannel::JoinedWords);
                    same(start..end, &mut pieces);
                }
            }
            if way.is_some_and(|way| self.without.contains(&way)) {
                pieces.truncate(first);
                same(start..end, &mut pieces);
                join = false;
            }
            for space in end..at {
                let range = space..space + 1;
                pieces.push(if join { Piece::Damaged(range, String::new(), NoiseChannel::JoinedWords) } else { Piece::Same(range) });
            }
            join = false;
        }
        pieces
    }

    /// The way itself, or a confusion where a word is too short to be broken and several ways are mixed; what cannot be broken else stays.
    fn possible(&self, way: NoiseChannel, word: &str) -> NoiseChannel {
        if way == NoiseChannel::BrokenWords && self.mixed && !can_break(word) { NoiseChannel::Confusions } else { way }
    }

    /// Damages a word in one place or more, after each with this chance at least in another.
    fn confuse(&self, clean: &str, word: Range<usize>, goes_on: f64, pieces: &mut Vec<Piece>, rng: &mut ChaCha8Rng) {
        let mut places = self.places(clean, &word);
        let mut chosen: Vec<(Range<usize>, &str)> = Vec::new();
        while let Ok(weights) = WeightedIndex::new(places.iter().map(|(_, _, rate)| *rate)) {
            let (range, read, _) = places.swap_remove(weights.sample(rng));
            let state = match read.len().cmp(&range.len()) {
                Ordering::Equal => 0,
                Ordering::Greater => 1,
                Ordering::Less => 2,
            };
            places.retain(|(other, _, _)| other.end <= range.start || range.end <= other.start);
            chosen.push((range, read));
            if !rng.random_bool(self.again[state].max(goes_on).min(1.0)) {
                break;
            }
        }
        chosen.sort_by_key(|(range, _)| range.start);
        let mut at = word.start;
        for (range, read) in chosen {
            same(at..range.start, pieces);
            at = range.end;
            pieces.push(Piece::Damaged(range, read.to_owned(), NoiseChannel::Confusions));
        }
        same(at..word.end, pieces);
    }

    /// Where in a word which confusion may happen, with its rate. Nothing is deleted at the ends, nor beside a mark ("Silo)", "Silo's"): a value
    /// that ends there must keep its first and last sign.
    fn places(&self, clean: &str, word: &Range<usize>) -> Vec<(Range<usize>, &str, f64)> {
        let text = &clean[word.clone()];
        let mut places = Vec::new();
        for (at, first) in text.char_indices() {
            for (original, read, rate) in self.confusions.get(&first).map_or(&[][..], Vec::as_slice) {
                let Some(behind) = text[at..].strip_prefix(original.as_str()) else { continue };
                let end = at + original.len();
                let is_inside = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
                let inner = at > 1 && behind.len() > 1 && is_inside(text[..at].chars().next_back()) && is_inside(behind.chars().next());
                if !read.is_empty() || inner {
                    places.push((word.start + at..word.start + end, read.as_str(), *rate));
                }
            }
        }
        places
    }
}

/// A copied piece, unless it is empty.
pub(crate) fn same(range: Range<usize>, pieces: &mut Vec<Piece>) {
    if !range.is_empty() {
        pieces.push(Piece::Same(range));
    }
}

fn can_break(word: &str) -> bool {
    word.len() >= 5 && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A space inside a word: "inter nal".
fn break_word(clean: &str, word: Range<usize>, pieces: &mut Vec<Piece>, rng: &mut ChaCha8Rng) {
    let text = &clean[word.clone()];
    if !can_break(text) {
        return same(word, pieces);
    }
    let cut = word.start + rng.random_range(2..text.len() - 1);
    same(word.start..cut, pieces);
    pieces.push(Piece::Damaged(cut..cut, " ".into(), NoiseChannel::BrokenWords));
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
    pieces.push(Piece::Damaged(start..start + core.len(), changed, NoiseChannel::ChangedCase));
    same(start + core.len()..word.end, pieces);
}

#[cfg(test)]
mod tests;
