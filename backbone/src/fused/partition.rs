//! How work over rows is divided. The parts depend on the sizes alone, never on the number of threads, so that sums over parts come out the
//! same everywhere.

use rayon::prelude::*;

use super::buffers::Buffer;
use super::rows::{add, vectorized};

/// Parts at most, where each part needs memory for its share of a weight's gradient.
pub(super) const PARTS: usize = 8;

/// Rows of a part: the rows in at most [`PARTS`] parts, each a multiple of `least` but for the last.
pub(crate) fn tasks(rows: usize, least: usize) -> usize {
    rows.div_ceil(PARTS).next_multiple_of(least.max(1)).max(1)
}

/// Rows that go through a sublayer together: all in [`PARTS`] blocks, but enough for the products to be fast and few enough for the
/// second-level cache (at d 256: 256 kB, and 1 MB where it is wide).
pub(crate) fn block(rows: usize) -> usize {
    rows.div_ceil(PARTS).next_multiple_of(32).clamp(32, 256)
}

/// The sum of the parts' shares in their order.
pub(crate) fn sum_partials(partials: &[Buffer], length: usize) -> Vec<f32> {
    const CHUNK: usize = 16 << 10;
    let Some((first, rest)) = partials.split_first() else { return vec![0.0; length] };
    let mut sum = first.to_vec();
    sum.par_chunks_mut(CHUNK).enumerate().for_each(|(at, sum)| {
        let start = at * CHUNK;
        vectorized!(rest.iter().for_each(|partial| add(sum, &partial[start..start + sum.len()])));
    });
    sum
}
