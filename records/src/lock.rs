//! One run at a time in an output folder. The lock is the operating system's, on the file `.tandem.lock`, so it goes when the process ends,
//! however it ends; the file itself stays and says nothing. While a run holds the folder, the file has its process number in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::RunError;
use crate::write::remove_leftovers;

/// Name of the lock in its folder; hidden, so that no walk over a corpus reads it.
const NAME: &str = ".tandem.lock";
/// How long a lock is waited for that somebody may only be looking at (see [`FolderLock::holder`]).
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(10);

/// A folder held by this process; given back when dropped.
#[derive(Debug)]
pub struct FolderLock {
    /// None where the folder cannot be written: then nothing in it can change either.
    file: Option<File>,
}

impl FolderLock {
    /// Takes a folder, which must exist.
    ///
    /// # Errors
    /// If another run holds it (the error names the process) or the lock's file cannot be made.
    pub fn take(dir: &Path) -> Result<Self, RunError> {
        let path = dir.join(NAME);
        let io = |source| RunError::Io { path: path.clone(), source };
        let file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                // Another user's lock can be read and held all the same.
                match File::open(&path) {
                    Ok(file) => file,
                    Err(_) => return Ok(Self { file: None }),
                }
            }
            Err(error) => return Err(io(error)),
        };
        for look in 0.. {
            match file.try_lock() {
                Ok(()) => {
                    // Only here is it sure that nobody writes: not on a file system without locks.
                    remove_leftovers(dir);
                    break;
                }
                Err(TryLockError::WouldBlock) if look < LOOKS => sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    let holder = read_holder(&path);
                    // One that is done by now has taken its number with it, and the folder is free.
                    if holder.is_none() && file.try_lock().is_ok() {
                        break;
                    }
                    return Err(RunError::Busy { path: dir.to_path_buf(), holder: holder.unwrap_or_default() });
                }
                // A file system without locks; the runs on it have to take care of themselves, as they always had.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => break,
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
        let lock = Self { file: Some(file) };
        lock.say(&std::process::id().to_string());
        Ok(lock)
    }

    /// The process that holds a folder, as in "process 1234"; none where nobody does.
    #[must_use]
    pub fn holder(dir: &Path) -> Option<String> {
        let path = dir.join(NAME);
        let file = File::open(&path).ok()?;
        // Held for a moment only, which is why `take` looks more than once.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)).then(|| read_holder(&path).unwrap_or_default())
    }

    /// Writes who holds the lock; it only makes a message clearer, so a disk that refuses is no error.
    fn say(&self, holder: &str) {
        let Some(mut file) = self.file.as_ref() else { return };
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        self.say("");
    }
}

/// Who a lock says that it belongs to; it may have been taken a moment ago and not say so yet.
fn read_holder(path: &Path) -> Option<String> {
    for _ in 0..LOOKS {
        let mut text = String::new();
        File::open(path).ok()?.take(20).read_to_string(&mut text).ok()?;
        if !text.is_empty() {
            return text.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("process {text}"));
        }
        sleep(LOOK);
    }
    None
}

/// The first thing in a folder that a run would not expect in an empty one: what a user sees there. Hidden files are nobody's output.
pub(crate) fn anything(dir: &Path, known: &[&str]) -> io::Result<Option<String>> {
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // Every freshly made ext4 volume has this one.
        if !name.starts_with('.') && name != "lost+found" && !known.contains(&name.as_str()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_folder_is_refused_with_the_process_and_free_again_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(FolderLock::holder(dir.path()), None);
        let lock = FolderLock::take(dir.path()).unwrap();
        let ours = format!("process {}", std::process::id());
        assert_eq!(FolderLock::holder(dir.path()), Some(ours.clone()));
        let error = FolderLock::take(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&ours) && error.contains(&dir.path().display().to_string()), "{error}");
        drop(lock);
        assert_eq!(FolderLock::holder(dir.path()), None);
        FolderLock::take(dir.path()).unwrap();
    }

    #[test]
    fn of_many_that_come_at_once_one_gets_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let barrier = std::sync::Barrier::new(8);
        let one = || {
            barrier.wait();
            let lock = FolderLock::take(dir.path());
            // Held until every other one has given up.
            barrier.wait();
            lock.is_ok()
        };
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn looking_at_a_lock_does_not_keep_anybody_from_taking_it() {
        let dir = tempfile::tempdir().unwrap();
        drop(FolderLock::take(dir.path()).unwrap());
        let looked = File::open(dir.path().join(NAME)).unwrap();
        looked.try_lock_shared().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                sleep(3 * LOOK);
                looked.unlock().unwrap();
            });
            FolderLock::take(dir.path()).unwrap();
        });
    }
}
