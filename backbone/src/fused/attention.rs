//! The first half of a block as one operation: `x + (heads of softmax(Q K' / sqrt(d_head)) V) W`, where Q, K and V come from the norm of x
//! and positions enter as rotations of Q and K (Su et al. 2021). A task takes a whole sequence through all of it.

use std::sync::Arc;

use burn::tensor::{Bool, Tensor};
use rayon::prelude::*;

use super::buffers::Buffer;
use super::feed_forward::sums;
use super::heads::{Heads, Read};
use super::operation::{Input, Operation, apply};
use super::packing::Packing;
use super::partition::PARTS;
use super::product::{Matrix, Place, add_product, product, transpose};
use super::rotary::RotaryTable;
use super::rows::{normalize, normalize_backward, vectorized};

/// Added to the score of a padded key.
const HIDDEN: f32 = -1e9;

/// Sizes and tables of an attention sublayer.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Number of heads.
    heads: usize,
    /// Added to the variance in the norm.
    epsilon: f32,
    /// Rotations of at least as many positions as there are tokens.
    rotary: Arc<RotaryTable>,
    /// How the rows belong together.
    rows: Rows,
}

/// Which rows of a batch are sequences, and which of their keys are seen.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Rows of each sequence; they stand one behind the other.
    lengths: Arc<Vec<usize>>,
    /// What is added to the scores of each key, a number a row: zero for a token, a large negative number for padding.
    pub(super) hidden: Arc<Vec<f32>>,
}

impl Rows {
    /// Of a batch `[batch, tokens, width]` as it is, or after [`Packing::pack`]; `padding` is `[batch, tokens]`, true where there is no token.
    #[must_use]
    pub fn new(padding: &Tensor<2, Bool>, packing: Option<&Packing>) -> Self {
        let [batch, tokens] = padding.dims();
        let lengths = packing.map_or_else(|| vec![tokens; batch], |packing| packing.lengths().to_vec());
        let padding: Vec<bool> = padding.to_data().iter::<bool>().collect();
        let mut hidden = Vec::with_capacity(lengths.iter().sum());
        for (padding, length) in padding.chunks(tokens.max(1)).zip(&lengths) {
            // Where all is padding nothing means anything; hiding nothing keeps the numbers small.
            let empty = padding.iter().all(|padding| *padding);
            hidden.extend(padding[..*length].iter().map(|padding| if *padding && !empty { HIDDEN } else { 0.0 }));
        }
        Self { lengths: Arc::new(lengths), hidden: Arc::new(hidden) }
    }

    /// Numbers of each sequence in an array that holds `per_row` for each row.
    pub(super) fn sizes(&self, per_row: usize) -> impl Iterator<Item = usize> + Clone {
        self.lengths.iter().map(move |length| length * per_row)
    }
}

impl Attention {
    /// For a batch of `tokens` places a sequence and `d_model` numbers a place.
    #[must_use]
    pub fn new(heads: usize, [_, tokens, d_model]: [usize; 3], rows: Rows, epsilon: f32) -> Self {
        Self { heads, epsilon, rotary: Arc::new(RotaryTable::new(tokens, d_model / heads)), rows }
    }
}

/// The weights of an attention sublayer.
pub struct Weights {
    /// The norm's `[d_model]`.
    pub gain: Tensor<1>,
    /// Of query, key, value and result, each `[d_model, d_model]`.
    pub matrices: [Tensor<2>; 4],
}

/// The sublayer, `x` being `[batch, tokens, d_model]`, or `[1, rows, d_model]` if it is packed. Nothing if the tensors are not on the CPU.
#[must_use]
pub fn attention(x: &Tensor<3>, weights: Weights, sizes: Attention) -> Option<Tensor<3>> {
    let [_, _, d_model] = x.dims();
    let [query, key, value, result] = weights.matrices.map(Input::new);
    let inputs = [Input::new(x.clone())?, Input::new(weights.gain)?, query?, key?, value?, result?];
    Some(apply(Sublayer { d_model, sizes }, inputs))
}

#[derive(Debug)]
struct Sublayer {
    d_model: usize,
    sizes: Attention,
}

/// What waits for the backward pass.
#[derive(Debug)]
struct Saved {
    /// Rotated queries and keys, and values: `[rows, 3 * d_model]`.
    parts: Buffer,
    /// What the heads read: `[rows, d_model]`.
    read: Buffer,
    /// Logarithm of each softmax's sum: `[heads, tokens]` of each sequence.
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
        let (sizes, rows, d_model) = (&self.sizes, &self.sizes.rows, self.d_model);
        let first = side_by_side([query, key, value], d_model);
        let mut out = x.to_vec();
        let run = |out: &mut [f32], mut sequence: Sequence| {
            self.read(&mut sequence, gain, &first);
            let tokens = sequence.hidden.len();
            let read = Matrix::new(sequence.read, tokens, d_model);
            add_product(Place::new(out, tokens, d_model), read, Matrix::new(result, d_model, d_model));
        };
        let with_inputs = cut_mut(&mut out, rows.sizes(d_model)).into_par_iter();
        let with_inputs = with_inputs.zip(cut(x, rows.sizes(d_model))).zip(cut(&rows.hidden, rows.sizes(1)));
        if !keep {
            with_inputs.for_each(|((out, x), hidden)| {
                let (mut parts, mut read) = (Buffer::any(3 * x.len()), Buffer::any(x.len()));
                let mut logarithms = Buffer::any(sizes.heads * hidden.len());
                run(out, Sequence { x, parts: &mut parts, read: &mut read, logarithms: &mut logarithms, hidden });
            });
            return (out, None);
        }
        let logarithms = Buffer::any(sizes.heads * rows.hidden.len());
        let mut saved = Saved { parts: Buffer::any(3 * x.len()), read: Buffer::any(x.len()), logarithms };
        let (parts, read) = (cut_mut(&mut saved.parts, rows.sizes(3 * d_model)), cut_mut(&mut saved.read, rows.sizes(d_model)));
        let kept = parts.into_par_iter().zip(read).zip(cut_mut(&mut saved.logarithms, rows.sizes(sizes.heads)));
        with_inputs.zip(kept).for_each(|(((out, x), hidden), ((parts, read), logarithms))| {
            run(out, Sequence { x, parts, read, logarithms, hidden });
        });
        (out, Some(saved))
    }

    fn backward(&self, inputs: [&[f32]; 6], saved: &Saved, mut gradient: Vec<f32>) -> [Vec<f32>; 6] {
        let [x, gain, query, key, value, result] = inputs;
        let (sizes, rows, d_model) = (&self.sizes, &self.sizes.rows, self.d_model);
        let first = side_by_side([query, key, value], d_model);
        let turned = [transpose(&first, d_model, 3 * d_model), transpose(result, d_model, d_model)];
        let read = cut(&saved.parts, rows.sizes(3 * d_model)).into_iter().zip(cut(&saved.read, rows.sizes(d_model)));
        let read = read.zip(cut(&saved.logarithms, rows.sizes(sizes.heads)));
        let read = read.map(|((parts, read), logarithms)| Read { parts, read, logarithms });
        let kept = cut(x, rows.sizes(d_model)).into_iter().zip(cut(&rows.hidden, rows.sizes(1))).zip(read);
        let kept = kept.map(|((x, hidden), read)| Kept { x, hidden, read });
        let mut sequences: Vec<(&mut [f32], Kept)> = cut_mut(&mut gradient, rows.sizes(d_model)).into_iter().zip(kept).collect();
        // Long and short ones mixed, so that the parts take about the same time.
        sequences.sort_by_key(|(gradient, _)| std::cmp::Reverse(gradient.len()));
        let parts = sequences.len().clamp(1, PARTS);
        let mut dealt: Vec<Vec<(&mut [f32], Kept)>> = (0..parts).map(|_| Vec::new()).collect();
        sequences.into_iter().enumerate().for_each(|(at, sequence)| dealt[at % parts].push(sequence));
        let shares: Vec<[Buffer; 3]> = dealt
            .into_par_iter()
            .map(|part| {
                let mut shares = [Buffer::zeros(d_model), Buffer::zeros(first.len()), Buffer::zeros(result.len())];
                for (gradient, kept) in part {
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
        let (tokens, d_model) = (sequence.hidden.len(), self.d_model);
        let mut normed = Buffer::any(sequence.x.len());
        vectorized!(normalize(sequence.x, gain, self.sizes.epsilon, &mut normed));
        let first = Matrix::new(first, d_model, 3 * d_model);
        product(Place::new(sequence.parts, tokens, 3 * d_model), Matrix::new(&normed, tokens, d_model), first, 1.0);
        vectorized!(self.sizes.rotary.rotate(sequence.parts, 3 * d_model, 2 * d_model));
        Heads::new(d_model, self.sizes.heads, sequence.hidden, None).read(sequence.parts, sequence.read, sequence.logarithms);
    }

    /// One sequence: its gradient changes from that of the result to that of `x`, and the weights' is added to `shares`. `turned` are the weights'
    /// transposes.
    fn sequence_backward(&self, kept: &Kept, gain: &[f32], turned: &[Buffer; 2], gradient: &mut [f32], shares: &mut [Buffer; 3]) {
        let Kept { x, hidden, read: kept } = kept;
        let (tokens, d_model) = (hidden.len(), self.d_model);
        let [first, result] = turned;
        let [gain_gradient, first_gradient, result_gradient] = shares;
        let mut read_gradient = Buffer::any(x.len());
        let out_gradient = Matrix::new(gradient, tokens, d_model);
        product(Place::new(&mut read_gradient, tokens, d_model), out_gradient, Matrix::new(result, d_model, d_model), 1.0);
        let read = Matrix::new(kept.read, tokens, d_model);
        add_product(Place::new(result_gradient, d_model, d_model), read.transposed(), out_gradient);

        let mut parts_gradient = Buffer::any(kept.parts.len());
        Heads::new(d_model, self.sizes.heads, hidden, None).backward(*kept, &read_gradient, &mut parts_gradient);
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

/// An array in pieces of the given sizes, which add up to its length; the empty ones left out.
pub(super) fn cut(mut array: &[f32], sizes: impl Iterator<Item = usize>) -> Vec<&[f32]> {
    let mut pieces = Vec::new();
    for size in sizes.filter(|size| *size > 0) {
        let (piece, rest) = array.split_at(size);
        pieces.push(piece);
        array = rest;
    }
    pieces
}

/// The same to be written to.
pub(super) fn cut_mut(mut array: &mut [f32], sizes: impl Iterator<Item = usize>) -> Vec<&mut [f32]> {
    let mut pieces = Vec::new();
    for size in sizes.filter(|size| *size > 0) {
        let (piece, rest) = array.split_at_mut(size);
        pieces.push(piece);
        array = rest;
    }
    pieces
}

/// Three square matrices as one, so that one product makes queries, keys and values.
pub(super) fn side_by_side(parts: [&[f32]; 3], d_model: usize) -> Buffer {
    let mut together = Buffer::any(3 * d_model * d_model);
    for (row, together) in together.chunks_exact_mut(3 * d_model).enumerate() {
        for (part, together) in parts.iter().zip(together.chunks_exact_mut(d_model)) {
            together.copy_from_slice(&part[row * d_model..][..d_model]);
        }
    }
    together
}

/// The reverse of [`side_by_side`].
pub(super) fn apart(together: &[f32], d_model: usize) -> [Vec<f32>; 3] {
    let part = |part: usize| together.chunks_exact(3 * d_model).flat_map(|row| &row[part * d_model..][..d_model]).copied().collect();
    std::array::from_fn(part)
}
