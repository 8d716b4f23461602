//! Original and prepared text side by side: for each document of a prepared folder a page, and one page that lists them. For people who want to see
//! what the preparation did to their documents.
//!
//! In: the corpus, and the folder that `tandem prep` made of it. Out: `html/index.html` in that folder and a page for each document, none of which
//! needs a script or anything from elsewhere. On the left stands what the reader saw, what was left out in grey; on the right the sections, repairs in
//! colour; a click on a line shows its other side.

mod index;
mod page;
mod sides;

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Document, Dropped, Failure, Page, Row, Section, TableError, TableReader, read_table, shards};
use thiserror::Error;

use crate::read::{Corpus, CorpusError, Entry, Found, MediaType, ReadLimits, open};
use index::Listed;
use sides::Left;

/// Name of the folder of pages in the prepared one.
const FOLDER: &str = "html";
/// What all pages look like.
const STYLE: &str = include_str!("page.css");

/// The pages cannot be made.
#[derive(Debug, Error)]
pub enum FacingError {
    /// The corpus cannot be opened.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A table of the prepared folder cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A page cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The corpus is another than the one that was prepared.
    #[error("{0}: is in the prepared folder and no longer in the corpus as it was: run `tandem prep` into another folder")]
    Gone(String),
}

/// A document as it was prepared.
#[derive(Default)]
struct Prepared {
    title: Option<String>,
    sections: Vec<Section>,
    dropped: Vec<Dropped>,
    pages: Vec<Page>,
}

/// Writes the pages; the place of the one that lists them. `progress` counts documents.
///
/// # Errors
/// If the corpus or the folder cannot be read, do not belong together, or the pages cannot be written.
pub fn write_facing(corpus: &Path, prepared: &Path, limits: &ReadLimits, progress: &ProgressBar) -> Result<PathBuf, FacingError> {
    let folder = prepared.join(FOLDER);
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| FacingError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let write = |name: &str, html: String| {
        let path = folder.join(name);
        records::write_atomically(&path, html.as_bytes()).map_err(failed(&path))
    };
    let opened = Corpus::open(corpus)?;
    let mut originals = Originals { entries: opened.entries(limits), waiting: VecDeque::new(), limits };
    let mut listed = Vec::new();
    progress.set_message("pages");
    for shard in shards::<Document>(prepared)? {
        let documents: Vec<Document> = TableReader::open(&shard)?.collect::<Result<_, _>>()?;
        let number =
            shard.file_stem().and_then(|name| name.to_str()).and_then(|name| name.rsplit_once('-')).map_or("", |(_, number)| number);
        let mut of_shard = rows_of_shard(prepared, number)?;
        for document in documents {
            let mut found = of_shard.remove(&document.path).unwrap_or_default();
            found.title = document.title;
            let left = if found.pages.is_empty() { originals.lines(&document.path)? } else { sides::of_pages(&found.pages) };
            let name = format!("{:06}.html", listed.len() + 1);
            write(&name, page::page(&document.path, &document.media_type, &found, &left))?;
            listed.push(Listed::of(document.path, name, &found));
            progress.inc(1);
        }
    }
    let failures: Vec<Failure> = read_table(prepared)?.collect::<Result<_, _>>()?;
    write("index.html", index::page(&listed, &failures))?;
    Ok(folder.join("index.html"))
}

/// The rows of a shard's other tables, by document.
fn rows_of_shard(dir: &Path, number: &str) -> Result<HashMap<String, Prepared>, FacingError> {
    let mut out: HashMap<String, Prepared> = HashMap::new();
    for row in rows::<Section>(dir, number)? {
        out.entry(row.path.clone()).or_default().sections.push(row);
    }
    for row in rows::<Dropped>(dir, number)? {
        out.entry(row.path.clone()).or_default().dropped.push(row);
    }
    for row in rows::<Page>(dir, number)? {
        out.entry(row.path.clone()).or_default().pages.push(row);
    }
    Ok(out)
}

/// A shard of a table; nothing where it has none.
fn rows<R: Row + 'static>(dir: &Path, number: &str) -> Result<Vec<R>, FacingError> {
    let path = dir.join(format!("{}-{number}.parquet", R::TABLE));
    if !path.is_file() {
        return Ok(Vec::new());
    }
    Ok(TableReader::open(&path)?.collect::<Result<_, _>>()?)
}

/// The corpus, read once more from its beginning to its end: documents are asked for in its own order.
struct Originals<'a> {
    entries: Box<dyn Iterator<Item = Entry> + Send + 'a>,
    /// What the last entry held and was not asked for.
    waiting: VecDeque<(String, Vec<Left>)>,
    limits: &'a ReadLimits,
}

impl Originals<'_> {
    /// The lines of a document that is text itself.
    fn lines(&mut self, name: &str) -> Result<Vec<Left>, FacingError> {
        loop {
            while let Some((other, lines)) = self.waiting.pop_front() {
                if other == name {
                    return Ok(lines);
                }
            }
            let entry = self.entries.next().ok_or_else(|| FacingError::Gone(name.to_owned()))?;
            let Entry::Source(source) = entry else { continue };
            // What is not this document, and does not hold it, need not be opened.
            let may_hold = name == source.name || name.strip_prefix(&source.name).is_some_and(|rest| rest.starts_with('/'));
            if !may_hold {
                continue;
            }
            for found in open(&source, self.limits) {
                let Found::Document(one) = found else { continue };
                let (name, is_text) = (one.name.clone(), !matches!(one.media_type(), MediaType::Container(_)));
                match is_text.then(|| one.read(self.limits)) {
                    Some(Ok(reading)) => self.waiting.push_back((name, sides::of_reading(reading))),
                    Some(Err(_)) => {}
                    None => self.waiting.push_back((name, Vec::new())),
                }
            }
        }
    }
}
