//! Transformer blocks as both models use them: normalise, attend, add; normalise, widen, add. Positions enter as rotations of queries and
//! keys (Su et al. 2021), the feed-forward layer uses squared ReLU (So et al. 2021), which on the CPU costs a third of GELU.
//!
//! Not a language model: every position sees every other one.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Bool, Device, Tensor, TensorData};

use crate::attention::attend;

/// Base of the rotation angles; 10,000 is what the paper uses.
const ROTARY_BASE: f32 = 10_000.0;

/// Sizes of a stack of blocks.
#[derive(Config, Debug, PartialEq)]
pub struct TransformerConfig {
    /// Width of the vectors; a multiple of `heads`, and of 32 where CUDA is used.
    pub d_model: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Number of attention heads; `d_model / heads` must be even.
    pub heads: usize,
    /// Width inside the feed-forward layer, usually `4 * d_model`.
    pub d_ff: usize,
}

impl TransformerConfig {
    /// Makes the blocks. Weights are drawn from the device's random numbers, so seed it first.
    ///
    /// # Panics
    /// If `d_model` is no even multiple of `heads`: a preset with such sizes is a mistake in the program.
    #[must_use]
    pub fn init(&self, device: &Device) -> Transformer {
        assert!(
            self.heads > 0 && self.d_model.is_multiple_of(2 * self.heads),
            "d_model {} must be an even multiple of {} heads",
            self.d_model,
            self.heads
        );
        let blocks = (0..self.layers).map(|_| self.block(device)).collect();
        Transformer { blocks, norm: LayerNorm::new(self.d_model, device) }
    }

    fn block(&self, device: &Device) -> Block {
        // Layers that write into the residual stream start smaller the deeper the stack (GPT-2).
        let narrow = 0.02 / (2.0 * self.layers as f64).sqrt();
        let wide = 1.0 / (self.d_model as f64).sqrt();
        Block {
            attention_norm: LayerNorm::new(self.d_model, device),
            query: linear(self.d_model, self.d_model, wide, device),
            key: linear(self.d_model, self.d_model, wide, device),
            value: linear(self.d_model, self.d_model, wide, device),
            attention_output: linear(self.d_model, self.d_model, narrow, device),
            feed_forward_norm: LayerNorm::new(self.d_model, device),
            widen: linear(self.d_model, self.d_ff, wide, device),
            narrow: linear(self.d_ff, self.d_model, narrow, device),
            heads: self.heads,
        }
    }
}

fn linear(input: usize, output: usize, std: f64, device: &Device) -> Linear {
    LinearConfig::new(input, output).with_bias(false).with_initializer(Initializer::Normal { mean: 0.0, std }).init(device)
}

/// A stack of blocks and the norm behind the last one.
#[derive(Module, Debug)]
pub struct Transformer {
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl Transformer {
    /// All blocks and the final norm: `[batch, tokens, d_model]` -> `[batch, tokens, d_model]`. `mask` is `[batch, tokens]`, true where there
    /// is no token; see [`padding_mask`].
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, mask: &Tensor<2, Bool>) -> Tensor<3> {
        let x = self.forward_layers(0..self.blocks.len(), x, mask);
        self.norm.forward(x)
    }

    /// Some of the blocks without the final norm, so that an early exit can go on later where it stopped. Layers past the last are ignored.
    #[must_use]
    pub fn forward_layers(&self, layers: std::ops::Range<usize>, x: Tensor<3>, mask: &Tensor<2, Bool>) -> Tensor<3> {
        let Some(first) = self.blocks.first() else { return x };
        let [_, tokens, d_model] = x.dims();
        let rotary = Rotary::new(tokens, d_model / first.heads, first.heads, &x.device());
        let end = layers.end.min(self.blocks.len());
        let start = layers.start.min(end);
        self.blocks[start..end].iter().fold(x, |x, block| block.forward(x, Some(mask), &rotary))
    }

    /// The norm behind the last block.
    #[must_use]
    pub fn final_norm(&self, x: Tensor<3>) -> Tensor<3> {
        self.norm.forward(x)
    }

    /// Number of blocks.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.blocks.len()
    }
}

/// One block.
#[derive(Module, Debug)]
pub struct Block {
    attention_norm: LayerNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    feed_forward_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
    #[module(skip)]
    heads: usize,
}

impl Block {
    fn forward(&self, x: Tensor<3>, padding: Option<&Tensor<2, Bool>>, rotary: &Rotary) -> Tensor<3> {
        let x = x.clone() + self.attention(self.attention_norm.forward(x), padding, rotary);
        x.clone() + self.feed_forward(self.feed_forward_norm.forward(x))
    }

    fn attention(&self, x: Tensor<3>, padding: Option<&Tensor<2, Bool>>, rotary: &Rotary) -> Tensor<3> {
        let [batch, tokens, d_model] = x.dims();
        let d_head = d_model / self.heads;
        // [batch, tokens, d_model] -> [batch, heads, tokens, d_head]
        let heads = |part: Tensor<3>| part.reshape([batch, tokens, self.heads, d_head]).swap_dims(1, 2);
        // Three products cost what one cut into three costs (measured), and leave no cut whose gradient needs a buffer of zeros.
        let query = heads(rotary.rotate(self.query.forward(x.clone())));
        let key = heads(rotary.rotate(self.key.forward(x.clone())));
        let value = heads(self.value.forward(x));
        let read = attend(query, key, value, padding);
        // [batch, heads, tokens, d_head] -> [batch, tokens, d_model]
        self.attention_output.forward(read.swap_dims(1, 2).reshape([batch, tokens, d_model]))
    }

    fn feed_forward(&self, x: Tensor<3>) -> Tensor<3> {
        let wide = relu(self.widen.forward(x));
        self.narrow.forward(wide.clone() * wide)
    }
}

/// The rotations of queries and keys for a number of positions.
struct Rotary {
    /// `[1, tokens, vectors * d_head]`
    cosine: Tensor<3>,
    /// `[1, tokens, vectors * d_head]`
    sine: Tensor<3>,
    /// `[d_head, d_head]`: turns `(a, b)` into `(-b, a)`. A small product instead of slices and a concatenation, whose gradients are slow.
    turn: Tensor<2>,
}

impl Rotary {
    /// Tables for `vectors` vectors of `d_head` numbers at each of `tokens` positions.
    fn new(tokens: usize, d_head: usize, vectors: usize, device: &Device) -> Self {
        let half = d_head / 2;
        let angle = |position: usize, at: usize| position as f32 * ROTARY_BASE.powf(-((at % half) as f32) / half as f32);
        let table = |function: fn(f32) -> f32| {
            let row = |position| (0..d_head).map(move |at| function(angle(position, at))).collect::<Vec<_>>().repeat(vectors);
            let values: Vec<f32> = (0..tokens).flat_map(row).collect();
            Tensor::from_data(TensorData::new(values, [1, tokens, vectors * d_head]), device)
        };
        let mut turn = vec![0.0f32; d_head * d_head];
        for at in 0..half {
            turn[(at + half) * d_head + at] = -1.0;
            turn[at * d_head + at + half] = 1.0;
        }
        Self { cosine: table(f32::cos), sine: table(f32::sin), turn: Tensor::from_data(TensorData::new(turn, [d_head, d_head]), device) }
    }

    /// `[batch, tokens, vectors * d_head]` -> the same, each vector turned by its position.
    fn rotate(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let d_head = self.turn.dims()[0];
        let turned = x.clone().reshape([batch * tokens * (width / d_head), d_head]).matmul(self.turn.clone());
        x * self.cosine.clone() + turned.reshape([batch, tokens, width]) * self.sine.clone()
    }
}

/// Layer norm over the last dimension (Ba et al. 2016), without a bias.
#[derive(Module, Debug)]
pub struct LayerNorm {
    gain: Param<Tensor<1>>,
}

impl LayerNorm {
    /// Added to the variance.
    const EPSILON: f64 = 1e-5;

    /// A norm for vectors of `width` numbers.
    #[must_use]
    pub fn new(width: usize, device: &Device) -> Self {
        Self { gain: Initializer::Ones.init([width], device) }
    }

    /// `[.., width]` -> `[.., width]`
    #[must_use]
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        burn::tensor::module::layer_norm(x, self.gain.val(), None, Self::EPSILON)
    }
}

/// `[batch, tokens]`, true where a row of the given length has no token.
#[must_use]
pub fn padding_mask(lengths: &[usize], tokens: usize, device: &Device) -> Tensor<2, Bool> {
    let rows: Vec<bool> = lengths.iter().flat_map(|length| (0..tokens).map(move |at| at >= *length)).collect();
    Tensor::from_data(TensorData::new(rows, [lengths.len(), tokens]), device)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, Tolerance};

    use super::*;
    use crate::device::cpu;

    fn inputs() -> (TransformerConfig, Tensor<3>, Tensor<2, Bool>) {
        let x = Tensor::random([2, 9, 32], Distribution::Normal(0.0, 1.0), &cpu());
        (TransformerConfig::new(32, 3, 4, 64), x, padding_mask(&[9, 4], 9, &cpu()))
    }

    #[test]
    fn inference_and_training_see_the_same_numbers() {
        let (config, x, mask) = inputs();
        let model = config.init(&cpu());
        let fast = model.forward(x.clone(), &mask);
        let composed = model.train().forward(x.autodiff(), &mask.autodiff()).inner();
        // The second row has four tokens; what stands behind them means nothing.
        let used = |y: Tensor<3>| {
            Tensor::cat(
                vec![y.clone().narrow(0, 0, 1).narrow(1, 0, 9), y.narrow(0, 1, 1).narrow(1, 0, 4).repeat_dim(1, 3).narrow(1, 0, 9)],
                0,
            )
        };
        used(fast).into_data().assert_approx_eq::<f32>(&used(composed).into_data(), Tolerance::absolute(1e-4));
    }

    #[test]
    fn padding_changes_nothing_for_the_tokens_beside_it() {
        let (config, x, mask) = inputs();
        let model = config.init(&cpu());
        let alone = model.forward(x.clone().narrow(0, 1, 1).narrow(1, 0, 4), &padding_mask(&[4], 4, &cpu()));
        let padded = model.forward(x, &mask).narrow(0, 1, 1).narrow(1, 0, 4);
        padded.into_data().assert_approx_eq::<f32>(&alone.into_data(), Tolerance::absolute(1e-4));
    }

    #[test]
    fn an_early_exit_can_go_on_where_it_stopped() {
        let (config, x, mask) = inputs();
        let model = config.init(&cpu());
        let exit = model.forward_layers(0..1, x.clone(), &mask);
        let rest = model.final_norm(model.forward_layers(1..99, exit, &mask));
        assert_eq!(rest.into_data(), model.forward(x, &mask).into_data());
        assert_eq!(model.layers(), 3);
    }

    #[test]
    fn a_rotation_keeps_lengths_and_depends_on_distance_only() {
        let rotary = Rotary::new(8, 4, 1, &cpu());
        let vector = Tensor::<1>::from_floats([0.3, -1.0, 0.7, 0.2], &cpu()).reshape([1, 1, 4]).repeat_dim(1, 8);
        let turned = rotary.rotate(vector.clone());
        let lengths = |x: Tensor<3>| x.square().sum_dim(2).into_data();
        lengths(turned.clone()).assert_approx_eq::<f32>(&lengths(vector), Tolerance::absolute(1e-5));
        let products = turned.clone().matmul(turned.swap_dims(1, 2)).into_data().try_to_vec::<f32>().unwrap();
        // Position 1 against 3 is the same distance as 4 against 6.
        assert!((products[8 + 3] - products[4 * 8 + 6]).abs() < 1e-5);
        assert!((products[8 + 3] - products[8 + 5]).abs() > 1e-3);
    }
}
