//! The table of a task: one row for each item and system.

use records::Row;
use serde::{Deserialize, Serialize};

use crate::statistics::Sample;

/// What an item adds to a measure: the measure over some items is the sum of numerators over the sum of denominators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The measure.
    pub measure: String,
    /// Added above.
    pub numerator: f64,
    /// Added below; 0 where the measure is not defined for the item.
    pub denominator: f64,
}

impl Part {
    /// A part of a measure.
    #[must_use]
    pub fn new(measure: &str, numerator: f64, denominator: f64) -> Self {
        Self { measure: measure.to_owned(), numerator, denominator }
    }

    /// A value that counts once, or not at all.
    #[must_use]
    pub fn value(measure: &str, value: Option<f64>) -> Self {
        Self::new(measure, value.unwrap_or(0.0), f64::from(u8::from(value.is_some())))
    }
}

/// A row of `tasks`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRow {
    /// The item's id.
    pub item: String,
    /// What sort of item.
    pub kind: String,
    /// The system.
    pub system: String,
    /// The item, in short.
    pub given: String,
    /// What is right, in short.
    pub wanted: String,
    /// What the system made of it, in short.
    pub found: String,
    /// What that is worth.
    pub parts: Vec<Part>,
    /// Seconds, measured from outside.
    pub seconds: f64,
    /// Why there is nothing, where the system broke.
    pub failure: Option<String>,
}

impl Row for TaskRow {
    const TABLE: &'static str = "tasks";
}

/// Characters of a text that are kept for the page.
const SHOWN: usize = 300;

/// The beginning of a text, for the page.
#[must_use]
pub fn short(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// A measure of some rows of one system, ready for resampling.
#[must_use]
pub fn sample(rows: &[&TaskRow], measure: &str) -> Sample {
    let part = |row: &&TaskRow| {
        let part = row.parts.iter().find(|part| part.measure == measure);
        part.map_or((0.0, 0.0), |part| (part.numerator, part.denominator))
    };
    Sample::Ratio(rows.iter().map(part).collect())
}
