//! Drives the binary as a user would.
// Each file of tests uses some of it.
#![allow(dead_code)]

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
