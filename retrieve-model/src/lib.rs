//! Questions in, cited reports out.
//!
//! In: a folder of prepared sections (or the few texts a question brings along), a release folder of the trained model, questions. Out:
//! [`records::Report`] rows whose statements are verbatim sentences of the sources, each tied to its bytes in the original file, or the word
//! that the corpus does not hold the answer. The network only points (at sections, sentences, spans, the next action); it writes nothing.
//!
//! Rooms: `data` (synthetic triples to batches), `model` (the network), `training`, `inference`, `rewards` (what a good answer is worth),
//! `index` (LanceDB, feature `lance`) and `report` (rendering and batches).
//!
//! Not for: free-form summaries or chat. An answer that no sentence of the corpus states is out of reach by design.
//!
//! Try it: `tandem train retrieve --data data/runs/synth --out data/runs/retrieve --preset demo`, then `tandem ask "..." --index DIR`.

pub mod data;
#[cfg(feature = "lance")]
pub mod index;
pub mod inference;
pub mod model;
pub mod report;
pub mod rewards;
pub mod training;
