//! What is asked and how a question is answered, as the verbs that ask take it.

use std::path::PathBuf;

use clap::Args;
use retrieve_model::inference::{Habits, MOST_READ, MOST_SEARCHES};

/// What is asked.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// A folder that `tandem index` made; a report needs none where every question brings its sources.
    #[arg(long)]
    pub index: Option<PathBuf>,
    /// A folder that `tandem init` made; if no index is named either, the one found from here upwards.
    #[arg(long, value_name = "DIR", conflicts_with = "index")]
    pub library: Option<PathBuf>,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Asking {
    /// How often a given answer should be right, 0 to 1: more asks for surer answers, 0 for one to every question that has a passage. If
    /// not given, what is likelier right than wrong, and what is less likely as not sure.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub precision: Option<f32>,
    /// Searches for a question at most; the model's own habit if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_SEARCHES)))]
    pub searches: Option<u16>,
    /// Sections read after a search at most; the model's own habit if not given. Fewer are faster.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_READ)))]
    pub read: Option<u16>,
}

impl From<Asking> for Habits {
    fn from(Asking { precision, searches, read }: Asking) -> Self {
        Self { precision, searches, read }
    }
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is no number from 0 to 1"))
}
