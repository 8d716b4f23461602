//! Clean text in the making: characters with their way back to the file and the repairs made to them. Lines are joined into paragraphs,
//! paragraphs into sections, and long ones cut again, without the three ever coming apart.

use std::ops::Range;

use records::{Line, Link, OffsetMap, Repair, Segment};

/// A stretch of clean text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Its bytes to those of the file.
    pub spans: OffsetMap,
    /// What was changed, sorted and disjoint.
    pub repairs: Vec<Repair>,
    /// Where parts of it lead, sorted and disjoint.
    pub links: Vec<Link>,
}

/// A change to a line: the bytes `range` of its text should read `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Bytes of the line's text, on character boundaries.
    pub range: Range<usize>,
    /// What should stand there.
    pub text: String,
}

impl Piece {
    /// A line as the reader gave it.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        Self { text: line.text.clone(), spans: line.spans.clone(), repairs: Vec::new(), links: line.links.clone() }
    }

    /// A line with changes, which must be sorted and disjoint.
    #[must_use]
    pub fn changed(line: &Line, changes: &[Change]) -> Self {
        let mut out = Self::default();
        let mut at = 0;
        let whole = Self { links: Vec::new(), ..Self::of(line) };
        for change in changes {
            out.push(&whole.slice(at..change.range.start));
            let start = out.text.len();
            if let Some(raw) = line.spans.raw_range(change.range.start as u64..change.range.end as u64) {
                let clean_length = change.text.len() as u64;
                let segment = Segment { clean: start as u64, clean_length, raw: raw.start, raw_length: raw.end - raw.start };
                // Out of order only if the reader's own map is: then the change has no place in the file.
                let _ = out.spans.push(segment);
            }
            out.text.push_str(&change.text);
            let original = line.text[change.range.clone()].to_owned();
            out.repairs.push(Repair { start: start as u32, end: out.text.len() as u32, original });
            at = change.range.end;
        }
        out.push(&whole.slice(at..line.text.len()));
        let moved = |link: &Link| Link {
            start: moved(changes, link.start as usize, false) as u32,
            end: moved(changes, link.end as usize, true) as u32,
            target: link.target.clone(),
        };
        out.links = line.links.iter().map(moved).filter(|link| link.start < link.end).collect();
        out
    }

    /// Appends another piece.
    pub fn push(&mut self, other: &Self) {
        let shift = self.text.len();
        for segment in other.spans.segments() {
            // A segment that goes back in the file (broken nesting of mark-up) is kept as text without a place.
            let _ = self.spans.push(Segment { clean: segment.clean + shift as u64, ..*segment });
        }
        let moved = |repair: &Repair| Repair {
            start: repair.start + shift as u32,
            end: repair.end + shift as u32,
            original: repair.original.clone(),
        };
        self.repairs.extend(other.repairs.iter().map(moved));
        for link in &other.links {
            let (start, end) = (link.start + shift as u32, link.end + shift as u32);
            // A link cut in two is one again.
            match self.links.last_mut().filter(|last| goes_on(&self.text, last, link)) {
                Some(last) => last.end = end,
                None => self.links.push(Link { start, end, target: link.target.clone() }),
            }
        }
        self.text.push_str(&other.text);
    }

    /// Appends text that stands nowhere in the file.
    pub fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Takes the last character off, if nothing was repaired there: the hyphen of a broken word.
    pub fn pop_character(&mut self) {
        let Some(last) = self.text.chars().next_back() else { return };
        let end = self.text.len() - last.len_utf8();
        if self.repairs.last().is_none_or(|repair| repair.end as usize <= end) {
            self.text.truncate(end);
            self.spans = self.spans.slice(0..end as u64);
            self.links = self.links.iter().filter_map(|link| link.slice(&(0..end))).collect();
        }
    }

    /// The part of the piece in `range`, which must fall on character boundaries and should come from [`Self::safe_cut`].
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let inside = |repair: &&Repair| {
            let (start, end) = (repair.start as usize, repair.end as usize);
            if start == end {
                range.start < start && start <= range.end || start == 0 && range.start == 0
            } else {
                start < range.end && end > range.start
            }
        };
        let moved = |repair: &Repair| Repair {
            start: (repair.start as usize).saturating_sub(range.start) as u32,
            end: ((repair.end as usize).min(range.end) - range.start) as u32,
            original: repair.original.clone(),
        };
        Self {
            text: self.text[range.clone()].to_owned(),
            spans: self.spans.slice(range.start as u64..range.end as u64),
            repairs: self.repairs.iter().filter(inside).map(moved).collect(),
            links: self.links.iter().filter_map(|link| link.slice(&range)).collect(),
        }
    }

    /// The first place at or behind `at` that is on a character boundary and inside no repair.
    #[must_use]
    pub fn safe_cut(&self, at: usize) -> usize {
        let at = self.text.ceil_char_boundary(at.min(self.text.len()));
        let inside = self.repairs.iter().find(|repair| (repair.start as usize) < at && at < repair.end as usize);
        inside.map_or(at, |repair| repair.end as usize)
    }
}

/// Whether a link at the start of what is appended is the end of the last one in `text`.
fn goes_on(text: &str, last: &Link, link: &Link) -> bool {
    link.start == 0 && last.target == link.target && text.get(last.end as usize..).is_some_and(|between| between.trim().is_empty())
}

/// Where a place of a line stands after changes; one inside a change goes to its start or end.
fn moved(changes: &[Change], at: usize, to_end: bool) -> usize {
    let mut shift = 0_isize;
    for change in changes {
        let Range { start, end } = change.range;
        if end <= at {
            shift += change.text.len() as isize - change.range.len() as isize;
        } else if start < at {
            let within = if to_end { change.text.len() } else { 0 };
            return start.saturating_add_signed(shift) + within;
        }
    }
    at.saturating_add_signed(shift)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use records::{Hints, Section};

    use super::*;

    fn line(text: &str, raw_start: u64) -> Line {
        let length = text.len() as u64;
        Line {
            doc_id: String::new(),
            line: 0,
            text: text.into(),
            raw_start,
            raw_end: raw_start + length,
            spans: OffsetMap::verbatim(raw_start, length),
            hints: Hints::default(),
            links: vec![],
        }
    }

    fn section(piece: Piece) -> Section {
        Section {
            doc_id: String::new(),
            path: String::new(),
            title: None,
            section: 0,
            heading_path: vec![],
            role: records::Role::Paragraph,
            text: piece.text,
            spans: piece.spans,
            page: None,
            repairs: piece.repairs,
            links: piece.links,
            pages: Vec::new(),
        }
    }

    #[test]
    fn a_change_keeps_the_way_back_and_what_stood_there() {
        let changes = [Change { range: 4..6, text: "m".into() }, Change { range: 12..12, text: " ".into() }];
        let piece = Piece::changed(&line("the rnain ofthe", 100), &changes);
        assert_eq!(piece.text, "the main of the");
        assert_eq!(piece.spans.raw_range(4..5), Some(104..106));
        assert_eq!(piece.spans.raw_range(0..15), Some(100..115));
        let section = section(piece);
        assert_eq!(section.unrepaired(0..15), "the rnain ofthe");
    }

    #[test]
    fn a_link_keeps_its_words_through_changes() {
        let link = |range: Range<usize>| Link { start: range.start as u32, end: range.end as u32, target: "b.md".into() };
        let links = vec![link(0..9), link(10..15)];
        let changes = [Change { range: 4..6, text: "m".into() }, Change { range: 12..12, text: " ".into() }];
        let piece = Piece::changed(&Line { links, ..line("the rnain ofthe", 0) }, &changes);
        let words: Vec<&str> = piece.links.iter().map(|link| &piece.text[link.start as usize..link.end as usize]).collect();
        assert_eq!(words, ["the main", "of the"]);
    }

    proptest! {
        #[test]
        fn cutting_and_joining_gives_the_same_back(cuts in prop::collection::vec(0..30_usize, 0..4)) {
            let changes = [Change { range: 2..2, text: "xy".into() }, Change { range: 8..12, text: "z".into() }, Change { range: 15..17, text: String::new() }];
            let links = vec![Link { start: 2, end: 9, target: "x".into() }, Link { start: 15, end: 20, target: "y".into() }];
            let whole = Piece::changed(&Line { links, ..line("a line of text with damage", 7) }, &changes);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| whole.safe_cut(cut)).chain([0, whole.text.len()]).collect();
            cuts.sort_unstable();
            let mut again = Piece::default();
            cuts.windows(2).for_each(|pair| again.push(&whole.slice(pair[0]..pair[1])));
            prop_assert_eq!(&again, &whole);
            prop_assert_eq!(section(again).unrepaired(0..whole.text.len()), "a line of text with damage");
        }
    }
}
