//! Ranked documents compared with graded judgements, as TREC collections come with them. The numbers are those of `trec_eval`.

use std::collections::BTreeMap;

/// What assessors said of documents: a grade by name, 0 for read and not relevant. Documents that are missing count as not relevant.
pub type Judgements = BTreeMap<String, u32>;

fn gain(judged: &Judgements, document: &str) -> f64 {
    judged.get(document).copied().map_or(0.0, f64::from)
}

fn relevant(judged: &Judgements) -> usize {
    judged.values().filter(|grade| **grade > 0).count()
}

/// `DCG / ideal DCG` of the first `k`, with `DCG = sum over ranks r of grade / log2(1 + r)` (Järvelin and Kekäläinen 2002, with the grade itself
/// as the gain, as `trec_eval -m ndcg_cut` has it). None where nothing is relevant.
#[must_use]
pub fn ndcg_of_documents(ranked: &[&str], judged: &Judgements, k: usize) -> Option<f64> {
    let cumulated = |gains: &mut dyn Iterator<Item = f64>| -> f64 {
        gains.take(k).enumerate().map(|(before, gain)| gain / (2.0 + before as f64).log2()).sum()
    };
    let mut grades: Vec<u32> = judged.values().copied().collect();
    grades.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = cumulated(&mut grades.into_iter().map(f64::from));
    (ideal > 0.0).then(|| cumulated(&mut ranked.iter().map(|document| gain(judged, document))) / ideal)
}

/// `1 / rank` of the first relevant document, 0 where none was found (`recip_rank`; the mean over queries is MRR, Voorhees 1999). None where
/// nothing is relevant.
#[must_use]
pub fn reciprocal_rank(ranked: &[&str], judged: &Judgements) -> Option<f64> {
    let first = ranked.iter().position(|document| gain(judged, document) > 0.0);
    (relevant(judged) > 0).then(|| first.map_or(0.0, |before| 1.0 / (1.0 + before as f64)))
}

/// 1 if one of the first `k` is relevant, else 0 (`success`). None where nothing is relevant.
#[must_use]
pub fn hit_of_documents(ranked: &[&str], judged: &Judgements, k: usize) -> Option<f64> {
    let any = ranked.iter().take(k).any(|document| gain(judged, document) > 0.0);
    (relevant(judged) > 0).then(|| f64::from(u8::from(any)))
}

/// Share of the relevant documents among the first `k` (`recall`). None where nothing is relevant.
#[must_use]
pub fn recall_of_documents(ranked: &[&str], judged: &Judgements, k: usize) -> Option<f64> {
    let found = ranked.iter().take(k).filter(|document| gain(judged, document) > 0.0).count();
    let all = relevant(judged);
    (all > 0).then(|| found as f64 / all as f64)
}

/// A ranked list of passages as one of documents: each where its first passage stands.
#[must_use]
pub fn documents_of<'a>(passages: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    passages.into_iter().filter(|document| seen.insert(*document)).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::metrics::outside::{numbers, same};

    #[derive(Deserialize)]
    struct Ranking {
        judged: Judgements,
        ranked: Vec<String>,
        ndcg_cut_3: f64,
        ndcg_cut_10: f64,
        recip_rank: f64,
        success_1: f64,
        success_10: f64,
        recall_10: f64,
    }

    #[test]
    fn the_numbers_are_those_of_trec_eval() {
        for row in numbers::<Vec<Ranking>>("rankings") {
            let (ranked, judged): (Vec<&str>, _) = (row.ranked.iter().map(String::as_str).collect(), &row.judged);
            same(ndcg_of_documents(&ranked, judged, 3), row.ndcg_cut_3);
            same(ndcg_of_documents(&ranked, judged, 10), row.ndcg_cut_10);
            same(reciprocal_rank(&ranked, judged), row.recip_rank);
            same(hit_of_documents(&ranked, judged, 1), row.success_1);
            same(hit_of_documents(&ranked, judged, 10), row.success_10);
            same(recall_of_documents(&ranked, judged, 10), row.recall_10);
        }
    }

    #[test]
    fn graded_gains_by_hand() {
        let judged: Judgements = [("a", 3), ("b", 1), ("c", 0)].map(|(name, grade)| (name.to_owned(), grade)).into();
        // c 0, b 1/log2 3, a 3/log2 4 = 0.63093 + 1.5; ideal 3 + 0.63093.
        let value = ndcg_of_documents(&["c", "b", "a"], &judged, 10).unwrap();
        assert!((value - 2.130_93 / 3.630_93).abs() < 1e-5, "{value}");
        assert_eq!(ndcg_of_documents(&["a"], &Judgements::new(), 10), None, "nothing is relevant");
    }

    #[test]
    fn a_document_stands_where_its_first_passage_stands() {
        assert_eq!(documents_of(["b", "a", "b", "c", "a"]), ["b", "a", "c"]);
    }
}
