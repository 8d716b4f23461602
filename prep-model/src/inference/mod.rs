//! Inference: a trained model and raw bytes in, clean sections out; one document or a whole corpus.

mod attempt;
mod batch;
mod block;
mod content;
mod decide;
mod evidence;
mod merge;
mod output;
mod piece;
mod repair;
mod runner;
mod scan;
mod sections;
mod shard;
mod tables;
mod unused;

use std::path::{Path, PathBuf};

use backbone::{ReleaseError, load_release};
use burn::tensor::Device;
use records::{Document, Dropped, Failure, Line, Page, Role, Section, Split};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use attempt::{Attempt, attempt};
pub use batch::{PrepareError, PrepareOptions, prepare_corpus, prepare_elsewhere, prepare_part};
use content::{identity, left_out};
pub use decide::{Decision, Probabilities, Thresholds, best, decide, decide_clean, softmax};
use decide::{decide_page, settle_hyphens};
pub use merge::merge_prepared;
pub use output::Format;
pub use piece::{Change, Piece};
pub use repair::{Proposal, propose};
use repair::{is_garbled, may_be_repaired};
pub use runner::Workers;
use scan::SmallWords;
pub use sections::{LEAST_BYTES, SECTION_BYTES, sections};
pub use shard::{Finished, write_shard};
use unused::dropped;

use crate::model::{ContentConfig, ContentModel, DocumentWords, ModelConfig, PrepModel, Topics, Vocabulary, WordList, score_lines};
use crate::read::{MediaType, PageText, ReadLimits, Reading, Source, read};

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

/// What a file became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// The file; `corpus` is left empty.
    pub document: Document,
    /// Its text.
    pub sections: Vec<Section>,
    /// Text of it that is in no section.
    pub dropped: Vec<Dropped>,
    /// The text that was extracted from it, where it is no text itself.
    pub pages: Vec<Page>,
}

/// A trained preparation model, ready to run.
#[derive(Debug)]
pub struct Preparer {
    model: PrepModel,
    config: ReleaseConfig,
    words: WordList,
    topics: Option<Topics>,
    content: Option<(ContentConfig, ContentModel)>,
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
        let (topics, content) = (Topics::load(dir, device)?, content::load(dir, device)?);
        let identity = identity(dir);
        Ok(Self { model, config, words, topics, content, device: device.clone(), identity })
    }

    /// A model that was never saved, for tests and for measuring while training.
    #[must_use]
    pub fn new(model: PrepModel, config: ReleaseConfig, words: WordList, device: &Device) -> Self {
        Self { model, config, words, topics: None, content: None, device: device.clone(), identity: String::new() }
    }

    /// A hash of the model's files.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// A hash of all that decides what a source becomes: the model, and how pictures are read. Where nothing is recognised it is that of versions that
    /// could not.
    #[must_use]
    pub fn reading_identity(&self) -> String {
        format!("{}{}", self.identity, crate::read::ocr::identity())
    }

    /// Prepares the bytes of a file; its name decides how they are read.
    ///
    /// # Errors
    /// If they cannot be read: the failure says why and what to do.
    pub fn prepare(&self, name: &str, bytes: &[u8]) -> Result<(Document, Vec<Section>), Failure> {
        let reading = crate::read::read_bytes(MediaType::of_name(name), bytes, &ReadLimits::default())
            .map_err(|error| Failure::new(name, "read", error))?;
        let Prepared { document, sections, .. } = self.prepare_reading(name, bytes.len() as u64, &reading, true);
        Ok((document, sections))
    }

    /// The sections of a source of a corpus, with or without repairs of characters.
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
        self.prepare_whole(source, bytes, repairs, limits).map(|Prepared { document, sections, .. }| (document, sections))
    }

    /// Everything that a source of a corpus becomes.
    ///
    /// # Errors
    /// If it cannot be read: the failure says why and what to do.
    pub fn prepare_whole(&self, source: &Source, bytes: &[u8], repairs: bool, limits: &ReadLimits) -> Result<Prepared, Failure> {
        let reading = read(source, bytes, limits).map_err(|error| Failure::new(&source.name, "read", error))?;
        Ok(self.prepare_reading(&source.name, bytes.len() as u64, &reading, repairs))
    }

    /// Prepares what a reader made of a file.
    #[must_use]
    pub fn prepare_reading(&self, name: &str, bytes: u64, reading: &Reading, repairs: bool) -> Prepared {
        let lines = &reading.lines;
        let document = DocumentWords::of(lines);
        let vocabulary = Vocabulary { list: &self.words, document: &document };
        let decisions = self.decide(reading, vocabulary);
        let repairs = repairs && reading.media_type != MediaType::Clean;
        let pieces = if repairs { self.repaired(reading, &decisions, vocabulary) } else { lines.iter().map(Piece::of).collect() };
        let (sections, title) = sections(name, reading, &decisions, pieces, self.topics.as_ref());
        let dropped = dropped(name, reading, &decisions);
        let document = Document {
            doc_id: reading.doc_id.clone(),
            path: name.to_owned(),
            media_type: reading.media_type.name().to_owned(),
            bytes,
            title,
            corpus: String::new(),
            split: Split::of(&reading.doc_id),
            noise_level: 0.0,
            replaced: reading.replaced,
            dropped: dropped.len() as u32,
        };
        let page = |page: &PageText| Page {
            doc_id: reading.doc_id.clone(),
            path: name.to_owned(),
            page: page.page,
            label: page.label.clone(),
            text: page.text.clone(),
        };
        Prepared { document, sections, dropped, pages: reading.pages.iter().map(page).collect() }
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
        let left_out = self.content.as_ref().and_then(|content| left_out(reading, content, &self.device));
        let mut decisions = decide_page(&reading.lines, &logits, reading.media_type, &self.config.thresholds, left_out.as_deref());
        settle_hyphens(&reading.lines, &mut decisions, vocabulary);
        decisions
    }

    /// The text of every line, that of damaged ones with the changes the edit head is sure of: all of them in a text that was recognised from
    /// a scan, in another those that signs speak for which no writer puts into a text. Mark-up is no scan's.
    fn repaired(&self, reading: &Reading, decisions: &[Decision], vocabulary: Vocabulary<'_>) -> Vec<Piece> {
        let lines = &reading.lines;
        let mut pieces: Vec<Piece> = lines.iter().map(Piece::of).collect();
        let words = SmallWords::of(lines, decisions, vocabulary);
        let mut chosen = self.suspects(lines, decisions, vocabulary);
        let may_be_recognised = reading.is_recognised || (reading.media_type == MediaType::Text && words.may_be_recognised());
        if !may_be_recognised {
            chosen.retain(|at| is_garbled(&lines[*at].text));
        }
        if chosen.is_empty() {
            return pieces;
        }
        let suspects: Vec<&Line> = chosen.iter().map(|at| &lines[*at]).collect();
        let proposals = propose(&self.model, &self.config.model, &suspects, vocabulary, &self.device);
        let sure = |proposal: &Proposal| proposal.probability >= self.config.thresholds.edit;
        let repairable = proposals.iter().flatten().filter(|proposal| sure(proposal) && !proposal.is_evident).count();
        let is_recognised = reading.is_recognised || (may_be_recognised && words.bear_out(repairable));
        for (at, proposals) in chosen.into_iter().zip(proposals) {
            let made = proposals.into_iter().filter(|proposal| sure(proposal) && (is_recognised || proposal.is_evident));
            let changes: Vec<Change> = made.map(|proposal| proposal.change).collect();
            if !changes.is_empty() {
                pieces[at] = Piece::changed(&lines[at], &changes);
            }
        }
        pieces
    }

    /// Lines that go through the edit head: prose that the line pass finds damaged and that holds something to repair; of a document that
    /// seems damaged all over, those found most damaged.
    fn suspects(&self, lines: &[Line], decisions: &[Decision], vocabulary: Vocabulary<'_>) -> Vec<usize> {
        // A heading goes into the path above its sections, which has no place to say what was changed.
        let is_prose = |decision: &Decision| {
            decision.dropped.is_none() && !matches!(decision.content, Role::Code | Role::Metadata | Role::Title | Role::Heading)
        };
        let damaged = |at: &usize| is_prose(&decisions[*at]) && decisions[*at].damaged >= self.config.thresholds.damaged;
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
