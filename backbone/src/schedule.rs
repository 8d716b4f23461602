//! The learning rate over a run: a linear rise, then half a cosine down to a tenth (Loshchilov and Hutter 2017, without restarts).

/// Share of the peak left at the end. Zero would waste the last steps; a tenth is what GPT-3 and nanochat use.
const FLOOR: f64 = 0.1;

/// The learning rate of a step.
///
/// `progress` is the share of the run that is done, 0 to 1, by steps or by time, whichever is further; `warm_up` is a number of steps.
#[must_use]
pub fn learning_rate(peak: f64, step: u64, warm_up: u64, progress: f64) -> f64 {
    let rise = (step + 1) as f64 / warm_up.max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos());
    peak * rise.min(1.0) * (FLOOR + (1.0 - FLOOR) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_peaks_and_falls_to_the_floor() {
        assert!((learning_rate(1.0, 0, 10, 0.0) - 0.1).abs() < 1e-9);
        assert!((learning_rate(1.0, 9, 10, 0.0) - 1.0).abs() < 1e-9);
        assert!((learning_rate(1.0, 500, 10, 0.5) - 0.55).abs() < 1e-9);
        assert!((learning_rate(1.0, 999, 10, 1.0) - FLOOR).abs() < 1e-9);
    }

    #[test]
    fn a_run_past_its_end_stays_at_the_floor() {
        assert_eq!(learning_rate(2.0, 5, 0, 7.0), 2.0 * FLOOR);
    }
}
