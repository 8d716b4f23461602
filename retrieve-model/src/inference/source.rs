//! Where passages come from: the one door between the models and whatever stores the sections. The index implements it for a corpus,
//! [`super::InMemory`] for the sources that a question brings along.

use records::Section;
use thiserror::Error;

/// A retrieved unit: one prepared section under the key its store knows it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Unique in its store, stable while the store is open.
    pub key: u64,
    /// The section itself, with the map back to the original file.
    pub section: Section,
}

/// A passage that a search found, with the two scores the first stage starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What was found.
    pub passage: Passage,
    /// Full-text score of the query, 0 where no word matched or the full-text search did not return the passage.
    pub bm25: f32,
    /// Cosine of the query's and the passage's retrieval vectors, 0 where the vector search did not return the passage.
    pub cosine: f32,
}

/// A store could not answer a search.
#[derive(Debug, Error)]
#[error("search: {0}")]
pub struct SourceError(Box<dyn std::error::Error + Send + Sync>);

impl SourceError {
    /// Wraps what the store said; the message should name the store's folder and the remedy.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// A store of passages that can be searched from several threads at once.
pub trait PassageSource: Sync {
    /// The union of the `k` best passages for the words of `query` and the `k` nearest to `vector` (unit length; empty for words alone): each
    /// passage once, in an order that does not depend on threads.
    ///
    /// # Errors
    /// If the store cannot be read. A query without a usable word is no error: it finds what the vector finds.
    fn candidates(&self, query: &str, vector: &[f32], k: usize) -> Result<Vec<Candidate>, SourceError>;

    /// Inverse document frequency of a term of [`text::terms`]: `ln(1 + (n - df + 0.5) / (df + 0.5))` over the store's sections.
    fn idf(&self, term: &str) -> f32;

    /// Mean number of terms of a section, title and headings included, with which the full-text score can be computed anew under other constants. None
    /// where the store's scores are its own and must be taken as they are.
    fn average_terms(&self) -> Option<f32> {
        None
    }

    /// Number of sections, where they are so few that counting words in them tells little about how rare a word is.
    fn few(&self) -> Option<usize> {
        None
    }
}
