//! What the characters of a line say by their kinds, counts and ends.

use super::flag;

/// Numbers of a line about itself alone.
pub(super) const SHAPE: usize = 31;

/// What a line's shape says, read once for itself and its neighbours.
pub(super) struct Shape {
    pub(super) characters: usize,
    pub(super) own: Vec<f32>,
    pub(super) starts_lower: bool,
    pub(super) starts_upper: bool,
    pub(super) ends: char,
    pub(super) rule: bool,
    pub(super) marked: bool,
}

impl Shape {
    pub(super) fn of(text: &str) -> Self {
        let (mut characters, mut upper, mut digits, mut letters, mut marks, mut spaces, mut beyond) = (0, 0, 0, 0, 0, 0, 0);
        let (mut gaps, mut mixed, mut run) = (0, 0, 0);
        let mut before = ' ';
        for character in text.chars() {
            characters += 1;
            upper += usize::from(character.is_uppercase());
            digits += usize::from(character.is_ascii_digit());
            letters += usize::from(character.is_alphabetic());
            spaces += usize::from(character.is_whitespace());
            beyond += usize::from(!character.is_ascii());
            marks += usize::from(!character.is_alphanumeric() && !character.is_whitespace());
            mixed += usize::from(before.is_lowercase() && (character.is_uppercase() || character.is_ascii_digit()));
            run = if character.is_whitespace() { run + 1 } else { 0 };
            gaps += usize::from(run == 3 || character == '\t' || character == '|');
            before = character;
        }
        let share = |count: usize| count as f32 / characters.max(1) as f32;
        let (words, capitals) = words_and_capitals(text);
        let first = text.trim_start().chars().next().unwrap_or(' ');
        let ends = text.trim_end().chars().next_back().unwrap_or(' ');
        let marked = starts_with_marker(text);
        let rule = letters + digits == 0 && characters >= 3;
        let own = vec![
            (characters as f32 / 200.0).min(1.0),
            (1.0 + characters as f32).ln() / 6.0,
            (words as f32 / 40.0).min(1.0),
            flag(characters <= 4),
            flag(characters <= 20),
            flag(characters <= 60),
            share(upper),
            share(digits),
            share(letters),
            share(marks),
            share(spaces),
            share(beyond),
            capitals as f32 / words.max(1) as f32,
            flag(first.is_uppercase()),
            flag(first.is_lowercase()),
            flag(first.is_ascii_digit()),
            flag(matches!(first, '-' | '*' | '•' | '·' | '+' | '–')),
            flag(marked),
            flag(starts_with_section_number(text)),
            flag(first == '['),
            flag(ends == '.'),
            flag(ends == ':'),
            flag(matches!(ends, '-' | '\u{ad}' | '¬')),
            flag(matches!(ends, ',' | ';')),
            flag(matches!(ends, '?' | '!')),
            flag(ends.is_alphanumeric()),
            flag(is_page_number(text)),
            (gaps as f32 / 4.0).min(1.0),
            (mixed as f32 / 4.0).min(1.0),
            flag(rule),
            flag(text.contains("....")),
        ];
        debug_assert_eq!(own.len(), SHAPE);
        Self { characters, own, starts_lower: first.is_lowercase(), starts_upper: first.is_uppercase(), ends, rule, marked }
    }
}

/// How many words a line has, and how many of them begin with a capital.
fn words_and_capitals(text: &str) -> (usize, usize) {
    let (mut words, mut capitals) = (0, 0);
    for word in text.split_whitespace() {
        words += 1;
        capitals += usize::from(word.starts_with(char::is_uppercase));
    }
    (words, capitals)
}

/// `1.`, `a)`, `(iv)`, `-`, `•`: the mark of a list item.
fn starts_with_marker(text: &str) -> bool {
    let Some((word, _)) = text.trim_start().split_once(' ') else { return false };
    let inner = word.trim_start_matches('(').trim_end_matches(['.', ')', ':']);
    let bullet = matches!(word, "-" | "*" | "•" | "·" | "+" | "–" | "o" | "▪");
    bullet || (inner.len() < word.len() && inner.len() <= 4 && !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// `2`, `2.1`, `IV.` in front of a capital.
fn starts_with_section_number(text: &str) -> bool {
    let Some((word, rest)) = text.trim_start().split_once(' ') else { return false };
    let number = word.len() <= 10 && word.chars().all(|c| c.is_ascii_digit() || c == '.') && word.starts_with(|c: char| c.is_ascii_digit());
    let roman = word.len() <= 6 && word.trim_end_matches('.').chars().all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C'));
    (number || roman) && rest.trim_start().starts_with(char::is_uppercase)
}

/// A number alone, perhaps between dashes or as `Page 3 of 12`.
fn is_page_number(text: &str) -> bool {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    if bare.is_empty() || bare.len() > 24 {
        return false;
    }
    let roman = bare.len() <= 6 && bare.chars().all(|c| matches!(c.to_ascii_lowercase(), 'i' | 'v' | 'x' | 'l'));
    let words_ok =
        |word: &str| word.chars().all(|c| c.is_ascii_digit()) || matches!(word.to_ascii_lowercase().as_str(), "page" | "p" | "of" | "pg");
    roman || (bare.contains(|c: char| c.is_ascii_digit()) && bare.split(|c: char| !c.is_alphanumeric()).all(words_ok))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_and_markers_are_seen() {
        assert!(is_page_number("- 12 -") && is_page_number("Page 3 of 12") && is_page_number("xiv") && !is_page_number("12 men"));
        assert!(
            starts_with_marker("1. First") && starts_with_marker("(iv) x") && starts_with_marker("- x") && !starts_with_marker("The end")
        );
        assert!(starts_with_section_number("2.1 Scope") && !starts_with_section_number("2 eggs"));
    }
}
