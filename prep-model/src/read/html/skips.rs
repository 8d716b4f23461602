//! What a page holds without showing it: code, pictures drawn by mark-up, forms' choices, elements that an attribute hides.

use std::collections::{HashMap, HashSet};

use html5gum::StartTag;

use crate::read::elements::{Flow, ends_before, is_barrier};

/// How much is taken for not shown; each pass over a page that ends inside such an element is followed by one that shows more.
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
            Self::Browser => Some(Self::FirstEnd),
            Self::FirstEnd => Some(Self::ShowAll),
            Self::ShowAll => None,
        }
    }
}

/// What is taken for hidden in one pass over a page.
#[derive(Debug)]
pub(super) struct Shown {
    pub lenience: Lenience,
    /// Where elements begin that an attribute hides and nothing ends: they are shown.
    unended: HashSet<usize>,
}

impl Shown {
    pub fn new(lenience: Lenience) -> Self {
        Self { lenience, unended: HashSet::new() }
    }

    /// Whether an element that begins at `place` is shown though an attribute hides it.
    pub fn shows(&self, place: usize) -> bool {
        self.lenience == Lenience::ShowAll || self.unended.contains(&place)
    }

    /// Takes note that a page ended inside `skip`; whether to read it again and show more.
    pub fn more(&mut self, skip: &Skip) -> bool {
        let Some(place) = skip.hidden_at else {
            let next = self.lenience.next(skip);
            self.lenience = next.unwrap_or(self.lenience);
            return next.is_some();
        };
        if self.lenience == Lenience::ShowAll || skip.may_end_with_the_page() {
            return false;
        }
        self.unended.insert(place);
        if self.unended.len() > MOST_UNENDED {
            self.lenience = Lenience::ShowAll;
        }
        true
    }
}

/// Hidden elements without an end that cost a pass each; a page with more of them hides nothing.
const MOST_UNENDED: usize = 4;
/// Elements inside a hidden one that are told apart; deeper ones end with those around them.
const MAX_INNER: usize = 128;

/// What an end tag ends while an element is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndTag {
    Inner,
    Itself,
    Nothing,
}

/// An element that is passed over.
pub(super) struct Skip {
    name: String,
    /// How many elements of its name are open.
    depth: usize,
    /// How many pieces of HTML inside a drawing are open.
    foreign: usize,
    /// Where it begins, if an attribute hides it.
    hidden_at: Option<usize>,
    /// The elements that are open inside of one that an attribute hides.
    inner: Vec<String>,
    /// Whether a block began inside.
    holds_blocks: bool,
    /// Why nobody sees its text.
    pub reason: String,
    /// Whether its text is kept among what was dropped.
    pub collects: bool,
}

impl Skip {
    pub fn new(name: &str, reason: String, collects: bool) -> Self {
        Self { name: name.to_owned(), depth: 1, foreign: 0, hidden_at: None, inner: Vec::new(), holds_blocks: false, reason, collects }
    }

    pub fn by_attribute(name: &str, place: usize) -> Self {
        Self { hidden_at: Some(place), ..Self::new(name, "hidden".into(), true) }
    }

    /// Whether a start tag ends the element: one before which authors leave out its end tag, or one that no drawing holds.
    pub fn ends_before(&mut self, new: &str, kind: Flow) -> bool {
        if self.hidden_at.is_none() {
            return self.name == "svg" && self.foreign == 0 && kind == Flow::Block && new != "title";
        }
        while let Some(at) = self.inner.iter().rposition(|open| is_barrier(open) || ends_before(open, new)) {
            if !ends_before(&self.inner[at], new) {
                return false;
            }
            self.inner.truncate(at);
        }
        ends_before(&self.name, new)
    }

    pub fn start(&mut self, name: &str, kind: Flow, closed: bool, lenience: Lenience) {
        if self.hidden_at.is_some() {
            self.holds_blocks |= kind == Flow::Block;
            if kind != Flow::Void && !closed && self.inner.len() < MAX_INNER {
                self.inner.push(name.to_owned());
            }
            return;
        }
        self.foreign += usize::from(name == "foreignobject" && !closed);
        self.depth += usize::from(self.name == name && !closed && lenience == Lenience::Browser);
    }

    /// Takes note of an end tag.
    pub fn end(&mut self, name: &str, lenience: Lenience) -> EndTag {
        if self.hidden_at.is_some() {
            let inner = self.inner.iter().rposition(|open| open == name);
            self.inner.truncate(inner.unwrap_or(self.inner.len()));
            return match inner {
                Some(_) => EndTag::Inner,
                None if self.name == name => EndTag::Itself,
                None => EndTag::Nothing,
            };
        }
        self.foreign = self.foreign.saturating_sub(usize::from(name == "foreignobject"));
        if self.name == name {
            self.depth = if lenience == Lenience::Browser { self.depth - 1 } else { 0 };
        }
        if self.depth == 0 { EndTag::Itself } else { EndTag::Inner }
    }

    /// Whether its end tag may be missing, so that it ends where the element around it does.
    pub fn ends_with_its_parent(&self) -> bool {
        self.hidden_at.is_some()
            && matches!(self.name.as_str(), "p" | "li" | "dt" | "dd" | "td" | "th" | "tr" | "thead" | "tbody" | "tfoot")
    }

    /// Whether it is ended by the end of the page: a paragraph without an end holds no other block; anything larger is a slip.
    pub fn may_end_with_the_page(&self) -> bool {
        self.ends_with_its_parent() && !self.holds_blocks
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

/// Whether an attribute hides an element from everybody. What is found by searching the page (`until-found`) or hidden from screen readers alone
/// (`aria-hidden`) is text.
pub(super) fn is_hidden(tag: &StartTag<usize>) -> bool {
    let value = |name: &str| {
        let value = tag.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(value).chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase())
    };
    let style = value("style").unwrap_or_default();
    let rules = style.split(';').map(|rule| rule.trim_end_matches("!important"));
    let styled = rules.into_iter().any(|rule| matches!(rule, "display:none" | "visibility:hidden"));
    styled || value("hidden").is_some_and(|value| value != "until-found")
}
