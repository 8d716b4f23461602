//! HTML: every block becomes a line, a table row is one line of cells, entities are undone, and what a reader never sees is set apart.
//! Tags come from html5gum with their spans; the open elements are a plain list, so that neither depth nor broken nesting costs stack.

mod references;
mod skips;
mod tags;

use std::collections::HashSet;
use std::ops::Range;

use html5gum::{DefaultEmitter, State, Token, Tokenizer};
use records::Hints;

use self::references::{decode_reference, reference_end};
use self::skips::{Ends, Lenience, Shown, Skip, is_xhtml};
use super::builder::LineBuilder;
use super::parsed::Parsed;

/// Deeper elements are read but no longer named.
const MAX_DEPTH: usize = 512;
/// Names of a longer path are left out in the middle.
const PATH_NAMES: usize = 40;
/// What stands between the cells of a row.
pub(crate) const CELL: &str = " | ";

/// The lines of a page and what its `<title>` says; offsets count in `source`.
pub(super) fn read_html(source: &str) -> Parsed {
    let mut shown = Shown::new(Lenience::Browser);
    loop {
        let mut page = Page::new(source, 0..source.len(), shown);
        page.read();
        // An element that never ends hides the rest of the page from us, not from its author: read it again and show more.
        if !page.skipping.as_ref().is_some_and(|skip| page.shown.more(skip)) {
            return page.finish();
        }
        shown = page.shown;
    }
}

/// Appends the lines of `source[range]`, a piece of HTML inside another document, their paths starting with `prefix`.
pub(super) fn read_fragment(source: &str, range: Range<usize>, prefix: &str, out: &mut Parsed) {
    let title = out.title.take();
    let mut page = Page::new(source, range, Shown::new(Lenience::FirstEnd));
    page.prefix = prefix.to_owned();
    page.is_fragment = true;
    page.out = std::mem::take(out);
    page.read();
    *out = page.finish();
    out.title = title;
}

struct Open {
    name: String,
    /// The name with what its class says, as the path shows it.
    label: String,
    /// Its classes, id and role as the author wrote them.
    words: String,
    /// Its place in the outline, once a line began in it.
    element: Option<u32>,
}

struct Page<'a> {
    source: &'a str,
    range: Range<usize>,
    shown: Shown,
    /// Whether `<a/>` is an element without content, whatever its name.
    closes_itself: bool,
    ends: Ends,
    /// Whether this is a piece of another document, which has its title elsewhere and hides nothing.
    is_fragment: bool,
    prefix: String,
    open: Vec<Open>,
    links: usize,
    preformatted: usize,
    skipping: Option<Skip>,
    builder: LineBuilder,
    /// Text of the element that is passed over.
    unseen: LineBuilder,
    /// Path of the line under construction, taken at its first character.
    path: String,
    /// Element of the line under construction, taken with its path.
    element: Option<u32>,
    last_break: Option<usize>,
    /// Heads and other cells of the row that is open.
    cells: (usize, usize),
    out: Parsed,
}

impl<'a> Page<'a> {
    fn new(source: &'a str, range: Range<usize>, shown: Shown) -> Self {
        Self {
            source,
            closes_itself: is_xhtml(&source[range.clone()]),
            range,
            shown,
            ends: Ends::default(),
            is_fragment: false,
            prefix: String::new(),
            open: Vec::new(),
            links: 0,
            preformatted: 0,
            skipping: None,
            builder: LineBuilder::default(),
            unseen: LineBuilder::default(),
            path: String::new(),
            element: None,
            last_break: None,
            cells: (0, 0),
            out: Parsed::default(),
        }
    }

    fn finish(mut self) -> Parsed {
        self.end_skip();
        let title = self.out.unseen.iter().position(|(_, reason)| reason == TITLE);
        if let Some(line) = title.filter(|line| self.tells_more(&self.out.unseen[*line].0.text)) {
            let line = self.out.unseen.remove(line).0;
            self.out.lines.insert(0, line);
            self.out.tables.move_down(1);
            self.out.outline.move_down(1);
        }
        self.out.unseen.retain(|(_, reason)| reason != TITLE);
        self.out
    }

    /// Whether a title says what the page does not: the page is empty, or the title is more than a name and most of its words stand nowhere else.
    fn tells_more(&self, title: &str) -> bool {
        let words = |text: &str| text::words(text).map(|word| text[word].to_lowercase()).collect::<Vec<_>>();
        let (title, page): (Vec<String>, HashSet<String>) =
            (words(title), self.out.lines.iter().flat_map(|line| words(&line.text)).collect());
        let new = title.iter().filter(|word| !page.contains(*word)).count();
        self.out.lines.is_empty() || title.len() >= TELLING && new * 2 > title.len()
    }

    fn read(&mut self) {
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        let (range, source) = (self.range.clone(), &self.source[self.range.clone()]);
        let mut tokens = Tokenizer::new_with_emitter(source, emitter);
        while let Some(Ok(token)) = tokens.next() {
            match token {
                Token::StartTag(tag) => {
                    let place = range.start + tag.span.start..range.start + tag.span.end;
                    if !self.is_raw_text(&tag, place.end) {
                        tokens.set_state(State::Data);
                    }
                    self.start(&tag, place);
                }
                Token::EndTag(tag) => {
                    let place = range.start + tag.span.start..range.start + tag.span.end;
                    self.end(&String::from_utf8_lossy(&tag.name), place);
                }
                Token::String(text) => {
                    let end = text.span.end.min(source.len());
                    let start = text.span.start.min(end);
                    if source.is_char_boundary(start) && source.is_char_boundary(end) {
                        self.text(range.start + start..range.start + end);
                    }
                }
                Token::Comment(comment) => {
                    self.character_data(range.start + comment.span.start..range.start + comment.span.end.min(source.len()))
                }
                Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        self.flush();
    }

    /// What XML calls character data is a remark to HTML; in a page that is written as XML it is text.
    fn character_data(&mut self, range: Range<usize>) {
        const START: &str = "<![CDATA[";
        let Some(data) = self.source.get(range.clone()).and_then(|text| text.strip_prefix(START)).filter(|_| self.closes_itself) else {
            return;
        };
        let start = range.start + START.len();
        let data = data.strip_suffix("]]>").or(data.strip_suffix('>')).unwrap_or(data);
        if !data.is_empty() {
            self.text(start..start + data.len());
        }
    }

    fn text(&mut self, range: Range<usize>) {
        if let Some(skip) = &self.skipping {
            if skip.collects {
                self.decoded(range);
            }
            return;
        }
        if self.builder.is_empty() {
            self.place();
        }
        if self.preformatted == 0 {
            self.decoded(range);
            return;
        }
        let mut start = range.start;
        for part in self.source[range].split_inclusive('\n') {
            self.decoded(start..start + part.trim_end_matches(['\n', '\r']).len());
            if part.ends_with('\n') {
                self.flush();
                self.place();
            }
            start += part.len();
        }
    }

    /// Copies a range, its character references undone.
    fn decoded(&mut self, range: Range<usize>) {
        let in_link = self.links > 0;
        let exactly = self.preformatted > 0 && self.skipping.is_none();
        let builder = if self.skipping.is_some() { &mut self.unseen } else { &mut self.builder };
        let mut start = range.start;
        while start < range.end {
            let reference = self.source[start..range.end].find('&').map_or(range.end, |at| start + at);
            if reference > start {
                if exactly {
                    builder.copy_exactly(self.source, start..reference, in_link);
                } else {
                    builder.copy(self.source, start..reference, in_link);
                }
            }
            if reference == range.end {
                return;
            }
            let end = reference_end(self.source, reference, range.end);
            let text = decode_reference(&self.source[reference..end]);
            if text == self.source[reference..end] {
                builder.copy(self.source, reference..end, in_link);
            } else {
                builder.stand_for(&text, reference..end, in_link);
            }
            start = end;
        }
    }

    /// Takes down where the line that begins here stands.
    fn place(&mut self) {
        self.path = self.path_now();
        self.element = None;
        for open in self.open.iter_mut().filter(|_| !self.is_fragment) {
            let known = open.element.unwrap_or_else(|| self.out.outline.add(self.element, &open.name, &open.words));
            open.element = Some(known);
            self.element = open.element;
        }
    }

    fn path_now(&self) -> String {
        let mut labels: Vec<&str> = Vec::with_capacity(self.open.len().min(PATH_NAMES) + 1);
        if !self.prefix.is_empty() {
            labels.push(&self.prefix);
        }
        let left_out = self.open.len().saturating_sub(PATH_NAMES);
        let head = if left_out == 0 { self.open.len() } else { PATH_NAMES / 2 };
        labels.extend(self.open[..head].iter().map(|open| open.label.as_str()));
        labels.extend(self.open[head + left_out..].iter().map(|open| open.label.as_str()));
        labels.join("/")
    }

    fn flush(&mut self) {
        self.last_break = None;
        let hints = Hints { html_path: std::mem::take(&mut self.path), ..Hints::default() };
        let is_title = hints.html_path.ends_with("head/title") || hints.html_path == "title";
        if is_title && self.out.title.is_none() && !self.is_fragment {
            let mut found = Vec::new();
            self.builder.finish(hints, &mut found);
            self.out.title = (!found.is_empty()).then(|| found.iter().map(|line| line.text.as_str()).collect());
            self.out.unseen.extend(found.into_iter().map(|line| (line, TITLE.to_owned())));
            return;
        }
        let mut names = hints.html_path.split('/');
        let is_row = names.clone().any(|name| matches!(name, "tr" | "td" | "th"));
        let header = names.any(|name| name == "thead") || self.cells.0 > 0 && self.cells.1 == 0;
        let before = self.out.lines.len();
        self.builder.finish(hints, &mut self.out.lines);
        if !self.is_fragment {
            self.out.outline.tell(before, self.out.lines.len(), self.element);
        }
        if is_row {
            self.out.tables.tell(before, self.out.lines.len(), header);
        }
    }
}

/// Marks the line of the `<title>` among what is not shown, until it is known whether the page holds anything else.
const TITLE: &str = "title";

/// Words of a title that may tell a fact; fewer are a name.
const TELLING: usize = 4;

fn is_preformatted(name: &str) -> bool {
    matches!(name, "pre" | "xmp" | "listing" | "plaintext" | "textarea")
}

#[cfg(test)]
mod tests;
