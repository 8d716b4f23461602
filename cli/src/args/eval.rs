//! What a user types after `eval`.

use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::Args;

#[derive(Debug, Args)]
#[group(id = "asked", required = true, multiple = false)]
pub struct EvalSource {
    /// A suite file.
    #[arg(long, group = "asked")]
    pub suite: Option<PathBuf>,
    /// Your own documents: questions are made from them.
    #[arg(long, group = "asked")]
    pub corpus: Option<PathBuf>,
    /// Two finished runs of one suite: what changed from the first to the second.
    #[arg(long, group = "asked", num_args = 2, value_names = ["FIRST", "SECOND"])]
    pub compare: Option<Vec<PathBuf>>,
    /// A folder of expected numbers: runs the suites it names and checks them.
    #[arg(long, group = "asked")]
    pub reproduce: Option<PathBuf>,
    /// A folder of finished runs: writes one table over all of them into the Markdown page --out, between its marks.
    #[arg(long, group = "asked", value_name = "RUNS")]
    pub table: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Eval {
    #[command(flatten)]
    pub source: EvalSource,
    /// The folder to write; run again, it goes on where it stopped.
    #[arg(long)]
    pub out: PathBuf,
    /// With --corpus: your own questions, `.jsonl` of {"id","question","answers"?} (without answers they are shown, not scored), or `.txt`.
    #[arg(long, requires = "corpus")]
    pub questions: Option<PathBuf>,
    /// With --corpus: questions to make; a quarter of them tunes the workflow and is not scored.
    #[arg(long, requires = "corpus", default_value_t = 400)]
    pub triples: usize,
    /// With --reproduce: only the suite of this name. May be given several times.
    #[arg(long, requires = "reproduce")]
    pub only: Vec<String>,
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
    /// A folder with a BERT-type sentence encoder (config.json, model.safetensors, tokenizer.json) for the baseline's vectors.
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
