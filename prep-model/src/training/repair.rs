//! The second stage: the repair head alone learns from pairs of recognised and true text. Everything else of the released model stays as it is,
//! so what lines are for and where sections begin does not change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{
    BatchSource, DeviceChoice, Objective, ReleaseOptions, StepOutput, Work, load_release, open_device, save_release_with, step_seed,
};
use burn::tensor::Device;
use indicatif::ProgressBar;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::PrepTrainingError;
use super::objective::edit_loss;
use crate::data::{EditBatch, EditExample, Pairs};
use crate::inference::ReleaseConfig;
use crate::model::{DocumentWords, REPAIR_APART, RepairHead, Vocabulary, WORDS_FILE, WordList};

/// Every number of the stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairPreset {
    /// Width of the head; one of another width than the base's starts from nothing.
    pub edit: usize,
    /// Characters per step, padding included.
    pub characters: usize,
    /// The loop.
    pub training: backbone::TrainingConfig,
}

impl RepairPreset {
    /// The one that the released head is made with.
    ///
    /// # Errors
    /// If the file in the program is broken.
    pub fn released() -> Result<Self, PrepTrainingError> {
        let read = toml::from_str(include_str!("../../presets/repair.toml"));
        read.map_err(|error| PrepTrainingError::Preset { name: "repair".into(), reason: error.to_string() })
    }
}

/// Where the stage reads and writes.
#[derive(Clone, Debug)]
pub struct RepairFiles<'a> {
    /// The released model whose head is trained.
    pub base: &'a Path,
    /// Pairs to learn from: tab-separated, columns `input` and `output`.
    pub pairs: &'a [PathBuf],
    /// Pairs of which no text may be learned.
    pub apart: &'a [PathBuf],
    /// The run; the model goes to `out/model`.
    pub out: &'a Path,
}

struct RepairObjective;

impl Objective for RepairObjective {
    type Model = RepairHead;
    type Batch = EditBatch;

    fn step(&self, head: &RepairHead, batch: EditBatch, device: &Device) -> StepOutput {
        let loss = edit_loss(head, &batch, device);
        let tokens = batch.characters.iter().filter(|id| **id != 0).count();
        let work = Work { tokens, positions: batch.rows * batch.length, operations: 0.0 };
        StepOutput { loss: loss.clone(), work, metrics: vec![("edit_loss", loss)] }
    }
}

/// Stretches of about the same length together; which ones is drawn from the seed and the step alone.
struct Stretches {
    /// Sorted by length.
    examples: Arc<Vec<EditExample>>,
    characters: usize,
    seed: u64,
}

impl BatchSource for Stretches {
    type Batch = EditBatch;

    fn batch(&mut self, step: u64) -> EditBatch {
        let mut random = ChaCha8Rng::seed_from_u64(step_seed(self.seed, step));
        let middle = random.random_range(0..self.examples.len());
        let rows = (self.characters / self.examples[middle].characters.len().next_multiple_of(32)).clamp(1, self.examples.len());
        // Drawn from four times as many neighbours, so that no two steps see the same ones together.
        let start = middle.saturating_sub(2 * rows).min(self.examples.len().saturating_sub(4 * rows));
        let end = (start + 4 * rows).min(self.examples.len());
        let drawn: Vec<&EditExample> = (0..rows).map(|_| &self.examples[random.random_range(start..end)]).collect();
        EditBatch::of(&drawn)
    }
}

/// Trains the repair head of a released model on pairs; the held-out pairs come back for whoever finds the thresholds.
///
/// # Errors
/// If the base or the pairs cannot be used, training fails, or `out` cannot be written.
pub fn train_repair(
    files: &RepairFiles<'_>,
    preset: &RepairPreset,
    device: DeviceChoice,
    progress: &ProgressBar,
) -> Result<Pairs, PrepTrainingError> {
    let device = open_device(device)?;
    let (mut config, mut model) = load_release(files.base, &device, |config: &ReleaseConfig, device| config.model.init(device))?;
    let file = |path: PathBuf, error: std::io::Error| PrepTrainingError::File { path, reason: error.to_string() };
    let words = WordList::load(files.base).map_err(|error| file(files.base.join(WORDS_FILE), error))?;
    progress.set_message("aligning the pairs");
    let pairs = Pairs::load(files.pairs, files.apart)?;
    let document = DocumentWords::default();
    let mut examples = pairs.examples(Vocabulary { list: &words, document: &document }, config.model.edit_window);
    examples.sort_by_key(|example| example.characters.len());
    tracing::info!(
        pairs = pairs.train.len(),
        held_out = pairs.held_out.len(),
        left_out = pairs.left_out,
        stretches = examples.len(),
        "pairs"
    );
    if examples.is_empty() {
        let reason = "no pair to learn from".into();
        return Err(crate::data::DataError::Unusable { path: files.out.to_path_buf(), reason }.into());
    }
    device.seed(preset.training.seed);
    if config.model.edit != preset.edit {
        config.model.edit = preset.edit;
        model.repair = config.model.init_repair(&device);
    }
    let batches = Stretches { examples: Arc::new(examples), characters: preset.characters, seed: preset.training.seed };
    model.repair = backbone::train(&preset.training, &files.out.join("run"), model.repair, &RepairObjective, batches, &device, progress)?;

    let release = files.out.join("model");
    std::fs::create_dir_all(&release).map_err(|error| file(release.clone(), error))?;
    words.save(&release).map_err(|error| file(release.join(WORDS_FILE), error))?;
    let card = std::fs::read_to_string(files.base.join("README.md")).unwrap_or_default();
    let options = ReleaseOptions { apart: &REPAIR_APART, ..ReleaseOptions::default() };
    save_release_with(&release, &config, &model, None, &card, options)?;
    Ok(pairs)
}
