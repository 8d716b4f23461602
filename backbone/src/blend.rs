//! Weights between two models of one kind.

use burn::module::Module;

use crate::optimizer::parameters::{put, take};

/// A model whose weights lie between those of two of the same kind: `(1 - share) model + share other`, parameter by parameter. Trainings that started
/// from one model in other orders often average to a better one (model soups, Wortsman et al. 2022).
#[must_use]
pub fn blend<M: Module>(model: M, other: M, share: f64) -> M {
    let (shell, own) = take(model);
    let (_, others) = take(other);
    let between = own.into_iter().zip(others).map(|(own, other)| own.mul_scalar(1.0 - share) + other.mul_scalar(share));
    put(shell, between.collect())
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;
    use crate::device::cpu;

    #[test]
    fn a_quarter_of_the_way_is_a_quarter_of_each_difference() {
        let layer = |seed| -> Linear {
            cpu().seed(seed);
            LinearConfig::new(3, 2).init(&cpu())
        };
        let values = |layer: &Linear| layer.weight.val().into_data().try_to_vec::<f32>().unwrap();
        let (from, to) = (layer(1), layer(2));
        let wanted: Vec<f32> = values(&from).iter().zip(values(&to)).map(|(from, to)| from + 0.25 * (to - from)).collect();
        let blended = values(&blend(from, to, 0.25));
        assert!(blended.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{blended:?} {wanted:?}");
    }
}
