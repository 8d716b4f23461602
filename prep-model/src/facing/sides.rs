//! The two sides of a document: the lines of the original and the lines of the sections, and which stands for which.

use std::collections::HashMap;
use std::ops::Range;

use records::{Dropped, Page, Repair, Section};
use text::escape::one_line;

use crate::read::Reading;

/// A line of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its bytes in the original, or in the joined pages.
    pub raw: Range<u64>,
    /// What the reader saw.
    pub text: String,
    /// The name of the page that begins with it.
    pub page: Option<String>,
}

/// A line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// Its section, from 0.
    pub section: usize,
    /// Its bytes in the section's text.
    pub range: Range<usize>,
    /// The first line of the original that it stands for.
    pub left: Option<usize>,
}

/// What became of a line of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// It stands in a section: the number of the line there.
    Kept(usize),
    /// It is a heading above a section: the number of that section's first line.
    Heading(usize),
    /// It is in no section; why.
    Dropped(String),
    /// It says nothing that the sections do not say already.
    Nothing,
}

/// The lines of a document that is text itself, with what it holds without showing it.
pub fn of_reading(reading: Reading) -> Vec<Left> {
    let shown = reading.lines.into_iter().map(|line| Left { raw: line.raw_start..line.raw_end, text: line.text, page: None });
    let unseen = reading.unseen.into_iter().map(|one| Left { raw: one.raw_start..one.raw_end, text: one.text, page: None });
    let mut lines: Vec<Left> = shown.chain(unseen).collect();
    lines.sort_by_key(|line| line.raw.start);
    lines
}

/// The lines of extracted pages, which stand one after the other with a line break between them.
pub fn of_pages(pages: &[Page]) -> Vec<Left> {
    let (mut out, mut start) = (Vec::new(), 0_u64);
    for page in pages {
        let mut label = Some(format!("{} ({})", page.label, page.page));
        let mut at = start;
        for line in page.text.split_inclusive('\n') {
            let text = line.trim_end_matches('\n');
            if !text.trim().is_empty() {
                out.push(Left { raw: at..at + text.len() as u64, text: text.to_owned(), page: label.take() });
            }
            at += line.len() as u64;
        }
        start += page.text.len() as u64 + 1;
    }
    out
}

/// The lines of the sections, each with the line of the original that it begins in.
pub fn right(sections: &[Section], left: &[Left]) -> Vec<Right> {
    let mut out = Vec::new();
    for (section, row) in sections.iter().enumerate() {
        let mut start = 0;
        for line in row.text.split_inclusive('\n') {
            let range = start..start + line.trim_end_matches('\n').len();
            start += line.len();
            if range.is_empty() {
                continue;
            }
            let raw = row.spans.raw_range(range.start as u64..range.end as u64);
            out.push(Right { section, range, left: raw.and_then(|raw| touching(left, &raw).next()) });
        }
    }
    out
}

/// The lines of the original that a range of it touches. They are in the order of their beginnings.
fn touching<'a>(left: &'a [Left], raw: &Range<u64>) -> impl Iterator<Item = usize> + use<'a> {
    let raw = raw.clone();
    // A line may lie within another (a nested block): some before the first that begins behind the range may still reach into it.
    let end = left.partition_point(|line| line.raw.start < raw.end);
    let first = left[..end].iter().rposition(|line| line.raw.end <= raw.start).map_or(0, |at| at + 1);
    (first..end).filter(move |at| left[*at].raw.end > raw.start)
}

/// What became of each line of the original.
pub fn became(left: &[Left], sections: &[Section], right: &[Right], dropped: &[Dropped], title: Option<&str>) -> Vec<Became> {
    let mut kept: HashMap<usize, usize> = HashMap::new();
    let mut headings: HashMap<String, usize> = HashMap::new();
    for (number, line) in right.iter().enumerate() {
        let row = &sections[line.section];
        if let Some(raw) = row.spans.raw_range(line.range.start as u64..line.range.end as u64) {
            for at in touching(left, &raw) {
                kept.entry(at).or_insert(number);
            }
        }
        for heading in row.heading_path.iter().map(String::as_str).chain(title) {
            headings.entry(one_line(heading)).or_insert(number);
        }
    }
    let mut reasons: HashMap<usize, &str> = HashMap::new();
    for row in dropped {
        for at in touching(left, &(row.raw_start..row.raw_end)) {
            reasons.entry(at).or_insert(&row.reason);
        }
    }
    let of_line = |(at, line): (usize, &Left)| match (kept.get(&at), headings.get(&one_line(&line.text)), reasons.get(&at)) {
        (Some(right), ..) => Became::Kept(*right),
        (None, Some(right), _) => Became::Heading(*right),
        (None, None, Some(reason)) => Became::Dropped((*reason).to_owned()),
        (None, None, None) => Became::Nothing,
    };
    left.iter().enumerate().map(of_line).collect()
}

/// A piece of a line: as it was, or repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What stands there now.
    pub text: &'a str,
    /// What the reader saw, where that is something else.
    pub was: Option<&'a str>,
}

/// The pieces of a line of a section.
pub fn pieces<'a>(section: &'a Section, range: &Range<usize>) -> Vec<Piece<'a>> {
    let (mut out, mut at) = (Vec::new(), range.start);
    let inside = |repair: &&Repair| repair.start as usize >= range.start && repair.end as usize <= range.end;
    for repair in section.repairs.iter().filter(inside) {
        let (start, end) = (repair.start as usize, repair.end as usize);
        if start > at {
            out.push(Piece { text: &section.text[at..start], was: None });
        }
        out.push(Piece { text: &section.text[start..end], was: Some(&repair.original) });
        at = end;
    }
    if at < range.end {
        out.push(Piece { text: &section.text[at..range.end], was: None });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Left> {
        let mut at = 0;
        let line = |text: &&str| {
            let raw = at..at + text.len() as u64;
            at = raw.end + 1;
            Left { raw, text: (*text).to_owned(), page: None }
        };
        texts.iter().map(line).collect()
    }

    #[test]
    fn a_range_touches_the_lines_it_shares_a_byte_with() {
        let left = lines(&["Menu", "The crane", "was mended.", "3"]);
        let touched = |raw: Range<u64>| touching(&left, &raw).collect::<Vec<_>>();
        assert_eq!(touched(5..26), [1, 2]);
        assert_eq!(touched(4..5), Vec::<usize>::new(), "a line break is no line's");
        assert_eq!(touched(0..100), [0, 1, 2, 3]);
        assert_eq!(touched(27..28), [3]);
    }

    #[test]
    fn pages_count_on_behind_each_other() {
        let page =
            |page, text: &str| Page { doc_id: String::new(), path: String::new(), page, label: format!("p{page}"), text: text.into() };
        let left = of_pages(&[page(1, "one\n\ntwo"), page(2, "three")]);
        let told: Vec<(Range<u64>, &str, Option<&str>)> =
            left.iter().map(|line| (line.raw.clone(), line.text.as_str(), line.page.as_deref())).collect();
        assert_eq!(told, [(0..3, "one", Some("p1 (1)")), (5..8, "two", None), (9..14, "three", Some("p2 (2)"))]);
    }
}
