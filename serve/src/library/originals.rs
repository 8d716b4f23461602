//! The way back from the name of a document to its original, for verification and for showing it.

use std::collections::HashMap;

use prep_model::read::{Corpus, Entry, ReadLimits, Source};
use prep_model::verify::Verifier;

use super::{Library, LibraryError};

/// Where the documents of a source are found.
enum Place {
    /// In a folder, by their names under it.
    Folder(Corpus),
    /// Among those listed here, by their names: the records of a `.jsonl` by their ids, a file under no name, its parts by theirs.
    Listed(HashMap<String, Source>),
}

/// Finds the original of a document by its name.
pub type Finder = Box<dyn Fn(&str) -> Option<Source> + Send + Sync>;

impl Library {
    /// The way from a document's name to its original, as it is now. A member of an archive or a mail has none of its own.
    ///
    /// # Errors
    /// If the settings are broken. A path that has gone holds no originals.
    pub fn originals(&self) -> Result<Finder, LibraryError> {
        let settings = self.settings()?;
        let limits = ReadLimits::default();
        let place = |corpus: Corpus| {
            let sources = |entry| if let Entry::Source(source) = entry { Some(source) } else { None };
            if corpus.is_records() {
                return Place::Listed(corpus.entries(&limits).filter_map(sources).map(|source| (source.name.clone(), source)).collect());
            }
            if !corpus.root().is_file() {
                return Place::Folder(corpus);
            }
            let inside = |source: &Source| source.name.split_once('/').map_or_else(String::new, |(_, inside)| inside.to_owned());
            Place::Listed(corpus.entries(&limits).filter_map(sources).map(|source| (inside(&source), source)).collect())
        };
        let places: Vec<Option<Place>> = settings.sources.iter().map(|source| Corpus::open(&source.path).ok().map(place)).collect();
        Ok(Box::new(move |name| {
            let (at, rest) = settings.split(name)?;
            match places.get(at)?.as_ref()? {
                Place::Folder(corpus) => corpus.find(&rest),
                Place::Listed(sources) => sources.get(&rest).cloned(),
            }
        }))
    }

    /// Checks citations against the registered originals as they are now.
    ///
    /// # Errors
    /// If the settings are broken. A path that has gone refutes the citations of its documents.
    pub fn verifier(&self) -> Result<Verifier, LibraryError> {
        Ok(Verifier::over(self.originals()?))
    }
}
