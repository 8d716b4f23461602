//! Presets: complete files with every number of a training run; nothing is filled in behind the user's back.

use backbone::TrainingConfig;
use serde::{Deserialize, Serialize};

use crate::model::ModelConfig;

/// Every number of a training run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Training documents loaded at most.
    pub documents: usize,
    /// Development documents measured while training.
    pub dev_documents: usize,
    /// Windows of lines per step.
    pub windows: usize,
    /// Stretches of characters per step.
    pub stretches: usize,
    /// The network.
    pub model: ModelConfig,
    /// The loop.
    pub training: TrainingConfig,
}

/// Names of the presets, quickest first.
pub const PRESETS: [&str; 2] = ["demo", "small"];

impl Preset {
    /// A preset by name; none if there is no such preset or it does not fit this version (a test sees to it that all do).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let text = match name {
            "demo" => include_str!("../../presets/demo.toml"),
            "small" => include_str!("../../presets/small.toml"),
            _ => return None,
        };
        toml::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_complete_and_fits_this_version() {
        for name in PRESETS {
            let preset = Preset::named(name).unwrap_or_else(|| panic!("preset {name} is broken"));
            assert!(preset.model.fits(), "{name}: features must be {}", crate::model::FEATURES);
            assert!(preset.training.minutes.is_some(), "{name}");
            let text = match name {
                "demo" => include_str!("../../presets/demo.toml"),
                _ => include_str!("../../presets/small.toml"),
            };
            let written: toml::Table = toml::from_str(text).unwrap();
            let resolved = toml::Table::try_from(&preset).unwrap();
            assert_eq!(keys(&written), keys(&resolved), "{name} leaves numbers out");
        }
    }

    fn keys(table: &toml::Table) -> Vec<String> {
        let inner = |(key, value): (&String, &toml::Value)| match value {
            toml::Value::Table(table) => keys(table).into_iter().map(|inner| format!("{key}.{inner}")).collect(),
            _ => vec![key.clone()],
        };
        let mut out: Vec<String> = table.iter().flat_map(inner).collect();
        out.sort();
        out
    }
}
