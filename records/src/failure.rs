//! One input that could not be used, with the stage and the reason: nothing that went in is lost without a row saying so.

use serde::{Deserialize, Serialize};

/// A row of `failures`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The file or record, as a user names it.
    pub path: String,
    /// The stage that gave up: `read`, `prep`, `index`, `report`.
    pub stage: String,
    /// What was wrong and what to do about it.
    pub reason: String,
}

impl Failure {
    /// A failure of `path` in `stage`.
    pub fn new(path: impl Into<String>, stage: impl Into<String>, reason: impl ToString) -> Self {
        Self { path: path.into(), stage: stage.into(), reason: reason.to_string() }
    }
}
