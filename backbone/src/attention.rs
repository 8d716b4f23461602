//! Scaled dot-product attention, twice: burn's own call, fast but not made for gradients, and the same composed of differentiable steps.
//! Which one runs is decided by the tensors: those under autodiff take the composed path.

use burn::tensor::activation::softmax;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Bool, Tensor};

/// Added to the score of a padded key. Finite, so that a row that is all padding gives a mean and not NaN.
const HIDDEN: f32 = -1e9;

/// Attention of every head.
///
/// `query`, `key`, `value` are `[batch, heads, tokens, d_head]`; `added` is what is added to the scores, `[batch or 1, heads or 1, queries or 1, keys]`: that a key
/// is hidden ([`hidden`]), or how far it stands from its query. Rows of the result at padded positions mean nothing.
#[must_use]
pub fn attend(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, added: Option<Tensor<4>>) -> Tensor<4> {
    if query.is_autodiff() {
        return attend_composed(query, key, value, added);
    }
    let [batch, _, queries, _] = query.dims();
    let bias = added.map(|added| {
        let [_, heads, _, keys] = added.dims();
        added.expand([batch, heads, queries, keys])
    });
    burn::tensor::module::attention(query, key, value, None, bias, AttentionModuleOptions::default())
}

/// The same from steps that autodiff knows.
#[must_use]
pub fn attend_composed(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, added: Option<Tensor<4>>) -> Tensor<4> {
    let d_head = query.dims()[3];
    // The query is the smaller tensor to scale: [batch, heads, tokens, d_head] instead of [.., tokens, tokens].
    let scores = query.mul_scalar(1.0 / (d_head as f64).sqrt()).matmul(key.swap_dims(2, 3));
    let scores = match added {
        Some(added) => scores + added,
        None => scores,
    };
    softmax(scores, 3).matmul(value)
}

/// What is added to the scores so that no query sees padding: `[batch, keys]`, true where there is no token, to `[batch, 1, 1, keys]`.
#[must_use]
pub fn hidden(padding: &Tensor<2, Bool>) -> Tensor<4> {
    let [batch, keys] = padding.dims();
    padding.clone().float().mul_scalar(HIDDEN).reshape([batch, 1, 1, keys])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData, Tolerance};

    use super::*;
    use crate::device::cpu;

    fn random(shape: [usize; 4]) -> Tensor<4> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &cpu())
    }

    #[test]
    fn the_fast_and_the_composed_path_agree_whatever_is_added() {
        cpu().seed(3);
        let (query, key, value) = (random([3, 4, 17, 8]), random([3, 4, 17, 8]), random([3, 4, 17, 8]));
        let lengths = [17, 5, 0];
        let rows: Vec<bool> = lengths.iter().flat_map(|length| (0..17).map(move |at| at >= *length)).collect();
        let padding = Tensor::<2, Bool>::from_data(TensorData::new(rows, [3, 17]), &cpu());
        let apart = random([1, 4, 17, 17]);
        for added in [None, Some(hidden(&padding)), Some(apart.clone()), Some(hidden(&padding) + apart)] {
            let fast = attend(query.clone(), key.clone(), value.clone(), added.clone()).into_data();
            let composed = attend_composed(query.clone(), key.clone(), value.clone(), added).into_data();
            fast.assert_approx_eq::<f32>(&composed, Tolerance::absolute(1e-4));
        }
    }

    #[test]
    fn what_stands_at_a_padded_position_changes_nothing() {
        cpu().seed(4);
        let (query, key, value) = (random([1, 2, 6, 8]), random([1, 2, 6, 8]), random([1, 2, 6, 8]));
        let rows = TensorData::new(vec![false, false, false, false, true, true], [1, 6]);
        let padding = Tensor::<2, Bool>::from_data(rows, &cpu());
        let other = value.clone().slice_assign([0..1, 0..2, 4..6, 0..8], random([1, 2, 2, 8]));
        let before = attend(query.clone(), key.clone(), value, Some(hidden(&padding))).into_data();
        let after = attend(query, key, other, Some(hidden(&padding))).into_data();
        assert_eq!(before, after);
    }
}
