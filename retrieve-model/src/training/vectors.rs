//! The retrieval vector's last step: a linear map from what leaves the encoder early to what the whole encoder says, as a published sentence encoder's
//! vectors are worth more than anything an hour of training makes. Fitted in closed form (ridge regression) on sections and questions of the
//! training data, so that indexing costs a part of the blocks.

use std::collections::HashSet;

use burn::tensor::{Device, Tensor, TensorData};
use records::Split;

use crate::data::{Encoder, Triples, VectorBatch, header};
use crate::inference::numbers_of;
use crate::model::Reader;

/// Texts looked at, half of them questions.
const TEXTS: usize = 6_000;
/// Texts of a batch.
const BATCH: usize = 32;
/// Ridge, as a share of the mean square of an input.
const RIDGE: f32 = 1e-3;

/// The reader, nothing of which was trained yet, with a fitted vector.
pub(super) fn distilled(reader: Reader, triples: &Triples, encoder: &Encoder, limit: usize, device: &Device) -> Reader {
    let texts = texts(triples, encoder, limit);
    let Some(width) = texts.first().map(|first| reader.means(&VectorBatch::new(std::iter::once(first)), device).dims()[1]) else {
        return reader;
    };
    // The last input is always 1: its weights are the bias.
    let side = width + 1;
    let tensor = |values: Vec<f32>, columns: usize| Tensor::<2>::from_data(TensorData::new(values, [texts.len(), columns]), device);
    let (mut inputs, mut outputs) = (Vec::with_capacity(texts.len() * side), Vec::with_capacity(texts.len() * width));
    for batch in texts.chunks(BATCH) {
        let batch = VectorBatch::new(batch.iter());
        let (early, full) = (numbers_of(reader.means(&batch, device)), numbers_of(reader.full_means(&batch, device)));
        for (early, full) in early.chunks(width).zip(full.chunks(width)) {
            inputs.extend(early.iter().chain(&[1.0]));
            let length = full.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            outputs.extend(full.iter().map(|x| x / length));
        }
    }
    let inputs = tensor(inputs, side);
    let squares = numbers_of(inputs.clone().transpose().matmul(inputs.clone()));
    let products = numbers_of(inputs.transpose().matmul(tensor(outputs, width)));
    let solved = solve(squares, products, side, width);
    let (weight, bias) = solved.split_at(width * width);
    reader.with_vector(TensorData::new(weight.to_vec(), [width, width]), TensorData::new(bias.to_vec(), [width]), device)
}

/// Sections and questions of the training part, far apart from each other.
fn texts(triples: &Triples, encoder: &Encoder, limit: usize) -> Vec<crate::data::Encoded> {
    let kept_back: HashSet<u32> = triples
        .examples
        .iter()
        .filter(|example| example.split != Split::Train)
        .flat_map(|example| &example.hops)
        .map(|hop| hop.section)
        .collect();
    let step = |count: usize| count / (TEXTS / 2) + 1;
    let sections = (0..triples.sections.len() as u32).step_by(step(triples.sections.len())).filter(|number| !kept_back.contains(number));
    let sections =
        sections.map(|number| &triples.sections[number as usize]).map(|section| encoder.section(&header(section), &section.text, limit));
    let questions =
        triples.of_split(Split::Train).step_by(step(triples.examples.len())).map(|example| encoder.question(&example.question, limit));
    let mut texts: Vec<_> = sections.chain(questions).collect();
    texts.sort_by_key(|text| text.ids.len());
    texts
}

/// Solves `(squares + ridge) x = products`, `[side, side]` and `[side, columns]`, by Cholesky's decomposition in 64 bits.
fn solve(squares: Vec<f32>, products: Vec<f32>, side: usize, columns: usize) -> Vec<f32> {
    let mut lower: Vec<f64> = squares.into_iter().map(f64::from).collect();
    let ridge = f64::from(RIDGE) * (0..side).map(|at| lower[at * side + at]).sum::<f64>() / side as f64;
    (0..side).for_each(|at| lower[at * side + at] += ridge);
    for row in 0..side {
        for column in 0..=row {
            let (above, below) = lower.split_at(row * side);
            let other = if column == row { &below[..column] } else { &above[column * side..][..column] };
            let rest = below[column] - below[..column].iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
            lower[row * side + column] =
                if column == row { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / lower[column * side + column] };
        }
    }
    let mut x: Vec<f64> = products.into_iter().map(f64::from).collect();
    let subtract = |x: &mut [f64], to: usize, from: usize, factor: f64| {
        for column in 0..columns {
            x[to * columns + column] -= factor * x[from * columns + column];
        }
    };
    let divide = |x: &mut [f64], row: usize, by: f64| x[row * columns..(row + 1) * columns].iter_mut().for_each(|value| *value /= by);
    for row in 0..side {
        (0..row).for_each(|before| subtract(&mut x, row, before, lower[row * side + before]));
        divide(&mut x, row, lower[row * side + row]);
    }
    for row in (0..side).rev() {
        (row + 1..side).for_each(|behind| subtract(&mut x, row, behind, lower[behind * side + row]));
        divide(&mut x, row, lower[row * side + row]);
    }
    x.into_iter().map(|value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_as_by_hand() {
        // [[4, 2], [2, 3]] x = [[8, 0], [8, 4]]: x = [[1, -1], [2, 2]], moved a little by the ridge.
        let x = solve(vec![4.0, 2.0, 2.0, 3.0], vec![8.0, 0.0, 8.0, 4.0], 2, 2);
        let exact = [1.0, -1.0, 2.0, 2.0];
        assert!(x.iter().zip(exact).all(|(x, exact)| (x - exact).abs() < 0.01), "{x:?}");
    }
}
