//! The folder a finished model lives in, laid out as on Hugging Face: `config.json`, `model.safetensors`, `tokenizer.json`, `README.md` (the
//! model card). Everything that loads a model loads this. Parts of the weights may lie in files of their own, so that a part that is trained anew
//! alone changes one file. Not for going on with training: it holds no optimizer state.

mod bytes;
mod narrow;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::{FloatCastAdapter, ModuleSnapshot, SafetensorsStore};
use burn::tensor::{DType, Device};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

pub use self::narrow::{Narrow, as_written};

use crate::tokenizer::{Tokenizer, TokenizerError};

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const CARD: &str = "README.md";

/// A model folder could not be written or loaded.
#[derive(Debug, Error)]
pub enum ReleaseError {
    /// A file is missing, damaged or does not fit.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The tokenizer could not be written.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

impl ReleaseError {
    fn new(path: &Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

/// How weights are written. Loading gives 32 bits again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// As they are.
    #[default]
    Full,
    /// In 16 bits: half the size, and about three decimal digits of each weight.
    Half,
    /// Matrices in 8 bits with a scale for each row, the rest as it is: a quarter of the size.
    Byte,
}

/// How a model is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// Of the weights.
    pub precision: Precision,
    /// Files of their own for the weights whose names begin so, the first that fits: `[(prefix, file)]`; the rest goes to `model.safetensors`.
    pub apart: &'static [(&'static str, &'static str)],
    /// Where matrices are in 8 bits, those that have fewer: `[(prefix, bits)]`, with a scale for 64 weights beside.
    pub narrow: &'static Narrow,
}

/// Writes a model folder with weights exactly as they are.
///
/// # Errors
/// If the disk refuses.
pub fn save_release<M: Module>(
    dir: &Path,
    config: &impl Serialize,
    model: &M,
    tokenizer: Option<&Tokenizer>,
    card: &str,
) -> Result<(), ReleaseError> {
    save_release_with(dir, config, model, tokenizer, card, ReleaseOptions::default())
}

/// Writes a model folder. Each file is written beside and renamed, `config.json` last, so that a folder with a config is whole.
///
/// # Errors
/// If the disk refuses.
pub fn save_release_with<M: Module>(
    dir: &Path,
    config: &impl Serialize,
    model: &M,
    tokenizer: Option<&Tokenizer>,
    card: &str,
    options: ReleaseOptions,
) -> Result<(), ReleaseError> {
    fs::create_dir_all(dir).map_err(|error| ReleaseError::new(dir, error))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        records::write_atomically(&path, bytes).map_err(|error| ReleaseError::new(&path, error))
    };
    let broken = |reason: String| ReleaseError::new(&dir.join(WEIGHTS), reason);
    let all = weights(model, options.precision).map_err(broken)?;
    let files = bytes::divide(&all, &options, WEIGHTS).map_err(broken)?;
    for old in weight_files(dir).into_iter().filter(|old| !files.iter().any(|(name, _)| dir.join(name) == *old)) {
        fs::remove_file(&old).map_err(|error| ReleaseError::new(&old, error))?;
    }
    for (name, bytes) in &files {
        write(name, bytes)?;
    }
    if let Some(tokenizer) = tokenizer {
        tokenizer.save(dir)?;
    }
    write(CARD, card.as_bytes())?;
    let mut json = serde_json::to_vec_pretty(config).map_err(|error| ReleaseError::new(&dir.join(CONFIG), error))?;
    json.push(b'\n');
    write(CONFIG, &json)
}

/// The files of weights in a folder, sorted.
fn weight_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "safetensors")).collect();
    files.sort();
    files
}

/// Hash of a model's weights, all files together, which names it in results: blake3 in hex.
///
/// # Errors
/// If there are none or one cannot be read.
pub fn weights_hash(dir: &Path) -> Result<String, ReleaseError> {
    let files = weight_files(dir);
    if files.is_empty() {
        return Err(ReleaseError::new(&dir.join(WEIGHTS), "no such file: train the model first (tandem train), or name its folder"));
    }
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(&read(&file)?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn weights<M: Module>(model: &M, precision: Precision) -> Result<Vec<u8>, String> {
    // One entry of metadata only: its order in the file would otherwise change from run to run. "pt" is what other readers expect to find.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata().metadata("format", "pt");
    if precision == Precision::Half {
        store = store.with_to_adapter(FloatCastAdapter::to(DType::F16));
    }
    model.valid().save_into(&mut store).map_err(|error| error.to_string())?;
    store.get_bytes().map_err(|error| error.to_string())
}

/// Loads a model folder: reads the configuration, makes the model with `init`, fills in the weights.
///
/// # Errors
/// If a file is missing, is damaged, or does not fit the configuration; the error names the file and what to do.
pub fn load_release<C: DeserializeOwned, M: Module>(
    dir: &Path,
    device: &Device,
    init: impl FnOnce(&C, &Device) -> M,
) -> Result<(C, M), ReleaseError> {
    let config: C = {
        let path = dir.join(CONFIG);
        let bytes = read(&path)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ReleaseError::new(&path, format!("{error}; train the model again or restore the folder")))?
    };
    let path = dir.join(WEIGHTS);
    let again = "train the model again or restore the folder";
    // Without any, the one that every folder may have is missed.
    let files = Some(weight_files(dir)).filter(|files| !files.is_empty()).unwrap_or_else(|| vec![path.clone()]);
    let mut parts = Vec::new();
    for file in &files {
        parts.push((file, read(file)?));
    }
    let joined = bytes::join(&parts).map_err(|(file, reason)| ReleaseError::new(&file, format!("{reason}; {again}")))?;
    let mut model = init(&config, device);
    let mut store = SafetensorsStore::from_bytes(Some(joined)).with_from_adapter(FloatCastAdapter::to(DType::F32));
    let result = model.load_from(&mut store).map_err(|error| {
        let reason = error.to_string();
        ReleaseError::new(&path, format!("{}; train the model again or restore the folder", reason.trim()))
    })?;
    if !result.unused.is_empty() {
        let names = result.unused.join(", ");
        return Err(ReleaseError::new(&path, format!("holds weights this version has no place for ({names}); train the model again")));
    }
    Ok((config, model))
}

fn read(path: &Path) -> Result<Vec<u8>, ReleaseError> {
    fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ReleaseError::new(path, "no such file; train the model first, or name another folder with --model"),
        _ => ReleaseError::new(path, error),
    })
}
