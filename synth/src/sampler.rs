//! A page to read a data set by: some documents, raw and clean side by side, with every fact that a question hangs on highlighted where it
//! stands; below them the questions, fact by fact. A corpus data set brings no raw files: only the sections that hold a fact are shown.
//!
//! The page is one file without scripts; whatever a document says is shown, never obeyed.

mod marks;
mod page;
mod pick;

use std::fs;
use std::path::Path;

use records::{Document, RunFolder};

use crate::SynthError;
use crate::card::count;
use marks::escaped;

/// Style of the page: colours for light and dark, fonts of the reader's system.
const STYLE: &str = include_str!("../pages/sampler.css");

/// The page for the finished data set in `run_dir` with up to `documents` of its documents, chosen over all formats, clean and damaged ones,
/// among those that questions are about. The same for the same tables.
///
/// # Errors
/// If the run has not finished, or a table or raw file cannot be read.
pub fn sample_page(run_dir: &Path, documents: usize) -> Result<String, SynthError> {
    let manifest = RunFolder::manifest(run_dir)?;
    let picked = pick::documents(run_dir, documents)?;
    let of = |name: &str| count(manifest.counts.get(name).copied().unwrap_or(0));
    let title = picked.first().map_or("an empty data set", |first| first.document.corpus.as_str());
    let has_raw = run_dir.join("raw").is_dir();
    let damage = if has_raw { " <span class=\"damage\">damaged place</span>" } else { "" };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Samples of {0}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Samples of {0}</h1>\n<p>{1} questions about {2} documents, seed {3}; {4} documents are shown.</p>\n<p class=\"key\"><span class=\"sentence\">sentence of a fact</span> <mark>value that answers</mark>{damage}</p>\n</header>\n",
        escaped(title),
        of("questions"),
        of("documents"),
        manifest.seed,
        picked.len()
    );
    for (number, one) in picked.iter().enumerate() {
        let raw = raw_file(run_dir, &one.document)?;
        page.push_str(&page::document(number + 1, one, raw.as_deref()));
    }
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

/// The bytes of a document, where the data set brings them.
fn raw_file(run_dir: &Path, document: &Document) -> Result<Option<Vec<u8>>, SynthError> {
    let raw = run_dir.join("raw");
    if !raw.is_dir() {
        return Ok(None);
    }
    let path = raw.join(&document.path);
    fs::read(&path).map(Some).map_err(SynthError::io(&path))
}
