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
        let letters: Vec<char> = short.as_str().chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
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
        assert!(long_forms("We met the old man (XYZ) there.").is_empty());
    }
}
