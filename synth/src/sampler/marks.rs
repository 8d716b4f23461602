//! Text of a document as text of the page, and highlights over it: ranges of bytes that may nest and cross, written as runs between the
//! places where one begins or ends.

use std::ops::Range;

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

/// A text in which nothing is mark-up. Signs that do not print are shown by their pictures; a form feed ends a page.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\r' => {}
            // The control pictures stand in the order of the signs they stand for.
            '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + c as u32)),
            // Marks that turn the direction of the text that follows, beyond the document's own.
            '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_document_is_mark_up() {
        assert_eq!(escaped("<b a='x'>&\"\u{0c}\u{202e}"), "&lt;b a=&#39;x&#39;&gt;&amp;&quot;␌\u{fffd}");
    }

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
