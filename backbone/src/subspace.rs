//! Leading directions of a matrix by randomised subspace iteration (Halko, Martinsson and Tropp 2011), and what it rests on.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Extra directions that make the iteration accurate.
const OVERSAMPLING: usize = 16;
/// Rounds of subspace iteration.
const ROUNDS: usize = 4;

/// The leading left singular vectors of a square matrix, given row after row, the strongest first, each with its singular value: `width` of
/// them, fewer if the matrix has fewer. The same for every number of threads.
#[must_use]
pub fn leading_directions(matrix: Vec<f32>, side: usize, width: usize, device: &Device) -> Vec<(Vec<f32>, f32)> {
    if side == 0 {
        return Vec::new();
    }
    let columns = (width + OVERSAMPLING).min(side);
    let matrix = Tensor::<2>::from_data(TensorData::new(matrix, [side, side]), device);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut basis: Vec<Vec<f32>> = (0..columns).map(|_| (0..side).map(|_| random.random_range(-1.0..1.0)).collect()).collect();
    orthonormalise(&mut basis);
    let as_rows = |basis: &[Vec<f32>]| Tensor::<2>::from_data(TensorData::new(basis.concat(), [columns, side]), device);
    for _ in 0..ROUNDS {
        // [columns, side] x [side, side] x [side, side]^T
        let product = as_rows(&basis).matmul(matrix.clone()).matmul(matrix.clone().transpose());
        let flat: Vec<f32> = product.into_data().try_to_vec().unwrap_or_default();
        basis = flat.chunks(side).map(<[f32]>::to_vec).collect();
        orthonormalise(&mut basis);
    }
    let images: Vec<f32> = as_rows(&basis).matmul(matrix).into_data().try_to_vec().unwrap_or_default();
    let values: Vec<f32> = images.chunks(side).map(length).collect();
    basis.into_iter().zip(values).take(width).collect()
}

/// Modified Gram-Schmidt, twice for accuracy; rows that vanish become zero.
pub fn orthonormalise(rows: &mut [Vec<f32>]) {
    for at in 0..rows.len() {
        let (done, rest) = rows.split_at_mut(at);
        let Some(row) = rest.first_mut() else { return };
        let before = length(row);
        for _ in 0..2 {
            for other in done.iter() {
                let dot: f32 = other.iter().zip(row.iter()).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(other).for_each(|(x, o)| *x -= dot * o);
            }
        }
        let after = length(row);
        let scale = if after > 1e-5 * before { 1.0 / after } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Length of a vector.
#[must_use]
pub fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|x| x * x).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn orthonormal_rows_have_unit_length_and_right_angles_and_what_depends_on_others_vanishes() {
        let mut rows = vec![vec![3.0, 0.0, 4.0], vec![1.0, 1.0, 0.0], vec![4.0, 1.0, 4.0]];
        orthonormalise(&mut rows);
        assert!((length(&rows[0]) - 1.0).abs() < 1e-6 && (length(&rows[1]) - 1.0).abs() < 1e-6);
        assert!(dot(&rows[0], &rows[1]).abs() < 1e-6);
        assert_eq!(rows[2], [0.0; 3]);
    }

    #[test]
    fn the_strongest_directions_of_a_diagonal_matrix_are_its_axes_in_order() {
        let strengths = [0.1, 50.0, 0.05, 5.0];
        let matrix = (0..16).map(|at| if at / 4 == at % 4 { strengths[at / 4] } else { 0.0 }).collect();
        let found = leading_directions(matrix, 4, 2, &cpu());
        for ((direction, value), (axis, strength)) in found.iter().zip([(1, 50.0), (3, 5.0)]) {
            assert!((direction[axis].abs() - 1.0).abs() < 1e-3 && (value - strength).abs() < 1e-2, "{found:?}");
        }
        assert_eq!(found.len(), 2);
        assert!(leading_directions(Vec::new(), 0, 2, &cpu()).is_empty());
    }
}
