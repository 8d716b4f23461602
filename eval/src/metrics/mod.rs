//! Every number the comparison reports, as a pure function with its formula and its source. None of them needs a judge: answers are compared
//! as strings, evidence as byte ranges of the original files, quotes as characters.

mod alignment;
mod answer;
mod confidence;
mod documents;
mod evidence;
#[cfg(test)]
mod outside;
mod ranking;
mod segmentation;
mod text;

pub use self::text::{KeptStrings, RoleScores, character_errors, edit_distance, role_f1};
pub use alignment::quote_fidelity;
pub use answer::{exact_match, f1, normalise, set_f1};
pub use confidence::{Abstentions, ReaderScore, reader_score, risk_coverage_area};
pub use documents::{Judgements, documents_of, hit_of_documents, ndcg_of_documents, recall_of_documents, reciprocal_rank};
pub use evidence::{Place, citation_precision, citation_recall, vital_fact_recall};
pub use ranking::{all_found, first_rank, hit, ndcg};
pub use segmentation::{BoundaryCounts, pk, window, window_diff};
