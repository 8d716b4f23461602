//! Loading a published folder.

use std::path::{Path, PathBuf};

use burn::store::{FloatCastAdapter, ModuleAdapter as _, ModuleSnapshot as _, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{DType, Device};
use thiserror::Error;

use super::{Bert, BertConfig};

/// Names of published weights, as regular expressions, and the names they have here.
const NAMES: [(&str, &str); 20] = [
    (r"^bert\.", ""),
    (r"^embeddings\.word_embeddings\.", "words."),
    (r"^embeddings\.position_embeddings\.", "positions."),
    (r"^embeddings\.token_type_embeddings\.", "types."),
    (r"^embeddings\.LayerNorm\.", "norm."),
    (r"^mpnet\.", ""),
    (r"^encoder\.relative_attention_bias\.weight$", "distances"),
    (r"^encoder\.layer\.", "blocks."),
    (r"\.attention\.attn\.q\.", ".query."),
    (r"\.attention\.attn\.k\.", ".key."),
    (r"\.attention\.attn\.v\.", ".value."),
    (r"\.attention\.attn\.o\.", ".output_of_attention."),
    (r"\.attention\.LayerNorm\.", ".attention_norm."),
    (r"\.attention\.self\.", "."),
    (r"\.attention\.output\.dense\.", ".output_of_attention."),
    (r"\.attention\.output\.LayerNorm\.", ".attention_norm."),
    (r"\.intermediate\.dense\.", ".widen."),
    (r"\.output\.dense\.", ".narrow."),
    (r"\.output\.LayerNorm\.", ".output_norm."),
    (r"\.output_of_attention\.", ".output."),
];

/// A published folder cannot be used.
#[derive(Debug, Error)]
#[error("{}: {reason}", path.display())]
pub struct BaseError {
    path: PathBuf,
    reason: String,
}

impl BaseError {
    fn new(path: &Path, reason: impl ToString) -> Self {
        Self { path: path.to_path_buf(), reason: reason.to_string() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with it and what is needed.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Loads configuration and weights of a folder, and the blake3 of the weights in hex.
///
/// # Errors
/// If a file is missing, of another kind of model, or does not fit the configuration; the error names the file and what is needed.
pub fn load_base(dir: &Path, device: &Device) -> Result<(BertConfig, Bert, String), BaseError> {
    let path = dir.join("config.json");
    let needed = "an encoder of the BERT or MPNet type is a folder with config.json, model.safetensors and tokenizer.json";
    let read = |path: &Path| std::fs::read(path).map_err(|error| BaseError::new(path, format!("{error}: {needed}")));
    let broken = |reason: String| BaseError::new(&path, format!("{reason}: only encoders of the BERT or MPNet type can be used"));
    let config: BertConfig = serde_json::from_slice(&read(&path)?).map_err(|error| broken(error.to_string()))?;
    if let Some(fault) = config.fault() {
        return Err(broken(fault));
    }
    let path = dir.join("model.safetensors");
    let bytes = read(&path)?;
    let hash = blake3::hash(&bytes).to_hex().to_string();
    let mut network = config.init(device);
    let adapter = PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32));
    let mut store = SafetensorsStore::from_bytes(Some(bytes)).with_from_adapter(adapter).map_indices_contiguous(false);
    for (pattern, name) in NAMES {
        store = store.with_key_remapping(pattern, name);
    }
    // Weights of heads for other tasks may be in the file; a weight of the network that is missing is an error.
    let unfit = |reason: &str| BaseError::new(&path, format!("{}: not the weights that config.json describes", reason.trim()));
    network.load_from(&mut store).map_err(|error| unfit(&error.to_string()))?;
    Ok((config, network, hash))
}
