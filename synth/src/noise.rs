//! The recognition channel by itself, for measuring it against real pairs (`examples/fit_noise.rs`).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::SynthError;
use crate::render::noise::Channel;

/// Texts as recognition would read them, each at a level drawn from the fitted levels of real segments; the same for the same seed.
///
/// # Errors
/// If the data file of the channel is broken.
pub fn misread(texts: &[String], seed: u64) -> Result<Vec<String>, SynthError> {
    let channel = Channel::load()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let read = |text: &String| {
        let level = channel.level(rng.random_range(0.0..1.0));
        channel.pieces(text, 0..text.len(), level, &mut rng).iter().map(|piece| piece.text(text)).collect()
    };
    Ok(texts.iter().map(read).collect())
}

/// Texts as recognition would read them, all at one level (share of damaged words).
///
/// # Errors
/// If the data file of the channel is broken.
pub fn misread_at(texts: &[String], level: f64, seed: u64) -> Result<Vec<String>, SynthError> {
    let channel = Channel::load()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let read = |text: &String| channel.pieces(text, 0..text.len(), level, &mut rng).iter().map(|piece| piece.text(text)).collect();
    Ok(texts.iter().map(read).collect())
}
