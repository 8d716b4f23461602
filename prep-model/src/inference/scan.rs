//! Whether a text was recognised from a scan. Recognition leaves words that nobody knows all over a text, small ones too, and the edit head
//! knows what many of them should be; in other texts words that nobody knows are names, terms and foreign words. Only where a document shows
//! the first is a word replaced for not being known.

use records::{Line, Role};

use super::decide::Decision;
use crate::model::Vocabulary;

/// Words in small letters below which a text is too short to tell.
const LEAST_WORDS: usize = 40;
/// Share of unknown ones among them: clean English has 0.006 on average and 0.034 in one document of a hundred (six corpora), recognised
/// newspapers 0.07. Above the upper end the text is in another language.
const UNKNOWN: std::ops::RangeInclusive<f64> = 0.035..=0.25;
/// Unknown words that there must be, and those that the edit head can put right.
const LEAST_UNKNOWN: usize = 4;
const LEAST_REPAIRABLE: usize = 4;
/// Share of the unknown words that the edit head can put right.
const REPAIRABLE: f64 = 0.12;

/// Counts of the words in small letters of a text's prose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SmallWords {
    pub known: usize,
    /// In no list, but more than once in the text: its own terms and names.
    pub terms: usize,
    pub unknown: usize,
}

impl SmallWords {
    pub fn of(lines: &[Line], decisions: &[Decision], vocabulary: Vocabulary<'_>) -> Self {
        let is_prose = |decision: &Decision| decision.dropped.is_none() && !matches!(decision.content, Role::Code | Role::Metadata);
        let mut out = Self::default();
        for (line, _) in lines.iter().zip(decisions).filter(|(_, decision)| is_prose(decision)) {
            let text = text::matching_text(&line.text);
            for word in text.split_whitespace().filter_map(small_word) {
                match word.split('\'').find(|part| !vocabulary.list.contains(part)) {
                    None => out.known += 1,
                    Some(part) if vocabulary.knows_lower(part) => out.terms += 1,
                    Some(_) => out.unknown += 1,
                }
            }
        }
        out
    }

    /// Whether the words alone leave it possible.
    pub fn may_be_recognised(self) -> bool {
        let all = self.known + self.terms + self.unknown;
        all >= LEAST_WORDS && self.unknown >= LEAST_UNKNOWN.max(self.terms) && UNKNOWN.contains(&(self.unknown as f64 / all as f64))
    }

    /// Whether so many words can be put right that they were wrong.
    pub fn bear_out(self, repairable: usize) -> bool {
        self.may_be_recognised() && repairable >= LEAST_REPAIRABLE && repairable as f64 >= REPAIRABLE * self.unknown as f64
    }
}

/// A word of small letters of the alphabet alone, marks around it aside; no part of an address or of code.
fn small_word(token: &str) -> Option<&str> {
    let word = token.trim_matches(|c: char| !c.is_alphanumeric());
    let marks = token.chars().count() - word.chars().count();
    let small = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
    (small && marks <= 4).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_small_letters_are_told_from_names_codes_and_addresses() {
        let words = ["\u{201c}open,\u{201d}", "don't", "Bo", "a", "x_y", "a.b/c", "é", "l0ve", "(tea)"];
        assert_eq!(words.iter().filter_map(|word| small_word(word)).collect::<Vec<_>>(), ["open", "don't", "tea"]);
    }

    #[test]
    fn a_text_is_recognised_only_by_many_unknown_words_that_can_be_put_right() {
        let words = |known, unknown| SmallWords { known, terms: 3, unknown };
        assert!(words(200, 14).bear_out(4));
        assert!(!words(200, 14).bear_out(2), "unknown terms that nothing can be made of");
        assert!(!words(200, 4).bear_out(4), "a few unknown words are in every text");
        assert!(!words(10, 6).bear_out(6), "too short to tell");
        assert!(!SmallWords { terms: 20, ..words(200, 14) }.bear_out(4), "a text with its own words");
        assert!(!words(40, 90).bear_out(30), "another language");
    }
}
