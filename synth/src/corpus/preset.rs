//! The numbers and wordings of corpus mode, from `presets/corpus.toml`.

use std::collections::BTreeMap;

use records::Kind;
use serde::{Deserialize, Serialize};

use crate::SynthError;
use crate::world::grammar::{Families, read};

/// Questions that have a share of their own: the kinds, with natural ones divided by how they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    Natural,
    /// Natural ones in the order of the sentence.
    InPlace,
    Paraphrase,
    Definition,
    Advice,
    List,
    Cloze,
    TableCell,
    /// What a lost sentence told.
    Removed,
}

impl Group {
    /// The kind its questions have.
    pub fn kind(self) -> Kind {
        match self {
            Self::Natural | Self::InPlace | Self::Advice => Kind::Natural,
            Self::Paraphrase => Kind::Paraphrase,
            Self::Definition => Kind::Definition,
            Self::List => Kind::Aggregation,
            Self::Cloze => Kind::Cloze,
            Self::TableCell => Kind::TableCell,
            Self::Removed => Kind::Unanswerable,
        }
    }
}

/// What corpus mode is made by.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorpusPreset {
    pub unanswerable: f64,
    /// Share of the sections that lose a sentence, so that what it told has no answer.
    pub removed: f64,
    pub same_answer: (u64, f64),
    pub per_sentence: usize,
    /// Chance that a word with synonyms is exchanged in a question that is to be a paraphrase.
    pub exchange: f64,
    /// How telling a question must be before it can go without the document's title or heading, in units of one section among all.
    pub telling: f32,
    pub shares: BTreeMap<Group, f64>,
    /// How a question takes the name of its place: in any form, in one that leaves its end free, without a mark.
    pub contexts: Families,
    pub contexts_before: Families,
    pub contexts_short: Families,
    pub cells: Families,
    pub labels: Families,
    pub definitions: Families,
    pub expansions: Families,
    /// What a term is called that is given by its definition.
    pub named: Families,
    /// Who somebody is.
    pub persons: Families,
    /// What a named thing does or is for.
    pub serving: Families,
    /// Wordings around what a rule of advice gives, by the rule.
    pub advice: BTreeMap<String, Families>,
    pub gaps: Families,
}

impl CorpusPreset {
    pub fn load() -> Result<Self, SynthError> {
        read("presets/corpus.toml", include_str!("../../presets/corpus.toml"))
    }

    /// The wanted share of each kind; unanswerable questions are made from those of all groups.
    pub fn wanted(&self) -> BTreeMap<Kind, f64> {
        // Questions about lost sentences are a part of the unanswerable ones.
        let answerable = || self.shares.iter().filter(|(group, _)| **group != Group::Removed);
        let total: f64 = answerable().map(|(_, share)| share).sum();
        let mut wanted = BTreeMap::from([(Kind::Unanswerable, self.unanswerable)]);
        for (group, share) in answerable() {
            *wanted.entry(group.kind()).or_default() += (1.0 - self.unanswerable) * share / total;
        }
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_shares_add_up_to_one() {
        let wanted = CorpusPreset::load().unwrap().wanted();
        assert!((wanted.values().sum::<f64>() - 1.0).abs() < 1e-9, "{wanted:?}");
    }
}
