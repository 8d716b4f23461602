//! `tandem eval`: the system and the baseline on the same questions: of a suite, of the user's own corpus, of two runs, of committed numbers; one table over several suites.

use anyhow::Result;

use crate::args::Eval;
use crate::outcome::Outcome;

#[cfg(not(feature = "lance"))]
pub fn run(_: &Eval) -> Result<Outcome> {
    super::without_lance("eval")
}

#[cfg(feature = "lance")]
pub fn run(args: &Eval) -> Result<Outcome> {
    use crate::places::{apart, folder_apart};
    use crate::progress::Progress;

    // A table goes into a page that is there.
    if args.source.table.is_some() {
        apart(&args.out, inputs(args))?
    } else {
        folder_apart(&args.out, inputs(args))?
    }
    if let Some([first, second]) = args.source.compare.as_deref() {
        let versus = ::eval::report::compare_runs(first, second, &args.out)?;
        let text = versus.markdown();
        return Ok(Outcome { verb: "eval".into(), text, detail: serde_json::to_value(&versus)?, ..Outcome::default() }.open(versus.page));
    }
    if let Some(runs) = args.source.table.as_deref() {
        let suites = ::eval::report::render_overview(runs, &args.out)?;
        return Ok(Outcome::of("eval", [("suites".to_owned(), suites as u64)].into()).open(&args.out));
    }
    let options = options(args)?;
    let progress = Progress::new("eval");
    match (&args.source.suite, &args.source.corpus, &args.source.reproduce) {
        (_, Some(corpus), _) => {
            let own = ::eval::OwnCorpus { corpus: corpus.clone(), questions: args.questions.clone(), triples: args.triples };
            told(::eval::check_corpus(&own, &args.out, &options, progress.bar())?)
        }
        (Some(suite), _, _) => told(::eval::run_suite(suite, &args.out, &options, progress.bar())?),
        (None, None, Some(expected)) => {
            reproduced(&::eval::expected::reproduce(expected, &args.only, &args.out, &options, progress.bar())?)
        }
        (None, None, None) => anyhow::bail!("name a --suite, a --corpus, two runs to --compare, or --reproduce with a folder"),
    }
}

/// The files and folders that the options name.
#[cfg(feature = "lance")]
fn inputs(args: &Eval) -> impl Iterator<Item = crate::places::Input<'_>> {
    use crate::places::Input;

    let source = &args.source;
    let single = [
        ("--suite", &source.suite),
        ("--corpus", &source.corpus),
        ("--reproduce", &source.reproduce),
        ("--table", &source.table),
        ("--questions", &args.questions),
        ("--shifted", &args.shifted),
        ("--embedding", &args.embedding),
        ("--prep-model", &args.prep_model),
        ("--model", &args.model),
    ];
    let single = single.into_iter().filter_map(|(option, path)| Input::maybe(option, path.as_deref()));
    let several = [("--compare", source.compare.as_deref().unwrap_or_default()), ("--trained-on", args.trained_on.as_slice())];
    let several = several.into_iter().flat_map(|(option, paths)| paths.iter().map(move |path| Input::of(option, path)));
    single.chain(several).chain(args.data.as_deref().map(|data| Input::root("--data", data)))
}

#[cfg(feature = "lance")]
fn options(args: &Eval) -> Result<::eval::EvalOptions> {
    let model = |named, name| if args.baseline_only { Ok(None) } else { crate::models::find(named, name).map(Some) };
    Ok(::eval::EvalOptions {
        prep_model: model(args.prep_model.as_deref(), "prep")?,
        retrieve_model: model(args.model.as_deref(), "retrieve")?,
        device: args.device,
        limit: args.limit,
        data: args.data.clone(),
        ladder: args.ladder,
        fragility: args.fragility,
        shifted: args.shifted.clone(),
        trained_on: args.trained_on.clone(),
        embedding: args.embedding.clone(),
        writer: writer(args)?,
        commit: env!("TANDEM_COMMIT").into(),
        ..::eval::EvalOptions::default()
    })
}

/// The endpoint of the model that writes the workflow's last step, if one was named.
#[cfg(feature = "lance")]
fn writer(args: &Eval) -> Result<Option<::synth::teacher::TeacherConfig>> {
    use ::synth::teacher::TeacherConfig;
    use anyhow::Context as _;

    let Some(endpoint) = args.writer.as_deref() else { return Ok(None) };
    let mut config = if endpoint.ends_with(".toml") {
        let text = std::fs::read_to_string(endpoint).with_context(|| format!("reading the writer {endpoint}"))?;
        TeacherConfig::parse(&text).with_context(|| endpoint.to_owned())?
    } else {
        let model = args.writer_model.as_deref().context("--writer URL needs --writer-model NAME")?;
        TeacherConfig { temperature: Some(0.0), ..TeacherConfig::new(endpoint, model) }
    };
    config.budget = args.writer_budget.unwrap_or(config.budget);
    Ok(Some(config))
}

/// The comparison in words; the tables are in the pages.
#[cfg(feature = "lance")]
fn told(summary: ::eval::report::Summary) -> Result<Outcome> {
    let text = summary.verdict.lines().iter().map(|line| format!("{}\n\n", retrieve_model::report::escape::terminal(line))).collect();
    let (detail, page) = (serde_json::to_value(&summary)?, summary.page);
    let failed = summary.counts.get("failed answers").copied().unwrap_or_default();
    Ok(Outcome { verb: "eval".into(), counts: summary.counts, failed, text, detail, ..Outcome::default() }.open(page))
}

/// What is as expected and what is not; with anything off the verb ends with failures.
#[cfg(feature = "lance")]
fn reproduced(checked: &[::eval::expected::Checked]) -> Result<Outcome> {
    let sum = |count: fn(&::eval::expected::Checked) -> usize| checked.iter().map(count).sum::<usize>() as u64;
    let counts =
        [("as expected", sum(|one| one.met.len())), ("failed", sum(|one| one.off.len())), ("not compared", sum(|one| one.left_out.len()))];
    let counts = counts.map(|(name, count)| (name.to_owned(), count)).into();
    let text = checked.iter().map(ToString::to_string).collect();
    Ok(Outcome { text, detail: serde_json::to_value(checked)?, ..Outcome::of("eval", counts) })
}
