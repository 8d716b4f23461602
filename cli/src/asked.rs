//! Which index a verb asks: the one named, else that of the library named, else that of the library found from the working folder upwards.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use backbone::DeviceChoice;
use retrieve_model::index::Index;
use retrieve_model::inference::Answerer;
use serve::library::{Held, Library, LibraryError};

use crate::models;
use crate::places::Input;

/// The library named, else the one found upwards.
///
/// # Errors
/// If there is none.
pub fn library(named: Option<&Path>) -> Result<Library, LibraryError> {
    match named {
        Some(dir) => Library::open(dir),
        None => Library::find(&std::env::current_dir().unwrap_or_default()),
    }
}

/// What a verb asks.
pub enum Asked {
    /// A folder that `tandem index` made.
    Index(PathBuf),
    /// A library, in the state it was in when it was opened.
    Library(Library, Held),
}

impl Asked {
    /// What is named, or found; none where nothing is named and no library is found.
    ///
    /// # Errors
    /// If a library is named that is none, or the library holds nothing yet.
    pub fn maybe(index: Option<&Path>, named: Option<&Path>) -> Result<Option<Self>> {
        if let Some(index) = index {
            return Ok(Some(Self::Index(index.to_path_buf())));
        }
        match library(named) {
            Ok(library) => {
                let held = library.hold()?;
                Ok(Some(Self::Library(library, held)))
            }
            Err(LibraryError::Missing { above: true, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What is named, or found.
    ///
    /// # Errors
    /// If there is neither an index nor a library.
    pub fn find(index: Option<&Path>, named: Option<&Path>) -> Result<Self> {
        let none =
            || anyhow!("no index is named and no library is here or above: name one with --index or --library, or run `tandem init`");
        Self::maybe(index, named)?.ok_or_else(none)
    }

    /// The folder that may not be written into.
    pub fn place(&self) -> PathBuf {
        match self {
            Self::Index(dir) => dir.clone(),
            Self::Library(library, _) => library.private(),
        }
    }

    /// [`Self::place`] as an input of a verb.
    pub fn input<'a>(&self, place: &'a Path) -> Input<'a> {
        Input::of(if matches!(self, Self::Index(_)) { "--index" } else { "--library" }, place)
    }

    /// Opens the index and the model that searches it.
    ///
    /// # Errors
    /// If either cannot be opened, or they do not belong together.
    pub fn open(&self, model: Option<&Path>, device: DeviceChoice) -> Result<(Index, Answerer)> {
        let index = match self {
            Self::Index(dir) => Index::open(dir)?,
            Self::Library(library, held) => library.index(held)?,
        };
        let answerer = match self {
            Self::Library(library, _) if model.is_none() => library.answerer(device)?,
            _ => Answerer::load(&models::find(model, "retrieve")?, &backbone::open_device(device)?)?,
        };
        match self {
            Self::Library(library, _) if model.is_none() => library.fits(&index, &answerer)?,
            _ if index.fits(&answerer) => {}
            _ => bail!(
                "{}: was built with another retrieval model: name that one with --model, or run `tandem index` or `tandem update` with this one",
                index.dir().display()
            ),
        }
        Ok((index, answerer))
    }
}
