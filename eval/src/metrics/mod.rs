//! Every number the comparison reports, as a pure function with its formula and its source. None of them needs a judge: answers are compared
//! as strings, evidence as byte ranges of the original files, quotes as characters.

mod alignment;
mod answer;
mod confidence;
mod evidence;
mod ranking;

pub use alignment::quote_fidelity;
pub use answer::{exact_match, f1, normalise};
pub use confidence::{ReaderScore, reader_score, risk_coverage_area};
pub use evidence::{Place, citation_precision, citation_recall, vital_fact_recall};
pub use ranking::{all_found, hit, ndcg};
