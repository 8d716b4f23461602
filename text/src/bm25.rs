//! BM25 over an index in memory, and the weight of a word by how rare it is.

use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// A score for each document of the index searched last, all 0 between searches.
    static SCORES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// An in-memory index scored by BM25 (Robertson and Zaragoza 2009) with Lucene's idf, `ln(1 + (N - n + 0.5) / (n + 0.5))`.
#[derive(Clone, Debug)]
pub struct Bm25 {
    k1: f32,
    b: f32,
    vocabulary: HashMap<String, u32>,
    /// Per term: documents that hold it and how often.
    postings: Vec<Vec<(u32, u16)>>,
    lengths: Vec<u32>,
    /// Sum of the lengths.
    total: u64,
}

impl Default for Bm25 {
    /// k1 = 1.2 and b = 0.75, as LanceDB's full-text search has them.
    fn default() -> Self {
        Self::new(1.2, 0.75)
    }
}

impl Bm25 {
    /// An empty index with term saturation `k1` and length normalisation `b`.
    #[must_use]
    pub fn new(k1: f32, b: f32) -> Self {
        Self { k1, b, vocabulary: HashMap::new(), postings: Vec::new(), lengths: Vec::new(), total: 0 }
    }

    /// Adds a document and gives its number, counted from 0.
    pub fn add(&mut self, terms: &[String]) -> usize {
        let document = u32::try_from(self.lengths.len()).expect("fewer than 2^32 documents");
        for term in terms {
            let next = self.vocabulary.len() as u32;
            let id = *self.vocabulary.entry(term.clone()).or_insert(next) as usize;
            if id == self.postings.len() {
                self.postings.push(Vec::new());
            }
            match self.postings[id].last_mut() {
                Some((last, count)) if *last == document => *count = count.saturating_add(1),
                _ => self.postings[id].push((document, 1)),
            }
        }
        self.lengths.push(terms.len() as u32);
        self.total += terms.len() as u64;
        document as usize
    }

    /// Number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Number of documents that hold a term.
    #[must_use]
    pub fn document_frequency(&self, term: &str) -> usize {
        self.vocabulary.get(term).map_or(0, |id| self.postings[*id as usize].len())
    }

    /// How telling a term is; the largest value for one that no document holds.
    #[must_use]
    pub fn idf(&self, term: &str) -> f32 {
        idf(self.len(), self.document_frequency(term))
    }

    /// The `k` best documents with their scores, best first, ties by number. A repeated query term counts as often as it is given.
    #[must_use]
    pub fn search(&self, terms: &[String], k: usize) -> Vec<(usize, f32)> {
        let average = (self.total as f32 / self.lengths.len().max(1) as f32).max(1.0);
        let mut ranked: Vec<(usize, f32)> = SCORES.with_borrow_mut(|scores| {
            scores.resize(self.lengths.len().max(scores.len()), 0.0);
            let mut touched: Vec<u32> = Vec::new();
            for term in terms {
                let Some(id) = self.vocabulary.get(term) else { continue };
                let weight = self.idf(term);
                for (document, count) in &self.postings[*id as usize] {
                    let count = f32::from(*count);
                    let length = self.lengths[*document as usize] as f32;
                    let saturated = count * (self.k1 + 1.0) / (count + self.k1 * (1.0 - self.b + self.b * length / average));
                    let score = &mut scores[*document as usize];
                    if *score == 0.0 {
                        touched.push(*document);
                    }
                    *score += weight * saturated;
                }
            }
            // Taking a score leaves the 0 that the next search relies on.
            touched.into_iter().map(|document| (document as usize, std::mem::take(&mut scores[document as usize]))).collect()
        });
        let better = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if ranked.len() > k {
            ranked.select_nth_unstable_by(k.saturating_sub(1), better);
            ranked.truncate(k);
        }
        ranked.sort_by(better);
        ranked
    }
}

/// Lucene's inverse document frequency of a term that `holding` of `documents` documents hold.
#[must_use]
pub fn idf(documents: usize, holding: usize) -> f32 {
    let (documents, holding) = (documents as f32, holding as f32);
    ((documents - holding + 0.5).max(0.5) / (holding + 0.5)).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::super::terms;
    use super::*;

    #[test]
    fn a_bm25_score_worked_by_hand() {
        let mut index = Bm25::default();
        for text in ["red apple", "green apple pie", "blue sky"] {
            index.add(&terms(text));
        }
        // "red": 1 of 3 documents, ln(1 + 2.5 / 1.5) = 0.980829; length 2, average 7/3: 2.2 / (1 + 1.2 * (0.25 + 0.75 * 6/7)) = 1.061
        let hits = index.search(&terms("red"), 3);
        assert_eq!(hits.len(), 1);
        assert!((hits[0].1 - 0.980_829 * 2.2 / (1.0 + 1.2 * (0.25 + 0.75 * 6.0 / 7.0))).abs() < 1e-5);
        assert_eq!(index.search(&terms("apple pie"), 1)[0].0, 1);
    }
}
