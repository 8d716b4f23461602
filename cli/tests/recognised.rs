//! Scanned pages and pictures, with programs that stand in for tesseract and poppler's: what they say is cited, verified and told apart, and without them a
//! page without text is told by its number. Pages of a report as they are.
#![cfg(unix)]

mod tandem;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use records::{Dropped, Failure, Page, Report, read_table};
use tandem::{checkout, code, said, text};

/// What is printed on the first page of the PDF.
const PRINTED: &str = "The keeper of the north mole is Rolf Aas.";
/// What the stand-in for tesseract reads in every picture.
const LINES: [&str; 2] = ["The lamp of Vardo was lit by Nora Berg in 1896.", "It burned oil of whales."];

/// A PDF whose second page is a picture.
fn scan() -> Vec<u8> {
    let printed = format!("BT /F1 12 Tf 72 700 Td ({PRINTED}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[5 0 R 7 0 R]/Count 2>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>stream\nx\nendstream".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents 6 0 R>>".to_owned(),
        format!("<</Length {}>>stream\n{printed}\nendstream", printed.len()),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 4 0 R>>>>/Contents 8 0 R>>".to_owned(),
        "<</Length 26>>stream\nq 9 0 0 9 0 0 cm /I Do Q  \nendstream".to_owned(),
    ];
    let (mut out, mut places) = ("%PDF-1.4\n".to_owned(), String::new());
    for (number, object) in (1..).zip(&objects) {
        places += &format!("{:010} 00000 n \n", out.len());
        out += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    out += &format!("xref\n0 9\n0000000000 65535 f \n{places}trailer<</Size 9/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    out.into_bytes()
}

/// A folder with the two programs.
fn programs(dir: &Path) -> PathBuf {
    let bin = dir.join("bin");
    fs::create_dir(&bin).unwrap();
    let row = |at: usize, line: &str| format!("5\\t1\\t1\\t1\\t{at}\\t1\\t0\\t0\\t9\\t9\\t96\\t{line}\\n");
    let rows: String = LINES.iter().enumerate().map(|(at, line)| row(at, line)).collect();
    let tesseract = format!(
        "case $1 in --version) echo tesseract 9; exit;; --list-langs) echo eng; exit;; esac\n[ -s \"$1\" ] || exit 4\nprintf 'level\\n{rows}' > \"$2.tsv\""
    );
    // The head of a picture of 512 by 724 dots.
    let png = r"\211PNG\r\n\032\n\000\000\000\015IHDR\000\000\002\000\000\000\002\324";
    let pdftoppm = format!("for last; do :; done\n[ -s \"$last.pdf\" ] || printf '{png}' > \"$last.png\"");
    let places = |(at, word): (usize, &str)| format!("<word xMin=\"{at}0\" yMin=\"90\" xMax=\"{at}9\" yMax=\"99\">{word}</word>");
    let words: String = PRINTED.split(' ').enumerate().map(places).collect();
    let pdftotext = format!("for last; do :; done\nprintf '%s' '<doc><page width=\"595\" height=\"842\">{words}</page></doc>' > \"$last\"");
    for (name, script) in [("tesseract", tesseract), ("pdftoppm", pdftoppm), ("pdftotext", pdftotext)] {
        let file = bin.join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin
}

/// Runs with these programs and those of the system's shell, and no others.
fn run(bin: &Path, arguments: &[&str]) -> Output {
    let models = checkout().join("data/models");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    command.args(arguments).env("TANDEM_MODELS", models).env("PATH", bin).output().expect("the binary starts")
}

fn corpus(dir: &Path) -> PathBuf {
    let corpus = dir.join("corpus");
    fs::create_dir(&corpus).unwrap();
    fs::write(corpus.join("scan.pdf"), scan()).unwrap();
    fs::write(corpus.join("photo.png"), b"\x89PNG\r\n\x1a\nnothing that a picture has").unwrap();
    corpus
}

#[test]
fn what_is_recognised_is_cited_with_its_page_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let (bin, corpus) = (programs(dir.path()), corpus(dir.path()));
    let [sections, index, report, questions] = ["sections", "index", "report", "q.txt"].map(|name| dir.path().join(name));
    fs::write(&questions, "Who lit the lamp of Vardo?\nWho is the keeper of the north mole?\n").unwrap();
    let prepared = run(&bin, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    assert_eq!(code(&prepared), 0, "{}", said(&prepared));
    let pages: Vec<Page> = read_table::<Page>(&sections).unwrap().map(Result::unwrap).collect();
    let labels: Vec<(&str, &str)> = pages.iter().map(|page| (page.path.as_str(), page.label.as_str())).collect();
    assert_eq!(labels, [("photo.png", "picture, recognised"), ("scan.pdf", "page 1"), ("scan.pdf", "page 2, recognised")]);
    assert_eq!(pages[2].text, LINES.join("\n"));
    assert_eq!(code(&run(&bin, &["index", "--sections", text(&sections), "--out", text(&index)])), 0);
    let asked = ["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"];
    assert_eq!(code(&run(&bin, &asked)), 0);
    let reports: Vec<Report> = read_table::<Report>(&report).unwrap().map(Result::unwrap).collect();
    assert!(reports[0].answer.contains("Nora Berg"), "{:?}", reports[0]);
    let citation = &reports[0].statements[0].citations[0];
    assert!(citation.doc == "photo.png" || citation.page == Some(2), "{citation:?}");
    let verified = run(&bin, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    assert_eq!(code(&verified), 0, "{}", said(&verified));
    // Without the programs nothing can be compared.
    let unverified = run(dir.path(), &["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    assert_eq!(code(&unverified), 3, "{}", said(&unverified));
}

#[test]
fn without_the_programs_a_page_of_pictures_is_told_by_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let (bin, corpus) = (programs(dir.path()), corpus(dir.path()));
    for (name, path, options) in [("none", dir.path(), &[][..]), ("off", bin.as_path(), &["--ocr", "off"][..])] {
        let sections = dir.path().join(name);
        let prepared = run(path, &[&["prep", "--corpus", text(&corpus), "--out", text(&sections)], options].concat());
        assert_eq!(code(&prepared), 0, "{}", said(&prepared));
        let dropped: Vec<Dropped> = read_table::<Dropped>(&sections).unwrap().map(Result::unwrap).collect();
        assert!(dropped.iter().any(|row| row.reason.contains("page 2 has no text: install tesseract-ocr")), "{dropped:?}");
        assert_eq!(read_table::<Page>(&sections).unwrap().count(), 2);
    }
    let unknown = run(&bin, &["prep", "--corpus", text(&corpus), "--out", text(&dir.path().join("x")), "--ocr-language", "deu"]);
    assert!(code(&unknown) == 1 && said(&unknown).contains("tesseract-ocr-deu"), "{}", said(&unknown));
}

#[test]
fn a_page_that_cannot_be_recognised_is_a_failure_and_a_library_remembers_the_language() {
    let dir = tempfile::tempdir().unwrap();
    let (bin, corpus) = (programs(dir.path()), corpus(dir.path()));
    fs::write(bin.join("pdftoppm"), "#!/bin/sh\nexit 9\n").unwrap();
    let sections = dir.path().join("sections");
    let prepared = run(&bin, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    assert_eq!(code(&prepared), 3, "{}", said(&prepared));
    let failures: Vec<Failure> = read_table::<Failure>(&sections).unwrap().map(Result::unwrap).collect();
    assert!(failures.len() == 1 && failures[0].reason.contains("page 2 could not be drawn"), "{failures:?}");
    let library = dir.path().join("library");
    assert_eq!(code(&run(&bin, &["init", text(&library), "--ocr", "off"])), 0);
    let added = run(&bin, &["add", text(&corpus), "--library", text(&library)]);
    assert!(code(&added) == 0 && said(&added).contains("1 prepared"), "{}", said(&added));
    assert!(fs::read_to_string(library.join("tandem.toml")).unwrap().contains("when = \"off\""));
}

#[test]
fn a_report_shows_the_page_with_the_quotation_marked() {
    let dir = tempfile::tempdir().unwrap();
    let (bin, corpus) = (programs(dir.path()), corpus(dir.path()));
    let [sections, index, questions] = ["sections", "index", "q.txt"].map(|name| dir.path().join(name));
    fs::write(&questions, "Who is the keeper of the north mole?\n").unwrap();
    assert_eq!(code(&run(&bin, &["prep", "--corpus", text(&corpus), "--out", text(&sections)])), 0);
    assert_eq!(code(&run(&bin, &["index", "--sections", text(&sections), "--out", text(&index)])), 0);
    let report = |bin: &Path, name: &str, options: &[&str]| {
        let out = dir.path().join(name);
        let asked = ["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&out), "--precision", "0"];
        (run(bin, &[&asked, options].concat()), fs::read_to_string(out.join("report.html")).unwrap_or_default())
    };
    let (made, page) = report(&bin, "with", &["--pages", "--corpus", text(&corpus)]);
    assert_eq!(code(&made), 0, "{}", said(&made));
    let figure = page.split("<figure class=\"page\">").nth(1).expect("the page is shown");
    assert!(
        figure.starts_with("<svg") && figure.contains("href=\"data:image/png;base64,") && figure.contains("viewBox=\"0 0 512 724\""),
        "{figure}"
    );
    // One line of words, one rectangle.
    assert_eq!(figure.split("</figure>").next().unwrap().matches("<rect").count(), 1, "{figure}");
    let (_, plain) = report(&bin, "without", &[]);
    assert!(plain.contains("Rolf Aas") && !plain.contains("<figure"), "{plain}");
    let (refused, _) = report(&bin, "nowhere", &["--pages"]);
    assert!(code(&refused) == 1 && said(&refused).contains("--corpus"), "{}", said(&refused));
    let (refused, _) = report(dir.path(), "nothing", &["--pages", "--corpus", text(&corpus)]);
    assert!(code(&refused) == 1 && said(&refused).contains("install poppler-utils"), "{}", said(&refused));
}
