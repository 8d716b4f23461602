//! From sections to searches, through a real table.

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Counts, OffsetMap, Role, RunFolder, Section, TableWriter};

use super::{BuildOptions, Index, IndexError, LAYOUT, build};
use crate::inference::PassageSource;

const TEXTS: [&str; 6] = [
    "The bridge over the river was opened in 1932 and repainted twice.",
    "Travel costs are repaid within ten working days of the request.",
    "Managers approve requests; a manager's decision can be appealed.",
    "   ",
    "Gr\u{fc}\u{df}e aus M\u{fc}nchen \u{1F600}: the office moved in 2019.",
    "Bridges need managers who know rivers, budgets and bolts.",
];

pub(super) fn sections(count: usize) -> Vec<Section> {
    let section = |n: usize| {
        let text =
            if n < TEXTS.len() { TEXTS[n].to_owned() } else { format!("Filler number {n} about topic {} and nothing else.", n % 17) };
        Section {
            doc_id: format!("{:02}", n / 2),
            path: format!("docs/{}.md", n / 2),
            title: Some("Handbook".into()),
            section: (n % 2) as u32,
            heading_path: vec![format!("Chapter {n}")],
            role: Role::Paragraph,
            spans: OffsetMap::verbatim(100, text.len() as u64),
            text,
            page: None,
            repairs: vec![],
            links: vec![],
            pages: Vec::new(),
        }
    };
    (0..count).map(section).collect()
}

pub(super) fn prepared(dir: &Path, count: usize) -> PathBuf {
    prepared_in(dir, count, count)
}

/// Sections in shards of so many.
pub(super) fn prepared_in(dir: &Path, count: usize, shard: usize) -> PathBuf {
    let out = dir.join(format!("prep-{count}"));
    let run = RunFolder::open(&out, "prep", &count, 0).unwrap();
    let write = |(index, rows): (usize, &[Section])| {
        let mut writer = TableWriter::<Section>::create(&out, index).unwrap();
        writer.extend(rows.to_vec()).unwrap();
        writer.finish().unwrap()
    };
    let rows = sections(count);
    // A corpus without a section has a shard all the same.
    let shards = (0..count.max(1)).step_by(shard.max(1)).map(|from| &rows[from..count.min(from + shard)]);
    run.finish(Counts::new(), shards.enumerate().map(write).collect()).unwrap();
    out
}

/// A vector that points somewhere else for every text.
pub(super) fn embed(sections: &[Section]) -> Vec<Vec<f32>> {
    sections.iter().map(|section| point(&section.text)).collect()
}

pub(super) fn point(text: &str) -> Vec<f32> {
    let hash = blake3::hash(text.as_bytes());
    hash.as_bytes()[..8].iter().map(|byte| f32::from(*byte) - 127.5).collect()
}

pub(super) fn built(dir: &Path, count: usize) -> (PathBuf, super::Built) {
    let (sections, out) = (prepared(dir, count), dir.join("index"));
    let done = build(&sections, &out, &embed, &BuildOptions { batch: 3, ..BuildOptions::of("hash") }, &ProgressBar::hidden()).unwrap();
    (out, done)
}

#[test]
fn what_was_indexed_is_found_by_words_and_by_vector() {
    let dir = tempfile::tempdir().unwrap();
    let (out, done) = built(dir.path(), 20);
    assert_eq!([done.counts["in"], done.counts["out"], done.counts["skipped"], done.counts["without_vector"]], [20, 19, 1, 0]);
    let index = Index::open(&out).unwrap();
    let expected: Vec<Section> = sections(20).into_iter().filter(|section| !section.text.trim().is_empty()).collect();
    let keys: Vec<u64> = (0..19).rev().collect();
    let passages = index.passages(&keys).unwrap();
    assert!(passages.iter().zip(&keys).all(|(passage, key)| passage.key == *key && passage.section == expected[*key as usize]));
    // Stemming: "approving" finds "approve"; both manager sections are found, the short one first.
    let hits = index.full_text("Who is approving, dear manager?", 10).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.0).collect::<Vec<_>>(), [2, 4]);
    assert!(hits[0].1 > hits[1].1 && hits[1].1 > 0.0);
    for (key, section) in expected.iter().enumerate() {
        let hits = index.nearest(&point(&section.text), 3).unwrap();
        assert_eq!((hits.len(), hits[0].0), (3, key as u64));
        assert!((hits[0].1 - 1.0).abs() < 1e-5 && hits[1].1 < hits[0].1, "{hits:?}");
    }
    assert!(index.nearest(&[1.0, 2.0], 3).unwrap_err().to_string().contains("same model"));
    assert!(index.passages(&[19]).is_err());
    assert_eq!(Index::check(&out), []);
}

#[test]
fn candidates_carry_both_scores_whichever_search_found_them() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = built(dir.path(), 40);
    let index = Index::open(&out).unwrap();
    let vector = point(TEXTS[1]);
    let candidates = index.candidates("bridge rivers", &vector, 2).unwrap();
    let keys: Vec<u64> = candidates.iter().map(|candidate| candidate.passage.key).collect();
    assert!(keys.contains(&0) && keys.contains(&4) && keys.contains(&1), "{keys:?}");
    let of = |key: u64| candidates.iter().find(|candidate| candidate.passage.key == key).unwrap();
    assert!(of(0).bm25 > 0.0 && of(0).cosine != 0.0 && of(1).bm25 == 0.0 && (of(1).cosine - 1.0).abs() < 1e-5);
    // Our score of a found section is LanceDB's: same formula, same words.
    for (key, score) in index.full_text("bridge rivers", 5).unwrap() {
        let ours = index.candidates("bridge rivers", &[], 5).unwrap().into_iter().find(|candidate| candidate.passage.key == key).unwrap();
        assert!((ours.bm25 - score).abs() < 0.05 * score, "{} {score}", ours.bm25);
        assert_eq!(ours.cosine, 0.0);
    }
    assert!(index.idf("bridg") > 0.0 && index.idf("bridg") < index.idf("nowhere"));
}

#[test]
fn any_text_is_a_query() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = built(dir.path(), 10);
    let index = Index::open(&out).unwrap();
    let long = "bridge ".repeat(100_000);
    let odd = [
        "",
        " ",
        "\"",
        "'",
        "\"bridge",
        "bridge\" OR (",
        "AND OR NOT",
        "the of a",
        "+bridge -river ~x ^2",
        "body:bridge",
        "*",
        "bridg*",
        "?!\u{1F600}",
        "\u{0}",
        "\\",
        "a:b:c",
        "[1 TO 2]",
        "{\"match\":{}}",
        "SELECT * FROM sections; --",
        "m\u{fc}nchen",
        "\u{4f60}\u{597d}",
        "\u{202E}egdirb",
        &long,
    ];
    for query in odd {
        for k in [0, 1, 7] {
            let hits = index.full_text(query, k).unwrap_or_else(|error| panic!("{query:?}: {error}"));
            assert!(hits.len() <= k);
            index.candidates(query, &[], k).unwrap();
        }
    }
    assert_eq!(index.full_text("\"BRIDGE\" AND river's", 1).unwrap()[0].0, 0);
    assert_eq!(index.full_text("m\u{fc}nchen", 1).unwrap()[0].0, 3);
    assert!(index.full_text("the of a", 5).unwrap().is_empty());
    assert!(index.nearest(&[f32::NAN; 8], 5).unwrap().is_empty() && index.nearest(&[0.0; 8], 5).unwrap().is_empty());
}

#[test]
fn searches_run_on_several_threads_and_agree() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = built(dir.path(), 60);
    let index = Index::open(&out).unwrap();
    let ask = |n: usize| (index.full_text(&format!("filler topic {n}"), 5).unwrap(), index.nearest(&point(&format!("{n}")), 5).unwrap());
    let alone: Vec<_> = (0..8).map(ask).collect();
    let together: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || ask(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(alone, together);
}

#[test]
fn a_finished_index_is_free_and_another_input_builds_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let (out, first) = built(dir.path(), 10);
    let never = |_: &[Section]| -> Vec<Vec<f32>> { panic!("embedded again") };
    let again = build(&prepared(dir.path(), 10), &out, &never, &BuildOptions::of("hash"), &ProgressBar::hidden()).unwrap();
    assert!(again.unchanged && again.card == first.card && again.counts == first.counts);
    let other = build(&prepared(dir.path(), 10), &out, &embed, &BuildOptions::of("other"), &ProgressBar::hidden()).unwrap();
    assert!(!other.unchanged);
    let (out, larger) = built(dir.path(), 12);
    assert_eq!((larger.card.rows, Index::open(&out).unwrap().card().rows), (11, 11));
}

#[test]
fn a_build_that_was_killed_is_removed_and_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (prepared(dir.path(), 30), dir.path().join("index"));
    let killed = std::panic::catch_unwind(|| {
        let die = |batch: &[Section]| if batch[0].section == 1 { panic!("killed") } else { embed(batch) };
        build(&sections, &out, &die, &BuildOptions { batch: 3, ..BuildOptions::of("hash") }, &ProgressBar::hidden())
    });
    assert!(killed.is_err());
    let error = Index::open(&out).err().unwrap().to_string();
    assert!(error.contains("tandem index") && error.contains(&out.display().to_string()), "{error}");
    let (out, done) = built(dir.path(), 30);
    assert_eq!((done.unchanged, Index::open(&out).unwrap().card().rows), (false, 29));
    // Killed between the table and the manifest.
    fs::remove_file(out.join("manifest.json")).unwrap();
    assert!(matches!(Index::open(&out), Err(IndexError::Broken { .. })));
    assert!(!built(dir.path(), 30).1.unchanged);
}

#[test]
fn a_missing_older_or_damaged_index_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("none");
    assert!(matches!(Index::open(&missing), Err(IndexError::Missing { .. })));
    assert_eq!(Index::check(&missing).len(), 1);
    let (out, _) = built(dir.path(), 10);
    let card = fs::read_to_string(out.join("index.json")).unwrap();
    for layout in ["1", "99"] {
        fs::write(out.join("index.json"), card.replace(&format!("\"layout\": {LAYOUT}"), &format!("\"layout\": {layout}"))).unwrap();
        let error = Index::open(&out).err().unwrap();
        assert!(matches!(error, IndexError::Layout { .. }));
        assert!(error.to_string().contains("tandem index --sections") && error.to_string().contains(&out.display().to_string()), "{error}");
    }
    assert!(!built(dir.path(), 10).1.unchanged, "an older layout is built again in place");
    let data = fs::read_dir(out.join("sections.lance/data")).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&data).unwrap();
    fs::write(&data, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(Index::open(&out), Err(IndexError::Broken { .. })));
    // Same size, other bytes: opening does not see it, the doctor does.
    fs::write(&data, bytes.iter().map(|byte| !byte).collect::<Vec<_>>()).unwrap();
    let problems = Index::check(&out);
    assert!(problems[0].to_string().contains("has changed") && problems[0].remedy.contains("tandem index"), "{problems:?}");
    assert!(!built(dir.path(), 10).1.unchanged && Index::check(&out).is_empty(), "its remedy works");
    fs::remove_file(out.join("run.json")).unwrap();
    assert!(!built(dir.path(), 10).1.unchanged && Index::check(&out).is_empty(), "its card tells whose the folder is");
    fs::remove_dir_all(out.join("sections.lance")).unwrap();
    assert!(Index::open(&out).is_err() && !built(dir.path(), 10).1.unchanged);
}

#[test]
fn a_folder_with_something_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let sections = prepared(dir.path(), 10);
    let own = build(&sections, &sections, &embed, &BuildOptions::of("hash"), &ProgressBar::hidden());
    assert!(matches!(own, Err(IndexError::Foreign { .. })), "{own:?}");
    assert!(sections.join("manifest.json").exists());
    let none = build(&dir.path().join("none"), &dir.path().join("i"), &embed, &BuildOptions::of("hash"), &ProgressBar::hidden());
    assert!(none.unwrap_err().to_string().contains("none"));
}

#[test]
fn vectors_that_do_not_fit_stop_a_build_and_broken_ones_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (prepared(dir.path(), 10), dir.path().join("index"));
    let options = BuildOptions { batch: 4, ..BuildOptions::of("hash") };
    let few = |_: &[Section]| vec![vec![1.0_f32]];
    assert!(matches!(build(&sections, &out, &few, &options, &ProgressBar::hidden()), Err(IndexError::Vectors { .. })));
    let grows = |batch: &[Section]| batch.iter().map(|section| vec![1.0; 2 + usize::from(section.doc_id == "04")]).collect();
    assert!(matches!(build(&sections, &out, &grows, &options, &ProgressBar::hidden()), Err(IndexError::Vectors { .. })));
    let odd = |batch: &[Section]| batch.iter().map(|section| vec![if section.section == 0 { f32::NAN } else { 1.0 }, 1.0]).collect();
    let done = build(&sections, &out, &odd, &options, &ProgressBar::hidden()).unwrap();
    assert_eq!((done.counts["out"], done.counts["without_vector"]), (9, 5));
    let index = Index::open(&out).unwrap();
    assert_eq!(index.nearest(&[1.0, 1.0], 100).unwrap().len(), 4);
    assert_eq!(index.full_text("bridge", 1).unwrap()[0].0, 0);
}

#[test]
fn words_alone_and_no_section_at_all_make_an_index_too() {
    let dir = tempfile::tempdir().unwrap();
    let none = |batch: &[Section]| vec![Vec::new(); batch.len()];
    for count in [0, 4, 10] {
        let (sections, out) = (prepared(dir.path(), count), dir.path().join("index"));
        let done = build(&sections, &out, &none, &BuildOptions::of("words"), &ProgressBar::hidden()).unwrap();
        assert_eq!((done.card.dimensions, done.counts["in"]), (0, count as u64));
        let index = Index::open(&out).unwrap();
        assert_eq!(index.candidates("bridge", &[1.0, 2.0], 1).unwrap().len(), usize::from(count > 0));
        assert!(index.nearest(&[1.0, 2.0], 1).unwrap().is_empty());
        assert_eq!(Index::check(&out), []);
    }
}

#[test]
fn a_large_index_searches_vectors_through_lists() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (prepared(dir.path(), 600), dir.path().join("index"));
    let options = BuildOptions { exact_up_to: 100, ..BuildOptions::of("hash") };
    let done = build(&sections, &out, &embed, &options, &ProgressBar::hidden()).unwrap();
    assert!(done.card.vector_index);
    let index = Index::open(&out).unwrap();
    let all = super::tests::sections(600);
    let found = (6..600).filter(|n| index.nearest(&point(&all[*n].text), 1).unwrap()[0].0 == *n as u64 - 1).count();
    assert!(found > 580, "{found}");
}
