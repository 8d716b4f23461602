//! HTML: every block becomes a line, a table row is one line of cells, entities are undone, and what a reader never sees is left out.
//! Tags come from html5gum with their spans; the open elements are a plain list, so that neither depth nor broken nesting costs stack.

mod references;

use std::ops::Range;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use records::{Hints, Line};

use self::references::{decode_reference, reference_end};
use super::builder::LineBuilder;
use super::elements::{Flow, ends_before, flow, is_barrier, marker};

/// Deeper elements are read but no longer named.
const MAX_DEPTH: usize = 512;
/// Names of a longer path are left out in the middle.
const PATH_NAMES: usize = 40;
/// What stands between the cells of a row.
pub(super) const CELL: &str = " | ";

/// The lines of a page and what its `<title>` says; offsets count in `source`.
pub(super) fn read_html(source: &str) -> (Vec<Line>, Option<String>) {
    let mut page = Page::new(source, true);
    page.read(0..source.len());
    if page.skipping.as_ref().is_some_and(|skip| skip.by_attribute) {
        // A hidden element that never ends hides the rest of the page from us, not from a reader: show it after all.
        page = Page::new(source, false);
        page.read(0..source.len());
    }
    (page.lines, page.title)
}

/// Appends the lines of `source[range]`, a piece of HTML inside another document, their paths starting with `prefix`.
pub(super) fn read_fragment(source: &str, range: Range<usize>, prefix: &str, lines: &mut Vec<Line>) {
    let mut page = Page::new(source, false);
    page.prefix = prefix.to_owned();
    page.lines = std::mem::take(lines);
    page.read(range);
    *lines = page.lines;
}

struct Open {
    name: String,
    /// The name with what its class says, as the path shows it.
    label: String,
}

struct Skip {
    name: String,
    depth: usize,
    by_attribute: bool,
}

struct Page<'a> {
    source: &'a str,
    honour_hidden: bool,
    prefix: String,
    open: Vec<Open>,
    links: usize,
    preformatted: usize,
    skipping: Option<Skip>,
    builder: LineBuilder,
    /// Path of the line under construction, taken at its first character.
    path: String,
    last_break: Option<usize>,
    lines: Vec<Line>,
    title: Option<String>,
}

impl<'a> Page<'a> {
    fn new(source: &'a str, honour_hidden: bool) -> Self {
        Self {
            source,
            honour_hidden,
            prefix: String::new(),
            open: Vec::new(),
            links: 0,
            preformatted: 0,
            skipping: None,
            builder: LineBuilder::default(),
            path: String::new(),
            last_break: None,
            lines: Vec::new(),
            title: None,
        }
    }

    fn read(&mut self, range: Range<usize>) {
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        let source = &self.source[range.clone()];
        for token in Tokenizer::new_with_emitter(source, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => self.start(&tag, range.start),
                Token::EndTag(tag) => self.end(&String::from_utf8_lossy(&tag.name)),
                Token::String(text) => {
                    let end = text.span.end.min(source.len());
                    let start = text.span.start.min(end);
                    if source.is_char_boundary(start) && source.is_char_boundary(end) {
                        self.text(range.start + start..range.start + end);
                    }
                }
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        self.flush();
    }

    fn start(&mut self, tag: &StartTag<usize>, base: usize) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if let Some(skip) = &mut self.skipping {
            skip.depth += usize::from(skip.name == name && !tag.self_closing);
            return;
        }
        let kind = flow(&name);
        let hidden = self.honour_hidden && is_hidden(tag) && matches!(kind, Flow::Block | Flow::Unnamed | Flow::Inline);
        let hidden = hidden && !matches!(name.as_str(), "html" | "body" | "p" | "li" | "td" | "th" | "tr" | "dt" | "dd");
        if kind == Flow::Skipped || hidden {
            if !tag.self_closing {
                self.skipping = Some(Skip { name, depth: 1, by_attribute: hidden });
            }
            return;
        }
        match kind {
            Flow::Void => self.void(&name, base + tag.span.start..base + tag.span.end),
            Flow::Block => {
                self.close_implied(&name);
                if matches!(name.as_str(), "td" | "th") && !self.builder.is_empty() {
                    self.builder.insert(CELL);
                } else if !matches!(name.as_str(), "td" | "th") {
                    self.flush();
                }
                self.push(name, tag);
            }
            Flow::Inline => self.push(name, tag),
            Flow::Unnamed | Flow::Skipped => {}
        }
    }

    /// Two line breaks in a row end a paragraph; one is white space.
    fn void(&mut self, name: &str, range: Range<usize>) {
        if self.preformatted > 0 || name == "hr" {
            self.flush();
        } else if name == "br" {
            let again = self.last_break.is_some_and(|end| self.source[end..range.start].trim().is_empty());
            if again {
                self.flush();
            } else {
                self.builder.separate(range.clone());
            }
            self.last_break = Some(range.end);
        }
    }

    fn push(&mut self, name: String, tag: &StartTag<usize>) {
        if self.open.len() >= MAX_DEPTH {
            return;
        }
        if let Some(target) = tag.attributes.get(b"href".as_slice()).filter(|_| name == "a") {
            self.links += 1;
            self.builder.open_link(String::from_utf8_lossy(target).trim());
        }
        self.preformatted += usize::from(is_preformatted(&name));
        let words = ["role", "class", "id"].iter().filter_map(|key| tag.attributes.get(key.as_bytes()));
        let found = words.filter_map(|value| marker(&String::from_utf8_lossy(value))).next();
        let label = found.filter(|found| *found != name).map_or_else(|| name.clone(), |found| format!("{name}.{found}"));
        self.open.push(Open { name, label });
    }

    fn close_implied(&mut self, new: &str) {
        while let Some(at) = self.open.iter().rposition(|open| is_barrier(&open.name) || ends_before(&open.name, new)) {
            if !ends_before(&self.open[at].name, new) {
                return;
            }
            self.truncate(at);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(skip) = &mut self.skipping {
            skip.depth -= usize::from(skip.name == name);
            if skip.depth == 0 {
                self.skipping = None;
            }
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        if flow(name) == Flow::Block {
            if !matches!(name, "td" | "th") {
                self.flush();
            }
            self.truncate(at);
        } else if self.open[at..].iter().all(|open| flow(&open.name) == Flow::Inline) {
            self.truncate(at);
        }
    }

    fn truncate(&mut self, at: usize) {
        for open in self.open.drain(at..) {
            if open.name == "a" {
                self.links = self.links.saturating_sub(1);
                self.builder.close_link();
            }
            self.preformatted = self.preformatted.saturating_sub(usize::from(is_preformatted(&open.name)));
        }
    }

    fn text(&mut self, range: Range<usize>) {
        if self.skipping.is_some() {
            return;
        }
        if self.builder.is_empty() {
            self.path = self.path_now();
        }
        if self.preformatted > 0 {
            let mut start = range.start;
            for part in self.source[range].split_inclusive('\n') {
                self.decoded(start..start + part.trim_end_matches(['\n', '\r']).len());
                if part.ends_with('\n') {
                    self.flush();
                    self.path = self.path_now();
                }
                start += part.len();
            }
        } else {
            self.decoded(range);
        }
    }

    /// Copies a range, its character references undone.
    fn decoded(&mut self, range: Range<usize>) {
        let in_link = self.links > 0;
        let mut start = range.start;
        while start < range.end {
            let reference = self.source[start..range.end].find('&').map_or(range.end, |at| start + at);
            if reference > start {
                if self.preformatted > 0 {
                    self.builder.copy_exactly(self.source, start..reference, in_link);
                } else {
                    self.builder.copy(self.source, start..reference, in_link);
                }
            }
            if reference == range.end {
                return;
            }
            let end = reference_end(self.source, reference, range.end);
            let text = decode_reference(&self.source[reference..end]);
            if text == self.source[reference..end] {
                self.builder.copy(self.source, reference..end, in_link);
            } else {
                self.builder.stand_for(&text, reference..end, in_link);
            }
            start = end;
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
        if hints.html_path.ends_with("head/title") || hints.html_path == "title" {
            let mut found = Vec::new();
            self.builder.finish(hints, &mut found);
            self.title = self.title.take().or_else(|| found.first().map(|line| line.text.clone()));
            return;
        }
        self.builder.finish(hints, &mut self.lines);
    }
}

fn is_preformatted(name: &str) -> bool {
    matches!(name, "pre" | "xmp" | "listing" | "plaintext" | "textarea")
}

fn is_hidden(tag: &StartTag<usize>) -> bool {
    let style = tag.attributes.get(b"style".as_slice()).map(|style| String::from_utf8_lossy(style).to_ascii_lowercase().replace(' ', ""));
    tag.attributes.contains_key(b"hidden".as_slice()) || style.is_some_and(|style| style.contains("display:none"))
}

#[cfg(test)]
mod tests;
