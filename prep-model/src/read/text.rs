//! Plain text: a line is a physical line without the white space around it, so that `raw[start..end]` is its text. Form feeds turn pages.

use records::{Hints, Line, OffsetMap};

use super::builder::push_pieces;

/// What ends a line: Unicode has three characters for it beside those of ASCII.
const BREAKS: [char; 6] = ['\n', '\r', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
/// Columns between tab stops.
const TAB: u32 = 8;

/// The lines of a plain text; offsets count in `text`.
pub(super) fn read_text(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut page = text.contains('\u{c}').then_some(1);
    let (mut start, mut blank_before) = (0, 0);
    while start < text.len() {
        let end = text[start..].find(BREAKS).map_or(text.len(), |at| start + at);
        let body = text[start..end].trim();
        if body.is_empty() {
            blank_before += 1;
        } else {
            let lead = text[start..end].len() - text[start..end].trim_start().len();
            let hints = Hints { page, indent: columns(&text[start..start + lead]), blank_before, ..Hints::default() };
            let spans = OffsetMap::verbatim((start + lead) as u64, body.len() as u64);
            push_pieces(body, &spans, hints, &mut lines);
            blank_before = 0;
        }
        let rest = &text[end..];
        if rest.starts_with('\u{c}') {
            page = page.map(|page| page + 1);
        }
        start = end + if rest.starts_with("\r\n") { 2 } else { rest.chars().next().map_or(1, char::len_utf8) };
    }
    lines
}

fn columns(lead: &str) -> u32 {
    lead.chars().fold(0, |column, character| if character == '\t' { (column / TAB + 1) * TAB } else { column + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_break_of_unicode_ends_a_line() {
        let source = "One.\u{85}Two.\u{2028}Three.\r\n\u{2029}Four.";
        let texts: Vec<String> = read_text(source).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["One.", "Two.", "Three.", "Four."]);
        assert!(read_text(source).iter().all(|line| source[line.raw_start as usize..line.raw_end as usize] == line.text));
    }

    #[test]
    fn lines_carry_indent_blank_lines_and_pages() {
        let lines = read_text("Title\n\n\n  indented\r\n\ttab\x0c7\nnext page");
        let seen: Vec<_> = lines.iter().map(|l| (l.text.as_str(), l.hints.indent, l.hints.blank_before, l.hints.page)).collect();
        let expected = [
            ("Title", 0, 0, Some(1)),
            ("indented", 2, 2, Some(1)),
            ("tab", 8, 0, Some(1)),
            ("7", 0, 0, Some(2)),
            ("next page", 0, 0, Some(2)),
        ];
        assert_eq!(seen, expected);
    }
}
