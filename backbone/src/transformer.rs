//! Transformer blocks as both models use them: normalise, attend, add; normalise, widen, add. Positions enter as rotations of queries and
//! keys (Su et al. 2021), the feed-forward layer uses squared ReLU (So et al. 2021), which on the CPU costs a third of GELU.
//! On the CPU a block is two operations of [`crate::fused`]; elsewhere it is composed of burn's own.
//!
//! Not a language model: every position sees every other one.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Bool, Device, Tensor, TensorData};

use crate::attention::{attend, hidden};
use crate::fused::{self, Attention, Packing, Rows, Weights};
use crate::rotary::Rotary;

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
        let blocks = self.blocks_of(layers.clone());
        let Some(first) = blocks.first() else { return x };
        let y = fused::fits(&x).then(|| forward_fused(blocks, first.heads, &x, mask)).flatten();
        y.unwrap_or_else(|| self.forward_composed(layers, x, mask))
    }

    /// The same from steps that burn's autodiff knows on every device: the way other devices than the CPU take, and the yardstick of the other.
    #[must_use]
    pub fn forward_composed(&self, layers: std::ops::Range<usize>, x: Tensor<3>, mask: &Tensor<2, Bool>) -> Tensor<3> {
        let blocks = self.blocks_of(layers);
        let Some(first) = blocks.first() else { return x };
        let [_, tokens, d_model] = x.dims();
        let rotary = Rotary::new(tokens, d_model / first.heads, first.heads, &x.device());
        blocks.iter().fold(x, |x, block| block.forward_composed(x, mask, &rotary))
    }

    fn blocks_of(&self, layers: std::ops::Range<usize>) -> &[Block] {
        let end = layers.end.min(self.blocks.len());
        &self.blocks[layers.start.min(end)..end]
    }

    /// The norm behind the last block.
    #[must_use]
    pub fn final_norm(&self, x: Tensor<3>) -> Tensor<3> {
        self.norm.forward(x)
    }

    /// Floating-point operations of a forward pass over `rows` sequences of `tokens` each; the backward pass takes twice as many.
    #[must_use]
    pub fn operations(&self, rows: usize, tokens: usize) -> f64 {
        let positions = rows as f64 * tokens as f64;
        let block = |block: &Block| {
            let [d_model, d_ff] = block.widen.weight.dims().map(|size| size as f64);
            // Four products with weights in attention, two of width d_ff behind it, and scores and their mean of the values.
            2.0 * positions * (4.0 * d_model * d_model + 2.0 * d_model * d_ff + 2.0 * tokens as f64 * d_model)
        };
        self.blocks.iter().map(block).sum()
    }

    /// Number of blocks.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.blocks.len()
    }
}

/// Blocks as operations of the CPU, over the tokens alone: padding is left out before the first and comes back as zeros behind the last.
fn forward_fused(blocks: &[Block], heads: usize, x: &Tensor<3>, mask: &Tensor<2, Bool>) -> Option<Tensor<3>> {
    let epsilon = LayerNorm::EPSILON as f32;
    let through = |x: Tensor<3>, attention: &Attention| blocks.iter().try_fold(x, |x, block| block.forward_fused(&x, attention));
    let packing = Packing::new(mask);
    match packing.pack(x) {
        Some(packed) => packing.unpack(&through(packed, &Attention::new(heads, x.dims(), Rows::new(mask, Some(&packing)), epsilon))?),
        None => through(x.clone(), &Attention::new(heads, x.dims(), Rows::new(mask, None), epsilon)),
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
    /// Two operations; nothing if one of the tensors is not on the CPU.
    fn forward_fused(&self, x: &Tensor<3>, attention: &Attention) -> Option<Tensor<3>> {
        let matrices = [&self.query, &self.key, &self.value, &self.attention_output].map(|linear| linear.weight.val());
        let x = fused::attention(x, Weights { gain: self.attention_norm.gain.val(), matrices }, attention.clone())?;
        let (wide, narrow) = (self.widen.weight.val(), self.narrow.weight.val());
        fused::feed_forward(&x, &self.feed_forward_norm.gain.val(), &wide, &narrow, LayerNorm::EPSILON as f32)
    }

    fn forward_composed(&self, x: Tensor<3>, padding: &Tensor<2, Bool>, rotary: &Rotary) -> Tensor<3> {
        let x = x.clone() + self.attention(self.attention_norm.composed(x), padding, rotary);
        x.clone() + self.feed_forward(self.feed_forward_norm.composed(x))
    }

    fn attention(&self, x: Tensor<3>, padding: &Tensor<2, Bool>, rotary: &Rotary) -> Tensor<3> {
        let [batch, tokens, d_model] = x.dims();
        let d_head = d_model / self.heads;
        // [batch, tokens, d_model] -> [batch, heads, tokens, d_head]
        let heads = |part: Tensor<3>| part.reshape([batch, tokens, self.heads, d_head]).swap_dims(1, 2);
        // Three products cost what one cut into three costs (measured), and leave no cut whose gradient needs a buffer of zeros.
        let query = heads(rotary.rotate(self.query.forward(x.clone())));
        let key = heads(rotary.rotate(self.key.forward(x.clone())));
        let value = heads(self.value.forward(x));
        let read = attend(query, key, value, Some(hidden(padding)));
        // [batch, heads, tokens, d_head] -> [batch, tokens, d_model]
        self.attention_output.forward(read.swap_dims(1, 2).reshape([batch, tokens, d_model]))
    }

    fn feed_forward(&self, x: Tensor<3>) -> Tensor<3> {
        let wide = relu(self.widen.forward(x));
        self.narrow.forward(wide.clone() * wide)
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
        fused::layer_norm(&x, &self.gain.val(), Self::EPSILON as f32).unwrap_or_else(|| self.composed(x))
    }

    /// The same from burn's steps.
    pub(crate) fn composed<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
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
}
