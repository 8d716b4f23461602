//! XML of documents: law, papers, manuals. What an element is for stands in `formats/xml.toml`; each block becomes a line with the path that
//! its HTML would have, a number stands before the block it numbers, a table row is one line of cells. Tags come from quick-xml with their
//! places. A file that is broken here and there is read around the breaks; one that is broken all over is refused.

mod elements;
#[cfg(test)]
mod tests;

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::Event;
use records::Hints;

use super::ReadError;
use super::builder::LineBuilder;
use super::html::CELL;
use super::parsed::Parsed;
use elements::{Elements, Kind};

/// Deeper elements are read but no longer named.
const MAX_DEPTH: usize = 512;
/// Names of a longer path are left out in the middle.
const PATH_NAMES: usize = 40;
/// Breaks of the syntax after which a file is refused: each may cost a pass over the rest of it.
const MOST_BREAKS: usize = 32;

/// The lines of a document and the title that it states; offsets count in `source`.
pub(super) fn read_xml(source: &str) -> Result<Parsed, ReadError> {
    let mut document = Document {
        source,
        open: Vec::new(),
        skipping: None,
        builder: LineBuilder::default(),
        unseen: LineBuilder::default(),
        path: String::new(),
        numbered: false,
        cells: (0, 0),
        out: Parsed::default(),
    };
    let mut broken = None;
    let mut start = 0;
    for _ in 0..=MOST_BREAKS {
        let Some(at) = document.read(start) else {
            document.flush();
            document.end_skipping();
            return match broken {
                Some(offset) if document.out.lines.is_empty() => Err(ReadError::BrokenXml { offset }),
                _ => Ok(document.out),
            };
        };
        broken.get_or_insert(at as u64);
        start = at + 1;
    }
    Err(ReadError::BrokenXml { offset: broken.unwrap_or_default() })
}

struct Open {
    name: String,
    kind: Kind,
    /// What the path shows.
    label: String,
}

struct Document<'a> {
    source: &'a str,
    open: Vec<Open>,
    /// The element that is passed over, and how many of its name are open.
    skipping: Option<(String, usize)>,
    builder: LineBuilder,
    /// What stands in the element that is passed over.
    unseen: LineBuilder,
    /// Path of the line under construction, taken at its first character behind its number.
    path: String,
    /// Whether the line holds nothing but its number yet.
    numbered: bool,
    /// Heads and other cells of the row that is open.
    cells: (usize, usize),
    out: Parsed,
}

impl Document<'_> {
    /// Reads from a place to the end; None, or where a `<` stands that opens no mark-up.
    fn read(&mut self, start: usize) -> Option<usize> {
        let mut reader = Reader::from_str(&self.source[start..]);
        let config = reader.config_mut();
        (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) = (false, true, true);
        let mut from = start;
        loop {
            let event = reader.read_event();
            let range = from..(start + reader.buffer_position() as usize).min(self.source.len());
            from = range.end;
            match event {
                Ok(Event::Start(tag)) if is_name(tag.local_name().as_ref()) => self.start(tag.local_name().as_ref(), &range, false),
                Ok(Event::Empty(tag)) if is_name(tag.local_name().as_ref()) => self.start(tag.local_name().as_ref(), &range, true),
                // "a < b": the sign is text, and what is behind it too.
                Ok(Event::Start(_) | Event::Empty(_)) => {
                    self.text(range.start..range.start + 1);
                    return Some(range.start);
                }
                Ok(Event::End(tag)) => self.end(tag.local_name().as_ref(), &range),
                Ok(Event::Text(_)) => self.text(range),
                Ok(Event::CData(_)) if range.len() >= 12 => self.text(range.start + 9..range.end - 3),
                Ok(Event::GeneralRef(reference)) => {
                    let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                    let text = character.or_else(|| resolve_html5_entity(&reference).map(str::to_owned));
                    self.reference(text, range);
                }
                Ok(Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Ok(Event::Eof) => return None,
                Err(_) => return Some(range.start).filter(|at| *at < self.source.len()),
            }
        }
    }

    fn start(&mut self, name: &str, tag: &Range<usize>, empty: bool) {
        if let Some((skipped, depth)) = &mut self.skipping {
            *depth += usize::from(skipped == name && !empty);
            return;
        }
        let kind = self.kind(name);
        match kind {
            Kind::Skipped => {
                self.skipping = (!empty).then(|| (name.to_owned(), 1));
                return;
            }
            Kind::Inline => {}
            Kind::Cell if !self.builder.is_empty() && self.is_inside(|open| open.kind == Kind::Row) => self.builder.insert(CELL),
            Kind::Break => self.builder.separate(tag.clone()),
            _ if self.numbered || self.is_inside(|open| open.kind.is_line()) => self.builder.separate(tag.clone()),
            _ => self.flush(),
        }
        match kind {
            Kind::Row => {
                self.cells = (0, 0);
                self.out.tables.begin_row();
            }
            Kind::Cell if name == "th" => self.cells.0 += 1,
            Kind::Cell => self.cells.1 += 1,
            _ => {}
        }
        if !empty && self.open.len() < MAX_DEPTH {
            if is_table(name) {
                self.out.tables.open();
            }
            let label = self.label(kind);
            self.open.push(Open { name: name.to_owned(), kind, label });
        }
    }

    /// What an element is for where it stands now. A name that nobody knows runs on inside running text.
    fn kind(&self, name: &str) -> Kind {
        let parent = self.open.last();
        let kind = Elements::get().kind(parent.map_or("", |open| &open.name), name);
        let runs = |open: &Open| {
            let begun = !self.builder.is_empty() && !self.numbered;
            open.kind == Kind::Inline || begun && matches!(open.kind, Kind::Paragraph | Kind::Item | Kind::Cell | Kind::Caption)
        };
        if kind == Kind::Unknown && parent.is_some_and(runs) { Kind::Inline } else { kind }
    }

    fn label(&self, kind: Kind) -> String {
        let parts = self.open.iter().filter(|open| matches!(open.kind, Kind::Section | Kind::Paragraph)).count();
        match kind {
            Kind::Title => "h1".to_owned(),
            Kind::Heading => format!("h{}", parts.clamp(1, 6)),
            _ => kind.shown().unwrap_or_default().to_owned(),
        }
    }

    fn end(&mut self, name: &str, tag: &Range<usize>) {
        if let Some((skipped, depth)) = &mut self.skipping {
            *depth -= usize::from(skipped == name);
            if *depth == 0 {
                self.end_skipping();
            }
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        let closed = |kind: fn(Kind) -> bool| self.open[at..].iter().all(|open| kind(open.kind));
        if closed(|kind| kind == Kind::Inline) {
            self.truncate(at);
            return;
        }
        let runs_on = closed(|kind| matches!(kind, Kind::Inline | Kind::Number)) || self.open[..at].iter().any(|open| open.kind.is_line());
        if runs_on {
            self.builder.separate(tag.clone());
        } else {
            self.flush();
        }
        self.truncate(at);
    }

    /// The text of an element that is passed over is listed with its reason.
    fn end_skipping(&mut self) {
        let Some((name, _)) = self.skipping.take() else { return };
        let mut found = Vec::new();
        self.unseen.finish(Hints::default(), &mut found);
        self.out.unseen.extend(found.into_iter().map(|line| (line, format!("not shown: {name}"))));
    }

    fn truncate(&mut self, at: usize) {
        for open in self.open.drain(at..) {
            if is_table(&open.name) {
                self.out.tables.close();
            }
        }
    }

    fn text(&mut self, range: Range<usize>) {
        if self.skipping.is_some() {
            self.unseen.copy(self.source, range, false);
            return;
        }
        if !self.begins(&self.source[range.clone()]) {
            return;
        }
        if !self.is_inside(|open| open.kind == Kind::Code) {
            self.builder.copy(self.source, range, false);
            return;
        }
        let mut start = range.start;
        for part in self.source[range].split_inclusive('\n') {
            self.builder.copy_exactly(self.source, start..start + part.trim_end_matches(['\n', '\r']).len(), false);
            if part.ends_with('\n') {
                self.flush();
                self.path = self.path_now();
            }
            start += part.len();
        }
    }

    /// An entity: the text it stands for, or itself where nobody knows it.
    fn reference(&mut self, text: Option<String>, range: Range<usize>) {
        if self.skipping.is_none() && !self.begins(text.as_deref().unwrap_or("&")) {
            return;
        }
        let builder = if self.skipping.is_some() { &mut self.unseen } else { &mut self.builder };
        match text {
            Some(text) => builder.stand_for(&text, range, false),
            None => builder.copy(self.source, range, false),
        }
    }

    /// Takes note of where a line begins; false where text is passed over.
    fn begins(&mut self, text: &str) -> bool {
        let blank = text.trim().is_empty();
        if blank && self.builder.is_empty() && !self.is_inside(|open| open.kind == Kind::Code) {
            return false;
        }
        let in_number = self.is_inside(|open| open.kind == Kind::Number);
        if !blank && (self.builder.is_empty() || self.numbered && !in_number) {
            self.path = self.path_now();
            self.numbered = in_number;
        }
        true
    }

    fn is_inside(&self, is: impl Fn(&Open) -> bool) -> bool {
        self.open.iter().any(is)
    }

    fn path_now(&self) -> String {
        let labels: Vec<&str> = self.open.iter().map(|open| open.label.as_str()).filter(|label| !label.is_empty()).collect();
        let left_out = labels.len().saturating_sub(PATH_NAMES);
        let head = if left_out == 0 { labels.len() } else { PATH_NAMES / 2 };
        [&labels[..head], &labels[head + left_out..]].concat().join("/")
    }

    fn flush(&mut self) {
        self.numbered = false;
        let hints = Hints { html_path: std::mem::take(&mut self.path), ..Hints::default() };
        let first = self.out.lines.len();
        self.builder.finish(hints, &mut self.out.lines);
        if self.out.title.is_none() && self.is_inside(|open| open.kind == Kind::Title) {
            self.out.title = self.out.lines.get(first).map(|line| line.text.clone());
        }
        if self.is_inside(|open| open.kind == Kind::Row) {
            let header = self.is_inside(|open| open.name == "thead") || self.cells.0 > 0 && self.cells.1 == 0;
            self.out.tables.tell(first, self.out.lines.len(), header);
        }
    }
}

fn is_table(name: &str) -> bool {
    matches!(name, "table" | "informaltable" | "tgroup")
}

/// Whether a tag's name begins as one: `<` before a space or a number is no tag.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
