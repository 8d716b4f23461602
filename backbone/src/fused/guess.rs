//! The output layer and its loss as one operation: the mean cross entropy of `softmax(x W + b)` against one right choice a row. The scores
//! exist for a block of rows and choices at a time; the gradient makes them again from the logarithm of each row's sum. A task takes some
//! choices, so each part of the weight is read by one task only.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};
use rayon::prelude::*;

use super::buffers::Buffer;
use super::operation::{Input, Operation, apply};
use super::partition::sum_partials;
use super::product::{Matrix, Place, add_product, product};
use super::rows::{add, exp_less, largest, vectorized};

/// Choices of a task.
const CHOICES: usize = 1_024;
/// Rows whose scores exist together: 512 kB of them.
const ROWS: usize = 128;

#[derive(Debug)]
struct Guess {
    /// The right choice of each row; none if the row does not count.
    targets: Vec<Option<usize>>,
    d_model: usize,
    choices: usize,
}

/// Mean cross entropy of guesses, `[1]`: `x` is `[rows, d_model]`, `weight` `[d_model, choices]`, `bias` `[choices]`, `targets` `[rows]`. A row
/// with a negative target does not count; zero if none does.
#[must_use]
pub fn guess_loss(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, targets: Tensor<1, Int>) -> Tensor<1> {
    let [d_model, choices] = weight.dims();
    let numbers: Vec<Option<usize>> = targets.to_data().iter::<i64>().map(|target| usize::try_from(target).ok()).collect();
    let known = numbers.iter().flatten().all(|target| *target < choices) && !numbers.is_empty();
    let plain_bias = || Tensor::zeros([choices], &weight.device().inner());
    let inputs = || Some([Input::new(x.clone())?, Input::new(weight.clone())?, Input::new(bias.clone().unwrap_or_else(plain_bias))?]);
    match known.then(inputs).flatten() {
        Some(inputs) => apply(Guess { targets: numbers, d_model, choices }, inputs),
        None => guess_loss_composed(x, weight, bias, targets),
    }
}

/// The same from steps that burn's autodiff knows.
#[must_use]
pub fn guess_loss_composed(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, targets: Tensor<1, Int>) -> Tensor<1> {
    let scores = x.matmul(weight);
    let scores = match bias {
        Some(bias) => scores + bias.unsqueeze::<2>(),
        None => scores,
    };
    let counts = targets.clone().greater_equal_elem(0).float();
    let chosen = log_softmax(scores, 1).gather(1, targets.clamp_min(0).unsqueeze_dim::<2>(1)).squeeze_dim::<1>(1);
    (chosen * counts.clone()).sum().neg() / counts.sum().clamp_min(1.0)
}

/// A part of the choices: where it starts and how many there are.
type Part = (usize, usize);

impl Guess {
    fn rows(&self) -> usize {
        self.targets.len()
    }

    /// What one row's loss weighs in the mean.
    fn share(&self) -> f32 {
        1.0 / self.targets.iter().flatten().count().max(1) as f32
    }

    fn parts(&self) -> Vec<Part> {
        (0..self.choices).step_by(CHOICES).map(|start| (start, CHOICES.min(self.choices - start))).collect()
    }

    /// Scores of some choices for rows from `first` on, as many as `scores` holds.
    fn scores(&self, [x, weight, bias]: [&[f32]; 3], first: usize, (start, count): Part, scores: &mut [f32]) {
        let rows = scores.len() / count;
        let (x, weight) = (&x[first * self.d_model..], Matrix::cut(weight, self.d_model, self.choices, start, count));
        product(Place::new(scores, rows, count), Matrix::new(x, rows, self.d_model), weight, 1.0);
        vectorized!(scores.chunks_exact_mut(count).for_each(|scores| add(scores, &bias[start..start + count])));
    }
}

impl Operation<3> for Guess {
    /// Logarithm of each row's sum.
    type Saved = Buffer;

    fn forward(&self, inputs: [&[f32]; 3], _keep: bool) -> (Vec<f32>, Option<Buffer>) {
        // Of each part and row: the largest score, the sum of the powers less that, and the target's score.
        let found: Vec<Vec<[f32; 3]>> = self
            .parts()
            .into_par_iter()
            .map(|(start, count)| {
                let mut found = Vec::with_capacity(self.rows());
                for first in (0..self.rows()).step_by(ROWS) {
                    let mut scores = Buffer::any(ROWS.min(self.rows() - first) * count);
                    self.scores(inputs, first, (start, count), &mut scores);
                    for (target, scores) in self.targets[first..].iter().zip(scores.chunks_exact_mut(count)) {
                        let own = target.and_then(|target| scores.get(target.checked_sub(start)?)).copied().unwrap_or(0.0);
                        found.push(vectorized!({
                            let most = largest(scores);
                            [most, exp_less(scores, most), own]
                        }));
                    }
                }
                found
            })
            .collect();
        let mut logarithms = Buffer::any(self.rows());
        let mut loss = 0.0f64;
        for (row, logarithm) in logarithms.iter_mut().enumerate() {
            let most = found.iter().fold(f32::NEG_INFINITY, |most, part| most.max(part[row][0]));
            let sum: f32 = found.iter().map(|part| part[row][1] * (part[row][0] - most).exp()).sum();
            *logarithm = most + sum.ln();
            if self.targets[row].is_some() {
                loss += f64::from(*logarithm - found.iter().map(|part| part[row][2]).sum::<f32>());
            }
        }
        (vec![(loss * f64::from(self.share())) as f32], Some(logarithms))
    }

    fn backward(&self, inputs: [&[f32]; 3], logarithms: &Buffer, gradient: Vec<f32>) -> [Vec<f32>; 3] {
        let share = gradient.first().map_or(0.0, |gradient| gradient * self.share());
        let [x, weight, bias] = inputs;
        let parts = self.parts();
        let found: Vec<[Buffer; 3]> = parts.par_iter().map(|part| self.part_backward(inputs, logarithms, share, *part)).collect();
        let mut weight_gradient = vec![0.0; weight.len()];
        weight_gradient.par_chunks_mut(self.choices).enumerate().for_each(|(row, gradient)| {
            for ((start, count), [_, part, _]) in parts.iter().zip(&found) {
                gradient[*start..start + count].copy_from_slice(&part[row * count..][..*count]);
            }
        });
        let mut x_shares = Vec::new();
        let mut bias_gradient = Vec::with_capacity(bias.len());
        for [x_share, _, bias_share] in found {
            x_shares.push(x_share);
            bias_gradient.extend_from_slice(&bias_share);
        }
        [sum_partials(&x_shares, x.len()), weight_gradient, bias_gradient]
    }

    fn shape(&self, _inputs: [&[usize]; 3]) -> Vec<usize> {
        vec![1]
    }
}

impl Guess {
    /// What some choices give to the gradient of `x`, and theirs of weight, `[d_model, count]`, and bias.
    fn part_backward(&self, inputs: [&[f32]; 3], logarithms: &[f32], share: f32, (start, count): Part) -> [Buffer; 3] {
        let [x, weight, _] = inputs;
        let weight = Matrix::cut(weight, self.d_model, self.choices, start, count).transposed();
        let mut found = [Buffer::any(x.len()), Buffer::zeros(self.d_model * count), Buffer::zeros(count)];
        let [x_gradient, weight_gradient, bias_gradient] = &mut found;
        for first in (0..self.rows()).step_by(ROWS) {
            let rows = ROWS.min(self.rows() - first);
            let mut scores = Buffer::any(rows * count);
            self.scores(inputs, first, (start, count), &mut scores);
            vectorized!({
                for (row, scores) in scores.chunks_exact_mut(count).enumerate() {
                    let Some(target) = self.targets[first + row] else {
                        scores.fill(0.0);
                        continue;
                    };
                    exp_less(scores, logarithms[first + row]);
                    if let Some(own) = target.checked_sub(start).and_then(|at| scores.get_mut(at)) {
                        *own -= 1.0;
                    }
                    scores.iter_mut().for_each(|score| *score *= share);
                    add(bias_gradient, scores);
                }
            });
            let scores = Matrix::new(&scores, rows, count);
            let from = first * self.d_model;
            product(Place::new(&mut x_gradient[from..], rows, self.d_model), scores, weight, 1.0);
            let x = Matrix::new(&x[from..], rows, self.d_model).transposed();
            add_product(Place::new(weight_gradient, self.d_model, count), x, scores);
        }
        found
    }
}
