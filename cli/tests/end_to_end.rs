//! The binary from raw files to verified reports, on the fixtures.

mod tandem;

use std::fs;
use std::path::Path;

use tandem::{balanced, checkout, code, count, json, said, tandem, tandem_with, text};

fn prepared(dir: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let corpus = checkout().join("data/fixtures/corpus");
    let (sections, index) = (dir.join("sections"), dir.join("index"));
    let outcome = json(0, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    balanced(&outcome);
    assert_eq!(count(&outcome, "out"), 6);
    balanced(&json(0, &["index", "--sections", text(&sections), "--out", text(&index)]));
    (sections, index)
}

#[test]
fn a_folder_of_documents_becomes_reports_whose_citations_verify() {
    let dir = tempfile::tempdir().unwrap();
    let (_, index) = prepared(dir.path());
    let questions = checkout().join("data/fixtures/questions.toml");
    let report = dir.path().join("report");
    let arguments = ["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report)];
    let outcome = json(0, &arguments);
    balanced(&outcome);
    assert_eq!(count(&outcome, "out"), 18);
    assert!(count(&outcome, "answered") + count(&outcome, "partial") > 0, "{outcome}");
    for name in ["reports.parquet", "reports.jsonl", "report.md", "report.html", "manifest.json"] {
        assert!(report.join(name).metadata().is_ok_and(|file| file.len() > 0), "{name}");
    }

    // Every quotation stands in the original file, by a check that shares no code with what wrote it.
    let corpus = checkout().join("data/fixtures/corpus");
    let mut citations = 0;
    for line in fs::read_to_string(report.join("reports.jsonl")).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        for statement in row["statements"].as_array().unwrap().iter().chain(row["closest"].as_array().unwrap()) {
            for citation in statement["citations"].as_array().unwrap() {
                let raw = fs::read(corpus.join(citation["doc"].as_str().unwrap())).unwrap();
                let (start, end) = (citation["start"].as_u64().unwrap() as usize, citation["end"].as_u64().unwrap() as usize);
                let cited = String::from_utf8_lossy(&raw[start..end]);
                let quote = citation["quote"].as_str().unwrap();
                let first = quote.split_whitespace().next().unwrap();
                // A word may be broken at the end of a line there.
                let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                assert!(bare(&cited).contains(&bare(first)), "{quote:?} not in {cited:?}");
                citations += 1;
            }
        }
    }
    let outcome = json(0, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    assert_eq!(count(&outcome, "citations"), citations);
    assert_eq!(count(&outcome, "verified"), citations);

    // A second run is free and changes nothing.
    let before = fs::read(report.join("reports.jsonl")).unwrap();
    assert_eq!(json(0, &arguments)["counts"], json(0, &arguments)["counts"]);
    assert_eq!(fs::read(report.join("reports.jsonl")).unwrap(), before);
}

#[test]
fn a_changed_document_is_noticed_by_verify() {
    let dir = tempfile::tempdir().unwrap();
    let (_, index) = prepared(dir.path());
    let questions = dir.path().join("q.txt");
    fs::write(&questions, "Who is the managing director of the Harrowgate Ferry Cooperative?\nWhat damaged the pier at Saltness?\n")
        .unwrap();
    let report = dir.path().join("report");
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report)]);
    let copy = dir.path().join("corpus");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(checkout().join("data/fixtures/corpus")).unwrap() {
        let path = entry.unwrap().path();
        let changed = fs::read_to_string(&path).unwrap().replace("Ilse Varga", "Ilse Verga").replace("storm", "flood");
        fs::write(copy.join(path.file_name().unwrap()), changed).unwrap();
    }
    let outcome = json(3, &["verify", "--report", text(&report), "--corpus", text(&copy)]);
    assert!(count(&outcome, "failed") > 0, "{outcome}");
}

#[test]
fn search_answers_every_line_and_counts_the_broken_one() {
    let dir = tempfile::tempdir().unwrap();
    let (_, index) = prepared(dir.path());
    let (queries, hits) = (dir.path().join("queries.jsonl"), dir.path().join("hits.jsonl"));
    fs::write(&queries, "{\"id\":\"1\",\"query\":\"life jackets inspected\"}\nbroken\n{\"id\":\"2\",\"query\":\"\"}\n").unwrap();
    let outcome = json(3, &["search", "--index", text(&index), "--queries", text(&queries), "--k", "3", "--out", text(&hits)]);
    balanced(&outcome);
    assert_eq!(count(&outcome, "failed"), 1);
    let first: serde_json::Value = serde_json::from_str(fs::read_to_string(&hits).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(first["hits"][0]["doc"], "handbook.md");
    assert!(first["hits"].as_array().unwrap().len() <= 3);
}

#[test]
fn one_question_is_answered_on_the_terminal_with_its_source() {
    let dir = tempfile::tempdir().unwrap();
    let (_, index) = prepared(dir.path());
    let output = tandem(&["ask", "How many days of paid leave does every employee have?", "--index", text(&index)]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("28") && said(&output).contains("handbook.md"), "{}", said(&output));
}

/// Questions of a colleague who has not read the text; the released model, as the repository holds it.
#[test]
fn questions_in_other_words_than_the_text_are_read_rightly() {
    let asked = [
        ("Who runs the company?", "Ilse Varga"),
        ("Since when has the ferry company existed?", "1974"),
        ("What do I pay to bring my bike along?", "2 euros"),
        ("How strong may the wind be before the boats stay in the harbour?", "17 metres"),
        ("How often are life vests checked?", "six months"),
        ("What does the new boat cost?", "8.2 million euros"),
        ("When will the new boat arrive?", "October 2027"),
    ];
    let dir = tempfile::tempdir().unwrap();
    let (_, index) = prepared(dir.path());
    let (questions, report) = (dir.path().join("questions.txt"), dir.path().join("report"));
    fs::write(&questions, asked.map(|(question, _)| question).join("\n")).unwrap();
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"]);
    let rows = fs::read_to_string(report.join("reports.jsonl")).unwrap();
    let answers: Vec<String> =
        rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap()["answer"].as_str().unwrap().to_owned()).collect();
    let right = answers.iter().zip(&asked).filter(|(answer, (_, wanted))| answer.contains(wanted)).count();
    assert!(right >= 5, "{answers:?}");
}

#[test]
fn a_report_says_in_three_lines_what_was_made_and_gives_a_document_when_asked_later() {
    let dir = tempfile::tempdir().unwrap();
    let (questions, report) = (dir.path().join("q.jsonl"), dir.path().join("report"));
    let sources = serde_json::json!([{"id": "harbour.md", "title": "Harbour", "text": "Boats come and go. The harbour pilot of Vik is Ola Ness. It rains."}]);
    let line = |(id, question): (&str, &str)| serde_json::json!({"id": id, "question": question, "sources": sources}).to_string() + "\n";
    let asked = [("a", "Who is the harbour pilot of Vik?"), ("b", "?!")];
    fs::write(&questions, asked.map(line).concat() + "{broken\n").unwrap();
    let mut arguments = vec!["report", "--questions", text(&questions), "--out", text(&report), "--precision", "0"];
    let output = tandem(&arguments);
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(code(&output), 3, "{}", said(&output));
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() == 5 && lines[0].starts_with("failed: ") && lines[0].contains("q.jsonl:3"), "{told}");
    assert!(lines[1].starts_with("made      1 answered, 0 unsure, 0 contradicted, 1 not found;"), "{told}");
    assert!(lines[2].starts_with("left out  1 failed") && lines[2].contains("1 not asked"), "{told}");
    assert_eq!(lines[3..], [format!("lies in   {}", text(&report)), format!("open {}", text(&report.join("report.html")))]);
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("Boats come and go. <mark>The harbour pilot of Vik is Ola Ness.</mark> It rains."), "{page}");

    // Asked for later, the document is made of what is there.
    let before = fs::read(report.join("reports.parquet")).unwrap();
    arguments.extend(["--format", "docx,html"]);
    let outcome = json(3, &arguments);
    assert!(outcome["open"].as_str().is_some_and(|path| path.ends_with("report.docx")) && count(&outcome, "wordless") == 1, "{outcome}");
    assert!(fs::read(report.join("report.docx")).unwrap().starts_with(b"PK"));
    assert_eq!(fs::read(report.join("reports.parquet")).unwrap(), before);
    assert!(fs::read_to_string(report.join("manifest.json")).unwrap().contains("report.docx"));
    assert!(said(&tandem(&arguments)).contains("nothing to do: 1 answered"));
}

#[test]
fn questions_may_bring_their_own_sources() {
    let dir = tempfile::tempdir().unwrap();
    let questions = dir.path().join("q.jsonl");
    let line = serde_json::json!({"id": "s", "question": "Who founded the Brekke yard?", "sources": [
        {"id": "note", "title": "Yards", "text": "The Brekke yard was founded by Olav Brekke in 1931. It closed in 1988."}]});
    fs::write(&questions, format!("{line}\n")).unwrap();
    let report = dir.path().join("report");
    let outcome = json(0, &["report", "--questions", text(&questions), "--out", text(&report)]);
    balanced(&outcome);
    let row = fs::read_to_string(report.join("reports.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(row.trim()).unwrap();
    for statement in row["statements"].as_array().unwrap() {
        assert_eq!(statement["citations"][0]["doc"], "note");
    }
}

#[test]
fn triples_train_both_models_and_the_models_answer() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (world, prep, retrieve, policy) = (path("world"), path("prep"), path("retrieve"), path("policy"));
    let outcome = json(0, &["synth", "--world", "small", "--triples", "300", "--out", text(&world)]);
    assert!(count(&outcome, "questions") >= 200, "{outcome}");
    let train = |model: &str, out: &Path, more: &[&str]| {
        let mut arguments =
            vec!["train", model, "--data", text(&world), "--out", text(out), "--preset", "demo", "--minutes", "0.05", "--device", "cpu"];
        arguments.extend(more);
        json(0, &arguments)
    };
    train("prep", &prep, &[]);
    train("retrieve", &retrieve, &["--base", text(&checkout().join("data/models/retrieve"))]);
    train("policy", &policy, &["--base", text(&retrieve)]);
    let models = path("models");
    fs::create_dir(&models).unwrap();
    fs::rename(prep.join("model"), models.join("prep")).unwrap();
    fs::rename(policy.join("model"), models.join("retrieve")).unwrap();
    let corpus = checkout().join("data/fixtures/corpus");
    let output = tandem_with(&models, &["prep", "--corpus", text(&corpus), "--out", text(&path("sections"))]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    // Triples from the prepared documents themselves.
    let outcome = json(0, &["synth", "--corpus", text(&path("sections")), "--triples", "50", "--out", text(&path("triples"))]);
    assert!(count(&outcome, "questions") > 0, "{outcome}");
}

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
        json(0, &["eval", "check", text(&corpus), "--questions", text(&questions), "--triples", triples, "--out", text(out)])
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
    let outcome = json(0, &["eval", "compare", text(&first), text(&second), "--out", text(&versus)]);
    assert!(outcome["detail"]["systems"][0]["questions"].as_u64().unwrap() >= 2, "{outcome}");
}

#[test]
fn what_cannot_be_checked_is_named_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let broken = dir.path().join("broken.jsonl");
    fs::write(&broken, "{\"question\":\"Who?\",\"answers\":[\"x\"]}\n{\"question\":").unwrap();
    let (corpus, suite) = (checkout().join("data/fixtures/corpus"), checkout().join("eval/suites/world.toml"));
    for (arguments, wanted) in [
        (vec!["eval", "check", "/nowhere/at/all"], "/nowhere/at/all"),
        (vec!["eval", "check", text(&corpus), "--questions", text(&broken)], "line 2"),
        (vec!["eval", "compare", "/nowhere/a", "/nowhere/b"], "/nowhere/a"),
        (vec!["eval", "reproduce", "/nowhere"], "/nowhere"),
        (vec!["eval", "run", "--suite", "/nowhere.toml"], "/nowhere.toml"),
        (vec!["eval", "--suite", "/nowhere.toml"], "/nowhere.toml"),
        (vec!["eval", "check", text(&corpus), "--tandem-only"], "leave --tandem-only out"),
        (vec!["eval", "reproduce", text(&corpus), "--precision", "0"], "leave --tandem-only, --precision"),
        (vec!["eval", "run", "--suite", text(&suite), "--baseline-only", "--precision", "0"], "--baseline-only out"),
        (vec!["train", "policy", "--data", text(&corpus), "--encoder", text(&corpus)], "leave --encoder out"),
        (vec!["train", "retrieve", "--data", text(&corpus), "--calibrate"], "--calibrate goes with `train policy`"),
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

#[test]
fn a_table_of_finished_runs_goes_into_a_page_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("README.md");
    fs::write(&page, "Before.\n<!-- results: rendered by `just readme-table` -->\n<!-- end of results -->\nBehind.\n").unwrap();
    json(0, &["eval", "table", text(&checkout().join("eval/expected/digests")), "--out", text(&page)]);
    let written = fs::read_to_string(&page).unwrap();
    assert!(written.starts_with("Before.") && written.contains("| squad\\_sentences |") && written.ends_with("Behind.\n"), "{written}");
}
