//! Gold for what preparation does: recognised text beside true text, pages with strings that must stay and go, texts with boundaries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::collection::read_text;
use super::task::{Items, Page, Pair, PartedText};
use super::{Format, QuestionFile, SuiteFile, passages};
use crate::EvalError;

/// Refuses a layout that the suite's kind does not read.
fn expect(part: &QuestionFile, wanted: Format, data: &Path, kind: &str, name: &str) -> Result<PathBuf, EvalError> {
    let path = data.join(&part.path);
    if part.format == wanted { Ok(path) } else { Err(EvalError::input(&path, format!("a suite of kind {kind:?} reads format {name:?}"))) }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Pairs of damaged and gold text: tab-separated lines under a header with `input` and `output`; `id` names a row if it is there. A quote that the
/// file's writer escaped (`\"`) is read as the quote.
///
/// # Errors
/// If a file is missing, has no such header, or a line has too few columns.
pub(super) fn pairs(file: SuiteFile, data: PathBuf) -> Result<Items<Pair>, EvalError> {
    let mut out = Vec::new();
    for part in &file.files {
        let path = expect(part, Format::OcrTsv, &data, "repair", "ocr_tsv")?;
        let text = read_text(&path)?;
        let mut lines = text.lines().enumerate();
        let header: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').map(str::trim).collect()).unwrap_or_default();
        let column = |name: &str| header.iter().position(|column| *column == name);
        let (Some(input), Some(output)) = (column("input"), column("output")) else {
            return Err(EvalError::input(&path, "the first line names no columns `input` and `output`"));
        };
        let kind = stem(&path);
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (Some(damaged), Some(gold)) = (columns.get(input), columns.get(output)) else {
                return Err(EvalError::input(&path, format!("line {}: fewer columns than the header names", number + 1)));
            };
            let unescaped = |text: &str| text.trim().replace("\\\"", "\"");
            out.push(Pair { id: format!("{kind}/{number}"), kind: kind.clone(), damaged: unescaped(damaged), gold: unescaped(gold) });
        }
    }
    Items::split(file, data, out)
}

#[derive(Deserialize)]
struct PageStrings {
    file: String,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
}

/// Pages in the order of their file names.
///
/// # Errors
/// If the list or a page is missing.
pub(super) fn pages(file: SuiteFile, data: PathBuf) -> Result<Items<Page>, EvalError> {
    let mut out = Vec::new();
    for part in &file.files {
        let path = expect(part, Format::Evaldata, &data, "extraction", "evaldata")?;
        let folder = data.join(part.pages.as_deref().unwrap_or(Path::new("html")));
        for (_, page) in passages::read::<BTreeMap<String, PageStrings>>(&path)? {
            let path = folder.join(&page.file);
            if !path.is_file() {
                return Err(EvalError::input(&path, "no such page: name the folder of the pages as `pages` in the suite"));
            }
            out.push(Page { id: page.file, path, stay: page.with, go: page.without });
        }
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    Items::split(file, data, out)
}

/// Texts cut into parts: a sentence a line, a line of `=` before, between or behind parts.
///
/// # Errors
/// If a file is missing or a folder holds none.
pub(super) fn texts(file: SuiteFile, data: PathBuf) -> Result<Items<PartedText>, EvalError> {
    let mut out = Vec::new();
    for part in &file.files {
        let path = expect(part, Format::Ref, &data, "segmentation", "ref")?;
        let mut files = Vec::new();
        if path.is_dir() {
            find_ref(&path, &mut files)?
        } else {
            files.push(path.clone())
        }
        if files.is_empty() {
            return Err(EvalError::input(&path, "holds no .ref file"));
        }
        files.sort();
        for found in files {
            let id = found.strip_prefix(&data).unwrap_or(&found).display().to_string();
            let kind = found.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            out.push(parted(&read_text(&found)?, id, kind));
        }
    }
    Items::split(file, data, out)
}

fn find_ref(folder: &Path, out: &mut Vec<PathBuf>) -> Result<(), EvalError> {
    for entry in std::fs::read_dir(folder).map_err(EvalError::io(folder))? {
        let path = entry.map_err(EvalError::io(folder))?.path();
        if path.is_dir() && !path.is_symlink() {
            find_ref(&path, out)?;
        } else if path.extension().is_some_and(|kind| kind == "ref") {
            out.push(path);
        }
    }
    Ok(())
}

fn parted(text: &str, id: String, kind: String) -> PartedText {
    let is_mark = |line: &str| line.len() >= 3 && line.chars().all(|c| c == '=');
    let (mut units, mut boundaries, mut ended) = (Vec::new(), Vec::new(), false);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if is_mark(line) {
            ended = true;
            continue;
        }
        if !units.is_empty() {
            boundaries.push(ended);
        }
        units.push(line.to_owned());
        ended = false;
    }
    PartedText { id, kind, units, boundaries }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Task, suite_of};

    fn open(kind: &str, files: &[(&str, &str)], part: &str) -> Result<Task, EvalError> {
        let (dir, path) = suite_of(files, &format!("name='p'\nkind='{kind}'\ndata='.'\n[[files]]\n{part}"));
        Ok(Task::open(&path, None, dir.path())?.unwrap())
    }

    const NO_TUNING: &str = "[tuning]\nenabled=false\n";

    #[test]
    fn pairs_come_from_the_named_columns() {
        let tsv = "id\tinput\toutput\tcer\n7\t tbe \\\"cat\\\"\tthe \"cat\"\t0.1\n";
        let part = format!("path='a.tsv'\nformat='ocr_tsv'\n{NO_TUNING}");
        let Task::Repair(items) = open("repair", &[("a.tsv", tsv)], &part).unwrap() else { panic!() };
        assert_eq!(
            (items.test[0].damaged.as_str(), items.test[0].gold.as_str(), items.test[0].kind.as_str()),
            ("tbe \"cat\"", "the \"cat\"", "a")
        );
        let error = open("repair", &[("a.tsv", "one\ttwo\nx\ty\n")], &part).unwrap_err().to_string();
        assert!(error.contains("a.tsv") && error.contains("input"), "{error}");
        let error = open("repair", &[("a.tsv", "input\toutput\nx\n")], &part).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn the_first_pages_by_name_tune_and_a_missing_page_is_named() {
        let list = r#"{"u1":{"file":"b.html","with":["x"],"without":["y"]},"u2":{"file":"a.html","with":[],"without":[]}}"#;
        let part = "path='e.json'\nformat='evaldata'\n[tuning]\nfirst=1\n";
        let Task::Extraction(items) = open("extraction", &[("e.json", list), ("html/a.html", ""), ("html/b.html", "")], part).unwrap()
        else {
            panic!()
        };
        assert_eq!((items.development[0].id.as_str(), items.test[0].id.as_str(), items.test.len()), ("a.html", "b.html", 1));
        let error = open("extraction", &[("e.json", list), ("html/a.html", "")], part).unwrap_err().to_string();
        assert!(error.contains("b.html") && error.contains("pages"), "{error}");
    }

    #[test]
    fn boundaries_stand_between_sentences() {
        let part = format!("path='.'\nformat='ref'\n{NO_TUNING}");
        let Task::Segmentation(items) =
            open("segmentation", &[("3-5/1.ref", "==========\nOne.\nTwo.\n==========\nThree.\n==========\n")], &part).unwrap()
        else {
            panic!()
        };
        let text = &items.test[0];
        assert_eq!((text.units.len(), text.boundaries.as_slice(), text.kind.as_str()), (3, [false, true].as_slice(), "3-5"));
        assert!(open("segmentation", &[("a.txt", "x")], &part).unwrap_err().to_string().contains(".ref"));
    }

    #[test]
    fn nothing_left_to_score_is_an_error_with_the_remedy() {
        let error = open("repair", &[("a.tsv", "input\toutput\nx\ty\n")], "path='a.tsv'\nformat='ocr_tsv'\n[tuning]\nfirst=5\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("[tuning]"), "{error}");
    }
}
