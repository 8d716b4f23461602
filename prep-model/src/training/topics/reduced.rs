//! Principal components: a table of wide rows reduced to the directions in which they differ most.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Rounds of orthogonal iteration. The directions past the first few dozen differ little, and so does what is left out.
const ROUNDS: usize = 60;

/// The rows, less their mean by frequency, in the `width` directions of their greatest variance: `[rows, width]`.
pub(super) fn reduced(rows: &[Vec<f32>], frequencies: &[f64], width: usize, seed: u64) -> Vec<f32> {
    let wide = rows.first().map_or(0, Vec::len);
    let all: f64 = frequencies.iter().sum();
    let mut mean = vec![0.0; wide];
    for (row, frequency) in rows.iter().zip(frequencies) {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value) * frequency / all);
    }
    let centred: Vec<Vec<f64>> =
        rows.iter().map(|row| row.iter().zip(&mean).map(|(value, mean)| f64::from(*value) - mean).collect()).collect();
    // A row of the covariance at a time: the same sums in the same order for any number of threads.
    let row_of = |at: usize| {
        let mut out = vec![0.0; wide];
        for row in &centred {
            out.iter_mut().zip(row).for_each(|(sum, value)| *sum += row[at] * value);
        }
        out
    };
    let covariance: Vec<Vec<f64>> = (0..wide).into_par_iter().map(row_of).collect();
    let directions = directions(&covariance, width, seed);
    centred.iter().flat_map(|row| directions.iter().map(move |direction| dot(row, direction) as f32)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The first eigenvectors of a symmetric matrix, by orthogonal iteration.
fn directions(matrix: &[Vec<f64>], count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut out: Vec<Vec<f64>> = (0..count).map(|_| matrix.iter().map(|_| random.random_range(-1.0..1.0)).collect()).collect();
    for _ in 0..ROUNDS {
        out = out.par_iter().map(|direction| matrix.iter().map(|row| dot(row, direction)).collect()).collect();
        for at in 0..count {
            let (before, rest) = out.split_at_mut(at);
            for other in before {
                let shared = dot(other, &rest[0]);
                rest[0].iter_mut().zip(other).for_each(|(value, other)| *value -= shared * *other);
            }
            let length = dot(&rest[0], &rest[0]).sqrt().max(f64::MIN_POSITIVE);
            rest[0].iter_mut().for_each(|value| *value /= length);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_distances_where_they_differ() {
        // Three columns, of which the third is the sum of the others: two directions hold everything.
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let rows: Vec<Vec<f32>> = (0..50)
            .map(|_| {
                let (a, b): (f32, f32) = (random.random_range(-1.0..1.0), random.random_range(-1.0..1.0));
                vec![a, b, a + b]
            })
            .collect();
        let small = reduced(&rows, &vec![1.0; rows.len()], 2, 1);
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        for (at, row) in rows.iter().enumerate().skip(1) {
            let (before, after) = (distance(&rows[0], row), distance(&small[..2], &small[2 * at..2 * at + 2]));
            assert!((before - after).abs() < 1e-3, "{before} {after}");
        }
        assert_eq!(small, reduced(&rows, &vec![1.0; rows.len()], 2, 1));
    }
}
