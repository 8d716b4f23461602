//! Every table goes to Parquet and back unchanged, and the small files of each schema version stay readable.

use std::path::{Path, PathBuf};

use records::{
    Answer, Candidate, Candidates, Citation, Document, Dropped, Fact, Failure, Hints, Join, Kind, Line, LineLabel, Link, OffsetMap, Page,
    PageStart, Question, RawEdit, Repair, Report, Role, Row, SCHEMA_VERSION, Search, Section, Segment, Split, Statement, Status, Style,
    TableReader, TableWriter, Vector, read_table,
};

/// A map with a replacement, an insertion and a deletion.
fn map() -> OffsetMap {
    OffsetMap::try_from(vec![
        Segment { clean: 0, clean_length: 4, raw: 3, raw_length: 4 },
        Segment { clean: 6, clean_length: 1, raw: 9, raw_length: 5 },
    ])
    .unwrap()
}

fn document() -> Document {
    Document {
        doc_id: "d1".into(),
        path: "a/b.html".into(),
        media_type: "text/html".into(),
        bytes: 12,
        title: Some("T".into()),
        corpus: "world".into(),
        split: Split::Dev,
        noise_level: 0.25,
        replaced: 2,
        dropped: 3,
    }
}

fn line() -> Line {
    let hints = Hints { html_path: "html/body/p".into(), link_density: 0.5, page: Some(2), font_size: None, indent: 3, blank_before: 1 };
    Line { doc_id: "d1".into(), line: 7, text: "text — ü".into(), raw_start: 3, raw_end: 14, spans: map(), hints, links: vec![link()] }
}

fn link() -> Link {
    Link { start: 1, end: 4, target: "../b.md#part".into() }
}

fn section() -> Section {
    Section {
        doc_id: "d1".into(),
        path: "a/b.html".into(),
        title: None,
        section: 2,
        heading_path: vec!["One".into(), "Two".into()],
        role: Role::ListItem,
        text: "clean\ntext".into(),
        spans: map(),
        page: None,
        repairs: vec![Repair { start: 0, end: 5, original: "c1ean".into() }],
        links: vec![link()],
        pages: vec![PageStart { page: 3, start: 2 }],
    }
}

fn page() -> Page {
    Page { doc_id: "d1".into(), path: "a/b.pptx".into(), page: 3, label: "slide 3".into(), text: "One.\nTwo.".into() }
}

fn question() -> Question {
    Question {
        question_id: "q1".into(),
        question: "Who?".into(),
        kind: Kind::MultiHop,
        hops: 2,
        style: Style::Question,
        template_family: "head/3".into(),
        split: Split::Test,
        answerable: true,
        bm25_rank: None,
    }
}

fn answer() -> Answer {
    let fact = Fact {
        doc_id: "d1".into(),
        raw_start: 4,
        raw_end: 9,
        sentence_start: 0,
        sentence_end: 20,
        sentence: "It is so.".into(),
        vital: true,
    };
    Answer { question_id: "q1".into(), aliases: vec!["so".into(), "thus".into()], facts: vec![fact] }
}

fn label() -> LineLabel {
    LineLabel {
        doc_id: "d1".into(),
        line: 0,
        raw_start: 0,
        raw_end: 9,
        role: Role::Heading,
        level: 2,
        join: Join::DropHyphen,
        starts_section: true,
        edits: vec![RawEdit { raw_start: 3, raw_end: 5, replacement: "m".into() }],
    }
}

fn report() -> Report {
    let citation = Citation { doc: "a".into(), doc_id: "d1".into(), page: Some(1), start: 4, end: 9, quote: "so it is".into() };
    Report {
        question_id: "q1".into(),
        brief: None,
        question: "Who?".into(),
        status: Status::Abstained,
        reason: Some("Not found.".into()),
        answer: String::new(),
        confidence: 0.5,
        statements: vec![Statement { text: "So it is.".into(), citations: vec![citation] }],
        closest: vec![Statement { text: "Near it.".into(), citations: vec![] }],
        searches: vec![Search { query: "who".into(), hits: 3 }],
        milliseconds: 12,
    }
}

fn candidates() -> Candidates {
    Candidates { question_id: "q1".into(), hits: vec![Candidate { doc_id: "d1".into(), section: 1, score: 2.5 }] }
}

fn dropped() -> Dropped {
    let (text, reason) = ("Home | About".into(), "navigation".into());
    Dropped { doc_id: "d1".into(), path: "a/b.html".into(), raw_start: 3, raw_end: 15, text, reason }
}

fn failure() -> Failure {
    Failure::new("a.txt", "read", "empty")
}

fn there_and_back<R: Row + Clone + PartialEq + std::fmt::Debug + 'static>(row: R) {
    let dir = tempfile::tempdir().unwrap();
    for shard in 0..2 {
        let mut writer = TableWriter::create(dir.path(), shard).unwrap();
        writer.extend(vec![row.clone(); 1_500]).unwrap();
        assert_eq!(writer.finish().unwrap().rows, 1_500);
    }
    let rows: Vec<R> = read_table(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 3_000);
    assert!(rows.iter().all(|back| *back == row));
}

#[test]
fn every_table_goes_to_parquet_and_back() {
    there_and_back(document());
    there_and_back(line());
    there_and_back(section());
    there_and_back(question());
    there_and_back(answer());
    there_and_back(label());
    there_and_back(report());
    there_and_back(candidates());
    there_and_back(failure());
    there_and_back(dropped());
    there_and_back(page());
    there_and_back(Vector { doc_id: "d1".into(), section: 3, vector: vec![0.5, -1.0] });
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let write = |index| {
        let mut writer = TableWriter::create(dir.path(), index).unwrap();
        writer.extend(vec![section(); 100]).unwrap();
        writer.finish().unwrap().blake3
    };
    assert_eq!(write(0), write(1));
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing_under_the_final_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = TableWriter::create(dir.path(), 0).unwrap();
    writer.push(failure()).unwrap();
    drop(writer);
    assert!(!dir.path().join("failures-00000.parquet").exists());
    assert!(read_table::<Failure>(dir.path()).is_err());
}

#[test]
fn a_file_that_is_no_parquet_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("failures-00000.parquet");
    std::fs::write(&path, b"not a table").unwrap();
    let error = TableReader::<Failure>::open(&path).err().unwrap().to_string();
    assert!(error.contains("failures-00000.parquet"), "{error}");
}

#[test]
fn a_table_of_another_kind_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("questions-00000.parquet");
    let mut writer = TableWriter::create_file(&path).unwrap();
    writer.push(failure()).unwrap();
    writer.finish().unwrap();
    let error = read_table::<Question>(dir.path()).unwrap().next().unwrap().unwrap_err().to_string();
    assert!(error.contains("questions-00000.parquet"), "{error}");
}

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

/// One row of the table in `tests/formats/vN`: made once, by the release that had that version, and never touched again. A version has files
/// of the tables it changed.
fn still_reads<R: Row + PartialEq + std::fmt::Debug + 'static>(version: u32, row: R) {
    let dir = formats().join(format!("v{version}"));
    if version == SCHEMA_VERSION && std::env::var_os("TANDEM_WRITE_FORMATS").is_some() {
        std::fs::create_dir_all(&dir).unwrap();
        let mut writer = TableWriter::<R>::create(&dir, 0).unwrap();
        writer.push(row).unwrap();
        writer.finish().unwrap();
        return;
    }
    let rows: Vec<R> = read_table(&dir).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows, [row]);
}

#[test]
fn files_of_every_schema_version_stay_readable() {
    // The counts of what was replaced and dropped came with version 3.
    still_reads(1, Document { replaced: 0, dropped: 0, ..document() });
    // Links came with version 2.
    still_reads(1, Line { links: vec![], ..line() });
    still_reads(1, Section { links: vec![], pages: vec![], ..section() });
    still_reads(1, question());
    still_reads(1, answer());
    still_reads(1, label());
    // The closest passages came with version 3.
    still_reads(1, Report { closest: vec![], reason: None, ..report() });
    still_reads(1, candidates());
    still_reads(1, failure());
    still_reads(2, line());
    // Pages of extracted text came with version 4.
    still_reads(2, Section { pages: vec![], ..section() });
    // As version 3 was at first; the reason was added within it, before a release.
    still_reads(3, Report { reason: None, ..report() });
    still_reads(3, document());
    still_reads(3, dropped());
    still_reads(4, section());
    still_reads(4, page());
}
