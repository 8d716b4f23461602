//! A narrow column at the side of a page, as a reading across the page sees it: line by line between the lines of the text.

use std::iter::Peekable;
use std::vec::IntoIter;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::channels::NoiseChannel;
use crate::world::NoiseShares;
use crate::world::compose::Draft;

/// A column beside the text, whose lines a reading across the page puts between those of the text.
pub(super) struct Column {
    pub lines: Peekable<IntoIter<String>>,
    /// The block that stands at the height of its first line.
    pub from: usize,
    /// White space before its lines.
    pub indent: usize,
}

impl Column {
    pub fn beside(draft: &Draft, shares: &NoiseShares, rng: &ChaCha8Rng) -> Self {
        let mut own = NoiseChannel::ColumnInterleaving.random(rng);
        let (chosen, width) = (draft.paged && own.random_bool(shares.columns), own.random_range(16..34));
        let from = own.random_range(0..draft.blocks.len().max(1));
        let indent = if own.random_bool(0.4) { own.random_range(20..70) } else { 0 };
        let lines = if chosen { narrow(&draft.furniture.column, width) } else { Vec::new() };
        Self { lines: lines.into_iter().peekable(), from, indent }
    }
}

/// Texts in lines of at most `width` characters, longer words on lines of their own.
fn narrow(texts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in texts {
        let first = lines.len();
        for word in text.split(' ') {
            match lines[first..].last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_set_in_lines_that_fit_but_for_long_words() {
        let texts = ["For sale: a small boat.".to_owned(), "Uncharacteristically cheap".to_owned()];
        assert_eq!(narrow(&texts, 12), ["For sale: a", "small boat.", "Uncharacteristically", "cheap"]);
    }
}
