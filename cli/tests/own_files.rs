//! What lies beside the program's own files: inputs, neighbours, another run, an edit. None of them is destroyed or passed over.

mod tandem;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use records::{Report, TableWriter, read_table};
use tandem::{balanced, checkout, code, count, json, said, tandem, text};

/// Every file under a folder with its bytes, the program's lock aside.
fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut out, mut open) = (Vec::new(), vec![dir.to_path_buf()]);
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false if path.ends_with(".tandem.lock") => {}
                false => out.push((path.clone(), fs::read(&path).unwrap())),
            }
        }
    }
    out.sort();
    out
}

fn corpus(dir: &Path, files: &[(&[u8], &str)]) -> PathBuf {
    let corpus = dir.join("corpus");
    fs::create_dir(&corpus).unwrap();
    for (name, words) in files {
        fs::write(corpus.join(OsStr::from_bytes(name)), words).unwrap();
    }
    corpus
}

const PILOT: (&[u8], &str) = (b"pilot.txt", "The harbour pilot of Vik is Ola Ness. The pilot boat lies at the north mole.");

#[test]
fn no_output_option_reaches_an_input_or_a_neighbour() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let corpus = corpus(dir.path(), &[PILOT]);
    let (sections, index) = (at("sections"), at("index"));
    json(0, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    balanced(&json(0, &["index", "--sections", text(&sections), "--out", text(&index)]));
    fs::write(at("q.jsonl"), "{\"id\":1,\"query\":\"pilot\"}\n").unwrap();
    fs::write(at("q.txt"), "Who is the harbour pilot of Vik?\n").unwrap();
    fs::create_dir(at("notes")).unwrap();
    for name in ["notes/manifest.json", "q.tmp", "hits.tmp"] {
        fs::write(at(name), "mine").unwrap();
    }
    symlink(&corpus, at("link")).unwrap();
    symlink(at("q.jsonl"), at("link.jsonl")).unwrap();
    let before = contents(dir.path());
    let (c, s, i, queries, questions) = (text(&corpus), text(&sections), text(&index), at("q.jsonl"), at("q.txt"));
    let (queries, questions) = (text(&queries), text(&questions));
    let search = ["search", "--index", i, "--queries", queries];
    let report = ["report", "--index", i, "--questions", questions];
    let world = ["synth", "--world", "small", "--triples", "20"];
    let tries: [(&[&str], &str); 18] = [
        (&search, "q.jsonl"),
        (&search, "link.jsonl"),
        (&search, "corpus/../q.jsonl"),
        (&search, "index/manifest.json"),
        (&search, "q.txt"),
        (&search, "notes"),
        (&report, "q.txt"),
        (&report, "index"),
        (&report, "index/reports"),
        (&report, "notes"),
        (&["prep", "--corpus", c], "corpus"),
        (&["prep", "--corpus", c], "link"),
        (&["prep", "--corpus", c], "corpus/sections"),
        (&["index", "--sections", s], "sections"),
        (&["index", "--sections", s], "notes"),
        (&world, "notes"),
        (&["synth", "--corpus", s], "sections"),
        (&["train", "prep", "--data", s], "notes"),
    ];
    for (arguments, out) in tries {
        let out = at(out);
        let output = tandem(&[arguments, &["--out", text(&out)]].concat());
        assert_eq!(code(&output), 1, "{arguments:?} --out {}: {}", out.display(), said(&output));
        assert!(contents(dir.path()) == before, "{arguments:?} --out {} changed something", out.display());
    }
    let hits = at("hits.jsonl");
    for _ in 0..2 {
        json(0, &["search", "--index", i, "--queries", queries, "--out", text(&hits)]);
    }
    fs::remove_file(hits).unwrap();
    assert!(contents(dir.path()) == before, "nothing stays beside the hits");
}

#[test]
fn of_two_runs_into_one_folder_one_is_told_who_the_other_is_and_the_folder_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    // Enough to read for longer than a second run waits for a folder.
    let names: Vec<String> = (0..400).map(|n| format!("d{n:03}.txt")).collect();
    let words: Vec<String> =
        (0..400).map(|n| format!("The keeper of lock {n} is Bo{n} Alm. The lock holds {n} boats.\n\n").repeat(60)).collect();
    let files: Vec<(&[u8], &str)> = names.iter().zip(&words).map(|(name, words)| (name.as_bytes(), words.as_str())).collect();
    let corpus = corpus(dir.path(), &files);
    let start = |out: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(["prep", "--corpus", text(&corpus), "--out", text(out)]).env("TANDEM_MODELS", checkout().join("data/models"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut refused = 0;
    for round in 0..20 {
        if refused > 0 {
            break;
        }
        let out = dir.path().join(format!("out{round}"));
        let running = [start(&out), start(&out)];
        let numbers = running.each_ref().map(std::process::Child::id);
        let ended = running.map(|child| child.wait_with_output().unwrap());
        assert!(ended.iter().any(|output| code(output) == 0), "{}", said(&ended[0]));
        for (at, output) in ended.iter().enumerate().filter(|(_, output)| code(output) != 0) {
            refused += 1;
            let other = format!("process {}", numbers[1 - at]);
            assert!(code(output) == 1 && said(output).contains(&other), "{}", said(output));
        }
        let output = tandem(&["doctor", "--data", text(&out)]);
        assert!(said(&output).contains("as the manifest says"), "{}", said(&output));
    }
    assert!(refused > 0, "two runs that start together never met");
}

#[test]
fn an_edit_that_keeps_size_and_time_is_not_taken_for_no_edit() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(dir.path(), &[PILOT]);
    let (sections, file) = (dir.path().join("sections"), corpus.join("pilot.txt"));
    let prep = ["prep", "--corpus", text(&corpus), "--out", text(&sections)];
    json(0, &prep);
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, PILOT.1.replace("Ola Ness", "Per Moen")).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    let output = tandem(&prep);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains(text(&sections)) && said(&output).contains("another folder"), "{}", said(&output));
    fs::write(&file, PILOT.1).unwrap();
    json(0, &prep);
    // The same folder by another way.
    json(0, &["prep", "--corpus", text(&corpus.join("../corpus/.")), "--out", text(&sections)]);
}

#[test]
fn names_that_are_no_text_are_cited_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(
        dir.path(),
        &[(b"stra\xdfe.txt", "The keeper of the Elm mill is Rolf Aas."), (b"stra\xdde.txt", "The keeper of the Oak mill is Berit Dahl.")],
    );
    let (sections, index, report) = (dir.path().join("s"), dir.path().join("i"), dir.path().join("r"));
    let outcome = json(0, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    assert_eq!(count(&outcome, "out"), 2);
    json(0, &["index", "--sections", text(&sections), "--out", text(&index)]);
    let questions = dir.path().join("q.txt");
    fs::write(&questions, "Who is the keeper of the Elm mill?\nWho is the keeper of the Oak mill?\n").unwrap();
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report)]);
    let outcome = json(0, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    assert!(count(&outcome, "citations") >= 2, "{outcome}");
    let lines = fs::read_to_string(report.join("reports.jsonl")).unwrap();
    assert!(lines.contains(r"stra\\xDFe.txt") && lines.contains(r"stra\\xDDe.txt"), "{lines}");
}

#[test]
fn what_asks_nothing_is_refused_and_an_answer_that_nobody_wrote_does_not_verify() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(dir.path(), &[PILOT]);
    let (sections, index, report) = (dir.path().join("s"), dir.path().join("i"), dir.path().join("r"));
    json(0, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    json(0, &["index", "--sections", text(&sections), "--out", text(&index)]);
    for nothing in ["", " ", "))", "$2", "?!", "\u{200b}", "42"] {
        let output = tandem(&["--json", "ask", "--index", text(&index), "--", nothing]);
        assert_eq!(code(&output), 1, "{nothing:?}: {}", said(&output));
    }
    let long = "Who ".repeat(6_000);
    let output = tandem(&["ask", "--index", text(&index), "--", &long]);
    assert!(code(&output) == 1 && said(&output).contains("20000"), "{}", said(&output));
    let questions = dir.path().join("q.jsonl");
    let line = |(id, question): (usize, &str)| serde_json::json!({"id": id, "question": question}).to_string() + "\n";
    let asked = ["Who is the harbour pilot of Vik?", "((", "$2", "\u{0}"].into_iter().chain([long.as_str()]);
    fs::write(&questions, asked.enumerate().map(line).collect::<String>()).unwrap();
    let asked = ["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"];
    let outcome = json(3, &asked);
    assert_eq!([count(&outcome, "wordless"), count(&outcome, "failed"), count(&outcome, "in")], [3, 1, 5], "{outcome}");
    json(0, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);

    let changed = dir.path().join("changed");
    fs::create_dir(&changed).unwrap();
    let mut writer = TableWriter::<Report>::create_file(&changed.join("reports.parquet")).unwrap();
    for row in read_table::<Report>(&report).unwrap().map(Result::unwrap) {
        let answer = if row.answer.is_empty() { String::new() } else { "Olaf Nesset\u{1b}[31m".to_owned() };
        writer.push(Report { answer, ..row }).unwrap();
    }
    writer.finish().unwrap();
    let output = tandem(&["verify", "--report", text(&changed), "--corpus", text(&corpus)]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("Olaf Nesset") && !said(&output).contains('\u{1b}'), "{}", said(&output));

    let lines = report.join("reports.jsonl");
    fs::write(&lines, fs::read_to_string(&lines).unwrap().replace("Ness", "Holm")).unwrap();
    let output = tandem(&["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    assert!(code(&output) == 3 && said(&output).contains("reports.jsonl: has been changed"), "{}", said(&output));
}

#[test]
fn an_outcome_that_cannot_be_told_is_an_error_and_one_that_nobody_reads_is_none() {
    let run = |out: Stdio| {
        let output = Command::new(env!("CARGO_BIN_EXE_tandem")).arg("doctor").stdout(out).stderr(Stdio::piped()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (ended, told) = run(fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into());
    assert!(ended == Some(1) && told.matches("No space left").count() == 1, "{told}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (ended, told) = run(writer.into());
    assert!(ended != Some(1) && told.is_empty(), "{ended:?} {told}");
}
