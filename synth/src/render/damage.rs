//! What happens to the characters of one document: recognition damage, then the damages that other causes add. Each has its generator and
//! draws for every place of the clean text, so that none changes where another one strikes.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::channels::{Marks, NoiseChannel};
use super::noise::{Channel, Piece};
use crate::world::NoiseShares;
use crate::world::compose::Draft;
use crate::world::genre::Format;

/// Smallest and largest share of the spaces that white-space damage touches; small values are much commoner.
const SPACES: [f64; 2] = [0.005, 0.15];
/// How often a font or a wrong encoding changes every place, and from which share on if not.
const THROUGHOUT: (f64, f64) = (0.7, 0.3);
/// What stands for a space, by weight.
const GAPS: [(&str, u32); 4] = [("  ", 4), ("   ", 2), ("\t", 1), ("\u{a0}", 3)];
/// Share of the white-space damage at a mark that puts a space before it.
const BEFORE_MARKS: f64 = 0.5;
/// Longest first.
const LIGATURES: [(&str, &str); 5] = [("ffi", "ﬃ"), ("ffl", "ﬄ"), ("ff", "ﬀ"), ("fi", "ﬁ"), ("fl", "ﬂ")];

/// A change of clean text: what stands in the place of a range.
type Change = (Range<usize>, String);

/// The levels of a document's damages and what draws them.
pub(crate) struct Damages<'a> {
    channel: &'a Channel,
    words: (f64, ChaCha8Rng),
    mojibake: (f64, ChaCha8Rng),
    ligatures: (f64, ChaCha8Rng),
    white_space: (f64, ChaCha8Rng),
}

impl<'a> Damages<'a> {
    /// Draws the levels for a document; `words` is that of recognition, drawn by the caller.
    pub fn draw(draft: &Draft, channel: &'a Channel, words: f64, shares: &NoiseShares, rng: &ChaCha8Rng) -> Self {
        let drawn = |channel: NoiseChannel, share: f64, level: &dyn Fn(&mut ChaCha8Rng) -> f64| {
            let mut own = channel.random(rng);
            let (chosen, level) = (own.random_bool(share), level(&mut own));
            (if chosen { level } else { 0.0 }, own)
        };
        let throughout = |own: &mut ChaCha8Rng| {
            let part = own.random_range(THROUGHOUT.1..1.0);
            if own.random_bool(THROUGHOUT.0) { 1.0 } else { part }
        };
        let spaces = |own: &mut ChaCha8Rng| SPACES[0] * (SPACES[1] / SPACES[0]).powf(own.random_range(0.0..1.0));
        let printed = draft.paged && draft.format == Format::Text;
        Self {
            channel,
            words: (words, NoiseChannel::Confusions.random(rng)),
            mojibake: drawn(NoiseChannel::Mojibake, shares.mojibake, &throughout),
            ligatures: drawn(NoiseChannel::Ligatures, if printed { shares.ligatures } else { 0.0 }, &throughout),
            white_space: drawn(NoiseChannel::WhiteSpace, shares.white_space, &spaces),
        }
    }

    /// The pieces of a text that must stay as it is.
    pub fn undamaged(&mut self, clean: &str, range: Range<usize>) -> Vec<Piece> {
        self.channel.pieces(clean, range, 0.0, &mut self.words.1)
    }

    /// Cuts a range of clean text into pieces, damaged or not, and counts what each channel did.
    pub fn pieces(&mut self, clean: &str, range: Range<usize>, marks: &mut Marks) -> Vec<Piece> {
        let mut pieces = self.channel.pieces(clean, range.clone(), self.words.0, &mut self.words.1);
        let others = [
            (NoiseChannel::Mojibake, garbled as fn(&str, Range<usize>, f64, &mut ChaCha8Rng) -> Vec<Change>, &mut self.mojibake),
            (NoiseChannel::Ligatures, ligated, &mut self.ligatures),
            (NoiseChannel::WhiteSpace, spaced, &mut self.white_space),
        ];
        for (channel, damage, (level, rng)) in others {
            if *level > 0.0 && marks.has(channel) {
                pieces = overlaid(pieces, damage(clean, range.clone(), *level, rng), channel);
            }
        }
        for piece in &pieces {
            if let Piece::Damaged(_, _, channel) = piece {
                marks.count(*channel);
            }
        }
        pieces
    }
}

/// Signs beyond ASCII as they look when their UTF-8 is read as Windows-1252. Straight quotes were curly before they went through it.
fn garbled(clean: &str, range: Range<usize>, level: f64, rng: &mut ChaCha8Rng) -> Vec<Change> {
    let mut out = Vec::new();
    let mut before = ' ';
    for (at, c) in clean[range.clone()].char_indices() {
        let opens = before.is_whitespace() || before == '(';
        before = c;
        let stored = match c {
            '\'' if opens => '‘',
            '\'' => '’',
            '"' if opens => '“',
            '"' => '”',
            c if c.is_ascii() => continue,
            c => c,
        };
        if rng.random_bool(level) {
            let at = range.start + at;
            let mut bytes = [0; 4];
            out.push((at..at + c.len_utf8(), stored.encode_utf8(&mut bytes).bytes().map(western).collect()));
        }
    }
    out
}

/// The character of a byte in Windows-1252; the five that have none there are control characters, as browsers have it.
fn western(byte: u8) -> char {
    const FROM_80: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match byte {
        0x80..=0x9f => FROM_80.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{fffd}'),
        byte => char::from(byte),
    }
}

/// Pairs of letters as one sign.
fn ligated(clean: &str, range: Range<usize>, level: f64, rng: &mut ChaCha8Rng) -> Vec<Change> {
    let mut out = Vec::new();
    let mut at = range.start;
    while let Some(next) = clean[at..range.end].find('f') {
        at += next;
        let found = LIGATURES.iter().find(|(letters, _)| clean[at..range.end].starts_with(letters));
        let Some((letters, sign)) = found else {
            at += 1;
            continue;
        };
        if rng.random_bool(level) {
            out.push((at..at + letters.len(), (*sign).to_owned()));
        }
        at += letters.len();
    }
    out
}

/// Other white space than one space between words, and a space before a mark.
fn spaced(clean: &str, range: Range<usize>, level: f64, rng: &mut ChaCha8Rng) -> Vec<Change> {
    let mut out = Vec::new();
    let total: u32 = GAPS.iter().map(|(_, weight)| weight).sum();
    for at in range.clone().filter(|at| clean.as_bytes()[*at] == b' ' && *at > range.start) {
        let (strikes, at_mark, mut ticket) = (rng.random_bool(level), rng.random_bool(BEFORE_MARKS), rng.random_range(0..total));
        let mark = clean[range.start..at].ends_with([',', '.', ';', ':', '?', '!']);
        let word = clean.get(range.start..at - 1).is_some_and(|word| word.ends_with(|c: char| c.is_ascii_alphabetic()));
        if !strikes {
            continue;
        }
        if mark && word && at_mark {
            out.push((at - 1..at - 1, " ".to_owned()));
            continue;
        }
        let drawn = |(_, weight): &&(&str, u32)| {
            let here = ticket < *weight;
            ticket = ticket.saturating_sub(*weight);
            here
        };
        out.extend(GAPS.iter().find(drawn).map(|(gap, _)| (at..at + 1, (*gap).to_owned())));
    }
    out
}

/// The pieces with changes on top of them; a change whose place is damaged already is left out.
fn overlaid(pieces: Vec<Piece>, changes: Vec<Change>, channel: NoiseChannel) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len() + 2 * changes.len());
    let mut changes = changes.into_iter().peekable();
    for piece in pieces {
        let Piece::Same(same) = piece else {
            out.push(piece);
            continue;
        };
        let mut at = same.start;
        while let Some((range, text)) = changes.next_if(|(range, _)| range.end <= same.end) {
            // An insertion must have its word on both sides.
            let inside = range.start >= at && (!range.is_empty() || (range.start > same.start && range.end < same.end));
            if inside {
                super::noise::same(at..range.start, &mut out);
                at = range.end;
                out.push(Piece::Damaged(range, text, channel));
            }
        }
        super::noise::same(at..same.end, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn written(text: &str, damage: fn(&str, Range<usize>, f64, &mut ChaCha8Rng) -> Vec<Change>) -> String {
        let changes = damage(text, 0..text.len(), 1.0, &mut ChaCha8Rng::seed_from_u64(3));
        let pieces = overlaid(vec![Piece::Same(0..text.len())], changes, NoiseChannel::Ligatures);
        assert_eq!(pieces.iter().map(|piece| &text[piece.clean().clone()]).collect::<String>(), text);
        pieces.iter().map(|piece| piece.text(text)).collect()
    }

    #[test]
    fn a_wrong_encoding_shows_the_bytes_of_each_sign() {
        assert_eq!(written("the hall's café, 5 €", garbled), "the hallâ€™s cafÃ©, 5 â‚¬");
        assert_eq!(written("\"no\"", garbled), "â€œnoâ€\u{9d}");
    }

    #[test]
    fn the_longest_ligature_is_taken() {
        assert_eq!(written("the official fluffy affair", ligated), "the oﬃcial ﬂuﬀy aﬀair");
    }

    #[test]
    fn gaps_vanish_when_white_space_is_collapsed() {
        let text = "one, two three. four – five (six) ".repeat(9);
        let damaged = written(&text, spaced);
        let tight = |text: &str| text.replace([' ', '\t', '\u{a0}'], "");
        assert!(tight(&damaged) == tight(&text) && damaged.contains(" ,") && damaged.contains('\u{a0}'), "{damaged}");
    }

    #[test]
    fn damage_is_never_put_on_damage() {
        let first = vec![Piece::Same(0..2), Piece::Damaged(2..4, "h".into(), NoiseChannel::Confusions), Piece::Same(4..9)];
        let changes = vec![(1..3, "x".to_owned()), (4..4, " ".to_owned()), (5..7, "y".to_owned())];
        let pieces = overlaid(first, changes, NoiseChannel::Ligatures);
        let expected = [
            Piece::Same(0..2),
            Piece::Damaged(2..4, "h".into(), NoiseChannel::Confusions),
            Piece::Same(4..5),
            Piece::Damaged(5..7, "y".into(), NoiseChannel::Ligatures),
            Piece::Same(7..9),
        ];
        assert_eq!(pieces, expected);
    }
}
