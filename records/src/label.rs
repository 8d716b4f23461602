//! Supervision for the preparation model: what each line of a synthetic document is, and which of its characters are damage.

use serde::{Deserialize, Serialize};

use crate::Role;

/// A row of `line_labels`. Readers differ in how they cut a file into lines, so a label is tied to its place by byte range: a reader's line
/// takes the label that its range overlaps most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineLabel {
    /// The document.
    pub doc_id: String,
    /// Position among the labels of the document, from 0.
    pub line: u32,
    /// First byte in the original file.
    pub raw_start: u64,
    /// One past the last byte in the original file.
    pub raw_end: u64,
    /// What the line is for.
    pub role: Role,
    /// Heading level from 1, 0 for lines that are no heading.
    pub level: u8,
    /// How the line continues in the next one.
    pub join: Join,
    /// Whether a new section starts with this line.
    pub starts_section: bool,
    /// Damaged places and what stood there before; sorted and disjoint.
    pub edits: Vec<RawEdit>,
}

/// What belongs between the end of a line and the start of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// A line break: the paragraph, item or row ends here.
    Break,
    /// One space: the paragraph goes on.
    Space,
    /// Nothing, the hyphen at the end stays: `long-` `term`.
    KeepHyphen,
    /// Nothing, the hyphen at the end goes: `exam-` `ple`.
    DropHyphen,
}

impl Join {
    /// Every way to join, in class order.
    pub const ALL: [Self; 4] = [Self::Break, Self::Space, Self::KeepHyphen, Self::DropHyphen];

    /// The class number in the preparation model's head.
    #[must_use]
    pub fn class(self) -> usize {
        Self::ALL.iter().position(|join| *join == self).expect("ALL holds every join")
    }
}

/// A damaged place: the bytes `raw_start..raw_end` of the file should read `replacement`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawEdit {
    /// First byte in the original file.
    pub raw_start: u64,
    /// One past the last byte (equal to `raw_start` where something is missing).
    pub raw_end: u64,
    /// What stood there before the damage.
    pub replacement: String,
}
