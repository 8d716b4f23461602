//! What the reader is trained towards, all at once: tell the section that holds the next fact from those that do not (each alone and against
//! each other), point at its sentence and its value, and say whether that value is the answer.

use backbone::{Narrow, Objective, StepOutput, Work, as_written};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::data::{Group, TripleBatch};
use crate::model::{ReadOutput, Reader};

/// The reader's objective, with fixed batches of development questions.
pub struct ReadingObjective {
    validation: Vec<TripleBatch>,
    narrow: &'static Narrow,
}

impl ReadingObjective {
    /// An objective that measures itself on `validation`.
    #[must_use]
    pub fn new(validation: Vec<TripleBatch>) -> Self {
        Self { validation, narrow: &[] }
    }

    /// The same with weights rounded as they ship in so many bits.
    #[must_use]
    pub fn narrowed(self, narrow: &'static Narrow) -> Self {
        Self { narrow, ..self }
    }

    fn as_shipped(&self, model: &Reader) -> Reader {
        if self.narrow.is_empty() { model.clone() } else { as_written(model.clone(), self.narrow, "reader.") }
    }
}

/// The parts of the loss, each `[1]`.
pub struct Losses {
    /// Sections, each alone.
    pub relevance: Tensor<1>,
    /// Sections of one question against each other.
    pub ranking: Tensor<1>,
    /// Whether the fact of a gold section is the answer.
    pub answers: Tensor<1>,
    /// The telling sentence.
    pub sentence: Tensor<1>,
    /// The value's first and last token, among those of its section.
    pub span: Tensor<1>,
}

impl Losses {
    /// The losses of a batch.
    #[must_use]
    pub fn of(model: &Reader, batch: &TripleBatch, device: &Device) -> Self {
        let output = model.read(&batch.read, device);
        let targets = &batch.targets;
        let rows = targets.relevant.len();
        let relevant = float(&targets.relevant, device);
        let groups = rows / targets.size.max(1);
        // [groups, size]; where there is a gold section it is the first of its group.
        let competing = log_softmax(output.relevance.clone().reshape([groups, targets.size]), 1);
        let gold = relevant.clone().reshape([groups, targets.size]).narrow(1, 0, 1);
        let ranking = (competing.narrow(1, 0, 1) * gold.clone()).sum().neg() / gold.sum().clamp_min(1.0);
        Self {
            relevance: log_loss(output.relevance.clone(), relevant.clone()).mean(),
            ranking,
            // Only where a fact is told: the rest is said by the relevance, and both are multiplied.
            answers: (log_loss(output.answers.clone(), float(&targets.answers, device)) * relevant.clone()).sum()
                / relevant.sum().clamp_min(1.0),
            sentence: pointing(output.sentences.clone(), &targets.sentence, &targets.has_sentence, device),
            span: pointing(output.starts, &targets.span[0], &targets.has_span, device)
                + pointing(output.ends, &targets.span[1], &targets.has_span, device),
        }
    }

    /// The number to make smaller. Span and sentence are the hardest and the reason for the rest, so they weigh as much as all of it.
    #[must_use]
    pub fn total(&self) -> Tensor<1> {
        self.relevance.clone() + self.ranking.clone() + self.answers.clone() + self.sentence.clone() + self.span.clone()
    }
}

fn float(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::from(values), device)
}

/// Log loss of log-odds, one a row: `max(x, 0) - x y + ln(1 + e^-|x|)`.
fn log_loss(log_odds: Tensor<1>, target: Tensor<1>) -> Tensor<1> {
    relu(log_odds.clone()) - log_odds.clone() * target + log_odds.abs().neg().exp().log1p()
}

/// Mean cross entropy of `[rows, choices]` over the rows that have a target.
fn pointing(scores: Tensor<2>, target: &[i32], has_target: &[f32], device: &Device) -> Tensor<1> {
    let rows = target.len();
    let target = Tensor::<2, Int>::from_data(TensorData::new(target.to_vec(), [rows, 1]), device);
    let weight = float(has_target, device);
    let chosen = log_softmax(scores, 1).gather(1, target).reshape([rows]);
    (chosen * weight.clone()).sum().neg() / weight.sum().clamp_min(1.0)
}

impl Objective for ReadingObjective {
    type Model = Reader;
    type Batch = TripleBatch;

    fn step(&self, model: &Reader, batch: TripleBatch, device: &Device) -> StepOutput {
        let sequences = &batch.read.sequences;
        let work = Work {
            tokens: sequences.padding.iter().filter(|padding| !**padding).count(),
            positions: sequences.padding.len(),
            operations: model.operations(sequences),
        };
        let losses = Losses::of(&self.as_shipped(model), &batch, device);
        let metrics = vec![
            ("relevance", losses.relevance.clone()),
            ("ranking", losses.ranking.clone()),
            ("answers", losses.answers.clone()),
            ("sentence", losses.sentence.clone()),
            ("span", losses.span.clone()),
        ];
        StepOutput { loss: losses.total(), work, metrics }
    }

    fn validate(&self, model: &Reader, device: &Device) -> Vec<(String, f64)> {
        let (mut sums, model) = ([[0.0f64; 2]; 5], &self.as_shipped(model));
        for batch in &self.validation {
            let output = model.read(&batch.read, device);
            let scores = Scores::of(output);
            scores.count(&batch.targets, &mut sums);
            let loss = Losses::of(model, batch, device).total().into_scalar::<f32>();
            sums[4][0] += f64::from(loss);
            sums[4][1] += 1.0;
        }
        let names = ["section", "sentence", "span", "answers", "loss"];
        names.iter().zip(sums).map(|(name, [sum, count])| ((*name).to_owned(), sum / count.max(1.0))).collect()
    }
}

/// A batch's outputs as plain numbers.
struct Scores {
    relevance: Vec<f32>,
    answers: Vec<f32>,
    sentence: Vec<i64>,
    start: Vec<i64>,
    end: Vec<i64>,
}

impl Scores {
    fn of(output: ReadOutput) -> Self {
        let best = |scores: Tensor<2>| scores.argmax(1).into_data().convert::<i64>().try_to_vec::<i64>().unwrap_or_default();
        let numbers = |values: Tensor<1>| values.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default();
        Self {
            relevance: numbers(output.relevance),
            answers: numbers(output.answers),
            sentence: best(output.sentences),
            start: best(output.starts),
            end: best(output.ends),
        }
    }

    /// Adds `[right, counted]` of: gold section first of its group, sentence, span (both ends), answer or lead.
    fn count(&self, targets: &Group, sums: &mut [[f64; 2]; 5]) {
        let mut add = |which: usize, right: bool| {
            sums[which][0] += f64::from(u8::from(right));
            sums[which][1] += 1.0;
        };
        for row in 0..targets.relevant.len() {
            if targets.relevant[row] > 0.0 {
                let rest = row + 1..row + targets.size;
                add(0, rest.into_iter().all(|other| self.relevance[other] < self.relevance[row]));
                add(3, (self.answers[row] > 0.0) == (targets.answers[row] > 0.0));
            }
            if targets.has_sentence[row] > 0.0 {
                add(1, self.sentence[row] == i64::from(targets.sentence[row]));
            }
            if targets.has_span[row] > 0.0 {
                add(2, self.start[row] == i64::from(targets.span[0][row]) && self.end[row] == i64::from(targets.span[1][row]));
            }
        }
    }
}
