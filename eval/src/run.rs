//! The evaluation from a suite file to a result folder, read top to bottom: load the questions, tune the workflow, make the systems ready, ask
//! every question of each, score, locate the losses and strain the systems where that is asked for, write rows and numbers, render the pages.

use std::collections::HashSet;
use std::path::Path;

use indicatif::ProgressBar;
use records::{Counts, RunFolder, Section, Shard, TableWriter, read_table};

use crate::asking::{Journal, ask, limited};
use crate::baseline::{ModelWriter, Tuned, WorkflowConfig, tune};
use crate::fragility::{Strain, strain};
use crate::ladder::{Climb, climb};
use crate::report::{self, DIGEST, Digest, NUMBERS, PAGES, ResultRow, Results, Summary, Unjudged};
use crate::suite::{Case, Kind, Suite, Task, content};
use crate::systems::{Loaded, System, Tandem, WorkflowSystem, Workplace, chunk_corpus};
use crate::{EvalError, EvalOptions};

/// Chunks of the corpus that tuning searches, at most, beside the documents its questions need; bounds memory.
const TUNING_CHUNKS: usize = 100_000;
/// Folder of what is made on the way, in the folder of the results.
pub(crate) const WORK: &str = "work";

/// Runs a suite into the folder `out`; a finished folder of the same configuration is only rendered again.
///
/// # Errors
/// If the suite, its data or a model is missing or broken, or the disk refuses; the error names the file and the remedy. A question that a
/// system cannot answer is no error: it is counted and shown.
pub fn run_suite(suite: &Path, out: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Summary, EvalError> {
    // Held before the data is read, since a pool of paragraphs is written on the way.
    let lock = RunFolder::claim(out, &[WORK])?;
    let work = out.join(WORK);
    std::fs::create_dir_all(&work).map_err(EvalError::io(&work))?;
    if let Some(mut task) = Task::open(suite, options.data.as_deref(), &work)? {
        match &mut task {
            Task::Retrieval(items) if options.tandem_only => items.test.append(&mut items.development),
            _ if options.tandem_only => return Err(EvalError::input(suite, "neither asks nor searches: leave --tandem-only out")),
            _ => {}
        }
        return crate::tasks::run_locked(&task, out, lock, options, progress);
    }
    let mut suite = Suite::open(suite, options.data.as_deref(), &work)?;
    options.choose_embedding(&mut suite.file.baseline);
    if options.tandem_only {
        // Nothing is tuned, so nothing has to be kept back for it.
        suite.test.append(&mut suite.development);
    }
    let asked = content(suite.corpus.as_deref(), &[&suite.development, &suite.test])?;
    let run = RunFolder::open_locked(out, lock, "eval", &(&suite.file, &suite.data, asked, options.identity()?), suite.file.seed)?;
    evaluate(&suite, &[], &run, options, progress)
}

/// Scores a loaded suite. `unjudged` are questions without a known answer: both systems answer them, nothing is scored.
///
/// # Errors
/// As [`run_suite`].
pub(crate) fn evaluate(
    suite: &Suite,
    unjudged: &[Case],
    run: &RunFolder,
    options: &EvalOptions,
    progress: &ProgressBar,
) -> Result<Summary, EvalError> {
    let (out, work, seed) = (run.dir(), run.dir().join(WORK), suite.file.seed);
    if run.finished()?.is_some() {
        return report::render(out);
    }
    let (cases, left_out) = limited(&suite.test, options.limit);
    let leaks = (!options.trained_on.is_empty()).then(|| crate::leaks::check(&cases, &options.trained_on)).transpose()?;
    let place = Workplace { work: &work, corpus: suite.corpus.as_deref(), seed, progress };
    let loaded = options.models().map(|models| Loaded::open(&models)).transpose()?;
    let tuned = if options.tandem_only { None } else { tune_workflow(suite, progress)? };
    if let Some(tuned) = &tuned {
        tuned.document(&suite.file.baseline, out)?;
    }
    let config = tuned.as_ref().map_or_else(|| suite.file.baseline.clone(), |tuned| tuned.config.clone());
    let cautious = tuned.as_ref().and_then(|tuned| tuned.cautious.as_ref()).map(|careful| careful.config.clone());
    let systems = make_systems(config.clone(), cautious, loaded.as_ref(), options, &place)?;
    let mut journal = Journal::open(&work)?;
    let rows = ask(&systems, &cases, suite.corpus.as_deref(), &mut journal, progress)?;
    let unscored = ask(&systems, unjudged, suite.corpus.as_deref(), &mut journal, progress)?;
    let ladder = ladder(suite, &cases, &config, loaded.as_ref(), options, &place)?;
    let fragility = fragility(suite, &cases, &config, loaded.as_ref(), options, &place)?;

    let names: Vec<String> = systems.iter().map(|system| system.card().name.clone()).collect();
    progress.set_message("resampling");
    let results = Results {
        version: 2,
        suite: suite.file.clone(),
        data: suite.data.display().to_string(),
        commit: options.commit.clone(),
        program: format!("tandem {}", env!("CARGO_PKG_VERSION")),
        machine: format!("{} {}, {} threads", std::env::consts::OS, std::env::consts::ARCH, rayon::current_num_threads()),
        counts: counts(suite, &cases, left_out, unjudged, &rows),
        resamples: options.resamples,
        systems: systems.iter().map(|system| system.card().clone()).collect(),
        groups: report::groups(&rows, &names, options.resamples, seed),
        costs: names.iter().map(|name| report::cost(&rows, name)).collect(),
        tuned,
        ladder,
        fragility,
        leaks,
    };
    let mut shards = vec![write_rows(out, rows)?];
    if !unscored.is_empty() {
        shards.push(write_rows(out, unscored.into_iter().map(Unjudged))?);
    }
    finish(run, &results, shards)
}

/// What became of every question that was loaded.
fn counts(suite: &Suite, scored: &[Case], left_out: usize, unjudged: &[Case], rows: &[ResultRow]) -> Counts {
    let counts = [
        ("loaded", suite.test.len() + suite.development.len()),
        ("tuning only", suite.development.len()),
        ("scored", scored.len()),
        ("left out by limit", left_out),
        ("without a known answer", unjudged.len()),
        ("failed answers", rows.iter().filter(|row| row.failure.is_some()).count()),
    ];
    counts.map(|(name, count)| (name.to_owned(), count as u64)).into()
}

/// Writes the numbers and the pages beside the rows, and the manifest last.
fn finish(run: &RunFolder, results: &Results, mut shards: Vec<Shard>) -> Result<Summary, EvalError> {
    let out = run.dir();
    results.write(out)?;
    Digest::of_results(results).write(out)?;
    let summary = report::render(out)?;
    for name in [NUMBERS, DIGEST, PAGES[0], PAGES[1]] {
        let path = out.join(name);
        shards.push(Shard::of(&path, 1).map_err(EvalError::io(&path))?);
    }
    run.finish(results.counts.clone(), shards)?;
    Ok(summary)
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

/// Our models first, then the workflow, then the workflow tuned for what its answers are worth to a reader: a claim about that score is only fair
/// beside a baseline that was tuned for it. Where a language model was named, the workflow with it comes last.
fn make_systems(
    config: WorkflowConfig,
    cautious: Option<WorkflowConfig>,
    loaded: Option<&Loaded>,
    options: &EvalOptions,
    place: &Workplace<'_>,
) -> Result<Vec<Box<dyn System>>, EvalError> {
    let mut systems: Vec<Box<dyn System>> = Vec::new();
    if let Some(loaded) = loaded {
        place.progress.set_position(0);
        place.progress.set_message("preparing: tandem");
        systems.push(Box::new(Tandem::prepare(loaded, place)?));
    }
    if options.tandem_only {
        return Ok(systems);
    }
    place.progress.set_position(0);
    place.progress.set_message("preparing: workflow");
    systems.push(Box::new(WorkflowSystem::prepare(config.clone(), place)?));
    if let Some(cautious) = cautious {
        let description = "The same workflow over the same chunks, its knobs tuned for +1 right, 0 no answer, -1 wrong.";
        systems.push(Box::new(WorkflowSystem::prepare(cautious, place)?.named("cautious workflow", description)));
    }
    if let Some(endpoint) = &options.writer {
        let writer = ModelWriter::open(endpoint, &place.work.join("writer-cache"))?;
        systems.push(Box::new(WorkflowSystem::prepare(config, place)?.written_by(writer)));
    }
    Ok(systems)
}

fn ladder(
    suite: &Suite,
    cases: &[Case],
    config: &WorkflowConfig,
    loaded: Option<&Loaded>,
    options: &EvalOptions,
    place: &Workplace<'_>,
) -> Result<Option<crate::ladder::Ladder>, EvalError> {
    let Some(corpus) = place.corpus.filter(|_| options.ladder) else { return Ok(None) };
    // A world knows the clean text of its raw files; elsewhere nobody does.
    let clean = (suite.file.kind == Kind::World).then(|| read_table::<Section>(&suite.data)?.collect::<Result<Vec<_>, _>>()).transpose()?;
    let Workplace { work, seed, progress, .. } = *place;
    climb(&Climb { loaded, config, cases, corpus, clean, work, seed, resamples: options.resamples, progress }).map(Some)
}

fn fragility(
    suite: &Suite,
    cases: &[Case],
    config: &WorkflowConfig,
    loaded: Option<&Loaded>,
    options: &EvalOptions,
    place: &Workplace<'_>,
) -> Result<Option<crate::fragility::Fragility>, EvalError> {
    if !options.fragility {
        return Ok(None);
    }
    let work = place.work.join("fragility");
    std::fs::create_dir_all(&work).map_err(EvalError::io(&work))?;
    let (corpus, shifted, resamples) = (suite.corpus.as_deref(), options.shifted.as_deref(), options.resamples);
    let Workplace { seed, progress, .. } = *place;
    strain(&Strain { loaded, config, cases, corpus, shifted, work: &work, seed, resamples, progress }).map(Some)
}

fn write_rows<R: records::Row>(out: &Path, rows: impl IntoIterator<Item = R>) -> Result<Shard, EvalError> {
    let mut writer = TableWriter::<R>::create(out, 0)?;
    writer.extend(rows)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
