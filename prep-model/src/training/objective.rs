//! What training makes smaller: cross-entropy of every head, lines and characters without a label left out.

use std::sync::Arc;

use backbone::{Objective, StepOutput, Work};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::measure::measure;
use crate::data::{Batch, EditBatch, LineTarget, MASKED, TrainingData};
use crate::model::{HEADS, INSERTIONS, ModelConfig, OPERATIONS, PrepModel};

/// Weight of each head on a line: role, level, join, section start, damage.
const HEAD_WEIGHTS: [f32; 5] = [1.0, 0.3, 1.0, 0.5, 0.5];
/// Weight of a character that is to be changed, beside 1 for one that stays; damage is rare, and the threshold is calibrated afterwards.
const CHANGE_WEIGHT: f32 = 4.0;

/// The losses of the preparation model.
#[derive(Clone, Debug)]
pub struct PrepObjective {
    /// Holds the development documents.
    pub data: Arc<TrainingData>,
    /// The model's configuration.
    pub model: ModelConfig,
    /// Development documents measured while training.
    pub dev_documents: usize,
}

impl Objective for PrepObjective {
    type Model = PrepModel;
    type Batch = Batch;

    fn step(&self, model: &PrepModel, batch: Batch, device: &Device) -> StepOutput {
        let (lines, heads) = line_loss(model, &batch, device);
        let edits = edit_loss(model, &batch.edits, device);
        let work = Work {
            tokens: batch.lines.characters.iter().map(Vec::len).sum::<usize>()
                + batch.edits.characters.iter().filter(|id| **id != 0).count(),
            positions: batch.lines.positions() + batch.edits.rows * batch.edits.length,
            operations: 0.0,
        };
        let [role, _, join, _, damaged] = heads;
        let metrics = vec![("role_loss", role), ("join_loss", join), ("damaged_loss", damaged), ("edit_loss", edits.clone())];
        StepOutput { loss: lines + edits, work, metrics }
    }

    fn validate(&self, model: &PrepModel, device: &Device) -> Vec<(String, f64)> {
        let count = self.dev_documents.min(self.data.dev.len());
        measure(model, &self.model, &self.data.dev[..count], &self.data.words, None, device).numbers()
    }
}

/// The weighted loss of all heads on lines, and the loss of each.
pub(super) fn line_loss(model: &PrepModel, batch: &Batch, device: &Device) -> (Tensor<1>, [Tensor<1>; 5]) {
    let logits = batch.lines.forward(model, device);
    let mut start = 0;
    let losses: [Tensor<1>; 5] = std::array::from_fn(|head| {
        let classes: Vec<i32> = batch.targets.iter().map(|target: &LineTarget| i32::from(target.classes()[head])).collect();
        let columns = logits.clone().narrow(1, start, HEADS[head]);
        start += HEADS[head];
        masked_cross_entropy(columns, &classes, 1.0, device)
    });
    let weighted = losses.iter().zip(HEAD_WEIGHTS).map(|(loss, weight)| loss.clone().mul_scalar(weight));
    let total = weighted.reduce(|a, b| a + b).unwrap_or_else(|| Tensor::zeros([1], device));
    (total, losses)
}

/// The loss of both heads on characters; zero for an empty batch.
pub(super) fn edit_loss(model: &PrepModel, batch: &EditBatch, device: &Device) -> Tensor<1> {
    if batch.rows == 0 {
        return Tensor::zeros([1], device);
    }
    let shape = [batch.rows, batch.length];
    let ids = Tensor::<2, Int>::from_data(TensorData::new(batch.characters.clone(), shape), device);
    let knowledge = Tensor::<2, Int>::from_data(TensorData::new(batch.knowledge.clone(), shape), device);
    let (operation, insertion) = model.edits(ids, knowledge);
    let count = batch.rows * batch.length;
    let operation = masked_cross_entropy(operation.reshape([count, OPERATIONS]), &batch.operations, CHANGE_WEIGHT, device);
    operation + masked_cross_entropy(insertion.reshape([count, INSERTIONS]), &batch.insertions, CHANGE_WEIGHT, device)
}

/// Mean cross-entropy of `[rows, classes]` over the rows with a target; classes above 0 weigh `weight_above_0`.
fn masked_cross_entropy(logits: Tensor<2>, targets: &[i32], weight_above_0: f32, device: &Device) -> Tensor<1> {
    let rows: Vec<(i64, i32)> =
        targets.iter().enumerate().filter(|(_, class)| **class > i32::from(MASKED)).map(|(row, class)| (row as i64, *class)).collect();
    if rows.is_empty() {
        return logits.sum().mul_scalar(0.0);
    }
    let count = rows.len();
    let weights: Vec<f32> = rows.iter().map(|(_, class)| if *class > 0 { weight_above_0 } else { 1.0 }).collect();
    let total: f32 = weights.iter().sum();
    let place = Tensor::<1, Int>::from_data(TensorData::new(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [count]), device);
    let class = Tensor::<2, Int>::from_data(TensorData::new(rows.iter().map(|(_, class)| *class).collect::<Vec<_>>(), [count, 1]), device);
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [count, 1]), device);
    let chosen = log_softmax(logits.select(0, place), 1).gather(1, class);
    (chosen * weights).sum().neg().div_scalar(total)
}

#[cfg(test)]
mod tests {
    use backbone::{DeviceChoice, TransformerConfig, open_device};
    use burn::optim::{AdamWConfig, GradientsParams};

    use super::*;
    use crate::data::{EditExample, EditTargets, INSERT, REPLACE};
    use crate::model::{FEATURES, LineBatch, class, writable};

    fn config() -> ModelConfig {
        ModelConfig::new(16, 24, 64, 16, 8, TransformerConfig::new(32, 1, 2, 64), 32, 32, FEATURES)
    }

    /// Lines that differ in their characters alone, every class of every head among the targets.
    fn batch() -> Batch {
        let texts: Vec<String> = (0..16).map(|at| format!("{} line {}", char::from(b'a' + at), "xy".repeat(at as usize % 5))).collect();
        let targets = (0..16_i8)
            .map(|at| LineTarget { role: at % 14, level: at % 7, join: at % 4, starts_section: at % 2, damaged: i8::from(at % 3 == 0) })
            .collect();
        let characters = texts.iter().map(|text| text.chars().map(class).collect()).collect();
        let lines = LineBatch { characters, features: vec![0.0; 16 * FEATURES], width: 8 };
        let mut edits = EditTargets::clean(6);
        edits.operations[1] = 1;
        edits.operations[2] = REPLACE + writable('m').map_or(0, |class| class as i16);
        edits.insertions[5] = INSERT + writable(' ').map_or(0, |class| class as i16);
        let characters: Vec<u8> = "abrnxy".chars().map(class).chain([crate::model::END]).collect();
        let example = EditExample { characters, knowledge: vec![2; 7], targets: edits };
        Batch { lines, targets, edits: EditBatch::of(&[&example]) }
    }

    #[test]
    fn every_head_can_learn_one_batch_by_heart() {
        let device = open_device(DeviceChoice::Cpu).unwrap().autodiff();
        device.seed(1);
        let mut model = config().init(&device);
        let mut optimizer = AdamWConfig::new().with_epsilon(1e-8).init();
        let batch = batch();
        for _ in 0..200 {
            let (lines, _) = line_loss(&model, &batch, &device);
            let loss = lines + edit_loss(&model, &batch.edits, &device);
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            model = optimizer.step(0.01, model, gradients);
        }
        let (_, heads) = line_loss(&model, &batch, &device);
        for loss in heads.into_iter().chain([edit_loss(&model, &batch.edits, &device)]) {
            let loss: f32 = loss.into_scalar();
            assert!(loss < 0.05, "{loss}");
        }
    }

    #[test]
    fn what_has_no_label_gives_no_loss() {
        let device = open_device(DeviceChoice::Cpu).unwrap();
        let model = config().init(&device);
        let mut batch = batch();
        batch.targets.fill(LineTarget::UNKNOWN);
        let (loss, _) = line_loss(&model, &batch, &device);
        assert_eq!(loss.into_scalar::<f32>(), 0.0);
        assert_eq!(edit_loss(&model, &EditBatch::default(), &device).into_scalar::<f32>(), 0.0);
    }
}
