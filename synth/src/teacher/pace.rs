//! When the next request may go: a steady rate over all workers, pauses that the server asks for, and longer and longer waits between the
//! tries of one request.

use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The rate of all workers together.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Between the starts of two requests.
    gap: Duration,
    /// When the next one may start.
    next: Mutex<Instant>,
}

impl Pace {
    /// `per_minute` requests; 0 for no limit.
    pub fn new(per_minute: u32) -> Self {
        let gap = if per_minute == 0 { Duration::ZERO } else { Duration::from_secs(60) / per_minute };
        Self { gap, next: Mutex::new(Instant::now()) }
    }

    /// Sleeps until it is this request's turn.
    pub fn wait(&self) {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Instant::now());
            *next = turn + self.gap;
            turn
        };
        sleep(turn.saturating_duration_since(Instant::now()));
    }

    /// Nobody sends before `pause` is over.
    pub fn hold(&self, pause: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(Instant::now() + pause);
    }
}

/// The wait after the try with this number (from 0): twice as long each time up to `most`, of which the second half is drawn, so that
/// workers which failed together do not return together (Brooker 2015, "Exponential backoff and jitter"; his "equal jitter").
pub(crate) fn backoff(number: u32, [first, most]: [f64; 2], key: &str) -> Duration {
    let whole = (first * 2.0_f64.powi(number.min(30) as i32)).min(most);
    let seed = blake3::hash(format!("{key}/{number}/{}", std::process::id()).as_bytes());
    let drawn = ChaCha8Rng::from_seed(*seed.as_bytes()).random_range(0.0..1.0);
    Duration::from_secs_f64(whole * (0.5 + 0.5 * drawn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_drawn_from_their_second_half() {
        for (number, whole) in [(0, 1.0), (1, 2.0), (3, 8.0), (9, 10.0), (u32::MAX, 10.0)] {
            let wait = backoff(number, [1.0, 10.0], "key").as_secs_f64();
            assert!((whole * 0.5..=whole).contains(&wait), "{number}: {wait}");
        }
        assert_ne!(backoff(0, [1.0, 10.0], "a"), backoff(0, [1.0, 10.0], "b"));
    }

    #[test]
    fn requests_keep_their_distance_and_a_pause_holds_all_of_them() {
        let start = Instant::now();
        let pace = Pace::new(3_000);
        (0..4).for_each(|_| pace.wait());
        assert!(start.elapsed() >= Duration::from_millis(60));
        pace.hold(Duration::from_millis(50));
        let start = Instant::now();
        pace.wait();
        assert!(start.elapsed() >= Duration::from_millis(45));
    }
}
