//! A suite: a TOML file that names questions with known answers and the texts to answer them from. Loaders turn every kind into the same cases.
//!
//! Not for training data: the questions scored here must never be trained on.

mod case;
mod file;
mod multihop;
mod questions;
mod world;

pub use case::{Case, GoldFact};
pub use file::{DATA_VARIABLE, Format, Kind, QuestionFile, Setting, Suite, SuiteFile, TuningPart};
pub(crate) use world::case as case_of;
