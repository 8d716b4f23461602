//! Worlds and corpora in, question/answer/document triples out; no human labels, and no language model unless one is asked for.
//!
//! - [`world`]: fictional organisations told in raw files (HTML, Markdown, plain text with pages and light recognition damage). Every fact
//!   is planted with its exact bytes in the final file; questions, gold sections and line labels hang on those bytes.
//! - [`corpus`]: a user's own prepared sections; questions by rule from real sentences.
//! - [`teacher`]: an optional language model that rewords, asks and judges.
//! - [`noise`]: recognition damage alone, to be measured against real pairs.
//! - [`preview`]: what either would make, counted and sampled, without a folder of its own.
//! - [`sampler`]: a page that shows documents with their planted facts and questions.
//! - [`check`]: reopens the raw files and proves every span, without any of the code that wrote them.
//!
//! Leaves behind one folder of Parquet tables (see `records`), the same bytes for the same seed and any number of threads.
//! Not for evaluation on real language: a world's prose is simple on purpose, its facts are not.
//!
//! Try it: `cargo run --release -p synth --example look`.

mod candidates;
mod card;
pub mod check;
pub mod corpus;
mod dropped;
mod error;
mod filter;
mod minhash;
pub mod noise;
mod output;
pub mod preview;
mod render;
mod sample;
pub mod sampler;
mod sections;
pub mod teacher;
pub mod world;

pub use error::SynthError;
pub use sample::Sample;
