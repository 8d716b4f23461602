//! The program where an installation puts it: outside of the checkout and of cargo's folders, asked from elsewhere.

mod tandem;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tandem::{balanced, checkout, code, json, said, text};

/// The program under another name: a link to the same file, since it is large, or a copy where the folder is on another disk.
fn installed(dir: &Path) -> PathBuf {
    let program = dir.join("tandem");
    fs::create_dir_all(dir).unwrap();
    let built = Path::new(env!("CARGO_BIN_EXE_tandem"));
    if fs::hard_link(built, &program).is_err() {
        fs::copy(built, &program).unwrap();
    }
    program
}

/// Runs it in a folder that has nothing to do with it, with nothing set.
fn run(program: &Path, home: &Path, arguments: &[&str]) -> Output {
    let elsewhere = home.join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&elsewhere).env("HOME", home).env_remove("TANDEM_MODELS").env_remove("XDG_DATA_HOME");
    command.output().unwrap()
}

fn models_of(program: &Path, home: &Path) -> (PathBuf, String) {
    let output = run(program, home, &["--json", "config", "show"]);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    let model = &shown["detail"]["models"]["prep"];
    let dir = Path::new(model["dir"].as_str().unwrap()).parent().unwrap().to_path_buf();
    (dir, model["why"].as_str().unwrap().to_owned())
}

#[test]
fn an_installed_program_finds_its_models_from_any_folder() {
    let home = tempfile::tempdir().unwrap();
    let (root, released) = (home.path().join("opt/tandem"), checkout().join("data/models"));
    let program = installed(&root.join("bin"));
    let places = [
        (home.path().join(".local/share/tandem/models"), "among the user's data"),
        (root.join("bin/models"), "beside the program"),
        (root.join("share/tandem/models"), "beside the program"),
    ];
    if !["/usr/local", "/usr"].iter().any(|root| Path::new(root).join("share/tandem/models").exists()) {
        // As `cargo install --path cli` leaves it.
        let (dir, why) = models_of(&program, home.path());
        assert_eq!(fs::canonicalize(dir).unwrap(), fs::canonicalize(&released).unwrap());
        assert!(why.contains("installed from"), "{why}");
    }
    for (place, why) in places {
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(&released, &place).unwrap();
        assert_eq!(models_of(&program, home.path()), (place, why.into()));
    }
    let corpus = checkout().join("data/fixtures/corpus");
    let output = run(&program, home.path(), &["--json", "prep", "--corpus", text(&corpus), "--out", text(&home.path().join("out"))]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    balanced(&serde_json::from_slice(&output.stdout).unwrap());
}

#[test]
fn the_installed_program_tries_itself() {
    let home = tempfile::tempdir().unwrap();
    let program = installed(&home.path().join("bin"));
    symlink(checkout().join("data/models"), home.path().join("bin/models")).unwrap();
    let output = run(&program, home.path(), &["self-test"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.lines().filter(|line| line.starts_with("ok ")).count() >= 14 && !told.contains("FAIL"), "{told}");
}

#[test]
fn a_self_test_that_fails_names_the_remedy() {
    let empty = tempfile::tempdir().unwrap();
    let output = tandem::tandem_with(empty.path(), &["self-test"]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    let told = said(&output);
    assert!(told.contains("FAIL") && told.contains("./bootstrap install") && told.contains("TANDEM_MODELS"), "{told}");
    let output = tandem::tandem_with(empty.path(), &["--json", "self-test"]);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(code(&output) == 1 && object["error"].as_str().unwrap().contains("TANDEM_MODELS"), "{object}");
}

#[test]
fn models_that_are_named_and_not_there_are_not_replaced_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = checkout().join("data/fixtures/corpus");
    let named = dir.path().join("named");
    let output = tandem::tandem_with(&named, &["prep", "--corpus", text(&corpus), "--out", text(&dir.path().join("out"))]);
    assert!(code(&output) == 1 && said(&output).contains("TANDEM_MODELS names it"), "{}", said(&output));
    assert_eq!(json(0, &["config", "show"])["detail"]["models"]["prep"]["is_there"], true);
}
