//! From a query to chunks in order: keyword and vector lists fused by reciprocal rank (Cormack, Clarke and Büttcher 2009), and the chosen chunks
//! taken apart into sentences.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

use records::{Section, keyword};
use retrieve_model::inference::{PassageSource, SourceError};

use super::spans::{Shape, spans};
use super::{RetrievalRules, SemanticModel};

/// A piece of a sentence that looks like an answer.
#[derive(Debug)]
pub struct ReadSpan {
    /// Bytes of the sentence.
    pub range: Range<usize>,
    /// What it looks like.
    pub shape: Shape,
    /// Its search terms.
    pub terms: Vec<String>,
}

/// A sentence of a chunk, taken apart.
#[derive(Debug)]
pub struct ReadSentence {
    /// Bytes of the chunk's text.
    pub range: Range<usize>,
    /// Search terms with their first byte in the sentence.
    pub terms: Vec<(String, usize)>,
    /// Pieces that look like answers.
    pub spans: Vec<ReadSpan>,
}

/// A chunk, taken apart.
#[derive(Debug)]
pub struct ReadChunk {
    /// Terms of title and headings.
    pub context: HashSet<String>,
    /// Terms of the whole text.
    pub terms: HashSet<String>,
    /// The sentences.
    pub sentences: Vec<ReadSentence>,
}

impl ReadChunk {
    fn of(section: &Section) -> Self {
        let above = section.title.iter().chain(&section.heading_path);
        let context = above.flat_map(|text| keyword::terms(text)).collect();
        let sentences: Vec<ReadSentence> =
            keyword::sentences(&section.text).into_iter().map(|range| read_sentence(&section.text, range)).collect();
        let terms = sentences.iter().flat_map(|sentence| sentence.terms.iter().map(|(term, _)| term.clone())).collect();
        Self { context, terms, sentences }
    }
}

fn read_sentence(text: &str, range: Range<usize>) -> ReadSentence {
    let sentence = &text[range.clone()];
    let terms = keyword::words(sentence).filter_map(|word| Some((keyword::term(&sentence[word.clone()])?, word.start))).collect();
    let read_span = |(range, shape): (Range<usize>, Shape)| ReadSpan { terms: keyword::terms(&sentence[range.clone()]), range, shape };
    ReadSentence { range, terms, spans: spans(sentence).into_iter().map(read_span).collect() }
}

/// A chunk that a query found; it is read when first asked for.
#[derive(Debug)]
pub struct FoundChunk {
    /// The chunk.
    pub section: Section,
    /// Rank from 1 among the keyword hits.
    pub by_words: Option<usize>,
    /// Rank from 1 among the nearest vectors.
    pub by_vector: Option<usize>,
    read: OnceLock<ReadChunk>,
}

impl FoundChunk {
    /// The chunk, taken apart.
    pub fn read(&self) -> &ReadChunk {
        self.read.get_or_init(|| ReadChunk::of(&self.section))
    }
}

/// What a query found.
#[derive(Debug)]
pub struct Found {
    /// Every chunk of either list.
    pub chunks: Vec<FoundChunk>,
}

impl Found {
    /// Chunks by `sum over lists of weight / (constant + rank)`, best first, the best score scaled to 1.
    #[must_use]
    pub fn fused(&self, rules: &RetrievalRules) -> Vec<(usize, f32)> {
        let part = |rank: Option<usize>, weight: f32| rank.map_or(0.0, |rank| weight / (rules.rrf_constant + rank as f32));
        let score = |chunk: &FoundChunk| part(chunk.by_words, 1.0) + part(chunk.by_vector, rules.vector_weight);
        let mut ranked: Vec<(usize, f32)> = self.chunks.iter().map(score).enumerate().filter(|(_, score)| *score > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let best = ranked.first().map_or(1.0, |(_, score)| *score);
        ranked.iter_mut().for_each(|(_, score)| *score /= best);
        ranked
    }
}

/// Searches a store; remembers what it found where that pays (tuning asks the same things again and again).
pub struct Searcher<'a> {
    source: &'a dyn PassageSource,
    semantic: Option<&'a SemanticModel>,
    candidates: usize,
    memory: Option<Mutex<HashMap<String, Arc<Found>>>>,
}

impl<'a> Searcher<'a> {
    /// A searcher that asks each list for `candidates` chunks.
    #[must_use]
    pub fn new(source: &'a dyn PassageSource, semantic: Option<&'a SemanticModel>, candidates: usize) -> Self {
        Self { source, semantic, candidates, memory: None }
    }

    /// The same, remembering.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { memory: Some(Mutex::default()), ..self }
    }

    /// How telling a term is in the store.
    #[must_use]
    pub fn idf(&self, term: &str) -> f32 {
        self.source.idf(term)
    }

    /// The chunks of both lists.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn find(&self, query: &str) -> Result<Arc<Found>, SourceError> {
        let remembered = self.memory.as_ref().and_then(|memory| memory.lock().ok()?.get(query).cloned());
        if let Some(found) = remembered {
            return Ok(found);
        }
        let found = Arc::new(self.ask(query)?);
        if let Some(Ok(mut memory)) = self.memory.as_ref().map(Mutex::lock) {
            memory.insert(query.to_owned(), Arc::clone(&found));
        }
        Ok(found)
    }

    fn ask(&self, query: &str) -> Result<Found, SourceError> {
        let vector = self.semantic.map(|model| model.embed(&keyword::terms(query))).unwrap_or_default();
        let vector = if vector.iter().any(|value| *value != 0.0) { vector } else { Vec::new() };
        let candidates = self.source.candidates(query, &vector, self.candidates)?;
        let by_words = ranks(candidates.iter().map(|candidate| candidate.bm25));
        let by_vector = ranks(candidates.iter().map(|candidate| if vector.is_empty() { 0.0 } else { candidate.cosine }));
        let chunks = candidates.into_iter().zip(by_words.into_iter().zip(by_vector));
        let chunk = |(candidate, (by_words, by_vector)): (retrieve_model::inference::Candidate, _)| FoundChunk {
            section: candidate.passage.section,
            by_words,
            by_vector,
            read: OnceLock::new(),
        };
        Ok(Found { chunks: chunks.map(chunk).collect() })
    }
}

/// Rank from 1 of each score, largest first, ties in the order given; none for scores that are not positive.
fn ranks(scores: impl Iterator<Item = f32>) -> Vec<Option<usize>> {
    let scores: Vec<f32> = scores.collect();
    let mut order: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] > 0.0).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let mut out = vec![None; scores.len()];
    order.into_iter().enumerate().for_each(|(rank, at)| out[at] = Some(rank + 1));
    out
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;
    use crate::baseline::{ChunkRules, chunks_of_source, in_memory};

    #[test]
    fn ranks_skip_what_was_not_found() {
        assert_eq!(ranks([0.0, 2.0, 5.0, 2.0].into_iter()), [None, Some(2), Some(1), Some(3)]);
    }

    #[test]
    fn fusion_by_hand() {
        let chunk = |by_words, by_vector| {
            let source = SourceText { id: "s".into(), title: None, text: "x".into() };
            FoundChunk { section: chunks_of_source(&source, &ChunkRules::default()).remove(0), by_words, by_vector, read: OnceLock::new() }
        };
        let found = Found { chunks: vec![chunk(Some(1), None), chunk(Some(2), Some(1)), chunk(None, Some(2))] };
        let rules = RetrievalRules { rrf_constant: 9.0, vector_weight: 0.5, ..RetrievalRules::default() };
        // 1/10; 1/11 + 0.5/10 = 0.140909; 0.5/11
        let fused = found.fused(&rules);
        assert_eq!(fused.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 0, 2]);
        assert!((fused[1].1 - 0.1 / 0.140_909).abs() < 1e-4);
    }

    #[test]
    fn a_remembering_searcher_finds_the_same() {
        let source = SourceText { id: "s".into(), title: None, text: "The ferry leaves at nine. The baker sleeps.".into() };
        let store = in_memory(chunks_of_source(&source, &ChunkRules { words: 5, overlap: 0, break_at_headings: true }), None);
        let searcher = Searcher::new(&store, None, 5).remembering();
        let first = searcher.find("ferry").unwrap();
        assert!(Arc::ptr_eq(&first, &searcher.find("ferry").unwrap()));
        assert_eq!(first.chunks[0].section.text, "The ferry leaves at nine.");
    }
}
