//! Web pages to learn from what they are about: real ones with strings that must stay and go, and documents of the corpora put into plain
//! pages, all of which must stay.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use records::Line;
use serde::Deserialize;

use super::DataError;
use super::rendered::{page_of, site_of};
use crate::model::{CONTENT_FEATURES, PageFeatures};
use crate::read::{Corpus, Entry, MediaType, ReadLimits, Reading, read, read_bytes};

/// Pages of the set that may be learned from: the first by name; the others only measure (`eval/suites/html.toml`).
pub const TRAINING_PAGES: usize = 100;
/// Weight of a line whose label people wrote, beside 1 for one that was taken from the teacher.
const KNOWN: f32 = 3.0;
/// Links of the navigation of a page that was made.
const LINKS: usize = 24;

/// A page ready to learn from.
#[derive(Clone, Debug, Default)]
pub struct LabelledPage {
    /// `[lines, CONTENT_FEATURES]`
    pub features: Vec<f32>,
    /// For each line 1 if it is content, 0 if not.
    pub targets: Vec<f32>,
    /// What each line counts.
    pub weights: Vec<f32>,
}

#[derive(Deserialize)]
struct Strings {
    file: String,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
}

fn unusable(path: &Path, reason: impl ToString) -> DataError {
    DataError::Unusable { path: path.to_path_buf(), reason: reason.to_string() }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, DataError> {
    let bytes = fs::read(path).map_err(|error| unusable(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| unusable(path, error))
}

/// The training pages of `dir` (`evaldata.json` and `html/`). `teacher` maps the name of a page to the text that another extractor made of it.
///
/// # Errors
/// If a file is missing or broken, or the teacher says nothing of a page.
pub fn real_pages(dir: &Path, teacher: &Path) -> Result<Vec<LabelledPage>, DataError> {
    let mut pages: Vec<Strings> = json::<BTreeMap<String, Strings>>(&dir.join("evaldata.json"))?.into_values().collect();
    pages.sort_by(|a, b| a.file.cmp(&b.file));
    let taught: BTreeMap<String, String> = json(teacher)?;
    let page = |strings: &Strings| -> Result<LabelledPage, DataError> {
        let path = dir.join("html").join(&strings.file);
        let bytes = fs::read(&path).map_err(|error| unusable(&path, error))?;
        let reading = read_bytes(MediaType::Html, &bytes, &ReadLimits::default()).map_err(|error| unusable(&path, error))?;
        let text = taught.get(&strings.file).ok_or_else(|| unusable(teacher, format!("says nothing of {}", strings.file)))?;
        Ok(labelled(&reading, &aligned(&reading.lines, text), strings))
    };
    pages.iter().take(TRAINING_PAGES).map(page).collect()
}

/// Twice: at most `most` documents of the folders, put into pages of many kinds that hold nothing else, and into pages with navigation made of
/// headings of other documents.
///
/// # Errors
/// If a folder cannot be read or holds no document with mark-up.
pub fn rendered_pages(folders: &[PathBuf], most: usize) -> Result<Vec<LabelledPage>, DataError> {
    let (mut out, limits, mut headings) = (Vec::new(), ReadLimits::default(), Vec::new());
    for folder in folders {
        let corpus = Corpus::open(folder).map_err(|error| unusable(&error.path, &error.reason))?;
        let is_marked_up = |entry| match entry {
            Entry::Source(source) if matches!(source.media_type, MediaType::Markdown | MediaType::Rst) => Some(source),
            _ => None,
        };
        let sources: Vec<_> = corpus.entries(&limits).filter_map(is_marked_up).collect();
        if sources.is_empty() {
            return Err(unusable(folder, "holds no Markdown or reStructuredText"));
        }
        let wanted = most.div_ceil(folders.len());
        for (at, source) in sources.iter().step_by(sources.len().div_ceil(wanted)).enumerate() {
            let bytes = source.load(&limits).map_err(|failure| unusable(folder, failure.reason))?;
            let Ok(document) = read(source, &bytes, &limits) else { continue };
            let whole = page_of(&document, at as u64);
            out.extend(rendered(&whole, &(0..whole.len())));
            if headings.len() > LINKS {
                let (site, place) = site_of(&document, at as u64, &headings[headings.len() - LINKS..]);
                out.extend(rendered(&site, &place));
            }
            let is_heading =
                |line: &&Line| line.hints.html_path.rsplit('/').next().is_some_and(|name| name.len() == 2 && name.starts_with('h'));
            headings.extend(document.lines.iter().filter(is_heading).take(LINKS / 3).map(|line| line.text.clone()));
        }
    }
    Ok(out)
}

/// A page whose document stands at `place`: nothing else stays.
fn rendered(page: &str, place: &Range<usize>) -> Option<LabelledPage> {
    let reading = read_bytes(MediaType::Html, page.as_bytes(), &ReadLimits::default()).ok()?;
    let stays: Vec<bool> = reading.lines.iter().map(|line| place.contains(&(line.raw_start as usize))).collect();
    Some(labelled(&reading, &stays, &Strings { file: String::new(), with: Vec::new(), without: Vec::new() }))
}

/// A page with its labels: those of people where a string tells, else the teacher's.
fn labelled(reading: &Reading, taught: &[bool], strings: &Strings) -> LabelledPage {
    let lines = &reading.lines;
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let (stay, go): (Vec<String>, Vec<String>) =
        (strings.with.iter().map(|text| plain(text)).collect(), strings.without.iter().map(|text| plain(text)).collect());
    let features = PageFeatures::new(lines, &reading.outline, reading.title.as_deref()).rows(0..lines.len());
    let mut page = LabelledPage { features, ..LabelledPage::default() };
    for (line, taught) in lines.iter().zip(taught) {
        let text = plain(&line.text);
        let holds = |strings: &[String]| strings.iter().any(|string| !string.is_empty() && text.contains(string));
        let known = if holds(&stay) { Some(true) } else { holds(&go).then_some(false) };
        page.targets.push(f32::from(u8::from(known.unwrap_or(*taught))));
        // Long lines count more, long pages less than their lines do: a page of a thousand comments is one page.
        let length = (1.0 + line.text.len() as f32).ln() / (lines.len() as f32).sqrt();
        page.weights.push(length * if known.is_some() { KNOWN } else { 1.0 });
    }
    debug_assert_eq!(page.features.len(), lines.len() * CONTENT_FEATURES);
    page
}

/// Which lines stand in a text, in its order: the alignment of lines with its lines that covers most characters. One may stand in the other.
fn aligned(lines: &[Line], text: &str) -> Vec<bool> {
    let words = |text: &str| {
        let words = text::words(text).map(|word| text[word].to_lowercase()).collect::<Vec<_>>().join(" ");
        format!(" {words} ")
    };
    let ours: Vec<String> = lines.iter().map(|line| words(&line.text)).collect();
    let theirs: Vec<String> = text.lines().map(words).filter(|line| !line.trim().is_empty()).collect();
    let shared = |ours: &str, theirs: &str| {
        if ours.trim().is_empty() {
            0
        } else if theirs.contains(ours) {
            ours.len()
        } else if ours.contains(theirs) {
            theirs.len()
        } else {
            0
        }
    };
    let width = theirs.len() + 1;
    let mut best = vec![0; (ours.len() + 1) * width];
    for (i, line) in ours.iter().enumerate() {
        for (j, other) in theirs.iter().enumerate() {
            best[(i + 1) * width + j + 1] = (best[i * width + j + 1] + shared(line, other)).max(best[(i + 1) * width + j]);
        }
    }
    let mut found = vec![false; ours.len()];
    let (mut i, mut j) = (ours.len(), theirs.len());
    while i > 0 && j > 0 {
        if best[i * width + j] == best[i * width + j - 1] {
            j -= 1;
        } else {
            found[i - 1] = shared(&ours[i - 1], &theirs[j - 1]) > 0;
            i -= 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(page: &str) -> Reading {
        read_bytes(MediaType::Html, page.as_bytes(), &ReadLimits::default()).unwrap()
    }

    #[test]
    fn a_text_is_found_in_its_order_and_people_overrule_it() {
        let reading = reading("<p>Share</p><h1>The ferry</h1><p>It leaves at nine.</p><p>Share</p><p>It returns.</p><p>Home</p>");
        let taught = aligned(&reading.lines, "The ferry\nIt leaves at nine.\nShare\nIt returns.");
        assert_eq!(taught, [false, true, true, true, true, false]);
        let strings = Strings { file: String::new(), with: vec!["leaves  AT".into()], without: vec!["returns".into()] };
        let page = labelled(&reading, &taught, &strings);
        assert_eq!(page.targets, [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert!(page.weights[4] > page.weights[1] && page.features.iter().all(|value| value.abs() <= 2.0));
    }
}
