//! The teacher of `synth`: where it is and what it may do.

use std::path::PathBuf;

use clap::Args;

/// Options of a teacher; each replaces a field of the file or of the preset's `[teacher]` table.
#[derive(Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Teacher (optional; sends text of the documents to the endpoint)")]
pub struct TeacherArgs {
    /// A language model that rewords, asks and judges: the URL of an OpenAI-compatible endpoint (`http://localhost:8080/v1`), or a file with
    /// the fields of a preset's `[teacher]` table.
    #[arg(long, value_name = "URL|FILE.toml", conflicts_with = "preview")]
    pub teacher: Option<String>,
    /// The model's name there.
    #[arg(long, value_name = "NAME")]
    pub teacher_model: Option<String>,
    /// The environment variable that holds the key; `TANDEM_TEACHER_KEY` if not given, which may be missing.
    #[arg(long, value_name = "VARIABLE")]
    pub teacher_key_variable: Option<String>,
    /// Tokens that may be spent; answers from the cache cost none.
    #[arg(long, value_name = "TOKENS")]
    pub teacher_budget: Option<u64>,
    /// Requests a minute; 0 for no limit.
    #[arg(long, value_name = "N")]
    pub teacher_requests_per_minute: Option<u32>,
    /// Requests on their way at a time.
    #[arg(long, value_name = "N")]
    pub teacher_concurrency: Option<usize>,
    /// Share of the natural, paraphrase and unanswerable questions to say in other words.
    #[arg(long, value_name = "SHARE")]
    pub teacher_reword: Option<f64>,
    /// Extra questions about single sections, as a share of the triples.
    #[arg(long, value_name = "SHARE")]
    pub teacher_ask: Option<f64>,
    /// Keep what the teacher makes without asking it whether the quote answers the question.
    #[arg(long)]
    pub teacher_no_judge: bool,
    /// A folder with prompts of your own: `paraphrase.md`, `ask.md`, `judge.md`.
    #[arg(long, value_name = "DIR")]
    pub teacher_prompts: Option<PathBuf>,
    /// Where answers are kept; if not given, `teacher-cache` beside the output folder.
    #[arg(long, value_name = "DIR")]
    pub teacher_cache: Option<PathBuf>,
}
