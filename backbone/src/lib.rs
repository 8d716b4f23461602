//! What both models share: the choice of device, the tokenizer, transformer blocks, the training loop with its checkpoints, and the
//! folder a released model lives in.
//!
//! In: an [`Objective`] (model and loss) and a [`BatchSource`]. Out: a run folder with metrics and checkpoints, and a release folder in the
//! Hugging Face layout. What a batch means, and what the model is for, is known only to the model crates. No crate but this one names a device.
//!
//! Try it: `cargo run --release -p backbone --example bench`.

mod attention;
mod batches;
mod bert;
mod blend;
mod checkpoint;
mod device;
pub mod fused;
mod installed;
mod memory;
mod metrics;
mod optimizer;
mod release;
mod rotary;
mod schedule;
mod tokenizer;
mod training;
mod transformer;

pub use attention::{attend, attend_composed, hidden};
pub use batches::{BatchSource, Buckets, length_buckets, step_seed};
pub use bert::{Activation, BaseError, Bert, BertBlocks, BertConfig, BertInput, load_base};
pub use blend::blend;
pub use checkpoint::CheckpointError;
pub use device::{DeviceChoice, DeviceError, open_device, product_rate};
pub use fused::{Bfloat16Products, guess_loss, guess_loss_composed, look_up, look_up_composed};
pub use installed::{MODELS_VARIABLE, ModelsPlace, models_dir, models_place, models_places};
pub use memory::keep_freed_memory;
pub use metrics::Metric;
pub use optimizer::{Adam, AdamW};
pub use release::{
    Narrow, Precision, ReleaseError, ReleaseOptions, as_written, load_release, save_release, save_release_with, weights_hash,
};
pub use schedule::learning_rate;
pub use tokenizer::{Marks, Tokenizer, TokenizerError, Tokens};
pub use training::{Objective, StepOutput, TrainingConfig, TrainingError, Work, train};
pub use transformer::{Block, LayerNorm, Transformer, TransformerConfig, padding_mask};
