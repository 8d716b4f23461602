//! The workflow that the two models are measured against, as a careful engineer would build it by hand: cleaning rules, fixed chunks with overlap,
//! keyword and vector search fused by reciprocal rank, sentence scoring, answer-type rules, an abstention threshold. Every knob is a field of
//! [`WorkflowConfig`] and is tuned on the development questions; the record of every try is kept.
//!
//! Not a straw man: where a rule helped on development questions it is in.

mod answer;
mod chunks;
mod cleaning;
mod config;
mod decide;
mod encoder;
mod evidence;
mod expected;
mod latent;
mod retrieval;
mod roles;
mod semantic;
mod spans;
mod store;
mod tiling;
mod tuning;
mod workflow;
mod writer;

pub use chunks::{chunks_of_lines, chunks_of_source};
pub use cleaning::{Block, clean};
pub use config::{AnswerRules, ChunkRules, CleaningRules, RetrievalRules, SentenceWeights, WorkflowConfig};
pub use encoder::Encoder;
pub use expected::Expected;
pub use latent::LatentModel;
pub use retrieval::{Found, Searcher};
pub use roles::{Labelled, label};
pub use semantic::SemanticModel;
pub use store::{in_memory, searchable_terms};
pub use tiling::tiles;
pub use tuning::{ChunkCorpus, RECORD, Record, Trial, Try, Tuned, tune};
pub use workflow::{Draft, Workflow};
pub use writer::ModelWriter;
