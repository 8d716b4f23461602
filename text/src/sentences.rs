//! Where sentences end: by marks and capitals, which is right for prose in European languages and harmless elsewhere.

use std::ops::Range;

use super::matching::is_broken;

/// Abbreviations after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 24] = [
    "al", "approx", "art", "cf", "co", "corp", "dr", "e.g", "eg", "etc", "fig", "i.e", "ie", "inc", "jr", "ltd", "mr", "mrs", "ms", "no",
    "prof", "sr", "st", "vs",
];

/// The sentences of a text as byte ranges without the white space around them: a newline always ends one; `.`, `!` and `?` (with closing
/// quotes and brackets) end one before white space and an upper-case letter, digit or opening mark, except after an abbreviation or initial.
/// A line break in the middle of a word (behind a soft hyphen) ends none.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\n' && !is_broken(text, at) {
            push_trimmed(text, start..at, &mut out);
            start = at + 1;
        } else if matches!(c, '.' | '!' | '?') {
            let mut end = at + 1;
            while let Some((next, closing)) = characters.next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '"' | '\'' | ')' | ']' | '”' | '’'))
            {
                end = next + closing.len_utf8();
            }
            let rest = &text[end..];
            let next = rest.trim_start_matches([' ', '\t']);
            let spaced = next.len() < rest.len();
            let opens = next
                .starts_with(|c: char| c.is_uppercase() || c.is_numeric() || matches!(c, '"' | '“' | '\'' | '(' | '[' | '‘' | '*' | '`'));
            if spaced && opens && !(c == '.' && ends_in_abbreviation(&text[start..at])) {
                push_trimmed(text, start..end, &mut out);
                start = end;
            }
        }
    }
    push_trimmed(text, start..text.len(), &mut out);
    out
}

fn ends_in_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let initial = word.chars().count() == 1 && word.starts_with(|c: char| c.is_uppercase());
    initial || ABBREVIATIONS.binary_search(&word.to_lowercase().as_str()).is_ok()
}

fn push_trimmed(text: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = start + piece.trim().len();
    if start < end {
        out.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        assert_eq!(cut("One ends. Two (too!) Three?"), ["One ends.", "Two (too!)", "Three?"]);
        assert_eq!(
            cut("Dr. A. Smith paid 3.5 million, e.g. in May. \"Yes.\" So"),
            ["Dr. A. Smith paid 3.5 million, e.g. in May.", "\"Yes.\"", "So"]
        );
        assert_eq!(cut("a heading\n\n  a line \n"), ["a heading", "a line"]);
    }

    #[test]
    fn abbreviations_are_sorted_for_the_search() {
        assert!(ABBREVIATIONS.is_sorted());
    }
}
