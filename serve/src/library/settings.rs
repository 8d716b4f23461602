//! `tandem.toml`, by which a library is recognised: the models it uses and the paths that were registered. It may be edited by hand while no
//! update runs; everything else in a library follows from it and from the documents.

use std::fs;
use std::path::{Path, PathBuf};

use prep_model::read::ocr::Ocr;
use serde::{Deserialize, Serialize};

use super::{LibraryError, PRIVATE};

/// Name of the file.
pub const MARKER: &str = "tandem.toml";
/// Name of the folder in the private one that holds the models a library has of its own.
pub(super) const MODELS: &str = "models";
/// Version of its layout.
const VERSION: u32 = 1;
const HEAD: &str =
    "# A library of Tandem: `tandem add PATH`, `tandem update`, `tandem ask \"...\"`. What is made of the documents lies in .tandem.\n\n";

/// What `tandem.toml` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    version: u32,
    /// How text in pictures and scanned pages is recognised; if not given, in English where tesseract is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocr: Option<Ocr>,
    /// The models.
    pub models: Models,
    /// What was registered, in that order.
    #[serde(default, rename = "source")]
    pub sources: Vec<Registered>,
}

/// The models of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// Raw documents to sections.
    pub prep: Model,
    /// Sections to vectors, questions to reports.
    pub retrieve: Model,
    /// The retrieval models before each adapting that was taken, the last one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Model>,
}

/// A model: where it lies and what it was when it was last used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The folder.
    pub path: PathBuf,
    /// blake3 over the names and bytes of its files, in hex.
    pub hash: String,
}

/// A registered folder, file or `.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// First part of the names of its documents; no other has it.
    pub name: String,
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// What is left out on request: names of documents or folders below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
}

impl Model {
    /// The model in a folder, as it is now.
    ///
    /// # Errors
    /// If the folder cannot be read or holds no `config.json`.
    pub fn of(path: &Path) -> Result<Self, LibraryError> {
        if !path.join("config.json").is_file() {
            return Err(LibraryError::model(format!("{}: holds no model", path.display())));
        }
        let path = fs::canonicalize(path).map_err(LibraryError::io(path))?;
        let hash = hash_of(&path)?;
        Ok(Self { path, hash })
    }

    /// The folder to load it from: its own, or where that has gone the one of the installed model of this name; none where there is neither.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<PathBuf> {
        let holds = |dir: &PathBuf| dir.join("config.json").is_file();
        let installed = || backbone::models_dir().map(|dir| dir.join(name));
        Some(self.path.clone()).filter(holds).or_else(|| installed().filter(holds))
    }

    pub(super) fn gone(&self, name: &str) -> LibraryError {
        LibraryError::model(format!("{}: the {name} model is no longer there, nor is one installed", self.path.display()))
    }

    /// Finds a model of the library's own in `dir`, where the library lies now.
    fn move_with(&mut self, dir: &Path) {
        let own = dir.join(PRIVATE).join(MODELS);
        let is_own = self.path.parent().is_some_and(|parent| parent.ends_with(Path::new(PRIVATE).join(MODELS)));
        if let Some(name) = self.path.file_name().filter(|_| is_own && !self.path.exists()) {
            let moved = own.join(name);
            self.path = if moved.exists() { moved } else { self.path.clone() };
        }
    }
}

/// A hash of the files that lie in a folder.
fn hash_of(dir: &Path) -> Result<String, LibraryError> {
    let mut files = files_of(dir)?;
    for inner in files.clone().into_iter().filter(|path| path.is_dir()) {
        files.extend(files_of(&inner)?);
    }
    files.retain(|path| path.is_file());
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let bytes = fs::read(&file).map_err(LibraryError::io(&file))?;
        hasher.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        hasher.update(blake3::hash(&bytes).as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// What lies in a folder.
fn files_of(dir: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    let listing = fs::read_dir(dir).map_err(LibraryError::io(dir))?;
    Ok(listing.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

impl Settings {
    /// Those of a new library.
    #[must_use]
    pub fn new(prep: Model, retrieve: Model) -> Self {
        Self { version: VERSION, ocr: None, models: Models { prep, retrieve, former: Vec::new() }, sources: Vec::new() }
    }

    /// Reads those of the library in `dir`.
    ///
    /// # Errors
    /// If there is no library, or the file is broken or of another version.
    pub fn load(dir: &Path) -> Result<Self, LibraryError> {
        let path = dir.join(MARKER);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LibraryError::Missing { dir: dir.to_path_buf(), above: false });
            }
            Err(error) => return Err(LibraryError::io(&path)(error)),
        };
        let broken = |reason: String| LibraryError::Broken { path: path.clone(), reason };
        let mut settings: Self =
            toml::from_str(&text).map_err(|error| broken(format!("{}: mend it, or make another library", error.to_string().trim())))?;
        if settings.version != VERSION {
            return Err(broken(format!(
                "a library of version {}, this program knows {VERSION}: make another with `tandem init`",
                settings.version
            )));
        }
        let models = &mut settings.models;
        models.former.iter_mut().chain([&mut models.retrieve]).for_each(|model| model.move_with(dir));
        Ok(settings)
    }

    /// Writes them for the library in `dir`: readers see the old ones or the new.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn save(&self, dir: &Path) -> Result<(), LibraryError> {
        let path = dir.join(MARKER);
        let text = toml::to_string(self).map_err(|error| LibraryError::Broken { path: path.clone(), reason: error.to_string() })?;
        records::write_atomically(&path, format!("{HEAD}{text}").as_bytes()).map_err(LibraryError::io(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_what_is_no_setting_is_told_with_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let model = |name: &str| Model { path: Path::new("/models").join(name), hash: name.into() };
        let mut settings = Settings::new(model("prep"), model("retrieve"));
        settings.sources.push(Registered { name: "notes".into(), path: "/home/me/notes".into(), excluded: vec!["old".into()] });
        settings.save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()).unwrap(), settings);
        let path = dir.path().join(MARKER);
        let text = fs::read_to_string(&path).unwrap();
        for (wrong, told) in [(text.replace("version = 1", "version = 9"), "version 9"), (text + "\n[nonsense]\n", "nonsense")] {
            fs::write(&path, wrong).unwrap();
            let said = Settings::load(dir.path()).unwrap_err().to_string();
            assert!(said.contains(told) && said.contains(MARKER), "{said}");
        }
    }

    #[test]
    fn a_model_of_the_librarys_own_moves_with_it_and_the_one_before_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let own = |dir: &Path| dir.join(PRIVATE).join(MODELS).join("retrieve-1");
        let model = |path: PathBuf| Model { path, hash: "h".into() };
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        fs::create_dir_all(own(&old)).unwrap();
        let mut settings = Settings::new(model("/models/prep".into()), model(own(&old)));
        settings.models.former.push(model("/models/retrieve".into()));
        settings.save(&old).unwrap();
        assert_eq!(Settings::load(&old).unwrap(), settings);
        fs::rename(&old, &new).unwrap();
        let models = Settings::load(&new).unwrap().models;
        assert_eq!((models.retrieve.path, &models.former), (own(&new), &settings.models.former));
    }

    #[test]
    fn a_model_is_another_once_any_of_its_files_is() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Model::of(dir.path()).is_err());
        fs::write(dir.path().join("config.json"), "{}").unwrap();
        fs::write(dir.path().join("words.txt"), "one").unwrap();
        let before = Model::of(dir.path()).unwrap();
        assert_eq!(Model::of(&dir.path().join(".")).unwrap(), before);
        fs::write(dir.path().join("words.txt"), "two").unwrap();
        let after = Model::of(dir.path()).unwrap();
        assert_ne!(after.hash, before.hash);
        fs::create_dir(dir.path().join("topics")).unwrap();
        fs::write(dir.path().join("topics/words.txt"), "three").unwrap();
        assert_ne!(Model::of(dir.path()).unwrap().hash, after.hash);
    }
}
