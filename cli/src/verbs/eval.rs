//! `tandem eval`: the system and the baseline on the same questions: of a suite (`run`), of the user's own corpus (`check`), of two runs
//! (`compare`), of committed numbers (`reproduce`); one table over several suites (`table`).

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use eval::expected::Checked;
use eval::{EvalOptions, OwnCorpus};
use records::Counts;
use retrieve_model::inference::Habits;
use synth::teacher::TeacherConfig;

use crate::args::{Check, Compare, Eval, EvalVerb, Reproduce, SuiteRun, Systems, Table};
use crate::outcome::Outcome;
use crate::places::{Input, apart, folder_apart};
use crate::progress::Progress;
use crate::summary::{Summary, count};

pub fn run(args: &Eval) -> Result<Outcome> {
    match (&args.verb, &args.suite, &args.out) {
        (Some(EvalVerb::Run(SuiteRun { suite, out, systems })), ..) => run_suite(suite, out, systems),
        (Some(EvalVerb::Check(args)), ..) => check(args),
        (Some(EvalVerb::Compare(args)), ..) => compare(args),
        (Some(EvalVerb::Reproduce(args)), ..) => reproduce(args),
        (Some(EvalVerb::Table(args)), ..) => table(args),
        (None, Some(suite), Some(out)) => run_suite(suite, out, &args.systems),
        (None, ..) => bail!("say what: `tandem eval run`, `check`, `compare`, `reproduce` or `table`"),
    }
}

fn run_suite(suite: &Path, out: &Path, systems: &Systems) -> Result<Outcome> {
    folder_apart(out, inputs(systems).chain([Input::of("--suite", suite)]))?;
    let progress = Progress::new("eval");
    told(eval::run_suite(suite, out, &options(systems)?, progress.bar())?)
}

fn check(args: &Check) -> Result<Outcome> {
    let own = [Some(Input::of("CORPUS", &args.corpus)), Input::maybe("--questions", args.questions.as_deref())];
    folder_apart(&args.out, inputs(&args.systems).chain(own.into_iter().flatten()))?;
    if args.systems.tandem_only {
        bail!("a check compares with the workflow: leave --tandem-only out");
    }
    let progress = Progress::new("eval");
    let own = OwnCorpus { corpus: args.corpus.clone(), questions: args.questions.clone(), triples: args.triples };
    told(eval::check_corpus(&own, &args.out, &options(&args.systems)?, progress.bar())?)
}

fn compare(args: &Compare) -> Result<Outcome> {
    folder_apart(&args.out, [Input::of("FIRST", &args.first), Input::of("SECOND", &args.second)])?;
    let versus = eval::report::compare_runs(&args.first, &args.second, &args.out)?;
    let (text, detail) = (versus.markdown(), serde_json::to_value(&versus)?);
    Ok(Outcome { verb: "eval".into(), text, detail, ..Outcome::default() }.open(versus.page))
}

fn reproduce(args: &Reproduce) -> Result<Outcome> {
    folder_apart(&args.out, inputs(&args.systems).chain([Input::of("EXPECTED", &args.expected)]))?;
    let systems = options(&args.systems)?;
    if systems.tandem_only || systems.habits != Habits::default() {
        bail!(
            "the expected numbers are those of both systems by their own habits: leave --tandem-only, --precision, --searches and --read out"
        );
    }
    let progress = Progress::new("eval");
    reproduced(&eval::expected::reproduce(&args.expected, &args.only, &args.out, &systems, progress.bar())?, &args.out)
}

/// A table goes into a page that is there, so the output is a file.
fn table(args: &Table) -> Result<Outcome> {
    apart(&args.out, [Input::of("RUNS", &args.runs)])?;
    let suites = eval::report::render_overview(&args.runs, &args.out)?;
    let text = Summary { made: format!("a table of {suites} suites"), ..Summary::default() }.lies(&args.out).to_string();
    Ok(Outcome { text, told: true, ..Outcome::of("eval", [("suites".to_owned(), suites as u64)].into()).open(&args.out) })
}

/// The files and folders that the options of the systems name.
fn inputs(args: &Systems) -> impl Iterator<Item = Input<'_>> {
    let single =
        [("--shifted", &args.shifted), ("--embedding", &args.embedding), ("--prep-model", &args.prep_model), ("--model", &args.model)];
    let single = single.into_iter().filter_map(|(option, path)| Input::maybe(option, path.as_deref()));
    let several = args.trained_on.iter().map(|path| Input::of("--trained-on", path));
    single.chain(several).chain(args.data.as_deref().map(|data| Input::root("--data", data)))
}

fn options(args: &Systems) -> Result<EvalOptions> {
    let habits = Habits::from(args.asking);
    if args.baseline_only && habits != Habits::default() {
        bail!("--precision, --searches and --read are about our models: leave them or --baseline-only out");
    }
    let model = |named, name| if args.baseline_only { Ok(None) } else { crate::models::find(named, name).map(Some) };
    Ok(EvalOptions {
        prep_model: model(args.prep_model.as_deref(), "prep")?,
        retrieve_model: model(args.model.as_deref(), "retrieve")?,
        habits,
        tandem_only: args.tandem_only,
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
        ..EvalOptions::default()
    })
}

/// The endpoint of the model that writes the workflow's last step, if one was named.
fn writer(args: &Systems) -> Result<Option<TeacherConfig>> {
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
fn told(summary: eval::report::Summary) -> Result<Outcome> {
    let verdict: String =
        summary.verdict.lines().iter().map(|line| format!("{}\n\n", retrieve_model::report::escape::terminal(line))).collect();
    let (detail, counts) = (serde_json::to_value(&summary)?, summary.counts);
    // A suite of questions names the one counter, a task the other.
    let failed = count(&counts, "failed answers") + count(&counts, "failed");
    let text = format!("{verdict}{}", scored(&counts, failed, &summary.page));
    Ok(Outcome { verb: "eval".into(), counts, failed, text, told: true, detail, ..Outcome::default() }.open(summary.page))
}

fn scored(counts: &Counts, failed: u64, page: &Path) -> Summary {
    let reasons = ["tuning only", "left out by limit", "without a known answer", "without a relevant document"];
    let left_out = reasons.map(|name| (name, count(counts, name))).into_iter().filter(|(_, count)| *count > 0);
    let left_out: Vec<String> = left_out.map(|(name, count)| format!("{count} {name}")).chain([format!("{failed} failed")]).collect();
    let [scored, loaded] = ["scored", "loaded"].map(|name| count(counts, name));
    Summary { made: format!("{scored} of {loaded} scored"), left_out: left_out.join(", "), ..Summary::default() }.lies(page)
}

/// What is as expected and what is not; with anything off the verb ends with failures.
fn reproduced(checked: &[Checked], out: &Path) -> Result<Outcome> {
    let sum = |count: fn(&Checked) -> usize| checked.iter().map(count).sum::<usize>() as u64;
    let (met, off, left_out) = (sum(|one| one.met.len()), sum(|one| one.off.len()), sum(|one| one.left_out.len()));
    let counts = [("as expected", met), ("failed", off), ("not compared", left_out)].map(|(name, count)| (name.to_owned(), count)).into();
    let rows: String = checked.iter().map(ToString::to_string).collect();
    let summary = Summary {
        made: format!("{met} numbers of {} suites are as expected, {off} are not", checked.len()),
        left_out: format!("{left_out} not compared"),
        ..Summary::default()
    };
    let text = format!("{rows}{}", summary.lies(out));
    Ok(Outcome { text, told: true, detail: serde_json::to_value(checked)?, ..Outcome::of("eval", counts) })
}
