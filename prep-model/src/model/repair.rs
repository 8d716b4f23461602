//! The repair head: which characters of a line go, change or are missing. It has characters of its own and wider and wider convolutions over
//! them; the word list enters as what is known of the word around each character. Its weights lie in a file of their own.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor};

use super::alphabet::{CHARACTERS, WRITABLE};
use super::network::{Convolution, ModelConfig, trunk};

/// Classes of the head that keeps (0), deletes (1) or replaces a character (2 and up).
pub const OPERATIONS: usize = 2 + WRITABLE;
/// Classes of the head that inserts nothing (0) or a character in front (1 and up).
pub const INSERTIONS: usize = 1 + WRITABLE;
/// What is known of the word a character stands in: none, known, unknown.
pub const KNOWLEDGE: usize = 3;
/// Where the weights lie in a model folder: names that begin so go into this file.
pub const REPAIR_APART: [(&str, &str); 1] = [("repair", "repair.safetensors")];

/// An edit tagger over characters.
#[derive(Module, Debug)]
pub struct RepairHead {
    characters: Embedding,
    near: Convolution,
    knowledge: Embedding,
    edit_in: Linear,
    edit: Vec<Convolution>,
    operation: Linear,
    insertion: Linear,
}

impl RepairHead {
    pub(super) fn new(config: &ModelConfig, device: &Device) -> Self {
        let small = Initializer::Normal { mean: 0.0, std: 0.3 };
        let wide = |dilation| Convolution::new(config.edit, config.edit, 5, dilation, device);
        Self {
            characters: EmbeddingConfig::new(CHARACTERS, config.d_character).with_initializer(small.clone()).init(device),
            near: Convolution::new(config.d_character, config.trunk, 5, 1, device),
            knowledge: EmbeddingConfig::new(KNOWLEDGE, config.edit).with_initializer(small).init(device),
            edit_in: LinearConfig::new(config.trunk, config.edit).init(device),
            edit: vec![wide(1), wide(2), wide(4)],
            operation: LinearConfig::new(config.edit, OPERATIONS).init(device),
            insertion: LinearConfig::new(config.edit, INSERTIONS).init(device),
        }
    }

    /// Characters and what is known of their words, both `[batch, length]` -> logits `[batch, length, OPERATIONS]` and
    /// `[batch, length, INSERTIONS]`.
    #[must_use]
    pub fn edits(&self, ids: Tensor<2, Int>, knowledge: Tensor<2, Int>) -> (Tensor<3>, Tensor<3>) {
        let [batch, length] = ids.dims();
        let x = trunk(&self.characters, &self.near, ids);
        let [_, _, width] = x.dims();
        let x = self.edit_in.forward(x.reshape([batch * length, width])).reshape([batch as i64, length as i64, -1]);
        let x = x + self.knowledge.forward(knowledge);
        let x = self.edit.iter().fold(x, |x, convolution| x.clone() + relu(convolution.forward(x)));
        let [_, _, width] = x.dims();
        let flat = x.reshape([batch * length, width]);
        let operation = self.operation.forward(flat.clone()).reshape([batch, length, OPERATIONS]);
        (operation, self.insertion.forward(flat).reshape([batch, length, INSERTIONS]))
    }
}
