//! What a page holds without showing it: code, pictures drawn by mark-up, forms' choices, elements that an attribute hides.

use std::collections::HashMap;

use html5gum::StartTag;

use crate::read::elements::Flow;

/// How much is taken for hidden; each pass over a page that ends inside a hidden element is followed by one that shows more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lenience {
    /// As much as browsers do.
    Browser,
    /// A hidden element ends at the first end tag of its name.
    FirstEnd,
    /// Nothing but code.
    ShowAll,
}

impl Lenience {
    /// What to try next for a page that ended inside `skip`.
    pub fn next(self, skip: &Skip) -> Option<Self> {
        match self {
            _ if matches!(skip.name.as_str(), "script" | "style") => None,
            Self::Browser if skip.by_attribute => Some(Self::ShowAll),
            Self::Browser => Some(Self::FirstEnd),
            Self::FirstEnd => Some(Self::ShowAll),
            Self::ShowAll => None,
        }
    }
}

/// An element that is passed over.
pub(super) struct Skip {
    name: String,
    /// How many elements of its name are open.
    depth: usize,
    /// How many pieces of HTML inside a drawing are open.
    foreign: usize,
    by_attribute: bool,
    /// Why nobody sees its text.
    pub reason: String,
    /// Whether its text is kept among what was dropped.
    pub collects: bool,
}

impl Skip {
    pub fn new(name: &str, reason: String, collects: bool) -> Self {
        Self { name: name.to_owned(), depth: 1, foreign: 0, by_attribute: false, reason, collects }
    }

    pub fn by_attribute(name: &str) -> Self {
        Self { by_attribute: true, ..Self::new(name, "hidden".into(), true) }
    }

    /// Whether a tag ends the element although its end tag is missing: no drawing holds a paragraph.
    pub fn breaks_out(&self, name: &str, kind: Flow) -> bool {
        self.name == "svg" && self.foreign == 0 && kind == Flow::Block && name != "title"
    }

    pub fn start(&mut self, name: &str, closed: bool, lenience: Lenience) {
        self.foreign += usize::from(name == "foreignobject" && !closed);
        self.depth += usize::from(self.name == name && !closed && lenience == Lenience::Browser);
    }

    /// Takes note of an end tag; true where the element ends.
    pub fn end(&mut self, name: &str, lenience: Lenience) -> bool {
        self.foreign = self.foreign.saturating_sub(usize::from(name == "foreignobject"));
        if self.name == name {
            self.depth = if lenience == Lenience::Browser { self.depth - 1 } else { 0 };
        }
        self.depth == 0
    }
}

/// Where the last end tag of each name stands.
#[derive(Default)]
pub(super) struct Ends(HashMap<String, Option<usize>>);

impl Ends {
    /// Whether an end tag of the name stands behind a place of the source.
    pub fn any_behind(&mut self, source: &str, name: &str, place: usize) -> bool {
        if let Some(last) = self.0.get(name) {
            return last.is_some_and(|last| last >= place);
        }
        let is_end = |at: &usize| {
            let tag = &source.as_bytes()[at + 2..];
            let named = tag.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
            named && tag.get(name.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric())
        };
        let last = source.rmatch_indices("</").map(|(at, _)| at).find(is_end);
        self.0.insert(name.to_owned(), last);
        last.is_some_and(|last| last >= place)
    }
}

/// Whether the content of an element is text up to its end tag.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(name, "title" | "textarea" | "script" | "style" | "xmp" | "plaintext")
}

/// Whether a page is written in the syntax of XML, where `<a/>` is an element without content.
pub(super) fn is_xhtml(source: &str) -> bool {
    let head = &source[..source.floor_char_boundary(1_024)];
    head.trim_start().starts_with("<?xml") || head.contains("http://www.w3.org/1999/xhtml") || head.contains("//DTD XHTML")
}

pub(super) fn is_hidden(tag: &StartTag<usize>) -> bool {
    let style = tag.attributes.get(b"style".as_slice()).map(|style| String::from_utf8_lossy(style).to_ascii_lowercase().replace(' ', ""));
    tag.attributes.contains_key(b"hidden".as_slice()) || style.is_some_and(|style| style.contains("display:none"))
}
