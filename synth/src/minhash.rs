//! Questions that are nearly the same: MinHash signatures (Broder 1997) over runs of three words, found through bands of the signature
//! (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).

use std::collections::HashMap;

use text::{mixed, words};

/// Values of a signature, and values of one band.
const VALUES: usize = 32;
const BAND: usize = 4;
/// Equal values of two signatures from which on questions count as the same; 27 of 32 estimate a similarity of 0.84.
const ALIKE: usize = 27;
/// Words of a run.
const RUN: usize = 3;

/// The signatures of the questions so far.
#[derive(Default)]
pub(crate) struct NearDuplicates {
    signatures: Vec<[u32; VALUES]>,
    /// Signatures by the values of a band.
    bands: HashMap<(u8, u64), Vec<u32>>,
}

impl NearDuplicates {
    /// Whether no question so far is nearly this one; remembers it then.
    pub fn is_new(&mut self, question: &str) -> bool {
        let Some(signature) = signature(question) else { return true };
        let keys: Vec<(u8, u64)> = signature
            .chunks(BAND)
            .enumerate()
            .map(|(band, values)| (band as u8, values.iter().fold(band as u64, |sum, value| mixed(sum ^ u64::from(*value)))))
            .collect();
        let alike = |other: &u32| {
            let other = &self.signatures[*other as usize];
            signature.iter().zip(other).filter(|(one, other)| one == other).count() >= ALIKE
        };
        if keys.iter().filter_map(|key| self.bands.get(key)).flatten().any(alike) {
            return false;
        }
        let number = self.signatures.len() as u32;
        keys.into_iter().for_each(|key| self.bands.entry(key).or_default().push(number));
        self.signatures.push(signature);
        true
    }
}

/// The smallest hash of a question's runs under each of 32 hash functions; none for fewer words than a run has.
fn signature(question: &str) -> Option<[u32; VALUES]> {
    let lower = question.to_lowercase();
    let hashes: Vec<u64> =
        words(&lower).map(|range| lower[range].bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| mixed(sum ^ u64::from(byte)))).collect();
    if hashes.len() < RUN {
        return None;
    }
    let mut smallest = [u32::MAX; VALUES];
    for run in hashes.windows(RUN) {
        let hash = run.iter().fold(0, |sum: u64, word| mixed(sum.rotate_left(21) ^ word));
        for (number, value) in smallest.iter_mut().enumerate() {
            *value = (*value).min((mixed(hash ^ (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 32) as u32);
        }
    }
    Some(smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_with_one_word_more_is_no_new_one() {
        let mut asked = NearDuplicates::default();
        let question = "Which of the many tools that the board of the old town has bought may be used by the guests of the mill in winter and in spring of any year";
        assert!(asked.is_new(question));
        assert!(!asked.is_new(&format!("{question}?")) && !asked.is_new(&format!("{question} then?")));
        assert!(asked.is_new("Which tools may be used by the guests of the mill?"));
        assert!(asked.is_new("Which rooms are let to the clubs of the town?"));
        assert!(asked.is_new("Who? Me") && asked.is_new("Who? Me"));
    }
}
