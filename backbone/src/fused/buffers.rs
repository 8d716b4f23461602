//! Memory that operations use over and over: what a task computes on its way and what waits for the backward pass. A buffer that is given
//! back keeps its numbers, so the next user pays neither for fresh pages nor for zeros.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Buffers nobody uses.
static FREE: Mutex<Free> = Mutex::new(Free { buffers: Vec::new(), numbers: 0 });
/// Numbers kept at most in buffers nobody uses: 512 MiB.
const KEPT: usize = 128 << 20;

struct Free {
    buffers: Vec<Vec<f32>>,
    numbers: usize,
}

/// A buffer of a known length with any content. Dropping it gives it back.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    data: Vec<f32>,
    length: usize,
}

impl Buffer {
    /// `length` numbers of any value: whoever takes the buffer writes before reading.
    pub(crate) fn any(length: usize) -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest that is long enough, if it is not far too long.
        let fits = |buffer: &Vec<f32>| buffer.len() >= length && buffer.len() / 2 <= length + 512;
        let best = free.buffers.iter().enumerate().filter(|(_, buffer)| fits(buffer)).min_by_key(|(_, buffer)| buffer.len());
        let found = best.map(|(at, _)| at).map(|at| free.buffers.swap_remove(at));
        free.numbers -= found.as_ref().map_or(0, Vec::len);
        drop(free);
        Self { data: found.unwrap_or_else(|| vec![0.0; length]), length }
    }

    /// `length` zeros.
    pub(crate) fn zeros(length: usize) -> Self {
        let mut buffer = Self::any(length);
        buffer.fill(0.0);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if !data.is_empty() && free.numbers + data.len() <= KEPT {
            free.numbers += data.len();
            free.buffers.push(data);
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_the_length_asked_for_whatever_was_given_back() {
        for length in [0, 1, 5_000, 4_000, 100_000, 10, 5_000] {
            assert_eq!(Buffer::any(length).len(), length);
            let zeros = Buffer::zeros(length);
            assert!(zeros.len() == length && zeros.iter().all(|value| *value == 0.0));
        }
    }
}
