//! What XML elements are for, from `formats/xml.toml`: names of the document formats that people keep, and nothing that a program decides.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What an element is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// The name of the document.
    Title,
    /// A part with a heading.
    Section,
    Heading,
    /// Stands before the block that follows it.
    Number,
    Paragraph,
    /// Runs on in its line.
    Inline,
    /// A line or several of their own.
    Block,
    /// One line, whatever is inside.
    Line,
    Row,
    Cell,
    List,
    Item,
    Code,
    Quote,
    Caption,
    Footnote,
    Reference,
    /// Said about the document, not by it.
    Metadata,
    /// Nothing that is read.
    Skipped,
    /// Ends a line without ending the paragraph.
    Break,
    /// Stands nowhere in the table.
    Unknown,
}

impl Kind {
    /// The element of HTML that the path shows for it; headings have their level behind it. None where the path says nothing.
    pub fn shown(self) -> Option<&'static str> {
        match self {
            Self::Title | Self::Heading => Some("h"),
            Self::Section => Some("section"),
            Self::Paragraph => Some("p"),
            Self::Block | Self::Line | Self::Unknown => Some("div"),
            Self::Row => Some("tr"),
            Self::Cell => Some("td"),
            Self::List => Some("ul"),
            Self::Item => Some("li"),
            Self::Code => Some("pre"),
            Self::Quote => Some("blockquote"),
            Self::Caption => Some("caption"),
            Self::Footnote => Some("footnote"),
            Self::Reference => Some("reference"),
            Self::Metadata => Some("metadata"),
            Self::Number | Self::Inline | Self::Skipped | Self::Break => None,
        }
    }

    /// Whether everything inside is one line.
    pub fn is_line(self) -> bool {
        matches!(self, Self::Line | Self::Row | Self::Reference | Self::Heading | Self::Title)
    }
}

/// The table, by name or `parent/name`.
pub(super) struct Elements(HashMap<String, Kind>);

static ELEMENTS: LazyLock<Elements> = LazyLock::new(|| Elements::parse(include_str!("../../../formats/xml.toml")));

impl Elements {
    pub fn get() -> &'static Self {
        &ELEMENTS
    }

    fn parse(text: &str) -> Self {
        let table: HashMap<Kind, String> = toml::from_str(text).expect("the table of this crate is tested");
        let named = |(kind, names): (Kind, String)| names.split_whitespace().map(|name| (name.to_owned(), kind)).collect::<Vec<_>>();
        Self(table.into_iter().flat_map(named).collect())
    }

    /// What the element `name` inside `parent` is for.
    pub fn kind(&self, parent: &str, name: &str) -> Kind {
        let inside = self.0.get(&format!("{parent}/{name}"));
        inside.or_else(|| self.0.get(name)).copied().unwrap_or(Kind::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_in_the_table() {
        let text = include_str!("../../../formats/xml.toml");
        let table: HashMap<Kind, String> = toml::from_str(text).unwrap();
        let names = table.values().map(|names| names.split_whitespace().count()).sum::<usize>();
        assert_eq!(names, Elements::parse(text).0.len());
    }

    #[test]
    fn a_name_means_more_inside_its_parent() {
        let elements = Elements::get();
        assert_eq!((elements.kind("ref-list", "ref"), elements.kind("p", "ref")), (Kind::Reference, Kind::Inline));
        assert_eq!(elements.kind("p", "nowhere"), Kind::Unknown);
    }
}
