//! The last steps of both trainings of a retrieval model: the controller, the measurement, and what is written.

use std::path::PathBuf;

use backbone::{DeviceChoice, Tokenizer, open_device, save_release_with};
use burn::module::Module as _;
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::{Counts, Manifest, RunFolder, Shard};

use super::bench::{Bench, Purpose};
use super::{
    Preset, RetrieveOptions, TrainError, calibrate, card, io_error, measured, policy, ranking, reinforce, release_options, runs, write_json,
};
use crate::data::Triples;
use crate::inference::Answerer;
use crate::model::{Calibration, Policy};

/// What the last steps of both trainings share.
pub(super) struct Stage<'a> {
    pub run: &'a RunFolder,
    pub triples: &'a Triples,
    pub tokenizer: &'a Tokenizer,
    pub preset: &'a Preset,
    pub options: &'a RetrieveOptions,
    pub data: &'a [PathBuf],
    pub progress: &'a ProgressBar,
}

impl Stage<'_> {
    /// The first stage learns on questions that the reader never saw.
    pub fn first_stage(&self, answerer: &mut Answerer) -> Result<(), TrainError> {
        let Self { triples, preset, progress, .. } = *self;
        progress.set_message("first stage");
        let config = &preset.first_stage;
        let bench = Bench::new(triples, answerer, Purpose::HeldBack, (config.questions, preset.batch.written), config.sections);
        let lists = ranking::lists(answerer, triples, &bench)?;
        let (stage, folder, device) = (answerer.model.first_stage.clone(), self.run.dir().join("first_stage"), answerer.device().clone());
        answerer.model.first_stage = ranking::train_first_stage(stage, lists, config, self.options.seed, &folder, &device, progress)?;
        Ok(())
    }

    /// The controller learns by imitation, on questions that the reader never saw. It starts from the rule, whatever the model to start from had
    /// learned: that was about another reader, and what is kept of it (`imitated`) would shrink with every training.
    pub fn imitate(&self, answerer: &mut Answerer) -> Result<(), TrainError> {
        let rule = Policy::new(answerer.config.encoder.hidden_size, answerer.config.policy_hidden, &self.seeded(answerer));
        answerer.model.policy = rule.clone();
        let trained = self.imitating(answerer, rule, Purpose::Act, "controller")?;
        answerer.model.policy = trained.keeping(self.preset.imitated);
        Ok(())
    }

    /// The same for what follows the first answer, on questions of which half have several. It is kept whole: people's questions have one answer nearly
    /// always, and about these it learns from the others to stop.
    pub fn imitate_further(&self, answerer: &mut Answerer) -> Result<(), TrainError> {
        let rule = Policy::further(answerer.config.encoder.hidden_size, answerer.config.policy_hidden, &self.seeded(answerer));
        answerer.model.further = Some(rule.clone());
        answerer.config.further = true;
        answerer.model.further = Some(self.imitating(answerer, rule, Purpose::Further, "further")?);
        Ok(())
    }

    fn seeded(&self, answerer: &Answerer) -> Device {
        let device = answerer.device().clone();
        device.seed(self.options.seed);
        device
    }

    fn imitating(&self, answerer: &Answerer, rule: Policy, purpose: Purpose, name: &str) -> Result<Policy, TrainError> {
        let Self { triples, preset, progress, .. } = *self;
        let stage = if purpose == Purpose::Further { &preset.further } else { &preset.policy };
        progress.set_message(format!("questions for the controller: {name}"));
        let bench = Bench::new(triples, answerer, purpose, (stage.questions, preset.batch.written), stage.sections);
        // What it learns from has a prior of its own.
        let mut learning = answerer.clone().remembering();
        learning.config.search.stopping = 0.0;
        let mut decisions = policy::decisions(&learning, triples, &bench, progress)?;
        decisions.retain(|decision| decision.further == (purpose == Purpose::Further));
        tracing::info!("{} decisions of {} questions", decisions.len(), bench.examples.len());
        progress.set_message(name.to_owned());
        let (folder, device) = (self.run.dir().join(name), answerer.device());
        policy::train_controller(rule, decisions, stage, self.options.seed, &folder, device, progress)
    }

    /// The controller goes on by what its runs are worth; it stays as it was where that gains nothing for sure.
    pub fn reinforce(&self, answerer: &mut Answerer) -> Result<(), TrainError> {
        let Self { triples, preset, progress, .. } = *self;
        progress.set_message("runs for the controller");
        let reinforcing = &preset.reinforce;
        let asked = (reinforcing.questions, preset.batch.written);
        let bench = Bench::new(triples, answerer, Purpose::Act, asked, reinforcing.sections);
        let out = self.run.dir();
        let folder = out.join("reinforcement");
        let (controller, gain) = reinforce::reinforce(answerer, triples, &bench, reinforcing, self.options.seed, &folder, progress)?;
        tracing::info!(
            "reinforcement: reward {:.3} before, {:.3} after, 95 % interval of the gain {:.3?}",
            gain.before,
            gain.after,
            gain.interval
        );
        write_json(&out.join("reinforcement.json"), &gain)?;
        answerer.model.policy = controller;
        Ok(())
    }

    /// Measures, calibrates (unless the calibration is `known`), writes the release folder and the manifest.
    pub fn finish(&self, mut answerer: Answerer, training: &str, known: Option<Calibration>) -> Result<Manifest, TrainError> {
        let Self { run, triples, preset, options, .. } = *self;
        self.progress.set_message("measuring");
        // What is measured is what ships: the weights as they are written.
        let model_dir = run.dir().join("model");
        let release = release_options(&answerer.config);
        let save = |answerer: &Answerer, card: &str| {
            save_release_with(&model_dir, &answerer.config, &answerer.model, Some(self.tokenizer), card, release)
        };
        save(&answerer, "not measured yet\n")?;
        answerer = Answerer::load(&model_dir, &open_device(DeviceChoice::Cpu)?)?;
        let asked = (preset.measure.questions, preset.batch.written);
        let bench = Bench::new(triples, &answerer, Purpose::Measure, asked, preset.measure.sections);
        let done = runs(&answerer, triples, &bench, self.progress)?;
        let fitted = known.is_none();
        answerer.config.calibration = known.unwrap_or_else(|| calibrate(&done));
        let numbers = measured(&done, &answerer.config.calibration, triples);
        for (name, value) in &numbers.values {
            tracing::info!("{name} {value:.3}");
        }
        let (sections, written) = (triples.sections.len(), triples.examples.iter().filter(|example| example.written).count());
        let questions = (triples.examples.len(), written);
        save(&answerer, &card::card(&options.preset, &answerer.config, self.data, sections, questions, (training, fitted), &numbers))?;
        write_json(&model_dir.join(card::MEASURED), &numbers)?;
        let path = run.dir().join(card::MEASURED);
        write_json(&path, &numbers)?;
        let shard = Shard::of(&path, numbers.questions as u64).map_err(io_error(&path))?;
        let mut counts = Counts::new();
        counts.insert("sections".into(), triples.sections.len() as u64);
        counts.insert("questions".into(), triples.examples.len() as u64);
        counts.insert("questions without a place".into(), triples.skipped as u64);
        counts.insert("parameters".into(), answerer.model.num_params() as u64);
        Ok(run.finish(counts, vec![shard])?)
    }
}
