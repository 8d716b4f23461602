//! What a user types after `init`, `add`, `update`, `remove`, `info`, `list` and `watch`.

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
    /// Seconds between two looks at the documents.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: u64,
    #[command(flatten)]
    pub chosen: Chosen,
}
