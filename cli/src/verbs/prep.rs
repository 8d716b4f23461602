//! `tandem prep`: raw documents to sections.

use std::path::{Path, PathBuf};

use anyhow::Result;
use prep_model::facing::write_facing;
#[cfg(feature = "cluster")]
use prep_model::inference::prepare_elsewhere;
use prep_model::inference::{Format, PrepareOptions, Preparer, prepare_part};
use prep_model::read::ReadLimits;
use records::{Counts, Failure, Manifest, Part, TableError};

use crate::args::{Prep, PrepFormat};
use crate::models;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;
use crate::summary::{NAMED, Summary, count, reasons};

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
    if args.html && format != Format::Parquet {
        anyhow::bail!("--html is made of the tables: leave --format out");
    }
    let part = args.part.part();
    if args.html && part != Part::WHOLE {
        anyhow::bail!("--html shows a whole corpus: merge the parts, then run `tandem prep --html` without --shard into the merged folder");
    }
    #[cfg(feature = "cluster")]
    let engine = super::cluster::engine(&args.part)?;
    let progress = Progress::new("prep");
    #[cfg(feature = "cluster")]
    let manifest = match &engine {
        Some(engine) => {
            let workers = super::cluster::preparing(engine, &preparer, &options);
            prepare_elsewhere(&args.corpus, &args.out, &preparer, &options, &workers, progress.bar())?
        }
        None => prepare_part(&args.corpus, &args.out, &preparer, &options, part, progress.bar())?,
    };
    #[cfg(not(feature = "cluster"))]
    let manifest = prepare_part(&args.corpus, &args.out, &preparer, &options, part, progress.bar())?;
    drop(progress);
    let page = args.html.then(|| facing(args, &options.limits, manifest.counts.get("out").copied())).transpose()?;
    finished("prep", manifest, &args.out, page.as_deref())
}

/// How a preparation ended.
pub fn finished(verb: &str, manifest: Manifest, out: &Path, page: Option<&Path>) -> Result<Outcome> {
    // An empty file is told among those that were skipped.
    let told = |failure: &Result<Failure, TableError>| failure.as_ref().is_ok_and(|failure| !failure.reason.starts_with("empty:"));
    let failures: Vec<Failure> = super::failures(out)?.filter(told).take(NAMED).collect::<Result<_, _>>()?;
    let text = summary(&manifest.counts, &failures, out);
    Ok(Outcome { text, told: true, ..Outcome::of(verb, manifest.counts).open(page.unwrap_or(out)) })
}

/// Writes original and prepared text side by side; the page that lists it.
fn facing(args: &Prep, limits: &ReadLimits, documents: Option<u64>) -> Result<PathBuf> {
    let progress = Progress::new("pages");
    progress.bar().set_length(documents.unwrap_or_default());
    Ok(write_facing(&args.corpus, &args.out, limits, progress.bar())?)
}

fn summary(counts: &Counts, failures: &[Failure], out: &Path) -> String {
    let count = |name: &str| count(counts, name);
    let [read, made, sections, repairs] = ["in", "out", "sections", "repairs"].map(count);
    let [failed, skipped, dropped] = ["failed", "skipped", "dropped"].map(count);
    let left_out = [
        format!("{failed} failed, {skipped} skipped{}", reasons(counts, "skipped: ")),
        format!("{dropped} pieces of text in no section{}", reasons(counts, "dropped: ")),
    ];
    Summary {
        made: format!("{made} documents of {read}, in {sections} sections, {repairs} repairs"),
        left_out: left_out.join("; "),
        ..Summary::default()
    }
    .failing(failures.iter().map(|failure| (&failure.path, &failure.reason)))
    .lies(out)
    .to_string()
}
