//! Whether a device computes what the CPU computes: the first steps of a run on both, from the same weights and the same batches. A GPU whose
//! kernels are wrong trains without a complaint towards nothing, and minutes on one are dear.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Device;

use super::{Objective, TrainingConfig, TrainingError};
use crate::batches::{BatchSource, step_seed};
use crate::optimizer::AdamW;
use crate::schedule::learning_rate;

/// Steps compared.
pub(super) const STEPS: u64 = 3;

/// Loss and gradients' norm of the first steps from `start` on a device.
fn first_steps<O: Objective>(
    config: &TrainingConfig,
    model: &O::Model,
    objective: &O,
    batches: &mut impl BatchSource<Batch = O::Batch>,
    device: &Device,
    start: u64,
) -> Vec<[f64; 2]> {
    let mut model = model.clone().fork(device);
    let mut optimizer = AdamW::new(config.adam(), &model);
    let mut found = Vec::new();
    for step in start..config.steps.min(start + STEPS) {
        device.seed(step_seed(config.seed, step));
        let output = objective.step(&model, batches.batch(step), device);
        let gradients = GradientsParams::from_grads(output.loss.backward(), &model);
        let norm;
        let rate = learning_rate(config.learning_rate, step, config.warm_up, 0.0);
        (model, norm) = optimizer.step(step - start + 1, rate, model, gradients);
        let norm = norm.map_or(0.0, |norm| f64::from(norm.into_scalar::<f32>()));
        found.push([f64::from(output.loss.inner().into_scalar::<f32>()), norm]);
    }
    found
}

/// Takes the first steps on a device and on the CPU (`[device, cpu]`, both with autodiff) and gives the largest difference, as a share of the
/// number or of 1 where it is smaller.
///
/// # Errors
/// If a loss or a norm differs by more than the configuration allows, or is no number on one of them.
pub(super) fn compare<O: Objective>(
    config: &TrainingConfig,
    model: &O::Model,
    objective: &O,
    batches: &mut impl BatchSource<Batch = O::Batch>,
    [device, cpu]: [&Device; 2],
    start: u64,
) -> Result<f64, TrainingError> {
    let here = first_steps(config, model, objective, batches, device, start);
    let there = first_steps(config, model, objective, batches, cpu, start);
    let mut largest = 0.0_f64;
    for (step, (here, there)) in (start + 1..).zip(here.iter().zip(&there)) {
        for (what, (here, cpu)) in ["loss", "gradient norm"].into_iter().zip(here.iter().zip(there)) {
            let apart = (here - cpu).abs() / cpu.abs().max(1.0);
            tracing::info!("step {step}: {what} {here} here, {cpu} on the CPU, {apart:.1e} apart");
            if !apart.is_finite() || apart > config.parity {
                let device = format!("{:?}", device.clone().inner());
                return Err(TrainingError::Parity { step, what, here: *here, cpu: *cpu, device, tolerance: config.parity });
            }
            largest = largest.max(apart);
        }
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Tensor;

    use super::*;
    use crate::device::cpu;
    use crate::training::{StepOutput, Work};

    /// Draws a line through points; the steps from number `wrong_from` are computed wrongly by a hundredth.
    struct Line {
        steps: Cell<u64>,
        wrong_from: u64,
    }

    impl Objective for Line {
        type Model = Linear;
        type Batch = f32;

        fn step(&self, model: &Linear, batch: f32, device: &Device) -> StepOutput {
            let step = self.steps.replace(self.steps.get() + 1);
            let loss = (model.forward(Tensor::<2>::ones([4, 3], device) * batch) - 7.0).square().mean();
            let loss = if step >= self.wrong_from { loss * 1.01 } else { loss };
            StepOutput { loss, work: Work::tokens(4), metrics: vec![] }
        }
    }

    struct Points;

    impl BatchSource for Points {
        type Batch = f32;

        fn batch(&mut self, step: u64) -> f32 {
            1.0 + step as f32
        }
    }

    fn compared(wrong_from: u64) -> Result<f64, TrainingError> {
        let device = cpu().autodiff();
        let model = LinearConfig::new(3, 2).init(&device);
        let objective = Line { steps: Cell::new(0), wrong_from };
        compare(&TrainingConfig::default(), &model, &objective, &mut Points, [&device, &device], 0)
    }

    #[test]
    fn the_same_device_twice_is_no_distance_apart() {
        assert_eq!(compared(u64::MAX).unwrap(), 0.0);
    }

    #[test]
    fn a_device_that_computes_wrongly_stops_the_run_and_is_named() {
        let error = compared(STEPS + 1).unwrap_err();
        assert!(matches!(error, TrainingError::Parity { step: 2, what: "loss", .. }), "{error}");
        assert!(error.to_string().contains("--device cpu"), "{error}");
    }
}
