//! The folder a step leaves behind. `run.json` says what is being made (written first), shards appear one by one under their final names,
//! `manifest.json` says that all of it is there (written last). A step whose manifest exists has nothing left to do.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::lock::{self, FolderLock};
use crate::write::write_atomically;
use crate::{Part, SCHEMA_VERSION};

/// Name of the file that says what is being made.
const INTENT: &str = "run.json";

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
    /// Which part of the run this is, where several processes share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
}

impl Intent {
    fn of(stage: &str, configuration: &impl Serialize, seed: u64) -> Self {
        let json = serde_json::to_vec(configuration).expect("a configuration is plain data");
        let configuration = blake3::hash(&json).to_hex().to_string();
        Self { schema_version: SCHEMA_VERSION, stage: stage.to_owned(), configuration, seed, part: None }
    }
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
    #[error("{}: holds a {found} run of other inputs or options: name another folder, or delete this one to make it anew", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// The stage it was made by.
        found: String,
    },
    /// The folder holds files that no run has made.
    #[error("{}: holds {found}, which tandem did not make there: name an empty or a new folder", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// Another run is writing into the folder.
    #[error("{}: {} is writing here: wait for it, or name another folder", path.display(), if holder.is_empty() { "another run" } else { holder })]
    Busy {
        /// The folder.
        path: PathBuf,
        /// Who holds it, as in `process 1234`; empty where that is not known.
        holder: String,
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

/// The folder of one step, held until the last clone of this is dropped or the process ends.
#[derive(Clone, Debug)]
pub struct RunFolder {
    dir: PathBuf,
    intent: Intent,
    _lock: Arc<FolderLock>,
}

impl RunFolder {
    /// Creates the folder, or opens the one an earlier run of the same configuration left.
    ///
    /// # Errors
    /// If the folder cannot be made, another process writes into it, or it holds a run of another configuration or files of the user's.
    pub fn open(dir: &Path, stage: &str, configuration: &impl Serialize, seed: u64) -> Result<Self, RunError> {
        Self::open_part(dir, stage, configuration, seed, Part::WHOLE)
    }

    /// [`Self::open`] for one of several processes that share the run, each with a folder of its own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_part(dir: &Path, stage: &str, configuration: &impl Serialize, seed: u64, part: Part) -> Result<Self, RunError> {
        Self::open_intended(dir, Self::claim(dir, &[])?, Intent { part: part.of_several(), ..Intent::of(stage, configuration, seed) })
    }

    /// Makes the folder of the run that a part belongs to, as this part's manifest names it.
    pub(crate) fn open_joined(dir: &Path, part: &Manifest) -> Result<Self, RunError> {
        let Manifest { schema_version, stage, configuration, seed, .. } = part.clone();
        Self::open_intended(dir, Self::claim(dir, &[])?, Intent { schema_version, stage, configuration, seed, part: None })
    }

    /// Makes a folder and holds it before it is known what will be made there. `known` names what an earlier try may have left that came no
    /// further.
    ///
    /// # Errors
    /// If the folder cannot be made, another process writes into it, or something lies there that no run has made.
    pub fn claim(dir: &Path, known: &[&str]) -> Result<FolderLock, RunError> {
        fs::create_dir_all(dir).map_err(|source| RunError::Io { path: dir.to_path_buf(), source })?;
        let lock = FolderLock::take(dir)?;
        if !dir.join(INTENT).exists() {
            Self::refuse_foreign(dir, known)?;
        }
        Ok(lock)
    }

    /// [`Self::open`] for a folder that is held and was looked at already.
    ///
    /// # Errors
    /// If the folder holds a run of another configuration, or the disk refuses.
    pub fn open_locked(dir: &Path, lock: FolderLock, stage: &str, configuration: &impl Serialize, seed: u64) -> Result<Self, RunError> {
        Self::open_intended(dir, lock, Intent::of(stage, configuration, seed))
    }

    fn open_intended(dir: &Path, lock: FolderLock, intent: Intent) -> Result<Self, RunError> {
        let path = dir.join(INTENT);
        match read_json::<Intent>(&path)? {
            Some(found) if found != intent => return Err(RunError::Other { path: dir.to_path_buf(), found: found.stage }),
            Some(_) => {}
            None => write_json(&path, &intent)?,
        }
        Ok(Self { dir: dir.to_path_buf(), intent, _lock: Arc::new(lock) })
    }

    /// Refuses a folder in which something lies already: what a run writes could replace it.
    ///
    /// # Errors
    /// If there is anything that is not hidden and not `known`.
    pub fn refuse_foreign(dir: &Path, known: &[&str]) -> Result<(), RunError> {
        match lock::anything(dir, known) {
            Ok(None) => Ok(()),
            Ok(Some(found)) => Err(RunError::Foreign { path: dir.to_path_buf(), found }),
            Err(source) => Err(RunError::Io { path: dir.to_path_buf(), source }),
        }
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
        let Intent { schema_version, stage, configuration, seed, part } = self.intent.clone();
        let manifest = Manifest { schema_version, stage, configuration, seed, part, counts, shards };
        write_json(&self.dir.join("manifest.json"), &manifest)?;
        Ok(manifest)
    }

    /// The manifest of a finished folder made by anyone.
    ///
    /// # Errors
    /// If there is none (the step has not finished, or is at work), it cannot be read, or it is that of a part.
    pub fn manifest(dir: &Path) -> Result<Manifest, RunError> {
        let manifest = Self::part_manifest(dir)?;
        match manifest.part {
            None => Ok(manifest),
            Some(part) => Err(RunError::Broken {
                path: dir.to_path_buf(),
                reason: format!("is part {part} of a {} run: `tandem merge` makes the whole of its parts", manifest.stage),
            }),
        }
    }

    /// The manifest of a finished folder, or of a finished part of one.
    ///
    /// # Errors
    /// If there is none or it cannot be read.
    pub(crate) fn part_manifest(dir: &Path) -> Result<Manifest, RunError> {
        let path = dir.join("manifest.json");
        let missing = || match FolderLock::holder(dir) {
            Some(holder) => RunError::Busy { path: dir.to_path_buf(), holder },
            None => RunError::Broken {
                path: path.clone(),
                reason: "missing: the step that makes this folder has not finished; run it again".into(),
            },
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
    // It may be another program's file of the same name, so nothing is said about deleting it.
    let broken = |error| RunError::Broken {
        path: path.to_path_buf(),
        reason: format!("not what a run of tandem writes ({error}): run the step again into another folder"),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(broken)
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain data becomes JSON");
    bytes.push(b'\n');
    write_atomically(path, &bytes).map_err(|source| RunError::Io { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests;
