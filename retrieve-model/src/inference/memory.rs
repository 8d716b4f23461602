//! Passages held in memory: the sources that a question brings along, or a sample of sections in training. Exact search, no files.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use records::{OffsetMap, Role, Section, SourceText};
use text::Bm25;

use super::source::{Candidate, Passage, PassageSource, SourceError};
use crate::data::header;

/// Longest section cut from a source, in bytes: what the preparation stage aims at.
const SECTION_BYTES: usize = 900;
/// Below this many sections a word's count is chance.
const FEW: usize = 500;

/// Sections with keyword search and, where given, vectors.
#[derive(Clone, Debug, Default)]
pub struct InMemory {
    sections: Vec<Section>,
    vectors: Vec<Vec<f32>>,
    keywords: Bm25,
    /// Number of terms of all sections.
    terms: u64,
}

impl InMemory {
    /// A store of sections; the key of a passage is its position. `vectors` has one a section, of unit length, or is empty.
    #[must_use]
    pub fn new(sections: Vec<Section>, vectors: Vec<Vec<f32>>) -> Self {
        let (mut keywords, mut terms) = (Bm25::default(), 0);
        for section in &sections {
            let own = text::terms(&format!("{}\n{}", header(section), section.text));
            terms += own.len() as u64;
            keywords.add(&own);
        }
        Self { sections, vectors, keywords, terms }
    }

    /// The sections, by key.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    fn cosine(&self, section: usize, vector: &[f32]) -> f32 {
        self.vectors.get(section).map_or(0.0, |own| own.iter().zip(vector).map(|(a, b)| a * b).sum())
    }
}

impl PassageSource for InMemory {
    fn candidates(&self, query: &str, vector: &[f32], k: usize) -> Result<Vec<Candidate>, SourceError> {
        let everything = self.sections.len() <= k;
        let scored = self.keywords.search(&text::terms(query), self.sections.len());
        let mut found: Vec<(usize, f32)> = scored.iter().take(k).copied().collect();
        let scores: HashMap<usize, f32> = scored.into_iter().collect();
        if everything || (!vector.is_empty() && !self.vectors.is_empty()) {
            let mut near: Vec<(usize, f32)> = (0..self.sections.len()).map(|section| (section, self.cosine(section, vector))).collect();
            near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            near.truncate(k);
            let known: HashSet<usize> = found.iter().map(|hit| hit.0).collect();
            let new = near.into_iter().filter(|(section, _)| !known.contains(section));
            found.extend(new.map(|(section, _)| (section, scores.get(&section).copied().unwrap_or(0.0))));
        }
        let candidate = |(section, bm25): (usize, f32)| {
            let passage = Passage { key: section as u64, section: self.sections[section].clone() };
            Candidate { passage, bm25, cosine: self.cosine(section, vector) }
        };
        Ok(found.into_iter().map(candidate).collect())
    }

    fn idf(&self, term: &str) -> f32 {
        self.keywords.idf(term)
    }

    fn average_terms(&self) -> Option<f32> {
        Some((self.terms as f32 / self.sections.len().max(1) as f32).max(1.0))
    }

    fn few(&self) -> Option<usize> {
        Some(self.sections.len()).filter(|sections| *sections < FEW)
    }
}

/// A source as sections: whole where it is short, else cut between paragraphs, sentences or, failing both, words.
#[must_use]
pub fn sections_of(source: &SourceText) -> Vec<Section> {
    let doc_id = blake3::hash(source.text.as_bytes()).to_hex().to_string();
    let section = |(number, range): (usize, Range<usize>)| Section {
        doc_id: doc_id.clone(),
        path: source.id.clone(),
        title: source.title.clone(),
        section: number as u32,
        heading_path: Vec::new(),
        role: Role::Paragraph,
        text: source.text[range.clone()].to_owned(),
        spans: OffsetMap::verbatim(range.start as u64, range.len() as u64),
        page: None,
        repairs: Vec::new(),
        links: Vec::new(),
        pages: Vec::new(),
    };
    cut(&source.text).into_iter().enumerate().map(section).collect()
}

/// Ranges of at most [`SECTION_BYTES`] that hold whole sentences where sentences are short enough.
fn cut(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for sentence in text::sentences(text).into_iter().flat_map(|sentence| short_enough(text, sentence)) {
        match out.last_mut() {
            Some(last) if sentence.end - last.start <= SECTION_BYTES => last.end = sentence.end,
            _ => out.push(sentence),
        }
    }
    out
}

/// A sentence in pieces of at most [`SECTION_BYTES`], cut at white space where there is some.
fn short_enough(text: &str, sentence: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = sentence.start;
    while sentence.end - start > SECTION_BYTES {
        let mut end = start + SECTION_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if let Some(space) = text[start..end].rfind(char::is_whitespace).filter(|space| *space > 0) {
            end = start + space;
        }
        out.push(start..end);
        start = end + (text[end..].len() - text[end..].trim_start().len());
        if start >= sentence.end {
            return out;
        }
    }
    out.push(start..sentence.end);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> SourceText {
        SourceText { id: "s".into(), title: None, text: text.into() }
    }

    proptest! {
        #[test]
        fn sections_of_a_source_are_its_own_bytes_in_order(text in "[a-zé .\n]{0,4000}") {
            let source = source(&text);
            let mut at = 0;
            for section in sections_of(&source) {
                let raw = section.spans.raw_range(0..section.text.len() as u64).unwrap();
                prop_assert!(section.text.len() <= SECTION_BYTES);
                prop_assert!(raw.start as usize >= at);
                prop_assert!(text[at..raw.start as usize].trim().is_empty());
                prop_assert_eq!(&text[raw.start as usize..raw.end as usize], &section.text);
                at = raw.end as usize;
            }
            prop_assert!(text[at..].trim().is_empty());
        }
    }

    #[test]
    fn a_short_source_is_one_section_and_an_empty_one_is_none() {
        assert_eq!(sections_of(&source("One. Two.\n\nThree.")).len(), 1);
        assert!(sections_of(&source(" \n")).is_empty());
    }

    #[test]
    fn a_small_store_gives_everything_and_a_large_one_what_matches() {
        let sections: Vec<Section> = (0..30).flat_map(|n| sections_of(&source(&format!("The number of tower {n} is blue{n}.")))).collect();
        let store = InMemory::new(sections, Vec::new());
        assert_eq!(store.candidates("nothing known", &[], 40).unwrap().len(), 30);
        let hits = store.candidates("blue7", &[], 10).unwrap();
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].passage.key, 7);
    }
}
