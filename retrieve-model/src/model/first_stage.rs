//! The first stage: normalised BM25 plus a weight times the cosine of the retrieval vectors. Untrained it ranks exactly as BM25 does. Two weights on
//! purpose: seven more numbers about shared words, and before them a hidden layer, ranked synthetic questions better and real ones worse (see
//! LOG.md).

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor};

/// Numbers that describe a candidate beside its list: BM25 divided by the best of the list, and cosine less the highest of the list.
pub const CANDIDATE_FEATURES: usize = 2;

/// Corrects BM25.
#[derive(Module, Debug)]
pub struct FirstStage {
    /// Logarithm of what a normalised BM25 of 1 is worth; always positive, so that the order stays.
    keyword: Param<Tensor<1>>,
    /// What a cosine of 1 is worth.
    vector: Param<Tensor<1>>,
}

impl FirstStage {
    /// A first stage that ranks as BM25 does.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        let constant = |value| Initializer::Constant { value }.init([1], device);
        Self { keyword: constant(2.0), vector: constant(0.0) }
    }

    /// Scores of candidates: `[rows, CANDIDATE_FEATURES]` -> `[rows]`.
    #[must_use]
    pub fn forward(&self, candidates: Tensor<2>) -> Tensor<1> {
        let column = |at| candidates.clone().narrow(1, at, 1);
        let scores = column(0) * self.keyword.val().exp().reshape([1, 1]) + column(1) * self.vector.val().reshape([1, 1]);
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
        let order = |values: Vec<f32>| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
            order
        };
        let bm25: Vec<f32> = features.clone().narrow(1, 0, 1).into_data().try_to_vec().unwrap();
        let scores: Vec<f32> = stage.forward(features).into_data().try_to_vec().unwrap();
        assert_eq!(order(scores), order(bm25));
    }
}
