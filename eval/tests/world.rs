//! The whole evaluation over a small synthetic world, with the workflow alone: no model is needed, and everything but time is reproducible.

use std::path::{Path, PathBuf};

use eval::report::Results;
use eval::{EvalOptions, run_suite};
use indicatif::ProgressBar;
use records::{Answer, Document, Question, Split, TableWriter, read_table};
use synth::world::{WorldPreset, generate};

/// A world with about 25 questions to score, and a suite over it with little tuning.
fn world(dir: &Path) -> PathBuf {
    generate(&WorldPreset::named("small").unwrap(), &dir.join("world"), 250, 3, &ProgressBar::hidden()).unwrap();
    let suite = dir.join("suite.toml");
    std::fs::write(&suite, "name = 'small world'\nkind = 'world'\ndata = 'world'\n[tuning]\nquestions = 6\n").unwrap();
    suite
}

fn options() -> EvalOptions {
    EvalOptions { resamples: 200, ..EvalOptions::default() }
}

fn run(suite: &Path, out: &Path, options: &EvalOptions) -> Results {
    run_suite(suite, out, options, &ProgressBar::hidden()).unwrap();
    Results::read(out).unwrap()
}

#[test]
fn the_same_suite_twice_gives_the_same_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let suite = world(dir.path());
    let options = EvalOptions { ladder: true, limit: Some(12), ..options() };
    let (first, second) = (run(&suite, &dir.path().join("a"), &options), run(&suite, &dir.path().join("b"), &options));
    assert_eq!(first.groups, second.groups);
    assert_eq!(first.tuned, second.tuned);
    assert_eq!(first.counts, second.counts);
    assert_eq!(first.ladder, second.ladder);
    let ladder = first.ladder.unwrap();
    let texts: Vec<&str> = ladder.rungs.iter().map(|rung| rung.text.as_str()).collect();
    assert_eq!(texts, ["raw files", "clean text", "gold sections", "gold sentences"]);
    let recall = |at: usize| ladder.rungs[at].estimate("ndcg_10").unwrap().value;
    assert!(recall(2) > recall(0) && recall(3) > 0.99, "given texts are found: {} {} {}", recall(0), recall(2), recall(3));
}

#[test]
fn a_test_question_that_was_trained_on_stops_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let suite = world(dir.path());
    let (world, trained) = (dir.path().join("world"), dir.path().join("trained"));
    let clean = EvalOptions { trained_on: vec![world.clone()], ..options() };
    let leaks = run(&suite, &dir.path().join("clean"), &clean).leaks.unwrap();
    assert!(leaks.questions > 60 && leaks.documents > 12, "{leaks:?}");

    // The same world, with everything it holds back declared as training data.
    std::fs::create_dir(&trained).unwrap();
    let mut questions = TableWriter::<Question>::create(&trained, 0).unwrap();
    questions.extend(read_table::<Question>(&world).unwrap().map(|row| Question { split: Split::Train, ..row.unwrap() })).unwrap();
    questions.finish().unwrap();
    let mut documents = TableWriter::<Document>::create(&trained, 0).unwrap();
    documents.extend(read_table::<Document>(&world).unwrap().map(|row| row.unwrap())).unwrap();
    documents.finish().unwrap();
    let mut answers = TableWriter::<Answer>::create(&trained, 0).unwrap();
    answers.extend(read_table::<Answer>(&world).unwrap().map(|row| row.unwrap())).unwrap();
    answers.finish().unwrap();
    let leaked = EvalOptions { trained_on: vec![trained], ..options() };
    let error = run_suite(&suite, &dir.path().join("leaked"), &leaked, &ProgressBar::hidden()).unwrap_err().to_string();
    assert!(error.contains("trained") && error.contains("leak"), "{error}");
}
