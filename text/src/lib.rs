//! What every room reads words with: words, stems, search terms, sentences, and BM25 scores over an index in memory. Shared, so that a rank
//! recorded by the synthetic pipeline, a feature computed in training and one computed at question time mean the same.
//!
//! The way back lies here too: how foreign text is written into HTML, Markdown, a terminal or an office file ([`escape`]).
//!
//! Not for a user's corpus: that index lives in LanceDB. This one serves training data and the few texts a question brings along.
//!
//! Try it: `cargo test -p text`.

mod bm25;
pub mod escape;
mod matching;
mod sentences;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

pub use bm25::{Bm25, idf};
pub use matching::{is_invisible, matching, matching_characters, matching_text};
pub use sentences::sentences;

/// Lucene's English stop words.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "such",
    "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Words longer than this are cut, so that a megabyte without a space stays one cheap term.
const LONGEST_WORD: usize = 64;

thread_local! {
    static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
    static STEMS: RefCell<HashMap<String, String>> = RefCell::default();
}

/// The stem of a lower-cased word (Porter2); remembered per thread, since a text repeats its words.
#[must_use]
pub fn stem(word: &str) -> String {
    STEMS.with_borrow_mut(|stems| {
        if let Some(stem) = stems.get(word) {
            return stem.clone();
        }
        let stem = STEMMER.with(|stemmer| stemmer.stem(word).into_owned());
        if stems.len() > 200_000 {
            stems.clear();
        }
        stems.insert(word.to_owned(), stem.clone());
        stem
    })
}

/// Whether a lower-cased word is too common to search for.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// The words of a text: byte ranges of maximal runs of letters and digits. What a reader does not see (soft hyphens, zero-width characters)
/// divides no word, and neither does an accent that stands as a character of its own: both belong to the word they are in. A soft hyphen at the
/// end of a line says that the word goes on in the next one.
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while characters.next_if(|(_, c)| !matching::is_letter(*c)).is_some() {}
        let (start, first) = characters.next()?;
        let (mut end, mut last) = (start + first.len_utf8(), first);
        loop {
            while let Some((at, c)) = characters.next_if(|(_, c)| matching::is_inside(*c)) {
                // What is invisible at the end of a word is left outside.
                if !is_invisible(c) {
                    end = at + c.len_utf8();
                }
                last = c;
            }
            let next = characters.peek().filter(|_| last == matching::SOFT_HYPHEN).map(|(at, _)| *at);
            let Some(goes_on) = next.and_then(|at| Some(at + matching::line_break(&text[at..])?)) else { break };
            while characters.next_if(|(at, _)| *at < goes_on).is_some() {}
            last = ' ';
        }
        Some(start..end)
    })
}

/// Whether a text asks for anything: it has a word with a letter in it. Digits alone are none, and neither are signs or invisible characters.
#[must_use]
pub fn has_word(text: &str) -> bool {
    words(text).any(|word| text[word].chars().any(char::is_alphabetic))
}

/// The term a word is searched by: as it is [matched](matching), lower-cased and stemmed; none for a stop word.
#[must_use]
pub fn term(word: &str) -> Option<String> {
    let matched = matching(word);
    // A query counts the words of a hundred sections: the usual word is lower-cased as bytes.
    let lower = match matched.is_ascii() && matched.len() <= LONGEST_WORD {
        true => matched.to_ascii_lowercase(),
        false => matched.chars().take(LONGEST_WORD).flat_map(char::to_lowercase).collect(),
    };
    (!is_stop_word(&lower)).then(|| stem(&lower))
}

/// The search terms of a text, in order, with repetitions.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    words(text).filter_map(|range| term(&text[range])).collect()
}

/// A bijection that spreads every bit (the finaliser of SplitMix64, Steele, Lea and Flood 2014): for hashes of words that become places in a table.
#[must_use]
pub fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_are_stemmed_and_without_stop_words() {
        assert_eq!(terms("The managers, and a Manager's re-managing"), ["manag", "manag", "s", "re", "manag"]);
    }

    #[test]
    fn stop_words_are_sorted_for_the_search() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn a_word_is_one_whatever_invisible_characters_and_accents_stand_in_it() {
        let text = "An in\u{ad}spec\u{200b}tion of the cafe\u{301}\u{200d}, \u{feff}twice\u{2060}.";
        let found: Vec<&str> = words(text).map(|range| &text[range]).collect();
        assert_eq!(found, ["An", "in\u{ad}spec\u{200b}tion", "of", "the", "cafe\u{301}", "twice"]);
        assert_eq!(words("\u{200b}\u{3164} \u{301}\u{ad}").count(), 0);
    }

    #[test]
    fn a_soft_hyphen_at_the_end_of_a_line_breaks_a_word_and_no_sentence() {
        for text in ["the cof\u{ad}\nfer\u{ad}dam was dry", "the cof\u{ad} \r\n  ferdam was dry", "the cof\u{ad}\rferdam was dry"] {
            assert_eq!(terms(text), terms("the cofferdam was dry"), "{text:?}");
            assert_eq!(matching_text(text), "the cofferdam was dry");
            assert_eq!(sentences(text).len(), 1, "{text:?}");
        }
        for text in ["the cof\u{ad}\n\nferdam", "the cof\u{ad} ferdam", "the cof\u{ad}\n- ferdam", "the cof-\nferdam", "the cof\u{ad}\n"] {
            assert!(terms(text).contains(&"cof".to_owned()), "{text:?}");
            assert!(sentences(text).iter().all(|range| !text[range.clone()].trim().is_empty()));
        }
    }

    #[test]
    fn what_asks_for_something_has_a_letter() {
        for asks in ["Who?", "x", "0x1F", "wo\u{ad}r", "\u{4f60}\u{597d}", "gyro\u{0}rig", "(a"] {
            assert!(has_word(asks), "{asks:?}");
        }
        for none in ["", " ", "((((", "$1", "\u{0}", "12:30", "?!", "\u{1f600}", "\u{200b}", "\u{3164}", "%_%"] {
            assert!(!has_word(none), "{none:?}");
        }
    }

    /// Letters, their decomposed, full-width and joined forms, and what is invisible.
    const MIXED: &str =
        "(?s)([a-cA-C ]|[\u{ad}\u{200b}\u{200d}\u{feff}]|[e\u{301}\u{308}]|[\u{fb00}-\u{fb06}]|[\u{ff21}-\u{ff23}\u{ff41}]|½|\\PC){0,30}";

    proptest! {
        #[test]
        fn sentences_and_words_lie_in_order_on_character_boundaries(text in MIXED) {
            for ranges in [sentences(&text), words(&text).collect()] {
                let mut end = 0;
                for range in ranges {
                    prop_assert!(range.start >= end && range.start < range.end);
                    prop_assert!(text.get(range.clone()).is_some());
                    end = range.end;
                }
            }
        }

        #[test]
        fn a_text_has_the_same_terms_as_its_form_for_matching(text in MIXED) {
            prop_assert_eq!(terms(&matching_text(&text)), terms(&text));
        }

        #[test]
        fn invisible_characters_anywhere_change_no_term(text in "[a-zA-Z0-9 .,]{0,40}", at in 0..40_usize, invisible in "[\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{202e}\u{fe0f}]{1,3}") {
            let at = at.min(text.len());
            prop_assert_eq!(terms(&format!("{}{invisible}{}", &text[..at], &text[at..])), terms(&text));
        }
    }
}
