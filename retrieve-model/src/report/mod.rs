//! Batches of questions in, a folder of reports out.
//!
//! In: a questions file, a function that answers one question and one that looks a citation up. Out: `reports.parquet`, `reports.jsonl`,
//! `report.md`, `report.html`, `failures.parquet` and, where it is asked for, `report.docx`. Here the last check of every citation is made, and here text of documents becomes part of a page: as data, always.
//!
//! Not for: finding answers; that is `inference`. Nothing here needs an index or a model.
//!
//! Try it: `tandem report --questions questions.toml --index DIR --out DIR`.

mod batch;
mod chunks;
mod docx;
mod dropped;
mod ending;
mod files;
mod html;
mod lines;
mod markdown;
mod outline;
mod parts;
mod passages;
mod plain;
mod questions;
mod searches;
mod verify;

#[cfg(test)]
mod tests;

pub use batch::{Answer, Batch, BatchError, Target, merge_reports, write_reports, write_reports_elsewhere};
pub use chunks::{Reports, Workers};
pub use dropped::{DroppedError, DroppedHit, search_dropped};
pub use files::{Format, rendered};
pub use html::{STYLE, card};
pub use passages::{Context, Look};
pub use plain::plain;
pub use questions::{LONGEST_QUESTION, Questions, QuestionsError, unaskable};
pub use searches::{Found, SearchFileError, Searched, Searcher, search_file};
pub use text::escape;
pub use verify::{Verify, checked, stands_in_sources, unsupported};
