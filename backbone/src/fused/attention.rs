//! The first half of a block as one operation: `x + (heads of softmax(Q K' / sqrt(d_head)) V) W`, where Q, K and V come from the norm of x
//! and positions enter as rotations of Q and K (Su et al. 2021). A task takes a whole sequence through all of it.

use std::sync::Arc;

use burn::tensor::{Bool, Tensor};
use rayon::prelude::*;

use super::buffers::Buffer;
use super::feed_forward::sums;
use super::heads::{Heads, Read};
use super::operation::{Input, Operation, apply};
use super::partition::tasks;
use super::product::{Matrix, Place, add_product, product, transpose};
use super::rotary::RotaryTable;
use super::rows::{normalize, normalize_backward, vectorized};

/// Added to the score of a padded key.
const HIDDEN: f32 = -1e9;

/// Sizes and tables of an attention sublayer.
#[derive(Clone, Debug)]
pub(crate) struct Attention {
    /// Number of heads.
    heads: usize,
    /// Added to the variance in the norm.
    epsilon: f32,
    /// Rotations of at least as many positions as there are tokens.
    rotary: Arc<RotaryTable>,
    /// What is added to the scores of each key, `[batch, tokens]`: zero for a token, a large negative number for padding.
    hidden: Arc<Vec<f32>>,
}

impl Attention {
    /// For a batch `x` of the shape `[batch, tokens, d_model]`; `padding` is `[batch, tokens]`, true where there is no token.
    pub(crate) fn new(heads: usize, [_, tokens, d_model]: [usize; 3], padding: &Tensor<2, Bool>, epsilon: f32) -> Self {
        let mut hidden: Vec<f32> = padding.to_data().iter::<bool>().map(|padding| if padding { HIDDEN } else { 0.0 }).collect();
        // Where all is padding nothing means anything; hiding nothing keeps the numbers small.
        let empty = |row: &&mut [f32]| row.iter().all(|hidden| *hidden < 0.0);
        hidden.chunks_mut(tokens.max(1)).filter(empty).for_each(|row| row.fill(0.0));
        Self { heads, epsilon, rotary: Arc::new(RotaryTable::new(tokens, d_model / heads)), hidden: Arc::new(hidden) }
    }
}

/// The weights of an attention sublayer.
pub(crate) struct Weights {
    /// The norm's `[d_model]`.
    pub(crate) gain: Tensor<1>,
    /// Of query, key, value and result, each `[d_model, d_model]`.
    pub(crate) matrices: [Tensor<2>; 4],
}

/// The sublayer, `x` being `[batch, tokens, d_model]`. Nothing if the tensors are not on the CPU.
pub(crate) fn attention(x: &Tensor<3>, weights: Weights, sizes: Attention) -> Option<Tensor<3>> {
    let [_, tokens, d_model] = x.dims();
    let [query, key, value, result] = weights.matrices.map(Input::new);
    let inputs = [Input::new(x.clone())?, Input::new(weights.gain)?, query?, key?, value?, result?];
    Some(apply(Sublayer { tokens, d_model, sizes }, inputs))
}

#[derive(Debug)]
struct Sublayer {
    tokens: usize,
    d_model: usize,
    sizes: Attention,
}

/// What waits for the backward pass.
#[derive(Debug)]
struct Saved {
    /// Rotated queries and keys, and values: `[batch, tokens, 3 * d_model]`.
    parts: Buffer,
    /// What the heads read: `[batch, tokens, d_model]`.
    read: Buffer,
    /// Logarithm of each softmax's sum: `[batch, heads, tokens]`.
    logarithms: Buffer,
}

/// What a task needs for one sequence.
struct Sequence<'a> {
    x: &'a [f32],
    parts: &'a mut [f32],
    read: &'a mut [f32],
    logarithms: &'a mut [f32],
    hidden: &'a [f32],
}

impl Operation<6> for Sublayer {
    type Saved = Saved;

    fn forward(&self, [x, gain, query, key, value, result]: [&[f32]; 6], keep: bool) -> (Vec<f32>, Option<Saved>) {
        let (per_sequence, d_model) = (self.tokens * self.d_model, self.d_model);
        let first = side_by_side([query, key, value], d_model);
        let mut out = x.to_vec();
        let run = |out: &mut [f32], mut sequence: Sequence| {
            self.read(&mut sequence, gain, &first);
            let read = Matrix::new(sequence.read, self.tokens, d_model);
            add_product(Place::new(out, self.tokens, d_model), read, Matrix::new(result, d_model, d_model));
        };
        let with_inputs = out.par_chunks_mut(per_sequence).zip(x.par_chunks(per_sequence)).zip(self.sizes.hidden.par_chunks(self.tokens));
        if !keep {
            with_inputs.for_each(|((out, x), hidden)| {
                let (mut parts, mut read) = (Buffer::any(3 * per_sequence), Buffer::any(per_sequence));
                let mut logarithms = Buffer::any(self.sizes.heads * self.tokens);
                run(out, Sequence { x, parts: &mut parts, read: &mut read, logarithms: &mut logarithms, hidden });
            });
            return (out, None);
        }
        let batch = x.len() / per_sequence.max(1);
        let per_sequence_logarithms = self.sizes.heads * self.tokens;
        let mut saved =
            Saved { parts: Buffer::any(3 * x.len()), read: Buffer::any(x.len()), logarithms: Buffer::any(batch * per_sequence_logarithms) };
        let kept = saved
            .parts
            .par_chunks_mut(3 * per_sequence)
            .zip(saved.read.par_chunks_mut(per_sequence))
            .zip(saved.logarithms.par_chunks_mut(per_sequence_logarithms));
        with_inputs.zip(kept).for_each(|(((out, x), hidden), ((parts, read), logarithms))| {
            run(out, Sequence { x, parts, read, logarithms, hidden });
        });
        (out, Some(saved))
    }

    fn backward(&self, inputs: [&[f32]; 6], saved: &Saved, mut gradient: Vec<f32>) -> [Vec<f32>; 6] {
        let [x, gain, query, key, value, result] = inputs;
        let (per_sequence, d_model) = (self.tokens * self.d_model, self.d_model);
        let first = side_by_side([query, key, value], d_model);
        let per_logarithms = self.sizes.heads * self.tokens;
        let turned = [transpose(&first, d_model, 3 * d_model), transpose(result, d_model, d_model)];
        let part = tasks(x.len() / per_sequence.max(1), 1);
        let parts = gradient
            .par_chunks_mut(part * per_sequence)
            .zip(x.par_chunks(part * per_sequence))
            .zip(saved.parts.par_chunks(part * 3 * per_sequence))
            .zip(saved.read.par_chunks(part * per_sequence))
            .zip(saved.logarithms.par_chunks(part * per_logarithms))
            .zip(self.sizes.hidden.par_chunks(part * self.tokens));
        let shares: Vec<[Buffer; 3]> = parts
            .map(|(((((gradient, x), parts), read), logarithms), hidden)| {
                let mut shares = [Buffer::zeros(d_model), Buffer::zeros(first.len()), Buffer::zeros(result.len())];
                let sequences = gradient
                    .chunks_mut(per_sequence)
                    .zip(x.chunks(per_sequence))
                    .zip(parts.chunks(3 * per_sequence))
                    .zip(read.chunks(per_sequence))
                    .zip(logarithms.chunks(per_logarithms))
                    .zip(hidden.chunks(self.tokens));
                for (((((gradient, x), parts), read), logarithms), hidden) in sequences {
                    let kept = Kept { x, hidden, read: Read { parts, read, logarithms } };
                    self.sequence_backward(&kept, gain, &turned, gradient, &mut shares);
                }
                shares
            })
            .collect();
        let [gain_gradient, first_gradient, result_gradient] = sums(shares, [d_model, first.len(), result.len()]);
        let [query, key, value] = apart(&first_gradient, d_model);
        [gradient, gain_gradient, query, key, value, result_gradient]
    }
}

/// One sequence on the way back.
struct Kept<'a> {
    x: &'a [f32],
    hidden: &'a [f32],
    read: Read<'a>,
}

impl Sublayer {
    /// Norm, queries, keys and values, and what the heads read.
    fn read(&self, sequence: &mut Sequence, gain: &[f32], first: &[f32]) {
        let (tokens, d_model) = (self.tokens, self.d_model);
        let mut normed = Buffer::any(sequence.x.len());
        vectorized!(normalize(sequence.x, gain, self.sizes.epsilon, &mut normed));
        let first = Matrix::new(first, d_model, 3 * d_model);
        product(Place::new(sequence.parts, tokens, 3 * d_model), Matrix::new(&normed, tokens, d_model), first, 1.0);
        vectorized!(self.sizes.rotary.rotate(sequence.parts, 3 * d_model, 2 * d_model));
        Heads::new(d_model, self.sizes.heads, sequence.hidden).read(sequence.parts, sequence.read, sequence.logarithms);
    }

    /// One sequence: its gradient changes from that of the result to that of `x`, and the weights' is added to `shares`. `turned` are the weights'
    /// transposes.
    fn sequence_backward(&self, kept: &Kept, gain: &[f32], turned: &[Buffer; 2], gradient: &mut [f32], shares: &mut [Buffer; 3]) {
        let Kept { x, hidden, read: kept } = kept;
        let (tokens, d_model) = (self.tokens, self.d_model);
        let [first, result] = turned;
        let [gain_gradient, first_gradient, result_gradient] = shares;
        let mut read_gradient = Buffer::any(x.len());
        let out_gradient = Matrix::new(gradient, tokens, d_model);
        product(Place::new(&mut read_gradient, tokens, d_model), out_gradient, Matrix::new(result, d_model, d_model), 1.0);
        let read = Matrix::new(kept.read, tokens, d_model);
        add_product(Place::new(result_gradient, d_model, d_model), read.transposed(), out_gradient);

        let mut parts_gradient = Buffer::any(kept.parts.len());
        Heads::new(d_model, self.sizes.heads, hidden).backward(*kept, &read_gradient, &mut parts_gradient);
        vectorized!(self.sizes.rotary.rotate_back(&mut parts_gradient, 3 * d_model, 2 * d_model));

        let (mut normed, mut normed_gradient) = (Buffer::any(x.len()), Buffer::any(x.len()));
        let parts_gradient = Matrix::new(&parts_gradient, tokens, 3 * d_model);
        let first = Matrix::new(first, 3 * d_model, d_model);
        product(Place::new(&mut normed_gradient, tokens, d_model), parts_gradient, first, 1.0);
        vectorized!(normalize(x, gain, self.sizes.epsilon, &mut normed));
        let normed = Matrix::new(&normed, tokens, d_model).transposed();
        add_product(Place::new(first_gradient, d_model, 3 * d_model), normed, parts_gradient);
        // What goes around the sublayer is in `gradient` already.
        vectorized!(normalize_backward(x, gain, self.sizes.epsilon, &normed_gradient, gradient, gain_gradient));
    }
}

/// Three square matrices as one, so that one product makes queries, keys and values.
fn side_by_side(parts: [&[f32]; 3], d_model: usize) -> Buffer {
    let mut together = Buffer::any(3 * d_model * d_model);
    for (row, together) in together.chunks_exact_mut(3 * d_model).enumerate() {
        for (part, together) in parts.iter().zip(together.chunks_exact_mut(d_model)) {
            together.copy_from_slice(&part[row * d_model..][..d_model]);
        }
    }
    together
}

/// The reverse of [`side_by_side`].
fn apart(together: &[f32], d_model: usize) -> [Vec<f32>; 3] {
    let part = |part: usize| together.chunks_exact(3 * d_model).flat_map(|row| &row[part * d_model..][..d_model]).copied().collect();
    std::array::from_fn(part)
}
