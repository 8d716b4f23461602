//! What each task is measured by. Every measure is a sum over a sum, so that an interval can recompute it for every resample.

use crate::suite::Kind;

/// A measure of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Key in rows and results.
    pub name: &'static str,
    /// Name in tables.
    pub title: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// Whether more is better.
    pub more_is_better: bool,
}

const fn more(name: &'static str, title: &'static str, meaning: &'static str) -> Measure {
    Measure { name, title, meaning, more_is_better: true }
}

const fn less(name: &'static str, title: &'static str, meaning: &'static str) -> Measure {
    Measure { name, title, meaning, more_is_better: false }
}

const RETRIEVAL: [Measure; 5] = [
    more("ndcg_10", "nDCG@10", "Ranking of the documents found, as trec_eval computes it."),
    more("reciprocal_rank", "MRR", "One over the rank of the first relevant document."),
    more("hit_1", "Hit@1", "The first document is relevant."),
    more("hit_10", "Hit@10", "One of the first ten is."),
    more("recall_100", "Recall@100", "Share of the relevant documents among the first hundred."),
];

const REPAIR: [Measure; 3] = [
    less(
        "character_error_rate",
        "Character error rate",
        "Wrong characters by characters of the true text, white space collapsed; less is better.",
    ),
    more("texts_better", "Texts better", "Share of texts with fewer errors than as they were recognised."),
    less("texts_worse", "Texts worse", "Share of texts with more; less is better."),
];

const EXTRACTION: [Measure; 4] = [
    more("f1", "F1", "Harmonic mean of precision and recall of strings."),
    more("precision", "Precision", "Of the marked strings that stand in the text, those that must."),
    more("recall", "Recall", "Of the strings that must stay, those that do."),
    more("accuracy", "Accuracy", "Of all marked strings, those rightly kept or dropped."),
];

const SEGMENTATION: [Measure; 3] = [
    less("pk", "Pk", "Pairs of sentences wrongly taken together or apart; less is better."),
    less("window_diff", "WindowDiff", "Windows with a wrong number of boundaries; less is better."),
    more("boundary_f1", "Boundary F1", "Boundaries at the very same place."),
];

const ROLES: [Measure; 5] = [
    more("role_f1", "Role F1", "Mean over files of the mean F1 of the roles that a file names (macro F1)."),
    more("accuracy", "Accuracy", "Of all lines, those with the right role."),
    more("furniture_f1", "Furniture F1", "Running headers, page numbers, menus and notices told from text."),
    more("heading_f1", "Heading F1", "Titles and headings told from other lines."),
    more("boundary_f1", "Boundary F1", "First lines of sections."),
];

/// The measures of a kind of suite, the most telling first; none for suites that ask questions.
#[must_use]
pub fn measures(kind: Kind) -> &'static [Measure] {
    match kind {
        Kind::Retrieval => &RETRIEVAL,
        Kind::Repair => &REPAIR,
        Kind::Extraction => &EXTRACTION,
        Kind::Segmentation => &SEGMENTATION,
        Kind::Roles => &ROLES,
        Kind::World | Kind::Multihop | Kind::Passages | Kind::Questions => &[],
    }
}
