//! What the user chose for a training, and the data and preset that follow from it.

use std::path::PathBuf;

use backbone::DeviceChoice;
use records::{Kind, RunFolder, Split};

use super::{Preset, TrainError};
use crate::data::{Triples, TriplesError};

/// What the user chose.
#[derive(Clone, Debug)]
pub struct RetrieveOptions {
    /// Name of a preset.
    pub preset: String,
    /// Minutes for the reader; the preset's where none are given.
    pub minutes: Option<f64>,
    /// Steps of the reader at most; the preset's where none are given.
    pub steps: Option<u64>,
    /// Where to compute.
    pub device: DeviceChoice,
    /// Seed of weights, batches and samples.
    pub seed: u64,
    /// Folder of a published encoder that the reader starts from.
    pub encoder: Option<PathBuf>,
    /// Folder of the published encoder that vectors and comparison are of, where the reader stands on another.
    pub retriever: Option<PathBuf>,
    /// Folder of a model of ours that the reader starts from instead.
    pub base: Option<PathBuf>,
    /// Kinds of questions that nothing is learned from.
    pub without: Vec<Kind>,
    /// Whether a controller stays as it is, and only the confidence is fitted anew.
    pub calibrate: bool,
}

impl Default for RetrieveOptions {
    fn default() -> Self {
        Self {
            preset: "small".into(),
            minutes: None,
            steps: None,
            device: DeviceChoice::Auto,
            seed: 0,
            encoder: None,
            retriever: None,
            base: None,
            without: Vec::new(),
            calibrate: false,
        }
    }
}

impl RetrieveOptions {
    pub(super) fn preset(&self) -> Result<Preset, TrainError> {
        let mut preset = Preset::open(&self.preset)?;
        preset.reader.minutes = self.minutes.or(preset.reader.minutes);
        preset.reader.steps = self.steps.unwrap_or(preset.reader.steps);
        preset.reader.seed = self.seed;
        if self.calibrate {
            [preset.policy.steps, preset.further.steps, preset.reinforce.steps] = [0; 3];
        }
        Ok(preset)
    }

    pub(super) fn triples(&self, data: &[PathBuf]) -> Result<Triples, TrainError> {
        let mut triples = Triples::read(data)?;
        triples.leave_out(&self.without);
        if triples.of_split(Split::Train).next().is_none() {
            return Err(TriplesError::Empty { data: data.to_vec(), split: Split::Train }.into());
        }
        Ok(triples)
    }

    /// What a run on this data starts from and learns from: its identity beside the preset.
    pub(super) fn start(&self, data: &[PathBuf]) -> (Vec<String>, &[Kind]) {
        let configuration = |dir: &PathBuf| RunFolder::manifest(dir).map(|manifest| manifest.configuration).unwrap_or_default();
        (data.iter().map(configuration).collect(), &self.without)
    }
}
