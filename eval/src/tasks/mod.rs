//! Suites that ask no questions with answers: search alone, repair of recognised text, text out of web pages, cutting texts, roles of lines. Each task has measures of
//! its own; the same intervals and paired tests as everywhere say how sure they are.
//!
//! In: a [`Task`] with its items, the models. Out: a folder like that of any evaluation: `tasks-00000.parquet` (a row for each item and system),
//! `results.json`, `comparison.html`, `comparison.md`, `tuning.jsonl` where knobs were searched for.

mod cutting;
mod measures;
mod page;
mod preparing;
mod results;
mod roles;
mod rows;
mod search;
mod tuning;

use std::path::Path;

use indicatif::ProgressBar;
use records::{Counts, FolderLock, RunFolder, Shard, TableWriter};

pub use measures::{Measure, measures};
pub use results::{TaskLine, TaskResults, TaskSystem, TaskTable, Tuning};
pub(crate) use rows::sample;
pub use rows::{Part, TaskRow};
pub(crate) use search::query;
pub use search::words_alone;

use crate::report::{DIGEST, Digest, NUMBERS, PAGES, Summary};
use crate::run::WORK;
use crate::suite::{Item, Items, Task, content};
use crate::{EvalError, EvalOptions};

/// What scoring a task gave.
struct Outcome {
    systems: Vec<TaskSystem>,
    rows: Vec<TaskRow>,
    tuned: Option<Tuning>,
}

/// Runs a task into the folder `out`; a finished folder of the same configuration is only rendered again.
///
/// # Errors
/// If data or a model is missing or broken, or the disk refuses; the error names the file and the remedy. An item that a system cannot handle is no
/// error: it is counted and shown.
pub fn run(task: &Task, out: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Summary, EvalError> {
    run_locked(task, out, RunFolder::claim(out, &[WORK])?, options, progress)
}

/// [`run`] in a folder that is held already.
pub(crate) fn run_locked(
    task: &Task,
    out: &Path,
    lock: FolderLock,
    options: &EvalOptions,
    progress: &ProgressBar,
) -> Result<Summary, EvalError> {
    let out = (out, lock);
    match task {
        Task::Retrieval(items) => score(items, out, options, &|items, work| search::score(items, work, options, progress)),
        Task::Repair(items) => score(items, out, options, &|items, _| preparing::repair(items, options, progress)),
        Task::Extraction(items) => score(items, out, options, &|items, _| preparing::extraction(items, options, progress)),
        Task::Segmentation(items) => score(items, out, options, &|items, _| cutting::segmentation(items, options, progress)),
        Task::Roles(items) => score(items, out, options, &|items, _| roles::score(items, options, progress)),
    }
}

type Scorer<'a, T> = &'a dyn Fn(&Items<T>, &Path) -> Result<Outcome, EvalError>;

fn score<T: Item>(
    items: &Items<T>,
    (out, lock): (&Path, FolderLock),
    options: &EvalOptions,
    scorer: Scorer<'_, T>,
) -> Result<Summary, EvalError> {
    let asked = content(items.corpus.as_deref(), &[&items.development, &items.test])?;
    let run = RunFolder::open_locked(out, lock, "eval-task", &(&items.file, &items.data, asked, options.identity()?), items.file.seed)?;
    if run.finished()?.is_some() {
        page::render(out)?;
        return Ok(TaskResults::read(out)?.summary(out));
    }
    let work = out.join(WORK);
    std::fs::create_dir_all(&work).map_err(EvalError::io(&work))?;
    let limited = limited(items, options.limit);
    let outcome = scorer(&limited, &work)?;
    let failed = outcome.rows.iter().filter(|row| row.failure.is_some()).count();
    let counts: Counts = [
        ("loaded", items.test.len() + items.development.len() + items.unusable),
        ("tuning only", items.development.len()),
        ("scored", limited.test.len()),
        ("left out by limit", items.test.len() - limited.test.len()),
        ("without a relevant document", items.unusable),
        ("failed", failed),
    ]
    .map(|(name, count)| (name.to_owned(), count as u64))
    .into();
    let results = TaskResults::of(&items.file, &items.data, counts.clone(), options, &outcome);
    let mut writer = TableWriter::<TaskRow>::create(out, 0)?;
    writer.extend(outcome.rows)?;
    let shard = writer.finish()?;
    results.write(out)?;
    Digest::of_task(&results).write(out)?;
    page::render(out)?;
    let described = |name: &str| {
        let path = out.join(name);
        Shard::of(&path, 1).map_err(EvalError::io(&path))
    };
    run.finish(counts, vec![shard, described(NUMBERS)?, described(DIGEST)?, described(PAGES[0])?, described(PAGES[1])?])?;
    Ok(TaskResults::read(out)?.summary(out))
}

/// At most `limit` items to score, chosen by hash so that no kind is favoured, in their order.
fn limited<T: Item>(items: &Items<T>, limit: Option<usize>) -> Items<T> {
    let mut out = items.clone();
    let mut order: Vec<usize> = (0..items.test.len()).collect();
    order.sort_by_key(|at| *blake3::hash(items.test[*at].id().as_bytes()).as_bytes());
    order.truncate(limit.unwrap_or(usize::MAX));
    order.sort_unstable();
    out.test = order.into_iter().map(|at| items.test[at].clone()).collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Objective, suite_of};

    fn open(kind: &str, files: &[(&str, &str)], part: &str) -> (tempfile::TempDir, Task) {
        let (dir, path) = suite_of(files, &format!("name='tiny <{kind}>'\nkind='{kind}'\ndata='.'\n[[files]]\n{part}"));
        let task = Task::open(&path, None, dir.path()).unwrap().unwrap();
        (dir, task)
    }

    fn options() -> EvalOptions {
        EvalOptions { resamples: 50, ..EvalOptions::default() }
    }

    fn value(results: &TaskResults, system: &str, measure: &str) -> f64 {
        let at = results.systems.iter().position(|one| one.name == system).unwrap();
        let line = results.tables[0].lines.iter().find(|line| line.measure == measure).unwrap();
        line.estimates[at].unwrap().value
    }

    #[test]
    fn a_collection_is_searched_by_the_workflow_and_by_words_alone() {
        let corpus: String =
            (0..40).map(|n| format!(".I {n}\n.T\nTower {n}\n.W\nThe tower of colour{n} stands in town{n}. It is old.\n")).collect();
        let queries: String = (0..40).map(|n| format!(".I {n}\n.W\nWhich tower has colour{n}?\n")).collect();
        let judged: String = (0..40).map(|n| format!("{n} {n} 0 0.0\n")).collect();
        let part = "path='d.all'\nformat='smart'\nqueries='d.qry'\njudgements='d.rel'\n";
        let (dir, task) = open("retrieval", &[("d.all", &corpus), ("d.qry", &queries), ("d.rel", &judged)], part);
        let out = dir.path().join("out");
        let summary = run(&task, &out, &options(), &ProgressBar::hidden()).unwrap();
        let results = TaskResults::read(&out).unwrap();
        assert_eq!((value(&results, "bm25", "ndcg_10"), value(&results, "workflow", "ndcg_10")), (1.0, 1.0));
        assert_eq!(summary.counts["loaded"], summary.counts["scored"] + summary.counts["tuning only"]);
        let record = crate::baseline::Record::read(&out).unwrap();
        assert_eq!(
            record.faults(&serde_json::from_value(results.systems[0].configuration.clone()).unwrap(), Objective::Ranking),
            Vec::<String>::new()
        );
        let page = std::fs::read_to_string(&summary.page).unwrap();
        assert!(page.contains("tiny &lt;retrieval&gt;") && page.contains("nDCG@10"));
        let numbers = std::fs::read(out.join(NUMBERS)).unwrap();
        assert_eq!(run(&task, &out, &options(), &ProgressBar::hidden()).unwrap(), summary);
        assert_eq!(std::fs::read(out.join(NUMBERS)).unwrap(), numbers);
        // The same run twice: nothing changed, by any measure.
        let versus = crate::report::compare_runs(&out, &out, &dir.path().join("versus")).unwrap();
        assert_eq!(versus.systems.len(), results.systems.len());
        let changes: Vec<_> = versus.systems.iter().flat_map(|change| &change.lines).map(|line| line.difference.unwrap().value).collect();
        assert_eq!(changes, vec![0.0; versus.systems.len() * measures(crate::suite::Kind::Retrieval).len()]);
        assert!(std::fs::read_to_string(&versus.page).unwrap().contains("<td>Recall@100</td>"));
    }

    #[test]
    fn pages_lose_their_furniture_and_the_cleaning_rules_are_tuned() {
        let page = "<html><body><nav><a href='/'>Home page</a> <a href='/x'>All the news</a></nav><main><p>The ferry leaves at nine in the morning.</p></main></body></html>";
        let strings = r#"{"u1":{"file":"a.html","with":["ferry leaves"],"without":["Home page"]},"u2":{"file":"b.html","with":["ferry leaves"],"without":["All the news"]}}"#;
        let part = "path='e.json'\nformat='evaldata'\n[tuning]\nfirst=1\n";
        let (dir, task) = open("extraction", &[("e.json", strings), ("html/a.html", page), ("html/b.html", page)], part);
        run(&task, &dir.path().join("out"), &options(), &ProgressBar::hidden()).unwrap();
        let results = TaskResults::read(&dir.path().join("out")).unwrap();
        assert_eq!((value(&results, "workflow", "f1"), value(&results, "as it is", "precision")), (1.0, 0.5));
        assert!(results.tuned.is_some_and(|tuned| tuned.objective == 1.0 && !tuned.tries.is_empty()));
    }

    #[test]
    fn repair_and_segmentation_have_their_own_measures() {
        let part = "path='a.tsv'\nformat='ocr_tsv'\n[tuning]\nenabled=false\n";
        let (dir, task) = open("repair", &[("a.tsv", "input\toutput\ntbe cat\tthe cat\nA dog.\tA dog.\n")], part);
        run(&task, &dir.path().join("out"), &options(), &ProgressBar::hidden()).unwrap();
        let results = TaskResults::read(&dir.path().join("out")).unwrap();
        // One wrong character of 7 + 6.
        assert!((value(&results, "as it is", "character_error_rate") - 1.0 / 13.0).abs() < 1e-12);
        assert_eq!(value(&results, "workflow", "texts_worse"), 0.0);

        let sentences =
            |subject: &str| (0..4).map(|n| format!("The {subject} number {n} is a {subject} of its own kind.\n")).collect::<String>();
        let text = format!("==========\n{}==========\n{}==========\n", sentences("ferry"), sentences("bakery"));
        let part = "path='.'\nformat='ref'\n[tuning]\nenabled=false\n[baseline.chunks]\nwords=45\n";
        let (dir, task) = open("segmentation", &[("3/1.ref", &text)], part);
        run(&task, &dir.path().join("out"), &options(), &ProgressBar::hidden()).unwrap();
        let results = TaskResults::read(&dir.path().join("out")).unwrap();
        // Four sentences of eleven words fit into 45: the cut falls where the subject changes.
        assert_eq!((value(&results, "workflow", "pk"), value(&results, "workflow", "boundary_f1")), (0.0, 1.0));
        assert_eq!(value(&results, "one part", "boundary_f1"), 0.0);
    }
}
