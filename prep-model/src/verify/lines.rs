//! A quotation against the lines of the file at its place.

use std::ops::Range;

use records::{Citation, Line};

use super::Verdict;

/// Lines that may stand between two lines of a quote without being part of it: a footer, a page number and a header, with room to spare.
const MOST_OMITTED: usize = 12;

/// One line's part of the range: its characters without white space, whether each may be missing in the quote, and where it stands in the file.
struct Part {
    /// Whether the line is a row of a table, which may stand anywhere between the head of the table and the row that is quoted with it.
    is_row: bool,
    characters: Vec<(char, bool)>,
    raw: Range<u64>,
}

/// Whether the lines of a file say at a citation's place what it quotes.
pub(super) fn check_lines(lines: &[Line], citation: &Citation) -> Verdict {
    if citation.start >= citation.end {
        return Verdict::refuted("the range is empty");
    }
    let first = lines.partition_point(|line| line.raw_end <= citation.start);
    let inside = lines[first..].iter().take_while(|line| line.raw_start < citation.end);
    let parts: Vec<Part> = inside.filter_map(|line| part(line, citation)).collect();
    let (Some(head), Some(tail)) = (parts.first(), parts.last()) else {
        return Verdict::refuted(format!("{}: no text stands at {}..{}", citation.doc, citation.start, citation.end));
    };
    if head.raw.start != citation.start || tail.raw.end != citation.end {
        return Verdict::refuted(format!(
            "{}: the range {}..{} does not begin and end with the text in it",
            citation.doc, citation.start, citation.end
        ));
    }
    let quote: Vec<char> = citation.quote.chars().filter(|character| !character.is_whitespace()).collect();
    if quote.is_empty() {
        return Verdict::refuted("the quote is empty");
    }
    match matches(&parts, &quote) {
        Some(omitted) => Verdict::Verified { omitted },
        None => Verdict::refuted(format!("{}: {}..{} reads otherwise than the quote", citation.doc, citation.start, citation.end)),
    }
}

fn part(line: &Line, citation: &Citation) -> Option<Part> {
    let raw = citation.start.max(line.raw_start)..citation.end.min(line.raw_end);
    let clean = line.spans.clean_range(raw)?;
    let text = line.text.get(clean.start as usize..clean.end as usize)?;
    let last = text.trim_end().chars().count();
    let is_hyphen = |character: char| matches!(character, '-' | '\u{ad}' | '¬' | '‐');
    // A hyphen behind a letter may be left out at the end of the line, and, as the reader has joined lines of mark-up, in front of white space.
    let characters: Vec<char> = text.chars().collect();
    let ends = |at: usize| at + 1 >= last || characters[at + 1].is_whitespace();
    let may_miss = |at: usize| is_hyphen(characters[at]) && ends(at) && at > 0 && characters[at - 1].is_alphabetic();
    let kept = (0..characters.len()).filter(|at| !characters[*at].is_whitespace()).map(|at| (characters[at], may_miss(at))).collect();
    Some(Part { is_row: is_row(line), characters: kept, raw: line.spans.raw_range(clean)? })
}

fn is_row(line: &Line) -> bool {
    let mut names = line.hints.html_path.split('/');
    let in_text = || line.hints.html_path.is_empty() && (line.text.contains(['|', '\t']) || line.text.contains("  "));
    names.any(|name| matches!(name.split('.').next(), Some("tr" | "td" | "th" | "thead"))) || in_text()
}

/// How many lines the quote passes over, if it matches: whole lines in the middle, a few in a row at most.
fn matches(parts: &[Part], quote: &[char]) -> Option<u32> {
    // Places in the quote that can be reached after the lines so far, with the lines omitted in all and in a row.
    let mut states: Vec<(usize, u32, usize)> = vec![(0, 0, 0)];
    for (at, part) in parts.iter().enumerate() {
        let edge = at == 0 || at + 1 == parts.len();
        let mut next: Vec<(usize, u32, usize)> = Vec::new();
        for (place, omitted, row) in states {
            if let Some(end) = advance(part, quote, place) {
                next.push((end, omitted, 0));
            }
            if !edge && (part.is_row || row < MOST_OMITTED) {
                next.push((place, omitted + 1, if part.is_row { row } else { row + 1 }));
            }
        }
        next.sort_unstable();
        next.dedup_by_key(|(place, _, row)| (*place, *row));
        states = next;
    }
    states.into_iter().filter(|(place, _, _)| *place == quote.len()).map(|(_, omitted, _)| omitted).min()
}

/// Where the quote goes on after this line.
fn advance(part: &Part, quote: &[char], mut place: usize) -> Option<usize> {
    for (character, may_miss) in &part.characters {
        if quote.get(place) == Some(character) {
            place += 1;
        } else if !may_miss {
            return None;
        }
    }
    Some(place)
}
