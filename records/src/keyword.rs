//! What keyword search sees in a text: stemmed terms, sentences, and BM25 scores over an in-memory index. Shared, so that a rank recorded
//! by the synthetic pipeline, a feature computed in training and one computed at question time mean the same.
//!
//! Not for a user's corpus: that index lives in LanceDB. This one serves training data and the few texts a question brings along.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

/// Lucene's English stop words.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "such",
    "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Words longer than this are cut, so that a megabyte without a space stays one cheap term.
const LONGEST_WORD: usize = 64;

thread_local! {
    static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
    static STEMS: RefCell<HashMap<String, String>> = RefCell::default();
    /// A score for each document of the index searched last, all 0 between searches.
    static SCORES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// The stem of a lower-cased word (Porter2); remembered per thread, since a text repeats its words.
#[must_use]
pub fn stem(word: &str) -> String {
    STEMS.with_borrow_mut(|stems| {
        if let Some(stem) = stems.get(word) {
            return stem.clone();
        }
        let stem = STEMMER.with(|stemmer| stemmer.stem(word).into_owned());
        if stems.len() > 200_000 {
            stems.clear();
        }
        stems.insert(word.to_owned(), stem.clone());
        stem
    })
}

/// Whether a lower-cased word is too common to search for.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// The words of a text: byte ranges of maximal runs of letters and digits.
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while characters.next_if(|(_, c)| !c.is_alphanumeric()).is_some() {}
        let (start, first) = characters.next()?;
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = characters.next_if(|(_, c)| c.is_alphanumeric()) {
            end = at + c.len_utf8();
        }
        Some(start..end)
    })
}

/// The term a word is searched by: lower-cased and stemmed; none for a stop word.
#[must_use]
pub fn term(word: &str) -> Option<String> {
    let lower: String = word.chars().take(LONGEST_WORD).flat_map(char::to_lowercase).collect();
    (!is_stop_word(&lower)).then(|| stem(&lower))
}

/// The search terms of a text, in order, with repetitions.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    words(text).filter_map(|range| term(&text[range])).collect()
}

/// Abbreviations after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 24] = [
    "al", "approx", "art", "cf", "co", "corp", "dr", "e.g", "eg", "etc", "fig", "i.e", "ie", "inc", "jr", "ltd", "mr", "mrs", "ms", "no",
    "prof", "sr", "st", "vs",
];

/// The sentences of a text as byte ranges without the white space around them: a newline always ends one; `.`, `!` and `?` (with closing
/// quotes and brackets) end one before white space and an upper-case letter, digit or opening mark, except after an abbreviation or initial.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\n' {
            push_trimmed(text, start..at, &mut out);
            start = at + 1;
        } else if matches!(c, '.' | '!' | '?') {
            let mut end = at + 1;
            while let Some((next, closing)) = characters.next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '"' | '\'' | ')' | ']' | '”' | '’'))
            {
                end = next + closing.len_utf8();
            }
            let rest = &text[end..];
            let next = rest.trim_start_matches([' ', '\t']);
            let spaced = next.len() < rest.len();
            let opens = next
                .starts_with(|c: char| c.is_uppercase() || c.is_numeric() || matches!(c, '"' | '“' | '\'' | '(' | '[' | '‘' | '*' | '`'));
            if spaced && opens && !(c == '.' && ends_in_abbreviation(&text[start..at])) {
                push_trimmed(text, start..end, &mut out);
                start = end;
            }
        }
    }
    push_trimmed(text, start..text.len(), &mut out);
    out
}

fn ends_in_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let initial = word.chars().count() == 1 && word.starts_with(|c: char| c.is_uppercase());
    initial || ABBREVIATIONS.binary_search(&word.to_lowercase().as_str()).is_ok()
}

fn push_trimmed(text: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = start + piece.trim().len();
    if start < end {
        out.push(start..end);
    }
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
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        assert_eq!(cut("One ends. Two (too!) Three?"), ["One ends.", "Two (too!)", "Three?"]);
        assert_eq!(
            cut("Dr. A. Smith paid 3.5 million, e.g. in May. \"Yes.\" So"),
            ["Dr. A. Smith paid 3.5 million, e.g. in May.", "\"Yes.\"", "So"]
        );
        assert_eq!(cut("a heading\n\n  a line \n"), ["a heading", "a line"]);
    }

    #[test]
    fn terms_are_stemmed_and_without_stop_words() {
        assert_eq!(terms("The managers, and a Manager's re-managing"), ["manag", "manag", "s", "re", "manag"]);
    }

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

    #[test]
    fn stop_words_and_abbreviations_are_sorted_for_the_search() {
        assert!(STOP_WORDS.is_sorted());
        assert!(ABBREVIATIONS.is_sorted());
    }

    proptest! {
        #[test]
        fn sentences_and_words_lie_in_order_on_character_boundaries(text in "(?s).{0,80}") {
            for ranges in [sentences(&text), words(&text).collect()] {
                let mut end = 0;
                for range in ranges {
                    prop_assert!(range.start >= end && range.start < range.end);
                    prop_assert!(text.get(range.clone()).is_some());
                    end = range.end;
                }
            }
        }
    }
}
