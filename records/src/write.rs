//! Files appear whole or not at all: written beside their place under a name that nobody else uses, synced and renamed. Every file that a
//! verb leaves behind is written through here.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How the temporary names begin: hidden, and never the name of a user's file. The number of the process follows.
const PREFIX: &str = ".tandem-";

/// A file that gets its name when it is finished; dropped before that, it leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    place: PathBuf,
    file: NamedTempFile,
}

impl AtomicFile {
    /// Opens a file that will appear at `path`. A link there is followed, so that the file it points to is replaced and not the link.
    ///
    /// # Errors
    /// If the folder cannot be written, or a folder, a device or anything else that is no file has the name already.
    pub fn create(path: &Path) -> io::Result<Self> {
        let place = place_of(path)?;
        let dir = place.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".tmp");
        // As any new file: readable by others where the user's mask allows it, not the owner's alone as temporary files are.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(dir).map_err(without_path)?;
        Ok(Self { place, file })
    }

    /// Syncs the file and gives it its name: a reader sees what was there before, or all of this.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn persist(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.as_file().sync_all()?;
        self.file.persist(&self.place).map(drop).map_err(|error| error.error)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// Writes `bytes` beside `path`, syncs and renames: a reader sees the old file or the whole new one.
///
/// # Errors
/// If the disk refuses, or something that is no file has the name.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.persist()
}

/// Where a path leads in the end, if a file may be put there.
fn place_of(path: &Path) -> io::Result<PathBuf> {
    let refused = |reason| Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
    match fs::metadata(path) {
        Ok(there) if there.is_file() => fs::canonicalize(path),
        Ok(there) if there.is_dir() => refused("is a folder: name a file"),
        Ok(_) => refused("is no regular file: name another"),
        // A link into nothing: its target is not made, since nobody knows where that would be.
        Err(_) if fs::symlink_metadata(path).is_ok() => refused("is a link that leads nowhere: remove it or name another file"),
        Err(_) => Ok(path.to_path_buf()),
    }
}

/// The system's own words: `tempfile` adds the temporary name, which says nothing to a user.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    io::Error::new(error.kind(), text.split(" at path ").next().unwrap_or_default())
}

/// Removes the temporary files of processes that are gone: a process that was killed could not do so itself. Only for a folder that has just been locked:
/// a file with this process's number is another's then, of an earlier container say, where each begins with the same number.
pub(crate) fn remove_leftovers(dir: &Path) {
    let Some(processes) = Some(Path::new("/proc")).filter(|dir| dir.join("self").exists()) else { return };
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(number) = name.to_str().and_then(process_of) else { continue };
        if number == std::process::id() || !processes.join(number.to_string()).exists() {
            // It is of no use to anybody; if it cannot be removed it only takes room.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn process_of(name: &str) -> Option<u32> {
    let (number, _) = name.strip_prefix(PREFIX)?.strip_suffix(".tmp")?.split_once('-')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing_and_touches_no_neighbour() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["notes.tmp", "notes.parquet.tmp", "notes"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let before = names(dir.path());
        let path = dir.path().join("notes.jsonl");
        let mut dropped = AtomicFile::create(&path).unwrap();
        dropped.write_all(b"half").unwrap();
        assert_eq!(names(dir.path()).len(), before.len() + 1);
        drop(dropped);
        assert_eq!(names(dir.path()), before);
        let (mut one, mut other) = (AtomicFile::create(&path).unwrap(), AtomicFile::create(&path).unwrap());
        one.write_all(b"one").unwrap();
        other.write_all(b"other").unwrap();
        one.persist().unwrap();
        other.persist().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read(dir.path().join("notes.tmp")).unwrap(), b"notes.tmp");
    }

    #[test]
    fn what_is_no_file_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        assert!(write_atomically(&folder, b"x").unwrap_err().to_string().contains("folder"));
        assert!(folder.is_dir() && names(dir.path()) == ["folder"]);
        let missing = write_atomically(&dir.path().join("no/such/file"), b"x").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert!(!missing.to_string().contains(PREFIX), "{missing}");
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_dead_links_are_refused_and_a_link_to_a_file_stays_one() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        assert!(write_atomically(Path::new("/dev/null"), b"x").unwrap_err().to_string().contains("no regular file"));
        let (link, dead, file) = (dir.path().join("link"), dir.path().join("dead"), dir.path().join("file"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        symlink(dir.path().join("nowhere"), &dead).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!((fs::read(&file).unwrap(), link.is_symlink()), (b"new".to_vec(), true));
        assert!(write_atomically(&dead, b"x").is_err() && dead.is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_written_beside_and_renamed_is_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (renamed, plain) = (dir.path().join("renamed"), dir.path().join("plain"));
        write_atomically(&renamed, b"x").unwrap();
        fs::write(&plain, b"x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&renamed), mode(&plain));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let living = format!("{PREFIX}1-abc.tmp");
        let kept = [living.as_str(), ".tandem-notes.tmp", ".tandem-x-1.tmp", "notes.tmp"];
        let own = format!("{PREFIX}{}-abc.tmp", std::process::id());
        for name in kept.iter().copied().chain([".tandem-4294967295-abc.tmp", &own]) {
            fs::write(dir.path().join(name), name).unwrap();
        }
        remove_leftovers(dir.path());
        let mut kept: Vec<String> = kept.map(str::to_owned).into();
        kept.sort();
        assert_eq!(names(dir.path()), kept);
    }
}
