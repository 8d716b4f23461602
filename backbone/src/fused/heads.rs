//! What the heads of one sequence read, and the gradient of that. Scores are made for some queries at a time and never kept: the backward
//! pass makes them again from queries, keys and the logarithm of each softmax's sum (Dao et al. 2022). Keys behind the last token are left
//! out, so padding costs nothing here.

use super::buffers::Buffer;
use super::distances::Distances;
use super::product::{Matrix, Place, product, product_after};
use super::rows::{add, dot, exp_less, largest, share_gradients, vectorized};

/// Queries whose scores are made together.
const QUERIES: usize = 128;

/// The heads of a sequence of `tokens` positions.
pub(super) struct Heads<'a> {
    tokens: usize,
    d_model: usize,
    heads: usize,
    /// Keys up to the last token.
    keys: usize,
    /// What is added to the scores of these keys; nothing if all of them are tokens.
    hidden: Option<&'a [f32]>,
    /// What is added to a score for how far its key stands from its query; nothing where distance does not count.
    distances: Option<&'a Distances>,
}

/// What the forward pass leaves of a sequence.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    /// Rotated queries and keys, and values: `[tokens, 3 * d_model]`.
    pub(super) parts: &'a [f32],
    /// What the heads read: `[tokens, d_model]`.
    pub(super) read: &'a [f32],
    /// Logarithm of each softmax's sum: `[heads, tokens]`.
    pub(super) logarithms: &'a [f32],
}

impl<'a> Heads<'a> {
    /// `hidden` is added to the scores of each key: zero for a token.
    pub(super) fn new(d_model: usize, heads: usize, hidden: &'a [f32], distances: Option<&'a Distances>) -> Self {
        let tokens = hidden.len();
        let keys = hidden.iter().rposition(|hidden| *hidden == 0.0).map_or(tokens, |last| last + 1);
        let seen = &hidden[..keys];
        Self { tokens, d_model, heads, keys, hidden: seen.iter().any(|hidden| *hidden != 0.0).then_some(seen), distances }
    }

    fn d_head(&self) -> usize {
        self.d_model / self.heads
    }

    fn scale(&self) -> f32 {
        1.0 / (self.d_head() as f32).sqrt()
    }

    /// Columns of a head's query, key or value, `part` being 0, 1 or 2.
    fn column(&self, part: usize, head: usize) -> usize {
        part * self.d_model + head * self.d_head()
    }

    /// A head's part of some rows of `parts`.
    fn head<'b>(&self, parts: &'b [f32], rows: usize, part: usize, head: usize) -> Matrix<'b> {
        Matrix::cut(parts, rows, 3 * self.d_model, self.column(part, head), self.d_head())
    }

    /// Ranges of queries, as start and number.
    fn queries(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let tokens = self.tokens;
        (0..tokens).step_by(QUERIES).map(move |start| (start, QUERIES.min(tokens - start)))
    }

    /// Fills `read`, `[tokens, d_model]`, and `logarithms`, `[heads, tokens]`, from `parts`, `[tokens, 3 * d_model]`.
    pub(super) fn read(&self, parts: &[f32], read: &mut [f32], logarithms: &mut [f32]) {
        let mut scores = Buffer::any(QUERIES.min(self.tokens) * self.keys);
        for head in 0..self.heads {
            let (keys, values) = (self.head(parts, self.keys, 1, head), self.head(parts, self.keys, 2, head));
            for (start, rows) in self.queries() {
                let scores = &mut scores[..rows * self.keys];
                let queries = self.head(&parts[start * 3 * self.d_model..], rows, 0, head);
                product(Place::new(scores, rows, self.keys), queries, keys.transposed(), self.scale());
                let mut sums = [0.0f32; QUERIES];
                let logarithms = &mut logarithms[head * self.tokens + start..][..rows];
                vectorized!(self.powers(scores, (head, start), logarithms, &mut sums));
                let (column, d_head) = (head * self.d_head(), self.d_head());
                let read = &mut read[start * self.d_model..];
                let weighed = Matrix::new(scores, rows, self.keys);
                product(Place::cut(read, rows, self.d_model, column, d_head), weighed, values, 1.0);
                // Dividing what was read is less work than dividing the scores.
                for (read, sum) in read.chunks_mut(self.d_model).zip(&sums[..rows]) {
                    read[column..column + d_head].iter_mut().for_each(|read| *read /= sum);
                }
            }
        }
    }

    /// Adds to the scores of a query what does not come from the products.
    #[inline(always)]
    fn add_fixed(&self, scores: &mut [f32], head: usize, query: usize) {
        if let Some(hidden) = self.hidden {
            add(scores, hidden);
        }
        if let Some(distances) = self.distances {
            add(scores, distances.of(head, query, self.keys));
        }
    }

    /// Puts `e^(score - largest)` in place of each score of some queries, `start` being the first; gives the sum of each row and its logarithm with the
    /// largest added.
    #[inline(always)]
    fn powers(&self, scores: &mut [f32], (head, start): (usize, usize), logarithms: &mut [f32], sums: &mut [f32]) {
        for (row, ((scores, logarithm), sum)) in scores.chunks_exact_mut(self.keys).zip(logarithms).zip(sums).enumerate() {
            self.add_fixed(scores, head, start + row);
            let most = largest(scores);
            *sum = exp_less(scores, most);
            *logarithm = most + sum.ln();
        }
    }

    /// The gradient of `parts` from that of what was read, all heads.
    pub(super) fn backward(&self, kept: Read, read_gradient: &[f32], parts_gradient: &mut [f32]) {
        // Keys and values that nobody saw.
        for unseen in parts_gradient[self.keys * 3 * self.d_model..].chunks_mut(3 * self.d_model) {
            unseen[self.d_model..].fill(0.0);
        }
        let length = QUERIES.min(self.tokens) * self.keys;
        let (mut shares, mut gradients) = (Buffer::any(length), Buffer::any(length));
        for head in 0..self.heads {
            for (start, rows) in self.queries() {
                let length = rows * self.keys;
                self.scores(kept, head, (start, rows), read_gradient, &mut shares[..length], &mut gradients[..length]);
                let (shares, gradients) = (Matrix::new(&shares, rows, self.keys), Matrix::new(&gradients, rows, self.keys));
                let (width, d_head) = (3 * self.d_model, self.d_head());
                let queries = self.head(&kept.parts[start * width..], rows, 0, head);
                let read_gradient = Matrix::cut(&read_gradient[start * self.d_model..], rows, self.d_model, head * d_head, d_head);
                let query_gradient = Place::cut(&mut parts_gradient[start * width..], rows, width, self.column(0, head), d_head);
                product(query_gradient, gradients, self.head(kept.parts, self.keys, 1, head), self.scale());
                // The first queries write, the others add.
                let key_gradient = Place::cut(parts_gradient, self.keys, width, self.column(1, head), d_head);
                product_after(key_gradient, gradients.transposed(), queries, self.scale(), start > 0);
                let value_gradient = Place::cut(parts_gradient, self.keys, width, self.column(2, head), d_head);
                product_after(value_gradient, shares.transposed(), read_gradient, 1.0, start > 0);
            }
        }
    }

    /// Some queries' shares of the keys, and the gradients of their scores.
    fn scores(
        &self,
        kept: Read,
        head: usize,
        (start, rows): (usize, usize),
        read_gradient: &[f32],
        shares: &mut [f32],
        gradients: &mut [f32],
    ) {
        let (keys, values) = (self.head(kept.parts, self.keys, 1, head), self.head(kept.parts, self.keys, 2, head));
        let queries = self.head(&kept.parts[start * 3 * self.d_model..], rows, 0, head);
        let (column, d_head) = (head * self.d_head(), self.d_head());
        let read_gradient = &read_gradient[start * self.d_model..];
        product(Place::new(shares, rows, self.keys), queries, keys.transposed(), self.scale());
        let of_read = Matrix::cut(read_gradient, rows, self.d_model, column, d_head);
        product(Place::new(gradients, rows, self.keys), of_read, values.transposed(), 1.0);
        let logarithms = &kept.logarithms[head * self.tokens + start..];
        let read = &kept.read[start * self.d_model..];
        vectorized!({
            for (row, (shares, gradients)) in shares.chunks_exact_mut(self.keys).zip(gradients.chunks_exact_mut(self.keys)).enumerate() {
                self.add_fixed(shares, head, start + row);
                let at = row * self.d_model + column;
                let mean = dot(&read[at..at + d_head], &read_gradient[at..at + d_head]);
                share_gradients(shares, gradients, logarithms[row], mean);
            }
        });
    }
}
