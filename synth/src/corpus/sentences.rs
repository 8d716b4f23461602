//! Which sentences of real documents can carry a question, and which of their spans can be an answer. Strict on purpose: a sentence that is
//! lost costs nothing, a question that makes no sense teaches nonsense.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use text::{is_stop_word, words};

pub(super) const MONTHS: &str = "January|February|March|April|May|June|July|August|September|October|November|December";
const UNITS: &str = "percent|per cent|million|billion|trillion|days?|hours?|weeks?|months?|years?|minutes?|seconds?|milliseconds?|bytes?|bits?|characters?|people|dollars|euros|miles|kilometers|metres|meters|feet|pages|words|users|votes|members|states|times|lines|levels|points";

pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this crate are tested")
}

/// A date with its year.
pub(super) static DATE: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"(?:\d{{1,2}}(?:st|nd|rd|th)? (?:{MONTHS})(?: \d{{4}})?|(?:{MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|(?:{MONTHS}),? \d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|(?:1[5-9]|20)\d{{2}})"
    )
});
static DATES: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b{}\b", *DATE)));
static QUANTITIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"(?:[$€£]\d[\d,.]*\d?(?: (?:million|billion|trillion))?|\b\d[\d,.]*\d? ?(?:%|(?:{UNITS})\b)|\b\d+\b ?%)"))
});
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b\p{Lu}[\p{L}\p{N}.'’-]*(?: (?:of|the|and|for|de|van|von|del|la) \p{Lu}[\p{L}\p{N}'’-]*| \p{Lu}[\p{L}\p{N}'’-]*)+")
});
/// An abbreviation at the end: the sentence was cut there, or may have been.
static CUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:U\.S|U\.K|D\.C|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|Sec|Gen|Gov|Rep|Sen|Dept|Vol|pp|No|Ph\.D|M\.D|Jr|Sr|Inc|vs|e\.g|i\.e)\.$",
    )
});
static TERMS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"“[^”“]{4,40}”|"[^"]{4,40}"|`[A-Za-z_][A-Za-z0-9_.:()]{2,30}`|\b[A-Za-z][a-z0-9]*(?:_[A-Za-z0-9]+)+\b|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b|\b[A-Z]{2,7}\b"#,
    )
});

/// Words at the start of a sentence that lean on the sentence before.
const LEANING: &str = "accordingly additionally after again also alternatively although and another because both but consequently currently each \
    finally first for furthermore he hence here his however if in instead interestingly it its likewise moreover nevertheless no \
    note now once or otherwise rather second see she similarly since so such then there therefore third thus when which while \
    yes";
/// Words anywhere in a sentence without which it cannot be understood alone.
const POINTING: &str = "it they them he she him her his their its these those this that's we us our i my you your above below former latter \
    aforementioned here following";

/// Whether a lower-cased first word leans on the sentence before.
pub(super) fn is_leaning(word: &str) -> bool {
    LEANING.split(' ').any(|listed| listed == word)
}

/// Whether a lower-cased word points at something that was said before.
pub(super) fn is_pointing(word: &str) -> bool {
    POINTING.split(' ').any(|listed| listed == word)
}

/// Whether a sentence is whole, is prose and is neither a fragment nor a monster.
pub(super) fn is_well_formed(sentence: &str) -> bool {
    let characters = sentence.chars().count();
    let count = words(sentence).count();
    let first_is_capital = sentence.starts_with(|c: char| c.is_uppercase());
    let closes = sentence.ends_with('.') && !sentence.ends_with("..");
    let strange = sentence.contains(['[', ']', '{', '}', '<', '>', '|', '\\', '=', '*', '#', '~', '^', '\n', '\t', '_'])
        || sentence.contains("  ")
        || sentence.contains("http")
        || sentence.contains("::")
        || sentence.contains(" .");
    let balanced = |open: char, close: char| sentence.matches(open).count() == sentence.matches(close).count();
    let even = |mark: char| sentence.matches(mark).count().is_multiple_of(2);
    let letters = sentence.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    first_is_capital
        && closes
        && (40..=260).contains(&characters)
        && (6..=45).contains(&count)
        && !strange
        && balanced('(', ')')
        && balanced('“', '”')
        && even('"')
        && even('`')
        && letters * 100 >= characters * 80
}

/// Marks of a list before a sentence: "(a)(1) The", "2. The".
static MARKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:(?:\([0-9]{0,3}[A-Za-z]{0,4}(?:-[0-9]+)?\) ?)+|[0-9]{1,3}[.)] |[a-z]\) )+"));

/// The bytes of a sentence that only number it.
pub(super) fn enumeration(sentence: &str) -> usize {
    MARKS.find(sentence).map_or(0, |found| found.end())
}

/// Whether a sentence ends in an abbreviation, so that it may go on behind it.
pub(super) fn is_cut(sentence: &str) -> bool {
    CUT.is_match(sentence)
}

/// Whether something can be asked about a sentence in loose words: prose of any genre, also dialogue, clauses of law and minutes.
pub(super) fn is_usable(sentence: &str) -> bool {
    let characters = sentence.chars().count();
    let letters = sentence.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    let strange =
        sentence.contains(['{', '}', '|', '\\', '=', '*', '~', '^', '\n', '\t']) || sentence.contains("http") || sentence.contains("  ");
    (30..=420).contains(&characters)
        && !is_cut(sentence)
        && (6..=75).contains(&words(sentence).count())
        && !strange
        && letters * 100 >= characters * 75
}

/// Whether a sentence can be understood without its neighbours.
pub(super) fn stands_alone(sentence: &str) -> bool {
    let mut all = words(sentence).map(|range| sentence[range].to_lowercase());
    let leaning = all.next().is_none_or(|first| is_leaning(&first) || is_pointing(&first));
    !leaning && !all.any(|word| is_pointing(&word))
}

/// What kind of thing a span names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Date,
    Quantity,
    Name,
    Term,
}

/// The spans of a sentence that a reader could be asked for, without overlaps, each standing in the sentence once.
pub(super) fn answer_spans(sentence: &str) -> Vec<(Span, Range<usize>)> {
    let mut spans: Vec<(Span, Range<usize>)> = Vec::new();
    let rules = [(Span::Date, &*DATES), (Span::Quantity, &*QUANTITIES), (Span::Name, &*NAMES), (Span::Term, &*TERMS)];
    let found = rules.into_iter().flat_map(|(kind, rule)| rule.find_iter(sentence).map(move |hit| (kind, hit.range())));
    for (kind, mut span) in found {
        if span.start == 0 {
            // The capital of a first word says nothing.
            let text = &sentence[span.clone()];
            let weak = |word: &str| is_stop_word(&word.to_lowercase()) || is_leaning(&word.to_lowercase());
            let kept = text.split_inclusive(' ').skip_while(|word| weak(word.trim_end())).map(str::len).sum::<usize>();
            span.start = span.end - kept;
            if !sentence[span.clone()].contains(' ') {
                continue;
            }
        }
        let text = sentence[span.clone()].trim_matches(['"', '“', '”', '`']);
        let text = text.trim_end_matches(['.', ',', '-', '\'', '’']);
        span.start += sentence[span.clone()].find(text).unwrap_or(0);
        span.end = span.start + text.len();
        let whole_words = !sentence[..span.start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '.'))
            && !sentence[span.end..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '/'));
        let fits = text.len() >= 2
            && whole_words
            && sentence.matches(text).count() == 1
            && spans.iter().all(|(_, other)| other.end <= span.start || span.end <= other.start);
        if fits && text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '$' | '€' | '£')) {
            spans.push((kind, span));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(sentence: &str) -> Vec<&str> {
        answer_spans(sentence).into_iter().map(|(_, range)| &sentence[range]).collect()
    }

    #[test]
    fn names_dates_and_quantities_are_answers() {
        let sentence = "The first version of the tool was shown by Ada Lovelace on 4 May 1998 to 300 people.";
        assert_eq!(spans(sentence), ["4 May 1998", "300 people", "Ada Lovelace"]);
        assert_eq!(spans("In Paris the method `resolve_all` fails with probability of 5% or more."), ["5%", "resolve_all"]);
    }

    #[test]
    fn the_marks_of_a_list_are_no_part_of_its_sentences() {
        let rest = |sentence: &'static str| &sentence[enumeration(sentence)..];
        assert_eq!(rest("(a)(1) The Mayor shall appoint a board."), "The Mayor shall appoint a board.");
        assert_eq!(rest("(2A-1) The fund is open."), "The fund is open.");
        assert_eq!(rest("3. Open the lid."), "Open the lid.");
        assert_eq!(rest("(The fund is open.)"), "(The fund is open.)");
        assert_eq!(rest("2010 was a year."), "2010 was a year.");
    }

    #[test]
    fn fragments_code_and_leaning_sentences_are_left_out() {
        assert!(is_well_formed("The committee publishes its minutes within two weeks of a meeting."));
        assert!(!is_well_formed("the committee publishes its minutes within two weeks of a meeting."));
        assert!(!is_well_formed("The committee publishes [its minutes](x) within two weeks of a meeting."));
        assert!(stands_alone("The committee publishes minutes within two weeks of a meeting."));
        assert!(!stands_alone("However, the committee publishes minutes."));
        assert!(!stands_alone("The committee publishes its minutes."));
    }
}
