//! Training, in the order in which the parts rest on each other: retrieval vectors, reader (encoder and heads), first stage, controller,
//! calibration; then, as a step of its own, reinforcement of the controller. Each leaves a release folder `OUT/model` that [`crate::inference::Answerer`] loads.
//!
//! A run that was interrupted goes on where it stopped; one that is finished does nothing.

mod adapt;
mod bench;
mod card;
mod error;
mod measure;
mod objective;
mod options;
mod policy;
mod preset;
mod ranking;
mod readers;
mod reinforce;
mod stage;
mod start;
#[cfg(test)]
mod tests;
mod vectors;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{Bfloat16Products, DeviceChoice, Narrow, Precision, ReleaseOptions, Tokenizer, open_device, train};
use burn::module::Module as _;
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::{Manifest, RunFolder, write_atomically};

pub use adapt::{AdaptOptions, AdaptPreset, Gained, Usable, adapt, usable, weigh};
pub use bench::{Bench, Purpose};
pub use error::TrainError;
pub use measure::{Measured, Run, calibrate, measured, runs};
pub use objective::{Losses, ReadingObjective};
pub use options::RetrieveOptions;
pub use policy::oracle;
pub use preset::{MeasureConfig, ModelSizes, Preset, StageConfig, VectorsConfig};
pub use reinforce::{Advantage, Gain, ReinforceConfig};

use self::readers::Readers;
use self::stage::Stage;
use self::start::{PublishedEncoder, keep_card, onward, read_anew, released, uncalibrated};
use self::vectors::{Distillation, Texts};
use crate::data::{Encoder, Triples};
use crate::inference::{Answerer, VECTORS_FILE};
use crate::model::{RetrieveConfig, RetrieveModel};

/// What of the weights lies in a file of its own: a controller that is trained anew leaves the encoder's file as it was.
const PARTS: [(&str, &str); 7] = [
    ("reader.encoder.", "encoder.safetensors"),
    ("reader.vector", VECTORS_FILE),
    ("reader.", "heads.safetensors"),
    ("first_stage.", "first_stage.safetensors"),
    ("policy.", "controller.safetensors"),
    ("further.", "further.safetensors"),
    ("similarity.", "similarity.safetensors"),
];

/// Bits of the matrices of a model whose reader is larger than its retriever, so that both ship together. Tables of words bear the fewest: in 3 bits the
/// means of tokens of a published encoder keep a cosine of 0.99 to themselves, with blocks in 4 bits, untrained, 0.95. So those that learned to bear it
/// have 4, those that nothing trains have 5 and 6.
const NARROW: &Narrow = &[
    ("reader.encoder.words.", 3),
    ("reader.vector_embeddings.words.", 3),
    ("reader.vector", 6),
    ("reader.encoder.blocks.", 4),
    ("similarity.", 5),
];
/// Those among them that no training of a reader changes, and the others.
const FIXED: &Narrow = NARROW.split_at(3).0;
const BLOCKS: &Narrow = NARROW.split_at(3).1;

/// How a model is written: matrices in 8 bits, some in fewer where its reader learned to bear it.
fn release_options(config: &RetrieveConfig) -> ReleaseOptions {
    let narrow = if config.narrow { NARROW } else { &[] };
    ReleaseOptions { precision: Precision::Byte, apart: &PARTS, narrow }
}

/// Opens the run folder; what identifies the run is the preset without its time budget and what the run starts from.
fn open_run(out: &Path, stage: &str, preset: &Preset, start: &impl serde::Serialize, seed: u64) -> Result<RunFolder, TrainError> {
    let mut identity = preset.clone();
    identity.reader.minutes = None;
    identity.narrowing.iter_mut().for_each(|narrowing| narrowing.minutes = None);
    Ok(RunFolder::open(out, stage, &(identity, start), seed)?)
}

/// Trains reader and first stage on data folders, and calibrates. The release folder is `OUT/model`.
///
/// Only the reader's steps run on the chosen device. What comes after them looks at one question at a time, a few rows for which a GPU is slower
/// than the CPU beside it.
///
/// # Errors
/// If the data or the run folder cannot be used, or the loss stops being finite.
pub fn train_retrieve(data: &[PathBuf], out: &Path, options: &RetrieveOptions, progress: &ProgressBar) -> Result<Manifest, TrainError> {
    let preset = options.preset()?;
    let device = open_device(options.device)?;
    let load = |dir: &Option<PathBuf>, blocks| dir.as_deref().map(|dir| PublishedEncoder::load(dir, blocks, &device)).transpose();
    let base = options.base.as_deref().map(|dir| uncalibrated(dir, &device)).transpose()?;
    let (encoder, retriever) = (load(&options.encoder, preset.model.blocks)?, load(&options.retriever, usize::MAX)?);
    let hash = |encoder: &Option<PublishedEncoder>| encoder.as_ref().map(|encoder| encoder.base().to_owned());
    let hashes = [base.as_ref().map(|(base, _)| base.identity().to_owned()), hash(&encoder), hash(&retriever)];
    // What the retrieval vectors are of, unless a model brings them, and what reads if that is not the same.
    let (published, reads) = if retriever.is_some() || base.is_some() { (retriever, encoder) } else { (encoder, None) };
    if base.is_none() && published.is_none() {
        return Err(TrainError::NoStart);
    }
    let run = open_run(out, "train-retrieve", &preset, &(options.start(data), hashes), options.seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    write_json(&out.join("preset.json"), &preset)?;
    progress.set_message("reading triples");
    let triples = Arc::new(options.triples(data)?);
    tracing::info!(
        "{} sections, {} questions ({} without a place in a section)",
        triples.sections.len(),
        triples.examples.len(),
        triples.skipped
    );
    device.seed(options.seed);
    let in_bfloat16 = rounded(preset.bfloat16, &device)?;
    let (mut base, tokenizer) = match (base, published) {
        (Some(base), _) => base,
        (None, Some(published)) => with_vectors(published, &triples, &preset, (out, options.seed), &device, progress)?,
        (None, None) => return Err(TrainError::NoStart),
    };
    if let Some(encoder) = reads {
        read_anew(&mut base, &tokenizer, encoder, &device)?;
    }
    let (mut config, model) = (onward(&preset, &options.preset, &base)?, base.model);
    let encoder = Encoder::new(tokenizer.clone());
    let readers = Readers { triples: &triples, encoder: &encoder, preset: &preset, seed: options.seed, out, device: &device, progress };
    let narrowing = preset.narrowing.as_ref().filter(|_| config.retriever.is_some());
    config.narrow = narrowing.is_some();
    let model = readers.teach(model, options.base.is_some(), narrowing)?;

    let device = open_device(DeviceChoice::Cpu)?;
    let model = model.to_device(&device);
    let mut answerer = Answerer::new(config, model, tokenizer.clone(), &device);
    let stage = Stage { run: &run, triples: &triples, tokenizer: &tokenizer, preset: &preset, options, data, progress };
    stage.first_stage(&mut answerer)?;
    stage.imitate(&mut answerer)?;
    stage.imitate_further(&mut answerer)?;
    // What is measured is what suites measure.
    drop(in_bfloat16);
    let narrow = answerer.config.narrow;
    stage.finish(answerer, &readers::told(&preset, options, narrow)?, None)
}

/// A model at its start whose retrieval vectors were learned from the published encoder that it stands on.
fn with_vectors(
    published: PublishedEncoder,
    triples: &Arc<Triples>,
    preset: &Preset,
    (out, seed): (&Path, u64),
    device: &Device,
    progress: &ProgressBar,
) -> Result<(Answerer, Arc<Tokenizer>), TrainError> {
    let (config, tokenizer, model) = published.on(preset, device);
    progress.set_message("retrieval vectors");
    let (texts, tokens) = (Encoder::new(tokenizer.clone()), preset.vectors.batch_tokens);
    let texts = Texts::new(triples.clone(), texts, model.reader.clone(), device, tokens, seed);
    let reader = train(&preset.vectors.training(seed), &out.join("vectors"), model.reader, &Distillation, texts, device, progress)?;
    Ok((Answerer::new(config, RetrieveModel { reader, ..model }, tokenizer.clone(), device), tokenizer))
}

/// Trains the controller of the model in `retrieve_model` (a release folder, or the run folder that holds it) for searches as the preset has them,
/// and calibrates anew; with `calibrate` that alone is done. The release folder is `OUT/model`.
///
/// # Errors
/// If the model, the data or the run folder cannot be used.
pub fn train_policy(
    data: &[PathBuf],
    retrieve_model: &Path,
    out: &Path,
    options: &RetrieveOptions,
    progress: &ProgressBar,
) -> Result<Manifest, TrainError> {
    let preset = options.preset()?;
    let device = open_device(options.device)?;
    let first = preset.policy.steps > 0 || preset.reinforce.steps > 0;
    // Where the first answer is what it was, so is how sure it is, unless that alone is to be learned.
    let keeps = !first && preset.further.steps > 0;
    let (mut answerer, tokenizer) = if keeps { released(retrieve_model, &device)? } else { uncalibrated(retrieve_model, &device)? };
    let run = open_run(out, "train-policy", &preset, &(options.start(data), answerer.identity()), options.seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    let kept = keeps.then(|| answerer.config.calibration.clone());
    answerer.config = onward(&preset, &options.preset, &answerer)?;
    progress.set_message("reading triples");
    let triples = options.triples(data)?;
    let stage = Stage { run: &run, triples: &triples, tokenizer: &tokenizer, preset: &preset, options, data, progress };
    if preset.policy.steps > 0 {
        stage.imitate(&mut answerer)?;
    }
    if preset.further.steps > 0 {
        stage.imitate_further(&mut answerer)?;
    }
    if preset.reinforce.steps > 0 {
        stage.reinforce(&mut answerer)?;
    }
    let (weights, card, between) = keep_card(retrieve_model, &out.join("model"))?;
    let what = match (first, keeps) {
        (true, _) => "the controller",
        (false, true) => "what the controller does behind the first answer",
        (false, false) => "the confidence",
    };
    let training = format!(
        "{what} alone; all else, vectors, readers and first stage are those of the weights {weights}, whose card is [`{card}`]({card})"
    );
    stage.finish(answerer, &[vec![training], between].concat().join("\n"), kept)
}

/// Products in bfloat16 until it is dropped, where they are wanted and the processor has a unit for them. Beside another device the CPU is what its
/// steps are held against, in single precision.
fn rounded(wanted: bool, device: &Device) -> Result<Option<Bfloat16Products>, TrainError> {
    let on_cpu = *device == open_device(DeviceChoice::Cpu)?;
    let rounded = (wanted && on_cpu).then(Bfloat16Products::begin).flatten();
    if rounded.is_some() {
        tracing::info!("products in bfloat16");
    }
    Ok(rounded)
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), TrainError> {
    let json = serde_json::to_vec_pretty(value).map_err(|error| TrainError::Io { path: path.to_path_buf(), source: error.into() })?;
    write_atomically(path, &json).map_err(io_error(path))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> TrainError {
    let path = path.to_path_buf();
    move |source| TrainError::Io { path, source }
}

/// Compiles only if a model may be shared between threads.
const _: fn(&Answerer, &Device) = |_, _| {
    fn shared<T: Sync + Send>() {}
    shared::<Answerer>();
};
