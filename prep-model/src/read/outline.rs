//! The tree of elements that the lines of a page stand in, with what its author called them: what the path of a line alone does not say, such
//! as which lines share a part of the page, is said here of the whole page.

use records::Line;

/// Longest class list, id or role that is kept of one element, in bytes.
const NAME_BYTES: usize = 200;

/// An element that holds lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The element around it, which stands before it in the list; none for the outermost.
    pub parent: Option<u32>,
    /// The tag, in lower case.
    pub name: String,
    /// Its classes, id, role and the property that it is, as the author wrote them, a space between.
    pub words: String,
}

/// The elements of a page, each behind the one around it, and for each line the innermost one that it begins in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Elements in the order in which their first characters come, white space too. Empty ones are not there.
    pub elements: Vec<Element>,
    /// For each line its element; none where it stands in none, or the format has no tree that is kept.
    pub places: Vec<Option<u32>>,
}

impl Outline {
    /// Adds an element.
    pub(super) fn add(&mut self, parent: Option<u32>, name: &str, words: &str) -> u32 {
        self.elements.push(Element { parent, name: name.to_owned(), words: words[..words.floor_char_boundary(NAME_BYTES)].to_owned() });
        (self.elements.len() - 1) as u32
    }

    /// The lines `before..after` begin in `element`.
    pub(super) fn tell(&mut self, before: usize, after: usize, element: Option<u32>) {
        self.places.resize(before, None);
        self.places.resize(after, element);
    }

    /// So many lines outside of all elements come before all others.
    pub(super) fn move_down(&mut self, lines: usize) {
        self.places.splice(0..0, std::iter::repeat_n(None, lines));
    }

    /// With a place for each of the lines.
    pub(super) fn finish(mut self, lines: &[Line]) -> Self {
        self.places.resize(lines.len(), None);
        self
    }
}
