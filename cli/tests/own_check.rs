//! `tandem eval` as a user would run it on documents of their own.

mod tandem;

use std::fs;

use tandem::{checkout, code, count, json, said, tandem, text};

#[test]
fn a_corpus_and_a_few_questions_become_a_comparison_in_words_and_two_runs_are_compared() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = checkout().join("data/fixtures/corpus");
    let questions = dir.path().join("q.jsonl");
    let lines = [
        r#"{"id":"dog","question":"Where must dogs stay between June and August?","answers":["on the open deck","the open deck"]}"#,
        r#"{"id":"founder","question":"Who founded the railway?","answerable":false}"#,
        r#"{"id":"open","question":"What happens in fog?"}"#,
    ];
    fs::write(&questions, lines.join("\n")).unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let check = |out, triples| {
        json(0, &["eval", "--corpus", text(&corpus), "--questions", text(&questions), "--triples", triples, "--out", text(out)])
    };
    let outcome = check(&first, "60");
    assert!(count(&outcome, "scored") >= 20, "{outcome}");
    assert_eq!(count(&outcome, "without a known answer"), 1);
    let head = outcome["detail"]["verdict"]["head"].as_str().unwrap();
    assert!(head.contains("tandem") && head.contains("workflow"), "{head}");
    let page = fs::read_to_string(first.join("comparison.html")).unwrap();
    for part in ["your own questions", "made from the corpus", "What happens in fog?", "not significant"] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(check(&first, "60")["detail"]["verdict"], outcome["detail"]["verdict"], "a finished check is only shown again");

    check(&second, "30");
    let versus = dir.path().join("versus");
    let outcome = json(0, &["eval", "--compare", text(&first), text(&second), "--out", text(&versus)]);
    assert!(outcome["detail"]["systems"][0]["questions"].as_u64().unwrap() >= 2, "{outcome}");
}

#[test]
fn what_cannot_be_checked_is_named_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let broken = dir.path().join("broken.jsonl");
    fs::write(&broken, "{\"question\":\"Who?\",\"answers\":[\"x\"]}\n{\"question\":").unwrap();
    let corpus = checkout().join("data/fixtures/corpus");
    for (arguments, wanted) in [
        (vec!["eval", "--corpus", "/nowhere/at/all"], "/nowhere/at/all"),
        (vec!["eval", "--corpus", text(&corpus), "--questions", text(&broken)], "line 2"),
        (vec!["eval", "--compare", "/nowhere/a", "/nowhere/b"], "/nowhere/a"),
        (vec!["eval", "--reproduce", "/nowhere"], "/nowhere"),
    ] {
        let mut all = arguments.clone();
        all.extend(["--out", text(&out)]);
        let output = tandem(&all);
        assert_eq!(code(&output), 1, "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{arguments:?}: {}", said(&output));
        let _ = fs::remove_dir_all(&out);
    }
    let output = tandem(&["eval", "--out", text(&out)]);
    assert_eq!(code(&output), 2, "{}", said(&output));
}
