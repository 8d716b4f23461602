//! What a user names as a corpus: a folder, one file, or a `.jsonl` of clean texts. It is walked in sorted order, and every file met is
//! a source, a skip with its reason, or a failure; none is passed over in silence.

mod identity;
mod jsonl;
mod mailbox;
mod names;

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use records::Failure;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::jsonl::Records;
use self::names::{shown, shown_path};
use super::MediaType;
use super::container::sniffed;

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

/// How a file is read, by its ending and, where that says nothing, by its first bytes. An ending of somebody's own on an archive (`.jar`) is no invitation.
fn kind_of(path: &Path) -> Option<MediaType> {
    let extension = extension(path);
    let sniffed = || sniffed(path).filter(|kind| extension.is_empty() || !kind.is_archive());
    MediaType::of_extension(&extension).or_else(|| sniffed().map(MediaType::Container))
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// Every file under `root`, sorted by name. Hidden entries are skipped whole; a symbolic link counts as what it points to if that is a file
/// inside the folder.
fn walk(root: &Path) -> io::Result<Vec<Entry>> {
    let inside = fs::canonicalize(root)?;
    let mut folders = vec![root.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let listing = match fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) if folder == root => return Err(error),
            Err(error) => {
                found.push(Entry::Failed(Failure::new(shown_path(root, &folder), "read", format!("cannot list the folder: {error}"))));
                continue;
            }
        };
        for entry in listing {
            let path = entry?.path();
            match classify(root, &inside, &path) {
                Some(Entry::Source(source)) => found.extend(mailbox::in_parts(source)),
                Some(entry) => found.push(entry),
                None => folders.push(path),
            }
        }
    }
    let name = |entry: &Entry| match entry {
        Entry::Source(source) => source.name.clone(),
        Entry::Skipped { path, .. } => path.clone(),
        Entry::Failed(failure) => failure.path.clone(),
    };
    found.sort_by_cached_key(name);
    Ok(found)
}

/// None for a folder to walk into.
fn classify(root: &Path, inside: &Path, path: &Path) -> Option<Entry> {
    let name = shown_path(root, path);
    let skipped = |reason: String| Some(Entry::Skipped { path: name.clone(), reason });
    if path.file_name().is_some_and(|file| file.as_encoded_bytes().starts_with(b".")) {
        return skipped("hidden".into());
    }
    let linked = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if linked && !fs::canonicalize(path).is_ok_and(|target| target.starts_with(inside) && target.is_file()) {
        return skipped("link to a folder or out of the corpus".into());
    }
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return Some(Entry::Failed(Failure::new(name, "read", error))),
    };
    if metadata.is_dir() {
        return None;
    }
    if !metadata.is_file() {
        return skipped("no regular file".into());
    }
    let extension = extension(path);
    match kind_of(path) {
        Some(media_type) => {
            let content = Content::File(path.to_path_buf());
            Some(Entry::Source(Source { name, media_type, bytes: metadata.len(), title: None, content }))
        }
        None if extension.is_empty() => skipped("no extension".into()),
        None => skipped(format!("extension .{}", extension.chars().take(16).collect::<String>())),
    }
}
