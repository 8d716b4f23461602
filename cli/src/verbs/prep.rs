//! `tandem prep`: raw documents to sections.

use anyhow::Result;
use prep_model::inference::{Format, PrepareOptions, Preparer, prepare_corpus};

use crate::args::{Prep, PrepFormat};
use crate::models;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;

pub fn run(args: &Prep) -> Result<Outcome> {
    let inputs = [Some(Input::of("--corpus", &args.corpus)), Input::maybe("--model", args.model.as_deref())];
    folder_apart(&args.out, inputs.into_iter().flatten())?;
    crate::recognition::choose(&args.recognition, None)?;
    let device = backbone::open_device(args.device)?;
    let preparer = Preparer::load(&models::find(args.model.as_deref(), "prep")?, &device)?;
    let format = match args.format {
        PrepFormat::Parquet => Format::Parquet,
        PrepFormat::Jsonl => Format::Jsonl,
        PrepFormat::Md => Format::Markdown,
    };
    let options = PrepareOptions { format, repairs: !args.no_repair, ..PrepareOptions::default() };
    let progress = Progress::new("prep");
    let manifest = prepare_corpus(&args.corpus, &args.out, &preparer, &options, progress.bar())?;
    Ok(Outcome::of("prep", manifest.counts).open(&args.out))
}
