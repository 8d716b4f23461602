//! From a question to a cited report: search, read, point. [`Answerer`] is the door; the controller's actions and the reader's scores are
//! open to training and to whoever wants to see why.

mod action;
mod answerer;
mod choices;
mod compared;
mod compose;
mod confidence;
mod controller;
mod habits;
mod identity;
mod memory;
mod read;
mod search;
mod source;
mod vectors;

pub use action::Action;
pub use answerer::{Answerer, Outcome, likely};
pub use choices::Choices;
pub use compose::{cite, confidence};
pub use confidence::CONFIDENCE_FEATURES;
pub use controller::{Quoted, State};
pub use habits::{Habits, MOST_READ, MOST_SEARCHES};
pub use identity::LoadError;
pub(crate) use identity::VECTORS_FILE;
pub use memory::{InMemory, sections_of};
pub use read::{Read, Value};
pub use search::{Hit, describe, numbers_of, rank};
pub use source::{Candidate, Passage, PassageSource, SourceError};
