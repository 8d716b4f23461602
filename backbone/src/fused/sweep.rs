//! One sweep over all parameters of a model, in parts of a fixed size on all threads: the optimizer's step and the norm it clips by.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use rayon::prelude::*;

use super::rows::{dot, vectorized};

/// Numbers of a part: 64 kB of each array.
const PART: usize = 16 << 10;

/// What a step of AdamW multiplies with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamRates {
    /// Decay of the first moment.
    pub(crate) beta_1: f64,
    /// Decay of the second moment.
    pub(crate) beta_2: f64,
    /// Added to the root of the second moment.
    pub(crate) epsilon: f64,
    /// Of the first moment: learning rate and bias correction.
    pub(crate) rate: f64,
    /// Of the second moment's root: bias correction.
    pub(crate) correction: f64,
}

/// The numbers of a flat tensor on the CPU, in one piece and to be changed in place: copied only if somebody else holds them.
#[derive(Debug)]
pub(crate) struct Numbers(FlexTensor);

impl Numbers {
    /// Takes the numbers out of a tensor that [`super::fits`].
    pub(crate) fn new(x: Tensor<1>) -> Self {
        match x.clone().try_into_primitive::<Flex>() {
            Ok(found) => {
                drop(x);
                let whole = found.as_slice::<f32>().is_some_and(|part| part.len() == found.storage::<f32>().len());
                Self(if whole { found } else { found.to_contiguous() })
            }
            Err(_) => Self(FlexTensor::from_data(x.into_data().convert::<f32>())),
        }
    }

    /// The tensor again.
    pub(crate) fn into_tensor(self) -> Tensor<1> {
        Tensor::from_primitive::<Flex>(self.0)
    }

    fn all(&self) -> &[f32] {
        self.0.storage()
    }

    fn all_mut(&mut self) -> &mut [f32] {
        self.0.storage_mut()
    }
}

/// A parameter with what its step needs.
#[derive(Debug)]
pub(crate) struct Swept {
    /// Parameter, first and second moment.
    pub(crate) numbers: [Numbers; 3],
    /// Gradient; without one the parameter stays as it is.
    pub(crate) gradient: Option<Numbers>,
    /// What decay leaves of the parameter.
    pub(crate) keep: f64,
    /// Numbers that stay as they are, moments too, where all of their gradients are 0: rows of a table that no text read; 1 for none.
    pub(crate) row: usize,
}

/// The norm of all gradients together.
pub(crate) fn norm(swept: &[Swept]) -> f64 {
    let gradients = swept.iter().filter_map(|one| one.gradient.as_ref());
    let parts: Vec<&[f32]> = gradients.flat_map(|gradient| gradient.all().chunks(PART)).collect();
    let squares: Vec<f32> = parts.into_par_iter().map(|part| vectorized!(dot(part, part))).collect();
    squares.into_iter().map(f64::from).sum::<f64>().sqrt()
}

/// A stretch of a parameter, its moments and its gradient.
struct Part<'a> {
    parameter: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    gradient: &'a [f32],
    keep: f32,
    row: usize,
}

fn parts(one: &mut Swept) -> impl Iterator<Item = Part<'_>> {
    let Swept { numbers: [parameter, first, second], gradient, keep, row } = one;
    let gradient: &[f32] = gradient.as_ref().map_or(&[], Numbers::all);
    let (keep, row) = (*keep as f32, (*row).max(1));
    let part = PART.next_multiple_of(row);
    // Chunks of an empty gradient are none, and so nothing of the parameter is touched.
    let arrays = gradient.chunks(part).zip(parameter.all_mut().chunks_mut(part)).zip(first.all_mut().chunks_mut(part));
    let arrays = arrays.zip(second.all_mut().chunks_mut(part));
    arrays.map(move |(((gradient, parameter), first), second)| Part { parameter, first, second, gradient, keep, row })
}

impl Part<'_> {
    /// The rows that have a gradient; all of it where rows do not count.
    fn touched(self) -> impl Iterator<Item = Self> {
        let Part { parameter, first, second, gradient, keep, row } = self;
        let length = if row > 1 { row } else { gradient.len().max(1) };
        let rows = gradient.chunks(length).zip(parameter.chunks_mut(length)).zip(first.chunks_mut(length)).zip(second.chunks_mut(length));
        let rows = rows.map(move |(((gradient, parameter), first), second)| Part { parameter, first, second, gradient, keep, row });
        rows.filter(|part| part.row == 1 || part.gradient.iter().any(|number| *number != 0.0))
    }
}

/// A step of AdamW (Loshchilov and Hutter 2019) on all parameters, with gradients times `factor`.
pub(crate) fn adam(swept: &mut [Swept], rates: AdamRates, factor: f64) {
    let [beta_1, beta_2, epsilon, rate, correction, factor] =
        [rates.beta_1, rates.beta_2, rates.epsilon, rates.rate, rates.correction, factor].map(|number| number as f32);
    let parts: Vec<Part> = swept.iter_mut().flat_map(parts).collect();
    parts.into_par_iter().flat_map_iter(Part::touched).for_each(|Part { parameter, first, second, gradient, keep, .. }| {
        vectorized!({
            for (((parameter, first), second), gradient) in parameter.iter_mut().zip(first).zip(second).zip(gradient) {
                let gradient = factor * gradient;
                *first = beta_1 * *first + (1.0 - beta_1) * gradient;
                *second = beta_2 * *second + (1.0 - beta_2) * gradient * gradient;
                *parameter = keep * *parameter - rate * *first / (correction * second.sqrt() + epsilon);
            }
        });
    });
}
