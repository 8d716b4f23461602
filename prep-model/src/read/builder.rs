//! One line under construction: pieces of the source are copied, decoded pieces stand for theirs, separators are inserted; white space
//! collapses to single spaces. Lines that grow too long are handed out in pieces.

use std::ops::Range;

use records::{Hints, Line, Link, OffsetMap, Segment};

/// Longest text of one line in bytes. Longer ones (a book without line breaks, a page in one `<p>`) come in pieces cut at spaces; a piece
/// that goes on where the one before it ended has no gap between the raw ranges, which is how later stages know.
pub const LINE_BYTES: usize = 4_096;

/// Longest target of a link that is kept, in bytes: data in a URL is no place.
const TARGET_BYTES: usize = 1_000;

/// Collects the text of one line with its map; source offsets count in the decoded text.
#[derive(Debug, Default)]
pub(super) struct LineBuilder {
    text: String,
    spans: OffsetMap,
    link_bytes: usize,
    space: Option<Range<usize>>,
    /// Whether a line of the source ends in the white space that waits.
    line_break: bool,
    /// Separators that wait for text behind them: a row does not end with those of its empty cells.
    inserted: String,
    links: Links,
}

/// The links of a text under construction; places count in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    done: Vec<Link>,
    /// The target of the link that is open, and where its words begin once there are some.
    open: Option<(String, Option<usize>)>,
}

impl Links {
    /// What follows leads to `target`, until [`Self::close`].
    pub fn open(&mut self, target: &str, at: usize) {
        self.close(at);
        self.open = (!target.is_empty() && target.len() <= TARGET_BYTES).then(|| (target.to_owned(), None));
    }

    pub fn close(&mut self, at: usize) {
        if let Some((target, Some(start))) = self.open.take() {
            self.done.push(Link { start: start as u32, end: at as u32, target });
        }
    }

    /// Words come at `at`.
    pub fn begin(&mut self, at: usize) {
        if let Some((_, start)) = &mut self.open {
            start.get_or_insert(at);
        }
    }

    /// Adds links that are whole.
    pub fn extend(&mut self, links: impl IntoIterator<Item = Link>) {
        self.done.extend(links);
    }

    /// Those of a text that ends at `at`. The one that is open goes on in the next text.
    pub fn take(&mut self, at: usize) -> Vec<Link> {
        if let Some(target) = self.open.as_ref().map(|(target, _)| target.clone()) {
            self.open(&target, at);
        }
        std::mem::take(&mut self.done)
    }
}

impl LineBuilder {
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Copies `source[range]` with white space collapsed.
    pub fn copy(&mut self, source: &str, range: Range<usize>, in_link: bool) {
        let mut word: Option<usize> = None;
        for (at, character) in source[range.clone()].char_indices() {
            let at = range.start + at;
            if character.is_whitespace() {
                if let Some(start) = word.take() {
                    self.push(&source[start..at], start..at, in_link);
                }
                self.space.get_or_insert(at..at + character.len_utf8());
                self.line_break |= matches!(character, '\n' | '\r');
            } else {
                word.get_or_insert(at);
            }
        }
        if let Some(start) = word {
            self.push(&source[start..range.end], start..range.end, in_link);
        }
    }

    /// Copies `source[range]` as it is, leading white space included: program text.
    pub fn copy_exactly(&mut self, source: &str, range: Range<usize>, in_link: bool) {
        self.push(&source[range.clone()], range, in_link);
    }

    /// Appends `text` that stands for the whole of `range` in the source: a decoded entity.
    pub fn stand_for(&mut self, text: &str, range: Range<usize>, in_link: bool) {
        if text.chars().all(char::is_whitespace) {
            self.space.get_or_insert(range);
            self.line_break |= text.contains('\n');
        } else {
            self.push(text, range, in_link);
        }
    }

    /// Appends text that the source does not hold, if there is anything to separate.
    pub fn insert(&mut self, text: &str) {
        self.space = None;
        if !self.text.is_empty() {
            self.inserted.push_str(text);
        }
    }

    /// The words before and after `range` of the source (a line break) are not one.
    pub fn separate(&mut self, range: Range<usize>) {
        self.space.get_or_insert(range);
        self.line_break = true;
    }

    /// What follows leads to `target`, until [`Self::close_link`]; in the lines after this one too.
    pub fn open_link(&mut self, target: &str) {
        self.links.open(target, self.text.len());
    }

    pub fn close_link(&mut self) {
        self.links.close(self.text.len());
    }

    fn push(&mut self, text: &str, raw: Range<usize>, in_link: bool) {
        // Behind a soft hyphen at the end of a line the word goes on.
        let line_break = std::mem::take(&mut self.line_break);
        let is_broken = line_break && self.text.ends_with('\u{ad}') && text.starts_with(char::is_alphanumeric);
        let space = self.space.take().filter(|_| !is_broken);
        if !self.inserted.is_empty() {
            self.text.push_str(&self.inserted);
            self.inserted.clear();
        } else if let Some(space) = space.filter(|_| !self.text.is_empty()) {
            self.map(1, space);
            self.text.push(' ');
        }
        self.map(text.len(), raw);
        self.links.begin(self.text.len());
        self.text.push_str(text);
        self.link_bytes += if in_link { text.len() } else { 0 };
    }

    fn map(&mut self, clean_length: usize, raw: Range<usize>) {
        let segment = Segment {
            clean: self.text.len() as u64,
            clean_length: clean_length as u64,
            raw: raw.start as u64,
            raw_length: raw.len() as u64,
        };
        // A piece that goes back in the source cannot be cited; it is kept as inserted text.
        let _ = self.spans.push(segment);
    }

    /// Hands the line over, cut at [`LINE_BYTES`], and starts anew. `hints.link_density` is filled in here.
    pub fn finish(&mut self, mut hints: Hints, lines: &mut Vec<Line>) {
        let links = self.links.take(self.text.len());
        let open = std::mem::take(&mut self.links);
        let Self { text, mut spans, link_bytes, .. } = std::mem::take(self);
        self.links = open;
        let text_end = text.trim_end().len();
        if text_end == 0 {
            return;
        }
        if text_end < text.len() {
            spans = spans.slice(0..text_end as u64);
        }
        hints.link_density = (link_bytes as f32 / text_end as f32).min(1.0);
        push_linked(&text[..text_end], &spans, hints, &links, lines);
    }
}

/// Appends one line without links, or the pieces of one that is too long.
pub(super) fn push_pieces(text: &str, spans: &OffsetMap, hints: Hints, lines: &mut Vec<Line>) {
    push_linked(text, spans, hints, &[], lines);
}

/// Appends one line, or the pieces of one that is too long. Text without a place in the source is dropped: nothing could cite it.
pub(super) fn push_linked(text: &str, spans: &OffsetMap, hints: Hints, links: &[Link], lines: &mut Vec<Line>) {
    let mut start = 0;
    while start < text.len() {
        let end = cut(text, spans, start);
        let clean = start as u64..end as u64;
        if let Some(raw) = spans.raw_range(clean.clone()) {
            let hints = if start == 0 { hints.clone() } else { Hints { blank_before: 0, ..hints.clone() } };
            lines.push(Line {
                doc_id: String::new(),
                line: lines.len() as u32,
                text: text[start..end].to_owned(),
                raw_start: raw.start,
                raw_end: raw.end,
                spans: if start == 0 && end == text.len() { spans.clone() } else { spans.slice(clean) },
                hints,
                links: links.iter().filter_map(|link| link.slice(&(start..end))).collect(),
            });
        }
        start = end;
    }
}

/// Where the piece that starts at `start` ends: behind the last space that fits, and never inside a run that stands for its source as a whole.
fn cut(text: &str, spans: &OffsetMap, start: usize) -> usize {
    if text.len() - start <= LINE_BYTES {
        return text.len();
    }
    let limit = text.floor_char_boundary(start + LINE_BYTES);
    let end = match text[start..limit].rfind(' ') {
        Some(space) if space > 0 => start + space + 1,
        _ => limit,
    };
    let index = spans.segments().partition_point(|segment| segment.clean + segment.clean_length <= end as u64);
    match spans.segments().get(index) {
        Some(segment) if segment.clean < end as u64 && segment.clean_length != segment.raw_length => {
            (segment.clean + segment.clean_length) as usize
        }
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_collapses_and_still_maps() {
        let source = "  a \n b&amp;c ";
        let mut builder = LineBuilder::default();
        builder.copy(source, 0..7, false);
        builder.stand_for("&", 7..12, false);
        builder.copy(source, 12..14, false);
        let mut lines = Vec::new();
        builder.finish(Hints::default(), &mut lines);
        assert_eq!(lines[0].text, "a b&c");
        assert_eq!(lines[0].spans.raw_range(3..4), Some(7..12));
        assert_eq!((lines[0].raw_start, lines[0].raw_end), (2, 13));
    }

    #[test]
    fn a_word_broken_at_a_soft_hyphen_is_put_together() {
        let source = "cof\u{ad}\n  ferdam a\u{ad} b";
        let (mut builder, mut lines) = (LineBuilder::default(), Vec::new());
        builder.copy(source, 0..source.len(), false);
        builder.finish(Hints::default(), &mut lines);
        assert_eq!(lines[0].text, "cof\u{ad}ferdam a\u{ad} b");
        assert_eq!(lines[0].spans.raw_range(0..11), Some(0..14));
    }

    #[test]
    fn a_link_goes_on_in_the_next_line() {
        let source = "a bc  de f";
        let (mut builder, mut lines) = (LineBuilder::default(), Vec::new());
        builder.copy(source, 0..2, false);
        builder.open_link("x");
        builder.copy(source, 2..5, true);
        builder.finish(Hints::default(), &mut lines);
        builder.copy(source, 6..8, true);
        builder.close_link();
        builder.copy(source, 8..10, false);
        builder.finish(Hints::default(), &mut lines);
        let linked = |line: &Line| line.links.iter().map(|link| line.text[link.start as usize..link.end as usize].to_owned()).collect();
        assert_eq!(lines.iter().map(linked).collect::<Vec<Vec<String>>>(), [["bc"], ["de"]]);
    }

    #[test]
    fn a_long_line_comes_in_adjoining_pieces() {
        let source = "word ".repeat(3_000);
        let mut lines = Vec::new();
        push_pieces(source.trim_end(), &OffsetMap::identity(source.len() as u64 - 1), Hints::default(), &mut lines);
        assert!(lines.len() > 3 && lines.iter().all(|line| line.text.len() <= LINE_BYTES));
        assert!(lines.windows(2).all(|pair| pair[0].raw_end == pair[1].raw_start));
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<String>(), source.trim_end());
    }
}
