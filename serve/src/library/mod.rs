//! A library: one folder that holds what is made of registered documents and is kept up to date with them.
//!
//! `tandem.toml` marks the folder and holds the settings; the private folder `.tandem` beside it holds the last look at the documents (`seen`),
//! what each was prepared to and its vectors (`kept`), and the generations that readers see (`state`, `current`). Everything in `.tandem` can be
//! made again from the settings and the documents.

mod adapt;
mod catalogue;
mod error;
mod generation;
mod kept;
mod models;
mod open;
mod originals;
mod scan;
mod settings;
mod sources;
mod update;
mod watching;
mod work;
mod write;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use prep_model::read::ocr::Ocr;
use records::{FolderLock, RunError};

pub use adapt::{Adapted, Undone};
pub use catalogue::{Listed, State};
pub use error::LibraryError;
pub use generation::{Card, Generation, Held};
pub use originals::Finder;
pub use settings::{MARKER, Model, Models, Registered, Settings};
pub use sources::{Added, Removed};
pub use update::{Options, Updated};

use generation::Generations;
use kept::Kept;

/// Name of the private folder; hidden, so that no walk over documents enters it.
pub(crate) const PRIVATE: &str = ".tandem";

/// A library on disk.
#[derive(Clone, Debug)]
pub struct Library {
    dir: PathBuf,
}

/// The right to change a library, which one process at a time has.
#[derive(Debug)]
pub struct Writing<'a> {
    library: &'a Library,
    _lock: FolderLock,
}

impl Library {
    /// Makes a library in a folder, which may hold other things.
    ///
    /// # Errors
    /// If one is there already or the folder cannot be written.
    pub fn init(dir: &Path, prep: &Path, retrieve: &Path) -> Result<Self, LibraryError> {
        let private = dir.join(PRIVATE);
        fs::create_dir_all(&private).map_err(LibraryError::io(&private))?;
        let dir = fs::canonicalize(dir).map_err(LibraryError::io(dir))?;
        let library = Self { dir };
        let _writing = library.write()?;
        if library.dir.join(MARKER).exists() {
            return Err(LibraryError::Exists { dir: library.dir });
        }
        Settings::new(Model::of(prep)?, Model::of(retrieve)?).save(&library.dir)?;
        Ok(library.clone())
    }

    /// Opens the library in a folder.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(dir: &Path) -> Result<Self, LibraryError> {
        let missing = || LibraryError::Missing { dir: dir.to_path_buf(), above: false };
        let real = fs::canonicalize(dir).map_err(|_| missing())?;
        if real.join(MARKER).is_file() { Ok(Self { dir: real }) } else { Err(missing()) }
    }

    /// The library in a folder or the nearest one above it, as git finds a repository.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(from: &Path) -> Result<Self, LibraryError> {
        let missing = || LibraryError::Missing { dir: from.to_path_buf(), above: true };
        let real = fs::canonicalize(from).map_err(|_| missing())?;
        real.ancestors().find_map(|dir| Self::open(dir).ok()).ok_or_else(missing)
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder that belongs to the program alone.
    #[must_use]
    pub fn private(&self) -> PathBuf {
        self.dir.join(PRIVATE)
    }

    /// What is registered, and the models.
    ///
    /// # Errors
    /// If the file is broken.
    pub fn settings(&self) -> Result<Settings, LibraryError> {
        Settings::load(&self.dir)
    }

    /// The current generation, held against removal.
    ///
    /// # Errors
    /// If nothing was added yet, or it cannot be read.
    pub fn hold(&self) -> Result<Held, LibraryError> {
        self.generations().hold()?.ok_or_else(|| LibraryError::Empty { dir: self.dir.clone() })
    }

    /// Whether a generation is the one that readers should see.
    #[must_use]
    pub fn is_current(&self, generation: &Generation) -> bool {
        self.generations().current().is_some_and(|current| current.number == generation.number)
    }

    /// When the documents were last looked at, in seconds since 1970; none before the first time.
    #[must_use]
    pub fn looked(&self) -> Option<u64> {
        let file = fs::metadata(self.private().join("seen-00000.parquet")).ok()?;
        Some(scan::nanoseconds(file.modified().ok()?) / 1_000_000_000)
    }

    /// A hash of the settings and of what lies under the registered paths, by names, sizes and times alone: for noticing that there may be
    /// something to update.
    ///
    /// # Errors
    /// If the settings are broken.
    pub fn glance(&self) -> Result<String, LibraryError> {
        Ok(scan::glance(&self.settings()?))
    }

    /// Takes the right to change the library.
    ///
    /// # Errors
    /// If another process has it; the error names it.
    pub fn write(&self) -> Result<Writing<'_>, LibraryError> {
        let private = self.private();
        fs::create_dir_all(&private).map_err(LibraryError::io(&private))?;
        let lock = FolderLock::take(&private).map_err(|error| match error {
            RunError::Busy { holder, .. } => LibraryError::Busy { dir: self.dir.clone(), holder },
            error => error.into(),
        })?;
        Ok(Writing { library: self, _lock: lock })
    }

    fn generations(&self) -> Generations {
        Generations::at(self.private())
    }

    fn kept(&self) -> Kept {
        Kept::at(self.private().join("kept"))
    }
}

impl Writing<'_> {
    /// Says how text in pictures and scanned pages is recognised from the next [`Self::update`] on.
    ///
    /// # Errors
    /// If the settings are broken or cannot be written.
    pub fn recognise(&self, ocr: Ocr) -> Result<(), LibraryError> {
        let mut settings = self.library.settings()?;
        settings.ocr = Some(ocr);
        settings.save(&self.library.dir)
    }

    /// Registers paths, all of them or none. What lies there is read by the next [`Self::update`].
    ///
    /// # Errors
    /// If one of them cannot be registered.
    pub fn add(&self, paths: &[PathBuf]) -> Result<Vec<Added>, LibraryError> {
        let mut settings = self.library.settings()?;
        let added = paths.iter().map(|path| settings.add(&self.library.dir, path)).collect::<Result<_, _>>()?;
        settings.save(&self.library.dir)?;
        Ok(added)
    }

    /// Removes registered paths, and leaves out documents or folders under them, all of them or none. They are gone after the next
    /// [`Self::update`].
    ///
    /// # Errors
    /// If one of them is not known.
    pub fn remove(&self, paths: &[PathBuf]) -> Result<Vec<Removed>, LibraryError> {
        let mut settings = self.library.settings()?;
        let catalogue = self.library.generations().current().map(|generation| generation.catalogue());
        let rows = catalogue.and_then(Result::ok).unwrap_or_default();
        let known: HashSet<String> = rows.into_iter().map(|row| row.name).collect();
        let removed = paths.iter().map(|path| settings.remove(path, &known)).collect::<Result<_, _>>()?;
        settings.save(&self.library.dir)?;
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(dir: &Path) -> Library {
        let model = dir.join("model");
        fs::create_dir_all(&model).unwrap();
        fs::write(model.join("config.json"), "{}").unwrap();
        Library::init(&dir.join("lib"), &model, &model).unwrap()
    }

    #[test]
    fn a_library_is_found_from_below_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let library = library(dir.path());
        let below = library.dir().join("a/b");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(Library::find(&below).unwrap().dir(), library.dir());
        assert!(Library::open(&below).is_err());
        let said = Library::find(dir.path()).unwrap_err().to_string();
        assert!(said.contains("tandem init") && said.contains(&dir.path().display().to_string()), "{said}");
        let model = dir.path().join("model");
        assert!(matches!(Library::init(library.dir(), &model, &model), Err(LibraryError::Exists { .. })));
        assert!(library.hold().unwrap_err().to_string().contains("tandem add"));
    }

    #[test]
    fn one_writer_at_a_time_and_the_second_is_told_who() {
        let dir = tempfile::tempdir().unwrap();
        let library = library(dir.path());
        let writing = library.write().unwrap();
        let said = library.write().unwrap_err().to_string();
        assert!(said.contains(&format!("process {}", std::process::id())) && said.contains("changing this library"), "{said}");
        drop(writing);
        library.write().unwrap();
    }

    #[test]
    fn of_several_paths_all_are_registered_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let library = library(dir.path());
        let (good, missing) = (dir.path().join("good"), dir.path().join("missing"));
        fs::create_dir(&good).unwrap();
        let writing = library.write().unwrap();
        assert!(writing.add(&[good.clone(), missing]).is_err());
        assert!(library.settings().unwrap().sources.is_empty());
        writing.add(&[good]).unwrap();
        assert_eq!(library.settings().unwrap().sources.len(), 1);
    }
}
