//! What a user types after `init`, `add`, `update`, `remove`, `info`, `list`, `watch` and `adapt`.

use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::Args;

use super::Recognition;

#[derive(Debug, Args)]
pub struct Init {
    /// The folder, made where it is missing.
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// The preparation model that the library uses; the installed one if not given.
    #[arg(long, value_name = "DIR")]
    pub prep_model: Option<PathBuf>,
    /// The retrieval model that the library uses; the installed one if not given.
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub recognition: Recognition,
}

/// The library that a verb works on.
#[derive(Debug, Args)]
pub struct Chosen {
    /// The library; if not given, the one found from here upwards.
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    #[command(flatten)]
    pub recognition: Recognition,
}

#[derive(Debug, Args)]
pub struct Add {
    /// Folders, documents or `.jsonl` files; or documents that `tandem remove` left out.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub chosen: Chosen,
}

#[derive(Debug, Args)]
pub struct Update {
    /// Read and prepare everything again, as after a new version of the program.
    #[arg(long)]
    pub again: bool,
    #[command(flatten)]
    pub chosen: Chosen,
}

#[derive(Debug, Args)]
pub struct Remove {
    /// Registered paths, which are forgotten; or documents and folders below one (by path or by name), which are left out.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub chosen: Chosen,
}

#[derive(Debug, Args)]
pub struct Info {
    /// The library; if not given, the one found from here upwards.
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct List {
    /// The library; if not given, the one found from here upwards.
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
    /// List what is no document too: hidden files, kinds that no reader knows.
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct Watch {
    /// Seconds between two looks at what the file system tells no changes of, as on a network drive. All others are read as they come.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: u64,
    #[command(flatten)]
    pub chosen: Chosen,
}

#[derive(Debug, Args)]
pub struct Adapt {
    /// Minutes of training: a fifth of them for the retrieval vectors, the rest for the reader. Making questions and measuring take some more.
    #[arg(long, default_value_t = 20.0, value_parser = minutes)]
    pub minutes: f64,
    /// Seed of the questions and of the training.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Go back to the model that the library used before it was adapted.
    #[arg(long, conflicts_with_all = ["minutes", "seed"])]
    pub undo: bool,
    #[command(flatten)]
    pub chosen: Chosen,
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes > 0.0 && minutes.is_finite());
    minutes.ok_or_else(|| format!("{text:?} is no number of minutes above 0"))
}
