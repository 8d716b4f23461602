//! The first stage: normalised BM25 plus the cosine of the retrieval vectors, and how sharp a ranking that is. Without vectors it ranks exactly as
//! BM25 does. How much a cosine weighs is not learned: synthetic questions keep the text's words, so what learns from them trusts the words too
//! much (a hidden layer and nine weights ranked synthetic questions better and real ones worse, see LOG.md).

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor};

/// What a cosine of 1 is worth beside a normalised BM25 of 1; chosen on the development collections (of 1, 2 and 4, CISI liked 2 best and questions
/// about sentences 1 and 2).
const VECTOR: f32 = 1.5;

/// Numbers that describe a candidate beside its list: BM25 divided by the best of the list, and cosine less the highest of the list.
pub const CANDIDATE_FEATURES: usize = 2;

/// Words and vectors together.
#[derive(Module, Debug)]
pub struct FirstStage {
    /// Logarithm of what a normalised BM25 of 1 is worth, in log-odds; always positive, so that the order stays.
    sharpness: Param<Tensor<1>>,
}

impl FirstStage {
    /// A first stage of some sharpness.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        Self { sharpness: Initializer::Constant { value: 2.0 }.init([1], device) }
    }

    /// Scores of candidates: `[rows, CANDIDATE_FEATURES]` -> `[rows]`.
    #[must_use]
    pub fn forward(&self, candidates: Tensor<2>) -> Tensor<1> {
        let column = |at| candidates.clone().narrow(1, at, 1);
        let scores = (column(0) + column(1).mul_scalar(VECTOR)) * self.sharpness.val().exp().reshape([1, 1]);
        scores.squeeze_dim::<1>(1)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    #[test]
    fn without_vectors_it_ranks_exactly_as_bm25() {
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        device.seed(1);
        let stage = FirstStage::new(&device);
        let features = Tensor::<2>::random([50, 1], Distribution::Uniform(0.0, 1.0), &device);
        let features = Tensor::cat(vec![features, Tensor::zeros([50, 1], &device)], 1);
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
