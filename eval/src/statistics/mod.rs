//! How sure a number is, and whether a difference is more than luck. Both systems answer the same questions, so every test is paired.

mod bootstrap;
mod holm;
mod mcnemar;

pub use bootstrap::{Difference, Draws, Estimate, Sample, compare, estimate};
pub use holm::holm;
pub use mcnemar::{McNemar, mcnemar};

/// Differences with a larger p-value, corrected for their family, are called "not significant".
pub const SIGNIFICANCE: f64 = 0.05;
