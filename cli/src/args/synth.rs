//! What a user types after `synth`.

use std::path::PathBuf;

use clap::Args;

use super::TeacherArgs;

#[derive(Debug, Args)]
#[group(id = "source", required = true, multiple = false)]
pub struct SynthSource {
    /// A world: `small`, `demo`, `reference`, or a preset file.
    #[arg(long, group = "source")]
    pub world: Option<String>,
    /// A folder that `tandem prep` made.
    #[arg(long, group = "source")]
    pub corpus: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Synth {
    #[command(flatten)]
    pub source: SynthSource,
    /// The folder to write.
    #[arg(long, required_unless_present = "preview")]
    pub out: Option<PathBuf>,
    /// Write nothing: show counts and ten samples of what would be made.
    #[arg(long, conflicts_with = "out")]
    pub preview: bool,
    /// Number of triples; if not given the preset's number, for a corpus 10,000 or as many as it gives.
    #[arg(long)]
    pub triples: Option<usize>,
    /// A file of questions (`.jsonl`, `.toml` or one a line) that no triple may come close to.
    #[arg(long, requires = "corpus")]
    pub exclude: Option<PathBuf>,
    /// A file of questions that were written before, by people or a language model (`.jsonl`, one object a line: `document`, `question`,
    /// `answer`, `sentence`, and for one that needs other documents first `leads`, a list of `document`, `answer`, `sentence`), added to those
    /// made by rule; `--triples 0` takes these alone.
    #[arg(long, requires = "corpus", conflicts_with = "preview")]
    pub written: Option<PathBuf>,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub teacher: TeacherArgs,
}
