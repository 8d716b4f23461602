//! What a user types. The verbs and options are those of the design page; what the program acts on are the options of the crates.

mod asking;
mod bench;
#[cfg(feature = "cluster")]
mod cluster;
mod eval;
mod library;
mod merge;
mod program;
mod recognition;
mod serve;
mod synth;
mod teacher;
mod train;

use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use retrieve_model::report::Format;

pub use asking::{Asking, Place};
pub use bench::{Bench, BenchVerb};
#[cfg(feature = "lance")]
pub use bench::{Growth, Queries};
#[cfg(feature = "cluster")]
pub use cluster::{Cluster, ClusterVerb, SchedulerArgs, WorkerArgs, Working};
pub use eval::Eval;
#[cfg(feature = "lance")]
pub use eval::{Check, Compare, EvalVerb, Reproduce, SuiteRun, Systems, Table};
pub use library::{Adapt, Add, Info, Init, List, Remove, Update, Watch};
pub use merge::{Merge, Sharing};
pub use program::{Completions, Config, ConfigVerb, Health, Man, SelfTest, Show};
pub use recognition::{Recognition, When};
pub use serve::{Mcp, Serve};
pub use synth::Synth;
pub use teacher::TeacherArgs;
pub use train::{Train, Trained};

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
    /// Start a process of a cluster, for archives that are too large for one machine.
    #[cfg(feature = "cluster")]
    Cluster(Cluster),
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
    #[command(flatten)]
    pub place: Place,
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
    #[command(flatten)]
    pub place: Place,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
    /// The form to hand on: `report.html` and `report.md` are always written, `report.docx` where it is named here, also into a folder that is
    /// finished already. Several with commas; the first is the one to open.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT")]
    pub format: Vec<ReportFormat>,
    /// Show the page of every quotation from a PDF in `report.html` as a picture, the quotation marked: of a library, or of the originals that
    /// `--corpus` names. Needs poppler-utils, and some 300 KB a picture.
    #[arg(long)]
    pub pages: bool,
    /// The folder that the index was made from, where no library is asked.
    #[arg(long, value_name = "DIR", requires = "pages", conflicts_with = "library")]
    pub corpus: Option<PathBuf>,
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

#[derive(Debug, Args)]
pub struct Ask {
    /// The question.
    pub question: String,
    #[command(flatten)]
    pub place: Place,
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
