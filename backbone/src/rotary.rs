//! Rotations of queries and keys by their position (Su et al. 2021), composed of steps that burn's autodiff knows. On the CPU the same happens
//! inside attention.

use burn::tensor::{Device, Tensor, TensorData};

use crate::fused::ROTARY_BASE;

/// The rotations of queries and keys for a number of positions.
pub(crate) struct Rotary {
    /// `[1, tokens, vectors * d_head]`
    cosine: Tensor<3>,
    /// `[1, tokens, vectors * d_head]`
    sine: Tensor<3>,
    /// `[d_head, d_head]`: turns `(a, b)` into `(-b, a)`. A small product instead of slices and a concatenation, whose gradients are slow.
    turn: Tensor<2>,
}

impl Rotary {
    /// Tables for `vectors` vectors of `d_head` numbers at each of `tokens` positions.
    pub(crate) fn new(tokens: usize, d_head: usize, vectors: usize, device: &Device) -> Self {
        let half = d_head / 2;
        let angle = |position: usize, at: usize| position as f32 * ROTARY_BASE.powf(-((at % half) as f32) / half as f32);
        let table = |function: fn(f32) -> f32| {
            let row = |position| (0..d_head).map(move |at| function(angle(position, at))).collect::<Vec<_>>().repeat(vectors);
            let values: Vec<f32> = (0..tokens).flat_map(row).collect();
            Tensor::from_data(TensorData::new(values, [1, tokens, vectors * d_head]), device)
        };
        let mut turn = vec![0.0f32; d_head * d_head];
        for at in 0..half {
            turn[(at + half) * d_head + at] = -1.0;
            turn[at * d_head + at + half] = 1.0;
        }
        Self { cosine: table(f32::cos), sine: table(f32::sin), turn: Tensor::from_data(TensorData::new(turn, [d_head, d_head]), device) }
    }

    /// `[batch, tokens, vectors * d_head]` -> the same, each vector turned by its position.
    pub(crate) fn rotate(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let d_head = self.turn.dims()[0];
        let turned = x.clone().reshape([batch * tokens * (width / d_head), d_head]).matmul(self.turn.clone());
        x * self.cosine.clone() + turned.reshape([batch, tokens, width]) * self.sine.clone()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tolerance;

    use super::*;
    use crate::device::cpu;

    #[test]
    fn a_rotation_keeps_lengths_and_depends_on_distance_only() {
        let rotary = Rotary::new(8, 4, 1, &cpu());
        let vector = Tensor::<1>::from_floats([0.3, -1.0, 0.7, 0.2], &cpu()).reshape([1, 1, 4]).repeat_dim(1, 8);
        let turned = rotary.rotate(vector.clone());
        let lengths = |x: Tensor<3>| x.square().sum_dim(2).into_data();
        lengths(turned.clone()).assert_approx_eq::<f32>(&lengths(vector), Tolerance::absolute(1e-5));
        let products = turned.clone().matmul(turned.swap_dims(1, 2)).into_data().try_to_vec::<f32>().unwrap();
        // Position 1 against 3 is the same distance as 4 against 6.
        assert!((products[8 + 3] - products[4 * 8 + 6]).abs() < 1e-5);
        assert!((products[8 + 3] - products[8 + 5]).abs() > 1e-3);
    }
}
