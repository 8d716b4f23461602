//! One sweep over a whole parameter, in parts of a fixed size on all threads: the optimizer's step and what clipping needs.

use burn::backend::Flex;
use burn::tensor::Tensor;
use rayon::prelude::*;

use super::operation::fits;
use super::rows::{dot, vectorized};

/// Numbers of a part: 64 kB of each array.
const PART: usize = 16 << 10;

/// What a step of AdamW multiplies with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamRates {
    /// Decay of the first moment.
    pub(crate) beta_1: f32,
    /// Decay of the second moment.
    pub(crate) beta_2: f32,
    /// Added to the root of the second moment.
    pub(crate) epsilon: f32,
    /// Of the parameter: what decay leaves.
    pub(crate) keep: f32,
    /// Of the first moment: learning rate and bias correction.
    pub(crate) rate: f32,
    /// Of the second moment's root: bias correction.
    pub(crate) correction: f32,
}

/// A step of AdamW (Loshchilov and Hutter 2019) on slices of the same length.
pub(crate) fn adam(rates: AdamRates, [parameter, first, second]: [&mut [f32]; 3], gradient: &[f32]) {
    let AdamRates { beta_1, beta_2, epsilon, keep, rate, correction } = rates;
    let arrays = parameter.par_chunks_mut(PART).zip(first.par_chunks_mut(PART)).zip(second.par_chunks_mut(PART));
    arrays.zip(gradient.par_chunks(PART)).for_each(|(((parameter, first), second), gradient)| {
        vectorized!({
            for (((parameter, first), second), gradient) in parameter.iter_mut().zip(first).zip(second).zip(gradient) {
                *first = beta_1 * *first + (1.0 - beta_1) * gradient;
                *second = beta_2 * *second + (1.0 - beta_2) * gradient * gradient;
                *parameter = keep * *parameter - rate * *first / (correction * second.sqrt() + epsilon);
            }
        });
    });
}

/// The sum of a tensor's squares; nothing if it is not on the CPU.
pub(crate) fn sum_of_squares<const D: usize>(x: &Tensor<D>) -> Option<f64> {
    if !fits(x) {
        return None;
    }
    let x = x.clone().try_into_primitive::<Flex>().ok()?;
    let x = x.to_contiguous();
    let numbers = x.as_slice::<f32>()?;
    let parts: Vec<f32> = numbers.par_chunks(PART).map(|part| vectorized!(dot(part, part))).collect();
    Some(parts.into_iter().map(f64::from).sum())
}

/// A tensor on the CPU times a number, in place where nobody else holds it.
pub(crate) fn scale<const D: usize>(x: Tensor<D>, factor: f32) -> Tensor<D> {
    if !fits(&x) || x.is_autodiff() {
        return x * factor;
    }
    match x.clone().try_into_primitive::<Flex>() {
        Ok(mut numbers) => {
            drop(x);
            let all = numbers.storage_mut::<f32>();
            all.par_chunks_mut(PART).for_each(|part| vectorized!(part.iter_mut().for_each(|number| *number *= factor)));
            Tensor::from_primitive::<Flex>(numbers)
        }
        Err(_) => x * factor,
    }
}
