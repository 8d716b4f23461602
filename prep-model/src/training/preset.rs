//! Presets: complete files with every number of a training run; nothing is filled in behind the user's back.

use std::fs;

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
    /// A preset by name, or a complete preset file of one's own (named `*.toml`).
    ///
    /// # Errors
    /// If there is none of that name, or the file cannot be read or lacks a number; the message says which and lists the names.
    pub fn open(name: &str) -> Result<Self, String> {
        let text = match name {
            "demo" => include_str!("../../presets/demo.toml").to_owned(),
            "small" => include_str!("../../presets/small.toml").to_owned(),
            path if path.ends_with(".toml") => fs::read_to_string(path).map_err(|error| error.to_string())?,
            _ => return Err(format!("unknown: use one of {} or a .toml file", PRESETS.join(", "))),
        };
        toml::from_str(&text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_complete_and_fits_this_version() {
        for name in PRESETS {
            let preset = Preset::open(name).unwrap_or_else(|error| panic!("preset {name}: {error}"));
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
