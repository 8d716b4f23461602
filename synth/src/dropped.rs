//! What was not written, and why: a count for each reason and a few samples to read. The samples are those with the smallest hashes, so that
//! neither threads nor order can change them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::SynthError;
use crate::filter::Reason;

/// Samples kept of a reason.
const SAMPLES: usize = 20;
/// The file of the samples, beside the tables.
pub(crate) const FILE: &str = "dropped.jsonl";

/// Dropped questions, sentences and sections by reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dropped {
    counts: BTreeMap<Reason, u64>,
    samples: BTreeMap<Reason, BTreeMap<u64, String>>,
}

impl Dropped {
    /// Counts something that has no words to show.
    pub fn count(&mut self, reason: Reason, number: u64) {
        *self.counts.entry(reason).or_default() += number;
    }

    /// Counts one, and may keep its words.
    pub fn lose(&mut self, reason: Reason, text: &str) {
        self.count(reason, 1);
        let hash = blake3::hash(text.as_bytes()).as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let kept = self.samples.entry(reason).or_default();
        let full = kept.len() >= SAMPLES;
        if !full || kept.last_key_value().is_some_and(|(last, _)| hash < *last) {
            kept.insert(hash, text.to_owned());
            if kept.len() > SAMPLES {
                kept.pop_last();
            }
        }
    }

    /// Adds what another part of the work dropped.
    pub fn merge(&mut self, other: Self) {
        other.counts.into_iter().for_each(|(reason, number)| self.count(reason, number));
        for (reason, samples) in other.samples {
            let kept = self.samples.entry(reason).or_default();
            kept.extend(samples);
            while kept.len() > SAMPLES {
                kept.pop_last();
            }
        }
    }

    /// How many were dropped for each reason, by the reason's name.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(reason, number)| (reason.name(), *number))
    }

    /// Writes the samples as lines of JSON: `{"reason", "text"}`.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<(), SynthError> {
        let line = |(reason, text): (&Reason, &String)| format!("{}\n", json!({"reason": reason.name(), "text": text}));
        let all = self.samples.iter().flat_map(|(reason, samples)| samples.values().map(move |text| (reason, text)));
        let path = dir.join(FILE);
        fs::write(&path, all.map(line).collect::<String>()).map_err(SynthError::io(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_samples_do_not_depend_on_the_order_of_the_parts() {
        let texts: Vec<String> = (0..100).map(|number| format!("question {number}")).collect();
        let of = |texts: &[String]| {
            let mut dropped = Dropped::default();
            texts.iter().for_each(|text| dropped.lose(Reason::TooVague, text));
            dropped
        };
        let (mut one, mut other) = (of(&texts[..30]), of(&texts[30..]));
        one.merge(of(&texts[30..]));
        other.merge(of(&texts[..30]));
        assert_eq!((&one.counts, &one.samples), (&other.counts, &other.samples));
        assert_eq!((one.counts[&Reason::TooVague], one.samples[&Reason::TooVague].len()), (100, SAMPLES));
    }
}
