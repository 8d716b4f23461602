//! Searching: words by BM25, vectors by cosine, and both together for the first stage of the model.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::PoisonError;

use futures::TryStreamExt as _;
use lancedb::DistanceType;
use lancedb::index::scalar::{FullTextSearchQuery, MatchQuery};
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use arrow::array::RecordBatch;

use super::vectors::{self, Vectors};
use super::{Index, IndexError, table};
use crate::inference::{Candidate, Passage, PassageSource, SourceError};

/// Words of a query that are searched for, the most telling ones; those beyond them change the result little and the time a lot.
const MOST_WORDS: usize = 64;
/// Lists of the inverted file that are read for a vector: at √n lists of √n vectors, a tenth of 100,000 and less of more.
const LISTS: usize = 32;

impl Index {
    /// The `k` best sections for the words of a text, with their BM25 scores, best first. Any text is a query: it is cut into words here,
    /// so quotes, operators and punctuation mean nothing, and a text without a word finds nothing.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn full_text(&self, query: &str, k: usize) -> Result<Vec<(u64, f32)>, IndexError> {
        self.runtime.block_on(self.words(query, k)).map_err(|error| self.error(&error))
    }

    /// The `k` sections nearest to a vector, with their cosines, nearest first; exact up to the size named by `exact_up_to` of the build.
    ///
    /// # Errors
    /// If the vector has another length than those of the index, or the table cannot be read.
    pub fn nearest(&self, vector: &[f32], k: usize) -> Result<Vec<(u64, f32)>, IndexError> {
        self.check_vector(vector)?;
        if k == 0 || self.card.rows == 0 || self.card.dimensions == 0 || !table::is_usable(vector) {
            return Ok(Vec::new());
        }
        match self.held()? {
            Some(held) => Ok(held.nearest(&unit(vector), k)),
            None => self.runtime.block_on(self.vectors(vector, k)).map_err(|error| self.error(&error)),
        }
    }

    /// The sections of some keys, in their order.
    ///
    /// # Errors
    /// If a key is none of this index, or the table cannot be read.
    pub fn passages(&self, keys: &[u64]) -> Result<Vec<Passage>, IndexError> {
        let batch = self.runtime.block_on(self.rows(keys, &table::PASSAGE))?;
        batch.map_or(Ok(Vec::new()), |batch| self.decode(&batch))
    }

    fn error(&self, error: &lancedb::Error) -> IndexError {
        IndexError::database(&self.dir, error)
    }

    fn decode(&self, batch: &RecordBatch) -> Result<Vec<Passage>, IndexError> {
        table::decode(batch).map_err(|reason| IndexError::Broken { dir: self.dir.clone(), reason })
    }

    fn check_vector(&self, vector: &[f32]) -> Result<(), IndexError> {
        if vector.is_empty() || self.card.dimensions == 0 || vector.len() == self.card.dimensions {
            return Ok(());
        }
        let (ours, theirs) = (self.card.dimensions, vector.len());
        Err(IndexError::Vectors { reason: format!("{} holds vectors of {ours} numbers, the question's has {theirs}", self.dir.display()) })
    }

    async fn words(&self, query: &str, k: usize) -> lancedb::Result<Vec<(u64, f32)>> {
        let words = self.telling(query);
        let Some(table) = self.table.as_ref().filter(|_| k > 0 && !words.is_empty()) else { return Ok(Vec::new()) };
        let matching = MatchQuery::new(words.join(" ")).with_column(Some(table::BODY.to_owned()));
        let search = table.query().full_text_search(FullTextSearchQuery::new_query(matching.into())).limit(k);
        let batches: Vec<RecordBatch> = search.select(Select::columns(&["key", "_score"])).execute().await?.try_collect().await?;
        ranked(table::scores(&batches, "_score"))
    }

    /// The words of a query as they are compared: all of them in their order, or of many the rarest that the corpus holds.
    fn telling<'a>(&self, query: &'a str) -> Vec<Cow<'a, str>> {
        let searched = text::words(query).map(|range| &query[range]).filter_map(|word| Some((text::term(word)?, word)));
        let mut words: Vec<(String, &str)> = searched.collect();
        if words.len() > MOST_WORDS {
            let mut seen = HashSet::new();
            words.retain(|(term, _)| self.statistics.document_frequency(term) > 0 && seen.insert(term.clone()));
            // Stable, so that of words as rare as each other the first ones stay.
            words.sort_by_key(|(term, _)| self.statistics.document_frequency(term));
            words.truncate(MOST_WORDS);
        }
        words.into_iter().map(|(_, word)| text::matching(word)).collect()
    }

    async fn vectors(&self, vector: &[f32], k: usize) -> lancedb::Result<Vec<(u64, f32)>> {
        let Some(table) = &self.table else { return Ok(Vec::new()) };
        let mut search = table.query().nearest_to(vector)?.distance_type(DistanceType::Cosine).limit(k);
        search = if self.card.vector_index { search.nprobes(LISTS)? } else { search.bypass_vector_index() };
        let batches: Vec<RecordBatch> = search.select(Select::columns(&["key", "_distance"])).execute().await?.try_collect().await?;
        let cosines =
            table::scores(&batches, "_distance").map(|hits| hits.into_iter().map(|(key, distance)| (key, 1.0 - distance)).collect());
        ranked(cosines)
    }

    /// The vectors in memory, read by the first search that needs them; none where there are too many.
    fn held(&self) -> Result<Option<&Vectors>, IndexError> {
        let Some(table) = self.table.as_ref().filter(|_| !self.card.vector_index && vectors::fit(self.card.rows, self.card.dimensions))
        else {
            return Ok(None);
        };
        // One thread reads, the others wait for it.
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if self.held.get().is_none() {
            let read = async {
                let mut held = Vectors::new(self.card.rows, self.card.dimensions);
                let mut batches = table.query().select(Select::columns(&["key", table::VECTOR])).execute().await?;
                while let Some(batch) = batches.try_next().await? {
                    held.fill(&batch).ok_or_else(|| lancedb::Error::Schema { message: "the table has other columns".into() })?;
                }
                Ok(held)
            };
            let _ = self.held.set(self.runtime.block_on(read).map_err(|error: lancedb::Error| self.error(&error))?);
        }
        Ok(self.held.get())
    }

    /// Rows by key. A key is a row's place in the table, so this is a look-up, not a search.
    async fn rows(&self, keys: &[u64], columns: &[&str]) -> Result<Option<RecordBatch>, IndexError> {
        if let Some(key) = keys.iter().find(|key| **key >= self.card.rows) {
            return Err(IndexError::Broken { dir: self.dir.clone(), reason: format!("it holds no section {key}") });
        }
        let Some(dataset) = self.table.as_ref().and_then(lancedb::Table::dataset).filter(|_| !keys.is_empty()) else { return Ok(None) };
        let dataset = dataset.get().await.map_err(|error| self.error(&error))?;
        let schema = dataset.schema().project(columns).map_err(|error| IndexError::database(&self.dir, &error))?;
        let batch = dataset.take(keys, schema).await.map_err(|error| IndexError::database(&self.dir, &error))?;
        Ok(Some(batch))
    }

    /// The union of both searches; the score that one of them did not give is computed from the section itself.
    fn both(&self, query: &str, vector: &[f32], k: usize) -> Result<Vec<Candidate>, IndexError> {
        let found = self.full_text(query, k)?.into_iter().chain(self.nearest(vector, k)?);
        let mut keys: Vec<u64> = found.map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        let held = if vector.is_empty() || self.card.dimensions == 0 { None } else { self.held()? };
        let on_disk = held.is_none() && self.card.dimensions > 0 && table::is_usable(vector);
        let columns: Vec<&str> = table::PASSAGE.into_iter().chain(on_disk.then_some(table::VECTOR)).collect();
        let Some(batch) = self.runtime.block_on(self.rows(&keys, &columns))? else { return Ok(Vec::new()) };
        let unit = unit(vector);
        let cosines = match held {
            Some(held) => keys.iter().map(|key| held.cosine(*key, &unit).unwrap_or_default()).collect(),
            None => table::cosines(&batch, vector),
        };
        let terms = text::terms(query);
        let scored = self.decode(&batch)?.into_iter().zip(cosines).map(|(passage, cosine)| {
            let bm25 = self.statistics.bm25(&terms, &text::terms(&table::body(&passage.section)));
            Candidate { passage, bm25, cosine }
        });
        let mut candidates: Vec<Candidate> = scored.collect();
        candidates.sort_by(|a, b| b.bm25.total_cmp(&a.bm25).then(b.cosine.total_cmp(&a.cosine)).then(a.passage.key.cmp(&b.passage.key)));
        Ok(candidates)
    }
}

fn unit(vector: &[f32]) -> Vec<f32> {
    let mut unit = vector.to_vec();
    vectors::normalise(&mut unit);
    unit
}

/// Best first, equal scores by key.
fn ranked(hits: Option<Vec<(u64, f32)>>) -> lancedb::Result<Vec<(u64, f32)>> {
    let mut hits = hits.ok_or_else(|| lancedb::Error::Schema { message: "a search gave no keys or scores".into() })?;
    hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(hits)
}

impl PassageSource for Index {
    fn candidates(&self, query: &str, vector: &[f32], k: usize) -> Result<Vec<Candidate>, SourceError> {
        let found = self.both(query, vector, k);
        found.map_err(SourceError::new)
    }

    fn idf(&self, term: &str) -> f32 {
        self.statistics.idf(term)
    }

    fn average_terms(&self) -> Option<f32> {
        Some((self.statistics.terms as f32 / self.statistics.sections.max(1) as f32).max(1.0))
    }
}
