//! The evaluation from a suite file to a result folder, read top to bottom: load the questions, tune the workflow, make the systems ready, ask
//! every question of each, score, write rows and numbers, render the pages.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use records::{Counts, Report, RunFolder, Shard, Status, TableWriter};
use serde::Serialize;

use crate::EvalError;
use crate::baseline::{Record, Tuned, WorkflowConfig, tune};
use crate::originals::Originals;
use crate::report::{self, NUMBERS, PAGES, ResultRow, Results, Summary};
use crate::score::Scores;
use crate::suite::{Case, Suite, Task};
use crate::systems::{Models, System, Tandem, WorkflowSystem, Workplace, chunk_corpus};

/// Chunks of the corpus that tuning searches, at most, beside the documents its questions need; bounds memory.
const TUNING_CHUNKS: usize = 100_000;
/// Passages kept for ranking metrics and for the page.
const RETRIEVED: usize = 10;

/// What a caller chooses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvalOptions {
    /// Release folder of the preparation model; needed where the suite has a corpus.
    pub prep_model: Option<PathBuf>,
    /// Release folder of the retrieval-and-report model; without it the workflow is scored alone.
    pub retrieve_model: Option<PathBuf>,
    /// Where the models run.
    pub device: DeviceChoice,
    /// Questions scored, at most (chosen by the hash of their ids); all without.
    pub limit: Option<usize>,
    /// The suite's data folder, if it is not where the suite says.
    pub data: Option<PathBuf>,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// Folder of an encoder for the workflow's vectors; latent semantic vectors without.
    pub embedding: Option<PathBuf>,
}

impl EvalOptions {
    /// Puts the encoder into the workflow's configuration.
    pub(crate) fn choose_embedding(&self, baseline: &mut WorkflowConfig) {
        baseline.retrieval.device = self.device;
        if self.embedding.is_some() {
            baseline.retrieval.embedding.clone_from(&self.embedding);
        }
    }
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            prep_model: None,
            retrieve_model: None,
            device: DeviceChoice::default(),
            limit: None,
            data: None,
            resamples: 2_000,
            embedding: None,
        }
    }
}

/// Runs a suite into the folder `out`; a finished folder of the same configuration is only rendered again.
///
/// # Errors
/// If the suite, its data or a model is missing or broken, or the disk refuses; the error names the file and the remedy. A question that a
/// system cannot answer is no error: it is counted and shown.
pub fn run_suite(suite: &Path, out: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Summary, EvalError> {
    let work = out.join("work");
    std::fs::create_dir_all(&work).map_err(EvalError::io(&work))?;
    if let Some(task) = Task::open(suite, options.data.as_deref(), &work)? {
        return crate::tasks::run(&task, out, options, progress);
    }
    let mut suite = Suite::open(suite, options.data.as_deref(), &work)?;
    options.choose_embedding(&mut suite.file.baseline);
    let seed = suite.file.seed;
    let run = RunFolder::open(out, "eval", &(&suite.file, &suite.data, options), seed)?;
    if run.finished()?.is_some() {
        report::render(out)?;
        return Ok(Results::read(out)?.summary(out));
    }
    let (cases, left_out) = limited(&suite.test, options.limit);
    let place = Workplace { work: &work, corpus: suite.corpus.as_deref(), seed, progress };
    let tuned = tune_workflow(&suite, progress)?;
    if let Some(tuned) = &tuned {
        Record::of(&suite.file.baseline, tuned).write(out)?;
    }
    let config = tuned.as_ref().map_or_else(|| suite.file.baseline.clone(), |tuned| tuned.config.clone());
    let systems = make_systems(config, options, &place)?;
    let rows = ask(&systems, &cases, suite.corpus.as_deref(), progress);

    let failed = rows.iter().filter(|row| row.failure.is_some()).count();
    let counts: Counts = [
        ("loaded", suite.test.len() + suite.development.len()),
        ("tuning only", suite.development.len()),
        ("scored", cases.len()),
        ("left out by limit", left_out),
        ("failed answers", failed),
    ]
    .map(|(name, count)| (name.to_owned(), count as u64))
    .into();
    let names: Vec<String> = systems.iter().map(|system| system.card().name.clone()).collect();
    let results = Results {
        version: 1,
        suite: suite.file.clone(),
        data: suite.data.display().to_string(),
        commit: commit(),
        program: format!("tandem {}", env!("CARGO_PKG_VERSION")),
        machine: format!("{} {}, {} threads", std::env::consts::OS, std::env::consts::ARCH, rayon::current_num_threads()),
        counts: counts.clone(),
        resamples: options.resamples,
        systems: systems.iter().map(|system| system.card().clone()).collect(),
        groups: report::groups(&rows, &names, options.resamples, seed),
        costs: names.iter().map(|name| report::cost(&rows, name)).collect(),
        tuned,
    };
    let shard = write_rows(out, rows)?;
    results.write(out)?;
    report::render(out)?;
    let described = |name: &str| {
        let path = out.join(name);
        Shard::of(&path, 1).map_err(EvalError::io(&path))
    };
    run.finish(counts, vec![shard, described(NUMBERS)?, described(PAGES[0])?, described(PAGES[1])?])?;
    Ok(Results::read(out)?.summary(out))
}

/// At most `limit` cases, chosen by hash so that no kind is favoured, in the suite's order; and how many are left out.
fn limited(cases: &[Case], limit: Option<usize>) -> (Vec<Case>, usize) {
    let kept = limit.unwrap_or(cases.len()).min(cases.len());
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|at| *blake3::hash(cases[*at].question.id.as_bytes()).as_bytes());
    order.truncate(kept);
    order.sort_unstable();
    (order.into_iter().map(|at| cases[at].clone()).collect(), cases.len() - kept)
}

fn tune_workflow(suite: &Suite, progress: &ProgressBar) -> Result<Option<Tuned>, EvalError> {
    let part = &suite.file.tuning;
    let (cases, _) = limited(&suite.development, Some(part.questions));
    if !part.enabled || cases.is_empty() {
        return Ok(None);
    }
    progress.set_position(0);
    progress.set_message("tuning the workflow");
    let needed: HashSet<String> = cases.iter().flat_map(|case| case.facts.iter().map(|fact| fact.doc.clone())).collect();
    let chunks =
        |config: &WorkflowConfig| suite.corpus.as_deref().map(|corpus| chunk_corpus(corpus, config, TUNING_CHUNKS, &needed)).transpose();
    tune(&suite.file.baseline, &cases, &chunks, part.objective, suite.file.seed, progress).map(Some)
}

fn make_systems(config: WorkflowConfig, options: &EvalOptions, place: &Workplace<'_>) -> Result<Vec<Box<dyn System>>, EvalError> {
    let mut systems: Vec<Box<dyn System>> = Vec::new();
    if let Some(retrieve) = &options.retrieve_model {
        place.progress.set_position(0);
        place.progress.set_message("preparing: tandem");
        let models = Models { prep: options.prep_model.clone(), retrieve: retrieve.clone(), device: options.device };
        systems.push(Box::new(Tandem::prepare(&models, place)?));
    }
    place.progress.set_position(0);
    place.progress.set_message("preparing: workflow");
    systems.push(Box::new(WorkflowSystem::prepare(config, place)?));
    Ok(systems)
}

/// Every question to every system, one at a time so that times are comparable.
fn ask(systems: &[Box<dyn System>], cases: &[Case], corpus: Option<&Path>, progress: &ProgressBar) -> Vec<ResultRow> {
    progress.set_message("asking");
    progress.set_position(0);
    progress.set_length((systems.len() * cases.len()) as u64);
    let mut originals = Originals::open(corpus);
    let mut rows = Vec::with_capacity(systems.len() * cases.len());
    for case in cases {
        for system in systems {
            rows.push(ask_one(system.as_ref(), case, &mut originals));
            progress.inc(1);
        }
    }
    rows
}

fn ask_one(system: &dyn System, case: &Case, originals: &mut Originals) -> ResultRow {
    let question = &case.question;
    let started = Instant::now();
    let answered = system.answer(question);
    let seconds = started.elapsed().as_secs_f64();
    let (report, mut failure) = match answered {
        Ok(report) => (report, None),
        Err(reason) => (silent(case), Some(reason)),
    };
    let retrieved = system.search(question, RETRIEVED).unwrap_or_else(|reason| {
        failure.get_or_insert(reason);
        Vec::new()
    });
    let quote_fidelity = originals.fidelity(question, &report);
    let scores = Scores { quote_fidelity, ..Scores::of(case, &report, &retrieved) };
    ResultRow {
        question_id: question.id.clone(),
        question: question.question.clone(),
        kind: case.kind.clone(),
        setting: case.setting.clone(),
        hops: case.hops,
        answerable: case.answerable,
        noise_level: case.noise_level,
        aliases: case.aliases.clone(),
        facts: case.facts.clone(),
        system: system.card().name.clone(),
        report,
        retrieved,
        scores,
        seconds,
        failure,
    }
}

/// What stands in for the report of a system that failed.
fn silent(case: &Case) -> Report {
    Report {
        question_id: case.question.id.clone(),
        brief: None,
        question: case.question.question.clone(),
        status: Status::Abstained,
        answer: String::new(),
        confidence: 0.0,
        statements: Vec::new(),
        searches: Vec::new(),
        milliseconds: 0,
    }
}

fn write_rows(out: &Path, rows: Vec<ResultRow>) -> Result<Shard, EvalError> {
    let mut writer = TableWriter::<ResultRow>::create(out, 0)?;
    writer.extend(rows)?;
    Ok(writer.finish()?)
}

/// The commit of the folder the program runs in.
pub(crate) fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(head) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".into() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    if changed { format!("{head}-dirty") } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A suite of HotpotQA-type questions about made-up offices; every third has no second sentence to find.
    fn write_suite(dir: &Path) -> PathBuf {
        let question = |number: usize| {
            serde_json::json!({
                "_id": format!("h{number}"), "question": format!("Who founded the office of Alder{number}?"), "answer": format!("Mira Holt{}", "aeiou".chars().nth(number % 5).unwrap_or('a')),
                "type": if number.is_multiple_of(2) { "bridge" } else { "comparison" },
                "context": [[format!("Alder{number}"), [format!("The office of Alder{number} was founded by Mira Holt{}.", "aeiou".chars().nth(number % 5).unwrap_or('a')), " It has a garden <script>."]],
                    ["Birch", ["Birch is a bakery."]]],
                "supporting_facts": [[format!("Alder{number}"), 0]]
            })
        };
        let questions: Vec<_> = (0..24).map(question).collect();
        std::fs::write(dir.join("h.json"), serde_json::to_vec(&questions).unwrap()).unwrap();
        let path = dir.join("s.toml");
        std::fs::write(&path, "name='tiny <suite>'\nkind='multihop'\ndata='.'\n[[files]]\npath='h.json'\nformat='hotpotqa'\n").unwrap();
        path
    }

    #[test]
    fn a_suite_becomes_a_finished_folder_with_pages_and_running_again_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (suite, out) = (write_suite(dir.path()), dir.path().join("out"));
        let options = EvalOptions { resamples: 100, ..EvalOptions::default() };
        let summary = run_suite(&suite, &out, &options, &ProgressBar::hidden()).unwrap();
        let scored = summary.counts["scored"];
        assert_eq!(summary.counts["loaded"], scored + summary.counts["tuning only"]);
        let exact = summary.all.as_ref().unwrap().lines[0].estimates[0].unwrap();
        assert!(exact.value > 0.9 && exact.questions as u64 == scored, "{exact:?}");
        let page = std::fs::read_to_string(&summary.page).unwrap();
        assert!(page.contains("tiny &lt;suite&gt;") && !page.contains("<script"), "foreign text is escaped");
        assert!(std::fs::read_to_string(out.join("comparison.md")).unwrap().contains("Exact match"));
        let numbers = std::fs::read(out.join(NUMBERS)).unwrap();
        assert_eq!(run_suite(&suite, &out, &options, &ProgressBar::hidden()).unwrap(), summary);
        assert_eq!(std::fs::read(out.join(NUMBERS)).unwrap(), numbers);
    }

    #[test]
    fn a_limit_leaves_questions_out_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let (suite, out) = (write_suite(dir.path()), dir.path().join("out"));
        let options = EvalOptions { resamples: 20, limit: Some(5), ..EvalOptions::default() };
        let counts = run_suite(&suite, &out, &options, &ProgressBar::hidden()).unwrap().counts;
        assert_eq!(counts["scored"], 5);
        assert_eq!(counts["loaded"], 5 + counts["left out by limit"] + counts["tuning only"]);
    }

    #[test]
    fn a_missing_model_is_named_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let suite = write_suite(dir.path());
        let options = EvalOptions { retrieve_model: Some(dir.path().join("no-model")), resamples: 10, ..EvalOptions::default() };
        let error = run_suite(&suite, &dir.path().join("out"), &options, &ProgressBar::hidden()).unwrap_err().to_string();
        assert!(error.contains("no-model") && error.contains("train"), "{error}");
    }
}
