//! The first half of a block as one operation: `x + (heads of softmax(Q K' / sqrt(d_head)) V) W`, where Q, K and V come from the norm of x
//! and positions enter as rotations of Q and K (Su et al. 2021). A task takes a whole sequence. Scores are made for some queries at a time
//! and never kept: the backward pass makes them again from Q, K and the logarithm of each softmax's sum (Dao et al. 2022).

use std::sync::Arc;

use burn::tensor::{Bool, Tensor};
use rayon::prelude::*;

use super::buffers::Buffer;
use super::feed_forward::sums;
use super::operation::{Input, Operation, apply};
use super::partition::tasks;
use super::product::{Matrix, Place, add_product, product, product_after};
use super::rotary::RotaryTable;
use super::rows::{dot, exp_less, normalize, normalize_backward, softmax, vectorized};

/// Queries whose scores are made together.
const QUERIES: usize = 128;
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
                    let kept = Kept { x, parts, read, logarithms, hidden };
                    self.sequence_backward(&kept, gain, &first, result, gradient, &mut shares);
                }
                shares
            })
            .collect();
        let [gain_gradient, first_gradient, result_gradient] = sums(shares, [d_model, first.len(), result.len()]);
        let [query, key, value] = apart(&first_gradient, d_model);
        [gradient, gain_gradient, query, key, value, result_gradient]
    }
}

/// What the forward pass left of one sequence.
struct Kept<'a> {
    x: &'a [f32],
    parts: &'a [f32],
    read: &'a [f32],
    logarithms: &'a [f32],
    hidden: &'a [f32],
}

impl Sublayer {
    fn d_head(&self) -> usize {
        self.d_model / self.sizes.heads
    }

    fn scale(&self) -> f32 {
        1.0 / (self.d_head() as f32).sqrt()
    }

    /// Columns of a head's query, key or value, `part` being 0, 1 or 2.
    fn column(&self, part: usize, head: usize) -> usize {
        part * self.d_model + head * self.d_head()
    }

    /// A head's part of some rows of `parts`.
    fn head<'a>(&self, parts: &'a [f32], rows: usize, part: usize, head: usize) -> Matrix<'a> {
        Matrix::cut(parts, rows, 3 * self.d_model, self.column(part, head), self.d_head())
    }

    /// Norm, queries, keys and values, and what the heads read.
    fn read(&self, sequence: &mut Sequence, gain: &[f32], first: &[f32]) {
        let (tokens, d_model, d_head) = (self.tokens, self.d_model, self.d_head());
        let mut normed = Buffer::any(sequence.x.len());
        vectorized(
            #[inline(always)]
            || normalize(sequence.x, gain, self.sizes.epsilon, &mut normed),
        );
        let first = Matrix::new(first, d_model, 3 * d_model);
        product(Place::new(sequence.parts, tokens, 3 * d_model), Matrix::new(&normed, tokens, d_model), first, 1.0);
        vectorized(
            #[inline(always)]
            || self.sizes.rotary.rotate(sequence.parts, 3 * d_model, 2 * d_model),
        );
        let mut scores = Buffer::any(QUERIES.min(tokens) * tokens);
        for head in 0..self.sizes.heads {
            let (keys, values) = (self.head(sequence.parts, tokens, 1, head), self.head(sequence.parts, tokens, 2, head));
            for start in (0..tokens).step_by(QUERIES) {
                let rows = QUERIES.min(tokens - start);
                let scores = &mut scores[..rows * tokens];
                let queries = self.head(&sequence.parts[start * 3 * d_model..], rows, 0, head);
                product(Place::new(scores, rows, tokens), queries, keys.transposed(), self.scale());
                let logarithms = &mut sequence.logarithms[head * tokens + start..][..rows];
                vectorized(
                    #[inline(always)]
                    || {
                        for (scores, logarithm) in scores.chunks_exact_mut(tokens).zip(logarithms) {
                            scores.iter_mut().zip(sequence.hidden).for_each(|(score, hidden)| *score += hidden);
                            *logarithm = softmax(scores);
                        }
                    },
                );
                let read = Place::cut(&mut sequence.read[start * d_model..], rows, d_model, head * d_head, d_head);
                product(read, Matrix::new(scores, rows, tokens), values, 1.0);
            }
        }
    }

    /// One sequence: its gradient changes from that of the result to that of `x`, and the weights' is added to `shares`.
    fn sequence_backward(&self, kept: &Kept, gain: &[f32], first: &[f32], result: &[f32], gradient: &mut [f32], shares: &mut [Buffer; 3]) {
        let (tokens, d_model) = (self.tokens, self.d_model);
        let [gain_gradient, first_gradient, result_gradient] = shares;
        let mut read_gradient = Buffer::any(kept.x.len());
        let out_gradient = Matrix::new(gradient, tokens, d_model);
        product(Place::new(&mut read_gradient, tokens, d_model), out_gradient, Matrix::new(result, d_model, d_model).transposed(), 1.0);
        let read = Matrix::new(kept.read, tokens, d_model);
        add_product(Place::new(result_gradient, d_model, d_model), read.transposed(), out_gradient);

        let mut parts_gradient = Buffer::any(kept.parts.len());
        for head in 0..self.sizes.heads {
            self.head_backward(kept, head, &read_gradient, &mut parts_gradient);
        }
        vectorized(
            #[inline(always)]
            || self.sizes.rotary.rotate_back(&mut parts_gradient, 3 * d_model, 2 * d_model),
        );

        let (mut normed, mut normed_gradient) = (Buffer::any(kept.x.len()), Buffer::any(kept.x.len()));
        let parts_gradient = Matrix::new(&parts_gradient, tokens, 3 * d_model);
        let first = Matrix::new(first, d_model, 3 * d_model).transposed();
        product(Place::new(&mut normed_gradient, tokens, d_model), parts_gradient, first, 1.0);
        vectorized(
            #[inline(always)]
            || normalize(kept.x, gain, self.sizes.epsilon, &mut normed),
        );
        let normed = Matrix::new(&normed, tokens, d_model).transposed();
        add_product(Place::new(first_gradient, d_model, 3 * d_model), normed, parts_gradient);
        // What goes around the sublayer is in `gradient` already.
        vectorized(
            #[inline(always)]
            || normalize_backward(kept.x, gain, self.sizes.epsilon, &normed_gradient, gradient, gain_gradient),
        );
    }

    /// Gradient of a head's rotated queries and keys, and of its values.
    fn head_backward(&self, kept: &Kept, head: usize, read_gradient: &[f32], parts_gradient: &mut [f32]) {
        let (tokens, d_model, d_head) = (self.tokens, self.d_model, self.d_head());
        let (width, offset) = (3 * d_model, head * d_head);
        let (keys, values) = (self.head(kept.parts, tokens, 1, head), self.head(kept.parts, tokens, 2, head));
        let mut shares = Buffer::any(QUERIES.min(tokens) * tokens);
        let mut score_gradients = Buffer::any(QUERIES.min(tokens) * tokens);
        for start in (0..tokens).step_by(QUERIES) {
            let rows = QUERIES.min(tokens - start);
            let (shares, score_gradients) = (&mut shares[..rows * tokens], &mut score_gradients[..rows * tokens]);
            let queries = self.head(&kept.parts[start * width..], rows, 0, head);
            let read_gradients = &read_gradient[start * d_model..];
            let read_gradient = Matrix::cut(read_gradients, rows, d_model, offset, d_head);
            product(Place::new(shares, rows, tokens), queries, keys.transposed(), self.scale());
            product(Place::new(score_gradients, rows, tokens), read_gradient, values.transposed(), 1.0);
            vectorized(
                #[inline(always)]
                || {
                    for row in 0..rows {
                        let at = (start + row) * d_model + offset;
                        let shares = &mut shares[row * tokens..][..tokens];
                        shares.iter_mut().zip(kept.hidden).for_each(|(score, hidden)| *score += hidden);
                        exp_less(shares, kept.logarithms[head * tokens + start + row]);
                        let mean = dot(&kept.read[at..at + d_head], &read_gradients[row * d_model + offset..][..d_head]);
                        let score_gradients = &mut score_gradients[row * tokens..][..tokens];
                        score_gradients.iter_mut().zip(shares).for_each(|(gradient, share)| *gradient = *share * (*gradient - mean));
                    }
                },
            );
            let (shares, score_gradients) = (Matrix::new(shares, rows, tokens), Matrix::new(score_gradients, rows, tokens));
            let query_gradient = Place::cut(&mut parts_gradient[start * width..], rows, width, self.column(0, head), d_head);
            product(query_gradient, score_gradients, keys, self.scale());
            let mut add = |part: usize, left: Matrix, right: Matrix, scale: f32| {
                let place = Place::cut(parts_gradient, tokens, width, self.column(part, head), d_head);
                // The first queries write, the others add.
                product_after(place, left, right, scale, start > 0);
            };
            add(1, score_gradients.transposed(), queries, self.scale());
            add(2, shares.transposed(), read_gradient, 1.0);
        }
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
