//! What a training gave on questions held back from it, and whether it is taken.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Samples of the interval of the gain.
const RESAMPLES: usize = 2_000;

/// What a training gave, on questions held back from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// Questions judged by.
    pub questions: usize,
    /// Mean before: of the rewards, or of what else was compared.
    pub before: f64,
    /// Mean after.
    pub after: f64,
    /// 95 % interval of the difference (paired bootstrap, Efron 1979).
    pub interval: [f64; 2],
    /// Whether what was trained is taken: its gain is above 0 with the whole interval.
    pub taken: bool,
}

/// Compares rewards, or other numbers, of the same questions.
pub(in crate::training) fn gain(before: &[f64], after: &[f64], seed: u64) -> Gain {
    let count = before.len();
    if count == 0 {
        return Gain::default();
    }
    let mean = |numbers: &mut dyn Iterator<Item = f64>| numbers.sum::<f64>() / count.max(1) as f64;
    let gains: Vec<f64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean(&mut (0..count).map(|_| gains[random.random_range(0..count)]))).collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((RESAMPLES - 1) as f64 * share) as usize];
    let interval = [at(0.025), at(0.975)];
    Gain {
        questions: count,
        before: mean(&mut before.iter().copied()),
        after: mean(&mut after.iter().copied()),
        interval,
        taken: interval[0] > 0.0,
    }
}
