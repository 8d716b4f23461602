//! Which part of the data a document, a fact or a template family belongs to: decided by the hash of its id alone, so that the
//! answer never depends on order, thread count or what else is in the corpus.

use serde::{Deserialize, Serialize};

/// A part of the data. Nothing of a development or test fact may stand in training text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Seen by training (80 %).
    Train,
    /// Used to choose between recipes and to tune thresholds (10 %).
    Dev,
    /// Touched only by a final measurement (10 %).
    Test,
}

impl Split {
    /// The split of an id: the first eight bytes of its blake3 hash, taken as a fraction of 2^64.
    #[must_use]
    pub fn of(id: &str) -> Self {
        let hash = blake3::hash(id.as_bytes());
        let head = u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("a blake3 hash has 32 bytes"));
        match head % 10 {
            0 => Self::Test,
            1 => Self::Dev,
            _ => Self::Train,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_of_an_id_never_changes() {
        // Written down once: if these move, every earlier run's test set leaks into training.
        let splits: Vec<_> = (0..12).map(|n| Split::of(&format!("id-{n}"))).collect();
        let expected: Vec<Split> = serde_json::from_str(include_str!("../tests/formats/splits.json")).unwrap();
        assert_eq!(splits, expected);
    }

    #[test]
    fn about_a_tenth_of_the_ids_is_held_back_for_each_purpose() {
        let count = |wanted| (0..10_000).filter(|n| Split::of(&format!("doc{n}")) == wanted).count();
        assert!((900..1_100).contains(&count(Split::Test)), "{}", count(Split::Test));
        assert!((900..1_100).contains(&count(Split::Dev)), "{}", count(Split::Dev));
    }
}
