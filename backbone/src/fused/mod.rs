//! Operations for the CPU with a hand-written backward pass, where burn's own fall apart into many passes over memory under autodiff. Each
//! gives nothing for a tensor that does not live on the CPU; the caller then composes the same from burn's steps.
//!
//! Every result is the same for any number of threads: parts are cut by size (`partition`) and summed in their order.
//!
//! Not a place for models: what is here knows slices and shapes, no layers.

mod attention;
mod buffers;
mod distances;
mod embedding;
mod feed_forward;
mod guess;
mod heads;
#[cfg(test)]
mod laws;
mod norm;
mod operation;
mod packing;
mod partition;
mod post_norm_attention;
mod post_norm_feed_forward;
mod product;
mod rotary;
mod rows;
mod sweep;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod tiles;

pub use attention::{Attention, Rows, Weights, attention};
pub use distances::Distances;
pub use embedding::{look_up, look_up_composed};
pub use feed_forward::feed_forward;
pub use guess::{guess_loss, guess_loss_composed};
pub use norm::layer_norm;
pub(crate) use operation::fits;
pub use packing::Packing;
pub use post_norm_attention::{Affine, Norm, Scores, post_norm_attention};
pub use post_norm_feed_forward::post_norm_feed_forward;
pub use product::Bfloat16Products;
pub(crate) use rotary::ROTARY_BASE;
pub(crate) use sweep::{AdamRates, Numbers, Swept, adam, norm};
