//! The training loop on a model small enough to train in a second: it learns, it resumes exactly, it says what went wrong.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use backbone::{
    BatchSource, DeviceChoice, Metric, Objective, StepOutput, TrainingConfig, TrainingError, Transformer, TransformerConfig, Work,
    open_device, padding_mask, step_seed, train,
};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Dropout, DropoutConfig, Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use indicatif::ProgressBar;

/// The CPU backend draws from one generator for the whole process; the program trains one model at a time, and so do these tests.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

const VOCABULARY: usize = 16;
const LENGTH: usize = 8;

/// Says at every position which token stands before it: attention has to carry it there.
#[derive(Module, Debug)]
struct Model {
    embedding: Embedding,
    dropout: Dropout,
    transformer: Transformer,
    head: Linear,
}

impl Model {
    fn new(device: &Device) -> Self {
        Self {
            embedding: EmbeddingConfig::new(VOCABULARY, 16).init(device),
            dropout: DropoutConfig::new(0.1).init(),
            transformer: TransformerConfig::new(16, 2, 2, 32).init(device),
            head: LinearConfig::new(16, VOCABULARY).init(device),
        }
    }

    fn logits(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        let [batch, length] = tokens.dims();
        let mask = padding_mask(&vec![length; batch], length, &tokens.device());
        let x = self.transformer.forward(self.dropout.forward(self.embedding.forward(tokens)), &mask);
        self.head.forward(x).reshape([batch * length, VOCABULARY])
    }
}

struct Copying;

fn tensors(batch: &[i32], device: &Device) -> (Tensor<2, Int>, Tensor<1, Int>) {
    let rows = batch.len() / LENGTH;
    let targets: Vec<i32> = batch.chunks(LENGTH).flat_map(|row| std::iter::once(row[0]).chain(row[..LENGTH - 1].iter().copied())).collect();
    (
        Tensor::from_data(TensorData::new(batch.to_vec(), [rows, LENGTH]), device),
        Tensor::from_data(TensorData::new(targets, [rows * LENGTH]), device),
    )
}

impl Objective for Copying {
    type Model = Model;
    type Batch = Vec<i32>;

    fn step(&self, model: &Model, batch: Vec<i32>, device: &Device) -> StepOutput {
        let (tokens, targets) = tensors(&batch, device);
        let logits = model.logits(tokens);
        let loss = CrossEntropyLossConfig::new().init(device).forward(logits, targets);
        StepOutput { metrics: vec![("twice", loss.clone().mul_scalar(2.0))], loss, work: Work::tokens(batch.len()) }
    }

    fn validate(&self, model: &Model, device: &Device) -> Vec<(String, f64)> {
        let (tokens, targets) = tensors(&Random { seed: 99, fail_at: None }.batch(0), device);
        let right = model.logits(tokens).argmax(1).reshape([-1]).equal(targets).float().mean();
        vec![("accuracy".into(), right.into_scalar::<f32>().into())]
    }
}

struct Random {
    seed: u64,
    fail_at: Option<u64>,
}

impl BatchSource for Random {
    type Batch = Vec<i32>;

    fn batch(&mut self, step: u64) -> Vec<i32> {
        assert!(self.fail_at != Some(step), "as if killed");
        (0..8 * LENGTH as u64).map(|at| (step_seed(step_seed(self.seed, step), at) % VOCABULARY as u64) as i32).collect()
    }
}

fn config(steps: u64) -> TrainingConfig {
    TrainingConfig {
        steps,
        warm_up: 5,
        learning_rate: 1e-2,
        checkpoint_every: 5,
        log_every: 4,
        validate_every: 10,
        seed: 7,
        ..TrainingConfig::default()
    }
}

fn run(config: &TrainingConfig, dir: &Path, fail_at: Option<u64>) -> Result<Model, TrainingError> {
    let device = open_device(DeviceChoice::Cpu).unwrap();
    // Not drawn yet: the loop draws the weights from the seed of the run.
    let model = Model::new(&device);
    train(config, dir, model, &Copying, Random { seed: 1, fail_at }, &device, &ProgressBar::hidden())
}

fn weights(model: &Model) -> Vec<Vec<u8>> {
    let mut seen = Vec::new();
    struct Collect<'a>(&'a mut Vec<Vec<u8>>);
    impl burn::module::ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            self.0.push(param.val().into_data().as_bytes().to_vec());
        }
    }
    model.visit(&mut Collect(&mut seen));
    seen
}

fn metrics(dir: &Path, name: &str) -> Vec<(u64, f64)> {
    let rows = records::read_table::<Metric>(dir).unwrap().map(Result::unwrap);
    rows.filter(|row| row.name == name).map(|row| (row.step, row.value)).collect()
}

#[test]
fn a_model_learns_to_carry_a_token_along() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    run(&TrainingConfig { checkpoint_every: 0, ..config(300) }, dir.path(), None).unwrap();
    let loss = metrics(dir.path(), "loss");
    assert!(loss.first().unwrap().1 > 2.0 && loss.last().unwrap().1 < 0.5, "{loss:?}");
    assert!(metrics(dir.path(), "dev_accuracy").last().unwrap().1 > 0.9);
    assert_eq!(metrics(dir.path(), "twice").len(), loss.len());
}

#[test]
fn a_run_that_was_killed_and_resumed_ends_with_the_same_weights() {
    let _alone = alone();
    let (whole, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = run(&config(20), whole.path(), None).unwrap();
    let error = run(&config(20), cut.path(), Some(12)).unwrap_err();
    assert!(matches!(error, TrainingError::Batches { step: 12 }), "{error}");
    let resumed = run(&config(20), cut.path(), None).unwrap();
    assert_eq!(weights(&resumed), weights(&expected));
    assert_eq!(metrics(cut.path(), "dev_accuracy"), metrics(whole.path(), "dev_accuracy"));
    assert_eq!(metrics(cut.path(), "learning_rate").last(), metrics(whole.path(), "learning_rate").last());
    // Once more: nothing is left to do, and nothing changes.
    assert_eq!(weights(&run(&config(20), cut.path(), Some(0)).unwrap()), weights(&expected));
}

#[test]
fn a_damaged_checkpoint_is_passed_over_for_the_one_before() {
    let _alone = alone();
    let (whole, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = run(&config(20), whole.path(), None).unwrap();
    run(&config(20), cut.path(), Some(12)).unwrap_err();
    let newest = cut.path().join("checkpoints/step-000000010/model.bpk");
    fs::write(&newest, b"torn").unwrap();
    assert_eq!(weights(&run(&config(20), cut.path(), None).unwrap()), weights(&expected));
}

#[test]
fn the_configuration_is_there_before_the_first_step_and_another_one_is_refused() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    run(&config(20), dir.path(), Some(0)).unwrap_err();
    let written = fs::read_to_string(dir.path().join("training.json")).unwrap();
    assert!(written.contains("\"learning_rate\": 0.01") && written.contains("\"epsilon\""), "{written}");
    let error = run(&TrainingConfig { learning_rate: 1.0, ..config(20) }, dir.path(), None).unwrap_err().to_string();
    assert!(error.contains("training.json") && error.contains("another configuration"), "{error}");
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_and_spoils_no_checkpoint() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    run(&config(20), dir.path(), Some(6)).unwrap_err();
    // The same run, with gradients that overflow from step 5 on.
    struct Overflowing;
    impl Objective for Overflowing {
        type Model = Model;
        type Batch = Vec<i32>;
        fn step(&self, model: &Model, batch: Vec<i32>, device: &Device) -> StepOutput {
            let output = Copying.step(model, batch, device);
            StepOutput { loss: output.loss.mul_scalar(f32::MAX).mul_scalar(f32::MAX), ..output }
        }
    }
    let device = open_device(DeviceChoice::Cpu).unwrap();
    let source = Random { seed: 1, fail_at: None };
    let error = train(&config(20), dir.path(), Model::new(&device), &Overflowing, source, &device, &ProgressBar::hidden()).unwrap_err();
    assert!(matches!(error, TrainingError::NotFinite { .. }), "{error}");
    let whole = tempfile::tempdir().unwrap();
    assert_eq!(weights(&run(&config(20), dir.path(), None).unwrap()), weights(&run(&config(20), whole.path(), None).unwrap()));
}

#[test]
fn a_run_ends_with_its_minutes_and_leaves_a_checkpoint() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let budget = TrainingConfig { minutes: Some(0.005), checkpoint_every: 0, ..config(1_000_000) };
    run(&budget, dir.path(), None).unwrap();
    let last = metrics(dir.path(), "dev_accuracy").last().unwrap().0;
    assert!(last < 100_000);
    assert!(dir.path().join(format!("checkpoints/step-{last:09}/optimizer.bpk")).exists());
}
