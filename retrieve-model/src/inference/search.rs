//! The first stage: what describes a query and a candidate in numbers, and the ranking they give.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use records::keyword;

use super::source::{Candidate, Passage, PassageSource};
use crate::data::header;
use crate::model::{CANDIDATE_FEATURES, FirstStage, QUERY_FEATURES};

/// A ranked passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What was found.
    pub passage: Passage,
    /// Score of the first stage; only the order within one search means something.
    pub score: f32,
}

/// A query's candidates in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Described {
    /// One row a candidate.
    pub candidates: Vec<[f32; CANDIDATE_FEATURES]>,
    /// The query beside its list.
    pub query: [f32; QUERY_FEATURES],
}

/// Describes the candidates of a query. The first number of a row is its BM25 divided by the best of the list.
#[must_use]
pub fn describe(query: &str, candidates: &[Candidate], source: &dyn PassageSource) -> Described {
    let terms = keyword::terms(query);
    // Ordered, so that sums are the same in every run.
    let weights: BTreeMap<&str, f32> = terms.iter().map(|term| (term.as_str(), source.idf(term))).collect();
    let total = weights.values().sum::<f32>().max(f32::MIN_POSITIVE);
    let pairs: HashSet<(&str, &str)> = terms.windows(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let best = candidates.iter().map(|candidate| candidate.bm25).fold(0.0, f32::max);
    let rank_of = |score: fn(&Candidate) -> f32| {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by(|a, b| score(&candidates[*b]).total_cmp(&score(&candidates[*a])));
        let mut ranks = vec![0.0; candidates.len()];
        order.into_iter().enumerate().for_each(|(rank, candidate)| ranks[candidate] = 1.0 / (1.0 + rank as f32));
        ranks
    };
    let (keyword_ranks, vector_ranks) = (rank_of(|candidate| candidate.bm25), rank_of(|candidate| candidate.cosine));
    let nearest = candidates.iter().map(|candidate| candidate.cosine).fold(-1.0, f32::max);
    let row = |(number, candidate): (usize, &Candidate)| {
        let section = &candidate.passage.section;
        let body = keyword::terms(&section.text);
        let head = keyword::terms(&header(section));
        let share = |held: &HashSet<&str>| weights.iter().filter(|(term, _)| held.contains(*term)).map(|(_, w)| w).sum::<f32>() / total;
        let (in_body, in_head): (HashSet<&str>, HashSet<&str>) =
            (body.iter().map(String::as_str).collect(), head.iter().map(String::as_str).collect());
        let either = in_body.union(&in_head).copied().collect();
        let adjacent: HashSet<(&str, &str)> = body.windows(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
        [
            if best > 0.0 { candidate.bm25 / best } else { 0.0 },
            if candidate.bm25 > 0.0 { keyword_ranks[number] } else { 0.0 },
            // Zero where there are no vectors.
            if candidate.cosine == 0.0 { 0.0 } else { candidate.cosine - nearest },
            if candidate.cosine == 0.0 { 0.0 } else { vector_ranks[number] },
            best_sentence(&section.text, &weights) / total,
            share(&in_body),
            share(&in_head),
            share(&either),
            pairs.intersection(&adjacent).count() as f32 / pairs.len().max(1) as f32,
        ]
    };
    let mut scores: Vec<f32> = candidates.iter().map(|candidate| candidate.bm25).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let second = scores.get(1).copied().unwrap_or(0.0);
    let asked = [
        (terms.len() as f32 / 10.0).min(2.0),
        total / terms.len().max(1) as f32 / 10.0,
        if best > 0.0 { (best - second) / best } else { 0.0 },
    ];
    let mut rows: Vec<[f32; CANDIDATE_FEATURES]> = candidates.iter().enumerate().map(row).collect();
    RELATIVE.for_each(|column| scale_to_best(&mut rows, column));
    Described { candidates: rows, query: asked }
}

/// Columns that are divided by the best of the list: what counts is which candidate holds more than the others, whatever the kind of text.
const RELATIVE: Range<usize> = 4..CANDIDATE_FEATURES;

fn scale_to_best(rows: &mut [[f32; CANDIDATE_FEATURES]], column: usize) {
    let best = rows.iter().map(|row| row[column]).fold(0.0, f32::max);
    if best > 0.0 {
        rows.iter_mut().for_each(|row| row[column] /= best);
    }
}

/// The most weight of the query's terms that one sentence of a text holds.
fn best_sentence(text: &str, weights: &BTreeMap<&str, f32>) -> f32 {
    let held = |sentence: Range<usize>| {
        let terms: BTreeSet<String> = keyword::terms(&text[sentence]).into_iter().collect();
        terms.iter().filter_map(|term| weights.get(term.as_str())).sum::<f32>()
    };
    keyword::sentences(text).into_iter().map(held).fold(0.0, f32::max)
}

/// Ranks candidates, best first; equal scores keep the order of BM25, then the order in which they came.
#[must_use]
pub fn rank(stage: &FirstStage, described: &Described, candidates: Vec<Candidate>, device: &Device) -> Vec<Hit> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let rows = candidates.len();
    let numbers: Vec<f32> = described.candidates.iter().flatten().copied().collect();
    let asked: Vec<f32> = described.query.repeat(rows);
    let numbers = Tensor::<2>::from_data(TensorData::new(numbers, [rows, CANDIDATE_FEATURES]), device);
    let asked = Tensor::<2>::from_data(TensorData::new(asked, [rows, QUERY_FEATURES]), device);
    let scores = numbers_of(stage.forward(numbers, asked));
    let mut order: Vec<usize> = (0..rows).collect();
    let better =
        |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(candidates[*b].bm25.total_cmp(&candidates[*a].bm25)).then(a.cmp(b));
    order.sort_by(better);
    let mut passages: Vec<Option<Passage>> = candidates.into_iter().map(|candidate| Some(candidate.passage)).collect();
    order.into_iter().filter_map(|at| Some(Hit { passage: passages[at].take()?, score: scores[at] })).collect()
}

/// The numbers of a tensor, row after row.
#[must_use]
pub fn numbers_of<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default()
}
