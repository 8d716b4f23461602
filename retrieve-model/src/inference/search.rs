//! The first stage: what describes a candidate in numbers, and the ranking they give.

use burn::tensor::{Device, Tensor, TensorData};
use records::Section;

use super::Answerer;
use super::controller::worth;
use super::source::{Candidate, Passage, PassageSource, SourceError};
use crate::model::{CANDIDATE_FEATURES, FirstStage};

/// A ranked passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What was found.
    pub passage: Passage,
    /// Score of the first stage, with what the comparison adds where there was one; only the order within one search means something.
    pub score: f32,
    /// Cosine of passage and query by the published encoder; 0 where they were not compared.
    pub similarity: f32,
}

/// Describes the candidates of a query in numbers, one row a candidate (see [`CANDIDATE_FEATURES`]).
#[must_use]
pub fn describe(candidates: &[Candidate]) -> Vec<[f32; CANDIDATE_FEATURES]> {
    let best = candidates.iter().map(|candidate| candidate.bm25).fold(0.0, f32::max);
    let nearest = candidates.iter().map(|candidate| candidate.cosine).fold(-1.0, f32::max);
    let row = |candidate: &Candidate| {
        let keyword = if best > 0.0 { candidate.bm25 / best } else { 0.0 };
        // Zero where there are no vectors.
        let vector = if candidate.cosine == 0.0 { 0.0 } else { candidate.cosine - nearest };
        [keyword, vector]
    };
    candidates.iter().map(row).collect()
}

/// Ranks candidates, best first; equal scores keep the order of BM25, then the order in which they came.
#[must_use]
pub fn rank(stage: &FirstStage, candidates: Vec<Candidate>, device: &Device) -> Vec<Hit> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let rows = candidates.len();
    let numbers: Vec<f32> = describe(&candidates).concat();
    let numbers = Tensor::<2>::from_data(TensorData::new(numbers, [rows, CANDIDATE_FEATURES]), device);
    let scores = numbers_of(stage.forward(numbers));
    let mut order: Vec<usize> = (0..rows).collect();
    let better =
        |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(candidates[*b].bm25.total_cmp(&candidates[*a].bm25)).then(a.cmp(b));
    order.sort_by(better);
    let mut passages: Vec<Option<Passage>> = candidates.into_iter().map(|candidate| Some(candidate.passage)).collect();
    order.into_iter().filter_map(|at| Some(Hit { passage: passages[at].take()?, score: scores[at], similarity: 0.0 })).collect()
}

impl Answerer {
    /// The `k` best passages for a query, best first: the first stage's order, of which the beginning (`search.rerank`) is read beside the query and
    /// ordered anew (Nogueira & Cho 2019). Scores fall from the first to the last; only their order means something.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn reranked(&self, source: &dyn PassageSource, query: &str, k: usize) -> Result<Vec<Hit>, SourceError> {
        let first = self.config.search.rerank;
        let mut hits = self.search(source, query, k.max(first))?;
        let rest = hits.split_off(first.min(hits.len()));
        let reads = self.read(hits, query, "", &self.idf(source));
        let read = reads.into_iter().map(|read| Hit { score: worth(&read), similarity: read.similarity, passage: read.passage });
        let mut out = before(read.collect(), rest);
        out.truncate(k);
        Ok(out)
    }

    /// Makes and keeps what questions compare sections by, so that the first question that finds them need not wait for it: some 25 sections a
    /// second on two cores. Whether there was something to make and room for it.
    pub fn compare_ahead(&self, sections: &[Section]) -> bool {
        let Some(blocks) = &self.model.similarity else { return false };
        self.compared.ahead(sections, |texts| self.full_vectors(blocks, texts))
    }

    /// Compares the first `search.compared` of what the first stage ranked with the query: their cosine by the encoder as it was published counts too.
    /// All its blocks over every section of an archive would take too long, over these few it takes less than reading them.
    pub(super) fn compare(&self, query: &str, mut hits: Vec<Hit>) -> Vec<Hit> {
        let Some(blocks) = &self.model.similarity else { return hits };
        let rest = hits.split_off(self.config.search.compared.min(hits.len()));
        // Where nothing is compared the question's vector by all blocks would be made for nothing.
        if hits.is_empty() {
            return rest;
        }
        let sections: Vec<&Section> = hits.iter().map(|hit| &hit.passage.section).collect();
        let similarities = self.compared.similarities(query, &sections, |texts| self.full_vectors(blocks, texts));
        let nearest = similarities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for (hit, similarity) in hits.iter_mut().zip(similarities) {
            hit.score += self.config.search.similarity * (similarity - nearest);
            hit.similarity = similarity;
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        before(hits, rest)
    }
}

/// One ranked list behind another, whose last score is not exceeded.
fn before(mut first: Vec<Hit>, rest: Vec<Hit>) -> Vec<Hit> {
    let below = first.last().zip(rest.first()).map_or(0.0, |(last, next)| (last.score - next.score).min(0.0));
    first.extend(rest.into_iter().map(|hit| Hit { score: hit.score + below, ..hit }));
    first
}

/// The numbers of a tensor, row after row.
#[must_use]
pub fn numbers_of<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default()
}
