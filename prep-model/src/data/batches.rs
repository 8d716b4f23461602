//! Batches: some windows of neighbouring lines and some stretches of characters, drawn anew for each step from the seed and the step alone.

use std::sync::Arc;

use backbone::{BatchSource, step_seed};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::align::MASKED;
use super::examples::{EditExample, TrainingData};
use super::labels::LineTarget;
use crate::model::{FEATURES, LineBatch, PAD};

/// One step's data.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Windows of lines.
    pub lines: LineBatch,
    /// One for each slot of `lines`.
    pub targets: Vec<LineTarget>,
    /// Stretches of characters.
    pub edits: EditBatch,
}

/// Stretches of characters padded to the longest, `[rows, length]` each.
#[derive(Clone, Debug, Default)]
pub struct EditBatch {
    /// Character classes.
    pub characters: Vec<i32>,
    /// What is known of their words.
    pub knowledge: Vec<i32>,
    /// Targets of the operation head; masked on padding.
    pub operations: Vec<i32>,
    /// Targets of the insertion head; masked on padding.
    pub insertions: Vec<i32>,
    /// Stretches.
    pub rows: usize,
    /// Length of the longest.
    pub length: usize,
}

impl EditBatch {
    /// Puts stretches side by side.
    #[must_use]
    pub fn of(examples: &[&EditExample]) -> Self {
        let length = examples.iter().map(|example| example.characters.len()).max().unwrap_or(1).next_multiple_of(32);
        let mut batch = Self { rows: examples.len(), length, ..Self::default() };
        for example in examples {
            let end = batch.characters.len() + length;
            batch.characters.extend(example.characters.iter().map(|id| i32::from(*id)));
            batch.knowledge.extend(example.knowledge.iter().map(|what| i32::from(*what)));
            batch.operations.extend(example.targets.operations.iter().map(|class| i32::from(*class)));
            batch.insertions.extend(example.targets.insertions.iter().map(|class| i32::from(*class)));
            batch.characters.resize(end, i32::from(PAD));
            batch.knowledge.resize(end, 0);
            batch.operations.resize(end, i32::from(MASKED));
            batch.insertions.resize(end, i32::from(MASKED));
        }
        batch
    }
}

/// Draws batches.
#[derive(Clone, Debug)]
pub struct Batches {
    /// What to draw from.
    pub data: Arc<TrainingData>,
    /// Windows per step.
    pub windows: usize,
    /// Lines per window.
    pub window: usize,
    /// Stretches per step.
    pub stretches: usize,
    /// Seed.
    pub seed: u64,
}

impl Batches {
    /// A window of a random document: all of a short one, a random stretch of a long one.
    fn add_window(&self, random: &mut ChaCha8Rng, batch: &mut Batch) {
        let document = &self.data.documents[random.random_range(0..self.data.documents.len())];
        let count = document.characters.len();
        let start = if count > self.window { random.random_range(0..=count - self.window) } else { 0 };
        let end = (start + self.window).min(count);
        let slots = batch.lines.characters.len() + self.window;
        batch.lines.characters.extend(document.characters[start..end].iter().cloned());
        batch.lines.characters.resize(slots, Vec::new());
        batch.lines.features.extend_from_slice(&document.features[start * FEATURES..end * FEATURES]);
        batch.lines.features.resize(slots * FEATURES, 0.0);
        batch.targets.extend_from_slice(&document.targets[start..end]);
        batch.targets.resize(slots, LineTarget::UNKNOWN);
    }
}

impl BatchSource for Batches {
    type Batch = Batch;

    fn batch(&mut self, step: u64) -> Batch {
        let mut random = ChaCha8Rng::seed_from_u64(step_seed(self.seed, step));
        let lines = LineBatch { width: self.window, ..LineBatch::default() };
        let mut batch = Batch { lines, targets: Vec::new(), edits: EditBatch::default() };
        for _ in 0..self.windows {
            self.add_window(&mut random, &mut batch);
        }
        if !self.data.edits.is_empty() {
            let drawn: Vec<&EditExample> =
                (0..self.stretches).map(|_| &self.data.edits[random.random_range(0..self.data.edits.len())]).collect();
            batch.edits = EditBatch::of(&drawn);
        }
        batch
    }
}
