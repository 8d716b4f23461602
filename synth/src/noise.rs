//! The recognition channel by itself, for measuring it against real pairs (`examples/fit_noise`) and for damaging documents on purpose.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::SynthError;
use crate::render::noise::{Channel, Piece};

/// Tries to damage a segment somewhere, each at a level a little higher than the last, before it is left as it is.
const TRIES: usize = 40;
const RAISED: f64 = 1.3;

/// Texts as recognition would read them, each at a level drawn from the fitted levels of real segments; the same for the same seed.
///
/// # Errors
/// If the data file of the channel is broken.
pub fn misread(texts: &[String], seed: u64) -> Result<Vec<String>, SynthError> {
    let channel = Channel::load()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let read = |text: &String| {
        let level = channel.level(rng.random_range(0.0..1.0));
        damaged(&channel, text, level, &mut rng)
    };
    Ok(texts.iter().map(read).collect())
}

/// Texts as recognition would read them, all at one level (share of damaged words; above 1 they are damaged more than once).
///
/// # Errors
/// If the data file of the channel is broken.
pub fn misread_at(texts: &[String], level: f64, seed: u64) -> Result<Vec<String>, SynthError> {
    let channel = Channel::load()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Ok(texts.iter().map(|text| damaged(&channel, text, level, &mut rng)).collect())
}

/// A segment at a level: above 0 it has an error, as the real ones that the levels were fitted to were chosen for having some.
fn damaged(channel: &Channel, text: &str, level: f64, rng: &mut ChaCha8Rng) -> String {
    let mut read =
        |level: f64| -> String { channel.pieces(text, 0..text.len(), level, rng).iter().map(|piece| piece.text(text)).collect() };
    let (mut out, mut raised) = (read(level), level);
    for _ in 1..TRIES {
        if level == 0.0 || out != text {
            break;
        }
        raised = (raised * RAISED).min(1.0);
        out = read(raised);
    }
    out
}

/// A way in which words are damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Letters taken for others.
    Confuse,
    /// A space inside a word.
    BreakWord,
    /// The space between two words lost.
    JoinWords,
    /// Capitals for small letters and the other way round.
    ChangeCase,
}

/// A channel ready to damage pieces of documents.
#[derive(Clone, Debug)]
pub struct Damage(Channel);

impl Damage {
    /// One way of damage alone; without a name all ways in the mixture of real recognition.
    ///
    /// # Errors
    /// If the data file of the channel is broken.
    pub fn of(way: Option<Way>) -> Result<Self, SynthError> {
        let channel = Channel::load()?;
        Ok(Self(way.map_or(Ok(channel.clone()), |way| channel.only(way as usize))?))
    }

    /// `text[range]` in pieces, in order and without gaps: bytes of the text with what stands in their place, or none where they stay. The
    /// given share of the words is damaged; the same for the same seed.
    #[must_use]
    pub fn pieces(&self, text: &str, range: Range<usize>, level: f64, seed: u64) -> Vec<(Range<usize>, Option<String>)> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let plain = |piece| match piece {
            Piece::Same(range) => (range, None),
            Piece::Damaged(range, text, _) => (range, Some(text)),
        };
        self.0.pieces(text, range, level, &mut rng).into_iter().map(plain).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_above_level_zero_has_an_error_and_at_level_zero_none() {
        let texts = vec!["the committee meets every second monday".to_owned(); 50];
        assert!(misread_at(&texts, 0.01, 1).unwrap().iter().all(|read| *read != texts[0]));
        assert_eq!(misread_at(&texts, 0.0, 1).unwrap(), texts);
    }

    #[test]
    fn each_way_damages_in_its_own_manner_only() {
        let text = "the committee meets every second monday in the town hall ".repeat(40);
        let written = |way| -> String {
            let damage = Damage::of(Some(way)).unwrap();
            let pieces = damage.pieces(&text, 0..text.len(), 0.4, 7);
            assert_eq!(pieces.iter().map(|(range, _)| &text[range.clone()]).collect::<String>(), text);
            pieces.iter().map(|(range, other)| other.as_deref().unwrap_or(&text[range.clone()])).collect()
        };
        let bare = |text: &str| text.replace(' ', "");
        assert!(bare(&written(Way::BreakWord)) == bare(&text) && written(Way::BreakWord).len() > text.len());
        assert!(bare(&written(Way::JoinWords)) == bare(&text) && written(Way::JoinWords).len() < text.len());
        assert!(written(Way::ChangeCase).to_lowercase() == text && written(Way::ChangeCase) != text);
        assert_ne!(bare(&written(Way::Confuse)), bare(&text));
    }
}
