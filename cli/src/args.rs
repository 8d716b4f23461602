//! What a user types. The verbs and options are those of the design page; what the program acts on are the options of the crates.

mod bench;
mod eval;
mod library;
mod merge;
mod program;
mod recognition;
mod serve;
mod teacher;

use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use records::Kind;
use retrieve_model::inference::{Habits, MOST_READ, MOST_SEARCHES};
use retrieve_model::report::Format;

pub use bench::{Bench, BenchVerb, Growth, Queries};
pub use eval::Eval;
#[cfg(feature = "lance")]
pub use eval::{Check, Compare, EvalVerb, Reproduce, SuiteRun, Systems, Table};
pub use library::{Adapt, Add, Info, Init, List, Remove, Update, Watch};
pub use merge::{Merge, Sharing};
pub use program::{Completions, Config, ConfigVerb, Health, Man, SelfTest, Show};
pub use recognition::{Recognition, When};
pub use serve::{Mcp, Serve};
pub use teacher::TeacherArgs;

/// Two small trained models instead of a retrieval-augmented-generation workflow.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// Print one JSON object with the result instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more (-v, -vv).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make question/answer/document triples from an invented world or from prepared documents.
    Synth(Synth),
    /// Train a model; an interrupted training is resumed.
    Train(Train),
    /// Turn raw documents into clean sections.
    Prep(Prep),
    /// Build the LanceDB index of prepared sections.
    Index(Index),
    /// Make a library: one folder that keeps sections, index and settings, and is kept up to date.
    Init(Init),
    /// Register folders, documents or .jsonl files with a library and read them; take back what was left out.
    Add(Add),
    /// Bring a library up to date: only what is new or has changed is read and prepared.
    Update(Update),
    /// Take registered paths or single documents out of a library.
    Remove(Remove),
    /// Say what a library holds.
    Info(Info),
    /// List the documents of a library with what became of them.
    List(List),
    /// Keep a library up to date until stopped.
    Watch(Watch),
    /// Serve a library: a web page, HTTP and OpenAI's interface for programs, MCP for assistants.
    Serve(Serve),
    /// Serve a library to an assistant over standard input and output (Model Context Protocol).
    Mcp(Mcp),
    /// Train a library's model on from where it is, on questions made of its own sentences; taken only where it is surely better.
    Adapt(Adapt),
    /// Make one folder of those that several processes made with --shard.
    Merge(Merge),
    /// Search an index for a file of queries.
    Search(Search),
    /// Answer a file of questions and write the reports.
    Report(ReportArgs),
    /// Answer one question on the terminal.
    Ask(Ask),
    /// Check every citation of a report against the original files.
    Verify(Verify),
    /// Score the system and the baseline workflow on the same questions.
    Eval(Box<Eval>),
    /// Check machine, models, index and data.
    Doctor(Doctor),
    /// Try the installed program on a few documents of its own, in a folder that goes again. Ten seconds.
    SelfTest(SelfTest),
    /// Measure the installed program on this machine.
    Bench(Bench),
    /// Say what the program would use, and why.
    Config(Config),
    /// Ask a running `tandem serve` whether it is well.
    Health(Health),
    /// Print what a shell needs to complete verbs and options.
    Completions(Completions),
    /// Write the manual pages, or print the first.
    Man(Man),
    /// Read files for another process of this program, on standard input and output, with as few rights as that takes.
    #[command(hide = true)]
    ExtractWorker,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trained {
    /// The preparation model.
    Prep,
    /// The retriever and reader.
    Retrieve,
    /// The controller of the retrieval-and-report model.
    Policy,
}

#[derive(Debug, Args)]
pub struct Train {
    /// Which model.
    pub model: Trained,
    /// A folder that `tandem synth` made; may be given several times. With `prep` and --encoder the further ones (with --base all) are folders that
    /// `tandem prep` made.
    #[arg(long, required = true)]
    pub data: Vec<PathBuf>,
    /// With `prep`: trains the part that tells what web pages are about, from a folder with `evaldata.json` and `html/`; --data then names corpora whose
    /// documents become plain pages. `OUT/model` belongs into a preparation model's folder as `content`.
    #[arg(long, value_name = "DIR", requires = "teacher")]
    pub pages: Option<PathBuf>,
    /// With --pages: what another extractor made of these pages, a JSON object of texts by their names (data/pages.py).
    #[arg(long, value_name = "FILE", requires = "pages")]
    pub teacher: Option<PathBuf>,
    /// The run folder; the released model is written to `OUT/model`.
    #[arg(long)]
    pub out: PathBuf,
    /// Size and length of the training: a name (`small`, `demo`) or a preset file.
    #[arg(long, default_value = "small")]
    pub preset: String,
    /// Where to compute: `auto`, `cpu` or `cuda`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Stop after this many minutes, with the learning rate brought down by then.
    #[arg(long)]
    pub minutes: Option<f64>,
    /// The published encoder of the BERT type to start from, a folder with config.json, model.safetensors and tokenizer.json
    /// (`just base` fetches one). With `retrieve` beside --base: the one that this model was made of; the readers start from it anew, and the model gives
    /// its retrieval vectors, so that an index stays good. With `prep`: the one whose words tell what sentences are about.
    #[arg(long, value_name = "DIR")]
    pub encoder: Option<PathBuf>,
    /// The retrieval model to start from. For `policy` the one whose controller is trained, the installed one if not given; with
    /// `retrieve` a model of ours that is trained on; with `prep` the one whose network is kept while its topics are made anew.
    #[arg(long)]
    pub base: Option<PathBuf>,
    /// With `retrieve` and `policy`: a kind of questions (`paraphrase`, `multi_hop`, ...) that nothing is learned from. May be given several times.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub without: Vec<Kind>,
    /// The same seed gives the same weights on the CPU.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

fn kind(name: &str) -> Result<Kind, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrepFormat {
    Parquet,
    Jsonl,
    Md,
}

#[derive(Debug, Args)]
pub struct Prep {
    /// A folder, a single file, or a `.jsonl` of {"id","title"?,"text"}. Read are text, Markdown, reStructuredText, HTML, XML, PDF with a text layer, DOCX, PPTX,
    /// XLSX, ODT, ODS, ODP, RTF, EPUB, CSV, mail (.eml, .mbox, .msg) with what hangs on it, the members of .zip, .tar and .tar.gz, and, where tesseract-ocr is
    /// installed, scanned pages and pictures (.png, .jpg, .tif).
    #[arg(long)]
    pub corpus: PathBuf,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
    /// A preparation model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// What to write beside the tables.
    #[arg(long, value_enum, default_value_t = PrepFormat::Parquet)]
    pub format: PrepFormat,
    /// Write a page for each document too, the original on the left and what was made of it on the right, and one that lists them: `OUT/html/index.html`.
    #[arg(long)]
    pub html: bool,
    /// Change no character.
    #[arg(long)]
    pub no_repair: bool,
    #[command(flatten)]
    pub part: Sharing,
    #[command(flatten)]
    pub recognition: Recognition,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

#[derive(Debug, Args)]
pub struct Index {
    /// A folder that `tandem prep` made.
    #[arg(long)]
    pub sections: PathBuf,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
    #[command(flatten)]
    pub part: Sharing,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

#[derive(Debug, Args)]
pub struct Search {
    /// A folder that `tandem index` made.
    #[arg(long)]
    pub index: Option<PathBuf>,
    /// A folder that `tandem init` made; if no index is named either, the one found from here upwards.
    #[arg(long, value_name = "DIR", conflicts_with = "index")]
    pub library: Option<PathBuf>,
    /// Lines of {"id","query"}.
    #[arg(long, required_unless_present = "dropped")]
    pub queries: Option<PathBuf>,
    /// Hits per query.
    #[arg(long, default_value_t = 10)]
    pub k: usize,
    /// The file to write: lines of {"id","hits"}.
    #[arg(long, required_unless_present = "dropped")]
    pub out: Option<PathBuf>,
    /// Look for these words in what `tandem prep` left out of the sections, and print where it stands and why it was left out.
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["queries", "out", "model"])]
    pub dropped: Option<String>,
    /// With --dropped: the folder that `tandem prep` made, instead of an index of it.
    #[arg(long, requires = "dropped", conflicts_with_all = ["index", "library"])]
    pub sections: Option<PathBuf>,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// A form to hand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One page for a browser that prints well.
    Html,
    /// Markdown.
    Md,
    /// A document for Word, LibreOffice and their like.
    Docx,
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Html => Self::Html,
            ReportFormat::Md => Self::Md,
            ReportFormat::Docx => Self::Docx,
        }
    }
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Questions: `.jsonl`, `.toml` of briefs, or `.txt` with one a line.
    #[arg(long)]
    pub questions: PathBuf,
    /// A folder that `tandem index` made; not needed where every question brings its sources.
    #[arg(long)]
    pub index: Option<PathBuf>,
    /// A folder that `tandem init` made; if no index is named either, the one found from here upwards.
    #[arg(long, value_name = "DIR", conflicts_with = "index")]
    pub library: Option<PathBuf>,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
    /// The form to hand on: `report.html` and `report.md` are always written, `report.docx` where it is named here, also into a folder that is
    /// finished already. Several with commas; the first is the one to open.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT")]
    pub format: Vec<ReportFormat>,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub part: Sharing,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
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

#[derive(Debug, Args)]
pub struct Ask {
    /// The question.
    pub question: String,
    /// A folder that `tandem index` made.
    #[arg(long)]
    pub index: Option<PathBuf>,
    /// A folder that `tandem init` made; if no index is named either, the one found from here upwards.
    #[arg(long, value_name = "DIR", conflicts_with = "index")]
    pub library: Option<PathBuf>,
    /// A retrieval model; the installed one if not given.
    #[arg(long)]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub asking: Asking,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// A folder that `tandem report` made.
    #[arg(long)]
    pub report: PathBuf,
    /// The corpus the report was made from.
    #[arg(long)]
    pub corpus: Option<PathBuf>,
    /// The library the report was made from; if no corpus is named either, the one found from here upwards.
    #[arg(long, value_name = "DIR", conflicts_with = "corpus")]
    pub library: Option<PathBuf>,
    #[command(flatten)]
    pub recognition: Recognition,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// An index to check too.
    #[arg(long)]
    pub index: Option<PathBuf>,
    /// A library to check too; if no index is named, the one found from here upwards.
    #[arg(long, value_name = "DIR", conflicts_with = "index")]
    pub library: Option<PathBuf>,
    /// A folder of any step to check too.
    #[arg(long)]
    pub data: Vec<PathBuf>,
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is no number from 0 to 1"))
}
