//! Sentences that spell out an abbreviation.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::sentences::pattern;

static LONG_FORM: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<a>[\p{L}-]+(?: [\p{L}-]+){1,7}) \((?P<x>\p{Lu}[\p{Lu}\p{N}-]{1,7})\)"));

/// Abbreviations with the long form in front of them: "application binary interface (ABI)".
pub(super) fn long_forms(sentence: &str) -> Vec<(String, Range<usize>)> {
    let of_match = |found: Captures| {
        let (short, long) = (found.name("x")?, found.name("a")?);
        let letters = letters(short.as_str());
        let words: Vec<(usize, &str)> = offsets(long.as_str());
        // The last words of the phrase whose initials spell the abbreviation, small words skipped or not.
        (2..=words.len()).rev().find_map(|count| {
            let tail = &words[words.len() - count..];
            let initials = |skip: bool| -> Vec<char> {
                let small = |word: &str| skip && matches!(word, "of" | "and" | "the" | "for" | "in" | "to" | "on");
                tail.iter()
                    .filter(|(_, word)| !small(word))
                    .flat_map(|(_, word)| word.split('-'))
                    .filter_map(|word| word.chars().next()?.to_lowercase().next())
                    .collect()
            };
            let starts_small = matches!(tail[0].1, "of" | "and" | "the" | "for" | "in" | "to" | "on" | "a" | "an");
            let fits = letters.len() >= 2 && !starts_small && (initials(true) == letters || initials(false) == letters);
            fits.then(|| (short.as_str().to_owned(), long.start() + tail[0].0..long.end()))
        })
    };
    LONG_FORM.captures_iter(sentence).filter_map(of_match).collect()
}

/// The letters of an abbreviation, small; a number says how often the letter before it stands: "W3C".
fn letters(short: &str) -> Vec<char> {
    let mut letters: Vec<char> = Vec::new();
    for sign in short.chars() {
        match (sign.to_digit(10), letters.last().copied()) {
            (Some(times), Some(last)) => letters.extend((1..times).map(|_| last)),
            _ => letters.extend(sign.to_lowercase().filter(|letter| letter.is_alphabetic())),
        }
    }
    letters
}

fn offsets(text: &str) -> Vec<(usize, &str)> {
    text.split(' ').map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_forms_are_found() {
        let sentence = "Code uses the stable application binary interface (ABI) here.";
        let (short, range) = long_forms(sentence).pop().unwrap();
        assert_eq!((short.as_str(), &sentence[range]), ("ABI", "application binary interface"));
        let sentence = "The World Wide Web Consortium (W3C) meets here.";
        assert_eq!(&sentence[long_forms(sentence).pop().unwrap().1], "World Wide Web Consortium");
        assert!(long_forms("We met the old man (XYZ) there.").is_empty());
    }
}
