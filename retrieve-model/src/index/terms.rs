//! How rare each word is in the corpus. Counted while the index is built, kept beside the table as `terms-00000.parquet`, and used for
//! every idf and for scoring a section that the full-text search did not return itself.

use std::collections::HashMap;
use std::path::Path;

use records::{Row, Shard, TableError, TableReader, TableWriter};
use serde::{Deserialize, Serialize};

/// Above this number of words those seen once are forgotten, so that a corpus of noise cannot fill the memory; their idf hardly changes.
const MOST_TERMS: usize = 4_000_000;
/// Saturation and length normalisation of BM25, the same in LanceDB and in [`text::Bm25`].
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// A row of `terms`: a word and the number of sections that hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    term: String,
    sections: u32,
}

impl Row for Term {
    const TABLE: &'static str = "terms";
}

/// Document frequencies over the sections of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Number of sections.
    pub sections: u64,
    /// Number of terms in all of them.
    pub terms: u64,
    frequencies: HashMap<Box<str>, u32>,
}

impl Statistics {
    /// Counts a section by the terms of its full text.
    pub(super) fn count(&mut self, mut terms: Vec<String>) {
        self.sections += 1;
        self.terms += terms.len() as u64;
        terms.sort_unstable();
        terms.dedup();
        for term in terms {
            match self.frequencies.get_mut(term.as_str()) {
                Some(count) => *count += 1,
                None => drop(self.frequencies.insert(term.into_boxed_str(), 1)),
            }
        }
        if self.frequencies.len() > MOST_TERMS {
            self.frequencies.retain(|_, count| *count > 1);
        }
    }

    /// Number of sections that hold a term of [`text::terms`].
    #[must_use]
    pub fn document_frequency(&self, term: &str) -> u32 {
        self.frequencies.get(term).copied().unwrap_or_default()
    }

    /// How telling a term is: `ln(1 + (n - df + 0.5) / (df + 0.5))`.
    #[must_use]
    pub fn idf(&self, term: &str) -> f32 {
        text::idf(self.sections as usize, self.document_frequency(term) as usize)
    }

    /// The BM25 score of one section for a query, by the formula of [`text::Bm25::search`].
    #[must_use]
    pub fn bm25(&self, query: &[String], section: &[String]) -> f32 {
        let average = (self.terms as f32 / self.sections.max(1) as f32).max(1.0);
        let norm = K1 * (1.0 - B + B * section.len() as f32 / average);
        let score = |term: &String| {
            let count = section.iter().filter(|other| *other == term).count() as f32;
            if count == 0.0 { 0.0 } else { self.idf(term) * count * (K1 + 1.0) / (count + norm) }
        };
        query.iter().map(score).sum()
    }

    /// Writes the frequencies, sorted by term: the same corpus gives the same bytes.
    pub(super) fn write(&self, dir: &Path) -> Result<Shard, TableError> {
        let mut rows: Vec<Term> = self.frequencies.iter().map(|(term, count)| Term { term: term.to_string(), sections: *count }).collect();
        rows.sort_unstable_by(|a, b| a.term.cmp(&b.term));
        let mut writer = TableWriter::<Term>::create(dir, 0)?;
        writer.extend(rows)?;
        writer.finish()
    }

    pub(super) fn read(dir: &Path, sections: u64, terms: u64) -> Result<Self, TableError> {
        let mut frequencies = HashMap::new();
        for row in TableReader::<Term>::open(&dir.join("terms-00000.parquet"))? {
            let Term { term, sections } = row?;
            frequencies.insert(term.into_boxed_str(), sections);
        }
        Ok(Self { sections, terms, frequencies })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_in_memory_index() {
        let texts = ["red apple", "green apple pie and another apple", "blue sky", "an apple a day"];
        let mut statistics = Statistics::default();
        let mut memory = text::Bm25::default();
        for text in texts {
            statistics.count(text::terms(text));
            memory.add(&text::terms(text));
        }
        let query = text::terms("apple pie, the apple of my eye");
        for (document, score) in memory.search(&query, 10) {
            let ours = statistics.bm25(&query, &text::terms(texts[document]));
            assert!((ours - score).abs() < 1e-5, "{ours} {score}");
        }
        assert_eq!(statistics.idf("appl"), memory.idf("appl"));
    }

    #[test]
    fn frequencies_survive_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let mut statistics = Statistics::default();
        statistics.count(text::terms("some words of a section, some more words"));
        let shard = statistics.write(dir.path()).unwrap();
        assert_eq!(shard.rows, 4);
        assert_eq!(Statistics::read(dir.path(), statistics.sections, statistics.terms).unwrap(), statistics);
    }
}
