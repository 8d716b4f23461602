//! The folder a step leaves behind. `run.json` says what is being made (written first), shards appear one by one under their final names,
//! `manifest.json` says that all of it is there (written last). A step whose manifest exists has nothing left to do.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::SCHEMA_VERSION;

/// Numbers by name: rows made, inputs skipped, failures by reason.
pub type Counts = BTreeMap<String, u64>;

/// A finished file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Name in the run folder.
    pub file: String,
    /// Number of rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Hash of the bytes, in hex.
    pub blake3: String,
}

impl Shard {
    /// Describes the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(path: &Path, rows: u64) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let bytes = io::copy(&mut File::open(path)?, &mut hasher)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { file, rows, bytes, blake3: hasher.finalize().to_hex().to_string() })
    }
}

/// What `manifest.json` holds. No times: the same inputs give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout version of the tables.
    pub schema_version: u32,
    /// The step: `synth`, `prep`, `index`, `report`, ...
    pub stage: String,
    /// blake3 of the resolved configuration and of what identifies the inputs.
    pub configuration: String,
    /// The seed.
    pub seed: u64,
    /// Numbers by name.
    pub counts: Counts,
    /// The files.
    pub shards: Vec<Shard>,
}

/// What `run.json` holds: enough to know whether an interrupted run may be resumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Intent {
    schema_version: u32,
    stage: String,
    configuration: String,
    seed: u64,
}

/// A run folder could not be used.
#[derive(Debug, Error)]
pub enum RunError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error("{}: holds a {found} run of another configuration; name another folder or delete this one", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// The stage it was made by.
        found: String,
    },
    /// A file of the folder is broken or of another version.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// The folder of one step.
#[derive(Clone, Debug)]
pub struct RunFolder {
    dir: PathBuf,
    intent: Intent,
}

impl RunFolder {
    /// Creates the folder, or opens the one an earlier run of the same configuration left.
    ///
    /// # Errors
    /// If the folder cannot be made, or holds a run of another configuration.
    pub fn open(dir: &Path, stage: &str, configuration: &impl Serialize, seed: u64) -> Result<Self, RunError> {
        fs::create_dir_all(dir).map_err(|source| RunError::Io { path: dir.to_path_buf(), source })?;
        let json = serde_json::to_vec(configuration).expect("a configuration is plain data");
        let hash = blake3::hash(&json).to_hex().to_string();
        let intent = Intent { schema_version: SCHEMA_VERSION, stage: stage.to_owned(), configuration: hash, seed };
        let path = dir.join("run.json");
        match read_json::<Intent>(&path)? {
            Some(found) if found != intent => return Err(RunError::Other { path: dir.to_path_buf(), found: found.stage }),
            Some(_) => {}
            None => write_json(&path, &intent)?,
        }
        Ok(Self { dir: dir.to_path_buf(), intent })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The manifest, if the run is finished and every file it names is there with its size.
    ///
    /// # Errors
    /// If the manifest cannot be read.
    pub fn finished(&self) -> Result<Option<Manifest>, RunError> {
        let Some(manifest) = read_json::<Manifest>(&self.dir.join("manifest.json"))? else { return Ok(None) };
        let whole = |shard: &Shard| fs::metadata(self.dir.join(&shard.file)).is_ok_and(|file| file.len() == shard.bytes);
        Ok(manifest.shards.iter().all(whole).then_some(manifest))
    }

    /// Writes the manifest: from now on the run is finished.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(&self, counts: Counts, mut shards: Vec<Shard>) -> Result<Manifest, RunError> {
        shards.sort_by(|a, b| a.file.cmp(&b.file));
        let Intent { schema_version, stage, configuration, seed } = self.intent.clone();
        let manifest = Manifest { schema_version, stage, configuration, seed, counts, shards };
        write_json(&self.dir.join("manifest.json"), &manifest)?;
        Ok(manifest)
    }

    /// The manifest of a finished folder made by anyone.
    ///
    /// # Errors
    /// If there is none (the step has not finished) or it cannot be read.
    pub fn manifest(dir: &Path) -> Result<Manifest, RunError> {
        let path = dir.join("manifest.json");
        let missing = || RunError::Broken {
            path: path.clone(),
            reason: "missing: the step that makes this folder has not finished; run it again".into(),
        };
        read_json(&path)?.ok_or_else(missing)
    }
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Option<T>, RunError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(RunError::Io { path: path.to_path_buf(), source }),
    };
    let broken =
        |error| RunError::Broken { path: path.to_path_buf(), reason: format!("{error}; delete the folder and run the step again") };
    serde_json::from_slice(&bytes).map(Some).map_err(broken)
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain data becomes JSON");
    bytes.push(b'\n');
    write_atomically(path, &bytes).map_err(|source| RunError::Io { path: path.to_path_buf(), source })
}

/// Writes `bytes` beside `path`, syncs and renames: a reader sees the old file or the whole new one.
///
/// # Errors
/// If the disk refuses.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // As any new file: readable by others where the user's mask allows it, not the owner's alone as temporary files are.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_finished_once_its_manifest_and_all_its_files_exist() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunFolder::open(dir.path(), "synth", &("world", 3), 7).unwrap();
        assert!(run.finished().unwrap().is_none());
        let file = dir.path().join("rows.parquet");
        fs::write(&file, b"rows").unwrap();
        run.finish(Counts::new(), vec![Shard::of(&file, 1).unwrap()]).unwrap();
        let again = RunFolder::open(dir.path(), "synth", &("world", 3), 7).unwrap();
        assert_eq!(again.finished().unwrap().unwrap().shards[0].rows, 1);
        fs::write(&file, b"cut").unwrap();
        assert!(again.finished().unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_written_beside_and_renamed_is_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (renamed, plain) = (dir.path().join("renamed"), dir.path().join("plain"));
        write_atomically(&renamed, b"x").unwrap();
        fs::write(&plain, b"x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&renamed), mode(&plain));
    }

    #[test]
    fn a_folder_of_another_configuration_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        RunFolder::open(dir.path(), "synth", &1, 7).unwrap();
        let error = RunFolder::open(dir.path(), "prep", &1, 7).unwrap_err().to_string();
        assert!(error.contains("synth") && error.contains(&dir.path().display().to_string()), "{error}");
    }
}
