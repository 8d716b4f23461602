//! The second half of a block as one operation: `x + squared_relu(norm(x) W1) W2`. A task takes some rows through norm, product, activation
//! and product while they are in its cache. Kept for the gradient is what enters the activation; the norm and the activation are made again,
//! which costs less than reading them back would.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::buffers::Buffer;
use super::operation::{Input, Operation, apply};
use super::partition::{block, sum_partials, tasks};
use super::product::{Matrix, Place, add_product, product, transpose};
use super::rows::{normalize, normalize_backward, squared_relu, squared_relu_backward, vectorized};

#[derive(Debug)]
struct FeedForward {
    d_model: usize,
    d_ff: usize,
    epsilon: f32,
}

/// `x + squared_relu(norm(x) wide) narrow`: `x` is `[batch, tokens, d_model]`, `gain` the norm's `[d_model]`, `wide` `[d_model, d_ff]`, `narrow`
/// `[d_ff, d_model]`. Nothing if the tensors are not on the CPU.
#[must_use]
pub fn feed_forward(x: &Tensor<3>, gain: &Tensor<1>, wide: &Tensor<2>, narrow: &Tensor<2>, epsilon: f32) -> Option<Tensor<3>> {
    let [d_model, d_ff] = wide.dims();
    let inputs = [Input::new(x.clone())?, Input::new(gain.clone())?, Input::new(wide.clone())?, Input::new(narrow.clone())?];
    Some(apply(FeedForward { d_model, d_ff, epsilon }, inputs))
}

impl Operation<4> for FeedForward {
    /// What enters the activation: `[rows, d_ff]`.
    type Saved = Buffer;

    fn forward(&self, [x, gain, wide, narrow]: [&[f32]; 4], keep: bool) -> (Vec<f32>, Option<Buffer>) {
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let mut out = x.to_vec();
        let rows = block(x.len() / d_model);
        let forward = |out: &mut [f32], hidden: &mut [f32]| {
            let rows = out.len() / d_model;
            let (mut normed, mut active) = (Buffer::any(out.len()), Buffer::any(hidden.len()));
            // The residual stream enters in `out` itself.
            vectorized!(normalize(out, gain, self.epsilon, &mut normed));
            product(Place::new(hidden, rows, d_ff), Matrix::new(&normed, rows, d_model), Matrix::new(wide, d_model, d_ff), 1.0);
            vectorized!(squared_relu(hidden, &mut active));
            add_product(Place::new(out, rows, d_model), Matrix::new(&active, rows, d_ff), Matrix::new(narrow, d_ff, d_model));
        };
        if !keep {
            out.par_chunks_mut(rows * d_model).for_each(|out| forward(out, &mut Buffer::any(out.len() / d_model * d_ff)));
            return (out, None);
        }
        let mut hidden = Buffer::any(x.len() / d_model * d_ff);
        out.par_chunks_mut(rows * d_model).zip(hidden.par_chunks_mut(rows * d_ff)).for_each(|(out, hidden)| forward(out, hidden));
        (out, Some(hidden))
    }

    fn backward(&self, [x, gain, wide, narrow]: [&[f32]; 4], hidden: &Buffer, mut gradient: Vec<f32>) -> [Vec<f32>; 4] {
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let rows = block(x.len() / d_model);
        let part = tasks(x.len() / d_model, rows);
        let turned = [transpose(wide, d_model, d_ff), transpose(narrow, d_ff, d_model)];
        let parts = gradient.par_chunks_mut(part * d_model).zip(x.par_chunks(part * d_model)).zip(hidden.par_chunks(part * d_ff));
        let shares: Vec<[Buffer; 3]> = parts
            .map(|((gradient, x), hidden)| {
                let shares = [Buffer::zeros(d_model), Buffer::zeros(wide.len()), Buffer::zeros(narrow.len())];
                let blocks = gradient.chunks_mut(rows * d_model).zip(x.chunks(rows * d_model)).zip(hidden.chunks(rows * d_ff));
                blocks.fold(shares, |mut shares, ((gradient, x), hidden)| {
                    self.block_backward([x, gain], &turned, hidden, gradient, &mut shares);
                    shares
                })
            })
            .collect();
        let [gain_gradient, wide_gradient, narrow_gradient] = sums(shares, [d_model, wide.len(), narrow.len()]);
        [gradient, gain_gradient, wide_gradient, narrow_gradient]
    }
}

/// The sums of the parts' shares, weight by weight.
pub(super) fn sums<const N: usize>(shares: Vec<[Buffer; N]>, lengths: [usize; N]) -> [Vec<f32>; N] {
    let mut weights: [Vec<Buffer>; N] = std::array::from_fn(|_| Vec::new());
    for share in shares {
        weights.iter_mut().zip(share).for_each(|(weight, share)| weight.push(share));
    }
    std::array::from_fn(|at| sum_partials(&weights[at], lengths[at]))
}

impl FeedForward {
    /// Some rows: their gradient changes from that of the result to that of `x`, and the weights' is added to `shares`. `turned` are the weights'
    /// transposes.
    fn block_backward(&self, [x, gain]: [&[f32]; 2], turned: &[Buffer; 2], hidden: &[f32], gradient: &mut [f32], shares: &mut [Buffer; 3]) {
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let rows = x.len() / d_model;
        let [wide, narrow] = turned;
        let [gain_gradient, wide_gradient, narrow_gradient] = shares;
        let (mut active, mut hidden_gradient) = (Buffer::any(hidden.len()), Buffer::any(hidden.len()));
        let (mut normed, mut normed_gradient) = (Buffer::any(x.len()), Buffer::any(x.len()));
        let out_gradient = Matrix::new(gradient, rows, d_model);
        product(Place::new(&mut hidden_gradient, rows, d_ff), out_gradient, Matrix::new(narrow, d_model, d_ff), 1.0);
        vectorized!(squared_relu_backward(hidden, &mut active, &mut hidden_gradient));
        add_product(Place::new(narrow_gradient, d_ff, d_model), Matrix::new(&active, rows, d_ff).transposed(), out_gradient);
        let hidden_gradient = Matrix::new(&hidden_gradient, rows, d_ff);
        product(Place::new(&mut normed_gradient, rows, d_model), hidden_gradient, Matrix::new(wide, d_ff, d_model), 1.0);
        vectorized!(normalize(x, gain, self.epsilon, &mut normed));
        add_product(Place::new(wide_gradient, d_model, d_ff), Matrix::new(&normed, rows, d_model).transposed(), hidden_gradient);
        // What goes around the sublayer is in `gradient` already.
        vectorized!(normalize_backward(x, gain, self.epsilon, &normed_gradient, gradient, gain_gradient));
    }
}
