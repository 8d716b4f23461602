//! Drives the binary as a user would.
// Each file of tests uses some of it.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The checkout.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("cli lies in the checkout").to_path_buf()
}

/// Runs `tandem` with the released models.
pub fn tandem(arguments: &[&str]) -> Output {
    tandem_with(&checkout().join("data/models"), arguments)
}

/// Runs `tandem` with the models of a folder.
pub fn tandem_with(models: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tandem")).args(arguments).env("TANDEM_MODELS", models).output().expect("the binary starts")
}

/// What a run printed on both streams, for messages of failed assertions.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The exit code.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

/// Runs with `--json`, expects the exit code, and gives the printed object.
#[track_caller]
pub fn json(expected: i32, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    let output = tandem(&all);
    assert_eq!(code(&output), expected, "{arguments:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?} printed no JSON ({error}): {}", said(&output)))
}

/// A count of a printed outcome.
#[track_caller]
pub fn count(outcome: &serde_json::Value, name: &str) -> u64 {
    outcome["counts"][name].as_u64().unwrap_or_else(|| panic!("no count {name} in {outcome}"))
}

/// What goes in comes out, is skipped or has failed.
#[track_caller]
pub fn balanced(outcome: &serde_json::Value) {
    assert_eq!(count(outcome, "in"), count(outcome, "out") + count(outcome, "skipped") + count(outcome, "failed"), "{outcome}");
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

/// Notes about lighthouses in shards of 128: every tenth is the same as one in the first shard, one is empty, three are of kinds that nobody can read.
pub fn lighthouses(dir: &Path, count: usize) {
    for n in 0..count {
        let text = match n % 10 {
            9 => format!("The ferry number {} leaves from the old harbour.\n", n % 100),
            _ => format!("The keeper of lighthouse {n} is called Ada Brown{n}.\n\nIt was painted in {}.\n", 1700 + n),
        };
        fs::write(dir.join(format!("note-{n:04}.txt")), text).unwrap();
    }
    fs::write(dir.join("note-0130-empty.txt"), "").unwrap();
    fs::write(dir.join("note-0140-broken.docx"), b"PK\x03\x04 and nothing more").unwrap();
    fs::write(dir.join("note-0290-broken-too.docx"), b"PK\x03\x04 and nothing more").unwrap();
    fs::write(dir.join("note-0300.odd"), "of a kind that nobody reads").unwrap();
}

/// The files of a folder of results, which must be the same in both, but for what is measured.
#[track_caller]
pub fn same(one: &Path, other: &Path) {
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
pub fn rows(dir: &Path) -> Vec<serde_json::Value> {
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
