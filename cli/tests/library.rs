//! A library driven as a user would: made, filled, asked, changed under its feet, killed.

mod tandem;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tandem::{balanced, checkout, code, count, json, said, tandem, text};

const NOTES: [(&str, &str); 3] = [
    ("pilot.txt", "The harbour pilot of Vik is Ola Ness. The pilot boat lies at the north mole."),
    ("mill.md", "# The Elm mill\n\nThe keeper of the Elm mill is Rolf Aas. The mill grinds rye on Mondays."),
    ("fair.html", "<h1>The fair</h1><p>The spring fair of Vik opens on 12 June. Stalls are let by the harbour office.</p>"),
];

/// A folder of notes and a library that has read it.
fn library(dir: &Path) -> (PathBuf, PathBuf) {
    let (notes, library) = (dir.join("notes"), dir.join("library"));
    fs::create_dir(&notes).unwrap();
    for (name, words) in NOTES {
        fs::write(notes.join(name), words).unwrap();
    }
    json(0, &["init", text(&library)]);
    let added = json(0, &["add", text(&notes), "--library", text(&library)]);
    balanced(&added);
    assert_eq!([count(&added, "new"), count(&added, "prepared")], [3, 3], "{added}");
    (notes, library)
}

/// The answer to a question, and the documents that are quoted for it or came close.
fn ask(library: &Path, question: &str) -> (String, Vec<String>) {
    let report = json(0, &["ask", question, "--library", text(library), "--precision", "0"])["detail"].clone();
    let rows = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let statements = rows("statements").into_iter().chain(rows("closest"));
    let citations = statements.flat_map(|row| row["citations"].as_array().cloned().unwrap_or_default());
    (report["answer"].as_str().unwrap().to_owned(), citations.map(|row| row["doc"].as_str().unwrap().to_owned()).collect())
}

/// Sections, catalogue: what two libraries of the same documents share byte for byte.
fn made(library: &Path) -> [Vec<u8>; 2] {
    let private = library.join(".tandem");
    let current = fs::read_to_string(private.join("current")).unwrap();
    let state = private.join("state").join(current.trim());
    ["sections/manifest.json", "catalogue-00000.parquet"].map(|name| fs::read(state.join(name)).unwrap())
}

fn update(library: &Path) -> serde_json::Value {
    let outcome = json(0, &["update", "--library", text(library)]);
    balanced(&outcome);
    outcome
}

#[test]
fn an_edit_is_read_alone_and_what_is_removed_answers_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, library) = library(dir.path());
    let question = "Who is the harbour pilot of Vik?";
    let (answer, documents) = ask(&library, question);
    assert!(answer.contains("Ola Ness") && documents.contains(&"notes/pilot.txt".into()), "{answer} {documents:?}");
    let report = dir.path().join("report");
    fs::write(dir.path().join("q.txt"), "Who is the harbour pilot of Vik?\nWho is the keeper of the Elm mill?\n").unwrap();
    json(0, &["report", "--questions", text(&dir.path().join("q.txt")), "--library", text(&library), "--out", text(&report)]);
    assert!(count(&json(0, &["verify", "--report", text(&report), "--library", text(&library)]), "citations") >= 2);

    // The same size, and the time put back.
    let (file, time) = (notes.join("pilot.txt"), fs::metadata(notes.join("pilot.txt")).unwrap().modified().unwrap());
    fs::write(&file, NOTES[0].1.replace("Ola Ness", "Per Moen")).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    let outcome = update(&library);
    assert_eq!(["changed", "prepared", "unchanged", "new", "gone"].map(|name| count(&outcome, name)), [1, 1, 2, 0, 0], "{outcome}");
    assert_eq!(count(&outcome, "encoded"), 1, "{outcome}");
    assert!(ask(&library, question).0.contains("Per Moen"));
    let refuted = tandem(&["verify", "--report", text(&report), "--library", text(&library)]);
    assert!(code(&refuted) == 3 && said(&refuted).contains("changed since"), "{}", said(&refuted));
    let outcome = update(&library);
    assert_eq!((count(&outcome, "prepared"), &outcome["detail"]["is_new"]), (0, &false.into()), "{outcome}");

    json(0, &["remove", "notes/pilot.txt", "--library", text(&library)]);
    let (answer, documents) = ask(&library, question);
    assert!(!answer.contains("Per Moen") && documents.iter().all(|name| name != "notes/pilot.txt"), "{answer} {documents:?}");
    // Taken back, it need not be prepared again.
    let outcome = json(0, &["add", text(&file), "--library", text(&library)]);
    assert_eq!([count(&outcome, "new"), count(&outcome, "prepared"), count(&outcome, "encoded")], [1, 0, 0], "{outcome}");
    assert!(ask(&library, question).0.contains("Per Moen"));

    // Gone as a file, and then with its whole folder.
    fs::remove_file(&file).unwrap();
    assert_eq!(count(&update(&library), "gone"), 1);
    fs::remove_dir_all(&notes).unwrap();
    let outcome = update(&library);
    assert_eq!(count(&outcome, "gone"), 2);
    assert!(outcome["detail"]["warnings"][0].as_str().unwrap().contains("notes is gone"), "{outcome}");
    assert_eq!(count(&json(0, &["info", "--library", text(&library)]), "documents"), 0);
    json(0, &["remove", text(&notes), "--library", text(&library)]);
    assert_eq!(json(0, &["info", "--library", text(&library)])["detail"]["sources"], serde_json::json!([]));
}

#[test]
fn the_same_bytes_twice_are_prepared_once_and_either_name_may_be_cited() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, library) = library(dir.path());
    fs::copy(notes.join("mill.md"), notes.join("zz copy.md")).unwrap();
    let outcome = update(&library);
    assert_eq!(["new", "prepared", "same", "out"].map(|name| count(&outcome, name)), [1, 0, 1, 4], "{outcome}");
    let question = "Who is the keeper of the Elm mill?";
    fs::write(dir.path().join("q.txt"), question).unwrap();
    let report = |name: &str| {
        let out = dir.path().join(name);
        json(0, &["report", "--questions", text(&dir.path().join("q.txt")), "--library", text(&library), "--out", text(&out)]);
        out
    };
    let first = report("first");
    fs::rename(notes.join("mill.md"), dir.path().join("mill.md")).unwrap();
    let outcome = update(&library);
    assert_eq!(["gone", "prepared", "encoded"].map(|name| count(&outcome, name)), [1, 0, 0], "{outcome}");
    assert_eq!(ask(&library, question).1.first().map(String::as_str), Some("notes/zz copy.md"));
    let second = report("second");
    fs::rename(dir.path().join("mill.md"), notes.join("mill.md")).unwrap();
    update(&library);
    for (report, name) in [(first, "notes/mill.md"), (second, "notes/zz copy.md")] {
        assert!(fs::read_to_string(report.join("reports.jsonl")).unwrap().contains(name));
        json(0, &["verify", "--report", text(&report), "--library", text(&library)]);
    }
}

#[test]
fn killed_at_any_moment_the_next_update_ends_in_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes");
    fs::create_dir(&notes).unwrap();
    for n in 0..60 {
        let words = format!("The keeper of lock {n} is Bo{n} Alm. The lock holds {n} boats.\n\n").repeat(3);
        fs::write(notes.join(format!("d{n:02}.txt")), words).unwrap();
    }
    fs::copy(notes.join("d01.txt"), notes.join("same.txt")).unwrap();
    let whole = dir.path().join("whole");
    json(0, &["init", text(&whole)]);
    let start = Instant::now();
    json(0, &["add", text(&notes), "--library", text(&whole)]);
    let takes = start.elapsed();
    let expected = made(&whole);
    for round in 1..=8_u32 {
        let library = dir.path().join(format!("killed{round}"));
        json(0, &["init", text(&library)]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(["add", text(&notes), "--library", text(&library)]).env("TANDEM_MODELS", checkout().join("data/models"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(takes * round / 9);
        child.kill().unwrap();
        child.wait().unwrap();
        if json(0, &["info", "--library", text(&library)])["detail"]["sources"] == serde_json::json!([]) {
            json(0, &["add", text(&notes), "--library", text(&library)]);
        }
        update(&library);
        assert!(made(&library) == expected, "killed after {:?} of {takes:?}", takes * round / 9);
    }
}

#[test]
fn one_changes_a_library_at_a_time_and_readers_see_the_old_state_or_the_new() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, library) = library(dir.path());
    let lock = records::FolderLock::take(&library.join(".tandem")).unwrap();
    for verb in [vec!["update"], vec!["remove", "notes/pilot.txt"], vec!["add", text(dir.path())]] {
        let output = tandem(&[&verb[..], &["--library", text(&library)]].concat());
        let told = format!("process {}", std::process::id());
        assert!(code(&output) == 1 && said(&output).contains(&told), "{verb:?}: {}", said(&output));
    }
    assert!(ask(&library, "Who is the harbour pilot of Vik?").0.contains("Ola Ness"), "readers need no lock");
    drop(lock);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut seen = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                seen.push(ask(&library, "Who is the harbour pilot of Vik?").0);
            }
            seen
        });
        for round in 0..4 {
            let name = if round % 2 == 0 { "Per Moen" } else { "Ola Ness" };
            fs::write(notes.join("pilot.txt"), NOTES[0].1.replace("Ola Ness", name)).unwrap();
            assert_eq!(count(&update(&library), "changed"), 1);
        }
        stop.store(true, Ordering::Relaxed);
        let seen = asking.join().unwrap();
        assert!(seen.iter().all(|answer| answer.contains("Per Moen") || answer.contains("Ola Ness")), "{seen:?}");
    });
    assert!(fs::read_dir(library.join(".tandem/state")).unwrap().count() <= 3, "old states go");
}

#[test]
fn a_library_is_found_from_below_and_every_error_names_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, library) = library(dir.path());
    let run = |from: &Path, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(arguments).current_dir(from).env("TANDEM_MODELS", checkout().join("data/models"));
        command.output().unwrap()
    };
    let below = library.join("below");
    fs::create_dir(&below).unwrap();
    let output = run(&below, &["ask", "Who is the keeper of the Elm mill?", "--precision", "0"]);
    assert!(code(&output) == 0 && said(&output).contains("Rolf Aas"), "{}", said(&output));
    fs::create_dir(dir.path().join("empty")).unwrap();
    let mill = notes.join("mill.md");
    let refused: [(&Path, &[&str], &str); 8] = [
        (dir.path(), &["ask", "Who is it?"], "tandem init"),
        (dir.path(), &["update"], "tandem init"),
        (dir.path(), &["info", "--library", text(&notes)], "tandem init"),
        (&library, &["init"], "tandem add"),
        (&library, &["add", text(&mill)], "tandem update"),
        (&library, &["add", text(dir.path())], "tandem remove"),
        (&library, &["add", ".tandem/state"], "the library itself"),
        (&library, &["remove", "nothing"], "tandem list"),
    ];
    for (from, arguments, remedy) in refused {
        let output = run(from, arguments);
        assert!(code(&output) == 1 && said(&output).contains(remedy), "{arguments:?}: {}", said(&output));
    }
    let output = run(&library, &["add", text(&notes)]);
    assert!(code(&output) == 0 && said(&output).contains("registered already"), "one that was stopped goes on: {}", said(&output));
    let output = run(&library, &["add", "../empty"]);
    assert!(code(&output) == 0 && said(&output).contains("holds no file yet"), "{}", said(&output));

    // A library inside of what it has registered does not read itself, and a file that cannot be read ends nothing.
    fs::copy(checkout().join("data/fixtures/bad/binary.txt"), notes.join("binary.txt")).unwrap();
    let inside = notes.join("mine");
    json(0, &["init", text(&inside)]);
    let outcome = json(3, &["add", text(&notes), "--library", text(&inside)]);
    assert_eq!([count(&outcome, "out"), count(&outcome, "failed")], [3, 1], "{outcome}");
    balanced(&json(3, &["update", "--library", text(&inside)]));
    let rows = json(0, &["list", "--library", text(&inside)])["detail"].clone();
    let broken = rows.as_array().unwrap().iter().find(|row| row["name"] == "notes/binary.txt").unwrap().clone();
    assert!(broken["state"] == "failed" && !broken["reason"].as_str().unwrap().is_empty(), "{broken}");
    assert!(tandem(&["doctor", "--library", text(&inside)]).status.success());
}
