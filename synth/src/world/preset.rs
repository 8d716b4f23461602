//! The numbers that shape a world: how much of which kind, from a complete TOML file (`presets/`).

use std::collections::{BTreeMap, BTreeSet};

use records::Kind;
use serde::{Deserialize, Serialize};

use super::genre::Genre;
use crate::SynthError;
use crate::render::NoiseChannel;
use crate::teacher::TeacherConfig;

const PRESETS: [(&str, &str); 3] = [
    ("small", include_str!("../../presets/small.toml")),
    ("demo", include_str!("../../presets/demo.toml")),
    ("reference", include_str!("../../presets/reference.toml")),
];

/// Everything a world is made by, apart from the seed and the number of triples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldPreset {
    /// Name of the preset.
    pub name: String,
    /// Name of the world, the first part of the documents' corpus name.
    pub world: String,
    /// Triples to make when the caller names no number.
    pub triples: usize,
    /// How many triples hang on one document on average.
    pub triples_per_document: f64,
    /// Share of facts that no document tells.
    pub withheld: f64,
    /// Fewest and most filler sentences of a paragraph.
    pub filler_sentences: [usize; 2],
    /// Fewest and most sections of a document.
    pub sections: [usize; 2],
    /// Relative shares of the question kinds.
    pub kinds: BTreeMap<Kind, f64>,
    /// Relative shares of the genres.
    pub genres: BTreeMap<Genre, f64>,
    /// How much damage.
    pub noise: NoiseShares,
    /// A language model that rewords, asks and judges; no preset of this crate has one.
    #[serde(default, skip_serializing)]
    pub teacher: Option<TeacherConfig>,
}

/// How many documents are damaged, and how badly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseShares {
    /// Share of plain-text documents with character damage.
    pub plain: f64,
    /// Share of HTML and Markdown documents with character damage.
    pub markup: f64,
    /// Smallest and largest share of damaged words in a damaged document.
    pub words: [f64; 2],
    /// Share of all documents that went through a wrong encoding.
    #[serde(default)]
    pub mojibake: f64,
    /// Share of paged documents printed with ligatures.
    #[serde(default)]
    pub ligatures: f64,
    /// Share of all documents with damaged white space.
    #[serde(default)]
    pub white_space: f64,
    /// Share of paged documents with a narrow column whose lines stand between those of the text.
    #[serde(default)]
    pub columns: f64,
    /// Share of paged documents with a running footer.
    #[serde(default)]
    pub footers: f64,
    /// Channels that are left out.
    #[serde(default)]
    pub without: BTreeSet<NoiseChannel>,
}

impl NoiseShares {
    fn shares(&self) -> [f64; 9] {
        let Self { plain, markup, words: [low, high], mojibake, ligatures, white_space, columns, footers, .. } = *self;
        [plain, markup, low, high, mojibake, ligatures, white_space, columns, footers]
    }
}

impl WorldPreset {
    /// A preset of this crate by name.
    ///
    /// # Errors
    /// If there is none of that name; the message lists those that exist.
    pub fn named(name: &str) -> Result<Self, SynthError> {
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            return Err(SynthError::data(format!("preset {name:?}"), format!("unknown; choose one of {}", Self::names().join(", "))));
        };
        Self::parse(text)
    }

    /// A preset from its TOML text.
    ///
    /// # Errors
    /// If a field is missing or unknown, or the numbers make no sense.
    pub fn parse(text: &str) -> Result<Self, SynthError> {
        let preset: Self = toml::from_str(text).map_err(|error| SynthError::data("preset", error))?;
        preset.validate()?;
        Ok(preset)
    }

    /// The names of the presets.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        PRESETS.iter().map(|(name, _)| *name).collect()
    }

    /// The shares of the kinds, adding up to 1.
    pub(crate) fn wanted(&self) -> BTreeMap<Kind, f64> {
        let total: f64 = self.kinds.values().sum();
        self.kinds.iter().map(|(kind, share)| (*kind, share / total)).collect()
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first number that does not.
    pub fn validate(&self) -> Result<(), SynthError> {
        let fail = |reason: &str| Err(SynthError::data(format!("preset {:?}", self.name), reason));
        self.teacher.iter().try_for_each(TeacherConfig::validate)?;
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let ordered = |pair: [usize; 2]| pair[0] >= 1 && pair[0] <= pair[1];
        let weights = |values: Vec<f64>| values.iter().all(|v| v.is_finite() && *v >= 0.0) && values.iter().sum::<f64>() > 0.0;
        if !(self.triples_per_document >= 0.5 && self.triples_per_document <= 20.0) {
            return fail("triples_per_document must lie between 0.5 and 20");
        }
        if !share(self.withheld) || !self.noise.shares().into_iter().all(share) {
            return fail("withheld and the noise shares must lie between 0 and 1");
        }
        if self.noise.words[0] > self.noise.words[1] || !ordered(self.filler_sentences) || !ordered(self.sections) {
            return fail("a pair of numbers must have the smaller one first, and at least 1");
        }
        if self.sections[1] > 10 || self.filler_sentences[1] > 6 {
            return fail("at most 10 sections and 6 filler sentences, so that a document stays below 8 KB");
        }
        if !weights(self.kinds.values().copied().collect()) || !weights(self.genres.values().copied().collect()) {
            return fail("shares of kinds and genres must not be negative, and not all be 0");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_file_is_complete_and_named_like_its_file() {
        for name in WorldPreset::names() {
            assert_eq!(WorldPreset::named(name).unwrap().name, name);
        }
    }

    #[test]
    fn an_unknown_preset_is_refused_with_the_list_of_known_ones() {
        let message = WorldPreset::named("huge").unwrap_err().to_string();
        assert!(message.contains("small") && message.contains("reference"), "{message}");
    }

    #[test]
    fn an_unknown_channel_is_refused_with_the_list_of_known_ones() {
        let text = PRESETS[0].1.replace("without = []", "without = [\"gremlins\"]");
        let message = WorldPreset::parse(&text).unwrap_err().to_string();
        assert!(NoiseChannel::ALL.into_iter().all(|channel| message.contains(&channel.name())), "{message}");
    }

    #[test]
    fn a_preset_without_the_newer_channels_has_none_of_them() {
        let (old, _) = PRESETS[0].1.split_once("# Share of all documents that went").unwrap();
        let noise = WorldPreset::parse(old).unwrap().noise;
        assert_eq!((noise.mojibake, noise.columns, noise.without.len()), (0.0, 0.0, 0));
    }

    #[test]
    fn shares_that_make_no_sense_are_refused() {
        let mut preset = WorldPreset::named("small").unwrap();
        preset.withheld = 1.5;
        assert!(preset.validate().is_err());
    }
}
