//! The numbers and wordings of corpus mode, from `presets/corpus.toml`.

use std::collections::BTreeMap;

use records::Kind;
use serde::{Deserialize, Serialize};

use crate::SynthError;
use crate::world::grammar::{Families, read};

/// What corpus mode is made by.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorpusPreset {
    pub unanswerable: f64,
    pub same_answer: (u64, f64),
    pub per_sentence: usize,
    pub kinds: BTreeMap<Kind, f64>,
    pub headings: Families,
    pub definitions: Families,
    pub expansions: Families,
    pub gaps: Families,
}

impl CorpusPreset {
    pub fn load() -> Result<Self, SynthError> {
        read("presets/corpus.toml", include_str!("../../presets/corpus.toml"))
    }
}
