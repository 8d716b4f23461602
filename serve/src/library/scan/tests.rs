use std::fs;

use super::stamp::SETTLED;
use super::*;
use crate::library::settings::Model;

fn settings(path: &Path) -> Settings {
    let model = || Model { path: "m".into(), hash: String::new() };
    let mut settings = Settings::new(model(), model());
    settings.add(Path::new("/nowhere"), path).unwrap();
    settings
}

fn look_at(settings: &Settings, dir: &Path) -> Look {
    let look = look(settings, Path::new("/nowhere"), &Earlier::load(dir), &ProgressBar::hidden());
    save(dir, &look.rows).unwrap();
    look
}

/// Moves what was kept of a look into the future, as if it had been some time ago that the files were written.
fn settle(dir: &Path) {
    let rows = TableReader::<Seen>::open(&dir.join("seen-00000.parquet")).unwrap().map(Result::unwrap);
    let later = |row: Seen| Seen { read: if row.read > 0 { row.read + 2 * SETTLED } else { 0 }, ..row };
    save(dir, &rows.map(later).collect::<Vec<_>>()).unwrap();
}

#[test]
fn an_unchanged_file_is_not_read_and_an_edit_that_keeps_size_and_time_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, state) = (dir.path().join("notes"), dir.path().join("state"));
    fs::create_dir_all(&notes).unwrap();
    fs::create_dir_all(&state).unwrap();
    for name in ["a.txt", "b.md"] {
        fs::write(notes.join(name), "The fair is on 12 June.").unwrap();
    }
    let settings = settings(&notes);
    let first = look_at(&settings, &state);
    assert_eq!((first.read, first.rows.len()), (2, 2));
    assert_eq!(look_at(&settings, &state).read, 2, "written a moment ago: not believed");
    settle(&state);
    assert_eq!(look_at(&settings, &state).read, 0);
    let (path, time) = (notes.join("a.txt"), fs::metadata(notes.join("a.txt")).unwrap().modified().unwrap());
    fs::write(&path, "The fair is on 19 July.").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let after = look_at(&settings, &state);
    assert_eq!(after.read, 1);
    assert!(after.rows[0].doc_id != first.rows[0].doc_id && after.rows[1].doc_id == first.rows[1].doc_id);
}

#[test]
fn everything_met_has_a_row_and_a_state() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes");
    fs::create_dir_all(notes.join("old")).unwrap();
    for (name, words) in [("a.txt", "One."), ("empty.txt", " \n"), ("photo.png", "x"), (".hidden", "x"), ("old/b.txt", "Two.")] {
        fs::write(notes.join(name), words).unwrap();
    }
    let mut settings = settings(&notes);
    settings.sources[0].excluded.push("old".into());
    let rows = look_at(&settings, dir.path()).rows;
    let told: Vec<(&str, State)> = rows.iter().map(|row| (row.name.as_str(), row.state)).collect();
    let expected = [
        ("notes/.hidden", State::Skipped),
        ("notes/a.txt", State::Prepared),
        ("notes/empty.txt", State::Empty),
        ("notes/old/b.txt", State::Excluded),
        ("notes/photo.png", State::Skipped),
    ];
    assert_eq!(told, expected);
    fs::remove_dir_all(&notes).unwrap();
    let gone = look_at(&settings, dir.path());
    assert!(gone.rows.is_empty() && gone.warnings[0].contains("notes is gone"), "{:?}", gone.warnings);
}

#[test]
fn records_are_read_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.jsonl");
    fs::write(&path, "{\"id\":\"a/1\",\"title\":\"T\",\"text\":\"One.\"}\nbroken\n{\"id\":\"b\",\"text\":\"Two.\"}\n").unwrap();
    let mut settings = settings(&path);
    let first = look_at(&settings, dir.path());
    let names: Vec<&str> = first.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["k.jsonl/a/1", "k.jsonl:2", "k.jsonl/b"]);
    assert_eq!(first.rows[0].title.as_deref(), Some("T"));
    settle(dir.path());
    settings.sources[0].excluded.push("b".into());
    let again = look_at(&settings, dir.path());
    assert_eq!((again.read, again.rows[2].state), (0, State::Excluded));
    assert_eq!(again.rows[1], {
        let mut row = first.rows[1].clone();
        row.read = again.rows[1].read;
        row
    });
}
