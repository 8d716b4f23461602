//! What a user names as a corpus: a folder, one file, or a `.jsonl` of clean texts. It is walked in sorted order, and every file met is
//! a source, a skip with its reason, or a failure; none is passed over in silence.

mod identity;
mod jsonl;
mod mailbox;
mod names;
mod walk;

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use records::Failure;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::jsonl::Records;
use self::names::shown;
use self::walk::{extension, kind_of, walk};
use super::MediaType;

/// Limits that keep memory bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadLimits {
    /// Largest file or record that is read, in bytes.
    pub bytes: u64,
    /// Most lines a document may have.
    pub lines: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { bytes: 64 << 20, lines: 1_000_000 }
    }
}

/// A corpus cannot be opened.
#[derive(Debug, Error)]
#[error("{}: {reason}", path.display())]
pub struct CorpusError {
    /// What the user named.
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub reason: String,
}

/// One document that can be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// Path under the corpus folder with `/` between its parts (bytes that are no UTF-8 as `\xDF`), or the `id` of a record.
    pub name: String,
    /// How it is read.
    pub media_type: MediaType,
    /// Size in bytes, before reading.
    pub bytes: u64,
    /// Title, where the record of a `.jsonl` brings one.
    pub title: Option<String>,
    content: Content,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Content {
    File(PathBuf),
    /// Some bytes of a file.
    Part(PathBuf, Range<u64>),
    Text(String),
}

impl Source {
    /// A text that is already clean.
    #[must_use]
    pub fn clean(name: String, title: Option<String>, text: String) -> Self {
        Self { name, media_type: MediaType::Clean, bytes: text.len() as u64, title, content: Content::Text(text) }
    }

    /// The file it lies in; none for a record of a `.jsonl`.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path) | Content::Part(path, _) => Some(path),
            Content::Text(_) => None,
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// If the file cannot be read or is larger than the limit.
    pub fn load(&self, limits: &ReadLimits) -> Result<Vec<u8>, Failure> {
        let bytes = match &self.content {
            Content::Text(text) => text.clone().into_bytes(),
            Content::File(path) => {
                read_bounded(path, 0..u64::MAX, limits.bytes).map_err(|error| Failure::new(&self.name, "read", error))?
            }
            Content::Part(path, range) => {
                read_bounded(path, range.clone(), limits.bytes).map_err(|error| Failure::new(&self.name, "read", error))?
            }
        };
        if bytes.len() as u64 > limits.bytes {
            let megabytes = limits.bytes as f64 / f64::from(1 << 20);
            let reason = format!("larger than the limit of {megabytes:.0} MB: split it, or raise the limit");
            return Err(Failure::new(&self.name, "read", reason));
        }
        Ok(bytes)
    }
}

fn read_bounded(path: &Path, range: Range<u64>, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len().min(range.end).saturating_sub(range.start);
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::with_capacity(size.min(limit) as usize + 1);
    file.take((limit + 1).min(range.end - range.start)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a walk meets.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A document.
    Source(Source),
    /// A file that is not read, with the reason: its path and `extension .png`, `hidden`, ...
    Skipped {
        /// The path, as [`Source::name`].
        path: String,
        /// Why.
        reason: String,
    },
    /// Something that should have been read and cannot be.
    Failed(Failure),
}

/// An opened corpus.
#[derive(Clone, Debug)]
pub struct Corpus {
    root: PathBuf,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Folder(Vec<Entry>),
    File(Source),
    Records,
}

impl Corpus {
    /// Opens a folder (walking it), a `.jsonl` file, or a single document.
    ///
    /// # Errors
    /// If nothing is there, or it is a file of a kind no reader knows.
    pub fn open(path: &Path) -> Result<Self, CorpusError> {
        let error = |reason: String| CorpusError { path: path.to_path_buf(), reason };
        let metadata = fs::metadata(path).map_err(|source| error(format!("{source}: name a folder, a .jsonl or a document")))?;
        let kind = if metadata.is_dir() {
            Kind::Folder(walk(path).map_err(|source| error(source.to_string()))?)
        } else if extension(path) == "jsonl" {
            File::open(path).map_err(|source| error(source.to_string()))?;
            Kind::Records
        } else {
            let known = "name a text, Markdown, HTML, PDF, office, mail or archive file, or a .jsonl";
            let media_type = kind_of(path).ok_or_else(|| error(format!("no reader knows this kind of file: {known}")))?;
            let name = shown(path.file_name().unwrap_or_default());
            let content = Content::File(path.to_path_buf());
            let mut entries = mailbox::in_parts(Source { name, media_type, bytes: metadata.len(), title: None, content });
            match (entries.pop(), entries.is_empty()) {
                (Some(Entry::Source(source)), true) => Kind::File(source),
                (last, _) => Kind::Folder(entries.into_iter().chain(last).collect()),
            }
        };
        // `.` has no name of its own; the folder it stands for has.
        let root =
            if path.file_name().is_some() { path.to_path_buf() } else { fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()) };
        Ok(Self { root, kind })
    }

    /// What the user named.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything in the corpus, in an order that depends on the names alone.
    #[must_use]
    pub fn entries(&self, limits: &ReadLimits) -> Box<dyn Iterator<Item = Entry> + Send + '_> {
        match &self.kind {
            Kind::Folder(entries) => Box::new(entries.iter().cloned()),
            Kind::File(source) => Box::new(std::iter::once(Entry::Source(source.clone()))),
            Kind::Records => Box::new(Records::open(&self.root, limits.bytes)),
        }
    }

    /// Number of entries that [`Self::entries`] gives, for a bar to count up to; a `.jsonl` is read through for it.
    #[must_use]
    pub fn total(&self) -> u64 {
        match &self.kind {
            Kind::Folder(entries) => entries.len() as u64,
            Kind::File(_) => 1,
            Kind::Records => jsonl::count(&self.root),
        }
    }

    /// The source with this name, if the corpus is a folder or a file. Records of a `.jsonl` have to be found by [`Self::entries`].
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Source> {
        match &self.kind {
            Kind::Folder(entries) => {
                let named = |entry: &Entry| match entry {
                    Entry::Source(source) => source.name.as_str().cmp(name),
                    Entry::Skipped { path, .. } => path.as_str().cmp(name),
                    Entry::Failed(failure) => failure.path.as_str().cmp(name),
                };
                match &entries[entries.binary_search_by(named).ok()?] {
                    Entry::Source(source) => Some(source.clone()),
                    Entry::Skipped { .. } | Entry::Failed(_) => None,
                }
            }
            Kind::File(source) => (source.name == name).then(|| source.clone()),
            Kind::Records => None,
        }
    }

    /// Whether this is a `.jsonl` of records.
    #[must_use]
    pub fn is_records(&self) -> bool {
        matches!(self.kind, Kind::Records)
    }
}
