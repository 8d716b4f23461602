//! What a real folder also holds, and what a real machine also does: each gives a clear error or a failure row, never a crash.

mod tandem;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use records::{Failure, read_table};
use tandem::{balanced, checkout, code, count, json, said, tandem, tandem_with, text};

fn failures(dir: &Path) -> Vec<Failure> {
    read_table::<Failure>(dir).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_folder_of_bad_files_is_prepared_as_far_as_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = dir.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    for name in ["empty.txt", "binary.txt", "latin1.txt", "broken.html"] {
        fs::copy(checkout().join("data/fixtures/bad").join(name), corpus.join(name)).unwrap();
    }
    let deep = "<div>".repeat(100_000) + "<p>The bottom of the pile is reached at last.</p>";
    fs::write(corpus.join("deep.html"), deep).unwrap();
    let mut long = std::io::BufWriter::new(fs::File::create(corpus.join("long.txt")).unwrap());
    for _ in 0..200 {
        long.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    long.flush().unwrap();
    // Root reads everything, so that for root this one is a good file.
    let closed = corpus.join("unreadable.txt");
    fs::write(&closed, "Nobody may read this sentence about the ferry.\n").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read(&closed).is_ok();
    fs::write(corpus.join("good.txt"), "The ferry to Saltness leaves at nine every morning.\n").unwrap();

    let out = dir.path().join("out");
    let outcome = json(3, &["prep", "--corpus", text(&corpus), "--out", text(&out)]);
    balanced(&outcome);
    assert_eq!(count(&outcome, "in"), 8);
    let rows = failures(&out);
    let refused = ["empty.txt", "binary.txt", "long.txt"].into_iter().chain((!readable).then_some("unreadable.txt"));
    for name in refused {
        let row = rows.iter().find(|row| row.path == name).unwrap_or_else(|| panic!("no failure row for {name}: {rows:?}"));
        assert!(!row.reason.is_empty());
    }
    for name in ["latin1.txt", "broken.html", "deep.html", "good.txt"] {
        assert!(rows.iter().all(|row| row.path != name), "{rows:?}");
    }
}

#[test]
fn a_broken_record_is_a_failure_row_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = checkout().join("data/fixtures/bad/records.jsonl");
    let outcome = json(3, &["prep", "--corpus", text(&corpus), "--out", text(&dir.path().join("out"))]);
    balanced(&outcome);
    assert_eq!((count(&outcome, "out"), count(&outcome, "failed")), (2, 1));
}

#[test]
fn a_missing_model_is_named_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = checkout().join("data/fixtures/corpus");
    let output = tandem_with(dir.path(), &["prep", "--corpus", text(&corpus), "--out", text(&dir.path().join("out"))]);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("just train-prep"), "{}", said(&output));
}

#[test]
fn a_missing_index_and_one_of_another_layout_are_named_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let output = tandem(&["ask", "Who?", "--index", text(&dir.path().join("nowhere"))]);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("nowhere") && said(&output).contains("tandem index"), "{}", said(&output));

    let corpus = checkout().join("data/fixtures/corpus");
    let (sections, index) = (dir.path().join("sections"), dir.path().join("index"));
    json(0, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    json(0, &["index", "--sections", text(&sections), "--out", text(&index)]);
    let card = fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path()).find(|path| {
        path.extension().is_some_and(|ending| ending == "json") && fs::read_to_string(path).is_ok_and(|text| text.contains("\"layout\""))
    });
    let card = card.expect("the index has a card with its layout");
    let mut older: serde_json::Value = serde_json::from_str(&fs::read_to_string(&card).unwrap()).unwrap();
    older["layout"] = 0.into();
    fs::write(&card, older.to_string()).unwrap();
    let output = tandem(&["ask", "Who?", "--index", text(&index)]);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("tandem index"), "{}", said(&output));
    let output = tandem(&["doctor", "--index", text(&index)]);
    assert_eq!(code(&output), 3, "{}", said(&output));
}

#[test]
fn a_broken_line_in_a_questions_file_is_a_failure_row() {
    let dir = tempfile::tempdir().unwrap();
    let questions = dir.path().join("q.jsonl");
    let source = "[{\"id\":\"s\",\"text\":\"The pier opened in 1954.\"}]";
    let good = format!("{{\"id\":\"a\",\"question\":\"When did the pier open?\",\"sources\":{source}}}");
    fs::write(&questions, format!("{good}\n{{\"id\": \"b\", \n")).unwrap();
    let out = dir.path().join("out");
    let outcome = json(3, &["report", "--questions", text(&questions), "--out", text(&out)]);
    balanced(&outcome);
    assert_eq!((count(&outcome, "out"), count(&outcome, "failed")), (1, 1));
    assert!(failures(&out)[0].path.contains("q.jsonl:2"), "{:?}", failures(&out));
}

#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let small = dir.path().join("small");
    fs::create_dir(&small).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "tmpfs", text(&small)]).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: mounting a small tmpfs needs root");
        return;
    }
    let output = tandem(&["synth", "--world", "small", "--triples", "2000", "--out", text(&small.join("world"))]);
    let unmounted = Command::new("umount").arg(text(&small)).status();
    assert_eq!(code(&output), 1, "{}", said(&output));
    let told = said(&output).to_lowercase();
    assert!(told.contains("small") && told.matches("no space").count() == 1, "{told}");
    assert!(unmounted.is_ok_and(|status| status.success()));
}

#[test]
fn wrong_usage_is_exit_code_two() {
    assert_eq!(code(&tandem(&["prep"])), 2);
    assert_eq!(code(&tandem(&["synth", "--out", "x"])), 2);
    assert_eq!(code(&tandem(&["no-such-verb"])), 2);
}
