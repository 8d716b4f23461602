//! One answer scored: every per-question number, from the case and the report alone.

use records::{Report, Section, Status};
use serde::{Deserialize, Serialize};

use crate::metrics::{self, Place};
use crate::suite::{Case, GoldFact};

/// A passage that a system found for a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrieved {
    /// The name a user knows.
    pub doc: String,
    /// First byte in the original file.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// The system's own score.
    pub score: f32,
    /// The beginning of the text.
    pub text: String,
}

/// Characters of a retrieved passage that are kept for the report.
const SHOWN: usize = 400;

impl Retrieved {
    /// A section as a search result; none where its place in the original is not known.
    #[must_use]
    pub fn of(section: &Section, score: f32) -> Option<Self> {
        let raw = section.spans.raw_range(0..section.text.len() as u64)?;
        let text = section.text.chars().take(SHOWN).collect();
        Some(Self { doc: section.path.clone(), start: raw.start, end: raw.end, score, text })
    }
}

/// Every number of one answer; none where it is not defined for the question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Whether the system gave no answer (abstained, or left it empty).
    pub abstained: bool,
    /// Whether the outcome is right: an exact match, or an abstention where the texts hold no answer.
    pub right: bool,
    /// Exact match; for an unanswerable question 1 if abstained (SQuAD 2.0's convention); where only the document is known, 1 if it is quoted.
    pub exact_match: f64,
    /// Word F1, with the same convention.
    pub f1: f64,
    /// F1 of the set of items, where several are wanted.
    #[serde(default)]
    pub set_f1: Option<f64>,
    /// +1 right, 0 abstained or not sure, -1 wrong: nobody acts on what is said to be unsure.
    pub reader_score: f64,
    /// Share of vital facts that a citation contains.
    pub vital_fact_recall: Option<f64>,
    /// Share of gold facts that a citation meets.
    pub citation_recall: Option<f64>,
    /// Share of citations that lie in gold sentences.
    pub citation_precision: Option<f64>,
    /// Mean share of a quote that its source repeats.
    pub quote_fidelity: Option<f64>,
    /// nDCG of the retrieved passages at 10.
    pub ndcg_10: Option<f64>,
    /// One over the rank of the first passage that meets a vital fact.
    #[serde(default)]
    pub reciprocal_rank: Option<f64>,
    /// Whether the first passage meets a vital fact.
    pub hit_1: Option<f64>,
    /// Whether one of the first ten does.
    pub hit_10: Option<f64>,
    /// Whether the first ten meet every vital fact.
    pub all_10: Option<f64>,
}

impl Scores {
    /// Scores a report and what was retrieved. Quote fidelity is added by whoever can read the originals.
    #[must_use]
    pub fn of(case: &Case, report: &Report, retrieved: &[Retrieved]) -> Self {
        let abstained = report.status == Status::Abstained || report.answer.trim().is_empty();
        let citations = report.statements.iter().flat_map(|statement| &statement.citations);
        let cited: Vec<Place<'_>> = citations.map(|citation| Place { doc: &citation.doc, range: citation.start..citation.end }).collect();
        let (exact_match, f1) = match (case.answerable, abstained) {
            (false, _) => (f64::from(u8::from(abstained)), f64::from(u8::from(abstained))),
            (true, true) => (0.0, 0.0),
            // Nobody wrote the answer down, only where it stands.
            (true, false) if case.aliases.is_empty() => {
                let cites = |fact: &GoldFact| cited.iter().any(|place| place.meets(fact));
                let right = f64::from(u8::from(case.facts.iter().any(cites)));
                (right, right)
            }
            (true, false) => (metrics::exact_match(&report.answer, &case.aliases), metrics::f1(&report.answer, &case.aliases)),
        };
        let right = exact_match == 1.0;
        let found: Vec<Place<'_>> = retrieved.iter().map(|one| Place { doc: &one.doc, range: one.start..one.end }).collect();
        Self {
            abstained,
            right,
            exact_match,
            f1,
            set_f1: metrics::set_f1(&report.answer, &case.items()),
            reader_score: if report.is_unsure() { 0.0 } else { metrics::reader_score(case.answerable, abstained, right).value() },
            vital_fact_recall: metrics::vital_fact_recall(&cited, &case.facts),
            citation_recall: metrics::citation_recall(&cited, &case.facts),
            citation_precision: metrics::citation_precision(&cited, &case.facts),
            quote_fidelity: None,
            ndcg_10: metrics::ndcg(&found, &case.facts, 10),
            reciprocal_rank: metrics::first_rank(&found, &case.facts),
            hit_1: metrics::hit(&found, &case.facts, 1),
            hit_10: metrics::hit(&found, &case.facts, 10),
            all_10: metrics::all_found(&found, &case.facts, 10),
        }
    }

    /// What the baseline is tuned for: answer F1 and evidence F1 (vital-fact recall with citation precision) with a weight of 0.4 each, nDCG@10
    /// with 0.2; answer F1 alone where the gold facts are not known. All of them, since each alone can be had cheaply: by silence, by quoting
    /// everything, by ranking without answering.
    #[must_use]
    pub fn objective(&self) -> f64 {
        let Some(recall) = self.vital_fact_recall else { return self.f1 };
        let precision = self.citation_precision.unwrap_or(0.0);
        let evidence = if recall + precision > 0.0 { 2.0 * recall * precision / (recall + precision) } else { 0.0 };
        0.4 * self.f1 + 0.4 * evidence + 0.2 * self.ndcg_10.unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use records::{Citation, Statement, UserQuestion};

    use super::*;

    fn case(answerable: bool) -> Case {
        let fact = GoldFact { doc: "a".into(), doc_id: "d".into(), sentence: 0..20, value: Some(10..14), text: "t".into(), vital: true };
        let (aliases, facts) = if answerable { (vec!["1998".into()], vec![fact]) } else { (vec![], vec![]) };
        let question = UserQuestion { id: "q".into(), question: "When?".into(), brief: None, sources: vec![] };
        Case { question, kind: "natural".into(), setting: "corpus".into(), hops: 1, answerable, noise_level: None, aliases, facts }
    }

    fn report(answer: &str, status: Status) -> Report {
        let citation = Citation { doc: "a".into(), doc_id: "d".into(), page: None, start: 0, end: 20, quote: "q".into() };
        let statements = if answer.is_empty() { vec![] } else { vec![Statement { text: "t".into(), citations: vec![citation] }] };
        let (question_id, question, answer) = ("q".into(), "When?".into(), answer.into());
        Report {
            question_id,
            brief: None,
            question,
            status,
            reason: None,
            answer,
            confidence: 0.5,
            statements,
            closest: vec![],
            searches: vec![],
            milliseconds: 1,
        }
    }

    #[test]
    fn a_right_answer_with_its_fact_has_full_marks() {
        let retrieved = [Retrieved { doc: "a".into(), start: 0, end: 100, score: 1.0, text: String::new() }];
        let scores = Scores::of(&case(true), &report("1998", Status::Answered), &retrieved);
        assert!(scores.right && (scores.objective() - 1.0).abs() < 1e-9 && scores.ndcg_10 == Some(1.0), "{scores:?}");
    }

    #[test]
    fn without_an_accepted_answer_the_right_document_counts() {
        let case = Case { aliases: vec![], ..case(true) };
        let report = report("anything", Status::Answered);
        assert!(Scores::of(&case, &report, &[]).right);
        let elsewhere = Case { facts: vec![GoldFact { doc: "b".into(), ..case.facts[0].clone() }], ..case };
        assert!(!Scores::of(&elsewhere, &report, &[]).right);
    }

    #[test]
    fn silence_is_right_only_where_there_is_no_answer() {
        let silent = report("", Status::Abstained);
        let (asked, unanswerable) = (Scores::of(&case(true), &silent, &[]), Scores::of(&case(false), &silent, &[]));
        assert_eq!((asked.right, asked.reader_score, asked.vital_fact_recall), (false, 0.0, Some(0.0)));
        assert_eq!((unanswerable.right, unanswerable.reader_score, unanswerable.vital_fact_recall), (true, 1.0, None));
        let guessed = Scores::of(&case(false), &report("1998", Status::Answered), &[]);
        assert_eq!((guessed.f1, guessed.reader_score), (0.0, -1.0));
    }

    #[test]
    fn what_is_not_sure_counts_as_said_and_is_acted_on_by_nobody() {
        for (answer, right) in [("1998", 1.0), ("1999", 0.0)] {
            let unsure = Scores::of(&case(true), &report(answer, Status::Partial), &[]);
            assert_eq!((unsure.exact_match, unsure.reader_score, unsure.abstained), (right, 0.0, false));
        }
        let both = Scores::of(&case(true), &report("1998 / 1999", Status::Partial), &[]);
        assert_eq!(both.reader_score, -1.0);
    }
}
