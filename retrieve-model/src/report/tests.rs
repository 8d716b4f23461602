//! A batch from the questions file to the rendered page.

mod hostile;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use records::{Citation, Failure, Part, Report, Search, Statement, Status, TableReader, UserQuestion};

use super::{Batch, BatchError, Context, Format, Target, merge_reports, write_reports};

/// Text that tries everything at once.
const HOSTILE: &str = "</blockquote><script>alert(1)</script><img src=x onerror=alert(2)> \"' onload='x' & &lt;b&gt;\n# Heading\n- item [a](javascript:x) `code` <https://evil.example> \u{202E}desrever";

fn report_for(question: &UserQuestion) -> Result<Report, Failure> {
    let number: usize = question.id.trim_start_matches('q').parse().unwrap_or_default();
    if number % 10 == 9 {
        return Err(Failure::new(&question.id, "report", format!("too hard {HOSTILE}")));
    }
    let citation = |quote: &str, start: u64| Citation {
        doc: format!("docs/{number}<b>.html"),
        doc_id: "00".into(),
        page: number.is_multiple_of(2).then_some(3),
        start,
        end: start + quote.len() as u64,
        quote: quote.into(),
    };
    let statements = match number % 5 {
        0 => vec![],
        1 => vec![Statement { text: HOSTILE.into(), citations: vec![citation(HOSTILE, 5), citation("not there", 999)] }],
        _ => vec![
            Statement { text: "The bridge opened in 1932.".into(), citations: vec![citation("The bridge opened\nin 1932.", 40)] },
            Statement { text: "Unsupported.".into(), citations: vec![citation("made up", 999)] },
        ],
    };
    Ok(Report {
        question_id: question.id.clone(),
        brief: question.brief.clone(),
        question: question.question.clone(),
        status: if statements.is_empty() { Status::Abstained } else { Status::Answered },
        reason: None,
        answer: statements.first().map(|statement: &Statement| statement.text.clone()).unwrap_or_default(),
        confidence: 0.87,
        statements,
        closest: vec![],
        searches: vec![Search { query: HOSTILE.into(), hits: 5 }],
        milliseconds: 12,
    })
}

fn questions(dir: &Path, count: usize) -> std::path::PathBuf {
    let path = dir.join("asked.jsonl");
    let line = |n: usize| {
        let question = UserQuestion {
            id: format!("q{n}"),
            question: format!("What is {n}? {HOSTILE}"),
            brief: (!n.is_multiple_of(3)).then(|| format!("Brief {} {HOSTILE}", n % 3)),
            sources: vec![],
        };
        serde_json::to_string(&question).unwrap() + "\n"
    };
    fs::write(&path, (0..count).map(line).collect::<String>() + "{broken\n").unwrap();
    path
}

/// Every citation but those of byte 999 holds.
fn look(citation: &Citation) -> Option<Context> {
    let headings = vec!["A heading".to_owned(), HOSTILE.to_owned()];
    (citation.start != 999)
        .then(|| Context::cut(headings, &format!("{HOSTILE} It was built late. "), &citation.quote, &format!(" Then {HOSTILE}")))
}

fn run(dir: &Path, count: usize, out: &str, answer: super::Answer<'_>) -> Result<Batch, BatchError> {
    run_as(dir, count, out, &[], answer)
}

fn run_as(dir: &Path, count: usize, out: &str, formats: &[Format], answer: super::Answer<'_>) -> Result<Batch, BatchError> {
    write_reports(&questions(dir, count), &Target::whole(&dir.join(out), "model", formats), answer, &look, &ProgressBar::hidden())
}

#[test]
fn every_question_becomes_a_report_or_a_failure_and_all_formats_agree() {
    let dir = tempfile::tempdir().unwrap();
    let batch = run(dir.path(), 100, "out", &report_for).unwrap();
    let count = |name: &str| batch.counts[name];
    assert_eq!([count("in"), count("out"), count("failed")], [101, 90, 11]);
    assert_eq!(count("answered") + count("partial") + count("abstained"), 90);
    assert_eq!(count("refused"), 70);
    let rows: Vec<Report> = TableReader::open(&dir.path().join("out/reports.parquet")).unwrap().map(Result::unwrap).collect();
    let lines = fs::read_to_string(dir.path().join("out/reports.jsonl")).unwrap();
    let parsed: Vec<Report> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows, parsed);
    let ids: Vec<usize> = rows.iter().map(|report| report.question_id[1..].parse().unwrap()).collect();
    assert!(ids.is_sorted() && ids.len() == 90);
    assert!(
        rows.iter().flat_map(|report| &report.statements).flat_map(|statement| &statement.citations).all(|citation| citation.start != 999)
    );
    assert!(rows.iter().any(|report| report.brief.is_some() && report.status == Status::Partial));
    let failures: Vec<Failure> = TableReader::open(&dir.path().join("out/failures.parquet")).unwrap().map(Result::unwrap).collect();
    assert_eq!(failures.len(), 11);
    assert!(failures.iter().any(|failure| failure.path.ends_with("asked.jsonl:101")), "{failures:?}");
    assert!(run(dir.path(), 100, "out", &|_| unreachable!()).unwrap().unchanged);
}

#[test]
fn a_question_without_a_word_is_not_asked_and_every_format_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("asked.jsonl");
    let ask = |(at, text): (usize, &str)| serde_json::json!({"id": format!("q{}", at + 1), "question": text}).to_string() + "\n";
    let none = ["?!", "\u{0}", "$1", "\u{200b}"];
    fs::write(&path, none.into_iter().chain(["Who?"]).enumerate().map(ask).collect::<String>()).unwrap();
    let answer = |question: &UserQuestion| {
        assert_eq!(question.question, "Who?");
        report_for(question)
    };
    let out = dir.path().join("out");
    let batch = write_reports(&path, &Target::whole(&out, "model", &[]), &answer, &look, &ProgressBar::hidden()).unwrap();
    assert_eq!([batch.counts["in"], batch.counts["wordless"], batch.counts["failed"]], [5, 4, 0]);
    for page in ["report.md", "report.html"] {
        let text = fs::read_to_string(out.join(page)).unwrap();
        assert_eq!(text.matches("no word in it").count(), 4, "{page}");
    }
    let lines = fs::read_to_string(out.join("reports.jsonl")).unwrap();
    let first: Report = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((first.status, first.searches.len(), first.confidence), (Status::Abstained, 0, 0.0));
    let reasons: Vec<Option<String>> = lines.lines().map(|line| serde_json::from_str::<Report>(line).unwrap().reason).collect();
    assert!(reasons[..4].iter().all(|reason| reason.as_ref().is_some_and(|reason| reason.contains("no word in it"))), "{reasons:?}");
    assert!(reasons[4].as_ref().is_none_or(|reason| !reason.contains("no word")), "{reasons:?}");
}

#[test]
fn a_second_batch_into_a_folder_in_use_is_refused_and_the_first_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let batch = run(dir.path(), 3, "out", &|question| {
        if question.id == "q1" {
            let error = run(dir.path(), 3, "out", &report_for).unwrap_err().to_string();
            assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        }
        report_for(question)
    });
    assert_eq!(batch.unwrap().counts["in"], 4);
}

#[test]
fn a_killed_batch_is_completed_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 100, "whole", &report_for).unwrap();
    // The third chunk stops the run, as a full disk or a signal would.
    let stopped = std::panic::catch_unwind(|| {
        run(dir.path(), 100, "killed", &|question| if question.id == "q70" { panic!("killed") } else { report_for(question) })
    });
    assert!(stopped.is_err());
    assert!(!dir.path().join("killed/manifest.json").exists());
    let asked = AtomicUsize::new(0);
    let again = run(dir.path(), 100, "killed", &|question| {
        asked.fetch_add(1, Ordering::Relaxed);
        report_for(question)
    });
    assert!(!again.unwrap().unchanged);
    assert!(asked.into_inner() < 70, "finished chunks were answered again");
    let names = |out: &str| fs::read_dir(dir.path().join(out)).unwrap().map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>();
    assert_eq!(names("whole"), names("killed"));
    for name in names("whole") {
        let read = |out: &str| fs::read(dir.path().join(out).join(&name)).unwrap();
        assert_eq!(read("whole"), read("killed"), "{}", name.display());
    }
}

#[test]
fn a_finished_folder_is_given_the_document_that_it_lacks_and_asks_nothing_again() {
    let dir = tempfile::tempdir().unwrap();
    let docx = [Format::Docx];
    run_as(dir.path(), 100, "at once", &docx, &report_for).unwrap();
    run(dir.path(), 100, "later", &report_for).unwrap();
    assert!(!dir.path().join("later/report.docx").exists());
    let batch = run_as(dir.path(), 100, "later", &docx, &|_| unreachable!()).unwrap();
    assert!(!batch.unchanged && batch.page.ends_with("report.docx"), "{batch:?}");
    for name in ["report.docx", "manifest.json", "report.html"] {
        let read = |out: &str| fs::read(dir.path().join(out).join(name)).unwrap();
        assert!(read("at once") == read("later"), "{name}");
    }
    let manifest = records::RunFolder::manifest(&dir.path().join("later")).unwrap();
    assert!(manifest.shards.iter().any(|shard| shard.file == "report.docx" && shard.rows == 90), "{manifest:?}");
    for formats in [&docx[..], &[], &[Format::Md]] {
        assert!(run_as(dir.path(), 100, "later", formats, &|_| unreachable!()).unwrap().unchanged, "{formats:?}");
    }
}

#[test]
fn a_folder_of_other_questions_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 5, "out", &report_for).unwrap();
    let error = run(dir.path(), 6, "out", &report_for).unwrap_err().to_string();
    assert!(error.contains("out"), "{error}");
}

#[test]
fn a_batch_in_parts_is_the_batch_of_one_process() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 100, "whole", &report_for).unwrap();
    let path = dir.path().join("asked.jsonl");
    let mut folders: Vec<PathBuf> = (0..3).map(|index| dir.path().join(format!("part-{index}"))).collect();
    for (index, out) in folders.iter().enumerate() {
        let target = Target { part: Part { index, of: 3 }, ..Target::whole(out, "model", &[]) };
        let batch = write_reports(&path, &target, &report_for, &look, &ProgressBar::hidden()).unwrap();
        assert!(!batch.unchanged && batch.counts["in"] == batch.counts["out"] + batch.counts["failed"], "{:?}", batch.counts);
        let again = write_reports(&path, &target, &|_| unreachable!(), &look, &ProgressBar::hidden()).unwrap();
        assert!(again.unchanged && again.counts == batch.counts);
    }
    folders.reverse();
    let merged = dir.path().join("merged");
    let parts = records::Parts::open(&folders).unwrap();
    assert!(!merge_reports(&parts, &merged, &ProgressBar::hidden()).unwrap().unchanged);
    for file in ["reports.parquet", "failures.parquet", "reports.jsonl", "report.md", "report.html", "manifest.json", "run.json"] {
        assert_eq!(fs::read(merged.join(file)).unwrap(), fs::read(dir.path().join("whole").join(file)).unwrap(), "{file}");
    }
    assert!(merge_reports(&parts, &merged, &ProgressBar::hidden()).unwrap().unchanged);
    let formats = [Format::Docx];
    run_as(dir.path(), 100, "merged", &formats, &|_| unreachable!()).unwrap();
    assert!(merged.join("report.docx").exists(), "a merged folder is one as any other");
    fs::remove_file(folders[0].join("parts/00002.json")).unwrap();
    let parts = records::Parts::open(&folders).unwrap();
    let said = merge_reports(&parts, &dir.path().join("other"), &ProgressBar::hidden()).unwrap_err().to_string();
    assert!(said.contains("chunk 2") && said.contains("part-2"), "{said}");
}
