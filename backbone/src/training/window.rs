//! What a run says of itself while it goes on: the time spent, and the means since the last row of metrics.

use std::path::Path;
use std::time::Instant;

use burn::tensor::Tensor;

use super::{StepOutput, TrainingError, Work};
use crate::metrics::Metric;

/// The time spent, sittings before this one included, measuring and writing left out.
pub(super) struct Clock {
    pub(super) before: f64,
    pub(super) started: Instant,
    pub(super) minutes: Option<f64>,
}

impl Clock {
    pub(super) fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }

    pub(super) fn is_over(&self) -> bool {
        self.minutes.is_some_and(|minutes| self.seconds() >= minutes * 60.0)
    }

    /// The share of the run that is done, by steps or by time.
    pub(super) fn share(&self, step: u64, steps: u64) -> f64 {
        let by_steps = step as f64 / steps.max(1) as f64;
        self.minutes.map_or(by_steps, |minutes| by_steps.max(self.seconds() / (minutes * 60.0)))
    }
}

/// What was added up since the last row of metrics. Sums stay on the device until the row is due.
pub(super) struct Window {
    sums: Vec<(&'static str, Tensor<1>)>,
    steps: usize,
    work: Work,
    pub(super) opened: Instant,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { sums: Vec::new(), steps: 0, work: Work::default(), opened: Instant::now() }
    }

    pub(super) fn add(&mut self, output: StepOutput, norm: Option<Tensor<1>>) {
        let loss = ("loss", output.loss);
        let norm = norm.map(|norm| ("gradient_norm", norm));
        for (name, value) in std::iter::once(loss).chain(norm).chain(output.metrics) {
            let value = value.inner();
            match self.sums.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum = sum.clone() + value,
                None => self.sums.push((name, value)),
            }
        }
        self.steps += 1;
        self.work.add(output.work);
    }

    /// The rows of the window, and a new one; with `product`, the rate of a plain matrix product, the share of it.
    ///
    /// # Errors
    /// If the loss or the gradients' norm is not finite; `run_dir` is named.
    pub(super) fn close(
        &mut self,
        step: u64,
        rate: f64,
        product: Option<f64>,
        clock: &Clock,
        run_dir: &Path,
    ) -> Result<Vec<Metric>, TrainingError> {
        let window = std::mem::replace(self, Self::new());
        let seconds = clock.seconds();
        let row = |name: &str, value: f64| Metric { step, seconds, name: name.to_owned(), value };
        let mut rows = Vec::new();
        for (name, sum) in window.sums {
            let mean = sum.into_scalar::<f32>() as f64 / window.steps.max(1) as f64;
            if !mean.is_finite() && (name == "loss" || name == "gradient_norm") {
                return Err(TrainingError::NotFinite { step, run_dir: run_dir.to_path_buf() });
            }
            rows.push(row(name, mean));
        }
        rows.push(row("learning_rate", rate));
        let elapsed = window.opened.elapsed().as_secs_f64().max(1e-9);
        rows.push(row("tokens_per_second", window.work.tokens as f64 / elapsed));
        rows.push(row("padding", window.work.padding()));
        if window.work.operations > 0.0 {
            rows.push(row("gigaflops", window.work.operations / elapsed / 1e9));
            rows.extend(product.map(|product| row("product_share", window.work.operations / elapsed / product)));
        }
        Ok(rows)
    }
}

/// `loss 2.345  1,234 tokens/s  3m 20s left`
pub(super) fn message(rows: &[Metric], clock: &Clock, step: u64, steps: u64) -> String {
    let value = |name: &str| rows.iter().find(|row| row.name == name).map_or(f64::NAN, |row| row.value);
    let share = clock.share(step, steps);
    let left = if share > 0.0 { clock.seconds() * (1.0 - share).max(0.0) / share } else { 0.0 };
    let share = rows.iter().find(|row| row.name == "product_share");
    let share = share.map_or_else(String::new, |share| format!("  {:.0} % of the product rate", 100.0 * share.value));
    let speed = format!("{:.0} tokens/s{share}", value("tokens_per_second"));
    format!("loss {:.4}  {speed}  {}m {:02}s left", value("loss"), left as u64 / 60, left as u64 % 60)
}
