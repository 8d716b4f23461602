//! Why a library cannot be used. Every message names the place and the next step.

use std::io;
use std::path::{Path, PathBuf};

use prep_model::read::CorpusError;
use records::{RunError, TableError};
use retrieve_model::index::IndexError;
use thiserror::Error;

/// A library could not be made, opened, read or changed.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// There is none.
    #[error("{}: no library here{}: run `tandem init` to make one, or name one with --library", dir.display(), if *above { " or in a folder above" } else { "" })]
    Missing {
        /// Where it was looked for.
        dir: PathBuf,
        /// Whether the folders above were looked at too.
        above: bool,
    },
    /// One is there already.
    #[error("{}: is a library already: add documents with `tandem add PATH --library {}`", dir.display(), dir.display())]
    Exists {
        /// The folder.
        dir: PathBuf,
    },
    /// It holds no generation yet.
    #[error("{}: nothing is in this library yet: run `tandem add PATH`", dir.display())]
    Empty {
        /// The folder.
        dir: PathBuf,
    },
    /// Another process is changing it.
    #[error("{}: {} is changing this library: try again when it is done", dir.display(), if holder.is_empty() { "another process" } else { holder })]
    Busy {
        /// The folder.
        dir: PathBuf,
        /// Who, as in `process 1234`; empty where that is not known.
        holder: String,
    },
    /// A path or name that was given cannot be used.
    #[error("{what}: {reason}")]
    Refused {
        /// The path or name.
        what: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A file of the library is broken, or of another version.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A model cannot be loaded.
    #[error("{reason}; the models of a library are named in its tandem.toml")]
    Model {
        /// What is wrong.
        reason: String,
    },
    /// A step of adapting failed.
    #[error("adapting: {source}")]
    Adapting {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A path cannot be read as documents.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A run folder of the library cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A table cannot be written or read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The index cannot be built.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl LibraryError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    pub(super) fn refused(what: impl ToString, reason: impl Into<String>) -> Self {
        Self::Refused { what: what.to_string(), reason: reason.into() }
    }

    pub(super) fn adapting(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Adapting { source: error.into() }
    }

    pub(super) fn model(error: impl std::fmt::Display) -> Self {
        Self::Model { reason: error.to_string() }
    }
}
