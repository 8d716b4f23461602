//! The first walk over a corpus: what occurs how often. Needed before any question is made, to know which sentence, heading or title is
//! one of a kind and which words are rare.

use std::collections::{HashMap, HashSet};

use records::Section;
use text::{sentences, stem, term, words};

use super::alias::Aliases;
use crate::candidates::{Library, section_terms};
use crate::filter::is_content_word;

/// Counts over a whole corpus.
#[derive(Default)]
pub(super) struct Scout {
    pub library: Library,
    pub aliases: Aliases,
    pub sections: u64,
    /// How often a sentence stands in the corpus, by hash; only those seen twice are told from the rest.
    seen: HashSet<u64>,
    repeated: HashSet<u64>,
    /// Documents by title and by heading, by hash.
    titles: HashMap<u64, u32>,
    headings: HashMap<u64, u32>,
    /// Lines by the words before their colon.
    labels: HashMap<u64, u32>,
    /// Stems of each section, hashed and sorted.
    stems: Vec<Box<[u32]>>,
    /// Sections by stem.
    holders: HashMap<u32, Vec<u32>>,
    /// How often a word stands in small letters, and how often with a capital inside a sentence, by hash.
    cases: HashMap<u32, (u32, u32)>,
    last_document: String,
    last_heading: u64,
}

impl Scout {
    /// Takes note of a section; those of one document must follow each other.
    pub fn look(&mut self, section: &Section) {
        self.library.add(&section.doc_id, section.section, &section_terms(section));
        self.sections += 1;
        for (label, _) in section.text.split('\n').filter_map(|line| line.split_once(": ")).filter(|(label, _)| label.len() <= 50) {
            *self.labels.entry(hash(label)).or_default() += 1;
        }
        for range in sentences(&section.text) {
            self.look_at_case(&section.text[range.clone()]);
            self.aliases.look(&section.text[range.clone()]);
            let hash = hash(&section.text[range]);
            if !self.seen.insert(hash) {
                self.repeated.insert(hash);
            }
        }
        let new_document = self.last_document != section.doc_id;
        if new_document {
            self.last_document.clone_from(&section.doc_id);
            section.title.iter().for_each(|title| *self.titles.entry(hash(title)).or_default() += 1);
        }
        section.heading_path.last().into_iter().chain(&section.title).for_each(|heading| self.aliases.look(heading));
        let heading = section.heading_path.last().map_or(0, |heading| hash(heading));
        if heading != 0 && (new_document || heading != self.last_heading) {
            *self.headings.entry(heading).or_default() += 1;
        }
        self.last_heading = heading;
        let title = section.title.as_deref().unwrap_or_default();
        let stems = stems(&[title, &section.heading_path.join(" "), &section.text].join(" "));
        let number = self.stems.len() as u32;
        stems.iter().for_each(|stem| self.holders.entry(*stem).or_default().push(number));
        self.stems.push(stems);
    }

    fn look_at_case(&mut self, sentence: &str) {
        for range in words(sentence).skip(1) {
            let word = &sentence[range];
            let seen = self.cases.entry(short(&word.to_lowercase())).or_default();
            if word.starts_with(char::is_uppercase) { seen.1 += 1 } else { seen.0 += 1 }
        }
    }

    /// Whether the capital of a word at the start of a sentence comes from the start alone.
    pub fn is_small(&self, word: &str) -> bool {
        let (small, capital) = self.cases.get(&short(&word.to_lowercase())).copied().unwrap_or((0, 1));
        small > capital
    }

    /// A phrase as it stands inside a sentence: its first word in small letters unless that is a name.
    pub fn inside(&self, text: &str) -> String {
        let first = text.split([' ', '-', '\'', '’']).next().unwrap_or_default();
        let alone = first.chars().skip(1).all(char::is_lowercase);
        if alone && self.is_small(first) {
            text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect()
        } else {
            text.to_owned()
        }
    }

    /// How much a text tells apart: the sum of its terms' inverse document frequencies, over that of one section among all.
    pub fn telling(&self, text: &str) -> f32 {
        let index = self.library.index();
        let all: HashSet<String> = words(text).filter_map(|range| term(&text[range])).collect();
        let mut each: Vec<f32> = all.iter().map(|term| index.idf(term)).collect();
        each.sort_by(f32::total_cmp);
        each.iter().sum::<f32>() / (self.sections.max(2) as f32).ln()
    }

    /// Whether a sentence stands in the corpus once.
    pub fn is_single(&self, sentence: &str) -> bool {
        !self.repeated.contains(&hash(sentence))
    }

    /// Number of documents with this title.
    pub fn titles(&self, title: &str) -> u32 {
        self.titles.get(&hash(title)).copied().unwrap_or(0)
    }

    /// Number of lines that begin with these words and a colon.
    pub fn labels(&self, label: &str) -> u32 {
        self.labels.get(&hash(label)).copied().unwrap_or(0)
    }

    /// Number of places with this heading.
    pub fn headings(&self, heading: &str) -> u32 {
        self.headings.get(&hash(heading)).copied().unwrap_or(0)
    }

    /// Whether some section holds the name whole and half or more of the question's other content words: then it might answer.
    pub fn may_answer(&self, question: &str, name: &str) -> bool {
        let name = stems(name);
        let rest: Vec<u32> = stems(question).iter().filter(|stem| !name.contains(stem)).copied().collect();
        let might = |section: &u32| {
            let holds = |stem: &u32| self.stems[*section as usize].binary_search(stem).is_ok();
            name.iter().all(holds) && rest.iter().filter(|stem| holds(stem)).count() * 2 >= rest.len()
        };
        let holders = |stem: &u32| self.holders.get(stem).map_or(&[][..], Vec::as_slice);
        // A name without content words could stand anywhere.
        name.iter().map(holders).min_by_key(|sections| sections.len()).is_none_or(|sections| sections.iter().any(might))
    }
}

/// The content stems of a text as sorted hashes.
fn stems(text: &str) -> Box<[u32]> {
    let lower = words(text).map(|range| text[range].to_lowercase()).filter(|word| is_content_word(word));
    let mut all: Vec<u32> = lower.map(|word| hash(&stem(&word)) as u32).collect();
    all.sort_unstable();
    all.dedup();
    all.into_boxed_slice()
}

fn short(word: &str) -> u32 {
    let hash = blake3::hash(word.as_bytes());
    hash.as_bytes().iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// A hash of a text's words in small letters.
fn hash(text: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for range in words(text) {
        hasher.update(text[range].to_lowercase().as_bytes());
        hasher.update(b" ");
    }
    hasher.finalize().as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
