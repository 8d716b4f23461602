//! The readers of a training: several, one after the other, averaged.

use std::path::Path;
use std::sync::Arc;

use backbone::{BatchSource as _, TrainingConfig, as_written, blend, train, weights_hash};
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::Split;

use super::start::release_folder;
use super::{BLOCKS, FIXED, NARROW, Preset, ReadingObjective, RetrieveOptions, TrainError};
use crate::data::{Encoder, Example, TripleBatch, TripleBatches, Triples};
use crate::model::{Reader, RetrieveModel};

/// Development batches measured while a reader trains.
const VALIDATION_BATCHES: u64 = 12;
/// Seed of these.
const VALIDATION_SEED: u64 = 7;

/// What the readers share.
pub(super) struct Readers<'a> {
    pub triples: &'a Arc<Triples>,
    pub encoder: &'a Encoder,
    pub preset: &'a Preset,
    pub seed: u64,
    pub out: &'a Path,
    pub device: &'a Device,
    pub progress: &'a ProgressBar,
}

impl Readers<'_> {
    /// A model with what they learned from its reader's start, the preset's share of it where that model was one of ours (`onward`). With `narrowing` it
    /// is the model as it ships in few bits: what is trained after it learns from that.
    pub fn teach(&self, model: RetrieveModel, onward: bool, narrowing: Option<&TrainingConfig>) -> Result<RetrieveModel, TrainError> {
        let learned = self.train(&model.reader)?;
        let reader = if onward { blend(model.reader, learned, self.preset.learned) } else { learned };
        Ok(match narrowing {
            Some(narrowing) => as_written(RetrieveModel { reader: self.narrowed(reader, narrowing)?, ..model }, NARROW, ""),
            None => RetrieveModel { reader, ..model },
        })
    }

    /// Trains them from `start`; their mean.
    fn train(&self, start: &Reader) -> Result<Reader, TrainError> {
        let objective = ReadingObjective::new(self.validation());
        let mut averaged: Option<Reader> = None;
        for number in 0..self.preset.readers.max(1) {
            self.progress.set_message(format!("reader {} of {}", number + 1, self.preset.readers.max(1)));
            let seed = self.seed + number;
            let batches = TripleBatches::new(self.triples.clone(), self.encoder.clone(), self.preset.batch.clone(), seed);
            let (training, folder) = (self.preset.one_reader(seed), self.out.join(format!("reader-{}", number + 1)));
            let trained = train(&training, &folder, start.clone(), &objective, batches, self.device, self.progress)?;
            averaged = Some(match averaged {
                Some(before) => blend(before, trained, 1.0 / (number + 1) as f64),
                None => trained,
            });
        }
        Ok(averaged.unwrap_or_else(|| start.clone()))
    }

    /// Goes on from `reader` with its weights as they ship: its tables rounded from here on, its blocks in each step.
    fn narrowed(&self, reader: Reader, narrowing: &TrainingConfig) -> Result<Reader, TrainError> {
        self.progress.set_message("reader, narrowed");
        let seed = self.seed + self.preset.readers.max(1);
        let objective = ReadingObjective::new(self.validation()).narrowed(BLOCKS);
        let batches = TripleBatches::new(self.triples.clone(), self.encoder.clone(), self.preset.batch.clone(), seed);
        let training = TrainingConfig { seed, ..narrowing.clone() };
        let reader = as_written(reader, FIXED, "reader.");
        Ok(train(&training, &self.out.join("narrowed"), reader, &objective, batches, self.device, self.progress)?)
    }

    fn validation(&self) -> Vec<TripleBatch> {
        if self.triples.of_split(Split::Dev).next().is_none() {
            return Vec::new();
        }
        let wanted = |example: &Example| example.split == Split::Dev;
        let (triples, batch) = (self.triples.clone(), self.preset.batch.clone());
        let mut dev = TripleBatches::of(triples, self.encoder.clone(), batch, VALIDATION_SEED, &wanted);
        (0..VALIDATION_BATCHES).map(|step| dev.batch(step)).collect()
    }
}

/// The training in words, for the card.
pub(super) fn told(preset: &Preset, options: &RetrieveOptions, narrow: bool) -> Result<String, TrainError> {
    let limit = preset.reader.minutes.map_or_else(|| format!("{} steps", preset.reader.steps), |minutes| format!("{minutes} minutes"));
    let name = |dir: &Path| dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned();
    let start = match (&options.encoder, &options.base) {
        (Some(dir), Some(base)) => {
            format!("{}, with the retrieval vectors of the weights {}", name(dir), &weights_hash(&release_folder(base))?[..8])
        }
        (Some(dir), None) if options.retriever.is_some() => {
            format!("{}, with retrieval vectors of {}", name(dir), options.retriever.as_deref().map(name).unwrap_or_default())
        }
        (dir, base) => dir.as_deref().or(base.as_deref()).map(name).unwrap_or_default(),
    };
    let (readers, asked) = (preset.readers.max(1), preset.batch.questions);
    let kept = match &options.base {
        Some(_) if preset.learned < 1.0 => format!(", of which {:.0} % of the way was kept", preset.learned * 100.0),
        _ => String::new(),
    };
    let narrowed = match &preset.narrowing {
        Some(narrowing) if narrow => {
            let limit = narrowing.minutes.map_or_else(|| format!("{} steps", narrowing.steps), |minutes| format!("{minutes} minutes"));
            format!("; then {limit} at most with the weights rounded as they are written")
        }
        _ => String::new(),
    };
    Ok(format!(
        "{readers} readers, averaged, {limit} at most together, {asked} questions a step, starting from {start}{kept}{narrowed}; then the first stage and the controller"
    ))
}
