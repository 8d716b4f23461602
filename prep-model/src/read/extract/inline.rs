//! The words of one block under construction: white space collapses, links keep their place.

use records::Link;

use crate::read::builder::Links;

/// Words with their links.
#[derive(Clone, Debug, Default)]
pub(super) struct Inline {
    text: String,
    space: bool,
    links: Links,
}

impl Inline {
    pub fn of(text: &str) -> Self {
        let mut out = Self::default();
        out.push(text);
        out
    }

    /// Adds text; what looks like nothing (controls, zero-width marks) is left out.
    pub fn push(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_whitespace() {
                self.space = true;
            } else if !character.is_control() && !matches!(character, '\u{feff}' | '\u{200b}' | '\u{2060}') {
                if std::mem::take(&mut self.space) && !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.links.begin(self.text.len());
                self.text.push(character);
            }
        }
    }

    /// What follows leads to `target`, until [`Self::close_link`].
    pub fn open_link(&mut self, target: &str) {
        self.links.open(target, self.text.len());
    }

    pub fn close_link(&mut self) {
        self.links.close(self.text.len());
    }

    /// Adds another block's words behind a space.
    pub fn append(&mut self, other: Self) {
        self.push(" ");
        let (text, links) = other.finish();
        if text.is_empty() {
            return;
        }
        let start = (self.text.len() + usize::from(!self.text.is_empty())) as u32;
        self.push(&text);
        self.links.extend(links.into_iter().map(|link| Link { start: link.start + start, end: link.end + start, ..link }));
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn finish(mut self) -> (String, Vec<Link>) {
        self.close_link();
        let links = self.links.take(self.text.len());
        (self.text, links)
    }
}
