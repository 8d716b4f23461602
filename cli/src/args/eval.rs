//! What a user types after `eval`: one verb for each thing that it can do. `tandem eval --suite FILE --out DIR` is `run` by its short name.

use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::{Args, Subcommand};

use super::Asking;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Eval {
    #[command(subcommand)]
    pub verb: Option<EvalVerb>,
    /// A suite file.
    #[arg(long, requires = "out")]
    pub suite: Option<PathBuf>,
    /// The folder to write; run again, it goes on where it stopped.
    #[arg(long, requires = "suite")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub systems: Systems,
}

#[derive(Debug, Subcommand)]
pub enum EvalVerb {
    /// The system and the workflow on the questions of a suite.
    Run(SuiteRun),
    /// Both on your own documents: questions are made from them, yours are added.
    Check(Check),
    /// Two finished runs of one suite: what changed from the first to the second.
    Compare(Compare),
    /// The suites with expected numbers, checked against these.
    Reproduce(Reproduce),
    /// One table over finished runs, written into a Markdown page between its marks.
    Table(Table),
}

#[derive(Debug, Args)]
pub struct SuiteRun {
    /// A suite file.
    #[arg(long)]
    pub suite: PathBuf,
    /// The folder to write; run again, it goes on where it stopped.
    #[arg(long)]
    pub out: PathBuf,
    #[command(flatten)]
    pub systems: Systems,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Your own documents, as `prep` takes them.
    #[arg(value_name = "CORPUS")]
    pub corpus: PathBuf,
    /// Your own questions, `.jsonl` of {"id","question","answers"?} (without answers they are shown, not scored), or `.txt`.
    #[arg(long)]
    pub questions: Option<PathBuf>,
    /// Questions to make; a quarter of them tunes the workflow and is not scored.
    #[arg(long, default_value_t = 400)]
    pub triples: usize,
    /// The folder to write; run again, it goes on where it stopped.
    #[arg(long)]
    pub out: PathBuf,
    #[command(flatten)]
    pub systems: Systems,
}

#[derive(Debug, Args)]
pub struct Compare {
    /// The folder of the first run.
    pub first: PathBuf,
    /// The folder of the second.
    pub second: PathBuf,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct Reproduce {
    /// The folder of expected numbers.
    pub expected: PathBuf,
    /// Only the suite of this name. May be given several times.
    #[arg(long)]
    pub only: Vec<String>,
    /// The folder to write; run again, it goes on where it stopped.
    #[arg(long)]
    pub out: PathBuf,
    #[command(flatten)]
    pub systems: Systems,
}

#[derive(Debug, Args)]
pub struct Table {
    /// A folder of finished runs, or of their digests.
    pub runs: PathBuf,
    /// The Markdown page that the table goes into.
    #[arg(long)]
    pub out: PathBuf,
}

/// The systems that are compared, and how hard they are tried.
#[derive(Debug, Args)]
pub struct Systems {
    /// Also locate the losses: better and better texts given, and each system's parts in the other's place. A few minutes.
    #[arg(long)]
    pub ladder: bool,
    /// Also damage the documents and set the workflow's knobs wrong. Ten minutes.
    #[arg(long)]
    pub fragility: bool,
    /// With --fragility: another suite to try both systems on.
    #[arg(long, requires = "fragility")]
    pub shifted: Option<PathBuf>,
    /// A folder that a training was given; nothing that is asked may stand in it. May be given several times.
    #[arg(long)]
    pub trained_on: Vec<PathBuf>,
    /// Where the suite's data lies, if not where the suite says.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Score at most this many questions, chosen by the hash of their ids.
    #[arg(long)]
    pub limit: Option<usize>,
    /// Score the baseline workflow alone; needs no model.
    #[arg(long, conflicts_with_all = ["prep_model", "model"])]
    pub baseline_only: bool,
    /// Score our models alone, without the workflow and its tuning: to compare two of them (`eval compare`).
    #[arg(long, conflicts_with_all = ["baseline_only", "embedding", "writer", "ladder", "fragility"])]
    pub tandem_only: bool,
    #[command(flatten)]
    pub asking: Asking,
    /// A folder with a sentence encoder of the BERT or MPNet type (config.json, model.safetensors, tokenizer.json) for the baseline's vectors.
    #[arg(long)]
    pub embedding: Option<PathBuf>,
    /// A language model (base URL of an OpenAI-compatible endpoint, or a .toml of its settings) that writes the last step of a further workflow. The only
    /// option here that uses a network.
    #[arg(long)]
    pub writer: Option<String>,
    /// With --writer URL: the model's name.
    #[arg(long, requires = "writer")]
    pub writer_model: Option<String>,
    /// Tokens that the writer may spend.
    #[arg(long, requires = "writer")]
    pub writer_budget: Option<u64>,
    /// A preparation model; the installed one if not given.
    #[arg(long)]
    pub prep_model: Option<PathBuf>,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}
