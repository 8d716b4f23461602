//! XML of office files as a tree. Its depth and size are bounded, and entities are never expanded: only the five that XML itself has and numbers stand for
//! characters.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::read::ReadError;

/// Deeper elements are those of a hostile file.
const MAX_DEPTH: usize = 200;
/// Most elements and texts of one tree: about a gigabyte of memory.
const MAX_NODES: usize = 6_000_000;

/// An element; names are without their prefix.
#[derive(Debug, Default)]
pub(in crate::read) struct Element {
    pub name: String,
    /// Names with their prefix.
    attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

/// What stands in an element.
#[derive(Debug)]
pub(in crate::read) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The value of an attribute: by its whole name if `name` has a prefix, else by the name without.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let is = |key: &str| if name.contains(':') { key == name } else { local(key) == name };
        self.attributes.iter().find(|(key, _)| is(key)).map(|(_, value)| value.as_str())
    }

    /// The elements in this one.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| if let Node::Element(element) = node { Some(element) } else { None })
    }

    /// The first element of this name in this one.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// The element that a path of names leads to.
    pub fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// Every element of this name at any depth, in the order of the document; not those inside of one that was found.
    pub fn all<'a>(&'a self, name: &str) -> Vec<&'a Element> {
        let mut found = Vec::new();
        self.collect(name, &mut found);
        found
    }

    fn collect<'a>(&'a self, name: &str, found: &mut Vec<&'a Element>) {
        for element in self.elements() {
            if element.name == name { found.push(element) } else { element.collect(name, found) }
        }
    }

    /// All text in it.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.push_text(&mut out);
        out
    }

    fn push_text(&self, out: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => element.push_text(out),
            }
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The root element.
///
/// # Errors
/// If there is none, or the tree is too deep or too large. What stands behind a break of the syntax is left out.
pub(in crate::read) fn parse(xml: &[u8]) -> Result<Element, ReadError> {
    let text = decoded(xml);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let mut open: Vec<Element> = vec![Element::default()];
    let mut nodes = 0;
    while let Ok(event) = reader.read_event() {
        nodes += 1;
        if nodes > MAX_NODES || open.len() > MAX_DEPTH {
            return Err(ReadError::broken("its XML is too large or too deep"));
        }
        match event {
            Event::Start(tag) => open.push(element(&tag)),
            Event::Empty(tag) => push(&mut open, Node::Element(element(&tag))),
            Event::End(_) if open.len() > 1 => close(&mut open),
            Event::Text(text) => push_text(&mut open, &text),
            Event::CData(text) => push_text(&mut open, &text),
            Event::GeneralRef(name) => push_text(&mut open, &reference(&name)),
            Event::Eof => break,
            _ => {}
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    let found =
        open.pop().and_then(|root| root.children.into_iter().find_map(|node| if let Node::Element(one) = node { Some(one) } else { None }));
    found.ok_or_else(|| ReadError::broken("its XML holds no element"))
}

/// XML of office files is UTF-8, seldom UTF-16.
fn decoded(xml: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(xml) {
        Some((encoding, _)) => encoding.decode(xml).0.into_owned(),
        None => String::from_utf8_lossy(xml).into_owned(),
    }
}

fn element(tag: &BytesStart<'_>) -> Element {
    let name = tag.name().as_ref().to_owned();
    let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let value = attribute.value.into_owned();
        (attribute.key.as_ref().to_owned(), if value.contains('&') { unescaped(&value) } else { value })
    };
    let attributes = tag.attributes().with_checks(false).flatten().map(attribute).collect();
    Element { name: local(&name).to_owned(), attributes, children: Vec::new() }
}

fn unescaped(value: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(value.len()), value);
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        out.push_str(&reference(&rest[at + 1..end]));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    out + rest
}

/// What a reference stands for; nothing for an entity of the document's own.
fn reference(name: &str) -> String {
    match name {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        _ => {
            let digits = name.strip_prefix('#').unwrap_or_default();
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            number.ok().and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
    }
}

fn push(open: &mut [Element], node: Node) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(node);
    }
}

fn push_text(open: &mut [Element], text: &str) {
    if let Some(Node::Text(last)) = open.last_mut().and_then(|parent| parent.children.last_mut()) {
        last.push_str(text);
    } else if !text.is_empty() {
        push(open, Node::Text(text.to_owned()));
    }
}

fn close(open: &mut Vec<Element>) {
    if let Some(element) = open.pop() {
        push(open, Node::Element(element));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_of_the_document_stand_for_nothing() {
        let root = parse(b"<!DOCTYPE a [<!ENTITY x \"boom\"><!ENTITY y \"&x;&x;\">]><a b='1 &amp; 2'>&y;it &#8212; is<c:d/></a>").unwrap();
        assert_eq!(root.text(), "it \u{2014} is");
        assert_eq!((root.attribute("b"), root.child("d").is_some()), (Some("1 & 2"), true));
    }

    #[test]
    fn a_tree_that_breaks_off_is_what_there_is_and_a_deep_one_is_refused() {
        assert_eq!(parse(b"<a><b>text</b><c").unwrap().text(), "text");
        assert!(parse("<a>".repeat(10_000).as_bytes()).is_err());
        assert!(parse(b"no mark-up").is_err());
    }
}
