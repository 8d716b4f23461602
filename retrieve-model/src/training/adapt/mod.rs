//! Training that goes on from a released model on one collection's own triples: first the retrieval vectors and the first stage, then the reader, by
//! small steps. The controller stays as it was, and the confidence is moved rather than fitted: both would learn from questions in the text's own words
//! to be surer than questions by people bear out.
//!
//! In: a folder that `synth` made of the collection, a release folder. Out: `OUT/model`, another one, which [`weigh`] holds against the first on
//! questions about documents that were kept out of everything here. A run that was interrupted goes on where it stopped.

mod gained;
mod preset;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use backbone::{DeviceChoice, Tokenizer, blend, open_device, save_release_with, train};
use burn::module::Module as _;
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::{Counts, Manifest, Question, RunFolder, Shard, Split, shards};

pub use gained::{Gained, weigh};
pub use preset::AdaptPreset;

use self::gained::{ask, bench, moved};
use super::bench::{Bench, Purpose};
use super::objective::ReadingObjective;
use super::start::{keep_card, released};
use super::vectors::{Distillation, Texts};
use super::{TrainError, io_error, ranking, release_options, rounded};
use crate::data::{Encoder, TripleBatches, Triples, TriplesError};
use crate::inference::Answerer;
use crate::model::{RetrieveConfig, RetrieveModel};

/// What the user chose.
#[derive(Clone, Copy, Debug)]
pub struct AdaptOptions {
    /// Minutes of training; measuring comes on top.
    pub minutes: f64,
    /// Where the reader's steps are computed.
    pub device: DeviceChoice,
    /// Seed of batches and samples.
    pub seed: u64,
}

/// Questions of a collection that can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usable {
    /// To train on.
    pub train: usize,
    /// Kept out of training, to measure on.
    pub held_back: usize,
}

/// Counts what a folder of triples offers to a training on; nothing where no question could be made.
///
/// # Errors
/// If a table is broken.
pub fn usable(data: &Path) -> Result<Usable, TrainError> {
    // Without any question the table is missing.
    if shards::<Question>(data).map_err(TriplesError::from)?.is_empty() {
        return Ok(Usable::default());
    }
    let triples = match usable_triples(data, &AdaptPreset::load()?) {
        Err(TrainError::Data(TriplesError::Empty { .. })) => return Ok(Usable::default()),
        triples => triples?,
    };
    let count = |split| triples.of_split(split).count();
    Ok(Usable { train: count(Split::Train), held_back: count(Split::Test) })
}

/// The triples of a folder without those of the kinds that are left out.
fn usable_triples(data: &Path, preset: &AdaptPreset) -> Result<Triples, TrainError> {
    let mut triples = Triples::read(&[data.to_path_buf()])?;
    triples.examples.retain(|example| !preset.without.contains(&example.kind));
    Ok(triples)
}

/// Trains on from the model in the release folder `base` on the triples in `data`. The release folder of the result is `OUT/model`.
///
/// # Errors
/// If the data, the model or the run folder cannot be used, or the loss stops being finite.
pub fn adapt(data: &Path, base: &Path, out: &Path, options: &AdaptOptions, progress: &ProgressBar) -> Result<Manifest, TrainError> {
    adapt_by(&AdaptPreset::load()?, data, base, out, options, progress)
}

fn adapt_by(
    preset: &AdaptPreset,
    data: &Path,
    base: &Path,
    out: &Path,
    options: &AdaptOptions,
    progress: &ProgressBar,
) -> Result<Manifest, TrainError> {
    let device = open_device(options.device)?;
    let cpu = open_device(DeviceChoice::Cpu)?;
    let (before, tokenizer) = released(base, &device)?;
    let made_of = RunFolder::manifest(data).map(|manifest| manifest.configuration).unwrap_or_default();
    let run = RunFolder::open(out, "adapt", &(preset, made_of, before.identity()), options.seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    progress.set_message("reading triples");
    let triples = Arc::new(usable_triples(data, preset)?);
    let step = Step { preset, triples: &triples, encoder: Encoder::new(tokenizer.clone()), out, options, progress };
    let model = step.vectors(before.model.clone(), &device)?;
    let model = step.first_stage(&before, model, &tokenizer)?;
    let model = step.reader(model.to_device(&device), &device)?.to_device(&cpu);

    progress.set_message("calibrating");
    let model_dir = out.join("model");
    let (weights, card, _) = keep_card(base, &model_dir)?;
    let words = format!(
        "# Tandem retrieval-and-report model, adapted\n\nTrained on from the weights {weights}, whose card is [`{card}`]({card}), for {} minutes at most on \
         {} questions that rules made of one collection's own sentences. It is for that collection; on others it may be worse.\n",
        options.minutes,
        triples.of_split(Split::Train).count()
    );
    // What was learned from one collection moves the weights less than few bits would.
    let adapted = RetrieveConfig { narrow: false, ..before.config.clone() };
    let release = release_options(&adapted);
    let save = |answerer: &Answerer| save_release_with(&model_dir, &answerer.config, &answerer.model, Some(&tokenizer), &words, release);
    save(&Answerer::new(adapted, model, tokenizer.clone(), &cpu))?;
    // What is looked at is what ships: the weights as they are written.
    let before = released(base, &cpu)?.0;
    let mut after = Answerer::load(&model_dir, &cpu)?.comparing_with(&before);
    let went = |answerer: &Answerer| {
        let bench = bench(&triples, answerer, Purpose::Measure, &preset.calibrate);
        progress.reset();
        progress.set_length(bench.examples.len() as u64);
        ask(answerer, &triples, &bench, progress)
    };
    after.config.calibration = moved(&before.config.calibration, &went(&before)?, &went(&after)?);
    save(&after)?;

    let config = model_dir.join("config.json");
    let mut counts = Counts::new();
    counts.insert("sections".into(), triples.sections.len() as u64);
    counts.insert("questions".into(), triples.of_split(Split::Train).count() as u64);
    let shard = Shard { file: "model/config.json".into(), ..Shard::of(&config, 1).map_err(io_error(&config))? };
    Ok(run.finish(counts, vec![shard])?)
}

/// What the parts of the training share.
struct Step<'a> {
    preset: &'a AdaptPreset,
    triples: &'a Arc<Triples>,
    encoder: Encoder,
    out: &'a Path,
    options: &'a AdaptOptions,
    progress: &'a ProgressBar,
}

impl Step<'_> {
    /// The vectors learn to say of the collection's texts what the published encoder says of them; a model from before that came with it keeps its own.
    fn vectors(&self, model: RetrieveModel, device: &Device) -> Result<RetrieveModel, TrainError> {
        let Some(teacher) = model.similarity.clone() else { return Ok(model) };
        self.progress.set_message("retrieval vectors");
        let _rounded = rounded(self.preset.bfloat16, device)?;
        let (seed, tokens) = (self.options.seed, self.preset.vectors.batch_tokens);
        let texts = Texts::new(self.triples.clone(), self.encoder.clone(), model.reader.clone(), device, tokens, seed).taught_by(teacher);
        let training = self.preset.vectors_run(self.options.minutes, seed);
        let reader = train(&training, &self.out.join("vectors"), model.reader.clone(), &Distillation, texts, device, self.progress)?;
        Ok(RetrieveModel { reader, ..model })
    }

    /// Training questions that the reader is not given, as in the training from the beginning.
    fn first_stage(&self, before: &Answerer, model: RetrieveModel, tokenizer: &Arc<Tokenizer>) -> Result<RetrieveModel, TrainError> {
        self.progress.set_message("first stage");
        let cpu = open_device(DeviceChoice::Cpu)?;
        let config = &self.preset.first_stage;
        let mut answerer = Answerer::new(before.config.clone(), model.to_device(&cpu), tokenizer.clone(), &cpu);
        let bench = Bench::new(self.triples, &answerer, Purpose::HeldBack, (config.questions, 0.0), config.sections);
        let lists = ranking::lists(&answerer, self.triples, &bench)?;
        let (stage, folder) = (answerer.model.first_stage.clone(), self.out.join("first_stage"));
        let trained = ranking::train_first_stage(stage.clone(), lists, config, self.options.seed, &folder, &cpu, self.progress)?;
        answerer.model.first_stage = blend(stage, trained, self.preset.kept);
        Ok(answerer.model)
    }

    fn reader(&self, model: RetrieveModel, device: &Device) -> Result<RetrieveModel, TrainError> {
        self.progress.set_message("reader");
        let _rounded = rounded(self.preset.bfloat16, device)?;
        let seed = self.options.seed;
        let batches = TripleBatches::new(self.triples.clone(), self.encoder.clone(), self.preset.batch.clone(), seed);
        let training = self.preset.reader_run(self.options.minutes, batches.items(), seed);
        let (folder, objective) = (self.out.join("reader"), ReadingObjective::new(Vec::new()));
        let trained = train(&training, &folder, model.reader.clone(), &objective, batches, device, self.progress)?;
        Ok(RetrieveModel { reader: blend(model.reader.clone(), trained, self.preset.kept), ..model })
    }
}
