//! From a query to chunks in order: BM25 with the workflow's own constants, fused with the vector list by reciprocal rank (Cormack, Clarke and
//! Büttcher 2009), made diverse by maximal marginal relevance (Carbonell and Goldstein 1998), and the chosen chunks taken apart into sentences.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

use records::Section;
use retrieve_model::inference::{PassageSource, SourceError};

use super::spans::{Shape, spans};
use super::{RetrievalRules, SemanticModel, searchable_terms};

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
        let context = above.flat_map(|text| text::terms(text)).collect();
        let sentences: Vec<ReadSentence> =
            text::sentences(&section.text).into_iter().map(|range| read_sentence(&section.text, range)).collect();
        let terms = sentences.iter().flat_map(|sentence| sentence.terms.iter().map(|(term, _)| term.clone())).collect();
        Self { context, terms, sentences }
    }
}

fn read_sentence(text: &str, range: Range<usize>) -> ReadSentence {
    let sentence = &text[range.clone()];
    let terms = text::words(sentence).filter_map(|word| Some((text::term(&sentence[word.clone()])?, word.start))).collect();
    let read_span = |(range, shape): (Range<usize>, Shape)| ReadSpan { terms: text::terms(&sentence[range.clone()]), range, shape };
    ReadSentence { range, terms, spans: spans(sentence).into_iter().map(read_span).collect() }
}

/// A chunk that a query found; it is read when first asked for.
#[derive(Debug)]
pub struct FoundChunk {
    /// The chunk.
    pub section: Section,
    /// Rank from 1 among the nearest vectors.
    pub by_vector: Option<usize>,
    /// Score of the store's full-text search.
    score: f32,
    /// How often each term of the query stands in the chunk, and how many terms the chunk has.
    counts: (Vec<u16>, usize),
    read: OnceLock<ReadChunk>,
}

/// Chunks at the head of the list that are put in a diverse order.
const DIVERSIFIED: usize = 30;

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
    /// Inverse document frequency and number of characters of each term of the query.
    weights: Vec<(f32, usize)>,
    /// Mean number of terms of a chunk; none where the store's scores stand for themselves.
    average: Option<f32>,
}

impl Found {
    /// Chunks by `sum over lists of weight / (constant + rank)`, the best score scaled to 1: best first, or in a diverse order if the rules ask for
    /// one.
    #[must_use]
    pub fn fused(&self, rules: &RetrievalRules) -> Vec<(usize, f32)> {
        let by_words = ranks(self.chunks.iter().map(|chunk| self.bm25(chunk, rules)));
        let part = |rank: Option<usize>, weight: f32| rank.map_or(0.0, |rank| weight / (rules.rrf_constant + rank as f32));
        let score = |(chunk, words): (&FoundChunk, Option<usize>)| part(words, 1.0) + part(chunk.by_vector, rules.vector_weight);
        let scores = self.chunks.iter().zip(by_words).map(score);
        let mut ranked: Vec<(usize, f32)> = scores.enumerate().filter(|(_, score)| *score > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let best = ranked.first().map_or(1.0, |(_, score)| *score);
        ranked.iter_mut().for_each(|(_, score)| *score /= best);
        if rules.diversity > 0.0 { self.diverse(ranked, rules.diversity) } else { ranked }
    }

    /// `sum over query terms of idf * count * (k1 + 1) / (count + k1 * (1 - b + b * length / average))` (Robertson and Zaragoza 2009): the store finds
    /// the candidates with its own constants, these order them.
    fn bm25(&self, chunk: &FoundChunk, rules: &RetrievalRules) -> f32 {
        let Some(average) = self.average else { return chunk.score };
        let (counts, length) = &chunk.counts;
        let norm = rules.k1 * (1.0 - rules.b + rules.b * *length as f32 / average);
        let part = |((weight, letters), count): (&(f32, usize), &u16)| {
            let count = f32::from(*count);
            if count == 0.0 || *letters < rules.shortest { 0.0 } else { weight * count * (rules.k1 + 1.0) / (count + norm) }
        };
        self.weights.iter().zip(counts).map(part).sum()
    }

    /// Takes again and again the chunk with the largest `(1 - diversity) * score - diversity * largest likeness to one that was taken`, over the head
    /// of the list; the rest follows as it is. Likeness is the share of terms that two chunks have in common (Jaccard).
    fn diverse(&self, ranked: Vec<(usize, f32)>, diversity: f32) -> Vec<(usize, f32)> {
        let (head, rest) = ranked.split_at(ranked.len().min(DIVERSIFIED));
        let terms = |at: usize| &self.chunks[at].read().terms;
        let likeness = |a: usize, b: usize| {
            let common = terms(a).intersection(terms(b)).count() as f32;
            common / (terms(a).len() as f32 + terms(b).len() as f32 - common).max(1.0)
        };
        // The candidate with the likeness to its nearest taken one.
        let mut left: Vec<(usize, f32, f32)> = head.iter().map(|(at, score)| (*at, *score, 0.0)).collect();
        let mut out = Vec::with_capacity(ranked.len());
        while !left.is_empty() {
            let value = |one: &(usize, f32, f32)| (1.0 - diversity) * one.1 - diversity * one.2;
            let best = (1..left.len()).fold(0, |best, at| if value(&left[at]) > value(&left[best]) { at } else { best });
            let (taken, score, _) = left.remove(best);
            left.iter_mut().for_each(|one| one.2 = one.2.max(likeness(one.0, taken)));
            out.push((taken, score));
        }
        out.extend_from_slice(rest);
        out
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
        let vector = self.semantic.filter(|model| model.dimensions() > 0).map(|model| model.embed_query(query)).unwrap_or_default();
        let vector = if vector.iter().any(|value| *value != 0.0) { vector } else { Vec::new() };
        let candidates = self.source.candidates(query, &vector, self.candidates)?;
        let by_vector = ranks(candidates.iter().map(|candidate| if vector.is_empty() { 0.0 } else { candidate.cosine }));
        let terms = text::terms(query);
        let average = self.source.average_terms();
        let chunk = |(candidate, by_vector): (retrieve_model::inference::Candidate, _)| {
            let section = candidate.passage.section;
            let counts = if average.is_some() { counts_of(&terms, &section) } else { Default::default() };
            FoundChunk { section, by_vector, score: candidate.bm25, counts, read: OnceLock::new() }
        };
        let weights = terms.iter().map(|term| (self.source.idf(term), term.chars().count())).collect();
        Ok(Found { chunks: candidates.into_iter().zip(by_vector).map(chunk).collect(), weights, average })
    }
}

/// How often each query term stands in a chunk, and how many terms the chunk has.
fn counts_of(query: &[String], section: &Section) -> (Vec<u16>, usize) {
    let own = searchable_terms(section);
    let mut counts: HashMap<&str, u16> = HashMap::new();
    for term in &own {
        let count = counts.entry(term).or_default();
        *count = count.saturating_add(1);
    }
    (query.iter().map(|term| counts.get(term.as_str()).copied().unwrap_or_default()).collect(), own.len())
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
mod tests;
