//! Recognition: pages of a PDF without a text layer, and pictures, are read by `tesseract` where it is installed; `pdftoppm` (of poppler) draws the pages for it.
//! Both are programs of the system, run one page at a time with limits on memory, processor, output and time; without them such a page is told by its number.
//!
//! Off until a program chooses: what is recognised depends on what is installed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::child;
use super::extract::{Extracted, ExtractedPage, Extraction, recognised_page};
use super::programs::{PAINTER, found, run};
use super::{Container, ReadError, ReadLimits};

/// Dots an inch at which pages are drawn; what tesseract's makers name as enough.
const RESOLUTION: &str = "300";
/// Time for one page, drawn or recognised, by the clock.
const WALL: Duration = Duration::from_secs(120);
/// The program.
const RECOGNISER: &str = "tesseract";

/// When text is recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Never.
    Off,
    /// Where there is no text.
    #[default]
    Auto,
    /// Of every page of a PDF, whatever text layer it has.
    Force,
}

/// How text is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ocr {
    /// When.
    pub when: When,
    /// What tesseract calls the language, or several joined by `+`: `eng`, `deu+eng`.
    pub language: String,
}

impl Default for Ocr {
    fn default() -> Self {
        Self { when: When::Auto, language: "eng".into() }
    }
}

struct Chosen {
    ocr: Ocr,
    recogniser: Option<PathBuf>,
    painter: Option<PathBuf>,
    version: String,
}

/// Chosen once, at the start of a program.
static CHOSEN: OnceLock<Chosen> = OnceLock::new();

/// From now on text is recognised like this. The first choice stays.
///
/// # Errors
/// If the language is none that is installed; what to install.
pub fn recognise(ocr: Ocr) -> Result<(), String> {
    let recogniser = found(RECOGNISER).filter(|_| ocr.when != When::Off);
    let mut version = String::new();
    if let Some(program) = &recogniser {
        let said = |argument: &str| Command::new(program).arg(argument).stdin(Stdio::null()).output();
        let text = |output: std::process::Output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        version = said("--version").map(text).unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        let known = said("--list-langs").map(text).unwrap_or_default();
        let missing = ocr.language.split('+').find(|language| !known.lines().any(|line| line.trim() == *language));
        if let Some(missing) = missing {
            return Err(format!(
                "tesseract has no language {missing:?}: install tesseract-ocr-{missing}, or name another with --ocr-language"
            ));
        }
    }
    let _ = CHOSEN.set(Chosen { ocr, recogniser, painter: found(PAINTER), version });
    Ok(())
}

/// What recognition adds to the identity of what is prepared; nothing where nothing is recognised.
#[must_use]
pub fn identity() -> String {
    let told = |chosen: &Chosen| format!("{:?} {} {}", chosen.ocr.when, chosen.ocr.language, chosen.version);
    CHOSEN.get().filter(|chosen| chosen.recogniser.is_some()).map(told).unwrap_or_default()
}

/// Whether pictures are documents.
#[must_use]
pub fn reads_pictures() -> bool {
    CHOSEN.get().is_some_and(|chosen| chosen.recogniser.is_some())
}

/// Extracts a file, and recognises what of it has no text.
///
/// # Errors
/// As [`child::extract`]; for a picture also if it cannot be recognised.
pub(super) fn extract(kind: Container, bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    if kind == Container::Picture {
        let chosen = CHOSEN.get().and_then(|chosen| Some((chosen, chosen.recogniser.as_ref()?))).ok_or(ReadError::Picture)?;
        let dir = room()?;
        let file = dir.path().join("picture");
        fs::write(&file, bytes).map_err(|error| failed(&error))?;
        let page = recognised(chosen.1, &chosen.0.ocr.language, &file, "picture, recognised")?;
        return Ok(Extraction { document: Some(Extracted { title: None, pages: vec![page] }), ..Extraction::default() });
    }
    let mut extraction = child::extract(kind, bytes, limits)?;
    if let Some(document) = extraction.document.as_mut().filter(|_| kind == Container::Pdf) {
        complete(bytes, document)?;
    }
    Ok(extraction)
}

/// Recognises the pages of a PDF that have no text.
fn complete(bytes: &[u8], document: &mut Extracted) -> Result<(), ReadError> {
    let Some(Chosen { ocr, recogniser: Some(recogniser), painter: Some(painter), .. }) = CHOSEN.get() else { return Ok(()) };
    let wanted = |page: &ExtractedPage| ocr.when == When::Force || page.text.trim().is_empty();
    let pages: Vec<usize> = (0..document.pages.len()).filter(|at| wanted(&document.pages[*at])).collect();
    if pages.is_empty() {
        return Ok(());
    }
    let dir = room()?;
    let file = dir.path().join("file.pdf");
    fs::write(&file, bytes).map_err(|error| failed(&error))?;
    for at in pages {
        let (number, root) = ((at + 1).to_string(), dir.path().join("page"));
        let arguments = ["-r", RESOLUTION, "-gray", "-png", "-singlefile", "-f", &number, "-l", &number].map(OsStr::new);
        run(painter, arguments.into_iter().chain([file.as_os_str(), root.as_os_str()]), WALL)
            .map_err(|reason| ReadError::Child { reason: format!("page {number} could not be drawn: {reason}") })?;
        let picture = root.with_extension("png");
        document.pages[at] = recognised(recogniser, &ocr.language, &picture, &format!("page {number}, recognised"))?;
        let _ = fs::remove_file(picture);
    }
    Ok(())
}

fn room() -> Result<tempfile::TempDir, ReadError> {
    tempfile::tempdir().map_err(|error| failed(&error))
}

fn failed(error: &std::io::Error) -> ReadError {
    ReadError::Child { reason: format!("could not be recognised: a temporary file cannot be written: {error}") }
}

/// The text of a picture, in the order and the paragraphs that tesseract finds.
fn recognised(program: &Path, language: &str, picture: &Path, label: &str) -> Result<ExtractedPage, ReadError> {
    let out = picture.with_file_name("text");
    let arguments = [picture.as_os_str(), out.as_os_str()].into_iter().chain(["-l", language, "tsv"].map(OsStr::new));
    run(program, arguments, WALL).map_err(|reason| ReadError::Child { reason: format!("could not be recognised: {reason}") })?;
    let table = out.with_extension("tsv");
    let text = fs::read_to_string(&table).map_err(|error| failed(&error))?;
    let _ = fs::remove_file(table);
    Ok(page_of(&text, label))
}

/// A page from the table that tesseract writes: `level page_num block_num par_num line_num word_num left top width height conf text`.
fn page_of(table: &str, label: &str) -> ExtractedPage {
    let (mut lines, mut place): (Vec<(bool, String)>, [&str; 3]) = (Vec::new(), [""; 3]);
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let [_, _, block, paragraph, line, .., word] = cells[..] else { continue };
        if cells.len() < 12 || word.trim().is_empty() {
            continue;
        }
        match lines.last_mut().filter(|_| place == [block, paragraph, line]) {
            Some((_, text)) => *text += &format!(" {}", word.trim()),
            None => lines.push((!lines.is_empty() && place[..2] != [block, paragraph], word.trim().to_owned())),
        }
        place = [block, paragraph, line];
    }
    recognised_page(label, &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_lines_and_paragraphs_are_parted() {
        let word =
            |block: u8, paragraph: u8, line: u8, text: &str| format!("5\t1\t{block}\t{paragraph}\t{line}\t1\t0\t0\t9\t9\t96.1\t{text}\n");
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n".to_owned()
            + &word(1, 1, 1, "Lamp")
            + &word(1, 1, 1, "room")
            + &word(1, 1, 2, "No.\t7")
            + &word(1, 2, 1, " ")
            + &word(2, 1, 1, "Oil");
        let page = page_of(&table, "page 3, recognised");
        assert_eq!((page.text.as_str(), page.label.as_str(), page.is_recognised), ("Lamp room\nNo.\t7\n\nOil", "page 3, recognised", true));
        assert_eq!(page.blocks.iter().map(|block| block.blank_before).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!(page_of("", "x").text, "");
    }
}
