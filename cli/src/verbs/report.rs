//! `tandem report`: a batch of questions to a folder of reports.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
#[cfg(feature = "lance")]
use prep_model::read::can_draw_pages;
#[cfg(feature = "lance")]
use prep_model::verify::Verifier;
use records::{Citation, Counts, Failure, UserQuestion};
use retrieve_model::inference::{Answerer, Habits};
use retrieve_model::report::escape::terminal;
use retrieve_model::report::{Batch, BatchError, Context, Format, Target, write_reports};

use crate::args::ReportArgs;
use crate::models;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;

/// Failures printed in full.
const PRINTED: usize = 10;

#[cfg(not(feature = "lance"))]
pub fn run(args: &ReportArgs) -> Result<Outcome> {
    if args.place.index.is_some() || args.place.library.is_some() {
        anyhow::bail!(
            "this binary was built without LanceDB: give every question its \"sources\", or build with `cargo build --release -p tandem`"
        );
    }
    anyhow::ensure!(!args.pages, "--pages shows those of an index, and this binary was built without LanceDB: leave it out");
    let inputs = [Some(Input::of("--questions", &args.questions)), Input::maybe("--model", args.model.as_deref())];
    folder_apart(&args.out, inputs.into_iter().flatten())?;
    from_sources(args)
}

#[cfg(feature = "lance")]
pub fn run(args: &ReportArgs) -> Result<Outcome> {
    let asked = crate::asked::Asked::maybe(args.place.index.as_deref(), args.place.library.as_deref())?;
    let place = asked.as_ref().map(crate::asked::Asked::place);
    let index = asked.as_ref().zip(place.as_deref()).map(|(asked, place)| asked.input(place));
    let corpus = Input::maybe("--corpus", args.corpus.as_deref());
    let inputs = [Some(Input::of("--questions", &args.questions)), index, corpus, Input::maybe("--model", args.model.as_deref())];
    folder_apart(&args.out, inputs.into_iter().flatten())?;
    match &asked {
        Some(asked) => from_index(args, asked),
        None if args.pages => anyhow::bail!("--pages shows those of a library or of an index, and none is named: leave it out"),
        None => from_sources(args),
    }
}

/// Questions that bring their sources need no index; one that brings none is a failure.
fn from_sources(args: &ReportArgs) -> Result<Outcome> {
    let device = backbone::open_device(args.device)?;
    let habits = Habits::from(args.asking);
    let answerer = habits.of(Answerer::load(&models::find(args.model.as_deref(), "retrieve")?, &device)?);
    let answer = |question: &UserQuestion| {
        if question.sources.is_empty() {
            return Err(Failure::new(&question.id, "report", "brings no sources: name an index with --index, or a library with --library"));
        }
        let store = answerer.store(question);
        answerer.answer(&store, question).map_err(|error| Failure::new(&question.id, "report", error))
    };
    let configuration = format!("{}{}", answerer.identity(), habits.identity());
    #[cfg(feature = "cluster")]
    if let Some(engine) = super::cluster::engine(&args.part)? {
        let workers = super::cluster::answering(&engine, &answerer, habits, None)?;
        return finish_elsewhere(args, &configuration, &workers, &|_| None);
    }
    finish(args, &configuration, &answer, &|_| None)
}

#[cfg(feature = "lance")]
fn from_index(args: &ReportArgs, asked: &crate::asked::Asked) -> Result<Outcome> {
    let (index, answerer) = asked.open(args.model.as_deref(), args.device)?;
    let habits = Habits::from(args.asking);
    let answerer = habits.of(answerer);
    let answer = |question: &UserQuestion| {
        let report = if question.sources.is_empty() {
            answerer.answer(&index, question)
        } else {
            answerer.answer(&answerer.store(question), question)
        };
        report.map_err(|error| Failure::new(&question.id, "report", error))
    };
    let pages = args.pages.then(|| originals(args, asked)).transpose()?;
    let shown = if pages.is_some() { " pages" } else { "" };
    let configuration = format!("{} {}{}{shown}", answerer.identity(), index.card().sections_manifest, habits.identity());
    let look = |citation: &Citation| {
        let context = index.context(citation)?;
        Some(Context { picture: pages.as_ref().map_or_else(String::new, |pages| picture(pages, citation)), ..context })
    };
    #[cfg(feature = "cluster")]
    if let Some(engine) = super::cluster::engine(&args.part)? {
        let workers = super::cluster::answering(&engine, &answerer, habits, Some(&index))?;
        return finish_elsewhere(args, &configuration, &workers, &look);
    }
    finish(args, &configuration, &answer, &look)
}

/// What the quotations are from.
#[cfg(feature = "lance")]
fn originals(args: &ReportArgs, asked: &crate::asked::Asked) -> Result<Verifier> {
    anyhow::ensure!(can_draw_pages(), "--pages needs the programs pdftoppm and pdftotext: install poppler-utils");
    match (&args.corpus, asked) {
        (Some(corpus), _) => Ok(Verifier::open(corpus)?),
        (None, crate::asked::Asked::Library(library, _)) => Ok(library.verifier()?),
        (None, crate::asked::Asked::Index(_)) => {
            anyhow::bail!("--pages needs the originals: name the folder that the index was made from with --corpus")
        }
    }
}

/// The page of a citation; nothing where its original has no pages. A page that cannot be drawn is told, and the report goes on.
#[cfg(feature = "lance")]
fn picture(pages: &Verifier, citation: &Citation) -> String {
    match pages.page(citation) {
        Ok(page) => page.map(|page| page.svg()).unwrap_or_default(),
        Err(reason) => {
            tracing::warn!("{}", terminal(&reason));
            String::new()
        }
    }
}

type Answer<'a> = dyn Fn(&UserQuestion) -> Result<records::Report, Failure> + Sync + 'a;

type Look<'a> = dyn Fn(&Citation) -> Option<Context> + Sync + 'a;

fn finish(args: &ReportArgs, configuration: &str, answer: &Answer<'_>, look: &Look<'_>) -> Result<Outcome> {
    with_target(args, configuration, |target, progress| write_reports(&args.questions, target, answer, look, progress))
}

#[cfg(feature = "cluster")]
fn finish_elsewhere(args: &ReportArgs, configuration: &str, workers: &cluster::Answering<'_>, look: &Look<'_>) -> Result<Outcome> {
    with_target(args, configuration, |target, progress| {
        retrieve_model::report::write_reports_elsewhere(&args.questions, target, workers, look, progress)
    })
}

fn with_target(
    args: &ReportArgs,
    configuration: &str,
    write: impl FnOnce(&Target<'_>, &indicatif::ProgressBar) -> Result<Batch, BatchError>,
) -> Result<Outcome> {
    let progress = Progress::new("report");
    let formats: Vec<Format> = args.format.iter().copied().map(Format::from).collect();
    let target = Target { out: &args.out, configuration, formats: &formats, part: args.part.part() };
    let batch = write(&target, progress.bar())?;
    drop(progress);
    finished("report", batch, &args.out)
}

/// How a batch ended.
pub fn finished(verb: &str, batch: Batch, out: &Path) -> Result<Outcome> {
    // Those of a part lie with its chunks, and there is no page of it.
    let place = if batch.page == out { out.join("parts") } else { out.to_path_buf() };
    let failures: Vec<Failure> = super::failures(&place)?.take(PRINTED).collect::<Result<_, _>>()?;
    let text = told(out, &batch, &failures);
    Ok(Outcome { text, told: true, ..Outcome::of(verb, batch.counts) }.open(batch.page))
}

/// Three lines for people: what was made, what was left out and why, where it lies. Failures stand before them.
fn told(lies_in: &Path, Batch { counts, unchanged, page }: &Batch, failures: &[Failure]) -> String {
    let mut out = String::new();
    for failure in failures {
        let _ = writeln!(out, "failed: {}: {}", terminal(&failure.path), terminal(&failure.reason));
    }
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    let [answered, contradicted, abstained, citations] = ["answered", "contradicted", "abstained", "citations"].map(count);
    let unsure = count("partial").saturating_sub(contradicted);
    let plural = if citations == 1 { "" } else { "s" };
    let made = if *unchanged { "nothing to do: " } else { "" };
    let _ = if page == lies_in {
        writeln!(out, "made      {made}{} reports of a part: `tandem merge` makes the whole", count("out"))
    } else {
        writeln!(
            out,
            "made      {made}{answered} answered, {unsure} unsure, {contradicted} contradicted, {abstained} not found; {citations} quotation{plural}, each checked"
        )
    };
    let _ = writeln!(out, "left out  {}", left_out(counts));
    let _ = writeln!(out, "lies in   {}", terminal(&lies_in.display().to_string()));
    out
}

/// What did not come to a report or not into one, and why.
fn left_out(counts: &Counts) -> String {
    let reasons = [
        ("failed", "failed (failures.parquet says why)"),
        ("wordless", "not asked (no word in them)"),
        ("refused", "refused (quotations and answers that do not stand in the sources)"),
    ];
    let told = reasons.map(|(name, why)| counts.get(name).filter(|count| **count > 0).map(|count| format!("{count} {why}")));
    let told: Vec<String> = told.into_iter().flatten().collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told_with_its_reason_and_nothing_else() {
        let counts = |named: &[(&str, u64)]| named.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Counts>();
        assert_eq!(left_out(&counts(&[("failed", 0), ("answered", 3)])), "nothing");
        let told = left_out(&counts(&[("failed", 2), ("wordless", 0), ("refused", 1)]));
        assert_eq!(told, "2 failed (failures.parquet says why), 1 refused (quotations and answers that do not stand in the sources)");
    }
}
