//! From synthetic triples to batches: [`Triples`] reads data folders, [`Encoder`] turns a question and a section into token ids and
//! features, [`TripleBatches`] samples what one training step reads.

mod batch;
mod encode;
#[cfg(test)]
pub(crate) mod fixture;
mod marks;
mod query;
mod sample;
mod triples;

pub use batch::{BatchConfig, Group, ReadBatch, ReadRow, Target, TripleBatch, VectorBatch};
pub use encode::{Encoded, Encoder, FEATURES, Limits, Reading, SENTENCE_LIMIT};
pub use marks::MARKS;
pub use query::follow_up;
pub use sample::{TripleBatches, evidence};
pub use triples::{Example, Hop, Triples, TriplesError, header};
