//! What every operation here must keep: value and gradient of the composed path, whatever the shape, and the same bytes for any number of
//! threads.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Bool, Device, Distribution, Int, Tensor, TensorData};
use proptest::prelude::*;

use super::{guess_loss, guess_loss_composed, look_up, look_up_composed};
use crate::bert::{Activation, Bert, BertConfig};
use crate::device::cpu;
use crate::transformer::{LayerNorm, Transformer, TransformerConfig, padding_mask};

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().convert::<f32>().try_to_vec().unwrap()
}

/// The numbers must agree to a ten-thousandth of the largest of them.
fn close(left: &[f32], right: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(left.len(), right.len());
    let most = right.iter().fold(1.0f32, |most, value| most.max(value.abs()));
    for (at, (left, right)) in left.iter().zip(right).enumerate() {
        prop_assert!((left - right).abs() <= 1e-4 * most, "at {}: {} and {}, largest {}", at, left, right, most);
    }
    Ok(())
}

/// All gradients of a module's parameters, one after another.
fn gradients_of<M: Module>(model: &M, gradients: &GradientsParams) -> Vec<f32> {
    struct Collect<'a>(&'a GradientsParams, Vec<f32>);
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.0.get::<D>(param.id) {
                self.1.extend(numbers(gradient));
            }
        }
    }
    let mut collect = Collect(gradients, Vec::new());
    model.visit(&mut collect);
    collect.1
}

/// A stack of blocks that has two ways through.
trait Stack: Module {
    fn through(&self, x: Tensor<3>, mask: &Tensor<2, Bool>, composed: bool) -> Tensor<3>;
}

impl Stack for Transformer {
    fn through(&self, x: Tensor<3>, mask: &Tensor<2, Bool>, composed: bool) -> Tensor<3> {
        if composed { self.forward_composed(0..99, x, mask) } else { self.forward_layers(0..99, x, mask) }
    }
}

impl Stack for Bert {
    fn through(&self, x: Tensor<3>, mask: &Tensor<2, Bool>, composed: bool) -> Tensor<3> {
        if composed { self.forward_composed(0..99, x, mask) } else { self.forward_layers(0..99, x, mask) }
    }
}

/// A published encoder's blocks with weights that make a difference, those of MPNet where there are classes of distances.
fn bert(width: usize, layers: usize, heads: usize, d_ff: usize, classes: usize) -> Bert {
    let config = BertConfig {
        model_type: if classes > 0 { "mpnet" } else { "bert" }.into(),
        vocab_size: 2,
        hidden_size: width,
        num_hidden_layers: layers,
        num_attention_heads: heads,
        intermediate_size: d_ff,
        max_position_embeddings: 4,
        type_vocab_size: 2,
        relative_attention_num_buckets: classes,
        layer_norm_eps: 1e-12,
        hidden_act: Activation::Gelu,
    };
    struct Spread;
    impl ModuleMapper for Spread {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| random(value.dims(), &cpu()).mul_scalar(0.5))
        }
    }
    config.init(&cpu()).map(&mut Spread).train()
}

/// Value, gradient of `x` and gradients of the weights of a pass.
fn pass(model: &impl Stack, x: &Tensor<3>, mask: &Tensor<2, Bool>, weights: &Tensor<3>, composed: bool) -> [Vec<f32>; 3] {
    let x = x.clone().autodiff().require_grad();
    let y = model.through(x.clone(), &mask.clone().autodiff(), composed);
    let mut gradients = (y.clone() * weights.clone().autodiff()).sum().backward();
    let of_x = numbers(x.grad_remove(&mut gradients).unwrap());
    [numbers(y.inner()), of_x, gradients_of(model, &GradientsParams::from_grads(gradients, model))]
}

/// Both ways of a stack over sequences of the given lengths must agree.
fn agree(model: &impl Stack, lengths: &[usize], tokens: usize, width: usize) -> Result<(), TestCaseError> {
    let (x, mask) = (random([lengths.len(), tokens, width], &cpu()), padding_mask(lengths, tokens, &cpu()));
    let used = used(lengths, tokens, width);
    let weights = random([lengths.len(), tokens, width], &cpu()) * used.clone();
    let (fused, composed) = (pass(model, &x, &mask, &weights, false), pass(model, &x, &mask, &weights, true));
    let shown = |y: &Vec<f32>| numbers(Tensor::<3>::from_data(TensorData::new(y.clone(), x.dims()), &cpu()) * used.clone());
    close(&shown(&fused[0]), &shown(&composed[0]))?;
    close(&fused[1], &composed[1])?;
    close(&fused[2], &composed[2])
}

/// Zero where there is no token: what stands there means nothing on either path.
fn used(lengths: &[usize], tokens: usize, width: usize) -> Tensor<3> {
    let rows: Vec<f32> = lengths.iter().flat_map(|length| (0..tokens).map(move |at| f32::from(u8::from(at < *length)))).collect();
    Tensor::<3>::from_data(TensorData::new(rows, [lengths.len(), tokens, 1]), &cpu()).repeat_dim(2, width)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blocks_have_the_value_and_the_gradients_of_the_composed_path(
        lengths in prop::collection::vec(1usize..40, 1..5),
        more in 0usize..3, heads in 1usize..4, half in 2usize..9, d_ff in 1usize..40, layers in 1usize..3, seed: u64,
    ) {
        cpu().seed(seed);
        let tokens = lengths.iter().max().unwrap() + more;
        let width = 2 * heads * half;
        agree(&TransformerConfig::new(width, layers, heads, d_ff).init(&cpu()).train(), &lengths, tokens, width)?;
    }

    #[test]
    fn blocks_with_norms_behind_have_the_value_and_the_gradients_of_the_composed_path(
        lengths in prop::collection::vec(1usize..40, 1..5),
        more in 0usize..3, heads in 1usize..4, part in 2usize..9, d_ff in 1usize..40, layers in 1usize..3, apart: bool, seed: u64,
    ) {
        cpu().seed(seed);
        let (tokens, width) = (lengths.iter().max().unwrap() + more, heads * part);
        agree(&bert(width, layers, heads, d_ff, if apart { 32 } else { 0 }), &lengths, tokens, width)?;
    }

    #[test]
    fn a_norm_has_the_value_and_the_gradients_of_the_composed_path(rows in 1usize..700, width in 2usize..70, seed: u64) {
        cpu().seed(seed);
        let norm = LayerNorm::new(width, &cpu()).train();
        let (x, weights) = (random([rows, width], &cpu()), random([rows, width], &cpu()));
        let run = |composed: bool| {
            let x = x.clone().autodiff().require_grad();
            let y = if composed { norm.composed(x.clone()) } else { norm.forward(x.clone()) };
            let mut gradients = (y.clone() * weights.clone().autodiff()).sum().backward();
            let of_x = numbers(x.grad_remove(&mut gradients).unwrap());
            [numbers(y.inner()), of_x, gradients_of(&norm, &GradientsParams::from_grads(gradients, &norm))]
        };
        for (fused, composed) in run(false).iter().zip(&run(true)) {
            close(fused, composed)?;
        }
    }

    #[test]
    fn a_guess_has_the_loss_and_the_gradients_of_the_composed_path(
        rows in 1usize..300, width in 1usize..20, choices in 1usize..2_500, with_bias: bool, seed: u64,
    ) {
        cpu().seed(seed);
        // Every fifth row does not count.
        let targets: Vec<i32> = (0..rows).map(|row| if row % 5 == 4 { -1 } else { ((row * 31 + 7) % choices) as i32 }).collect();
        let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [rows]), &cpu().autodiff());
        let (x, weight, bias) = (random([rows, width], &cpu()), random([width, choices], &cpu()), random([choices], &cpu()));
        let run = |composed: bool| {
            let (x, weight) = (x.clone().autodiff().require_grad(), weight.clone().autodiff().require_grad());
            let bias = with_bias.then(|| bias.clone().autodiff().require_grad());
            let function = if composed { guess_loss_composed } else { guess_loss };
            let loss = function(x.clone(), weight.clone(), bias.clone(), targets.clone());
            let mut gradients = (loss.clone() * 3.0).backward();
            let mut found = vec![numbers(loss.inner()), numbers(x.grad_remove(&mut gradients).unwrap())];
            found.push(numbers(weight.grad_remove(&mut gradients).unwrap()));
            found.extend(bias.map(|bias| numbers(bias.grad_remove(&mut gradients).unwrap())));
            found
        };
        for (fused, composed) in run(false).iter().zip(&run(true)) {
            close(fused, composed)?;
        }
    }

    #[test]
    fn a_look_up_has_the_value_and_the_gradient_of_the_composed_path(
        rows in 1usize..30, width in 1usize..20, batch in 1usize..4, tokens in 1usize..30, seed: u64,
    ) {
        cpu().seed(seed);
        let table = random([rows, width], &cpu());
        let weights = random([batch, tokens, width], &cpu());
        let ids: Vec<i32> = (0..batch * tokens).map(|at| ((at * at + 3) % rows) as i32).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [batch, tokens]), &cpu().autodiff());
        let run = |composed: bool| {
            let table = table.clone().autodiff().require_grad();
            let function = if composed { look_up_composed } else { look_up };
            let y = function(table.clone(), ids.clone());
            let mut gradients = (y.clone() * weights.clone().autodiff()).sum().backward();
            [numbers(y.inner()), numbers(table.grad_remove(&mut gradients).unwrap())]
        };
        for (fused, composed) in run(false).iter().zip(&run(true)) {
            close(fused, composed)?;
        }
    }
}

#[test]
fn sequences_longer_than_a_block_of_queries_follow_the_same_law() {
    cpu().seed(5);
    agree(&TransformerConfig::new(16, 2, 2, 24).init(&cpu()).train(), &[300, 130, 7], 300, 16).unwrap();
    agree(&bert(16, 2, 2, 24, 0), &[300, 130, 7], 300, 16).unwrap();
    agree(&bert(16, 2, 2, 24, 32), &[300, 130, 7], 300, 16).unwrap();
}

fn any_threads(model: &(impl Stack + Sync)) {
    let x = random([9, 150, 32], &cpu());
    let mask = padding_mask(&[150, 3, 77, 150, 140, 1, 20, 33, 150], 150, &cpu());
    let weights = random([9, 150, 32], &cpu());
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| pass(model, &x, &mask, &weights, false))
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    cpu().seed(11);
    any_threads(&TransformerConfig::new(32, 2, 2, 64).init(&cpu()).train());
    any_threads(&bert(32, 2, 2, 64, 0));
    any_threads(&bert(32, 2, 2, 64, 8));
}
