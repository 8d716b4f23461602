//! Which items make a batch, and the thread that prepares batches while the device computes.
//!
//! A source is a pure function of its seed and the step, so a resumed run sees what an uninterrupted one would have seen.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// Batches prepared ahead of the step that uses them.
const AHEAD: usize = 2;

/// Where batches come from. Runs on a thread of its own.
pub trait BatchSource: Send + 'static {
    /// Plain data; tensors are made from it on the training thread.
    type Batch: Send + 'static;

    /// The batch of a step. Must depend on nothing but the source's seed and the step: whatever is kept between calls may only be a cache.
    fn batch(&mut self, step: u64) -> Self::Batch;
}

/// Starts the thread that makes the batches of `steps`, at most a few ahead of their use. It ends with the range or when the receiver is
/// dropped; if the source panics, the channel closes early.
pub(crate) fn spawn<S: BatchSource>(mut source: S, steps: std::ops::Range<u64>) -> std::io::Result<Receiver<S::Batch>> {
    let (sender, receiver) = sync_channel(AHEAD);
    thread::Builder::new().name("batches".into()).spawn(move || {
        for step in steps {
            if sender.send(source.batch(step)).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// A seed for whatever is random within a step: the same for the same run seed and step, unrelated for others (SplitMix64).
#[must_use]
pub fn step_seed(seed: u64, step: u64) -> u64 {
    let mut x = seed ^ step.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Groups items of similar length. Each batch holds at most `token_budget` tokens once its items are padded to the longest of them, rounded
/// up to `multiple` (32 keeps the shapes few on CUDA; 8 wastes less on the CPU); an item longer than the budget is a batch alone. Items of
/// the same padded length are shuffled by `seed`, and so is the order of the batches. Every item is in exactly one batch, and the number of
/// batches does not depend on the seed.
#[must_use]
pub fn length_buckets(lengths: &[usize], token_budget: usize, multiple: usize, seed: u64) -> Vec<Vec<usize>> {
    let padded = |item: &usize| lengths[*item].max(1).next_multiple_of(multiple.max(1));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut items: Vec<usize> = (0..lengths.len()).collect();
    items.shuffle(&mut random);
    items.sort_by_key(padded);
    let mut batches = Vec::new();
    let mut batch: Vec<usize> = Vec::new();
    for item in items {
        if !batch.is_empty() && (batch.len() + 1) * padded(&item) > token_budget {
            batches.push(std::mem::take(&mut batch));
        }
        batch.push(item);
    }
    batches.extend((!batch.is_empty()).then_some(batch));
    batches.shuffle(&mut random);
    batches
}

/// The batches of every epoch, by step.
#[derive(Clone, Debug)]
pub struct Buckets {
    lengths: Vec<usize>,
    token_budget: usize,
    multiple: usize,
    seed: u64,
    epoch: Option<u64>,
    batches: Vec<Vec<usize>>,
}

impl Buckets {
    /// Batches of items of the given lengths in tokens; see [`length_buckets`] for the numbers.
    #[must_use]
    pub fn new(lengths: Vec<usize>, token_budget: usize, multiple: usize, seed: u64) -> Self {
        Self { lengths, token_budget, multiple, seed, epoch: None, batches: Vec::new() }
    }

    /// Steps in an epoch.
    #[must_use]
    pub fn batches_per_epoch(&self) -> usize {
        length_buckets(&self.lengths, self.token_budget, self.multiple, 0).len()
    }

    /// The items of a step's batch: the epochs follow each other, each shuffled anew. Empty only if there are no items.
    pub fn items(&mut self, step: u64) -> &[usize] {
        if self.epoch.is_none() {
            self.shuffle(0);
        }
        let count = self.batches.len() as u64;
        if count == 0 {
            return &[];
        }
        if self.epoch != Some(step / count) {
            self.shuffle(step / count);
        }
        &self.batches[(step % count) as usize]
    }

    fn shuffle(&mut self, epoch: u64) {
        self.batches = length_buckets(&self.lengths, self.token_budget, self.multiple, step_seed(self.seed, epoch));
        self.epoch = Some(epoch);
    }

    /// Share of an epoch's positions that are padding, 0 to 1.
    #[must_use]
    pub fn padding(&self) -> f64 {
        let batches = length_buckets(&self.lengths, self.token_budget, self.multiple, 0);
        let width = |batch: &Vec<usize>| {
            batch.iter().map(|item| self.lengths[*item].max(1)).max().unwrap_or(1).next_multiple_of(self.multiple.max(1))
        };
        let positions: usize = batches.iter().map(|batch| batch.len() * width(batch)).sum();
        let tokens: usize = self.lengths.iter().sum();
        if positions == 0 { 0.0 } else { 1.0 - tokens as f64 / positions as f64 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Count(u64);

    impl BatchSource for Count {
        type Batch = u64;

        fn batch(&mut self, step: u64) -> u64 {
            self.0 += 1;
            step
        }
    }

    #[test]
    fn the_thread_gives_the_batches_of_its_range_in_order() {
        let received: Vec<u64> = spawn(Count(0), 3..8).unwrap().into_iter().collect();
        assert_eq!(received, [3, 4, 5, 6, 7]);
    }

    #[test]
    fn the_thread_ends_when_nobody_listens() {
        let receiver = spawn(Count(0), 0..u64::MAX).unwrap();
        assert_eq!(receiver.recv(), Ok(0));
        drop(receiver);
    }

    #[test]
    fn an_epoch_shows_every_item_once_and_the_next_in_another_order() {
        let mut buckets = Buckets::new((0..100).map(|item| item % 37 + 1).collect(), 64, 8, 5);
        let count = buckets.batches_per_epoch() as u64;
        let mut epoch = |number: u64| -> Vec<usize> { (0..count).flat_map(|at| buckets.items(number * count + at).to_vec()).collect() };
        let (first, second, again) = (epoch(0), epoch(1), epoch(0));
        assert_eq!(first, again);
        assert_ne!(first, second);
        let mut sorted = second;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn buckets_waste_little() {
        let lengths: Vec<usize> = (0..1_000).map(|item| 10 + item * 7 % 120).collect();
        let padding = Buckets::new(lengths, 2_048, 8, 1).padding();
        assert!(padding < 0.1, "{padding}");
        assert_eq!(Buckets::new(vec![], 2_048, 8, 1).padding(), 0.0);
        assert!(Buckets::new(vec![], 2_048, 8, 1).items(9).is_empty());
    }

    proptest! {
        #[test]
        fn every_item_is_in_one_batch_within_the_budget(lengths in prop::collection::vec(0usize..200, 0..80), budget in 1usize..600, multiple in 0usize..40, seed: u64) {
            let batches = length_buckets(&lengths, budget, multiple, seed);
            let mut items: Vec<usize> = batches.concat();
            items.sort_unstable();
            prop_assert_eq!(items, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &batches {
                let longest = batch.iter().map(|item| lengths[*item].max(1).next_multiple_of(multiple.max(1))).max().unwrap();
                prop_assert!(batch.len() == 1 || batch.len() * longest <= budget);
            }
            prop_assert_eq!(batches.len(), length_buckets(&lengths, budget, multiple, seed ^ 1).len());
        }
    }
}
