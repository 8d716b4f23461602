//! A library opened for questions: the index of one of its states, and the model that asks it.

use backbone::{DeviceChoice, open_device};
use records::Dropped;
use retrieve_model::index::Index;
use retrieve_model::inference::Answerer;

use super::{Held, Library, LibraryError, Listed};

impl Library {
    /// Opens the index of a state. It holds the documents as they were in that state, whatever happens to the library meanwhile.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn index(&self, held: &Held) -> Result<Index, LibraryError> {
        Index::open(&held.generation.index()).map_err(|error| self.again(&error))
    }

    /// Loads the retrieval model that the library uses, or the installed one where that has gone.
    ///
    /// # Errors
    /// If there is none, or it cannot be loaded.
    pub fn answerer(&self, device: DeviceChoice) -> Result<Answerer, LibraryError> {
        let model = self.settings()?.models.retrieve;
        let dir = model.place("retrieve").ok_or_else(|| model.gone("retrieve"))?;
        Answerer::load(&dir, &open_device(device).map_err(LibraryError::model)?).map_err(LibraryError::model)
    }

    /// Whether an index and a model of this library belong together.
    ///
    /// # Errors
    /// If not: the vectors are another model's.
    pub fn fits(&self, index: &Index, answerer: &Answerer) -> Result<(), LibraryError> {
        if index.fits(answerer) { Ok(()) } else { Err(self.again(&"the index was built with another retrieval model")) }
    }

    /// What was left out of a document; none once a later state of the library has let go of what it was prepared to.
    #[must_use]
    pub fn left_out(&self, row: &Listed) -> Option<Vec<Dropped>> {
        Some(self.kept().load(&row.key)?.named(&row.name, &row.source).ok()?.dropped)
    }

    fn again(&self, error: &dyn std::fmt::Display) -> LibraryError {
        LibraryError::Broken { path: self.dir().to_path_buf(), reason: format!("run `tandem update --again`: {error}") }
    }
}
