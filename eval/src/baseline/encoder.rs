//! An encoder that the user supplies: a folder as sentence encoders are published (`config.json`, `model.safetensors`, `tokenizer.json`, perhaps
//! `1_Pooling/config.json` and `sentence_bert_config.json`), such as all-MiniLM-L6-v2. Nothing is downloaded.

use std::path::Path;

use backbone::{BaseError, Bert, BertInput, DeviceChoice, load_base, open_device, padding_mask};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationParams};

use crate::EvalError;

/// Tokens of a batch, padding included.
const BATCH: usize = 4_096;
/// Lengths are rounded up to a multiple of this, so that few shapes are compiled on CUDA.
const STEP: usize = 16;

/// How a text's token vectors become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pooling {
    #[default]
    Mean,
    First,
}

#[derive(Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

#[derive(Deserialize)]
struct LengthFile {
    max_seq_length: usize,
}

/// A loaded encoder. Vectors have unit length.
#[derive(Debug)]
pub struct Encoder {
    network: Bert,
    tokenizer: Tokenizer,
    pooling: Pooling,
    dimensions: usize,
    name: String,
    device: Device,
}

/// Reads a file of the folder; `what` says what it is for.
fn read(path: &Path, what: &str) -> Result<Vec<u8>, EvalError> {
    std::fs::read(path).map_err(|error| EvalError::input(path, format!("{error}: --embedding needs a folder with {what}")))
}

/// Reads a file that a folder need not have.
fn read_optional<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, EvalError> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| EvalError::input(path, error.to_string()))
}

impl Encoder {
    /// Loads a folder.
    ///
    /// # Errors
    /// If a file is missing or of another kind of model; the error names the file and what is supported.
    pub fn load(dir: &Path, device: DeviceChoice) -> Result<Self, EvalError> {
        let device = open_device(device).map_err(|error| EvalError::system("workflow", error))?;
        let unusable = |error: BaseError| EvalError::input(error.path(), format!("--embedding: {}", error.reason()));
        let (config, network, hash) = load_base(dir, &device).map_err(unusable)?;
        let pooling = pooling(&dir.join("1_Pooling/config.json"))?;
        let longest = read_optional::<LengthFile>(&dir.join("sentence_bert_config.json"))?.map_or(usize::MAX, |file| file.max_seq_length);
        let tokenizer = tokenizer(&dir.join("tokenizer.json"), longest.min(network.longest()))?;
        let name = format!("encoder {}", &hash[..12]);
        Ok(Self { network, tokenizer, pooling, dimensions: config.hidden_size, name, device })
    }

    /// Names the weights by their hash.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// A unit vector for each text. A text that cannot be cut into tokens has zeros.
    #[must_use]
    pub fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let ids = |text: &&str| self.tokenizer.encode(*text, true).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default();
        let ids: Vec<Vec<u32>> = texts.iter().map(ids).collect();
        let mut out = vec![vec![0.0; self.dimensions]; texts.len()];
        // The activation is computed on one thread: several batches at once keep the others busy.
        let vectors: Vec<_> = batches(&ids).into_par_iter().map(|batch| (self.embed_batch(&ids, &batch), batch)).collect();
        for (at, vector) in vectors.into_iter().flat_map(|(vectors, batch)| batch.into_iter().zip(vectors)) {
            out[at] = vector;
        }
        out
    }

    fn embed_batch(&self, ids: &[Vec<u32>], batch: &[usize]) -> Vec<Vec<f32>> {
        let texts: Vec<&[u32]> = batch.iter().map(|at| ids[*at].as_slice()).collect();
        let lengths: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let tokens = lengths.iter().copied().max().unwrap_or(1).next_multiple_of(STEP).min(self.network.longest());
        let padded = texts.iter().flat_map(|ids| ids.iter().map(|id| *id as i32).chain(std::iter::repeat(0)).take(tokens)).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new::<i32, _>(padded, [texts.len(), tokens]), &self.device);
        let padding = padding_mask(&lengths, tokens, &self.device);
        let hidden = self.network.forward(BertInput { ids, kinds: None, padding: padding.clone() });
        let pooled: Tensor<2> = match self.pooling {
            Pooling::First => hidden.slice([0..texts.len(), 0..1]).squeeze_dim(1),
            // [batch, tokens, width] x [batch, tokens, 1], summed over the tokens; the length makes no difference to a unit vector.
            Pooling::Mean => (hidden * padding.bool_not().float().unsqueeze_dim::<3>(2)).sum_dim(1).squeeze_dim(1),
        };
        let flat: Vec<f32> = pooled.into_data().try_to_vec().unwrap_or_default();
        flat.chunks(self.dimensions).map(unit).collect()
    }
}

/// Texts of like length together, the longest first: what is too much for the memory fails at once, not at the end. Texts without a token are left
/// out.
fn batches(ids: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..ids.len()).filter(|at| !ids[*at].is_empty()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(ids[*at].len()));
    let mut out = Vec::new();
    let mut rest = order.as_slice();
    while let Some(first) = rest.first() {
        let tokens = ids[*first].len().next_multiple_of(STEP);
        let (batch, more) = rest.split_at(rest.len().min((BATCH / tokens).max(1)));
        out.push(batch.to_vec());
        rest = more;
    }
    out
}

fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.iter().map(|x| x / length).collect()
}

fn pooling(path: &Path) -> Result<Pooling, EvalError> {
    match read_optional::<PoolingFile>(path)? {
        None => Ok(Pooling::Mean),
        Some(PoolingFile { pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }) => Ok(Pooling::Mean),
        Some(PoolingFile { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }) => Ok(Pooling::First),
        Some(_) => Err(EvalError::input(path, "only the mean of the tokens or the first token alone can be pooled")),
    }
}

/// The tokenizer without the padding and truncation that its file may ask for.
fn tokenizer(path: &Path, longest: usize) -> Result<Tokenizer, EvalError> {
    let broken = |error: tokenizers::Error| EvalError::input(path, format!("{error}: --embedding needs the encoder's own tokenizer.json"));
    let mut tokenizer = Tokenizer::from_bytes(read(path, "tokenizer.json")?).map_err(broken)?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(TruncationParams { max_length: longest, ..TruncationParams::default() })).map_err(broken)?;
    Ok(tokenizer)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[derive(Deserialize)]
    struct Expected {
        text: String,
        vector: Vec<f32>,
    }

    fn fixture() -> PathBuf {
        published("tiny_bert")
    }

    fn published(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../backbone/fixtures").join(name)
    }

    /// The largest difference between our vectors and those that transformers gave.
    fn distance(encoder: &Encoder, expected: &[Expected]) -> f32 {
        let texts: Vec<&str> = expected.iter().map(|one| one.text.as_str()).collect();
        let ours = encoder.embed(&texts);
        let pairs = ours.iter().zip(expected).flat_map(|(ours, theirs)| ours.iter().zip(&theirs.vector));
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn vectors_are_those_of_the_reference_implementation() {
        for folder in ["tiny_bert", "tiny_mpnet"].map(published) {
            let encoder = Encoder::load(&folder, DeviceChoice::Cpu).unwrap();
            let expected: Vec<Expected> = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
            assert!(distance(&encoder, &expected) < 1e-4, "{}: {}", folder.display(), distance(&encoder, &expected));
        }
    }

    #[test]
    fn a_text_has_the_same_vector_alone_and_among_others() {
        let encoder = Encoder::load(&fixture(), DeviceChoice::Cpu).unwrap();
        let together = encoder.embed(&["the ferry", "who founded the harbour office at nine?", ""]);
        let alone = encoder.embed(&["the ferry"]).remove(0);
        assert!(together[0].iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5));
        assert!((alone.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_folder_of_another_kind_is_named_with_what_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let error = |dir: &Path| Encoder::load(dir, DeviceChoice::Cpu).unwrap_err().to_string();
        assert!(error(dir.path()).contains("config.json") && error(dir.path()).contains("--embedding"), "{}", error(dir.path()));
        for file in ["config.json", "tokenizer.json"] {
            std::fs::copy(fixture().join(file), dir.path().join(file)).unwrap();
        }
        assert!(error(dir.path()).contains("model.safetensors"));
        let config = std::fs::read_to_string(fixture().join("config.json")).unwrap();
        std::fs::write(dir.path().join("config.json"), config.replace("\"bert\"", "\"xlm-roberta\"")).unwrap();
        assert!(error(dir.path()).contains("xlm-roberta"), "{}", error(dir.path()));
        std::fs::write(dir.path().join("config.json"), config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")).unwrap();
        std::fs::copy(fixture().join("model.safetensors"), dir.path().join("model.safetensors")).unwrap();
        assert!(error(dir.path()).contains("not the weights"), "{}", error(dir.path()));
    }
}
