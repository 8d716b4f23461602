//! `tandem report`: a batch of questions to a folder of reports.

use anyhow::Result;
use records::{Citation, Failure, UserQuestion};
use retrieve_model::inference::Answerer;
use retrieve_model::report::write_reports;

use crate::args::ReportArgs;
use crate::models;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;

#[cfg(not(feature = "lance"))]
pub fn run(args: &ReportArgs) -> Result<Outcome> {
    if args.index.is_some() || args.library.is_some() {
        anyhow::bail!(
            "this binary was built without LanceDB: give every question its \"sources\", or build with `cargo build --release -p tandem`"
        );
    }
    let inputs = [Some(Input::of("--questions", &args.questions)), Input::maybe("--model", args.model.as_deref())];
    folder_apart(&args.out, inputs.into_iter().flatten())?;
    from_sources(args)
}

#[cfg(feature = "lance")]
pub fn run(args: &ReportArgs) -> Result<Outcome> {
    let asked = crate::asked::Asked::maybe(args.index.as_deref(), args.library.as_deref())?;
    let place = asked.as_ref().map(crate::asked::Asked::place);
    let index = asked.as_ref().zip(place.as_deref()).map(|(asked, place)| asked.input(place));
    let inputs = [Some(Input::of("--questions", &args.questions)), index, Input::maybe("--model", args.model.as_deref())];
    folder_apart(&args.out, inputs.into_iter().flatten())?;
    match &asked {
        Some(asked) => from_index(args, asked),
        None => from_sources(args),
    }
}

/// Questions that bring their sources need no index; one that brings none is a failure.
fn from_sources(args: &ReportArgs) -> Result<Outcome> {
    let device = backbone::open_device(args.device)?;
    let answerer = args.asking.of(Answerer::load(&models::find(args.model.as_deref(), "retrieve")?, &device)?);
    let answer = |question: &UserQuestion| {
        if question.sources.is_empty() {
            return Err(Failure::new(&question.id, "report", "brings no sources: name an index with --index, or a library with --library"));
        }
        let store = answerer.store(question);
        answerer.answer(&store, question).map_err(|error| Failure::new(&question.id, "report", error))
    };
    finish(args, &format!("{}{}", answerer.identity(), args.asking.identity()), &answer, &|_| false)
}

#[cfg(feature = "lance")]
fn from_index(args: &ReportArgs, asked: &crate::asked::Asked) -> Result<Outcome> {
    let (index, answerer) = asked.open(args.model.as_deref(), args.device)?;
    let answerer = args.asking.of(answerer);
    let answer = |question: &UserQuestion| {
        let report = if question.sources.is_empty() {
            answerer.answer(&index, question)
        } else {
            answerer.answer(&answerer.store(question), question)
        };
        report.map_err(|error| Failure::new(&question.id, "report", error))
    };
    let configuration = format!("{} {}{}", answerer.identity(), index.card().sections_manifest, args.asking.identity());
    finish(args, &configuration, &answer, &|citation| index.holds(citation))
}

type Answer<'a> = dyn Fn(&UserQuestion) -> Result<records::Report, Failure> + Sync + 'a;

fn finish(args: &ReportArgs, configuration: &str, answer: &Answer<'_>, verify: &(dyn Fn(&Citation) -> bool + Sync)) -> Result<Outcome> {
    let progress = Progress::new("report");
    let batch = write_reports(&args.questions, &args.out, configuration, answer, verify, progress.bar())?;
    Ok(Outcome::of("report", batch.counts).open(batch.page))
}
