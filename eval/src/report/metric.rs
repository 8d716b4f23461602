//! The metrics of a table, each with the sums it is computed from, so that an interval can recompute it for every resample.

use super::ResultRow;
use crate::statistics::Sample;

/// How a metric is computed over rows.
#[derive(Clone, Copy, Debug)]
enum Formula {
    /// Sum of the first over the sum of the second number.
    Ratio(fn(&ResultRow) -> (f64, f64)),
    /// Area under the risk-coverage curve.
    RiskCoverage,
}

/// One line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Key in `results.json`.
    pub name: &'static str,
    /// Name in tables.
    pub title: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// Whether more is better.
    pub more_is_better: bool,
    formula: Formula,
}

fn defined(value: Option<f64>) -> (f64, f64) {
    value.map_or((0.0, 0.0), |value| (value, 1.0))
}

fn share(counts: bool, among: bool) -> (f64, f64) {
    (f64::from(u8::from(counts && among)), f64::from(u8::from(among)))
}

const fn ratio(name: &'static str, title: &'static str, meaning: &'static str, parts: fn(&ResultRow) -> (f64, f64)) -> Metric {
    Metric { name, title, meaning, more_is_better: true, formula: Formula::Ratio(parts) }
}

/// Every metric, in the order of the tables.
pub const METRICS: [Metric; 17] = [
    ratio(
        "exact_match",
        "Exact match",
        "Answer equals an accepted one (SQuAD normalisation); abstaining is right where there is no answer.",
        |row| (row.scores.exact_match, 1.0),
    ),
    ratio("f1", "Answer F1", "Word overlap with the best accepted answer; the same convention.", |row| (row.scores.f1, 1.0)),
    ratio("set_f1", "Set F1", "Of lists and disagreements: overlap of the items given with those wanted.", |row| {
        defined(row.scores.set_f1)
    }),
    ratio(
        "reader_score",
        "Reader's score",
        "+1 right, 0 abstained or not sure, −1 wrong: what the answers are worth to someone who acts on them.",
        |row| (row.scores.reader_score, 1.0),
    ),
    ratio("vital_fact_recall", "Vital-fact recall", "Share of the facts an answer rests on that a quote contains.", |row| {
        defined(row.scores.vital_fact_recall)
    }),
    ratio("citation_precision", "Citation precision", "Share of quotes that lie in gold sentences.", |row| {
        defined(row.scores.citation_precision)
    }),
    ratio("citation_recall", "Citation recall", "Share of gold sentences that a quote meets.", |row| defined(row.scores.citation_recall)),
    ratio("quote_fidelity", "Quote fidelity", "Share of a quote that the original repeats at the cited bytes (Smith–Waterman).", |row| {
        defined(row.scores.quote_fidelity)
    }),
    ratio("abstention_precision", "Abstention precision", "Of the abstentions, those where there is no answer.", |row| {
        share(!row.answerable, row.scores.abstained)
    }),
    ratio("abstention_recall", "Abstention recall", "Of the questions without an answer, those abstained from.", |row| {
        share(row.scores.abstained, !row.answerable)
    }),
    ratio("answered", "Answered", "Share of answerable questions that were given an answer.", |row| {
        share(!row.scores.abstained, row.answerable)
    }),
    ratio("ndcg_10", "nDCG@10", "Ranking of the passages found, by the facts they bring.", |row| defined(row.scores.ndcg_10)),
    ratio("reciprocal_rank", "MRR", "One over the rank of the first passage that brings a vital fact.", |row| {
        defined(row.scores.reciprocal_rank)
    }),
    ratio("hit_1", "Hit@1", "The first passage brings a vital fact.", |row| defined(row.scores.hit_1)),
    ratio("hit_10", "Hit@10", "One of the first ten does.", |row| defined(row.scores.hit_10)),
    ratio("all_10", "All facts@10", "The first ten bring every vital fact.", |row| defined(row.scores.all_10)),
    Metric {
        name: "risk_coverage_area",
        title: "Risk–coverage area",
        meaning: "Error rate averaged over all shares of most confident answers; less is better.",
        more_is_better: false,
        formula: Formula::RiskCoverage,
    },
];

impl Metric {
    /// The metric of some rows of one system, ready for resampling.
    #[must_use]
    pub fn sample(&self, rows: &[&ResultRow]) -> Sample {
        match self.formula {
            Formula::Ratio(parts) => Sample::Ratio(rows.iter().map(|row| parts(row)).collect()),
            Formula::RiskCoverage => Sample::RiskCoverage {
                errors: rows.iter().map(|row| f64::from(u8::from(!row.scores.right))).collect(),
                order: by_confidence(rows),
            },
        }
    }
}

/// Rows with the most confident first: answers by confidence, then abstentions; equal ones by question.
#[must_use]
pub fn by_confidence(rows: &[&ResultRow]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (rows[*a], rows[*b]);
        let abstained = a.scores.abstained.cmp(&b.scores.abstained);
        abstained.then(b.report.confidence.total_cmp(&a.report.confidence)).then(a.question_id.cmp(&b.question_id))
    });
    order
}
