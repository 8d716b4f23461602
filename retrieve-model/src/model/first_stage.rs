//! The first stage: normalised BM25 plus a gated, learned residual. The residual starts at zero, so an untrained first stage ranks exactly as
//! BM25 does, and training may only add what helps. It is a weighted sum on purpose: a hidden layer ranked synthetic questions better and
//! real ones worse than BM25 (see LOG.md).

use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

/// Numbers that describe a candidate beside its list; the first is BM25 divided by the best of the list.
pub const CANDIDATE_FEATURES: usize = 9;
/// Numbers that describe a query beside its list.
pub const QUERY_FEATURES: usize = 3;

/// Corrects BM25.
#[derive(Module, Debug)]
pub struct FirstStage {
    /// Logarithm of what a normalised BM25 of 1 is worth; always positive, so that the order stays.
    keyword: Param<Tensor<1>>,
    residual: Linear,
    gate: Linear,
}

impl FirstStage {
    /// A first stage that ranks as BM25 does.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        let zero = |input| LinearConfig::new(input, 1).with_initializer(Initializer::Zeros).init(device);
        Self {
            keyword: Initializer::Constant { value: 2.0 }.init([1], device),
            residual: zero(CANDIDATE_FEATURES),
            gate: zero(QUERY_FEATURES),
        }
    }

    /// Scores of candidates: `[rows, CANDIDATE_FEATURES]`, `[rows, QUERY_FEATURES]` -> `[rows]`.
    #[must_use]
    pub fn forward(&self, candidates: Tensor<2>, queries: Tensor<2>) -> Tensor<1> {
        let bm25 = candidates.clone().narrow(1, 0, 1);
        let gate = sigmoid(self.gate.forward(queries));
        let scores = bm25 * self.keyword.val().exp().reshape([1, 1]) + gate * self.residual.forward(candidates);
        scores.squeeze_dim::<1>(1)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    #[test]
    fn an_untrained_first_stage_ranks_exactly_as_bm25() {
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        device.seed(1);
        let stage = FirstStage::new(&device);
        let features = Tensor::<2>::random([50, CANDIDATE_FEATURES], Distribution::Uniform(0.0, 1.0), &device);
        let queries = Tensor::<2>::random([50, QUERY_FEATURES], Distribution::Uniform(0.0, 1.0), &device);
        let order = |values: Vec<f32>| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
            order
        };
        let bm25: Vec<f32> = features.clone().narrow(1, 0, 1).into_data().try_to_vec().unwrap();
        let scores: Vec<f32> = stage.forward(features, queries).into_data().try_to_vec().unwrap();
        assert_eq!(order(scores), order(bm25));
    }
}
