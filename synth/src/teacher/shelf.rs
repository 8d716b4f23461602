//! Sections that the teacher may be asked about, picked while they go by: those with the smallest hashes, so that neither order nor threads
//! nor memory matter. Beside them the place of every section (title and headings) and which sentences stand in more than one of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use records::{Role, Section, Split};
use text::sentences;

/// Shortest and longest text that is asked about, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 150..=8_000;

/// What was seen of the sections.
#[derive(Default)]
pub(super) struct Shelf {
    /// How many sections are picked.
    most: usize,
    picked: BTreeMap<u64, (Section, Split)>,
    places: HashMap<(String, u32), String>,
    seen: HashSet<u64>,
    repeated: HashSet<u64>,
}

impl Shelf {
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub fn look(&mut self, section: &Section, split: Split, seed: u64) {
        let place: Vec<&str> = section.title.iter().chain(&section.heading_path).map(String::as_str).collect();
        self.places.insert((section.doc_id.clone(), section.section), place.join(" > "));
        for range in sentences(&section.text) {
            let hash = hash(&section.text[range]);
            if !self.seen.insert(hash) {
                self.repeated.insert(hash);
            }
        }
        let prose = section.role.is_content() && !matches!(section.role, Role::Code | Role::Heading | Role::Metadata | Role::Reference);
        if prose && self.most > 0 && LENGTHS.contains(&section.text.len()) {
            let number = hash(&format!("{seed}/{}/{}", section.doc_id, section.section));
            let last = self.picked.last_key_value().map_or(0, |(last, _)| *last);
            if self.picked.len() < self.most || number < last {
                self.picked.insert(number, (section.clone(), split));
            }
            if self.picked.len() > self.most {
                self.picked.pop_last();
            }
        }
    }

    /// The sections picked, each with its split.
    pub fn picked(&self) -> Vec<&(Section, Split)> {
        self.picked.values().collect()
    }

    /// Title and headings of a section.
    pub fn place(&self, doc_id: &str, section: u32) -> &str {
        self.places.get(&(doc_id.to_owned(), section)).map_or("", String::as_str)
    }

    /// Whether a sentence stands in several places.
    pub fn is_repeated(&self, sentence: &str) -> bool {
        self.repeated.contains(&hash(sentence))
    }
}

/// The first eight bytes of a text's blake3 hash.
pub(super) fn hash(text: &str) -> u64 {
    blake3::hash(text.as_bytes()).as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use records::OffsetMap;

    use super::*;

    fn section(number: u32, role: Role) -> Section {
        let text = format!("Section {number} tells of itself. {}", "All of them say this much and nothing else. ".repeat(5));
        Section {
            doc_id: "d".into(),
            path: String::new(),
            title: Some("Title".into()),
            section: number,
            heading_path: vec!["Part".into()],
            role,
            spans: OffsetMap::verbatim(0, text.len() as u64),
            text,
            page: None,
            repairs: Vec::new(),
            links: Vec::new(),
            pages: Vec::new(),
        }
    }

    #[test]
    fn the_same_sections_are_picked_in_any_order() {
        let pick = |numbers: &mut dyn Iterator<Item = u32>| {
            let mut shelf = Shelf::new(5);
            numbers.for_each(|number| shelf.look(&section(number, Role::Paragraph), Split::Train, 1));
            shelf.picked().into_iter().map(|(section, _)| section.section).collect::<Vec<_>>()
        };
        let picked = pick(&mut (0..40));
        assert_eq!((picked.len(), &pick(&mut (0..40).rev())), (5, &picked));
    }

    #[test]
    fn code_is_not_picked_and_repeated_sentences_are_known() {
        let mut shelf = Shelf::new(5);
        shelf.look(&section(1, Role::Code), Split::Train, 1);
        assert!(shelf.picked().is_empty());
        assert_eq!(shelf.place("d", 1), "Title > Part");
        assert!(shelf.is_repeated("All of them say this much and nothing else.") && !shelf.is_repeated("Section 1 tells of itself."));
    }
}
