//! The files of a folder.

use std::path::Path;
use std::{fs, io};

use records::Failure;

use super::names::shown_path;
use super::{Content, Entry, Source, mailbox};
use crate::read::MediaType;
use crate::read::container::sniffed;

/// How a file is read, by its ending and, where that says nothing, by its first bytes. An ending of somebody's own on an archive (`.jar`) is no invitation.
pub(super) fn kind_of(path: &Path) -> Option<MediaType> {
    let extension = extension(path);
    let sniffed = || sniffed(path).filter(|kind| extension.is_empty() || !kind.is_archive());
    MediaType::of_extension(&extension).or_else(|| sniffed().map(MediaType::Container))
}

pub(super) fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// Every file under `root`, sorted by name. Hidden entries are skipped whole; a symbolic link counts as what it points to if that is a file
/// inside the folder.
pub(super) fn walk(root: &Path) -> io::Result<Vec<Entry>> {
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
