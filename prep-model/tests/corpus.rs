//! A corpus full of bad input through the batch runner: every file ends in a section, a skip or a failure row, whatever it holds.

mod untrained;

use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use prep_model::inference::{Format, PrepareOptions, prepare_corpus};
use prep_model::read::{MediaType, ReadLimits, read_bytes};
use prep_model::verify::Verifier;
use records::{Citation, Document, Failure, Section, read_table};
use untrained::untrained;

fn bad_corpus(dir: &Path) {
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("good.md", b"---\ntitle: Guide\n---\n# Guide\n\n## Hours\n\nThe hall is open on Monday.\n\n- one\n- two\n");
    write("good.html", b"<html><body><nav><a href=x>Home</a></nav><h1>Hall</h1><p>The hall &amp; the tea room are open.</p></body></html>");
    write("good.txt", b"THE HALL\n\nThe hall is op-\nen on Monday and\nTuesday.\n\n- 1 -\n\x0cTHE HALL\n\nThe tea room is not.\n");
    write("sub/copy.txt", b"THE HALL\n\nThe hall is op-\nen on Monday and\nTuesday.\n\n- 1 -\n\x0cTHE HALL\n\nThe tea room is not.\n");
    write("latin.txt", b"The caf\xe9 is open on Monday, the tea room is closed.\n");
    let wide = "\u{feff}Der Müller heißt Zoë. Он живёт на острове.\nLe café.\nThe hall is open.\n".encode_utf16();
    write("wide.txt", &wide.flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    write("stray.md", b"# Zo\xc3\xab\n\nThe h\xffall is \xe2\x80\x9copen\xe2\x80\x9d. It is one room.\n");
    write("cyrillic.html", b"<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2. The hall is open.</p><p>\xcc\xe8\xf0.</p>");
    write("empty.txt", b"");
    write("blank.md", b" \n\n\t\n");
    write("binary.txt", b"\x7fELF\x02\x01\x01\x00\x00\x00\x00");
    write("wrong.txt", b"\x81\x8d\x8f\x90 \xff\xfe text that is in no encoding at all, it seems\n");
    write("deep.html", format!("{}deep{}", "<div><b>".repeat(20_000), "</p></div>".repeat(20_000)).as_bytes());
    write("deep.md", format!("{} deep\n\n{}\n", ">".repeat(20_000), "[".repeat(20_000)).as_bytes());
    write("line.txt", "one long line of words without an end ".repeat(30_000).as_bytes());
    write("large.txt", &vec![b'a'; 2_000_001]);
    write("picture.png", b"\x89PNG");
    write(".hidden/file.txt", b"not to be read");
    write("README", b"no extension");
}

fn options() -> PrepareOptions {
    PrepareOptions { limits: ReadLimits { bytes: 2_000_000, lines: 100_000 }, shard_documents: 5, ..PrepareOptions::default() }
}

#[test]
fn every_input_ends_in_a_document_a_skip_or_a_failure() {
    let (corpus, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    bad_corpus(corpus.path());
    let manifest = prepare_corpus(corpus.path(), out.path(), &untrained(), &options(), &ProgressBar::hidden()).unwrap();
    let count = |key: &str| manifest.counts.get(key).copied().unwrap_or(0);
    assert_eq!(count("in"), count("out") + count("skipped") + count("failed"));
    assert_eq!((count("out"), count("failed")), (10, 3), "{:?}", manifest.counts);
    assert_eq!((count("skipped: duplicate"), count("skipped: empty"), count("skipped: extension .png")), (1, 2, 1));
    let failures: Vec<Failure> = read_table::<Failure>(out.path()).unwrap().map(Result::unwrap).collect();
    let mut names: Vec<&str> = failures.iter().map(|failure| failure.path.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["binary.txt", "blank.md", "empty.txt", "large.txt", "wrong.txt"]);
    assert!(failures.iter().all(|failure| failure.reason.contains(':')), "{failures:?}");
}

#[test]
fn every_sentence_of_every_section_verifies_against_its_file() {
    let (corpus, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    bad_corpus(corpus.path());
    prepare_corpus(corpus.path(), out.path(), &untrained(), &options(), &ProgressBar::hidden()).unwrap();
    let verifier = Verifier::open(corpus.path()).unwrap();
    let mut checked = 0;
    for section in read_table::<Section>(out.path()).unwrap().map(Result::unwrap) {
        for sentence in text::sentences(&section.text) {
            let Some(raw) = section.spans.raw_range(sentence.start as u64..sentence.end as u64) else { continue };
            let quote = section.unrepaired(sentence.clone()).split_whitespace().collect::<Vec<_>>().join(" ");
            let citation =
                Citation { doc: section.path.clone(), doc_id: section.doc_id.clone(), page: None, start: raw.start, end: raw.end, quote };
            let verdict = verifier.check(&citation);
            assert!(verdict.is_verified(), "{verdict:?} {citation:?}");
            checked += 1;
        }
    }
    assert!(checked > 100);
}

#[test]
fn a_run_that_was_killed_ends_with_the_same_bytes_for_any_number_of_threads() {
    let (corpus, once, twice) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    bad_corpus(corpus.path());
    let preparer = untrained();
    let run = |out: &Path| prepare_corpus(corpus.path(), out, &preparer, &options(), &ProgressBar::hidden()).unwrap();
    let whole = run(once.path());
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = one_thread.install(|| run(twice.path()));
    assert_eq!(whole.shards, again.shards);
    // As if killed: the manifest is missing, and of the shards only the first two are finished.
    for shard in &whole.shards {
        let index: usize = shard.file.rsplit_once('-').and_then(|(_, rest)| rest.split('.').next()?.parse().ok()).unwrap();
        if index >= 2 {
            fs::remove_file(once.path().join(&shard.file)).unwrap();
        }
    }
    fs::remove_file(once.path().join("manifest.json")).unwrap();
    assert_eq!(run(once.path()), whole);
    assert_eq!(run(once.path()), whole);
}

#[test]
fn records_of_a_jsonl_are_taken_as_they_are_and_broken_lines_are_failures() {
    let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = dir.path().join("corpus.jsonl");
    let lines = ["{\"id\": \"a\", \"title\": \"T\", \"text\": \"One sentence.\\nHome | About | Contact\"}", "{\"id\": 7}", "", "not json"];
    fs::write(&path, lines.join("\n")).unwrap();
    for (format, file) in
        [(Format::Parquet, "sections-00000.parquet"), (Format::Jsonl, "sections-00000.jsonl"), (Format::Markdown, "sections-00000.md")]
    {
        let out = out.path().join(file);
        let options = PrepareOptions { format, ..PrepareOptions::default() };
        let progress = ProgressBar::hidden();
        let manifest = prepare_corpus(&path, &out, &untrained(), &options, &progress).unwrap();
        assert_eq!((progress.length(), progress.position()), (Some(3), 3));
        assert_eq!((manifest.counts["in"], manifest.counts["out"], manifest.counts["failed"]), (3, 1, 2));
        assert!(out.join(file).is_file());
        let documents: Vec<Document> = read_table::<Document>(&out).unwrap().map(Result::unwrap).collect();
        assert_eq!((documents[0].path.as_str(), documents[0].title.as_deref()), ("a", Some("T")));
        if format == Format::Parquet {
            let sections: Vec<Section> = read_table::<Section>(&out).unwrap().map(Result::unwrap).collect();
            assert_eq!(sections[0].text, "One sentence.\nHome | About | Contact");
        }
    }
}

#[test]
fn without_repairs_every_character_stays() {
    let preparer = untrained();
    let bytes = b"The hxll is open.\n\nThe tea room is not.\n";
    let reading = read_bytes(MediaType::Text, bytes, &ReadLimits::default()).unwrap();
    let prepared = preparer.prepare_reading("a.txt", bytes.len() as u64, &reading, false);
    assert!(!prepared.sections.is_empty());
    assert!(prepared.sections.iter().all(|section| section.repairs.is_empty()));
}
