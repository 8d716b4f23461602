//! What each operation takes alone, beside the matrix product: forward as in inference, and forward with backward as in training. criterion's
//! "elements" are floating-point operations for the products (so Gelem/s is GFLOP/s) and numbers for the rest.
//!
//! `just bench-operations [FILTER]`. A minute or two.

use std::cell::RefCell;

use backbone::fused::{Attention, Rows, Weights, attention, feed_forward, layer_norm};
use backbone::{
    Adam, AdamW, DeviceChoice, TransformerConfig, guess_loss, guess_loss_composed, keep_freed_memory, look_up, open_device, padding_mask,
};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

const VOCABULARY: usize = 8_192;
const EPSILON: f32 = 1e-5;
/// Width, rows and length of a batch.
const SIZES: [[usize; 3]; 3] = [[128, 32, 128], [256, 16, 128], [256, 16, 256]];

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 0.1), device)
}

/// A tensor that a gradient is asked of where the device keeps any.
fn leaf<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let x = random(shape, device);
    if x.is_autodiff() { x.require_grad() } else { x }
}

/// Forward on a device without autodiff, and forward with backward on one with it.
fn both_ways<const D: usize>(
    criterion: &mut Criterion,
    name: &str,
    size: [usize; 3],
    operations: f64,
    work: impl Fn(&Device) -> Box<dyn Fn() -> Tensor<D>>,
) {
    let [width, rows, length] = size;
    let device = open_device(DeviceChoice::Cpu).expect("the CPU is always there");
    let mut group = criterion.benchmark_group(name);
    let parameter = format!("d{width} {rows}x{length}");
    group.throughput(Throughput::Elements(operations as u64));
    let forward = work(&device);
    group.bench_function(BenchmarkId::new("inference", &parameter), |bencher| bencher.iter(&forward));
    group.throughput(Throughput::Elements((3.0 * operations) as u64));
    let tracked = work(&device.autodiff());
    group.bench_function(BenchmarkId::new("training", &parameter), |bencher| bencher.iter(|| tracked().sum().backward()));
    group.finish();
}

fn sublayers(criterion: &mut Criterion) {
    for size in SIZES {
        let [width, rows, length] = size;
        let numbers = (rows * length * width) as f64;
        both_ways(criterion, "layer norm", size, numbers, |device| {
            let (x, gain) = (leaf([rows, length, width], device), leaf([width], device));
            Box::new(move || layer_norm(&x, &gain, EPSILON).expect("on the CPU"))
        });
        both_ways(criterion, "feed forward", size, 2.0 * numbers * 8.0 * width as f64, |device| {
            let (x, gain) = (leaf([rows, length, width], device), leaf([width], device));
            let (wide, narrow) = (leaf([width, 4 * width], device), leaf([4 * width, width], device));
            Box::new(move || feed_forward(&x, &gain, &wide, &narrow, EPSILON).expect("on the CPU"))
        });
        both_ways(criterion, "attention", size, 2.0 * numbers * (4.0 * width as f64 + 2.0 * length as f64), |device| {
            let (x, gain) = (leaf([rows, length, width], device), leaf([width], device));
            let matrices: [Tensor<2>; 4] = std::array::from_fn(|_| leaf([width, width], device));
            let every = Rows::new(&padding_mask(&vec![length; rows], length, device), None);
            let sizes = Attention::new(width / 32, [rows, length, width], every, EPSILON);
            Box::new(move || attention(&x, Weights { gain: gain.clone(), matrices: matrices.clone() }, sizes.clone()).expect("on the CPU"))
        });
    }
}

fn vocabulary(criterion: &mut Criterion) {
    for size in SIZES {
        let [width, rows, length] = size;
        let guesses = rows * length / 8;
        let operations = 2.0 * (guesses * width * VOCABULARY) as f64;
        for (name, loss) in [("guess loss", guess_loss as fn(_, _, _, _) -> _), ("guess loss, composed", guess_loss_composed)] {
            both_ways(criterion, name, size, operations, |device| {
                let (x, weight) = (leaf([guesses, width], device), leaf([width, VOCABULARY], device));
                let targets: Vec<i64> = (0..guesses).map(|at| (at * 31 % VOCABULARY) as i64).collect();
                let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [guesses]), device);
                Box::new(move || loss(x.clone(), weight.clone(), None, targets.clone()))
            });
        }
        both_ways(criterion, "look-up", size, (rows * length * width) as f64, |device| {
            let table = leaf([VOCABULARY, width], device);
            let ids: Vec<i64> = (0..rows * length).map(|at| (at * 131 % VOCABULARY) as i64).collect();
            let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [rows, length]), device);
            Box::new(move || look_up(table.clone(), ids.clone()))
        });
    }
}

/// A step of the optimizer on all parameters of four blocks and a table of words, and on the table alone.
fn optimizer(criterion: &mut Criterion) {
    #[derive(Module, Debug)]
    struct Model {
        words: burn::nn::Embedding,
        trunk: Option<backbone::Transformer>,
    }
    let device = open_device(DeviceChoice::Cpu).expect("the CPU is always there").autodiff();
    let mut group = criterion.benchmark_group("AdamW");
    for width in [128, 256] {
        for (name, layers) in [("model", 4), ("table", 0)] {
            let words = burn::nn::EmbeddingConfig::new(VOCABULARY, width).init(&device);
            let trunk = (layers > 0).then(|| TransformerConfig::new(width, layers, width / 32, 4 * width).init(&device));
            let model = Model { words, trunk };
            let numbers = Adam { beta_1: 0.9, beta_2: 0.98, epsilon: 1e-8, weight_decay: 0.01, clip_norm: 1.0 };
            let mut adam = AdamW::new(numbers, &model);
            group.throughput(Throughput::Elements(model.num_params() as u64));
            let state = RefCell::new(Some(model));
            let mut step = 0;
            group.bench_function(BenchmarkId::new(name, format!("d{width}")), |bencher| {
                bencher.iter_batched(
                    || gradients(state.borrow().as_ref().expect("put back after each step")),
                    |gradients| {
                        step += 1;
                        let model = state.borrow_mut().take().expect("put back after each step");
                        *state.borrow_mut() = Some(adam.step(step, 1e-4, model, gradients).0);
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

/// A gradient of a tenth for every parameter; of the table only for one row in five, as in a batch of text.
fn gradients<M: Module>(model: &M) -> GradientsParams {
    struct Fill(GradientsParams);
    impl burn::module::ModuleVisitor for Fill {
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            let value = param.val().inner();
            let rows = value.dims()[0];
            let read = (0..rows).map(|row| if rows < VOCABULARY || row % 5 == 0 { 0.1 } else { 0.0 }).collect::<Vec<f32>>();
            let mut shape = [1; D];
            shape[0] = rows;
            let read = Tensor::<D>::from_data(TensorData::new(read, shape), &value.device());
            self.0.register(param.id, value.zeros_like() + read);
        }
    }
    let mut fill = Fill(GradientsParams::new());
    model.visit(&mut fill);
    fill.0
}

fn product(criterion: &mut Criterion) {
    const SIDE: usize = 1_024;
    let device = open_device(DeviceChoice::Cpu).expect("the CPU is always there");
    let (left, right): (Tensor<2>, Tensor<2>) = (random([SIDE, SIDE], &device), random([SIDE, SIDE], &device));
    let mut group = criterion.benchmark_group("product");
    group.throughput(Throughput::Elements(2 * (SIDE as u64).pow(3)));
    group.bench_function("1024", |bencher| bencher.iter(|| left.clone().matmul(right.clone())));
    group.finish();
}

fn main() {
    keep_freed_memory().expect("the environment can be set");
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    product(&mut criterion);
    sublayers(&mut criterion);
    vocabulary(&mut criterion);
    optimizer(&mut criterion);
    criterion.final_summary();
}
