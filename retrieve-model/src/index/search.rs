//! Searching: words by BM25, vectors by cosine, and both together for the first stage of the model.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use futures::TryStreamExt as _;
use lancedb::DistanceType;
use lancedb::query::{ExecutableQuery, QueryBase, Select};
use rayon::prelude::*;
use tokio::task::JoinHandle;

use arrow::array::RecordBatch;

use super::rows::Columns;
use super::vectors::{self, Vectors};
use super::{Index, IndexError, bytes, table};
use crate::inference::{Candidate, Passage, PassageSource, SourceError};

/// Words of a query that are searched for, the most telling ones; those beyond them change the result little and the time a lot.
const MOST_WORDS: usize = 64;
/// Lists of √n vectors that are read for a vector. At 71,913 sections, 268 lists, they hold 98 % of the nearest 32; half as many hold 91 %.
const LISTS: usize = 128;

impl Index {
    /// The `k` best sections for the words of a text, with their BM25 scores, best first. Any text is a query: it is cut into words here,
    /// so quotes, operators and punctuation mean nothing, and a text without a word finds nothing.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn full_text(&self, query: &str, k: usize) -> Result<Vec<(u64, f32)>, IndexError> {
        self.told(self.ask(query, k))
    }

    /// The `k` sections nearest to a vector, with their cosines, nearest first; exact up to the size named by `exact_up_to` of the build.
    ///
    /// # Errors
    /// If the vector has another length than those of the index, or the table cannot be read.
    pub fn nearest(&self, vector: &[f32], k: usize) -> Result<Vec<(u64, f32)>, IndexError> {
        let mut near = self.near(vector, k)?;
        near.sort_unstable();
        let Some(batch) = self.rows(&near, Columns::Vector)? else { return Ok(Vec::new()) };
        let cosines = table::cosines(&batch, &unit(vector));
        Ok(best(near.into_iter().zip(cosines), k))
    }

    /// The sections of some keys, in their order.
    ///
    /// # Errors
    /// If a key is none of this index, or the table cannot be read.
    pub fn passages(&self, keys: &[u64]) -> Result<Vec<Passage>, IndexError> {
        let mut each = keys.to_vec();
        each.sort_unstable();
        each.dedup();
        let Some(batch) = self.rows(&each, Columns::Passage)? else { return Ok(Vec::new()) };
        let passages = self.decode(&batch, &each)?;
        Ok(keys.iter().filter_map(|key| passages.get(each.binary_search(key).ok()?).cloned()).collect())
    }

    fn error(&self, error: &impl std::fmt::Display) -> IndexError {
        IndexError::database(&self.dir, error)
    }

    fn decode(&self, batch: &RecordBatch, keys: &[u64]) -> Result<Vec<Passage>, IndexError> {
        let sections = table::decode(batch).map_err(|reason| IndexError::Broken { dir: self.dir.clone(), reason })?;
        Ok(keys.iter().zip(sections).map(|(key, section)| Passage { key: *key, section }).collect())
    }

    fn check_vector(&self, vector: &[f32]) -> Result<(), IndexError> {
        if vector.is_empty() || self.card.dimensions == 0 || vector.len() == self.card.dimensions {
            return Ok(());
        }
        let (ours, theirs) = (self.card.dimensions, vector.len());
        Err(IndexError::Vectors { reason: format!("{} holds vectors of {ours} numbers, the question's has {theirs}", self.dir.display()) })
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

    /// Starts the search for the words of a text, which goes on while its caller does something else.
    fn ask(&self, query: &str, k: usize) -> Option<Asked> {
        let words = self.telling(query).join(" ");
        let store = Arc::clone(self.store.as_ref().filter(|_| k > 0 && !words.is_empty())?);
        Some(self.runtime.spawn(async move {
            let found = store.words.search(&words, k).await?;
            found.into_iter().map(|(address, score)| Ok((store.rows.key(address)?, score))).collect()
        }))
    }

    /// What a search for words found, best first.
    fn told(&self, asked: Option<Asked>) -> Result<Vec<(u64, f32)>, IndexError> {
        let Some(asked) = asked else { return Ok(Vec::new()) };
        let found = self.runtime.block_on(asked).map_err(|error| self.error(&error))?;
        found.map(ranked).map_err(|error| self.error(&error))
    }

    /// Keys among which the `k` nearest sections are, a few more than so many; none where there are no vectors.
    fn near(&self, vector: &[f32], k: usize) -> Result<Vec<u64>, IndexError> {
        self.check_vector(vector)?;
        if k == 0 || self.card.rows == 0 || self.card.dimensions == 0 || !table::is_usable(vector) {
            return Ok(Vec::new());
        }
        match self.held()? {
            Some(held) => Ok(held.near(&unit(vector), k)),
            None => self.runtime.block_on(self.listed(vector, k)).map_err(|error| self.error(&error)),
        }
    }

    /// The same by the lists of vectors on disk.
    async fn listed(&self, vector: &[f32], k: usize) -> lancedb::Result<Vec<u64>> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let mut search = store.table.query().nearest_to(vector)?.distance_type(DistanceType::Cosine);
        search = if self.card.vector_index { search.nprobes(LISTS)?.limit(2 * k) } else { search.bypass_vector_index().limit(k) };
        // The address of a row is its key, almost: a column of the table would have to be read for each of them.
        let found = search.select(Select::columns(&["_distance"])).with_row_id().execute().await?;
        let addresses = table::addresses(&found.try_collect::<Vec<_>>().await?);
        let addresses = addresses.ok_or_else(|| lancedb::Error::Schema { message: "a search gave no rows".into() })?;
        Ok(addresses.into_iter().map(|address| store.rows.key(address)).collect::<lance::Result<_>>()?)
    }

    /// The vectors in memory, read by the first search that needs them; none where there are too many.
    fn held(&self) -> Result<Option<&Vectors>, IndexError> {
        let fit = !self.card.vector_index && vectors::fit(self.card.rows, self.card.dimensions);
        let Some(table) = self.store.as_ref().map(|store| &store.table).filter(|_| fit) else { return Ok(None) };
        // One thread reads, the others wait for it.
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if self.held.get().is_none() {
            if let Some(held) = bytes::read(&self.dir, self.card.rows, self.card.dimensions) {
                return Ok(Some(self.held.get_or_init(|| held)));
            }
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

    /// Columns of the rows of some keys, ascending and each once; none for no key.
    fn rows(&self, keys: &[u64], columns: Columns) -> Result<Option<RecordBatch>, IndexError> {
        if let Some(key) = keys.last().filter(|key| **key >= self.card.rows) {
            return Err(IndexError::Broken { dir: self.dir.clone(), reason: format!("it holds no section {key}") });
        }
        let Some(store) = &self.store else { return Ok(None) };
        self.runtime.block_on(store.rows.take(keys, columns)).map_err(|error| self.error(&error))
    }

    /// The union of both searches, which run at the same time; the score that one of them did not give is computed from the section itself.
    fn both(&self, query: &str, vector: &[f32], k: usize) -> Result<Vec<Candidate>, IndexError> {
        let asked = self.ask(query, k);
        let mut near = self.near(vector, k)?;
        if near.len() > 2 * k {
            // Many that are alike: their vectors are read before the rest of them.
            near = self.nearest(vector, k)?.into_iter().map(|(key, _)| key).collect();
        }
        let words: HashSet<u64> = self.told(asked)?.into_iter().map(|(key, _)| key).collect();
        let mut keys: Vec<u64> = words.iter().chain(&near).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let compared = self.card.dimensions > 0 && table::is_usable(vector);
        let columns = if compared { Columns::Whole } else { Columns::Passage };
        let Some(batch) = self.rows(&keys, columns)? else { return Ok(Vec::new()) };
        let cosines = if compared { table::cosines(&batch, &unit(vector)) } else { vec![0.0; keys.len()] };
        let near: HashSet<u64> = near.into_iter().collect();
        let known = keys.iter().copied().zip(cosines.iter().copied()).filter(|(key, _)| near.contains(key));
        let nearest: HashSet<u64> = best(known, k).into_iter().map(|(key, _)| key).collect();
        let terms = text::terms(query);
        let of = |(passage, cosine): (Passage, f32)| {
            let bm25 = self.statistics.bm25(&terms, &text::terms(&table::body(&passage.section)));
            Candidate { passage, bm25, cosine }
        };
        // Cutting a hundred sections into terms takes as long as finding them.
        let found = self.decode(&batch, &keys)?.into_par_iter().zip(cosines);
        let mut candidates: Vec<Candidate> =
            found.filter(|(passage, _)| words.contains(&passage.key) || nearest.contains(&passage.key)).map(of).collect();
        candidates.sort_by(|a, b| b.bm25.total_cmp(&a.bm25).then(b.cosine.total_cmp(&a.cosine)).then(a.passage.key.cmp(&b.passage.key)));
        Ok(candidates)
    }
}

/// A search for words that is going on.
type Asked = JoinHandle<lance::Result<Vec<(u64, f32)>>>;

fn unit(vector: &[f32]) -> Vec<f32> {
    let mut unit = vector.to_vec();
    vectors::normalise(&mut unit);
    unit
}

/// Best first, equal scores by key.
fn ranked(mut hits: Vec<(u64, f32)>) -> Vec<(u64, f32)> {
    hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    hits
}

/// The `k` sections with the largest cosines. An exact zero is a section without a vector, or one that has nothing in common with the query.
fn best(cosines: impl Iterator<Item = (u64, f32)>, k: usize) -> Vec<(u64, f32)> {
    let mut hits = ranked(cosines.filter(|(_, cosine)| *cosine != 0.0).collect());
    hits.truncate(k);
    hits
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
