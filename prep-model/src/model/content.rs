//! What a web page is about, told from what stands around it: one linear layer over what is said of a line, the elements around it, its place in
//! the page and what the author called its parts. In cross-validation over a hundred pages a hidden layer was no better.

mod features;
mod kinds;
mod names;
mod shape;
mod tree;

use std::path::Path;

use backbone::{ReleaseError, load_release};
use burn::module::{Initializer, Module};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

pub use features::{CONTENT_FEATURES, PageFeatures};
pub(crate) use shape::is_prose;

use crate::read::Reading;

/// The folder of this part inside a preparation model's.
pub const CONTENT_FOLDER: &str = "content";
/// [`ContentConfig::kind`] of this model.
pub const CONTENT_KIND: &str = "tandem-prep-content";
/// Lines that are scored at once.
const CHUNK: usize = 1_024;

/// `config.json` of the part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContentConfig {
    /// What the folder holds.
    pub kind: String,
    /// Numbers per line, [`CONTENT_FEATURES`].
    pub features: usize,
    /// Probability of content below which a line is left out.
    pub least: f32,
}

impl Default for ContentConfig {
    /// Chosen for what is lost rather than for F1: in cross-validation over the training pages F1 is 0.894 and recall 0.970, at 0.4 0.914 and 0.950.
    /// It was 0.3 until the pages that only measure showed a recall below 0.93.
    fn default() -> Self {
        Self { kind: CONTENT_KIND.into(), features: CONTENT_FEATURES, least: 0.2 }
    }
}

impl ContentConfig {
    /// The model with weights of zero, which calls every line undecided.
    #[must_use]
    pub fn init(&self, device: &Device) -> ContentModel {
        ContentModel { line: LinearConfig::new(self.features, 1).with_initializer(Initializer::Zeros).init(device) }
    }
}

/// Says of the lines of a web page how likely they are what it is about.
#[derive(Module, Debug)]
pub struct ContentModel {
    line: Linear,
}

impl ContentModel {
    /// `[lines, CONTENT_FEATURES]` -> logits `[lines]`.
    #[must_use]
    pub fn forward(&self, features: Tensor<2>) -> Tensor<1> {
        self.line.forward(features).squeeze_dim(1)
    }

    /// Sum of the squares of the weights, `[1]`.
    #[must_use]
    pub fn squares(&self) -> Tensor<1> {
        self.line.weight.val().powi_scalar(2).sum()
    }

    /// The probability of content of every line of a page.
    #[must_use]
    pub fn score(&self, reading: &Reading, device: &Device) -> Vec<f32> {
        let page = PageFeatures::new(&reading.lines, &reading.outline, reading.title.as_deref());
        let mut out = Vec::with_capacity(reading.lines.len());
        for start in (0..reading.lines.len()).step_by(CHUNK) {
            let end = (start + CHUNK).min(reading.lines.len());
            let rows = TensorData::new(page.rows(start..end), [end - start, CONTENT_FEATURES]);
            let scores = sigmoid(self.forward(Tensor::from_data(rows, device)));
            out.extend(scores.into_data().iter::<f32>());
        }
        out
    }
}

/// The part of a preparation model's folder; none if it has none, as the models made before it.
///
/// # Errors
/// If a file is broken or of another version.
pub fn load_content(dir: &Path, device: &Device) -> Result<Option<(ContentConfig, ContentModel)>, ReleaseError> {
    let dir = dir.join(CONTENT_FOLDER);
    if !dir.join("config.json").is_file() {
        return Ok(None);
    }
    load_release(&dir, device, |config: &ContentConfig, device| config.init(device)).map(Some)
}
