//! The training loop both models run through. It knows how to take a step, when to look up, and how to go on after being killed; what a batch
//! is and what the loss means stays with the [`Objective`].
//!
//! A run folder holds `training.json` (the resolved configuration), `metrics.jsonl` and its Parquet twin, and `checkpoints/`. A run that finds
//! checkpoints goes on from the newest and ends with the same weights, bit for bit on the CPU, as one that was never interrupted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::batches::{self, BatchSource, step_seed};
use crate::checkpoint::{self, CheckpointError, Progress};
use crate::metrics::{Metric, MetricsFile};
use crate::optimizer::{self, Adam};
use crate::schedule::learning_rate;

/// Name of the file that says what a run folder is.
const CONFIGURATION: &str = "training.json";

/// What is trained, and towards what.
pub trait Objective {
    /// The model.
    type Model: Module + 'static;
    /// Plain data of one batch.
    type Batch: Send + 'static;

    /// Runs the model forward on a batch. `device` carries autodiff; tensors made from the batch belong on it.
    fn step(&self, model: &Self::Model, batch: Self::Batch, device: &Device) -> StepOutput;

    /// Numbers measured on the development split, with a model and a device without autodiff. A name is written as `dev_NAME`.
    fn validate(&self, _model: &Self::Model, _device: &Device) -> Vec<(String, f64)> {
        Vec::new()
    }
}

/// What a step gives back.
pub struct StepOutput {
    /// The number to make smaller, `[1]`, under autodiff.
    pub loss: Tensor<1>,
    /// Tokens in the batch without padding; they only count for the speed.
    pub tokens: usize,
    /// More numbers to show, each `[1]`; a name must come in every step or in none.
    pub metrics: Vec<(&'static str, Tensor<1>)>,
}

/// The numbers of a training run. A preset file names every one; [`Default`] holds the values of a small CPU run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Steps to take at most.
    pub steps: u64,
    /// Minutes of training to take at most, interruptions left out. The learning rate follows whichever budget is nearer its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps until it is reached.
    pub warm_up: u64,
    /// Decay of matrices; norms, biases and embeddings have none.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; 0 for no limit.
    pub clip_norm: f64,
    /// Steps between checkpoints; 0 for one at the end only.
    pub checkpoint_every: u64,
    /// Steps between rows of metrics.
    pub log_every: u64,
    /// Steps between measurements on the development split; 0 for one at the end only.
    pub validate_every: u64,
    /// Seed of the weights and of whatever a step draws.
    pub seed: u64,
    /// Decay of the first moment.
    #[serde(default = "beta_1")]
    pub beta_1: f64,
    /// Decay of the second moment.
    #[serde(default = "beta_2")]
    pub beta_2: f64,
    /// Added to the root of the second moment.
    #[serde(default = "epsilon")]
    pub epsilon: f64,
}

fn beta_1() -> f64 {
    0.9
}

/// Below the paper's 0.999: short runs need a second moment that follows (BERT and GPT runs use 0.95 to 0.98).
fn beta_2() -> f64 {
    0.98
}

fn epsilon() -> f64 {
    1e-8
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            steps: 1_000,
            minutes: None,
            learning_rate: 1e-3,
            warm_up: 100,
            weight_decay: 0.01,
            clip_norm: 1.0,
            checkpoint_every: 200,
            log_every: 10,
            validate_every: 200,
            seed: 0,
            beta_1: beta_1(),
            beta_2: beta_2(),
            epsilon: epsilon(),
        }
    }
}

/// A training run could not start or go on.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The folder holds a run of another configuration.
    #[error("{}: holds a training run of another configuration; name another folder or delete this one", path.display())]
    OtherRun {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint could not be written or used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The metrics could not be written.
    #[error(transparent)]
    Metrics(#[from] records::TableError),
    /// The loss is no number any more.
    #[error(
        "the loss or the gradients stopped being finite by step {step}; the last checkpoint in {} is from before that: lower the learning rate in a new run folder",
        run_dir.display()
    )]
    NotFinite {
        /// Steps done.
        step: u64,
        /// The run folder.
        run_dir: PathBuf,
    },
    /// The thread that makes batches ended early.
    #[error("making the batch of step {step} failed; the message above says why")]
    Batches {
        /// The step.
        step: u64,
    },
}

/// Trains a model, or goes on training it, until the steps or the minutes are used up, and gives it back without autodiff.
///
/// `model` may be freshly made or loaded, on `device` with or without autodiff. Weights that were not drawn yet are drawn from `config.seed`.
///
/// # Errors
/// If the run folder cannot be used, the loss stops being finite, or the batch source fails.
pub fn train<O: Objective>(
    config: &TrainingConfig,
    run_dir: &Path,
    model: O::Model,
    objective: &O,
    batches: impl BatchSource<Batch = O::Batch>,
    device: &Device,
    progress: &ProgressBar,
) -> Result<O::Model, TrainingError> {
    let device = device.clone().autodiff();
    fs::create_dir_all(run_dir).map_err(io_error(run_dir))?;
    device.seed(config.seed);
    let model = model.train();
    let parameters = draw_weights(&model);
    write_configuration(run_dir, config, &device, parameters)?;

    let (mut model, found) = checkpoint::load(run_dir, model)?;
    let adam = Adam { beta_1: config.beta_1, beta_2: config.beta_2, epsilon: config.epsilon, weight_decay: config.weight_decay };
    let mut optimizer = adam.for_model(&model);
    let mut start = Progress::default();
    if let Some(found) = found {
        start = found.progress;
        optimizer = optimizer.load_record(found.optimizer);
    }
    let mut metrics = MetricsFile::resume(run_dir, start.step).map_err(io_error(run_dir))?;
    let mut clock = Clock { before: start.seconds, started: Instant::now(), minutes: config.minutes };
    progress.set_length(config.steps);
    progress.set_position(start.step);

    let incoming = batches::spawn(batches, start.step..config.steps).map_err(io_error(run_dir))?;
    let mut window = Window::new();
    let mut step = start.step;
    let mut last = step >= config.steps || clock.is_over();
    while !last {
        let batch = incoming.recv().map_err(|_| TrainingError::Batches { step })?;
        device.seed(step_seed(config.seed, step));
        let rate = learning_rate(config.learning_rate, step, config.warm_up, clock.share(step, config.steps));
        let output = objective.step(&model, batch, &device);
        let mut gradients = GradientsParams::from_grads(output.loss.backward(), &model);
        let norm = optimizer::clip(&model, &mut gradients, config.clip_norm);
        model = optimizer.step(rate, model, gradients);
        window.add(output, norm);
        step += 1;
        last = step == config.steps || clock.is_over();
        progress.set_position(step);

        let due = |every: u64| last || (every > 0 && step.is_multiple_of(every));
        if due(config.log_every) || due(config.checkpoint_every) {
            let rows = window.close(step, rate, &clock).ok_or_else(|| TrainingError::NotFinite { step, run_dir: run_dir.to_path_buf() })?;
            metrics.append(&rows).map_err(io_error(run_dir))?;
            progress.set_message(message(&rows, &clock, step, config.steps));
        }
        let paused = Instant::now();
        if due(config.validate_every) {
            let rows = validate(objective, &model, &device, step, &clock);
            metrics.append(&rows).map_err(io_error(run_dir))?;
        }
        if due(config.checkpoint_every) {
            let progress = Progress { step, seconds: clock.seconds() - paused.elapsed().as_secs_f64() };
            checkpoint::save(run_dir, &model, &optimizer, progress)?;
        }
        clock.started += paused.elapsed();
        window.opened += paused.elapsed();
    }
    metrics.finish()?;
    Ok(model.valid())
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> TrainingError {
    let path = path.to_path_buf();
    move |source| TrainingError::Io { path, source }
}

/// Draws the weights that are still to be drawn, in the order of the module, and counts all.
fn draw_weights<M: Module>(model: &M) -> usize {
    struct Draw(usize);
    impl ModuleVisitor for Draw {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0 += param.val().shape().num_elements();
        }
    }
    let mut draw = Draw(0);
    model.visit(&mut draw);
    draw.0
}

/// Writes `training.json`, or checks that the one there is of the same run. The minutes and the intervals may change between sittings.
fn write_configuration(run_dir: &Path, config: &TrainingConfig, device: &Device, parameters: usize) -> Result<(), TrainingError> {
    #[derive(Serialize, Deserialize)]
    struct Written {
        device: String,
        parameters: usize,
        training: TrainingConfig,
    }
    let path = run_dir.join(CONFIGURATION);
    let identity =
        |config: &TrainingConfig| TrainingConfig { minutes: None, checkpoint_every: 0, log_every: 0, validate_every: 0, ..config.clone() };
    if let Ok(bytes) = fs::read(&path) {
        let found = serde_json::from_slice::<Written>(&bytes).ok();
        if found.is_none_or(|found| identity(&found.training) != identity(config) || found.parameters != parameters) {
            return Err(TrainingError::OtherRun { path });
        }
    }
    let written = Written { device: format!("{:?}", device.clone().inner()), parameters, training: config.clone() };
    let json = serde_json::to_vec_pretty(&written).map_err(|error| TrainingError::Io { path: path.clone(), source: error.into() })?;
    records::write_atomically(&path, &json).map_err(io_error(&path))
}

/// The time spent, sittings before this one included, measuring and writing left out.
struct Clock {
    before: f64,
    started: Instant,
    minutes: Option<f64>,
}

impl Clock {
    fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }

    fn is_over(&self) -> bool {
        self.minutes.is_some_and(|minutes| self.seconds() >= minutes * 60.0)
    }

    /// The share of the run that is done, by steps or by time.
    fn share(&self, step: u64, steps: u64) -> f64 {
        let by_steps = step as f64 / steps.max(1) as f64;
        self.minutes.map_or(by_steps, |minutes| by_steps.max(self.seconds() / (minutes * 60.0)))
    }
}

/// What was added up since the last row of metrics. Sums stay on the device until the row is due.
struct Window {
    sums: Vec<(&'static str, Tensor<1>)>,
    steps: usize,
    tokens: usize,
    opened: Instant,
}

impl Window {
    fn new() -> Self {
        Self { sums: Vec::new(), steps: 0, tokens: 0, opened: Instant::now() }
    }

    fn add(&mut self, output: StepOutput, norm: Option<Tensor<1>>) {
        let loss = ("loss", output.loss);
        let norm = norm.map(|norm| ("gradient_norm", norm));
        for (name, value) in std::iter::once(loss).chain(norm).chain(output.metrics) {
            let value = value.inner();
            match self.sums.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum = sum.clone() + value,
                None => self.sums.push((name, value)),
            }
        }
        self.steps += 1;
        self.tokens += output.tokens;
    }

    /// The rows of the window, and a new one; nothing if the loss or the gradients' norm is not finite.
    fn close(&mut self, step: u64, rate: f64, clock: &Clock) -> Option<Vec<Metric>> {
        let window = std::mem::replace(self, Self::new());
        let seconds = clock.seconds();
        let row = |name: &str, value: f64| Metric { step, seconds, name: name.to_owned(), value };
        let mut rows = Vec::new();
        for (name, sum) in window.sums {
            let mean = sum.into_scalar::<f32>() as f64 / window.steps.max(1) as f64;
            if !mean.is_finite() && (name == "loss" || name == "gradient_norm") {
                return None;
            }
            rows.push(row(name, mean));
        }
        rows.push(row("learning_rate", rate));
        rows.push(row("tokens_per_second", window.tokens as f64 / window.opened.elapsed().as_secs_f64().max(1e-9)));
        Some(rows)
    }
}

fn validate<O: Objective>(objective: &O, model: &O::Model, device: &Device, step: u64, clock: &Clock) -> Vec<Metric> {
    let seconds = clock.seconds();
    let numbers = objective.validate(&model.valid(), &device.clone().inner());
    numbers.into_iter().map(|(name, value)| Metric { step, seconds, name: format!("dev_{name}"), value }).collect()
}

/// `loss 2.345  1,234 tokens/s  3m 20s left`
fn message(rows: &[Metric], clock: &Clock, step: u64, steps: u64) -> String {
    let value = |name: &str| rows.iter().find(|row| row.name == name).map_or(f64::NAN, |row| row.value);
    let share = clock.share(step, steps);
    let left = if share > 0.0 { clock.seconds() * (1.0 - share).max(0.0) / share } else { 0.0 };
    format!("loss {:.4}  {:.0} tokens/s  {}m {:02}s left", value("loss"), value("tokens_per_second"), left as u64 / 60, left as u64 % 60)
}
