//! What can stop the pipeline as a whole; a single question that fails a filter is counted instead.

use std::io;
use std::path::{Path, PathBuf};

use records::{RunError, TableError};
use thiserror::Error;

/// The pipeline could not go on.
#[derive(Debug, Error)]
pub enum SynthError {
    /// A table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The run folder could not be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A preset or a data file of a world is not what it should be.
    #[error("{name}: {reason}")]
    Data {
        /// The preset or file.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl SynthError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn data(name: impl Into<String>, reason: impl ToString) -> Self {
        Self::Data { name: name.into(), reason: reason.to_string() }
    }
}
