//! Registering: which paths belong to a library, what their documents are called, and what is left out on request. A document is called
//! `SOURCE/PATH/UNDER/IT`; a registered file by the name of its source alone; a record of a `.jsonl` `SOURCE/ID`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use prep_model::read::Corpus;

use super::settings::{Registered, Settings};
use super::{LibraryError, PRIVATE};

/// What became of a path that was to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is registered now, by this name.
    Registered(String),
    /// It had been left out on request and is so no longer.
    TakenBack(String),
    /// It was registered already, by this name: a command that was stopped runs again.
    Known(String),
}

/// What became of a path or name that was to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is registered no longer.
    Unregistered(String),
    /// It lies under a registered path and is left out from now on.
    Excluded(String),
}

impl Registered {
    /// Whether a document below this path (its name without that of the source) is left out on request.
    #[must_use]
    pub fn excludes(&self, relative: &str) -> bool {
        self.excluding(relative).is_some()
    }

    /// The request by which it is.
    fn excluding(&self, relative: &str) -> Option<&String> {
        let holds =
            |excluded: &&String| relative.strip_prefix(excluded.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.excluded.iter().find(holds)
    }

    /// The name of a document below this path; of the path itself if it is a file.
    #[must_use]
    pub fn named(&self, relative: &str) -> String {
        if relative.is_empty() { self.name.clone() } else { format!("{}/{relative}", self.name) }
    }
}

impl Settings {
    /// Registers a path, or takes back that it is left out.
    ///
    /// # Errors
    /// If nothing is there, no reader knows it, or it lies in a registered folder or holds one.
    pub fn add(&mut self, library: &Path, given: &Path) -> Result<Added, LibraryError> {
        let told = &given.display().to_string();
        if let Some(name) = self.take_back(given) {
            return Ok(Added::TakenBack(name));
        }
        let path = fs::canonicalize(given)
            .map_err(|error| LibraryError::refused(told, format!("{error}: name a folder, a document or a .jsonl that is there")))?;
        if path.to_str().is_none() {
            return Err(LibraryError::refused(told, "this path is no Unicode: register a folder above it"));
        }
        let private = library.join(PRIVATE);
        if path.starts_with(fs::canonicalize(&private).unwrap_or(private)) {
            return Err(LibraryError::refused(told, "belongs to the library itself: register a folder of your own documents"));
        }
        for source in &self.sources {
            let other = source.path.display();
            if path == source.path {
                return Ok(Added::Known(source.name.clone()));
            }
            let relative = self.place_of(&path).map(|(_, relative)| relative).unwrap_or_default();
            if let Some(excluded) = source.excluding(&relative).filter(|_| path.starts_with(&source.path)) {
                let excluded = source.named(excluded);
                return Err(LibraryError::refused(told, format!("is left out with {excluded}: `tandem add {excluded}` takes that back")));
            }
            if path.starts_with(&source.path) {
                return Err(LibraryError::refused(told, format!("lies in {other}, which is registered: run `tandem update` to read it")));
            }
            if source.path.starts_with(&path) {
                return Err(LibraryError::refused(told, format!("holds {other}, which is registered: run `tandem remove {other}` first")));
            }
        }
        // Opened once so that a file no reader knows is refused now and not at every update.
        Corpus::open(&path)?;
        let name = self.free_name(&path);
        self.sources.push(Registered { name: name.clone(), path, excluded: Vec::new() });
        Ok(Added::Registered(name))
    }

    /// Removes a registered path, or leaves out a document or folder below one; `given` is a path or the name of a document in `known`.
    ///
    /// # Errors
    /// If it is neither.
    pub fn remove(&mut self, given: &Path, known: &HashSet<String>) -> Result<Removed, LibraryError> {
        let path = absolute(given);
        if let Some(at) = self.sources.iter().position(|source| source.path == path) {
            return Ok(Removed::Unregistered(self.sources.remove(at).name));
        }
        let name = self.place_of(&path).filter(|_| path.exists()).or_else(|| self.place_named(given.to_str()?, known));
        let Some((at, relative)) = name else {
            let reason = "neither a registered path nor a document of this library: `tandem list` shows the names";
            return Err(LibraryError::refused(given.display(), reason));
        };
        let source = &mut self.sources[at];
        let name = source.named(&relative);
        if relative.is_empty() {
            return Ok(Removed::Unregistered(self.sources.remove(at).name));
        }
        if source.excludes(&relative) {
            return Err(LibraryError::refused(name, "is left out already: `tandem add` takes it back"));
        }
        source.excluded.push(relative);
        source.excluded.sort();
        Ok(Removed::Excluded(name))
    }

    /// Takes back that a path or name is left out.
    fn take_back(&mut self, given: &Path) -> Option<String> {
        let by_path = self.place_of(&absolute(given));
        let by_name = given.to_str().and_then(|name| self.split(name));
        for (at, relative) in [by_path, by_name].into_iter().flatten() {
            let source = &mut self.sources[at];
            if let Some(place) = source.excluded.iter().position(|excluded| *excluded == relative) {
                source.excluded.remove(place);
                return Some(source.named(&relative));
            }
        }
        None
    }

    /// The source that a path lies in, and the rest of the path as its documents' names give it.
    fn place_of(&self, path: &Path) -> Option<(usize, String)> {
        let at = self.sources.iter().position(|source| path.starts_with(&source.path))?;
        let rest = path.strip_prefix(&self.sources[at].path).ok()?;
        let parts: Option<Vec<&str>> = rest.components().map(|part| part.as_os_str().to_str()).collect();
        Some((at, parts?.join("/")))
    }

    /// The source and the rest of a name, if a document has it or lies in a folder of that name.
    fn place_named(&self, name: &str, known: &HashSet<String>) -> Option<(usize, String)> {
        let name = name.trim_end_matches('/');
        let is_known = known.contains(name) || known.iter().any(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')));
        if is_known { self.split(name) } else { None }
    }

    /// The source that a name begins with, and the rest.
    pub(super) fn split(&self, name: &str) -> Option<(usize, String)> {
        let (first, rest) = name.split_once('/').unwrap_or((name, ""));
        let at = self.sources.iter().position(|source| source.name == first)?;
        Some((at, rest.to_owned()))
    }

    /// The name of a file or folder, with a number where another source has it: `notes`, `notes-2`; `notes-2.txt` for a file.
    fn free_name(&self, path: &Path) -> String {
        let file = path.file_name().map_or_else(|| "root".into(), |name| name.to_string_lossy().into_owned());
        let taken = |name: &String| self.sources.iter().any(|source| source.name == *name);
        let (stem, end) = match file.rsplit_once('.') {
            Some((stem, end)) if path.is_file() && !stem.is_empty() => (stem.to_owned(), format!(".{end}")),
            _ => (file.clone(), String::new()),
        };
        let numbered = (2..).map(|number| format!("{stem}-{number}{end}"));
        std::iter::once(file).chain(numbered).find(|name| !taken(name)).expect("numbers do not end")
    }
}

/// The path as it would be registered; of one that has gone as far as it can be told.
fn absolute(given: &Path) -> PathBuf {
    fs::canonicalize(given).or_else(|_| std::path::absolute(given)).unwrap_or_else(|_| given.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::settings::Model;

    fn settings() -> Settings {
        let model = || Model { path: "m".into(), hash: String::new() };
        Settings::new(model(), model())
    }

    fn folders(dir: &Path, names: &[&str]) -> Vec<PathBuf> {
        let make = |name: &&str| {
            let path = dir.join(name);
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join("a.txt"), "One.").unwrap();
            path
        };
        names.iter().map(make).collect()
    }

    #[test]
    fn two_folders_of_one_name_have_two_names_and_keep_them() {
        let dir = tempfile::tempdir().unwrap();
        let paths = folders(dir.path(), &["one/notes", "two/notes", "three/notes"]);
        let mut settings = settings();
        for (path, name) in paths.iter().zip(["notes", "notes-2", "notes-3"]) {
            assert_eq!(settings.add(dir.path(), path).unwrap(), Added::Registered(name.into()));
        }
        assert_eq!(settings.remove(&paths[1], &HashSet::new()).unwrap(), Removed::Unregistered("notes-2".into()));
        assert_eq!(settings.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["notes", "notes-3"]);
        let file = paths[1].join("a.txt");
        assert_eq!(settings.add(dir.path(), &file).unwrap(), Added::Registered("a.txt".into()));
        assert_eq!(
            settings.add(dir.path(), &paths[1].join("../../three/notes/a.txt")).map_err(|error| error.to_string().contains("lies in")),
            Err(true)
        );
    }

    #[test]
    fn a_path_that_lies_in_a_registered_one_or_holds_one_is_refused_with_the_remedy_and_the_same_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let paths = folders(dir.path(), &["a/b", "a/b/c", "lib/.tandem/state"]);
        let library = dir.path().join("lib");
        let mut settings = settings();
        settings.add(&library, &paths[0]).unwrap();
        for same in [paths[0].clone(), paths[0].join(".")] {
            assert_eq!(settings.add(&library, &same).unwrap(), Added::Known("b".into()));
        }
        for (path, told) in [
            (paths[1].clone(), "lies in"),
            (dir.path().join("a"), "tandem remove"),
            (dir.path().join("gone"), "that is there"),
            (paths[2].clone(), "the library itself"),
        ] {
            let said = settings.add(&library, &path).unwrap_err().to_string();
            assert!(said.contains(told), "{said}");
        }
        fs::write(dir.path().join("x.png"), "x").unwrap();
        assert!(settings.add(&library, &dir.path().join("x.png")).unwrap_err().to_string().contains("no reader knows"));
        assert_eq!(settings.sources.len(), 1);
    }

    #[test]
    fn a_document_is_left_out_by_path_or_name_and_taken_back_by_either() {
        let dir = tempfile::tempdir().unwrap();
        let paths = folders(dir.path(), &["notes/old"]);
        let mut settings = settings();
        settings.add(dir.path(), &dir.path().join("notes")).unwrap();
        let known = HashSet::from(["notes/old/a.txt".to_owned()]);
        for given in [paths[0].join("a.txt"), "notes/old/a.txt".into()] {
            assert_eq!(settings.remove(&given, &known).unwrap(), Removed::Excluded("notes/old/a.txt".into()));
            assert!(settings.sources[0].excludes("old/a.txt") && !settings.sources[0].excludes("old/a.txt2"));
            assert_eq!(settings.add(dir.path(), Path::new("notes/old/a.txt")).unwrap(), Added::TakenBack("notes/old/a.txt".into()));
        }
        assert_eq!(settings.remove(Path::new("notes/old"), &known).unwrap(), Removed::Excluded("notes/old".into()));
        assert!(settings.sources[0].excludes("old/a.txt"));
        assert!(settings.remove(Path::new("notes/nothing"), &known).unwrap_err().to_string().contains("tandem list"));
        assert_eq!(settings.add(dir.path(), &paths[0]).unwrap(), Added::TakenBack("notes/old".into()));
    }
}
