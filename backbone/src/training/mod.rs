//! The training loop both models run through. It knows how to take a step, when to look up, and how to go on after being killed; what a batch
//! is and what the loss means stays with the [`Objective`].
//!
//! A run folder holds `training.json` (the resolved configuration), `metrics.jsonl` and its Parquet twin, and `checkpoints/`. A run that finds
//! checkpoints goes on from the newest and ends with the same weights, bit for bit on the CPU, as one that was never interrupted.

mod config;
mod parity;
mod window;

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

pub use self::config::TrainingConfig;
use self::window::{Clock, Window, message};
use crate::batches::{self, BatchSource, step_seed};
use crate::checkpoint::{self, CheckpointError, Progress};
use crate::device::{cpu, product_rate};
use crate::metrics::{Metric, MetricsFile};
use crate::optimizer::AdamW;
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
    /// What the step computed; it only counts for the speed.
    pub work: Work,
    /// More numbers to show, each `[1]`; a name must come in every step or in none.
    pub metrics: Vec<(&'static str, Tensor<1>)>,
}

/// How much a step computed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Tokens in the batch without padding.
    pub tokens: usize,
    /// Places in the batch, padding included.
    pub positions: usize,
    /// Floating-point operations of forward and backward pass, as far as they were counted: products of the large matrices.
    pub operations: f64,
}

impl Work {
    /// A batch without padding whose operations nobody counted.
    #[must_use]
    pub fn tokens(tokens: usize) -> Self {
        Self { tokens, positions: tokens, operations: 0.0 }
    }

    fn add(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.positions += other.positions;
        self.operations += other.operations;
    }

    /// Share of the places that are padding, 0 to 1.
    fn padding(&self) -> f64 {
        if self.positions == 0 { 0.0 } else { 1.0 - self.tokens as f64 / self.positions as f64 }
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
    /// The device does not compute what the CPU computes.
    #[error(
        "step {step} gives a {what} of {here} on {device} and of {cpu} on the CPU, further apart than {tolerance}: \
         this machine's driver or compiler is at fault; train with --device cpu"
    )]
    Parity {
        /// The step, counted from 1.
        step: u64,
        /// What was compared.
        what: &'static str,
        /// On the device.
        here: f64,
        /// On the CPU.
        cpu: f64,
        /// The device.
        device: String,
        /// How far apart they may be, as a share.
        tolerance: f64,
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
    mut batches: impl BatchSource<Batch = O::Batch>,
    device: &Device,
    progress: &ProgressBar,
) -> Result<O::Model, TrainingError> {
    let device = device.clone().autodiff();
    fs::create_dir_all(run_dir).map_err(io_error(run_dir))?;
    device.seed(config.seed);
    let model = model.train();
    write_configuration(run_dir, config, &device, draw_weights(&model))?;

    let fresh = |model: &O::Model| AdamW::new(config.adam(), model);
    let (mut model, mut optimizer, start) = checkpoint::load(run_dir, model, fresh)?;
    let compare = || parity::compare(config, &model, objective, &mut batches, [&device, &cpu().autodiff()], start.step);
    let product = if start.step < config.steps { beside_cpu(&device, progress, compare)? } else { None };
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
        let gradients = GradientsParams::from_grads(output.loss.backward(), &model);
        step += 1;
        let norm;
        (model, norm) = optimizer.step(step, rate, model, gradients);
        window.add(output, norm);
        last = step == config.steps || clock.is_over();
        progress.set_position(step);

        let due = |every: u64| last || (every > 0 && step.is_multiple_of(every));
        if due(config.log_every) || due(config.checkpoint_every) {
            let rows = window.close(step, rate, product, &clock, run_dir)?;
            metrics.append(&rows).map_err(io_error(run_dir))?;
            progress.set_message(message(&rows, &clock, step, config.steps));
        }
        let paused = Instant::now();
        if due(config.validate_every) {
            metrics.append(&validate(objective, &model, &device, step, &clock)).map_err(io_error(run_dir))?;
        }
        if due(config.checkpoint_every) {
            checkpoint::save(run_dir, &model, &optimizer, Progress { step, seconds: clock.seconds() - paused.elapsed().as_secs_f64() })?;
        }
        clock.started += paused.elapsed();
        window.opened += paused.elapsed();
    }
    metrics.finish()?;
    Ok(model.valid())
}

/// Holds a run on another device than the CPU beside the CPU before it starts, by `compare`, and gives what a plain matrix product reaches there, in
/// operations a second; nothing on the CPU.
fn beside_cpu(
    device: &Device,
    progress: &ProgressBar,
    compare: impl FnOnce() -> Result<f64, TrainingError>,
) -> Result<Option<f64>, TrainingError> {
    if device.clone().inner() == cpu() {
        return Ok(None);
    }
    progress.set_message("comparing with the CPU");
    let rate = product_rate(device);
    let parity = compare()?;
    tracing::info!(
        "{} steps on {:?} and on the CPU: losses and gradients at most {:.1e} apart; products at {:.0} GFLOP/s",
        parity::STEPS,
        device.clone().inner(),
        parity,
        rate / 1e9
    );
    Ok(Some(rate))
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
    if let Ok(bytes) = fs::read(&path) {
        let found = serde_json::from_slice::<Written>(&bytes).ok();
        if found.is_none_or(|found| found.training.identity() != config.identity() || found.parameters != parameters) {
            return Err(TrainingError::OtherRun { path });
        }
    }
    let written = Written { device: format!("{:?}", device.clone().inner()), parameters, training: config.clone() };
    let json = serde_json::to_vec_pretty(&written).map_err(|error| TrainingError::Io { path: path.clone(), source: error.into() })?;
    records::write_atomically(&path, &json).map_err(io_error(&path))
}

fn validate<O: Objective>(objective: &O, model: &O::Model, device: &Device, step: u64, clock: &Clock) -> Vec<Metric> {
    let seconds = clock.seconds();
    let numbers = objective.validate(&model.valid(), &device.clone().inner());
    numbers.into_iter().map(|(name, value)| Metric { step, seconds, name: format!("dev_{name}"), value }).collect()
}
