//! Training: a data folder of the synthetic pipeline in, a released model in `OUT/model` out. Resumes by default; what it writes on the way
//! lies in `OUT/run`.

mod content;
mod measure;
mod objective;
mod preset;
mod topics;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{DeviceChoice, DeviceError, ReleaseError, TrainingError, open_device, save_release};
use indicatif::ProgressBar;
use thiserror::Error;

pub use content::{ContentData, ContentPreset, train_content};
pub use measure::{Judged, Measurement, measure};
pub use objective::PrepObjective;
pub use preset::{PRESETS, Preset};
pub use topics::train_topics;

use crate::data::{Batches, DataError, TrainingData};
use crate::inference::{KIND, ReleaseConfig, Thresholds};

/// Changed characters in 10,000 of clean development text that calibration allows; the promise is 5, real text is harder.
const MOST_CLEAN_CHANGES: f64 = 2.0;
/// Share of the changes made that have to be right.
const LEAST_PRECISION: f64 = 0.9;

/// What a user may choose; everything else stands in the preset.
#[derive(Clone, Debug)]
pub struct PrepTrainingOptions {
    /// Name of a preset; see [`PRESETS`].
    pub preset: String,
    /// Minutes of training, instead of the preset's.
    pub minutes: Option<f64>,
    /// Steps, instead of the preset's.
    pub steps: Option<u64>,
    /// Seed, instead of the preset's.
    pub seed: Option<u64>,
    /// Where to compute.
    pub device: DeviceChoice,
}

impl Default for PrepTrainingOptions {
    fn default() -> Self {
        Self { preset: "demo".into(), minutes: None, steps: None, seed: None, device: DeviceChoice::Auto }
    }
}

/// The model could not be trained.
#[derive(Debug, Error)]
pub enum PrepTrainingError {
    /// No such preset.
    #[error("preset {name}: {reason}")]
    Preset {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The loop stopped.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The model cannot be written.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file cannot be written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
}

/// Trains a preparation model on `data` (a folder of `synth` with `raw/`) and writes it to `out`; the run's checkpoints and metrics go to
/// `out/run`. The numbers measured on the development split come back by name.
///
/// # Errors
/// If the preset or device is unknown, the data cannot be used, training fails, or `out` cannot be written.
pub fn train(
    data: &Path,
    out: &Path,
    options: &PrepTrainingOptions,
    progress: &ProgressBar,
) -> Result<Vec<(String, f64)>, PrepTrainingError> {
    let mut preset = Preset::open(&options.preset).map_err(|reason| PrepTrainingError::Preset { name: options.preset.clone(), reason })?;
    preset.training.minutes = options.minutes.or(preset.training.minutes.filter(|_| options.steps.is_none()));
    preset.training.steps = options.steps.unwrap_or(preset.training.steps);
    preset.training.seed = options.seed.unwrap_or(preset.training.seed);
    train_preset(data, out, &preset, options.device, progress)
}

/// [`train`] with numbers of one's own.
///
/// # Errors
/// As [`train`].
pub fn train_preset(
    data: &Path,
    out: &Path,
    preset: &Preset,
    device: DeviceChoice,
    progress: &ProgressBar,
) -> Result<Vec<(String, f64)>, PrepTrainingError> {
    let device = open_device(device)?;
    progress.set_message("reading the documents");
    let loaded = Arc::new(TrainingData::load(data, preset.documents, &preset.model)?);
    tracing::info!(
        documents = loaded.documents.len(),
        stretches = loaded.edits.len(),
        dev = loaded.dev.len(),
        unreadable = loaded.unreadable,
        "training data"
    );
    let objective = PrepObjective { data: loaded.clone(), model: preset.model.clone(), dev_documents: preset.dev_documents };
    let batches = Batches {
        data: loaded.clone(),
        windows: preset.windows,
        window: preset.model.window,
        stretches: preset.stretches,
        seed: preset.training.seed,
    };
    device.seed(preset.training.seed);
    let model = preset.model.init(&device);
    let model = backbone::train(&preset.training, &out.join("run"), model, &objective, batches, &device, progress)?;

    progress.set_message("calibrating");
    let lenient = Thresholds { edit: 0.0, ..Thresholds::default() };
    let mut measured = measure(&model, &preset.model, &loaded.dev, &loaded.words, Some(lenient), &device);
    let edit = measured.calibrated(MOST_CLEAN_CHANGES, LEAST_PRECISION);
    measured.set_edit_threshold(edit);
    let numbers = measured.numbers();
    let config = ReleaseConfig { kind: KIND.into(), model: preset.model.clone(), thresholds: Thresholds { edit, ..Thresholds::default() } };
    let release = out.join("model");
    std::fs::create_dir_all(&release).map_err(|error| PrepTrainingError::File { path: release.clone(), reason: error.to_string() })?;
    loaded
        .words
        .save(&release)
        .map_err(|error| PrepTrainingError::File { path: release.join(crate::model::WORDS_FILE), reason: error.to_string() })?;
    save_release(&release, &config, &model, None, &card(preset, &loaded, &numbers))?;
    Ok(numbers)
}

/// The model card, rendered from the run.
fn card(preset: &Preset, data: &TrainingData, numbers: &[(String, f64)]) -> String {
    let rows: String = numbers.iter().map(|(name, value)| format!("| {} | {value:.4} |\n", name.replace('_', " "))).collect();
    format!(
        "# Tandem preparation model\n\nTurns the lines of raw documents (plain text, Markdown, HTML) into roles, joins and sections, and repairs \
         damaged characters where it is sure.\n\nTrained on {} synthetic documents ({} stretches of characters), seed {}, at most {} steps. Not for \
         languages other than English, and not for text whose every character matters (it may change up to 5 in 10,000; `--no-repair` keeps all).\n\n\
         Measured on {} development documents of the same world:\n\n| number | value |\n|---|---|\n{rows}",
        data.documents.len(),
        data.edits.len(),
        preset.training.seed,
        preset.training.steps,
        data.dev.len(),
    )
}
