//! The second half of a published encoder's block as one operation: the norm of `x + gelu(x W1 + b1) W2 + b2`. A task takes some rows through
//! product, activation, product and norm while they are in its cache. Kept for the gradient is what enters the activation and the norm.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::buffers::Buffer;
use super::feed_forward::sums;
use super::operation::{Input, Operation, apply};
use super::partition::{block, tasks};
use super::post_norm_attention::{Affine, Norm};
use super::product::{Matrix, Place, add_product, product, transpose};
use super::rows::{add, add_rows, add_to_rows, gelu, gelu_backward, normalize, normalize_backward, vectorized};

#[derive(Debug)]
struct FeedForward {
    d_model: usize,
    d_ff: usize,
    epsilon: f32,
}

/// The sublayer: `x` is `[batch, tokens, d_model]`, the weights `[d_model, d_ff]` and `[d_ff, d_model]`. Nothing if the tensors are not on the CPU.
#[must_use]
pub fn post_norm_feed_forward(x: &Tensor<3>, wide: Affine, narrow: Affine, norm: Norm) -> Option<Tensor<3>> {
    let [d_model, d_ff] = wide.0.dims();
    let inputs = [
        Input::new(x.clone())?,
        Input::new(wide.0)?,
        Input::new(wide.1)?,
        Input::new(narrow.0)?,
        Input::new(narrow.1)?,
        Input::new(norm.gain)?,
        Input::new(norm.bias)?,
    ];
    Some(apply(FeedForward { d_model, d_ff, epsilon: norm.epsilon }, inputs))
}

/// What waits for the backward pass.
#[derive(Debug)]
struct Saved {
    /// What enters the activation: `[rows, d_ff]`.
    hidden: Buffer,
    /// What enters the norm: `[rows, d_model]`.
    sum: Buffer,
}

impl Operation<7> for FeedForward {
    type Saved = Saved;

    fn forward(&self, inputs: [&[f32]; 7], keep: bool) -> (Vec<f32>, Option<Saved>) {
        let x = inputs[0];
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let mut out = vec![0.0; x.len()];
        let rows = block(x.len() / d_model);
        let blocks = out.par_chunks_mut(rows * d_model).zip(x.par_chunks(rows * d_model));
        if !keep {
            blocks.for_each(|(out, x)| {
                let (mut hidden, mut sum) = (Buffer::any(x.len() / d_model * d_ff), Buffer::any(x.len()));
                self.block(x, &inputs, &mut hidden, &mut sum, out);
            });
            return (out, None);
        }
        let mut saved = Saved { hidden: Buffer::any(x.len() / d_model * d_ff), sum: Buffer::any(x.len()) };
        let kept = saved.hidden.par_chunks_mut(rows * d_ff).zip(saved.sum.par_chunks_mut(rows * d_model));
        blocks.zip(kept).for_each(|((out, x), (hidden, sum))| self.block(x, &inputs, hidden, sum, out));
        (out, Some(saved))
    }

    fn backward(&self, inputs: [&[f32]; 7], saved: &Saved, mut gradient: Vec<f32>) -> [Vec<f32>; 7] {
        let [x, wide, _, narrow, _, gain, _] = inputs;
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let rows = block(x.len() / d_model);
        let part = tasks(x.len() / d_model, rows);
        let turned = [transpose(wide, d_model, d_ff), transpose(narrow, d_ff, d_model)];
        let lengths = [wide.len(), d_ff, narrow.len(), d_model, d_model, d_model];
        let kept = saved.hidden.par_chunks(part * d_ff).zip(saved.sum.par_chunks(part * d_model));
        let parts = gradient.par_chunks_mut(part * d_model).zip(x.par_chunks(part * d_model)).zip(kept);
        let shares: Vec<[Buffer; 6]> = parts
            .map(|((gradient, x), (hidden, sum))| {
                let kept = hidden.chunks(rows * d_ff).zip(sum.chunks(rows * d_model));
                let blocks = gradient.chunks_mut(rows * d_model).zip(x.chunks(rows * d_model)).zip(kept);
                blocks.fold(lengths.map(Buffer::zeros), |mut shares, ((gradient, x), (hidden, sum))| {
                    self.block_backward([x, hidden, sum, gain], &turned, gradient, &mut shares);
                    shares
                })
            })
            .collect();
        let [wide, wide_bias, narrow, narrow_bias, gain, bias] = sums(shares, lengths);
        [gradient, wide, wide_bias, narrow, narrow_bias, gain, bias]
    }
}

impl FeedForward {
    fn block(&self, x: &[f32], inputs: &[&[f32]; 7], hidden: &mut [f32], sum: &mut [f32], out: &mut [f32]) {
        let [_, wide, wide_bias, narrow, narrow_bias, gain, bias] = *inputs;
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let rows = x.len() / d_model;
        product(Place::new(hidden, rows, d_ff), Matrix::new(x, rows, d_model), Matrix::new(wide, d_model, d_ff), 1.0);
        let mut active = Buffer::any(hidden.len());
        vectorized!({
            add_to_rows(hidden, wide_bias);
            gelu(hidden, &mut active);
        });
        sum.copy_from_slice(x);
        add_product(Place::new(sum, rows, d_model), Matrix::new(&active, rows, d_ff), Matrix::new(narrow, d_ff, d_model));
        vectorized!({
            add_to_rows(sum, narrow_bias);
            normalize(sum, gain, self.epsilon, out);
            add_to_rows(out, bias);
        });
    }

    /// Some rows: their gradient changes from that of the result to that of `x`, and the weights' is added to `shares`. `turned` are the weights'
    /// transposes.
    fn block_backward(&self, [x, hidden, sum, gain]: [&[f32]; 4], turned: &[Buffer; 2], gradient: &mut [f32], shares: &mut [Buffer; 6]) {
        let (d_model, d_ff) = (self.d_model, self.d_ff);
        let rows = x.len() / d_model;
        let [wide, narrow] = turned;
        let [wide_gradient, wide_bias, narrow_gradient, narrow_bias, gain_gradient, bias_gradient] = shares;
        let (mut active, mut hidden_gradient) = (Buffer::any(hidden.len()), Buffer::any(hidden.len()));
        let mut sum_gradient = Buffer::zeros(x.len());
        vectorized!({
            normalize_backward(sum, gain, self.epsilon, gradient, &mut sum_gradient, gain_gradient);
            add_rows(bias_gradient, gradient);
            add_rows(narrow_bias, &sum_gradient);
        });
        let of_sum = Matrix::new(&sum_gradient, rows, d_model);
        product(Place::new(&mut hidden_gradient, rows, d_ff), of_sum, Matrix::new(narrow, d_model, d_ff), 1.0);
        vectorized!({
            gelu_backward(hidden, &mut active, &mut hidden_gradient);
            add_rows(wide_bias, &hidden_gradient);
        });
        add_product(Place::new(narrow_gradient, d_ff, d_model), Matrix::new(&active, rows, d_ff).transposed(), of_sum);
        let hidden_gradient = Matrix::new(&hidden_gradient, rows, d_ff);
        product(Place::new(gradient, rows, d_model), hidden_gradient, Matrix::new(wide, d_ff, d_model), 1.0);
        add_product(Place::new(wide_gradient, d_model, d_ff), Matrix::new(x, rows, d_model).transposed(), hidden_gradient);
        // What goes around the activation.
        vectorized!(add(gradient, &sum_gradient));
    }
}
