//! What a user types after `bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;

#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    pub what: BenchVerb,
}

#[derive(Debug, Subcommand)]
pub enum BenchVerb {
    /// How time, memory and disk grow with the collection: documents of an invented world are made, prepared, indexed, searched and reported on.
    Growth(Growth),
    /// How long queries to an index take: the first stage alone, and with the comparison and the reading of what it found.
    Queries(Queries),
}

#[derive(Debug, Args)]
pub struct Growth {
    /// Sections, about; several sizes with commas.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000", value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub sections: Vec<u64>,
    /// Queries that are timed at each size.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub queries: u32,
    /// Questions of the report at each size.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub questions: u32,
    /// The folder to write; run again, it goes on where it stopped.
    #[arg(long)]
    pub out: PathBuf,
    /// A preparation model; the installed one if not given.
    #[arg(long)]
    pub prep_model: Option<PathBuf>,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// Another seed, other documents.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct Queries {
    /// Questions: `.jsonl`, `.toml` of briefs, or `.txt` with one a line.
    #[arg(long)]
    pub queries: PathBuf,
    #[command(flatten)]
    pub place: Place,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// A file for what the first stage found, a line a query: two programs or two indexes that find the same write the same bytes.
    #[arg(long)]
    pub found: Option<PathBuf>,
    /// Leaves out the re-ranking, which takes most of the time.
    #[arg(long)]
    pub first_stage_only: bool,
}
