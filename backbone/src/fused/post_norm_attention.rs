//! The first half of a published encoder's block as one operation (Devlin et al. 2019): the norm of `x + (heads of softmax(Q K' / sqrt(d_head)) V) W + b`,
//! where Q, K and V come from `x` itself, each with a bias, and distances between tokens may count in the scores. A task takes a whole sequence through all of it.

use std::sync::Arc;

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::attention::{Rows, apart, cut, cut_mut, side_by_side};
use super::buffers::Buffer;
use super::distances::Distances;
use super::feed_forward::sums;
use super::heads::{Heads, Read};
use super::operation::{Input, Operation, apply};
use super::partition::PARTS;
use super::product::{Matrix, Place, add_product, product, transpose};
use super::rows::{add, add_rows, add_to_rows, normalize, normalize_backward, vectorized};

/// A weight `[input, output]` and its bias `[output]`.
pub type Affine = (Tensor<2>, Tensor<1>);

/// Gain and bias of a norm, each `[d_model]`, and what is added to the variance.
pub struct Norm {
    /// Multiplies.
    pub gain: Tensor<1>,
    /// Is added.
    pub bias: Tensor<1>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// How queries are compared with keys.
pub struct Scores {
    /// Number of heads.
    pub heads: usize,
    /// What is added for how far key and query stand apart; it does not learn.
    pub distances: Option<Arc<Distances>>,
}

/// The sublayer, `x` being `[batch, tokens, d_model]`, or `[1, rows, d_model]` if it is packed; `weights` are those of query, key, value and result. Nothing
/// if the tensors are not on the CPU.
#[must_use]
pub fn post_norm_attention(x: &Tensor<3>, weights: [Affine; 4], norm: Norm, scores: Scores, rows: Rows) -> Option<Tensor<3>> {
    let d_model = x.dims()[2];
    let [query, key, value, result] = weights.map(|(weight, bias)| Some((Input::new(weight)?, Input::new(bias)?)));
    let ((query, query_bias), (key, key_bias), (value, value_bias), (result, result_bias)) = (query?, key?, value?, result?);
    let inputs = [
        Input::new(x.clone())?,
        query,
        key,
        value,
        query_bias,
        key_bias,
        value_bias,
        result,
        result_bias,
        Input::new(norm.gain)?,
        Input::new(norm.bias)?,
    ];
    let Scores { heads, distances } = scores;
    Some(apply(Sublayer { d_model, heads, distances, epsilon: norm.epsilon, rows }, inputs))
}

#[derive(Debug)]
struct Sublayer {
    d_model: usize,
    heads: usize,
    distances: Option<Arc<Distances>>,
    epsilon: f32,
    rows: Rows,
}

/// What waits for the backward pass.
#[derive(Debug)]
struct Saved {
    /// Queries, keys and values: `[rows, 3 * d_model]`.
    parts: Buffer,
    /// What the heads read: `[rows, d_model]`.
    read: Buffer,
    /// Logarithm of each softmax's sum: `[heads, tokens]` of each sequence.
    logarithms: Buffer,
    /// What enters the norm: `[rows, d_model]`.
    sum: Buffer,
}

/// What a task fills for one sequence.
struct Filled<'a> {
    parts: &'a mut [f32],
    read: &'a mut [f32],
    logarithms: &'a mut [f32],
    sum: &'a mut [f32],
}

/// The weights as the products want them.
struct Weights<'a> {
    /// Of query, key and value side by side: `[d_model, 3 * d_model]`.
    first: &'a [f32],
    first_bias: &'a [f32],
    result: &'a [f32],
    result_bias: &'a [f32],
    gain: &'a [f32],
    bias: &'a [f32],
}

impl Operation<11> for Sublayer {
    type Saved = Saved;

    fn forward(&self, inputs: [&[f32]; 11], keep: bool) -> (Vec<f32>, Option<Saved>) {
        let [x, query, key, value, query_bias, key_bias, value_bias, result, result_bias, gain, bias] = inputs;
        let (rows, d_model) = (&self.rows, self.d_model);
        let first = side_by_side([query, key, value], d_model);
        let first_bias = [query_bias, key_bias, value_bias].concat();
        let weights = Weights { first: &first, first_bias: &first_bias, result, result_bias, gain, bias };
        let mut out = vec![0.0; x.len()];
        let sequences = cut_mut(&mut out, rows.sizes(d_model)).into_par_iter();
        let sequences = sequences.zip(cut(x, rows.sizes(d_model))).zip(cut(&rows.hidden, rows.sizes(1)));
        if !keep {
            sequences.for_each(|((out, x), hidden)| {
                let (mut parts, mut read, mut sum) = (Buffer::any(3 * x.len()), Buffer::any(x.len()), Buffer::any(x.len()));
                let mut logarithms = Buffer::any(self.heads * hidden.len());
                let filled = Filled { parts: &mut parts, read: &mut read, logarithms: &mut logarithms, sum: &mut sum };
                self.sequence(x, hidden, &weights, filled, out);
            });
            return (out, None);
        }
        let logarithms = Buffer::any(self.heads * rows.hidden.len());
        let mut saved = Saved { parts: Buffer::any(3 * x.len()), read: Buffer::any(x.len()), logarithms, sum: Buffer::any(x.len()) };
        let (parts, read) = (cut_mut(&mut saved.parts, rows.sizes(3 * d_model)), cut_mut(&mut saved.read, rows.sizes(d_model)));
        let (logarithms, sum) = (cut_mut(&mut saved.logarithms, rows.sizes(self.heads)), cut_mut(&mut saved.sum, rows.sizes(d_model)));
        let kept = parts.into_par_iter().zip(read).zip(logarithms.into_par_iter().zip(sum));
        sequences.zip(kept).for_each(|(((out, x), hidden), ((parts, read), (logarithms, sum)))| {
            self.sequence(x, hidden, &weights, Filled { parts, read, logarithms, sum }, out);
        });
        (out, Some(saved))
    }

    fn backward(&self, inputs: [&[f32]; 11], saved: &Saved, mut gradient: Vec<f32>) -> [Vec<f32>; 11] {
        let [x, query, key, value, _, _, _, result, _, gain, _] = inputs;
        let (rows, d_model) = (&self.rows, self.d_model);
        let first = side_by_side([query, key, value], d_model);
        let turned = [transpose(&first, d_model, 3 * d_model), transpose(result, d_model, d_model)];
        let read = cut(&saved.parts, rows.sizes(3 * d_model)).into_iter().zip(cut(&saved.read, rows.sizes(d_model)));
        let read = read.zip(cut(&saved.logarithms, rows.sizes(self.heads)));
        let read = read.map(|((parts, read), logarithms)| Read { parts, read, logarithms });
        let kept = cut(x, rows.sizes(d_model)).into_iter().zip(cut(&rows.hidden, rows.sizes(1)));
        let kept = kept.zip(cut(&saved.sum, rows.sizes(d_model))).zip(read);
        let kept = kept.map(|(((x, hidden), sum), read)| Kept { x, hidden, sum, read });
        let mut sequences: Vec<(&mut [f32], Kept)> = cut_mut(&mut gradient, rows.sizes(d_model)).into_iter().zip(kept).collect();
        // Long and short ones mixed, so that the parts take about the same time.
        sequences.sort_by_key(|(gradient, _)| std::cmp::Reverse(gradient.len()));
        let parts = sequences.len().clamp(1, PARTS);
        let mut dealt: Vec<Vec<(&mut [f32], Kept)>> = (0..parts).map(|_| Vec::new()).collect();
        sequences.into_iter().enumerate().for_each(|(at, sequence)| dealt[at % parts].push(sequence));
        let lengths = [first.len(), 3 * d_model, result.len(), d_model, d_model, d_model];
        let shares: Vec<[Buffer; 6]> = dealt
            .into_par_iter()
            .map(|part| {
                let mut shares = lengths.map(Buffer::zeros);
                for (gradient, kept) in part {
                    self.sequence_backward(&kept, gain, &turned, gradient, &mut shares);
                }
                shares
            })
            .collect();
        let [first, first_bias, result, result_bias, gain, bias] = sums(shares, lengths);
        let [query, key, value] = apart(&first, d_model);
        let mut biases = first_bias.chunks_exact(d_model).map(<[f32]>::to_vec);
        let mut next = || biases.next().unwrap_or_default();
        [gradient, query, key, value, next(), next(), next(), result, result_bias, gain, bias]
    }
}

/// One sequence on the way back.
struct Kept<'a> {
    x: &'a [f32],
    hidden: &'a [f32],
    sum: &'a [f32],
    read: Read<'a>,
}

impl Sublayer {
    fn sequence(&self, x: &[f32], hidden: &[f32], weights: &Weights, filled: Filled, out: &mut [f32]) {
        let (tokens, d_model) = (hidden.len(), self.d_model);
        let Filled { parts, read, logarithms, sum } = filled;
        let first = Matrix::new(weights.first, d_model, 3 * d_model);
        product(Place::new(parts, tokens, 3 * d_model), Matrix::new(x, tokens, d_model), first, 1.0);
        vectorized!(add_to_rows(parts, weights.first_bias));
        Heads::new(d_model, self.heads, hidden, self.distances.as_deref()).read(parts, read, logarithms);
        sum.copy_from_slice(x);
        let result = Matrix::new(weights.result, d_model, d_model);
        add_product(Place::new(sum, tokens, d_model), Matrix::new(read, tokens, d_model), result);
        vectorized!({
            add_to_rows(sum, weights.result_bias);
            normalize(sum, weights.gain, self.epsilon, out);
            add_to_rows(out, weights.bias);
        });
    }

    /// One sequence: its gradient changes from that of the result to that of `x`, and the weights' is added to `shares`. `turned` are the weights'
    /// transposes.
    fn sequence_backward(&self, kept: &Kept, gain: &[f32], turned: &[Buffer; 2], gradient: &mut [f32], shares: &mut [Buffer; 6]) {
        let Kept { x, hidden, sum, read: kept } = kept;
        let (tokens, d_model) = (hidden.len(), self.d_model);
        let [first, result] = turned;
        let [first_gradient, first_bias, result_gradient, result_bias, gain_gradient, bias_gradient] = shares;
        let mut sum_gradient = Buffer::zeros(x.len());
        vectorized!({
            normalize_backward(sum, gain, self.epsilon, gradient, &mut sum_gradient, gain_gradient);
            add_rows(bias_gradient, gradient);
            add_rows(result_bias, &sum_gradient);
        });
        let of_sum = Matrix::new(&sum_gradient, tokens, d_model);
        let mut read_gradient = Buffer::any(x.len());
        product(Place::new(&mut read_gradient, tokens, d_model), of_sum, Matrix::new(result, d_model, d_model), 1.0);
        let read = Matrix::new(kept.read, tokens, d_model);
        add_product(Place::new(result_gradient, d_model, d_model), read.transposed(), of_sum);

        let mut parts_gradient = Buffer::any(kept.parts.len());
        Heads::new(d_model, self.heads, hidden, self.distances.as_deref()).backward(*kept, &read_gradient, &mut parts_gradient);
        vectorized!(add_rows(first_bias, &parts_gradient));
        let parts_gradient = Matrix::new(&parts_gradient, tokens, 3 * d_model);
        product(Place::new(gradient, tokens, d_model), parts_gradient, Matrix::new(first, 3 * d_model, d_model), 1.0);
        add_product(Place::new(first_gradient, d_model, 3 * d_model), Matrix::new(x, tokens, d_model).transposed(), parts_gradient);
        // What goes around the heads.
        vectorized!(add(gradient, &sum_gradient));
    }
}
