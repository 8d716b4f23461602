//! How fast this machine trains and runs the small preset, beside what its floating-point units can do.
//!
//! `cargo run --release -p backbone --example bench [-- --device cpu|cuda]`: a table for people, then one line of JSON. Takes half a minute.

use std::error::Error;
use std::time::{Duration, Instant};

use backbone::{
    BatchSource, DeviceChoice, Objective, StepOutput, TrainingConfig, Transformer, TransformerConfig, keep_freed_memory, open_device,
    padding_mask, step_seed, train,
};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use indicatif::ProgressBar;

const D_MODEL: usize = 128;
const LAYERS: usize = 4;
const VOCABULARY: usize = 8_192;
const ROWS: usize = 32;
const LENGTH: usize = 128;
/// Positions whose token is guessed, one in eight as in masked-token training: the output layer over all would be two thirds of the work.
const GUESSED: usize = LENGTH / 8;

/// An encoder that guesses hidden tokens.
#[derive(Module, Debug)]
struct Model {
    embedding: Embedding,
    transformer: Transformer,
    head: Linear,
}

impl Model {
    fn new(device: &Device) -> Self {
        Self {
            embedding: EmbeddingConfig::new(VOCABULARY, D_MODEL).init(device),
            transformer: TransformerConfig::new(D_MODEL, LAYERS, 4, 4 * D_MODEL).init(device),
            head: LinearConfig::new(D_MODEL, VOCABULARY).init(device),
        }
    }

    fn encode(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let mask = padding_mask(&[LENGTH; ROWS], LENGTH, &tokens.device());
        self.transformer.forward(self.embedding.forward(tokens), &mask)
    }
}

struct Guessing;

fn tokens(batch: &[i32], device: &Device) -> Tensor<2, Int> {
    Tensor::from_data(TensorData::new(batch.to_vec(), [ROWS, LENGTH]), device)
}

impl Objective for Guessing {
    type Model = Model;
    type Batch = Vec<i32>;

    fn step(&self, model: &Model, batch: Vec<i32>, device: &Device) -> StepOutput {
        let tokens = tokens(&batch, device);
        let targets = tokens.clone().narrow(1, 0, GUESSED).reshape([ROWS * GUESSED]);
        let x = model.encode(tokens).narrow(1, 0, GUESSED).reshape([ROWS * GUESSED, D_MODEL]);
        let loss = CrossEntropyLossConfig::new().init(device).forward(model.head.forward(x), targets);
        StepOutput { loss, tokens: batch.len(), metrics: vec![] }
    }
}

struct Random;

impl BatchSource for Random {
    type Batch = Vec<i32>;

    fn batch(&mut self, step: u64) -> Vec<i32> {
        (0..(ROWS * LENGTH) as u64).map(|at| (step_seed(step, at) % VOCABULARY as u64) as i32).collect()
    }
}

/// Floating-point operations of a training step: forward once, backward twice, two for each multiplication.
fn step_operations() -> f64 {
    let (rows, length, width) = (ROWS as f64, LENGTH as f64, D_MODEL as f64);
    let weights = LAYERS as f64 * 12.0 * width * width * rows * length;
    let attention = LAYERS as f64 * 2.0 * length * length * width * rows;
    let head = rows * GUESSED as f64 * width * VOCABULARY as f64;
    6.0 * (weights + attention + head)
}

/// The shortest of some timings: the machine's speed, not its mood.
fn shortest(times: usize, mut work: impl FnMut()) -> Duration {
    work();
    let timed = (0..times).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed()
    });
    timed.min().unwrap_or_default()
}

/// GFLOP/s of a matrix product of side 1,024.
fn floor(device: &Device) -> f64 {
    const SIDE: usize = 1_024;
    let random = || Tensor::<2>::random([SIDE, SIDE], Distribution::Default, device);
    let (left, right) = (random(), random());
    let time = shortest(20, || drop(left.clone().matmul(right.clone()).narrow(0, 0, 1).into_data()));
    2.0 * (SIDE as f64).powi(3) / time.as_secs_f64() / 1e9
}

fn training(device: &Device, steps: u64) -> Result<f64, Box<dyn Error>> {
    let dir = std::env::temp_dir().join(format!("tandem-bench-{}", std::process::id()));
    let config = TrainingConfig { steps, log_every: steps / 4, checkpoint_every: 0, validate_every: 0, ..TrainingConfig::default() };
    let trained = train(&config, &dir, Model::new(device), &Guessing, Random, device, &ProgressBar::hidden());
    let rows =
        trained.map(|_| records::read_table::<backbone::Metric>(&dir)).map(|table| table.map(Iterator::collect::<Result<Vec<_>, _>>));
    std::fs::remove_dir_all(&dir)?;
    let rows = rows???;
    let speeds = rows.iter().filter(|row| row.name == "tokens_per_second").map(|row| row.value);
    Ok(speeds.fold(0.0, f64::max))
}

fn main() -> Result<(), Box<dyn Error>> {
    keep_freed_memory()?;
    let mut arguments = std::env::args().skip_while(|argument| argument != "--device").skip(1);
    let choice: DeviceChoice = arguments.next().map_or(Ok(DeviceChoice::Cpu), |name| name.parse())?;
    let device = open_device(choice)?;
    let threads = std::thread::available_parallelism()?.get();

    let floor = floor(&device);
    let trained = training(&device, 16)?;
    let model = Model::new(&device);
    let batch = Random.batch(0);
    let time = shortest(8, || drop(model.encode(tokens(&batch, &device)).narrow(0, 0, 1).into_data()));
    let inferred = (ROWS * LENGTH) as f64 / time.as_secs_f64();

    let per_token = step_operations() / (ROWS * LENGTH) as f64;
    let reached = trained * per_token / 1e9;
    let share = reached / floor;
    println!("small preset: d {D_MODEL}, {LAYERS} layers, {VOCABULARY} ids, {ROWS} x {LENGTH} tokens; {choice}, {threads} threads");
    println!("{:<38}{:>12}", "training, tokens/s", trained.round());
    println!("{:<38}{:>12}", "inference (encoder), tokens/s", inferred.round());
    println!("{:<38}{:>12.1}", "matrix product 1024^3, GFLOP/s", floor);
    println!("{:<38}{:>12.1}", "training, GFLOP/s", reached);
    println!("{:<38}{:>11.0}%", "training, share of the product's speed", 100.0 * share);
    let json = serde_json::json!({
        "device": choice, "threads": threads, "d_model": D_MODEL, "layers": LAYERS, "vocabulary": VOCABULARY, "rows": ROWS, "length": LENGTH,
        "training_tokens_per_second": trained.round(), "inference_tokens_per_second": inferred.round(),
        "product_gflops": floor, "training_gflops": reached, "training_share": share,
    });
    println!("{json}");
    Ok(())
}
