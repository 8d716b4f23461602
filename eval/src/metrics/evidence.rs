//! Citations compared with gold facts, as byte ranges of the original files. A quote may be a clause of the gold sentence or run over its end,
//! so ranges agree when they share at least half of the shorter one; a citation of the whole document is caught by precision, which asks that
//! half of what is *cited* be gold. After ALCE's citation precision and recall (Gao et al. 2023) with byte ranges in place of a judge, and
//! the vital-nugget recall of TREC question answering (Voorhees 2003).

use std::ops::Range;

use crate::suite::GoldFact;

/// A place in an original file: what a citation or a retrieved passage points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The name a user knows.
    pub doc: &'a str,
    /// Bytes of the original file.
    pub range: Range<u64>,
}

fn common(a: &Range<u64>, b: &Range<u64>) -> u64 {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

impl Place<'_> {
    /// Whether this place tells the fact: it shares at least half of the shorter range with the fact's sentence.
    #[must_use]
    pub fn meets(&self, fact: &GoldFact) -> bool {
        let shorter = (self.range.end - self.range.start.min(self.range.end)).min(fact.sentence.end - fact.sentence.start);
        shorter > 0 && self.doc == fact.doc && 2 * common(&self.range, &fact.sentence) >= shorter
    }

    /// Whether this place holds the fact's value whole; where the value's place is not known, whether it meets the sentence.
    #[must_use]
    pub fn contains(&self, fact: &GoldFact) -> bool {
        match &fact.value {
            Some(value) => self.doc == fact.doc && self.range.start <= value.start && value.end <= self.range.end,
            None => self.meets(fact),
        }
    }
}

fn share(hits: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| hits as f64 / of as f64)
}

/// Share of the vital facts whose value some citation contains. None where there is no vital fact (unanswerable questions).
#[must_use]
pub fn vital_fact_recall(citations: &[Place<'_>], facts: &[GoldFact]) -> Option<f64> {
    let vital: Vec<_> = facts.iter().filter(|fact| fact.vital).collect();
    share(vital.iter().filter(|fact| citations.iter().any(|place| place.contains(fact))).count(), vital.len())
}

/// Share of all gold facts that some citation meets. None where there are none.
#[must_use]
pub fn citation_recall(citations: &[Place<'_>], facts: &[GoldFact]) -> Option<f64> {
    share(facts.iter().filter(|fact| citations.iter().any(|place| place.meets(fact))).count(), facts.len())
}

/// Share of the different citations of which at least half the bytes lie in one gold sentence. None without citations or without gold facts.
#[must_use]
pub fn citation_precision(citations: &[Place<'_>], facts: &[GoldFact]) -> Option<f64> {
    if facts.is_empty() {
        return None;
    }
    let mut different: Vec<&Place<'_>> = Vec::new();
    for place in citations {
        if !different.contains(&place) {
            different.push(place);
        }
    }
    let is_gold = |place: &Place<'_>| {
        let length = place.range.end.saturating_sub(place.range.start);
        length > 0 && facts.iter().any(|fact| fact.doc == place.doc && 2 * common(&place.range, &fact.sentence) >= length)
    };
    share(different.iter().filter(|place| is_gold(place)).count(), different.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(doc: &str, sentence: Range<u64>, value: Option<Range<u64>>) -> GoldFact {
        GoldFact { doc: doc.into(), doc_id: String::new(), sentence, value, text: String::new(), vital: true }
    }

    fn place(doc: &str, range: Range<u64>) -> Place<'_> {
        Place { doc, range }
    }

    #[test]
    fn evidence_by_hand() {
        let facts = [fact("a", 100..200, Some(150..160)), fact("b", 0..50, None)];
        // The first quote holds the value, the second lies in another document, the third ends before the value of the first fact.
        let citations = [place("a", 140..200), place("c", 0..50), place("a", 100..149)];
        assert_eq!(vital_fact_recall(&citations, &facts), Some(0.5));
        assert_eq!(citation_recall(&citations, &facts), Some(0.5));
        assert_eq!(citation_precision(&citations, &facts), Some(2.0 / 3.0));
    }

    #[test]
    fn citing_the_whole_document_finds_the_facts_and_loses_all_precision() {
        let facts = [fact("a", 100..200, Some(150..160))];
        let everything = [place("a", 0..10_000)];
        assert_eq!(vital_fact_recall(&everything, &facts), Some(1.0));
        assert_eq!(citation_precision(&everything, &facts), Some(0.0));
    }

    #[test]
    fn repeating_a_good_quote_does_not_raise_precision() {
        let facts = [fact("a", 0..10, None)];
        let citations = [place("a", 0..10), place("a", 0..10), place("a", 50..60)];
        assert_eq!(citation_precision(&citations, &facts), Some(0.5));
    }

    #[test]
    fn what_cannot_be_measured_is_none_not_zero() {
        assert_eq!(vital_fact_recall(&[], &[]), None);
        assert_eq!(citation_precision(&[], &[fact("a", 0..1, None)]), None);
        assert_eq!(citation_precision(&[place("a", 0..1)], &[]), None);
    }
}
