//! Why a training could not be done.

use std::io;
use std::path::PathBuf;

use backbone::{BaseError, DeviceError, ReleaseError, TokenizerError, TrainingError};
use records::RunError;
use thiserror::Error;

use crate::data::TriplesError;
use crate::inference::{LoadError, SourceError};

/// Training could not be done.
#[derive(Debug, Error)]
pub enum TrainError {
    /// There is no such preset, or it is broken.
    #[error("preset {name}: {reason}")]
    Preset {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] TriplesError),
    /// The device could not be opened.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The run folder cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The training loop gave up.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The encoder to start from could not be loaded.
    #[error("--encoder: {0}")]
    Base(#[from] BaseError),
    /// Nothing to start from was named.
    #[error(
        "a training needs something to start from: --encoder DIR, a published encoder (just base fetches one), or --base DIR, a model of ours"
    )]
    NoStart,
    /// It has other words than the model to start from.
    #[error(
        "--encoder cuts text into words that the model in --base does not know: take an encoder with its vocabulary, or leave --base out"
    )]
    OtherWords,
    /// Its tokenizer could not be.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The release could not be written.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The model to start from could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The bench could not be searched.
    #[error(transparent)]
    Search(#[from] SourceError),
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}
