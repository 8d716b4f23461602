//! What a training starts from: chance weights and a tokenizer of the training text, or a model that was released before.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use backbone::Tokenizer;
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::Split;

use super::{Preset, TrainError, word_vectors};
use crate::data::{Triples, header};
use crate::inference::Answerer;
use crate::model::{RetrieveConfig, RetrieveModel};

/// Text the tokenizer learns from, in bytes.
const TOKENIZER_BYTES: usize = 24 << 20;

/// The model in a release folder, or in the run folder that holds it, with its tokenizer.
pub(super) fn released(dir: &Path, device: &Device) -> Result<(Answerer, Arc<Tokenizer>), TrainError> {
    let inside = dir.join("model");
    let dir = if inside.join("config.json").is_file() { inside } else { dir.to_path_buf() };
    Ok((Answerer::load(&dir, device)?, Arc::new(Tokenizer::load(&dir)?)))
}

/// The configuration of a training that goes on from a model: the preset's, not yet calibrated, if the network is of the preset's sizes.
pub(super) fn onward(preset: &Preset, name: &str, base: &RetrieveConfig) -> Result<RetrieveConfig, TrainError> {
    let config = preset.config(base.vocabulary);
    let same = RetrieveConfig { search: config.search.clone(), calibration: config.calibration.clone(), ..base.clone() };
    if config == same {
        return Ok(config);
    }
    let reason = "the model to start from has other sizes: take the preset that it was trained with, or leave --base out".to_owned();
    Err(TrainError::Preset { name: name.to_owned(), reason })
}

/// A network at its start: a tokenizer from the training text, the preset's sizes, chance weights.
pub(super) fn fresh(
    triples: &Triples,
    preset: &Preset,
    out: &Path,
    device: &Device,
    progress: &ProgressBar,
) -> Result<(RetrieveConfig, Arc<Tokenizer>, RetrieveModel), TrainError> {
    progress.set_message("tokenizer");
    let tokenizer = Arc::new(tokenizer(triples, preset, out)?);
    let config = preset.config(tokenizer.vocabulary());
    let mut model = config.init(device);
    if preset.word_vectors {
        progress.set_message("word vectors");
        let texts = training_texts(triples);
        model.reader = model.reader.with_word_vectors(&word_vectors::word_vectors(&texts, &tokenizer, preset.model.trunk.d_model, device));
    }
    Ok((config, tokenizer, model))
}

/// The tokenizer of a run: that of an earlier sitting, or one trained on training text.
fn tokenizer(triples: &Triples, preset: &Preset, out: &Path) -> Result<Tokenizer, TrainError> {
    if out.join("tokenizer.json").is_file() {
        return Ok(Tokenizer::load(out)?);
    }
    let texts = training_texts(triples);
    // Far-apart texts, so that a large corpus gives a fair sample.
    let stride = texts.iter().map(String::len).sum::<usize>() / TOKENIZER_BYTES + 1;
    let tokenizer = Tokenizer::train(texts.into_iter().step_by(stride), preset.model.vocabulary)?;
    tokenizer.save(out)?;
    Ok(tokenizer)
}

/// The numbers of the sections that may be learned from without questions, and of those kept back: they tell a fact of a development or test
/// question.
pub(super) fn sections(triples: &Triples) -> (Vec<u32>, Vec<u32>) {
    let kept_back = triples.examples.iter().filter(|example| example.split != Split::Train).flat_map(|example| &example.hops);
    let kept_back: HashSet<u32> = kept_back.map(|hop| hop.section).collect();
    (0..triples.sections.len() as u32).partition(|number| !kept_back.contains(number))
}

/// What may be learned from without questions: sections, and training questions.
fn training_texts(triples: &Triples) -> Vec<String> {
    let sections = sections(triples).0.into_iter().map(|number| &triples.sections[number as usize]);
    let sections = sections.map(|section| format!("{}\n{}", header(section), section.text));
    let questions = triples.of_split(Split::Train).map(|example| example.question.clone());
    sections.chain(questions).collect()
}
