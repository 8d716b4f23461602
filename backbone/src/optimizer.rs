//! AdamW (Loshchilov and Hutter 2019) over a whole model: decay on matrices only, the norm of all gradients clipped together.
//!
//! The step itself is one pass over each parameter on the CPU, where burn's own takes a dozen. Moments come back from a checkpoint on the CPU
//! and move to their parameter's device with its next gradient, so that burn's default device is never touched.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::{GradientsParams, ModuleOptimizer, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::device::cpu;
use crate::fused::{self, AdamRates};

/// The numbers of AdamW.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Adam {
    pub(crate) beta_1: f64,
    pub(crate) beta_2: f64,
    pub(crate) epsilon: f64,
    pub(crate) weight_decay: f64,
}

/// First and second moment of a parameter's gradient.
#[derive(Clone)]
pub(crate) struct Moments<const D: usize> {
    steps: usize,
    first: Tensor<D>,
    second: Tensor<D>,
}

impl<const D: usize> RecordState for Moments<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_tensor(prefix, "first", self.first.to_data());
        out.push_tensor(prefix, "second", self.second.to_data());
        out.push_scalar(prefix, "steps", self.steps.into());
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, _default: &Device) -> Option<Self> {
        let mut tensor = |leaf| source.take_tensor(prefix, leaf).map(|data| Tensor::from_data(data, &cpu()));
        let (first, second) = (tensor("first")?, tensor("second")?);
        let steps = usize::try_from(source.take_scalar(prefix, "steps")?).ok()?;
        Some(Self { steps, first, second })
    }
}

impl Optimizer for Adam {
    type State<const D: usize> = Moments<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: f64,
        parameter: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Moments<D>>,
    ) -> (Tensor<D>, Option<Moments<D>>) {
        let fresh = || Moments { steps: 0, first: gradient.zeros_like(), second: gradient.zeros_like() };
        let mut moments = state.unwrap_or_else(fresh);
        moments.steps += 1;
        let device = parameter.device();
        if device == cpu() {
            return self.step_on_cpu(learning_rate, parameter, gradient, moments, &device);
        }
        let rates = self.rates(learning_rate, moments.steps);
        let Moments { steps, first, second } = moments;
        let first = first.mul_scalar(self.beta_1) + gradient.clone().mul_scalar(1.0 - self.beta_1);
        let second = second.mul_scalar(self.beta_2) + gradient.square().mul_scalar(1.0 - self.beta_2);
        let root = second.clone().sqrt().mul_scalar(rates.second).add_scalar(self.epsilon);
        let parameter = parameter.mul_scalar(rates.keep) - first.clone().mul_scalar(rates.first) / root;
        (parameter, Some(Moments { steps, first, second }))
    }

    fn to_device<const D: usize>(state: Moments<D>, device: &Device) -> Moments<D> {
        if state.first.device() == *device {
            return state;
        }
        let moved = |tensor: Tensor<D>| Tensor::from_data(tensor.into_data(), device);
        Moments { steps: state.steps, first: moved(state.first), second: moved(state.second) }
    }
}

/// What a step multiplies with.
struct Rates {
    /// Of the parameter: what decay leaves.
    keep: f64,
    /// Of the first moment: learning rate and bias correction.
    first: f64,
    /// Of the second moment's root: bias correction.
    second: f64,
}

impl Adam {
    fn rates(&self, learning_rate: f64, steps: usize) -> Rates {
        let corrected = |beta: f64| 1.0 - beta.powf(steps as f64);
        Rates {
            keep: 1.0 - learning_rate * self.weight_decay,
            first: learning_rate / corrected(self.beta_1),
            second: 1.0 / corrected(self.beta_2).sqrt(),
        }
    }

    /// One pass over memory. The buffers are taken out of the tensors and put back; the CPU backend copies neither way where they are not shared.
    fn step_on_cpu<const D: usize>(
        &self,
        learning_rate: f64,
        parameter: Tensor<D>,
        gradient: Tensor<D>,
        moments: Moments<D>,
        device: &Device,
    ) -> (Tensor<D>, Option<Moments<D>>) {
        let rates = self.rates(learning_rate, moments.steps);
        let (mut parameter, gradient) = (parameter.into_data().convert::<f32>(), gradient.into_data().convert::<f32>());
        let (mut first, mut second) = (moments.first.into_data().convert::<f32>(), moments.second.into_data().convert::<f32>());
        self.update(&rates, [&mut parameter, &mut first, &mut second], &gradient);
        let tensor = |data: TensorData| Tensor::from_data(data, device);
        (tensor(parameter), Some(Moments { steps: moments.steps, first: tensor(first), second: tensor(second) }))
    }

    fn update(&self, rates: &Rates, [parameter, first, second]: [&mut TensorData; 3], gradient: &TensorData) {
        let slices =
            (parameter.as_mut_slice::<f32>(), first.as_mut_slice::<f32>(), second.as_mut_slice::<f32>(), gradient.as_slice::<f32>());
        let (Ok(parameter), Ok(first), Ok(second), Ok(gradient)) = slices else { unreachable!("all four were converted to f32") };
        let rates = AdamRates {
            beta_1: self.beta_1 as f32,
            beta_2: self.beta_2 as f32,
            epsilon: self.epsilon as f32,
            keep: rates.keep as f32,
            rate: rates.first as f32,
            correction: rates.second as f32,
        };
        fused::adam(rates, [parameter, first, second], gradient);
    }

    /// The optimizer of a model, with decay for its matrices and none for norms, biases, embeddings and other vectors.
    pub(crate) fn for_model<M: Module>(self, model: &M) -> ModuleOptimizer {
        let mut undecayed = Undecayed::default();
        model.visit(&mut undecayed);
        let without = Self { weight_decay: 0.0, ..self };
        ModuleOptimizer::from(self).with_group(ParamGroup::from_ids(undecayed.ids), without, None)
    }
}

/// Collects the parameters that decay would only harm.
#[derive(Default)]
struct Undecayed {
    containers: Vec<(String, String)>,
    ids: Vec<ParamId>,
}

impl ModuleVisitor for Undecayed {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.containers.push((name.to_owned(), container.to_owned()));
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.containers.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let embedding = self.containers.iter().any(|(name, container)| container.ends_with(":Embedding") || name.contains("embedding"));
        if D < 2 || embedding {
            self.ids.push(param.id);
        }
    }
}

/// Scales all gradients so that their common norm is at most `most`; gives the norm before that, `[1]`. Works without reading a number back
/// from the device. Zero or less means no clipping.
pub(crate) fn clip<M: Module>(model: &M, gradients: &mut GradientsParams, most: f64) -> Option<Tensor<1>> {
    let mut here = SquaresOnCpu { gradients, sum: Some(0.0), device: None };
    model.visit(&mut here);
    if let (Some(sum), Some(device)) = (here.sum, here.device) {
        let norm = sum.sqrt();
        let factor = most / (norm + 1e-6);
        if most > 0.0 && factor < 1.0 {
            model.visit(&mut ScaleOnCpu { gradients, factor: factor as f32 });
        }
        return Some(Tensor::from_floats([norm as f32], &device));
    }
    let mut squares = Squares { gradients, sum: None };
    model.visit(&mut squares);
    let norm = squares.sum?.sqrt();
    if most > 0.0 {
        let factor = (norm.clone().add_scalar(1e-6)).recip().mul_scalar(most).clamp_max(1.0);
        model.visit(&mut Scale { gradients, factor });
    }
    Some(norm)
}

/// The sum of squares without a tensor on the way; nothing as soon as a gradient is not on the CPU.
struct SquaresOnCpu<'a> {
    gradients: &'a GradientsParams,
    sum: Option<f64>,
    /// Device of the gradients, once there is one.
    device: Option<Device>,
}

impl ModuleVisitor for SquaresOnCpu<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else { return };
        self.sum = self.sum.and_then(|sum| Some(sum + fused::sum_of_squares(&gradient)?));
        self.device = Some(gradient.device());
    }
}

struct ScaleOnCpu<'a> {
    gradients: &'a mut GradientsParams,
    factor: f32,
}

impl ModuleVisitor for ScaleOnCpu<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        self.gradients.register(param.id, fused::scale(gradient, self.factor));
    }
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else { return };
        let squares = gradient.square().sum();
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum + squares,
            None => squares,
        });
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        let factor = self.factor.clone().reshape([1; D]);
        self.gradients.register(param.id, gradient * factor);
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
    use burn::tensor::Tolerance;

    use super::*;

    const ADAM: Adam = Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.1 };

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

    #[test]
    fn two_steps_match_the_paper_worked_by_hand() {
        let parameter = Tensor::<1>::from_floats([1.0, -2.0], &cpu());
        let (parameter, state) = ADAM.step(0.01, parameter, Tensor::from_floats([0.5, -0.1], &cpu()), None);
        // The first step moves by the learning rate against the sign, after decay by 0.001.
        parameter.clone().into_data().assert_approx_eq::<f32>(&TensorData::from([0.999 - 0.01, -1.998 + 0.01]), Tolerance::absolute(1e-6));
        let (parameter, state) = ADAM.step(0.01, parameter, Tensor::from_floats([0.5, 0.3], &cpu()), state);
        // second: m = (0.095, 0.021), v = (4.9975e-4, 9.999e-5); corrected by 0.19 and 0.001999.
        let second = -1.988 * 0.999 - 0.01 * (0.021 / 0.19) / (9.999e-5_f32 / 0.001_999).sqrt();
        parameter.into_data().assert_approx_eq::<f32>(&TensorData::from([0.989 * 0.999 - 0.01, second]), Tolerance::absolute(1e-5));
        assert_eq!(state.unwrap().steps, 2);
    }

    #[test]
    fn only_matrices_decay() {
        let mut undecayed = Undecayed::default();
        let model = model(&cpu());
        model.visit(&mut undecayed);
        let expected =
            [model.embedding.weight.id, model.norm.gamma.id, model.norm.beta.as_ref().unwrap().id, model.linear.bias.as_ref().unwrap().id];
        assert_eq!(undecayed.ids, expected);
    }

    #[test]
    fn the_norm_is_taken_over_all_gradients_together() {
        let device = cpu().autodiff();
        let model = model(&device);
        let gradients = |scale: f32| {
            let mut gradients = GradientsParams::new();
            gradients.register(model.linear.weight.id, Tensor::<2>::ones([3, 2], &cpu()).mul_scalar(scale));
            gradients.register(model.norm.gamma.id, Tensor::<1>::ones([3], &cpu()).mul_scalar(scale));
            gradients
        };
        // Nine ones: norm 3; scaled to 1, each becomes a third, in both tensors.
        let mut clipped = gradients(1.0);
        assert!((clip(&model, &mut clipped, 1.0).unwrap().into_scalar::<f32>() - 3.0).abs() < 1e-5);
        let third = |values: Vec<f32>| values.iter().all(|value| (value - 1.0 / 3.0).abs() < 1e-5);
        assert!(third(clipped.get::<2>(model.linear.weight.id).unwrap().into_data().try_to_vec().unwrap()));
        assert!(third(clipped.get::<1>(model.norm.gamma.id).unwrap().into_data().try_to_vec().unwrap()));
        // Below the limit nothing changes.
        let mut small = gradients(0.01);
        clip(&model, &mut small, 1.0);
        assert!((small.get::<1>(model.norm.gamma.id).unwrap().sum().into_scalar::<f32>() - 0.03).abs() < 1e-7);
        assert!(clip(&model, &mut GradientsParams::new(), 1.0).is_none());
    }
}
