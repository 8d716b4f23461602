//! Inference: a trained model and raw bytes in, clean sections out; one document or a whole corpus.

mod batch;
mod decide;
mod output;
mod piece;
mod repair;
mod sections;

use std::path::{Path, PathBuf};

use backbone::{ReleaseError, load_release};
use burn::tensor::Device;
use records::{Document, Failure, Line, Role, Section, Split};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use batch::{Format, PrepareError, PrepareOptions, prepare_corpus};
pub use decide::{Decision, Probabilities, Thresholds, best, decide, decide_clean, softmax};
pub use piece::{Change, Piece};
use repair::may_be_repaired;
pub use repair::{Proposal, propose};
pub use sections::{DocumentFacts, SECTION_BYTES, sections};

use crate::model::{DocumentWords, ModelConfig, PrepModel, Vocabulary, WordList, score_lines};
use crate::read::{MediaType, ReadLimits, Reading, Source, read};

/// `config.json` of a released preparation model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseConfig {
    /// What kind of model the folder holds.
    pub kind: String,
    /// Sizes of the network.
    pub model: ModelConfig,
    /// Calibrated on development documents.
    pub thresholds: Thresholds,
}

/// Share of a document's text that goes through the edit head at most, which costs ten times what the line pass does.
const MOST_SUSPECT: f64 = 0.3;
/// Bytes of a short document that may, whatever its share.
const SUSPECT_BYTES: usize = 8_000;

/// [`ReleaseConfig::kind`] of this model.
pub const KIND: &str = "tandem-prep";

/// A model folder cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file is missing, broken or of another model.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file does not belong to this version.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// A trained preparation model, ready to run.
#[derive(Debug)]
pub struct Preparer {
    model: PrepModel,
    config: ReleaseConfig,
    words: WordList,
    device: Device,
    identity: String,
}

impl Preparer {
    /// Loads a released model.
    ///
    /// # Errors
    /// If a file is missing, broken, or of a version that this program cannot run.
    pub fn load(dir: &Path, device: &Device) -> Result<Self, LoadError> {
        let init = |config: &ReleaseConfig, device: &Device| config.model.init(device);
        let config_path = dir.join("config.json");
        if let Ok(bytes) = std::fs::read(&config_path) {
            let config = serde_json::from_slice::<ReleaseConfig>(&bytes);
            if config.is_ok_and(|config| config.kind != KIND || !config.model.fits()) {
                let reason = "not a preparation model of this version: train it again (tandem train prep)".into();
                return Err(LoadError::File { path: config_path, reason });
            }
        }
        let (config, model) = load_release(dir, device, init)?;
        let words = WordList::load(dir).map_err(|error| {
            let path = dir.join(crate::model::WORDS_FILE);
            LoadError::File { path, reason: format!("{error}: train the model again or restore the folder") }
        })?;
        let mut hasher = blake3::Hasher::new();
        for file in ["config.json", "model.safetensors", crate::model::WORDS_FILE] {
            hasher.update(&std::fs::read(dir.join(file)).unwrap_or_default());
        }
        let identity = hasher.finalize().to_hex().to_string();
        Ok(Self { model, config, words, device: device.clone(), identity })
    }

    /// A model that was never saved, for tests and for measuring while training.
    #[must_use]
    pub fn new(model: PrepModel, config: ReleaseConfig, words: WordList, device: &Device) -> Self {
        Self { model, config, words, device: device.clone(), identity: String::new() }
    }

    /// A hash of the model's files.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Prepares the bytes of a file; its name decides how they are read.
    ///
    /// # Errors
    /// If they cannot be read: the failure says why and what to do.
    pub fn prepare(&self, name: &str, bytes: &[u8]) -> Result<(Document, Vec<Section>), Failure> {
        let reading = crate::read::read_bytes(MediaType::of_name(name), bytes, &ReadLimits::default())
            .map_err(|error| Failure::new(name, "read", error))?;
        Ok(self.prepare_reading(name, bytes.len() as u64, &reading, true))
    }

    /// Prepares a source of a corpus, with or without repairs of characters.
    ///
    /// # Errors
    /// If it cannot be read: the failure says why and what to do.
    pub fn prepare_source(
        &self,
        source: &Source,
        bytes: &[u8],
        repairs: bool,
        limits: &ReadLimits,
    ) -> Result<(Document, Vec<Section>), Failure> {
        let reading = read(source, bytes, limits).map_err(|error| Failure::new(&source.name, "read", error))?;
        Ok(self.prepare_reading(&source.name, bytes.len() as u64, &reading, repairs))
    }

    /// Prepares what a reader made of a file.
    #[must_use]
    pub fn prepare_reading(&self, name: &str, bytes: u64, reading: &Reading, repairs: bool) -> (Document, Vec<Section>) {
        let lines = &reading.lines;
        let document = DocumentWords::of(lines);
        let vocabulary = Vocabulary { list: &self.words, document: &document };
        let decisions = self.decide(reading, vocabulary);
        let repairs = repairs && reading.media_type != MediaType::Clean;
        let pieces = if repairs { self.repaired(lines, &decisions, vocabulary) } else { lines.iter().map(Piece::of).collect() };
        let facts = DocumentFacts { doc_id: &reading.doc_id, path: name, title: reading.title.as_deref() };
        let (sections, title) = sections(&facts, lines, &decisions, pieces);
        let document = Document {
            doc_id: reading.doc_id.clone(),
            path: name.to_owned(),
            media_type: reading.media_type.name().to_owned(),
            bytes,
            title,
            corpus: String::new(),
            split: Split::of(&reading.doc_id),
            noise_level: 0.0,
        };
        (document, sections)
    }

    /// What is decided about every line that a reader found.
    #[must_use]
    pub fn decisions(&self, reading: &Reading) -> Vec<Decision> {
        let document = DocumentWords::of(&reading.lines);
        self.decide(reading, Vocabulary { list: &self.words, document: &document })
    }

    fn decide(&self, reading: &Reading, vocabulary: Vocabulary<'_>) -> Vec<Decision> {
        if reading.media_type == MediaType::Clean {
            return decide_clean(&reading.lines);
        }
        let logits = score_lines(&self.model, &self.config.model, &reading.lines, vocabulary, &self.device);
        decide(&reading.lines, &logits, reading.media_type, &self.config.thresholds)
    }

    /// The text of every line, that of damaged ones with the changes the edit head is sure of.
    fn repaired(&self, lines: &[Line], decisions: &[Decision], vocabulary: Vocabulary<'_>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = lines.iter().map(Piece::of).collect();
        let chosen = self.suspects(lines, decisions, vocabulary);
        if chosen.is_empty() {
            return pieces;
        }
        let suspects: Vec<&Line> = chosen.iter().map(|at| &lines[*at]).collect();
        let proposals = propose(&self.model, &self.config.model, &suspects, vocabulary, &self.device);
        let sure = |proposal: &Proposal| proposal.probability >= self.config.thresholds.edit;
        for (at, proposals) in chosen.into_iter().zip(proposals) {
            let changes: Vec<Change> = proposals.into_iter().filter(sure).map(|proposal| proposal.change).collect();
            if !changes.is_empty() {
                pieces[at] = Piece::changed(&lines[at], &changes);
            }
        }
        pieces
    }

    /// Lines that go through the edit head: prose that the line pass finds damaged and that holds something to repair; of a document that
    /// seems damaged all over, those found most damaged.
    fn suspects(&self, lines: &[Line], decisions: &[Decision], vocabulary: Vocabulary<'_>) -> Vec<usize> {
        let is_prose = |role: Role| role.is_content() && !matches!(role, Role::Code | Role::Metadata);
        let damaged = |at: &usize| is_prose(decisions[*at].role) && decisions[*at].damaged >= self.config.thresholds.damaged;
        let mut chosen: Vec<usize> = (0..lines.len()).filter(damaged).filter(|at| may_be_repaired(&lines[*at].text, vocabulary)).collect();
        chosen.sort_by(|a, b| decisions[*b].damaged.total_cmp(&decisions[*a].damaged).then(a.cmp(b)));
        let mut left = (MOST_SUSPECT * lines.iter().map(|line| line.text.len()).sum::<usize>() as f64) as usize + SUSPECT_BYTES;
        chosen.retain(|at| {
            let fits = lines[*at].text.len() <= left;
            left -= if fits { lines[*at].text.len() } else { 0 };
            fits
        });
        chosen.sort_unstable();
        chosen
    }
}
