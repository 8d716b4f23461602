//! The one form in which words are compared, in an index and in a query alike: compatibility characters, accents and widths as Unicode's
//! NFKC has them, nothing invisible in between. Only for comparing; what is quoted stays as it is written.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

use super::words;

/// Whether a character takes no room: soft hyphens, zero-width spaces and joiners, marks of direction, selectors of a variant, fillers
/// (Unicode's property Default_Ignorable_Code_Point, whose list is closed).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    // Almost all text is below the first of them.
    c >= '\u{AD}'
        && matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Where a word may be broken; invisible unless it is.
pub(super) const SOFT_HYPHEN: char = '\u{AD}';

/// How many bytes of white space with one line break in it stand in front of a letter, if they do: behind a soft hyphen the word goes on there.
pub(super) fn line_break(text: &str) -> Option<usize> {
    let rest = text.trim_start();
    let space = &text[..text.len() - rest.len()];
    let breaks = match space.matches('\n').count() {
        0 => space.matches('\r').count(),
        some => some,
    };
    (breaks == 1 && rest.starts_with(is_letter)).then_some(space.len())
}

/// Whether a word goes on behind the line break at `at`.
pub(super) fn is_broken(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.ends_with(SOFT_HYPHEN) && line_break(&text[before.len()..]).is_some()
}

/// Whether a word can begin with a character.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_invisible(c)
}

/// Whether a word that has begun goes on with a character.
pub(super) fn is_inside(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && (is_invisible(c) || is_accent(c)))
}

/// A mark on a letter. Those for symbols (a ring around a digit, as in the picture of a key) make no word of what they stand on.
fn is_accent(c: char) -> bool {
    is_combining_mark(c) && !matches!(c, '\u{20D0}'..='\u{20FF}')
}

/// A word as it is compared: without invisible characters and in NFKC, its case as it is. A word that would fall apart so (`½` into a
/// fraction's two numbers) only loses what is invisible.
#[must_use]
pub fn matching(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return word.into();
    }
    // The only white space in a word is a line break behind a soft hyphen.
    let visible: String = word.chars().filter(|c| !is_invisible(*c) && !c.is_whitespace()).collect();
    let composed: String = visible.nfkc().filter(|c| !is_invisible(*c)).collect();
    let mut characters = composed.chars();
    let whole = characters.next().is_some_and(is_letter) && characters.all(is_inside);
    if whole { composed } else { visible }.into()
}

/// A text with each word as it is compared, and what stands between words as it is.
#[must_use]
pub fn matching_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for word in words(text) {
        out.extend(text[at..word.start].chars().filter(|c| !is_invisible(*c)));
        out.push_str(&matching(&text[word.clone()]));
        at = word.end;
    }
    out.extend(text[at..].chars().filter(|c| !is_invisible(*c)));
    out.into()
}

/// The characters of a text in the form in which words are compared, each with the bytes that it stands for: a letter with its accents is one
/// place, what is invisible is none. None for a text that has this form already. What is no letter stays as it is.
#[must_use]
pub fn matching_characters(text: &str) -> Option<Vec<(char, Range<usize>)>> {
    if text.is_ascii() || !text.chars().any(is_invisible) && is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return None;
    }
    let mut words = words(text).peekable();
    let mut inside = |at: usize| {
        while words.next_if(|word| word.end <= at).is_some() {}
        words.peek().is_some_and(|word| word.start <= at)
    };
    let mut out = Vec::with_capacity(text.len());
    let mut characters = text.char_indices().filter(|(_, c)| !is_invisible(*c)).peekable();
    while let Some((start, first)) = characters.next() {
        if first.is_whitespace() && inside(start) {
            continue;
        }
        let (mut end, mut letter) = (start + first.len_utf8(), String::from(first));
        while let Some((at, accent)) = characters.next_if(|(_, c)| is_letter(first) && !c.is_ascii() && is_accent(*c)) {
            end = at + accent.len_utf8();
            letter.push(accent);
        }
        let composed: String = letter.nfkc().filter(|c| !is_invisible(*c)).collect();
        let mut all = composed.chars();
        let whole = (first.is_alphabetic() || is_wide(first)) && all.next().is_some_and(is_letter) && all.all(is_inside);
        let kept = if whole { composed } else { letter };
        out.extend(kept.chars().map(|c| (c, start..end)));
    }
    Some(out)
}

/// Whether a digit has the width of an ideograph.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{FF10}'..='\u{FF19}')
}

#[cfg(test)]
mod tests {
    use super::super::terms;
    use super::*;

    #[test]
    fn characters_lead_back_to_what_they_stand_for() {
        let text = "o\u{fb03}\u{ad}ce re\u{301}\u{200b}s \u{ff22}\u{ff15} 2\u{bd}";
        let characters = matching_characters(text).unwrap();
        assert_eq!(characters.iter().map(|(c, _)| *c).collect::<String>(), "office r\u{e9}s B5 2\u{bd}");
        let written: Vec<&str> = characters.iter().map(|(_, range)| &text[range.clone()]).collect();
        assert_eq!(written[..6], ["o", "\u{fb03}", "\u{fb03}", "\u{fb03}", "c", "e"]);
        assert_eq!(written[8], "e\u{301}");
        let broken = "cof\u{ad}\nferdam was";
        assert_eq!(matching_characters(broken).unwrap().into_iter().map(|(c, _)| c).collect::<String>(), "cofferdam was");
        assert_eq!((matching_characters("plain"), matching_characters("caf\u{e9}")), (None, None));
    }

    #[test]
    fn a_word_is_matched_in_every_way_it_can_be_written() {
        for written in [
            "office",
            "of\u{ad}fice",
            "o\u{200b}ff\u{200d}ice",
            "o\u{fb03}ce",
            "o\u{fb00}ice",
            "\u{ff4f}\u{ff46}\u{ff46}\u{ff49}\u{ff43}\u{ff45}",
        ] {
            assert_eq!(matching(written), "office", "{written:?}");
        }
        assert_eq!(matching("re\u{301}sume\u{301}"), "r\u{e9}sum\u{e9}");
        assert_eq!(matching("\u{1d400}"), "A");
        assert_eq!(matching("\u{fdfa}"), "\u{fdfa}", "one that stands for several words stays");
        assert_eq!(matching("2\u{bd}"), "2\u{bd}");
        assert_eq!(terms("Of\u{ad}fice B\u{200b}52 and \u{ff22}\u{ff15}\u{ff12}"), terms("office B52 and B52"));
    }

    #[test]
    fn a_text_keeps_what_stands_between_its_words() {
        assert_eq!(
            matching_text("An o\u{fb03}ce\u{200b}, \u{201c}re\u{301}\u{201d} \u{2014} 2\u{bd}!"),
            "An office, \u{201c}r\u{e9}\u{201d} \u{2014} 2\u{bd}!"
        );
        assert!(matches!(matching_text("plain"), Cow::Borrowed("plain")));
    }
}
