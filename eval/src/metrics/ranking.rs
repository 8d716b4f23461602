//! Ranked lists compared with gold facts. Systems cut their texts differently, so not passages but facts are relevant: a fact counts at the
//! first rank that meets it. Where every passage holds at most one fact this is nDCG with binary gains (Järvelin and Kekäläinen 2002).

use super::Place;
use crate::suite::GoldFact;

/// Rank from 1 of the first place within the first `k` that meets each vital fact.
fn ranks(found: &[Place<'_>], facts: &[GoldFact], k: usize) -> Vec<Option<usize>> {
    let first = |fact: &GoldFact| found.iter().take(k).position(|place| place.meets(fact)).map(|at| at + 1);
    facts.iter().filter(|fact| fact.vital).map(first).collect()
}

/// `DCG / ideal` at `k`: with the facts' first ranks in ascending order `r_1 <= r_2 ...`, `DCG = sum_j 1 / log2(1 + max(r_j, j))` (facts that one
/// passage brings together stand at successive ranks), `ideal = sum_{j <= min(k, facts)} 1 / log2(1 + j)`. None without vital facts.
#[must_use]
pub fn ndcg(found: &[Place<'_>], facts: &[GoldFact], k: usize) -> Option<f64> {
    let ranks = ranks(found, facts, k);
    if ranks.is_empty() || k == 0 {
        return None;
    }
    let mut hits: Vec<usize> = ranks.iter().flatten().copied().collect();
    hits.sort_unstable();
    let discount = |rank: usize| 1.0 / (1.0 + rank as f64).log2();
    let gained: f64 = hits.iter().enumerate().map(|(j, rank)| (*rank).max(j + 1)).filter(|rank| *rank <= k).map(discount).sum();
    let ideal: f64 = (1..=k.min(ranks.len())).map(discount).sum();
    Some(gained / ideal)
}

/// 1 if any vital fact is met within the first `k`, else 0. None without vital facts.
#[must_use]
pub fn hit(found: &[Place<'_>], facts: &[GoldFact], k: usize) -> Option<f64> {
    let ranks = ranks(found, facts, k);
    (!ranks.is_empty()).then(|| f64::from(u8::from(ranks.iter().any(Option::is_some))))
}

/// `1 / rank` of the first place that meets a vital fact, 0 where none does; the mean over questions is MRR (Voorhees 1999). None without vital
/// facts.
#[must_use]
pub fn first_rank(found: &[Place<'_>], facts: &[GoldFact]) -> Option<f64> {
    let ranks = ranks(found, facts, found.len());
    (!ranks.is_empty()).then(|| ranks.iter().flatten().min().map_or(0.0, |rank| 1.0 / *rank as f64))
}

/// 1 if every vital fact is met within the first `k`, else 0: what a question over several facts needs. None without vital facts.
#[must_use]
pub fn all_found(found: &[Place<'_>], facts: &[GoldFact], k: usize) -> Option<f64> {
    let ranks = ranks(found, facts, k);
    (!ranks.is_empty()).then(|| f64::from(u8::from(ranks.iter().all(Option::is_some))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(docs: &[&str]) -> Vec<GoldFact> {
        let fact = |doc: &&str| GoldFact {
            doc: (*doc).into(),
            doc_id: String::new(),
            sentence: 0..10,
            value: None,
            text: String::new(),
            vital: true,
        };
        docs.iter().map(fact).collect()
    }

    fn list<'a>(docs: &[&'a str]) -> Vec<Place<'a>> {
        docs.iter().map(|doc| Place { doc, range: 0..10 }).collect()
    }

    #[test]
    fn ndcg_by_hand() {
        // Facts at ranks 2 and 4: (1/log2 3 + 1/log2 5) / (1 + 1/log2 3) = (0.63093 + 0.43068) / 1.63093
        let value = ndcg(&list(&["x", "a", "y", "b"]), &facts(&["a", "b"]), 10).unwrap();
        assert!((value - 0.650_921).abs() < 1e-5, "{value}");
        assert_eq!(ndcg(&list(&["a", "b"]), &facts(&["a", "b"]), 10), Some(1.0));
        assert_eq!(ndcg(&list(&["x", "a"]), &facts(&["a"]), 1), Some(0.0));
    }

    #[test]
    fn one_passage_with_two_facts_is_a_perfect_list() {
        let mut both = facts(&["a", "a"]);
        both[1].sentence = 10..20;
        let place = [Place { doc: "a", range: 0..20 }];
        assert_eq!(ndcg(&place, &both, 10), Some(1.0));
    }

    #[test]
    fn the_first_rank_is_that_of_any_vital_fact() {
        assert_eq!(first_rank(&list(&["x", "y", "b", "a"]), &facts(&["a", "b"])), Some(1.0 / 3.0));
        assert_eq!((first_rank(&list(&["x"]), &facts(&["a"])), first_rank(&[], &[])), (Some(0.0), None));
    }

    #[test]
    fn hit_asks_for_one_fact_and_all_found_for_every_fact() {
        let (found, gold) = (list(&["x", "a"]), facts(&["a", "b"]));
        assert_eq!((hit(&found, &gold, 1), hit(&found, &gold, 2), all_found(&found, &gold, 2)), (Some(0.0), Some(1.0), Some(0.0)));
        assert_eq!(hit(&found, &[], 2), None);
    }
}
