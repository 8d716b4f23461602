//! Highlights over a text: ranges of bytes that may nest and cross, written as runs between the places where one begins or ends.

use std::ops::Range;

use super::html::escaped;

/// What is highlighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Highlight {
    /// The sentence of a fact.
    Sentence,
    /// Characters that were damaged on purpose.
    Damage,
    /// The value of the fact with this number.
    Value(usize),
}

/// A highlighted range of bytes.
pub(super) type Mark = (Range<usize>, Highlight);

/// The bytes of a text as HTML, with its highlights; `anchor` and its number name the place of a value. Bytes that are no UTF-8 show as the replacement sign; ranges beyond the end are cut.
pub(super) fn highlighted(bytes: &[u8], marks: &[Mark], anchor: &str) -> String {
    let mut bounds: Vec<usize> = marks.iter().flat_map(|(range, _)| [range.start, range.end]).chain([0, bytes.len()]).collect();
    bounds.retain(|at| *at <= bytes.len());
    bounds.sort_unstable();
    bounds.dedup();
    let mut out = String::new();
    for pair in bounds.windows(2) {
        let [start, end] = *pair else { continue };
        let mut over: Vec<&Mark> = marks.iter().filter(|(range, _)| range.start <= start && range.end >= end).collect();
        over.sort_by_key(|(_, highlight)| *highlight);
        let text = escaped(&String::from_utf8_lossy(&bytes[start..end]));
        out.push_str(&run(start, &text, &over, anchor));
    }
    out
}

/// One run under its highlights; a value brings its number where it begins.
fn run(start: usize, text: &str, over: &[&Mark], anchor: &str) -> String {
    let mut out = text.to_owned();
    for (range, highlight) in over.iter().rev() {
        out = match highlight {
            Highlight::Sentence => format!("<span class=\"sentence\">{out}</span>"),
            Highlight::Damage => format!("<span class=\"damage\">{out}</span>"),
            Highlight::Value(number) if range.start == start => format!("<mark id=\"{anchor}{number}\"><sup>{number}</sup>{out}</mark>"),
            Highlight::Value(_) => format!("<mark>{out}</mark>"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_highlights_give_well_nested_runs() {
        let marks = [(0..5, Highlight::Sentence), (3..8, Highlight::Damage), (4..5, Highlight::Value(1))];
        assert_eq!(
            highlighted(b"ab<defgh", &marks, "raw-"),
            "<span class=\"sentence\">ab&lt;</span><span class=\"sentence\"><span class=\"damage\">d</span></span>\
             <span class=\"sentence\"><span class=\"damage\"><mark id=\"raw-1\"><sup>1</sup>e</mark></span></span><span class=\"damage\">fgh</span>"
        );
    }

    #[test]
    fn a_highlight_beyond_the_end_is_cut() {
        assert_eq!(highlighted("é".as_bytes(), &[(0..99, Highlight::Sentence)], ""), "<span class=\"sentence\">é</span>");
        assert_eq!(highlighted(&[0xff], &[], ""), "\u{fffd}");
    }
}
