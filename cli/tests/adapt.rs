//! Adapting as a user meets it where it takes no training: a library that is too small, and the way back.

mod tandem;

use std::fs;
use std::path::{Path, PathBuf};

use tandem::{balanced, checkout, code, count, json, said, tandem, text};

fn library(dir: &Path) -> PathBuf {
    let (notes, library) = (dir.join("notes"), dir.join("library"));
    fs::create_dir(&notes).unwrap();
    fs::write(notes.join("pilot.txt"), "The harbour pilot of Vik is Ola Ness. The pilot boat lies at the north mole.").unwrap();
    json(0, &["init", text(&library)]);
    library
}

#[test]
fn a_library_that_is_too_small_is_left_as_it_is_and_told_what_it_lacks() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let adapt = || tandem(&["adapt", "--minutes", "1", "--library", text(&library)]);
    let empty = adapt();
    assert!(code(&empty) == 1 && said(&empty).contains("tandem add"), "{}", said(&empty));
    json(0, &["add", text(&dir.path().join("notes")), "--library", text(&library)]);
    let settings = fs::read_to_string(library.join("tandem.toml")).unwrap();
    let small = adapt();
    assert_eq!(code(&small), 1, "{}", said(&small));
    assert!(["too small", "300", "tandem add"].iter().all(|part| said(&small).contains(part)), "{}", said(&small));
    assert_eq!(fs::read_to_string(library.join("tandem.toml")).unwrap(), settings);
    let undone = tandem(&["adapt", "--undo", "--library", text(&library)]);
    assert!(code(&undone) == 1 && said(&undone).contains("never adapted"), "{}", said(&undone));
    for wrong in ["0", "-3", "many"] {
        assert_eq!(code(&tandem(&["adapt", "--minutes", wrong, "--library", text(&library)])), 2, "{wrong}");
    }
}

#[test]
fn one_adapts_a_library_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let work = library.join(".tandem/adapt");
    fs::create_dir_all(&work).unwrap();
    let _lock = records::FolderLock::take(&work).unwrap();
    let output = tandem(&["adapt", "--library", text(&library)]);
    assert!(code(&output) == 1 && said(&output).contains(&format!("process {}", std::process::id())), "{}", said(&output));
}

#[test]
fn undoing_goes_back_to_the_model_before_and_the_library_answers_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    balanced(&json(0, &["add", text(&dir.path().join("notes")), "--library", text(&library)]));
    // As an adapting leaves it.
    let (released, own) = (checkout().join("data/models/retrieve"), library.join(".tandem/models/retrieve-1"));
    fs::create_dir_all(&own).unwrap();
    for file in fs::read_dir(&released).unwrap().flatten() {
        fs::copy(file.path(), own.join(file.file_name())).unwrap();
    }
    let marker = library.join("tandem.toml");
    let settings = fs::read_to_string(&marker).unwrap();
    let (own, released) = (fs::canonicalize(&own).unwrap(), fs::canonicalize(&released).unwrap());
    let adapted = settings.replace(text(&released), text(&own)) + &format!("\n[[models.former]]\npath = {released:?}\nhash = \"h\"\n");
    fs::write(&marker, adapted).unwrap();
    let info = json(0, &["info", "--library", text(&library)]);
    assert_eq!(info["detail"]["models"]["retrieve"]["path"], text(&own), "{info}");
    let undone = json(0, &["adapt", "--undo", "--library", text(&library)]);
    assert_eq!((undone["detail"]["model"]["path"].as_str(), count(&undone, "encoded")), (Some(text(&released)), 0), "{undone}");
    assert_eq!(fs::read_to_string(&marker).unwrap(), settings);
    assert!(!own.exists());
    let report = json(0, &["ask", "Who is the harbour pilot of Vik?", "--library", text(&library), "--precision", "0"]);
    assert!(report["detail"]["answer"].as_str().unwrap().contains("Ola Ness"), "{report}");
}
