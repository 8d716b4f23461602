//! Training data: from the tables and raw files of the synthetic pipeline to batches.

mod align;
mod batches;
mod examples;
mod labels;
mod pages;
mod rendered;

pub use align::{DELETE, EditTargets, INSERT, KEEP, MASKED, NOTHING, REPLACE, edit_targets};
pub use batches::{Batch, Batches, EditBatch};
pub use examples::{DataError, EditExample, LineExamples, TrainingData, WholeDocument};
pub use labels::{LineTarget, UNLABELLED, label_lines};
pub use pages::{LabelledPage, TRAINING_PAGES, real_pages, rendered_pages};
