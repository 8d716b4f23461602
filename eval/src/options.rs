//! What a caller of an evaluation chooses, and what of it the numbers belong to.

use std::path::PathBuf;

use backbone::DeviceChoice;
use retrieve_model::inference::Habits;
use serde::Serialize;
use synth::teacher::TeacherConfig;

use crate::EvalError;
use crate::baseline::WorkflowConfig;
use crate::systems::Models;

/// What a caller chooses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvalOptions {
    /// Release folder of the preparation model; needed where the suite has a corpus.
    pub prep_model: Option<PathBuf>,
    /// Release folder of the retrieval-and-report model; without it the workflow is scored alone.
    pub retrieve_model: Option<PathBuf>,
    /// How our models are asked, where it is otherwise than they do by themselves.
    pub habits: Habits,
    /// Whether our models are scored alone.
    pub tandem_only: bool,
    /// Where the models run.
    pub device: DeviceChoice,
    /// Questions scored, at most (chosen by the hash of their ids); all without.
    pub limit: Option<usize>,
    /// The suite's data folder, if it is not where the suite says.
    pub data: Option<PathBuf>,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// Whether to locate the losses: both systems with better and better texts, and with each other's parts.
    pub ladder: bool,
    /// Whether to damage the documents and to set the workflow's knobs wrong.
    pub fragility: bool,
    /// With `fragility`: another suite to try both systems on.
    pub shifted: Option<PathBuf>,
    /// Folders that a training was given: no question that is scored may stand in them.
    pub trained_on: Vec<PathBuf>,
    /// Folder of an encoder for the workflow's vectors; latent semantic vectors without.
    pub embedding: Option<PathBuf>,
    /// Endpoint of a language model that writes the last step of a further workflow.
    pub writer: Option<TeacherConfig>,
    /// The commit that the program was built from, for the record; it decides no number.
    #[serde(skip)]
    pub commit: String,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            prep_model: None,
            retrieve_model: None,
            habits: Habits::default(),
            tandem_only: false,
            device: DeviceChoice::default(),
            limit: None,
            data: None,
            resamples: 10_000,
            ladder: false,
            fragility: false,
            shifted: None,
            trained_on: Vec::new(),
            embedding: None,
            writer: None,
            commit: "unknown".into(),
        }
    }
}

impl EvalOptions {
    /// Puts the encoder into the workflow's configuration.
    pub(crate) fn choose_embedding(&self, baseline: &mut WorkflowConfig) {
        baseline.retrieval.device = self.device;
        if self.embedding.is_some() {
            baseline.retrieval.embedding.clone_from(&self.embedding);
        }
    }

    /// The models that were named; none where the workflow is scored alone.
    pub(crate) fn models(&self) -> Option<Models> {
        let retrieve = self.retrieve_model.clone()?;
        Some(Models { prep: self.prep_model.clone(), retrieve, device: self.device, habits: self.habits })
    }

    /// The choices and the hashes of the models: what the numbers belong to.
    pub(crate) fn identity(&self) -> Result<impl Serialize + '_, EvalError> {
        let hashes = self.models().map(|models| models.hashes()).transpose()?;
        Ok((self, hashes))
    }
}
