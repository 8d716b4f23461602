//! Encoders of the BERT family (Devlin et al. 2019; MPNet, Song et al. 2020) as they are published: a folder in the Hugging Face layout
//! (`config.json`, `model.safetensors`, `tokenizer.json`) is the base that a reader is trained from, or an embedder of the baseline workflow.

mod config;
mod network;
mod weights;

pub use config::{Activation, BertConfig};
pub use network::{Bert, BertBlocks, BertInput};
pub use weights::{BaseError, load_base};
