//! A corpus, an index and reports in several processes come to what one process makes.

mod tandem;

use std::fs;
use std::path::Path;

use tandem::{balanced, code, count, json, said, tandem, text};

/// More documents than two shards hold (so that the fourth process has nothing to do), some of them twice, one empty, one that no reader takes.
fn corpus(dir: &Path) {
    for n in 0..300 {
        // Every tenth one is the same as one in the first shard.
        let text = match n % 10 {
            9 => format!("The ferry number {} leaves from the old harbour.\n", n % 100),
            _ => format!("The keeper of lighthouse {n} is called Ada Brown{n}.\n\nIt was painted in {}.\n", 1700 + n),
        };
        fs::write(dir.join(format!("note-{n:03}.txt")), text).unwrap();
    }
    fs::write(dir.join("note-130-empty.txt"), "").unwrap();
    fs::write(dir.join("note-140-broken.docx"), b"PK\x03\x04 and nothing more").unwrap();
    fs::write(dir.join("note-290-broken-too.docx"), b"PK\x03\x04 and nothing more").unwrap();
}

/// The files of a folder of results, which must be the same in both, but for what is measured.
#[track_caller]
fn same(one: &Path, other: &Path) {
    let files = |dir: &Path| -> Vec<String> {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    };
    assert_eq!(files(one), files(other));
    for file in files(one) {
        assert!(fs::read(one.join(&file)).unwrap() == fs::read(other.join(&file)).unwrap(), "{file} differs");
    }
}

/// The rows of reports without the times that were measured. Sections are compared in other batches where others answered before, which on processors
/// with AVX-512 adds up in another order: the seventh digit of a confidence may differ.
fn rows(dir: &Path) -> Vec<serde_json::Value> {
    let lines = fs::read_to_string(dir.join("reports.jsonl")).unwrap();
    let row = |line: &str| {
        let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
        row.as_object_mut().unwrap().remove("milliseconds");
        let confidence = row["confidence"].as_f64().map(|confidence| (confidence * 1e4).round() / 1e4);
        row["confidence"] = confidence.into();
        row
    };
    lines.lines().map(row).collect()
}

#[test]
fn four_processes_make_what_one_makes() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    corpus(&at("corpus"));
    let (corpus, sections) = (at("corpus"), at("sections"));
    let parts = |stage: &str, fixed: &[&str], expected: i32| {
        let folders: Vec<_> = (0..4).rev().map(|index| at(&format!("{stage}-{index}"))).collect();
        for (folder, index) in folders.iter().zip((0..4).rev()) {
            let shard = format!("{index}/4");
            let output = tandem(&[&[stage], fixed, &["--out", text(folder), "--shard", &shard]].concat());
            assert!([0, expected].contains(&code(&output)), "{}", said(&output));
        }
        let merged = at(&format!("{stage}-merged"));
        let names: Vec<&str> = folders.iter().map(|folder| text(folder)).collect();
        let outcome = json(expected, &[&["merge"], names.as_slice(), &["--out", text(&merged)]].concat());
        let missing = tandem(&[&["merge"], &names[1..], &["--out", text(&at(&format!("{stage}-no")))]].concat());
        assert!(code(&missing) == 1 && said(&missing).contains("part 3/4 is not among"), "{}", said(&missing));
        (merged, outcome)
    };
    let prep = ["--corpus", text(&corpus)];
    let whole = json(3, &[&["prep"], prep.as_slice(), &["--out", text(&sections)]].concat());
    let (merged, outcome) = parts("prep", &prep, 3);
    same(&sections, &merged);
    balanced(&outcome);
    assert_eq!(outcome["counts"], whole["counts"]);
    assert!(count(&outcome, "skipped: duplicate") >= 20, "{outcome}");

    let alone = tandem(&["index", "--sections", text(&at("prep-0")), "--out", text(&at("no"))]);
    assert!(code(&alone) == 1 && said(&alone).contains("tandem merge"), "a part is not taken for the whole: {}", said(&alone));

    let index = ["--sections", text(&sections)];
    let whole = json(0, &[&["index"], index.as_slice(), &["--out", text(&at("index"))]].concat());
    let (merged, outcome) = parts("index", &index, 0);
    assert_eq!(outcome["counts"], whole["counts"]);
    assert_eq!(fs::read(at("index").join("index.json")).unwrap(), fs::read(merged.join("index.json")).unwrap());

    let questions = at("asked.txt");
    let asked = |n: usize| format!("Who is the keeper of lighthouse {}?\n", 10 * n);
    fs::write(&questions, (0..40).map(asked).collect::<String>()).unwrap();
    let (one, other) = (at("index"), merged);
    json(0, &["report", "--questions", text(&questions), "--index", text(&one), "--out", text(&at("reports"))]);
    let (merged, outcome) = parts("report", &["--questions", text(&questions), "--index", text(&other)], 0);
    balanced(&outcome);
    assert_eq!(rows(&at("reports")), rows(&merged));
    let verified = json(0, &["verify", "--report", text(&merged), "--corpus", text(&corpus)]);
    assert_eq!(verified["failed"], 0, "{verified}");
}
