//! AdamW (Loshchilov and Hutter 2019) over a whole model: decay on matrices only, the norm of all gradients clipped together.
//!
//! On the CPU a step is one sweep over all parameters at once, clipping included, where burn's own takes a dozen for each. The moments lie
//! flat, in the order in which the model shows its parameters, on the device of each, so that burn's default device is never touched.
//!
//! Tables of embeddings are updated lazily: a row that no text of the batch read stays as it is, moments and all, where plain AdamW would go
//! on moving it by its momentum. A batch of text reads only a part of the rows.

pub(crate) mod parameters;

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::{Bool, Bytes, Tensor};

use self::parameters::{Kind, put, take, take_gradients};
use crate::fused::{self, AdamRates, Swept};

/// The numbers of AdamW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Decay of the first moment.
    pub beta_1: f64,
    /// Decay of the second moment.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Of matrices; norms, biases, embeddings and other vectors have none.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; 0 for no limit.
    pub clip_norm: f64,
}

/// First and second moment of a parameter's gradient, flat.
type Moments = [Tensor<1>; 2];

/// The moments of all parameters as a checkpoint holds them.
#[derive(Module, Debug)]
struct Record {
    first: Vec<Param<Tensor<1>>>,
    second: Vec<Param<Tensor<1>>>,
}

/// AdamW with its state for one model.
#[derive(Debug)]
pub struct AdamW {
    numbers: Adam,
    kinds: Vec<Kind>,
    moments: Vec<Moments>,
}

impl AdamW {
    /// Moments of zero for every parameter of a model.
    #[must_use]
    pub fn new<M: Module>(numbers: Adam, model: &M) -> Self {
        let kinds = Kind::all(model);
        let zeros = |kind: &Kind| Tensor::zeros([kind.elements], &kind.device);
        let moments = kinds.iter().map(|kind| [zeros(kind), zeros(kind)]).collect();
        Self { numbers, kinds, moments }
    }

    fn record(&self) -> Record {
        let all = |which: usize| self.moments.iter().map(|moments| Param::from_tensor(moments[which].clone())).collect();
        Record { first: all(0), second: all(1) }
    }

    /// The moments in burn's own format.
    pub(crate) fn to_bytes(&self) -> Result<Bytes, RecordError> {
        self.record().into_record().into_bytes()
    }

    /// Takes the moments back from a checkpoint of the same model.
    pub(crate) fn load(mut self, bytes: Bytes) -> Result<Self, RecordError> {
        let record = self.record().try_load_record(ModuleRecord::from_bytes(bytes)?)?;
        let both = record.first.into_iter().zip(record.second);
        self.moments = both.map(|(first, second)| [first.into_value(), second.into_value()]).collect();
        Ok(self)
    }

    /// Step number `step`, counted from 1. Gives the norm of all gradients before clipping, `[1]`, without reading a number back from the
    /// device; nothing if there are no gradients. A parameter without a gradient stays as it is.
    pub fn step<M: Module>(&mut self, step: u64, learning_rate: f64, model: M, mut gradients: GradientsParams) -> (M, Option<Tensor<1>>) {
        let gradients = take_gradients(&model, &mut gradients);
        let (model, parameters) = take(model);
        let moments = std::mem::take(&mut self.moments);
        let rates = self.rates(learning_rate, step);
        let kinds: Vec<(f64, usize)> = self.kinds.iter().map(|kind| (self.keep(kind, learning_rate), kind.row)).collect();
        let all = parameters.into_iter().zip(moments).zip(gradients).zip(kinds);
        let all: Vec<Stepped> =
            all.map(|(((parameter, moments), gradient), (keep, row))| Stepped { parameter, moments, gradient, keep, row }).collect();
        let on_cpu = all.iter().all(|one| fused::fits(&one.parameter));
        let (all, norm) = if on_cpu { sweep(all, rates, self.numbers.clip_norm) } else { compose(all, rates, self.numbers.clip_norm) };
        let (parameters, moments) = all.into_iter().map(|one| (one.parameter, one.moments)).unzip();
        self.moments = moments;
        (put(model, parameters), norm)
    }

    fn rates(&self, learning_rate: f64, step: u64) -> AdamRates {
        let Adam { beta_1, beta_2, epsilon, .. } = self.numbers;
        let corrected = |beta: f64| 1.0 - beta.powf(step as f64);
        AdamRates { beta_1, beta_2, epsilon, rate: learning_rate / corrected(beta_1), correction: 1.0 / corrected(beta_2).sqrt() }
    }

    /// What decay leaves of a parameter.
    fn keep(&self, kind: &Kind, learning_rate: f64) -> f64 {
        if kind.decays { 1.0 - learning_rate * self.numbers.weight_decay } else { 1.0 }
    }
}

/// A parameter in the middle of a step.
struct Stepped {
    parameter: Tensor<1>,
    moments: Moments,
    gradient: Option<Tensor<1>>,
    /// What decay leaves of the parameter.
    keep: f64,
    /// Numbers that stay as they are where all of their gradients are 0; 1 for none.
    row: usize,
}

/// One pass over the memory of all parameters, on the CPU.
fn sweep(all: Vec<Stepped>, rates: AdamRates, most: f64) -> (Vec<Stepped>, Option<Tensor<1>>) {
    let Some(device) = all.iter().find_map(|one| Some(one.gradient.as_ref()?.device())) else { return (all, None) };
    let into = |Stepped { parameter, moments: [first, second], gradient, keep, row }| {
        let numbers = [parameter, first, second].map(fused::Numbers::new);
        Swept { numbers, gradient: gradient.map(fused::Numbers::new), keep, row }
    };
    let mut swept: Vec<Swept> = all.into_iter().map(into).collect();
    let norm = fused::norm(&swept);
    let factor = if most > 0.0 { (most / (norm + 1e-6)).min(1.0) } else { 1.0 };
    fused::adam(&mut swept, rates, factor);
    let back = |one: Swept| {
        let [parameter, first, second] = one.numbers.map(fused::Numbers::into_tensor);
        Stepped { parameter, moments: [first, second], gradient: None, keep: one.keep, row: one.row }
    };
    (swept.into_iter().map(back).collect(), Some(Tensor::from_floats([norm as f32], &device)))
}

/// The same from burn's steps, for other devices.
fn compose(mut all: Vec<Stepped>, rates: AdamRates, most: f64) -> (Vec<Stepped>, Option<Tensor<1>>) {
    let squares = all.iter().filter_map(|one| Some(one.gradient.clone()?.square().sum())).reduce(|sum, squares| sum + squares);
    let Some(norm) = squares.map(Tensor::sqrt) else { return (all, None) };
    let factor = (most > 0.0).then(|| norm.clone().add_scalar(1e-6).recip().mul_scalar(most).clamp_max(1.0));
    for one in &mut all {
        let Some(gradient) = one.gradient.take() else { continue };
        let gradient = factor.iter().fold(gradient, |gradient, factor| gradient * factor.clone());
        let stays = (one.row > 1).then(|| unread_rows(&gradient, one.row));
        let lazily = |old: Tensor<1>, new: Tensor<1>| match &stays {
            Some(stays) => new.mask_where(stays.clone(), old),
            None => new,
        };
        let [old_first, old_second] = one.moments.clone();
        let first = old_first.clone().mul_scalar(rates.beta_1) + gradient.clone().mul_scalar(1.0 - rates.beta_1);
        let second = old_second.clone().mul_scalar(rates.beta_2) + gradient.square().mul_scalar(1.0 - rates.beta_2);
        let root = second.clone().sqrt().mul_scalar(rates.correction).add_scalar(rates.epsilon);
        let moved = one.parameter.clone().mul_scalar(one.keep) - first.clone().mul_scalar(rates.rate) / root;
        one.parameter = lazily(one.parameter.clone(), moved);
        one.moments = [lazily(old_first, first), lazily(old_second, second)];
    }
    (all, Some(norm))
}

/// Where a flat gradient belongs to a row that has none, `[rows * row]`.
fn unread_rows(gradient: &Tensor<1>, row: usize) -> Tensor<1, Bool> {
    let elements = gradient.dims()[0];
    let largest = gradient.clone().reshape([elements / row, row]).abs().max_dim(1);
    largest.equal_elem(0.0).expand([elements / row, row]).reshape([elements])
}

#[cfg(test)]
mod tests {
    use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
    use burn::tensor::{Device, Tolerance};

    use super::*;
    use crate::device::cpu;

    const ADAM: Adam = Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.1, clip_norm: 0.0 };

    #[derive(Module, Debug)]
    struct Model {
        embedding: Embedding,
        norm: LayerNorm,
        linear: Linear,
    }

    fn model(device: &Device) -> Model {
        Model {
            embedding: EmbeddingConfig::new(4, 3).init(device),
            norm: LayerNormConfig::new(3).init(device),
            linear: LinearConfig::new(3, 2).init(device),
        }
    }

    fn gradients(model: &Model, scale: f32) -> GradientsParams {
        let mut gradients = GradientsParams::new();
        gradients.register(model.linear.weight.id, Tensor::<2>::ones([3, 2], &cpu()).mul_scalar(scale));
        gradients.register(model.norm.gamma.id, Tensor::<1>::ones([3], &cpu()).mul_scalar(scale));
        gradients
    }

    fn values<const D: usize>(param: &Param<Tensor<D>>) -> Vec<f32> {
        param.val().into_data().try_to_vec().unwrap()
    }

    #[test]
    fn two_steps_match_the_paper_worked_by_hand() {
        let stepped = |parameter, moments, gradient: [f32; 2], step, path: fn(Vec<Stepped>, AdamRates, f64) -> (Vec<Stepped>, _)| {
            let rates = AdamW { numbers: ADAM, kinds: vec![], moments: vec![] }.rates(0.01, step);
            let gradient = Some(Tensor::from_floats(gradient, &cpu()));
            path(vec![Stepped { parameter, moments, gradient, keep: 1.0 - 0.01 * 0.1, row: 1 }], rates, 0.0).0.remove(0)
        };
        for path in [sweep, compose] {
            let zeros = || Tensor::<1>::zeros([2], &cpu());
            let one = stepped(Tensor::from_floats([1.0, -2.0], &cpu()), [zeros(), zeros()], [0.5, -0.1], 1, path);
            // The first step moves by the learning rate against the sign, after decay by 0.001.
            let expected = Tensor::<1>::from_floats([0.999 - 0.01, -1.998 + 0.01], &cpu()).into_data();
            one.parameter.to_data().assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-6));
            let two = stepped(one.parameter, one.moments, [0.5, 0.3], 2, path);
            // second: m = (0.095, 0.021), v = (4.9975e-4, 9.999e-5); corrected by 0.19 and 0.001999.
            let second = -1.988 * 0.999 - 0.01 * (0.021 / 0.19) / (9.999e-5_f32 / 0.001_999).sqrt();
            let expected = Tensor::<1>::from_floats([0.989 * 0.999 - 0.01, second], &cpu()).into_data();
            two.parameter.into_data().assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-5));
        }
    }

    #[test]
    fn a_row_of_a_table_without_gradient_stays_with_its_moments_and_the_others_move_as_ever() {
        let rates = AdamW { numbers: ADAM, kinds: vec![], moments: vec![] }.rates(0.01, 3);
        for path in [sweep, compose] {
            let one = |row| {
                let tensor = |from: [f32; 6]| Tensor::<1>::from_floats(from, &cpu());
                let moments = [tensor([0.1; 6]), tensor([0.2; 6])];
                // Three rows of two: the middle one was not read; a 0 in a row that was read is a gradient.
                let gradient = Some(tensor([0.5, 0.0, 0.0, 0.0, -0.3, 0.2]));
                let stepped =
                    path(vec![Stepped { parameter: tensor([1.0; 6]), moments, gradient, keep: 1.0, row }], rates, 0.0).0.remove(0);
                let [first, second] = stepped.moments;
                [stepped.parameter, first, second].map(|tensor| tensor.into_data().try_to_vec::<f32>().unwrap())
            };
            for ((lazy, dense), before) in one(2).into_iter().zip(one(1)).zip([1.0, 0.1, 0.2]) {
                assert_eq!([&lazy[..2], &lazy[4..]], [&dense[..2], &dense[4..]]);
                assert_eq!(lazy[2..4], [before; 2]);
                assert!(dense[2..4].iter().all(|number| *number != before));
            }
        }
    }

    #[test]
    fn the_norm_is_taken_over_all_gradients_together() {
        let model = model(&cpu().autodiff());
        let clipped = |scale: f32, clip_norm: f64| {
            let mut adam = AdamW::new(Adam { clip_norm, ..ADAM }, &model);
            let (_, norm) = adam.step(1, 0.01, model.clone(), gradients(&model, scale));
            // The first moment after the first step is a tenth of the gradient.
            let first: Vec<f32> = adam.moments.iter().flat_map(|[first, _]| first.to_data().try_to_vec::<f32>().unwrap()).collect();
            (norm.unwrap().into_scalar::<f32>(), first)
        };
        // Nine ones: norm 3; scaled to 1, each becomes a third, in both tensors; the others stay at zero.
        let (norm, first) = clipped(1.0, 1.0);
        assert!((norm - 3.0).abs() < 1e-5);
        assert_eq!(first.iter().filter(|moment| (**moment - 0.1 / 3.0).abs() < 1e-6).count(), 9);
        assert_eq!(first.iter().filter(|moment| **moment == 0.0).count(), first.len() - 9);
        // Below the limit, and without one, nothing is scaled.
        assert!(clipped(0.01, 1.0).1.iter().all(|moment| *moment == 0.0 || (moment - 0.001).abs() < 1e-8));
        assert!(clipped(5.0, 0.0).1.iter().all(|moment| *moment == 0.0 || (moment - 0.5).abs() < 1e-6));
    }

    #[test]
    fn a_parameter_without_gradient_stays_and_one_with_goes_on_learning() {
        let model = model(&cpu().autodiff());
        let (stepped, _) = AdamW::new(ADAM, &model).step(1, 0.01, model.clone(), gradients(&model, 1.0));
        assert_eq!(values(&stepped.embedding.weight), values(&model.embedding.weight));
        assert_ne!(values(&stepped.norm.gamma), values(&model.norm.gamma));
        assert!(stepped.norm.gamma.val().is_require_grad() && stepped.embedding.weight.val().is_require_grad());
        assert_eq!(stepped.linear.weight.id, model.linear.weight.id);
        let (same, norm) = AdamW::new(ADAM, &model).step(1, 0.01, model.clone(), GradientsParams::new());
        assert!(norm.is_none());
        assert_eq!(values(&same.norm.gamma), values(&model.norm.gamma));
    }

    #[test]
    fn moments_come_back_from_their_bytes() {
        let model = model(&cpu().autodiff());
        let mut adam = AdamW::new(ADAM, &model);
        let (model, _) = adam.step(1, 0.01, model.clone(), gradients(&model, 0.7));
        let mut again = AdamW::new(ADAM, &model).load(adam.to_bytes().unwrap()).unwrap();
        let (one, _) = adam.step(2, 0.01, model.clone(), gradients(&model, -0.2));
        let (other, _) = again.step(2, 0.01, model.clone(), gradients(&model, -0.2));
        assert_eq!(values(&one.linear.weight), values(&other.linear.weight));
        assert!(AdamW::new(ADAM, &model.linear).load(adam.to_bytes().unwrap()).is_err());
    }
}
