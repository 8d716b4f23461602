//! What happens around an index: other processes, sections that change, files of the user's, words as people write them.

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Counts, FolderLock, RunFolder, Section, TableWriter};

use super::tests::{built, embed, point, prepared, sections};
use super::{BuildOptions, Index, IndexError, build};
use crate::inference::PassageSource;

/// A folder of sections of these texts.
fn prepared_texts(dir: &Path, texts: &[&str]) -> PathBuf {
    let run = RunFolder::open(dir, "prep", &texts, 0).unwrap();
    let mut writer = TableWriter::<Section>::create(dir, 0).unwrap();
    let rows = sections(texts.len()).into_iter().zip(texts).map(|(section, text)| Section {
        text: (*text).to_owned(),
        title: None,
        heading_path: vec![],
        ..section
    });
    writer.extend(rows).unwrap();
    run.finish(Counts::new(), vec![writer.finish().unwrap()]).unwrap();
    dir.to_path_buf()
}

fn build_in(sections: &Path, out: &Path) -> Result<super::Built, IndexError> {
    build(sections, out, &embed, &BuildOptions::of("hash"), &ProgressBar::hidden())
}

#[test]
fn a_word_is_found_however_it_is_written_there_or_in_the_query() {
    let dir = tempfile::tempdir().unwrap();
    let written = [
        ("The in\u{ad}spec\u{ad}tion is in May.", "inspection"),
        ("A hydro\u{200b}phone hangs below.", "hydrophone"),
        ("The \u{feff}sur\u{2060}veyor left.", "surveyor"),
        ("Ask at the o\u{fb03}ce \u{fb01}rst.", "office"),
        ("\u{ff22}allast and \u{ff4b}\u{ff45}\u{ff45}\u{ff4c}.", "keel"),
        ("The cafe\u{301} of Malmo\u{308}.", "Malm\u{f6}"),
        ("Plain mooring lines.", "mooring"),
    ];
    let texts: Vec<&str> = written.iter().map(|(text, _)| *text).collect();
    let out = dir.path().join("index");
    build_in(&prepared_texts(&dir.path().join("prep"), &texts), &out).unwrap();
    let index = Index::open(&out).unwrap();
    for (key, (text, word)) in (0_u64..).zip(written) {
        let spread: String = word.chars().flat_map(|c| [c, '\u{200d}']).collect();
        for query in [word.to_owned(), word.to_uppercase(), spread] {
            assert_eq!(index.full_text(&query, 3).unwrap().iter().map(|hit| hit.0).collect::<Vec<_>>(), [key], "{query:?} in {text:?}");
            let found = index.candidates(&query, &[], 3).unwrap();
            assert!(found.len() == 1 && found[0].bm25 > 0.0, "{query:?}");
        }
        assert_eq!(index.passages(&[key]).unwrap()[0].section.text, text, "what is quoted stays as it is written");
    }
}

#[test]
fn a_second_build_and_a_question_are_told_who_is_building() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (prepared(dir.path(), 10), dir.path().join("index"));
    let who = format!("process {}", std::process::id());
    let busy = |error: IndexError| assert!(matches!(&error, IndexError::Busy { .. }) && error.to_string().contains(&who), "{error}");
    let watching = |batch: &[Section]| {
        busy(build_in(&sections, &out).unwrap_err());
        busy(Index::open(&out).err().unwrap());
        embed(batch)
    };
    build(&sections, &out, &watching, &BuildOptions::of("hash"), &ProgressBar::hidden()).unwrap();
    Index::open(&out).unwrap();
    // Whoever only holds the folder of a whole index keeps nobody from asking.
    let _held = FolderLock::take(&out).unwrap();
    Index::open(&out).unwrap();
    busy(build_in(&sections, &out).unwrap_err());
}

#[test]
fn sections_that_were_prepared_anew_are_noticed_until_the_index_is_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (dir.path().join("prep"), dir.path().join("index"));
    build_in(&prepared_texts(&sections, &["The judge is Tor Lund."]), &out).unwrap();
    fs::remove_dir_all(&sections).unwrap();
    Index::open(&out).unwrap();
    prepared_texts(&sections, &["The judge is Per Moen."]);
    let error = Index::open(&out).err().unwrap();
    assert!(matches!(error, IndexError::Stale { .. }), "{error}");
    let remedy = format!("tandem index --sections {}", fs::canonicalize(&sections).unwrap().display());
    assert!(error.to_string().contains(&remedy), "{error}");
    assert!(Index::check(&out)[0].to_string().contains("have changed"));
    assert!(!build_in(&sections, &out).unwrap().unchanged);
    Index::open(&out).unwrap();
}

#[test]
fn a_shard_that_is_not_the_one_that_was_prepared_is_refused_even_where_its_size_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (prepared(dir.path(), 10), dir.path().join("index"));
    build_in(&sections, &out).unwrap();
    let shard = sections.join("sections-00000.parquet");
    let mut bytes = fs::read(&shard).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&shard, bytes).unwrap();
    let error = build_in(&sections, &out).unwrap_err().to_string();
    assert!(error.contains("sections-00000.parquet") && error.contains("tandem prep"), "{error}");
}

#[test]
fn files_of_the_user_stop_a_build_before_anything_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = built(dir.path(), 10);
    fs::write(out.join("notes.md"), "mine").unwrap();
    let error = build_in(&prepared(dir.path(), 12), &out).unwrap_err();
    assert!(matches!(error, IndexError::Foreign { .. }) && error.to_string().contains("notes.md"), "{error}");
    assert_eq!(fs::read_to_string(out.join("notes.md")).unwrap(), "mine");
    Index::open(&out).unwrap();
    let full = dir.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("index.json"), "mine").unwrap();
    assert!(matches!(build_in(&prepared(dir.path(), 10), &full), Err(IndexError::Foreign { .. })));
    assert_eq!(fs::read_to_string(full.join("index.json")).unwrap(), "mine");
}

#[test]
fn an_index_that_was_built_before_its_vectors_were_kept_as_bytes_finds_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = built(dir.path(), 30);
    let found = || {
        let index = Index::open(&out).unwrap();
        (index.nearest(&point("The bridge"), 7).unwrap(), index.candidates("bridge", &point("The bridge"), 3).unwrap())
    };
    let with = found();
    fs::remove_file(out.join("vectors.bytes")).unwrap();
    assert!(matches!(Index::open(&out), Err(IndexError::Broken { .. })), "its manifest names the file");
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
    manifest["shards"].as_array_mut().unwrap().retain(|shard| shard["file"] != "vectors.bytes");
    fs::write(out.join("manifest.json"), manifest.to_string()).unwrap();
    assert_eq!(found(), with);
    assert_eq!(Index::check(&out), []);
}
