//! Looking at the registered paths: what is there, and the hash of each document's bytes. A file is not read where its size and times are those
//! recorded at an earlier look and lie well before that look; the times of a file that was just written may not tell the next write apart.
//!
//! The look is kept in `seen-00000.parquet`. It saves reading and nothing else: without it every file is read once more.

mod glance;
mod stamp;

use std::collections::HashMap;
use std::path::Path;
use std::time::SystemTime;

use indicatif::ProgressBar;
use prep_model::read::{Corpus, Entry, Found, ReadLimits, Source, open};
use rayon::prelude::*;
use records::{Row, TableReader, TableWriter};
use serde::{Deserialize, Serialize};

pub use glance::glance;
pub use stamp::Stamp;
pub(super) use stamp::nanoseconds;

use super::settings::{MARKER, Registered, Settings};
use super::{LibraryError, State};

/// One thing that was met under a registered path: a row of `seen`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its name in the library.
    pub name: String,
    /// The name of its source.
    pub source: String,
    /// The name of the file that it lies in: its own, but for what an archive or a mail holds; empty where no file was looked into.
    pub file: String,
    /// A document (`prepared`), or why it is none.
    pub state: State,
    /// More about why; empty for a document.
    pub reason: String,
    /// blake3 of the bytes, in hex; empty where they were not read.
    pub doc_id: String,
    /// How the bytes are read.
    pub reader: String,
    /// The title that a record of a `.jsonl` brings.
    pub title: Option<String>,
    /// Size of the document in bytes.
    pub bytes: u64,
    /// Size and times of the file that it lies in.
    pub stamp: Stamp,
    /// When the file was read, in nanoseconds since 1970; 0 where it was not.
    pub read: u64,
}

impl Row for Seen {
    const TABLE: &'static str = "seen";
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Look {
    /// Everything met, by source and name.
    pub rows: Vec<Seen>,
    /// Files that had to be read.
    pub read: u64,
    /// What the user should know: registered paths that have gone.
    pub warnings: Vec<String>,
}

/// An earlier look.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Rows of each file, in order.
    files: HashMap<String, Vec<Seen>>,
    /// Rows of each `.jsonl`, in order.
    records: HashMap<String, Vec<Seen>>,
}

impl Earlier {
    /// The one kept in a folder; none of it if that is missing or broken.
    #[must_use]
    pub fn load(dir: &Path) -> Self {
        let Ok(table) = TableReader::<Seen>::open(&dir.join("seen-00000.parquet")) else { return Self::default() };
        let mut earlier = Self::default();
        for row in table {
            let Ok(row) = row else { return Self::default() };
            if row.reader == RECORDS {
                earlier.records.entry(row.source.clone()).or_default().push(row);
            } else {
                earlier.files.entry(row.file.clone()).or_default().push(row);
            }
        }
        earlier
    }

    /// Whether a file was read since it was last written, as far as can be told.
    fn knows(row: &Seen, path: &Path) -> bool {
        Stamp::of(path).is_some_and(|now| row.stamp.holds(&now, row.read))
    }
}

/// Why a document is left out that the user has named.
const EXCLUDED: &str = "left out on request";
/// What [`Seen::reader`] is for records.
const RECORDS: &str = "records";

/// Writes a look for the next one.
///
/// # Errors
/// If the disk refuses.
pub fn save(dir: &Path, rows: &[Seen]) -> Result<(), LibraryError> {
    let mut table = TableWriter::<Seen>::create(dir, 0)?;
    table.extend(rows.iter().cloned())?;
    table.finish()?;
    Ok(())
}

/// Looks at every registered path. `progress` counts what was met.
///
/// # Errors
/// None for a path or a file: these become rows and warnings.
#[must_use]
pub fn look(settings: &Settings, library: &Path, earlier: &Earlier, progress: &ProgressBar) -> Look {
    let mut look = Look::default();
    let read = nanoseconds(SystemTime::now());
    for source in &settings.sources {
        let looking = Looking { source, library, earlier, read, limits: ReadLimits::default() };
        match Corpus::open(&source.path) {
            Ok(corpus) if corpus.is_records() => looking.records(&corpus, &mut look, progress),
            Ok(corpus) => looking.files(&corpus, &mut look, progress),
            Err(_) if !source.path.exists() => {
                let path = source.path.display();
                look.warnings.push(format!("{path} is gone and its documents with it: `tandem remove {path}` forgets it"));
            }
            Err(error) => look.rows.push(looking.row(source.name.clone(), State::Failed, error.reason)),
        }
        if look.rows.last().is_none_or(|row| row.source != source.name) && source.path.exists() {
            look.warnings.push(format!("{} holds no file yet: put documents there and run `tandem update`", source.path.display()));
        }
    }
    look
}

/// One source being looked at.
struct Looking<'a> {
    source: &'a Registered,
    library: &'a Path,
    earlier: &'a Earlier,
    read: u64,
    limits: ReadLimits,
}

impl Looking<'_> {
    fn row(&self, name: String, state: State, reason: impl Into<String>) -> Seen {
        let source = self.source.name.clone();
        let (file, doc_id, reader, title, stamp) = (String::new(), String::new(), String::new(), None, Stamp::default());
        Seen { name, source, file, state, reason: reason.into(), doc_id, reader, title, bytes: 0, stamp, read: 0 }
    }

    fn files(&self, corpus: &Corpus, look: &mut Look, progress: &ProgressBar) {
        let entries: Vec<Entry> = corpus.entries(&self.limits).collect();
        progress.inc_length(entries.len() as u64);
        let is_file = corpus.root().is_file();
        let one = |entry: Entry| {
            let rows = self.entry(entry, is_file);
            progress.inc(1);
            rows
        };
        let rows: Vec<Seen> = entries.into_par_iter().flat_map_iter(one).collect();
        look.read += rows.iter().filter(|row| row.read == self.read && row.name == row.file).count() as u64;
        look.rows.extend(rows);
    }

    /// `is_file` where the source is one file, whose document has the name of the source, or whose parts are named under it.
    fn entry(&self, entry: Entry, is_file: bool) -> Vec<Seen> {
        // What a file holds in parts has the file's name in its own.
        let inside = |name: &str| name.split_once('/').map(|(_, inside)| inside.to_owned());
        let named = |name: &str| match (is_file, inside(name)) {
            (true, None) => self.source.name.clone(),
            (true, Some(inside)) => self.source.named(&inside),
            (false, _) => self.source.named(name),
        };
        let row = match entry {
            Entry::Skipped { path, reason } => self.row(named(&path), State::Skipped, reason),
            Entry::Failed(failure) => self.row(named(&failure.path), State::Failed, failure.reason),
            Entry::Source(source) if source.file().is_some_and(|file| file == self.library.join(MARKER)) => {
                self.row(named(&source.name), State::Skipped, "settings of a library")
            }
            Entry::Source(source) if !is_file && self.source.excludes(&source.name) => {
                self.row(named(&source.name), State::Excluded, EXCLUDED)
            }
            Entry::Source(source) => return self.file(&source, named(&source.name)),
        };
        vec![row]
    }

    /// A file, and what lies in it if it is an archive or a mail.
    fn file(&self, source: &Source, name: String) -> Vec<Seen> {
        let path = source.file().unwrap_or(Path::new(""));
        // Read before the bytes are: a write in between makes another stamp, and the file is read again next time.
        let stamp = Stamp::of(path).unwrap_or_default();
        let is_known = |rows: &&Vec<Seen>| rows.first().is_some_and(|row| row.stamp == stamp && Earlier::knows(row, path));
        let mut rows = match self.earlier.files.get(&name).filter(is_known) {
            Some(rows) => rows.clone(),
            None => {
                let found = open(source, &self.limits).into_iter().map(|found| self.found(found, &source.name, &name));
                found.map(|row| Seen { file: name.clone(), stamp, read: self.read, ..row }).collect()
            }
        };
        rows.iter_mut().for_each(|row| self.settle(row));
        rows
    }

    /// What a file that its reader calls `called` was found to hold.
    fn found(&self, found: Found, called: &str, name: &str) -> Seen {
        let named = |found: &str| format!("{name}{}", found.strip_prefix(called).unwrap_or_default());
        match found {
            Found::Skipped { path, reason } => self.row(named(&path), State::Skipped, reason),
            Found::Failed(failure) => self.row(named(&failure.path), State::Failed, failure.reason),
            Found::Document(document) => {
                let (state, reason) = if document.is_empty() { (State::Empty, "holds no text") } else { (State::Prepared, "") };
                let (reader, bytes) = (document.media_type().name().to_owned(), document.bytes);
                Seen { doc_id: document.doc_id.clone(), reader, bytes, ..self.row(named(&document.name), state, reason) }
            }
        }
    }

    /// Leaves a document out that the user has named, or takes it back: what is known of it may be from before.
    fn settle(&self, row: &mut Seen) {
        let inside = row.name.strip_prefix(&self.source.name).and_then(|rest| rest.strip_prefix('/'));
        let excluded = inside.is_some_and(|inside| self.source.excludes(inside));
        match row.state {
            State::Prepared if excluded => (row.state, row.reason) = (State::Excluded, EXCLUDED.into()),
            State::Excluded if !excluded => (row.state, row.reason) = (State::Prepared, String::new()),
            _ => {}
        }
    }

    fn document(&self, source: &Source, name: String, bytes: &[u8]) -> Seen {
        let is_empty = bytes.trim_ascii().is_empty();
        let (state, reason) = if is_empty { (State::Empty, "holds no text") } else { (State::Prepared, "") };
        let doc_id = blake3::hash(bytes).to_hex().to_string();
        let size = bytes.len() as u64;
        Seen { doc_id, reader: RECORDS.into(), title: source.title.clone(), bytes: size, ..self.row(name, state, reason) }
    }

    /// The records of a `.jsonl`, which is read as a whole or not at all.
    fn records(&self, corpus: &Corpus, look: &mut Look, progress: &ProgressBar) {
        let stamp = Stamp::of(corpus.root()).unwrap_or_default();
        let known = self.earlier.records.get(&self.source.name);
        let whole = |rows: &&Vec<Seen>| rows.first().is_some_and(|row| Earlier::knows(row, corpus.root()));
        let mut rows = match known.filter(whole) {
            Some(rows) => rows.clone(),
            None => {
                look.read += 1;
                let entries = corpus.entries(&self.limits);
                entries.map(|entry| Seen { reader: RECORDS.into(), stamp, read: self.read, ..self.record(entry) }).collect()
            }
        };
        rows.iter_mut().for_each(|row| self.settle(row));
        progress.inc_length(rows.len() as u64);
        progress.inc(rows.len() as u64);
        look.rows.extend(rows);
    }

    fn record(&self, entry: Entry) -> Seen {
        match entry {
            Entry::Source(source) => match source.load(&self.limits) {
                Ok(bytes) => self.document(&source, self.source.named(&source.name), &bytes),
                Err(failure) => self.row(self.source.named(&source.name), State::Failed, failure.reason),
            },
            Entry::Skipped { path, reason } => self.row(self.source.named(&path), State::Skipped, reason),
            Entry::Failed(failure) => {
                let line = failure.path.rsplit_once(':').map_or("", |(_, line)| line);
                self.row(format!("{}:{line}", self.source.name), State::Failed, failure.reason)
            }
        }
    }
}

#[cfg(test)]
mod tests;
