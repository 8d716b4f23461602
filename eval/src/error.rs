//! What can stop an evaluation: each says which file, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// An evaluation could not be run or rendered.
#[derive(Debug, Error)]
pub enum EvalError {
    /// The file system said no.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said. Told by this error's own words, so that a chain of causes does not tell it twice.
        reason: io::Error,
    },
    /// A suite, question or data file is not what it should be.
    #[error("{}: {reason}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A system could not be made ready: a model is missing, an index cannot be built.
    #[error("{system}: {reason}")]
    System {
        /// The system.
        system: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A table could not be read or written.
    #[error(transparent)]
    Table(#[from] records::TableError),
    /// The run folder could not be used.
    #[error(transparent)]
    Run(#[from] records::RunError),
}

impl From<retrieve_model::inference::SourceError> for EvalError {
    fn from(error: retrieve_model::inference::SourceError) -> Self {
        Self::system("workflow", error)
    }
}

impl From<synth::SynthError> for EvalError {
    fn from(error: synth::SynthError) -> Self {
        Self::system("questions", error)
    }
}

impl EvalError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |reason| Self::Io { path, reason }
    }

    pub(crate) fn input(path: &Path, reason: impl Into<String>) -> Self {
        Self::Input { path: path.to_path_buf(), reason: reason.into() }
    }

    pub(crate) fn system(system: &str, reason: impl std::fmt::Display) -> Self {
        Self::System { system: system.to_owned(), reason: reason.to_string() }
    }
}
