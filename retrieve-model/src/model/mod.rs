//! The network: an encoder that reads question and section together, a few blocks on the same embeddings that make retrieval vectors, a first
//! stage that corrects BM25, and a controller that picks the next action.

mod config;
mod first_stage;
mod policy;
mod reader;

use backbone::{Bert, BertBlocks};
use burn::module::Module;
use burn::tensor::Device;

pub use config::{Calibration, Kept, Published, RetrieveConfig, SearchConfig, SigmoidScore};
pub use first_stage::{CANDIDATE_FEATURES, FirstStage};
pub use policy::{ACTION_FEATURES, FIRST_FEATURES, Policy};
pub(crate) use reader::unit;
pub use reader::{ReadOutput, Reader};

/// Everything a release folder holds.
#[derive(Module, Debug)]
pub struct RetrieveModel {
    /// Encoder and heads.
    pub reader: Reader,
    /// Corrects BM25.
    pub first_stage: FirstStage,
    /// Picks the next action up to the first answer.
    pub policy: Policy,
    /// Picks those behind it; without it every question gets one answer.
    pub further: Option<Policy>,
    /// The encoder's blocks as they were published: what learned to read from questions in the text's own words has forgotten some of what questions in
    /// other words have to do with it (see LOG.md).
    pub similarity: Option<BertBlocks>,
}

impl RetrieveConfig {
    /// Makes the network with chance weights, to be filled from a release folder.
    #[must_use]
    pub fn init(&self, device: &Device) -> RetrieveModel {
        let retriever = self.retriever.as_ref().map(|published| published.encoder.init(device));
        self.on(self.encoder.init(device), retriever, device)
    }

    /// Makes the network on a published encoder, and on another for vectors and comparison where there is one; the first stage starts as BM25 and the
    /// controller as its rule.
    #[must_use]
    pub fn on(&self, encoder: Bert, retriever: Option<Bert>, device: &Device) -> RetrieveModel {
        let compares = retriever.as_ref().unwrap_or(&encoder);
        RetrieveModel {
            similarity: (self.search.compared > 0).then(|| compares.first_blocks(compares.layers())),
            policy: Policy::new(encoder.width(), self.policy_hidden, device),
            further: self.further.then(|| Policy::further(encoder.width(), self.policy_hidden, device)),
            reader: Reader::new(encoder, retriever, self.vector_blocks, device),
            first_stage: FirstStage::new(device),
        }
    }
}
