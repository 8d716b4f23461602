//! Why an index cannot be used. Every message names the folder and what to do; an index is never repaired, only built again, because the
//! sections it was made from are the truth.

use std::io;
use std::path::{Path, PathBuf};

use records::{FolderLock, RunError, TableError};
use thiserror::Error;

/// An index could not be built, opened or searched.
#[derive(Debug, Error)]
pub enum IndexError {
    /// There is none.
    #[error("{}: no index here: run `tandem index --sections DIR --out {}` first", dir.display(), dir.display())]
    Missing {
        /// The folder.
        dir: PathBuf,
    },
    /// Whoever embeds elsewhere has said no.
    #[error("{0}")]
    Workers(String),
    /// The build was interrupted, or files of it have gone.
    #[error("{}: the index is not whole ({reason}): run `tandem index --sections DIR --out {}` again", dir.display(), dir.display())]
    Broken {
        /// The folder.
        dir: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It was made by another version of the program.
    #[error(
        "{}: an index of layout {found}, this program reads layout {expected}: run `tandem index --sections DIR --out {}` again",
        dir.display(),
        dir.display()
    )]
    Layout {
        /// The folder.
        dir: PathBuf,
        /// Layout of the folder.
        found: u32,
        /// Layout of this program.
        expected: u32,
    },
    /// The folder holds something that the build must not delete.
    #[error("{}: holds {found}, which is no index: name an empty or a new folder", dir.display())]
    Foreign {
        /// The folder.
        dir: PathBuf,
        /// What was found.
        found: String,
    },
    /// A build is going on.
    #[error("{}: {} is building this index: try again when it is done, or name another folder", dir.display(), if holder.is_empty() { "another `tandem index`" } else { holder })]
    Busy {
        /// The folder.
        dir: PathBuf,
        /// Who builds, as in `process 1234`; empty where that is not known.
        holder: String,
    },
    /// The sections have changed since.
    #[error(
        "{}: the sections in {} have changed since it was built: run `tandem index --sections {} --out {}` again",
        dir.display(),
        sections.display(),
        sections.display(),
        dir.display()
    )]
    Stale {
        /// The folder.
        dir: PathBuf,
        /// The folder of the sections.
        sections: PathBuf,
    },
    /// A file of the sections is not the one that was prepared.
    #[error("{}: has changed since it was prepared: run `tandem prep` again into another folder", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// The sections cannot be read.
    #[error("sections: {0}; run `tandem prep --format parquet` to make them")]
    Sections(#[from] TableError),
    /// The sections have no manifest, or the folder of the index is another run's.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The model gave vectors that do not fit.
    #[error("vectors: {reason}; the index and the question must use the same model")]
    Vectors {
        /// What does not fit.
        reason: String,
    },
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// The number of a full disk, the same on every Unix (`ENOSPC`).
const FULL: i32 = 28;

impl IndexError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// What the database says, in one line: its errors carry a backtrace of places in its own source.
    pub(super) fn database(dir: &Path, error: &impl std::fmt::Display) -> Self {
        // A table that another process builds anew under a search loses its files.
        let ours = format!("process {}", std::process::id());
        if let Some(holder) = FolderLock::holder(dir).filter(|holder| *holder != ours) {
            return Self::Busy { dir: dir.to_path_buf(), holder };
        }
        let text = error.to_string();
        if text.contains("No space left on device") {
            // Told as any other file's: the command to run again is the user's own, which may be `merge` or `update`.
            return Self::Io { path: dir.to_path_buf(), source: io::Error::from_raw_os_error(FULL) };
        }
        let line = text.lines().next().unwrap_or_default();
        let short = line.split_once(", /").map_or(line, |(message, _)| message);
        Self::Broken { dir: dir.to_path_buf(), reason: short.chars().take(300).collect() }
    }
}
