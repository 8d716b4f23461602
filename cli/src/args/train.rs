//! What a user types after `train`.

use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::{Args, ValueEnum};
use records::Kind;

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
    /// Size and length of the training: a name (`small`, `large`, `demo`) or a preset file.
    #[arg(long, default_value = "small")]
    pub preset: String,
    /// Where to compute: `auto`, `cpu` or `cuda`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Stop after this many minutes, with the learning rate brought down by then.
    #[arg(long)]
    pub minutes: Option<f64>,
    /// The published encoder of the BERT or MPNet type to start from, a folder with config.json, model.safetensors and tokenizer.json
    /// (`just base` and `just base-large` fetch one). With `retrieve` beside --base: the readers start from it anew, and the model gives its retrieval
    /// vectors; of another vocabulary than that model's it cannot be. With `prep`: the one whose words tell what sentences are about.
    #[arg(long, value_name = "DIR")]
    pub encoder: Option<PathBuf>,
    /// With `retrieve`: the published encoder that retrieval vectors and comparison are of, where --encoder is a larger one that is to read alone
    /// (`--preset large`).
    #[arg(long, value_name = "DIR", requires = "encoder", conflicts_with = "base")]
    pub retriever: Option<PathBuf>,
    /// The retrieval model to start from. For `policy` the one whose controller is trained, the installed one if not given; with
    /// `retrieve` a model of ours that is trained on; with `prep` the one whose network is kept while its topics are made anew.
    #[arg(long)]
    pub base: Option<PathBuf>,
    /// With `retrieve` and `policy`: a kind of questions (`paraphrase`, `multi_hop`, ...) that nothing is learned from. May be given several times.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub without: Vec<Kind>,
    /// With `policy`: leave the controller as it is, and fit only the confidence anew.
    #[arg(long)]
    pub calibrate: bool,
    /// The same seed gives the same weights on the CPU.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

fn kind(name: &str) -> Result<Kind, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}
