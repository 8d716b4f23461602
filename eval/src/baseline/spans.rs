//! Pieces of a sentence that could be an answer: dates, numbers with units, names, addresses, cells, and what follows a copula.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// What a piece of text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A day, month or year.
    Date,
    /// A year alone.
    Year,
    /// A number, with its unit if one follows.
    Quantity,
    /// A run of capitalised words, a quoted title, a code.
    Name,
    /// An e-mail or web address.
    Address,
    /// A telephone number, version or code.
    Number,
    /// A table cell, or what stands behind a colon.
    Cell,
    /// What follows is, was, are, called ...
    Predicate,
}

const MONTH: &str = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?";
const YEAR: &str = r"(?:1[0-9]{3}|20[0-9]{2})";

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern")
}

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"\b(?:{YEAR}-\d{{2}}-\d{{2}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}(?:,? {YEAR})?|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? {YEAR})?|{MONTH},? {YEAR})\b"
    ))
});
static ONLY_YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b{YEAR}\b")));
static QUANTITY: LazyLock<Regex> = LazyLock::new(|| {
    let number =
        r"(?:\d+(?:[.,]\d+)*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b)";
    let size = r"(?:hundred|thousand|million|billion)";
    let unit = r"(?:%|percent|per cent|°C?|euros?|dollars?|pounds?|cents?|kilomet(?:re|er)s?|met(?:re|er)s?|miles?|feet|inches|acres|hectares|km|kg|tons?|tonnes?|lit(?:re|er)s?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|degrees?)";
    pattern(&format!(r"(?i)(?:[$€£]|\b(?:EUR|USD|GBP) )?{number}(?: {size}\b)?(?:\s?-?{unit}\b|\s?%)?"))
});
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"(?:\p{Lu}[\p{L}\d'’.&-]*|[A-Z]{2,}[\d-]*)";
    pattern(&format!(r"{word}(?:(?: (?:of|the|and|de|la|von|van|for|&|in))*(?: |-){word}|(?: \d+(?:\.\d+)*\b))*"))
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"[“\x22]([^“”\x22]{2,80})[”\x22]|`([^`]{1,60})`"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\w.+-]+@[\w-]+\.[\w.-]*\w|https?://\S*[\w/]|www\.\S*\w"));
static TRIGGER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:is|are|was|were|be|been|becomes?|became|called|named|known as|as|means|equals|by|to|at|in|of|from|on)\b (?:(?:a|an|the) )?",
    )
});
static CLAUSE_END: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[.,;:()]|\s(?:and|which|who|that|but|while|after|before|between|since|because|where|when|with|for)\b"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\+?\b\d[\d ()/-]{6,}\d\b|\b\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)+\b"));
static CELLS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[^|\t]+"));

/// Every piece of `text` that looks like an answer, with its bytes. Pieces may overlap; each shape's pieces come in order.
#[must_use]
pub fn spans(text: &str) -> Vec<(Range<usize>, Shape)> {
    let mut out = Vec::new();
    let mut all = |pattern: &Regex, shape: Shape| out.extend(pattern.find_iter(text).map(|found| (found.range(), shape)));
    all(&DATE, Shape::Date);
    all(&ONLY_YEAR, Shape::Year);
    all(&QUANTITY, Shape::Quantity);
    all(&ADDRESS, Shape::Address);
    all(&NUMBER, Shape::Number);
    let currency = |range: &Range<usize>| ["EUR", "USD", "GBP"].iter().any(|mark| text[range.clone()].starts_with(mark));
    for found in NAME.find_iter(text).filter(|found| !currency(&found.range())) {
        out.extend(names(text, found.range()).into_iter().map(|range| (range, Shape::Name)));
    }
    for found in QUOTED.captures_iter(text) {
        out.extend(found.get(1).or(found.get(2)).map(|group| (group.range(), Shape::Name)));
    }
    for trigger in TRIGGER.find_iter(text) {
        out.extend(predicates(text, trigger.end()).into_iter().map(|range| (range, Shape::Predicate)));
    }
    if text.contains(['|', '\t']) {
        out.extend(CELLS.find_iter(text).map(|found| (found.range(), Shape::Cell)));
    } else if let Some(colon) = text.find(": ").filter(|colon| *colon < 60) {
        out.push((colon + 2..text.len(), Shape::Cell));
    }
    // A number inside a date, a telephone number or a code is none of its own.
    let taken: Vec<Range<usize>> =
        out.iter().filter(|(_, shape)| matches!(shape, Shape::Date | Shape::Number)).map(|(range, _)| range.clone()).collect();
    let free = |range: &Range<usize>| !taken.iter().any(|other| range.start < other.end && other.start < range.end);
    let joined = |range: &Range<usize>| text[..range.start].ends_with(|c: char| c.is_alphanumeric() || c == '-');
    out.retain(|(range, shape)| *shape != Shape::Quantity || free(range) && !joined(range));
    out.into_iter().map(|(range, shape)| (trimmed(text, range), shape)).filter(|(range, _)| !range.is_empty()).collect()
}

/// What follows a copula or preposition: up to the next conjunction and, where that is not the end, up to the next punctuation.
fn predicates(text: &str, start: usize) -> Vec<Range<usize>> {
    let rest = &text[start..];
    let long = rest.find(['.', ',', ';', ':', '(', ')']).unwrap_or(rest.len());
    let short = CLAUSE_END.find(rest).map_or(rest.len(), |end| end.start());
    let mut ends = vec![short];
    if long != short {
        ends.push(long);
    }
    ends.into_iter().filter(|end| (2..=80).contains(end)).map(|end| start..start + end).collect()
}

/// A run of capitalised words, without a lower-case sentence opener; where it holds "and" or "in", its parts as well.
fn names(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    const OPENERS: [&str; 26] = [
        "A", "After", "All", "An", "And", "As", "At", "Before", "But", "By", "During", "For", "From", "He", "However", "If", "In", "It",
        "On", "She", "Since", "The", "They", "This", "When", "With",
    ];
    let mut range = trimmed(text, range);
    while let Some(opener) = OPENERS
        .iter()
        .find(|opener| text[range.clone()].strip_prefix(**opener).is_some_and(|rest| rest.starts_with(' ') || rest.is_empty()))
    {
        range.start = (range.start + opener.len() + 1).min(range.end);
    }
    let mut out = vec![range.clone()];
    for joint in [" and ", " in ", " of the ", " for "] {
        if let Some(at) = text[range.clone()].find(joint) {
            out.push(range.start..range.start + at);
            out.push(range.start + at + joint.len()..range.end);
        }
    }
    out
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let piece = &text[range.clone()];
    let inner = piece.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '"' | '“' | '”' | '|' | '*' | '_' | '`'));
    let inner = if inner.ends_with('.') && inner.matches('.').count() == 1 { &inner[..inner.len() - 1] } else { inner };
    let start = inner.as_ptr() as usize - text.as_ptr() as usize;
    start..start + inner.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str, wanted: Shape) -> Vec<&str> {
        spans(text).into_iter().filter(|(_, shape)| *shape == wanted).map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn every_shape_is_found() {
        assert_eq!(of("dial +00 71 892 3706 or take 10.7.1", Shape::Number), ["+00 71 892 3706", "10.7.1"]);
        let text = "The Harbour Office paid 12.5 million euros on 3 May 2019; write to a.b@alder.org.";
        assert_eq!(of(text, Shape::Date), ["3 May 2019"]);
        assert_eq!(of(text, Shape::Year), ["2019"]);
        assert_eq!(of(text, Shape::Address), ["a.b@alder.org"]);
        assert!(of(text, Shape::Quantity).contains(&"12.5 million euros"), "{:?}", of(text, Shape::Quantity));
        assert!(of(text, Shape::Name).contains(&"Harbour Office"), "{:?}", of(text, Shape::Name));
        assert_eq!(of("name | Mira Holt | 2014", Shape::Cell), ["name", "Mira Holt", "2014"]);
        assert_eq!(of("Owner: Mira Holt", Shape::Cell), ["Mira Holt"]);
        assert_eq!(of("The engine is a steam turbine, built late.", Shape::Predicate), ["steam turbine"]);
        assert_eq!(of("It was the result of a worn valve.", Shape::Predicate), ["result of a worn valve", "worn valve"]);
        assert!(of("Policy VA-1491 from 3 May 2019", Shape::Quantity).is_empty());
    }

    proptest! {
        #[test]
        fn spans_lie_on_character_boundaries(text in "(?s).{0,60}") {
            for (range, _) in spans(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
