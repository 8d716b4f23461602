//! What a training run leaves behind to go on from: weights and optimizer state in burn's own format, which keeps parameter ids, with the
//! step and the time spent. A checkpoint is a folder, made beside and renamed; the newest that is whole counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::optimizer::AdamW;

/// Checkpoints kept: the newest, and the one before in case the newest is damaged.
const KEEP: usize = 2;
const MODEL: &str = "model.bpk";
const OPTIMIZER: &str = "optimizer.bpk";
const STATE: &str = "state.json";

/// A checkpoint could not be written or used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A file does not fit the model or is damaged.
    #[error("{}: {reason}; name another run folder, or delete this checkpoint to go on from the one before", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Steps done.
    pub(crate) step: u64,
    /// Seconds spent training.
    pub(crate) seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct State {
    progress: Progress,
    /// blake3 of the two files, in hex.
    model: String,
    optimizer: String,
}

fn root(run_dir: &Path) -> PathBuf {
    run_dir.join("checkpoints")
}

/// Writes a checkpoint and removes those that are too old to be of use.
pub(crate) fn save<M: Module>(run_dir: &Path, model: &M, optimizer: &AdamW, progress: Progress) -> Result<(), CheckpointError> {
    let root = root(run_dir);
    let dir = root.join(format!("step-{:09}", progress.step));
    let temporary = root.join(format!("step-{:09}.tmp", progress.step));
    let broken = |error: burn::store::RecordError| CheckpointError::Broken { path: dir.clone(), reason: error.to_string() };
    let model = model.clone().into_record().into_bytes().map_err(broken)?;
    let optimizer = optimizer.to_bytes().map_err(broken)?;
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let state = State { progress, model: hash(&model), optimizer: hash(&optimizer) };
    let state =
        serde_json::to_vec_pretty(&state).map_err(|error| CheckpointError::Broken { path: dir.clone(), reason: error.to_string() })?;
    let write = || {
        remove(&temporary)?;
        fs::create_dir_all(&temporary)?;
        records::write_atomically(&temporary.join(MODEL), &model)?;
        records::write_atomically(&temporary.join(OPTIMIZER), &optimizer)?;
        records::write_atomically(&temporary.join(STATE), &state)?;
        remove(&dir)?;
        fs::rename(&temporary, &dir)
    };
    write().map_err(|source| CheckpointError::Io { path: dir.clone(), source })?;
    for old in list(run_dir)?.iter().rev().skip(KEEP) {
        remove(old).map_err(|source| CheckpointError::Io { path: old.clone(), source })?;
    }
    Ok(())
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The finished checkpoints of a run, oldest first.
fn list(run_dir: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    let root = root(run_dir);
    let entries = match fs::read_dir(&root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(CheckpointError::Io { path: root, source }),
    };
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_prefix("step-").is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(named).collect();
    found.sort();
    Ok(found)
}

/// Puts the newest checkpoint that is whole into the model and its optimizer, which `fresh` makes for a model; says where the run stands.
///
/// A damaged one is passed over with a warning. One that is whole but does not fit the model is an error: starting over in silence would throw
/// away what somebody trained.
pub(crate) fn load<M: Module>(run_dir: &Path, model: M, fresh: impl Fn(&M) -> AdamW) -> Result<(M, AdamW, Progress), CheckpointError> {
    for dir in list(run_dir)?.iter().rev() {
        match read(dir) {
            Ok((weights, optimizer, progress)) => {
                let broken = |file: &str| {
                    let path = dir.join(file);
                    move |error: burn::store::RecordError| CheckpointError::Broken {
                        path,
                        reason: format!("made by another model: {error}"),
                    }
                };
                let record = ModuleRecord::from_bytes(weights).map_err(broken(MODEL))?;
                let model = model.try_load_record(record).map_err(broken(MODEL))?;
                let optimizer = fresh(&model).load(optimizer).map_err(broken(OPTIMIZER))?;
                return Ok((model, optimizer, progress));
            }
            Err(error) => tracing::warn!(%error, "passing over a damaged checkpoint"),
        }
    }
    let optimizer = fresh(&model);
    Ok((model, optimizer, Progress::default()))
}

fn read(dir: &Path) -> Result<(Bytes, Bytes, Progress), CheckpointError> {
    let file = |name: &str| {
        let path = dir.join(name);
        fs::read(&path).map_err(|source| CheckpointError::Io { path, source })
    };
    let broken = |name: &str, reason: String| CheckpointError::Broken { path: dir.join(name), reason };
    let state: State = serde_json::from_slice(&file(STATE)?).map_err(|error| broken(STATE, error.to_string()))?;
    let whole = |name: &str, hash: &str| {
        let bytes = file(name)?;
        let same = blake3::hash(&bytes).to_hex().as_str() == hash;
        if same { Ok(Bytes::from_bytes_vec(bytes)) } else { Err(broken(name, "its bytes have changed since it was written".into())) }
    };
    Ok((whole(MODEL, &state.model)?, whole(OPTIMIZER, &state.optimizer)?, state.progress))
}
