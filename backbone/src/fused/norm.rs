//! Layer norm as one operation: two passes over a row forward, three backward, nothing kept but the input.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::buffers::Buffer;
use super::operation::{Input, Operation, apply};
use super::partition::{sum_partials, tasks};
use super::rows::{normalize, normalize_backward, vectorized};

/// Rows a task takes at least.
const ROWS: usize = 256;

#[derive(Debug)]
struct LayerNorm {
    epsilon: f32,
}

/// Layer norm over the last dimension, without a bias: `[.., width]` and `[width]` -> `[.., width]`. Nothing if the tensors are not on the CPU.
#[must_use]
pub fn layer_norm<const D: usize>(x: &Tensor<D>, gain: &Tensor<1>, epsilon: f32) -> Option<Tensor<D>> {
    let inputs = [Input::new(x.clone())?, Input::new(gain.clone())?];
    Some(apply(LayerNorm { epsilon }, inputs))
}

impl Operation<2> for LayerNorm {
    type Saved = ();

    fn forward(&self, [x, gain]: [&[f32]; 2], _keep: bool) -> (Vec<f32>, Option<()>) {
        let mut out = vec![0.0; x.len()];
        let task = ROWS * gain.len();
        out.par_chunks_mut(task).zip(x.par_chunks(task)).for_each(|(out, x)| vectorized!(normalize(x, gain, self.epsilon, out)));
        (out, Some(()))
    }

    fn backward(&self, [x, gain]: [&[f32]; 2], _saved: &(), mut gradient: Vec<f32>) -> [Vec<f32>; 2] {
        let width = gain.len();
        let task = tasks(x.len() / width, ROWS) * width;
        let backward = |(gradient, x): (&mut [f32], &[f32])| {
            let mut gain_gradient = Buffer::zeros(width);
            let mut x_gradient = Buffer::zeros(x.len());
            vectorized!(normalize_backward(x, gain, self.epsilon, gradient, &mut x_gradient, &mut gain_gradient));
            gradient.copy_from_slice(&x_gradient);
            gain_gradient
        };
        let partials: Vec<Buffer> = gradient.par_chunks_mut(task).zip(x.par_chunks(task)).map(backward).collect();
        [gradient, sum_partials(&partials, width)]
    }
}
