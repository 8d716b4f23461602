//! What a training starts from: a published encoder, or a model that was released before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{Bert, BertConfig, Tokenizer, load_base, weights_hash};
use burn::tensor::Device;

use super::{Preset, TrainError, io_error};
use crate::inference::Answerer;
use crate::model::{Policy, Reader, RetrieveConfig, RetrieveModel};

/// The model in a release folder, or in the run folder that holds it, with its tokenizer.
pub(super) fn released(dir: &Path, device: &Device) -> Result<(Answerer, Arc<Tokenizer>), TrainError> {
    let dir = release_folder(dir);
    Ok((Answerer::load(&dir, device)?, Arc::new(Tokenizer::load(&dir)?)))
}

/// The same for a training that calibrates it anew, whatever build did so before.
pub(super) fn uncalibrated(dir: &Path, device: &Device) -> Result<(Answerer, Arc<Tokenizer>), TrainError> {
    let dir = release_folder(dir);
    Ok((Answerer::load_uncalibrated(&dir, device)?, Arc::new(Tokenizer::load(&dir)?)))
}

/// The release folder itself, or the one in a run folder.
pub(super) fn release_folder(dir: &Path) -> PathBuf {
    let inside = dir.join("model");
    if inside.join("config.json").is_file() { inside } else { dir.to_path_buf() }
}

/// Puts the card of the model whose parts were taken over beside the new one, and gives the name of both: the first eight digits of its weights' hash,
/// and the file. Of a chain of models the first card is kept, which says what the readers learned from; the last is what those in between say of their
/// trainings, a line each.
pub(super) fn keep_card(base: &Path, model_dir: &Path) -> Result<(String, &'static str, Vec<String>), TrainError> {
    const CARD: &str = "BASE.md";
    let base = release_folder(base);
    let of_base = std::fs::read_to_string(base.join("README.md")).unwrap_or_default();
    let first = std::fs::read_to_string(base.join(CARD)).ok();
    let between = first.iter().flat_map(|_| of_base.lines().filter(|line| line.starts_with("- training"))).map(str::to_owned).collect();
    let card = first.unwrap_or(of_base);
    std::fs::create_dir_all(model_dir).map_err(io_error(model_dir))?;
    let path = model_dir.join(CARD);
    records::write_atomically(&path, card.as_bytes()).map_err(io_error(&path))?;
    Ok((weights_hash(&base)?[..8].to_owned(), CARD, between))
}

/// The configuration of a training that goes on from a model: the preset's, not yet calibrated, if the network is of the preset's sizes. A model from
/// before there was a comparison stays without.
pub(super) fn onward(preset: &Preset, name: &str, base: &Answerer) -> Result<RetrieveConfig, TrainError> {
    let mut config = preset.config(base.config.encoder.clone(), base.config.base.clone());
    (config.retriever, config.narrow, config.further) = (base.config.retriever.clone(), base.config.narrow, base.config.further);
    if base.model.similarity.is_none() {
        config.search.compared = 0;
    }
    let same = RetrieveConfig { search: config.search.clone(), calibration: config.calibration.clone(), ..base.config.clone() };
    if config == same {
        return Ok(config);
    }
    let reason = "the model to start from has other sizes: take the preset that it was trained with, or leave --base out".to_owned();
    Err(TrainError::Preset { name: name.to_owned(), reason })
}

/// Puts a reader at its start in the place of a model's, on a published encoder: the one that this model was made of, or another, which then reads
/// alone, in this model's words, while vectors and comparison stay those of the encoder that they were made of.
pub(super) fn read_anew(base: &mut Answerer, own: &Tokenizer, encoder: PublishedEncoder, device: &Device) -> Result<(), TrainError> {
    let PublishedEncoder { mut config, network, base: hash, tokenizer } = encoder;
    let retriever = base.config.retriever();
    let same = hash == retriever.base && config == retriever.encoder;
    let network = match same {
        true => network,
        false => {
            let words = own.ids_in(&tokenizer).ok_or(TrainError::OtherWords)?;
            config.vocab_size = words.len();
            network.renumbered(&words)
        }
    };
    (base.config.encoder, base.config.base, base.config.retriever) = (config, hash, (!same).then_some(retriever));
    let (width, hidden) = (network.width(), base.config.policy_hidden);
    base.model = RetrieveModel {
        reader: Reader::new(network, None, base.config.vector_blocks, device).with_vectors_of(&base.model.reader, same),
        policy: Policy::new(width, hidden, device),
        further: base.config.further.then(|| Policy::further(width, hidden, device)),
        ..base.model.clone()
    };
    Ok(())
}

/// A published encoder.
pub(super) struct PublishedEncoder {
    config: BertConfig,
    network: Bert,
    base: String,
    tokenizer: Arc<Tokenizer>,
}

impl PublishedEncoder {
    /// The encoder in a folder, its first `blocks`.
    pub fn load(dir: &Path, blocks: usize, device: &Device) -> Result<Self, TrainError> {
        let (mut config, network, base) = load_base(dir, device)?;
        config.num_hidden_layers = config.num_hidden_layers.min(blocks);
        Ok(Self { network: network.up_to(blocks), config, base, tokenizer: Arc::new(Tokenizer::load(dir)?) })
    }

    /// The blake3 of its weights.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A network at its start: the encoder, its tokenizer, and heads with chance weights.
    pub fn on(self, preset: &Preset, device: &Device) -> (RetrieveConfig, Arc<Tokenizer>, RetrieveModel) {
        let config = preset.config(self.config, self.base);
        let model = config.on(self.network, None, device);
        (config, self.tokenizer, model)
    }
}
