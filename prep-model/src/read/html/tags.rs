//! Tags: what they open, end and pass over.

use std::ops::Range;

use html5gum::StartTag;
use records::Hints;

use super::skips::{EndTag, Lenience, Skip, is_hidden, is_raw};
use super::{CELL, MAX_DEPTH, Open, Page, is_preformatted};
use crate::read::elements::{Flow, ends_before, flow, is_barrier, marker};

impl Page<'_> {
    /// Whether what stands behind a tag is text up to its end tag, `<` and all.
    pub(super) fn is_raw_text(&mut self, tag: &StartTag<usize>, end: usize) -> bool {
        let name = String::from_utf8_lossy(&tag.name);
        let never_ends = matches!(&*name, "script" | "style" | "plaintext");
        is_raw(&name) && !tag.self_closing && (never_ends || self.ends.any_behind(&self.source[..self.range.end], &name, end))
    }

    pub(super) fn start(&mut self, tag: &StartTag<usize>, place: Range<usize>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let kind = flow(&name);
        let closed = tag.self_closing && (self.closes_itself || kind == Flow::Skipped || is_raw(&name));
        if let Some(skip) = &mut self.skipping {
            if !skip.ends_before(&name, kind) {
                skip.start(&name, kind, closed, self.shown.lenience);
                if kind == Flow::Block || name == "br" {
                    self.unseen.separate(place);
                }
                return;
            }
            self.end_skip();
        }
        if let Some(skip) = self.skip(tag, &name, kind, &place) {
            if kind == Flow::Block {
                // It stands between two lines though nobody sees it; a cell stands in one.
                self.close_implied(&name);
                if !matches!(name.as_str(), "td" | "th") {
                    self.flush();
                }
            }
            self.skipping = Some(skip).filter(|_| !closed);
            return;
        }
        match kind {
            Flow::Void => self.void(&name, place),
            Flow::Block => {
                self.close_implied(&name);
                let is_cell = matches!(name.as_str(), "td" | "th");
                if !is_cell {
                    self.flush();
                } else if !self.builder.is_empty() {
                    self.builder.insert(CELL);
                }
                self.row_or_cell(&name);
                self.push(name, tag, closed);
            }
            Flow::Inline => self.push(name, tag, closed),
            Flow::Unnamed | Flow::Skipped => {}
        }
    }

    fn row_or_cell(&mut self, name: &str) {
        match name {
            "tr" => {
                self.cells = (0, 0);
                self.out.tables.begin_row();
            }
            "th" => self.cells.0 += 1,
            "td" => self.cells.1 += 1,
            _ => {}
        }
    }

    /// What is passed over from a tag on, if anything.
    fn skip(&mut self, tag: &StartTag<usize>, name: &str, kind: Flow, place: &Range<usize>) -> Option<Skip> {
        if kind == Flow::Skipped {
            let is_code = matches!(name, "script" | "style");
            let ended = self.ends.any_behind(&self.source[..self.range.end], name, place.end);
            // Without an end tag it is taken for a slip; only code is hidden by browsers up to the end of the page, and so here.
            let passed_over = is_code || ended && self.shown.lenience != Lenience::ShowAll || tag.self_closing;
            return passed_over.then(|| Skip::new(name, format!("not shown: {name}"), !is_code || !ended));
        }
        // Some hide a whole page until a script shows it.
        let may_hide = matches!(kind, Flow::Block | Flow::Unnamed | Flow::Inline) && !matches!(name, "html" | "body");
        let hidden = !self.shown.shows(place.start) && !self.is_fragment && may_hide && is_hidden(tag);
        hidden.then(|| Skip::by_attribute(name, place.start))
    }

    pub(super) fn end_skip(&mut self) {
        let Some(skip) = self.skipping.take() else { return };
        let mut found = Vec::new();
        self.unseen.finish(Hints::default(), &mut found);
        self.out.unseen.extend(found.into_iter().map(|line| (line, skip.reason.clone())));
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

    fn push(&mut self, name: String, tag: &StartTag<usize>, closed: bool) {
        if self.open.len() >= MAX_DEPTH || closed {
            return;
        }
        if let Some(target) = tag.attributes.get(b"href".as_slice()).filter(|_| name == "a") {
            self.links += 1;
            self.builder.open_link(String::from_utf8_lossy(target).trim());
        }
        if name == "table" {
            self.out.tables.open();
        }
        self.preformatted += usize::from(is_preformatted(&name));
        let value = |key: &&str| tag.attributes.get(key.as_bytes()).map(|value| String::from_utf8_lossy(value));
        let found = ["role", "class", "id"].iter().filter_map(value).find_map(|value| marker(&value));
        let label = found.filter(|found| *found != name).map_or_else(|| name.clone(), |found| format!("{name}.{found}"));
        let words = if self.is_fragment { Vec::new() } else { ["class", "id", "role", "itemprop"].iter().filter_map(value).collect() };
        self.open.push(Open { name, label, words: words.join(" "), element: None });
    }

    fn close_implied(&mut self, new: &str) {
        while let Some(at) = self.open.iter().rposition(|open| is_barrier(&open.name) || ends_before(&open.name, new)) {
            if !ends_before(&self.open[at].name, new) {
                return;
            }
            self.truncate(at);
        }
    }

    pub(super) fn end(&mut self, name: &str, place: Range<usize>) {
        if let Some(skip) = &mut self.skipping {
            if flow(name) == Flow::Block {
                self.unseen.separate(place);
            }
            let ends = skip.end(name, self.shown.lenience);
            let with_parent = ends == EndTag::Nothing && skip.ends_with_its_parent() && self.open.iter().any(|open| open.name == name);
            if ends == EndTag::Itself || with_parent {
                self.end_skip();
            }
            if !with_parent {
                return;
            }
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
            match open.name.as_str() {
                "a" => {
                    self.links = self.links.saturating_sub(1);
                    self.builder.close_link();
                }
                "table" => self.out.tables.close(),
                _ => {}
            }
            self.preformatted = self.preformatted.saturating_sub(usize::from(is_preformatted(&open.name)));
        }
    }
}
