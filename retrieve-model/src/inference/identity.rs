//! A model from its release folder, and the folder's hashes: of all that answers depend on, and of what its retrieval vectors depend on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{ReleaseError, Tokenizer, TokenizerError, load_release};
use burn::tensor::Device;
use thiserror::Error;

use super::answerer::Answerer;
use super::confidence::CONFIDENCE_FEATURES;
use crate::model::RetrieveConfig;

/// The file of a release that holds what makes retrieval vectors.
pub(crate) const VECTORS_FILE: &str = "vectors.safetensors";

/// A model could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The folder is missing or broken.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// Its tokenizer is.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Its confidence is computed from other numbers than this build has.
    #[error("{}: its confidence was fitted by an older build; fit it anew (tandem train policy --calibrate --base {} --data TRIPLES --out DIR); if tandem adapt made it, tandem adapt --undo, then adapt again", .0.join("config.json").display(), .0.display())]
    Calibration(PathBuf),
}

impl Answerer {
    /// Loads a release folder.
    ///
    /// # Errors
    /// If a file is missing, broken or of another version.
    pub fn load(model_dir: &Path, device: &Device) -> Result<Self, LoadError> {
        let out = Self::load_uncalibrated(model_dir, device)?;
        // One that was never calibrated has none.
        let of_this_build = [0, CONFIDENCE_FEATURES].contains(&out.config.calibration.right.weights.len());
        of_this_build.then_some(out).ok_or_else(|| LoadError::Calibration(model_dir.to_path_buf()))
    }

    /// The same for a training that calibrates anew: whatever build fitted the confidence of what it starts from.
    pub(crate) fn load_uncalibrated(model_dir: &Path, device: &Device) -> Result<Self, LoadError> {
        let (config, model) = load_release(model_dir, device, |config: &RetrieveConfig, device| config.init(device))?;
        let tokenizer = Tokenizer::load(model_dir)?;
        let (identity, embedding) = identities(model_dir, &config);
        let mut out = Self::new(config, model, Arc::new(tokenizer), device);
        (out.identity, out.embedding) = (identity, embedding);
        Ok(out)
    }

    /// What the retrieval vectors depend on: an index made with one model is as good with another that gives the same. Empty as the identity is.
    #[must_use]
    pub fn embedding(&self) -> &str {
        &self.embedding
    }

    /// A hash of the model's files; empty for a model that was never loaded from any.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }
}

/// The whole model's, and the vectors': their blocks, the tokenizer, and the base, whose embeddings stay as they are. A folder that has no file of
/// its own for the vectors' blocks has one hash for both.
fn identities(model_dir: &Path, config: &RetrieveConfig) -> (String, String) {
    let entries = std::fs::read_dir(model_dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "json" || end == "safetensors")).collect();
    files.sort();
    let (mut whole, mut vectors, mut apart) = (blake3::Hasher::new(), blake3::Hasher::new(), false);
    vectors.update(config.retriever().base.as_bytes()).update(&(config.vector_tokens as u64).to_le_bytes());
    for file in files {
        // All of them were read a moment ago; one that has gone since only changes the hash.
        let bytes = std::fs::read(&file).unwrap_or_default();
        whole.update(&bytes);
        let is = |name: &str| file.file_name().is_some_and(|file| file == name);
        if is(VECTORS_FILE) || is("tokenizer.json") {
            vectors.update(&bytes);
        }
        apart |= is(VECTORS_FILE);
    }
    let whole = whole.finalize().to_hex().to_string();
    let vectors = if apart { vectors.finalize().to_hex().to_string() } else { whole.clone() };
    (whole, vectors)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::fixture;
    use crate::training::Preset;

    #[test]
    fn an_index_outlives_a_new_reader_but_not_new_vectors() {
        let dir = tempfile::tempdir().unwrap();
        let config = Preset::open("demo").unwrap().config(fixture::bert(), "base".to_owned());
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        ["tokenizer.json", "config.json", "encoder.safetensors", VECTORS_FILE].iter().for_each(|name| write(name, "first"));
        let first = identities(dir.path(), &config);
        write("encoder.safetensors", "a new reader");
        write("config.json", "another threshold");
        let (whole, vectors) = identities(dir.path(), &config);
        assert!(whole != first.0 && vectors == first.1);
        for name in [VECTORS_FILE, "tokenizer.json"] {
            write(name, "another");
            assert_ne!(identities(dir.path(), &config).1, first.1);
            write(name, "first");
        }
        let other = crate::model::RetrieveConfig { vector_tokens: config.vector_tokens + 1, ..config };
        assert_ne!(identities(dir.path(), &other).1, first.1);
        fs::remove_file(dir.path().join(VECTORS_FILE)).unwrap();
        let (whole, vectors) = identities(dir.path(), &other);
        assert_eq!(whole, vectors);
    }
}
