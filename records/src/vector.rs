//! A section's retrieval vector, where it is made in another process than the index.

use serde::{Deserialize, Serialize};

/// A row of `vectors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    /// The document, as in `sections`.
    pub doc_id: String,
    /// The section, as in `sections`.
    pub section: u32,
    /// Its vector; empty where the model makes none.
    pub vector: Vec<f32>,
}
