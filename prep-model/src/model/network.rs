//! The network. Characters become vectors, neighbours are mixed by convolutions written as one matrix product each, a line is what its
//! characters pool to beside its features, and a small transformer lets the lines of a window see each other. The edit head goes on from the
//! same characters with wider and wider convolutions, and is run only where a line is damaged.

use backbone::{Transformer, TransformerConfig};
use burn::config::Config;
use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Bool, Device, Int, Tensor};

use super::alphabet::{CHARACTERS, WRITABLE};
use super::features::FEATURES;

/// Heading levels told apart, 0 for lines that are no heading.
pub const LEVELS: usize = 7;
/// Classes of the heads on a line, in the order of their columns.
pub const HEADS: [usize; 5] = [14, LEVELS, 4, 2, 2];
/// Columns of all heads on a line together.
pub const LINE_COLUMNS: usize = 29;
/// Classes of the head that keeps (0), deletes (1) or replaces a character (2 and up).
pub const OPERATIONS: usize = 2 + WRITABLE;
/// Classes of the head that inserts nothing (0) or a character in front (1 and up).
pub const INSERTIONS: usize = 1 + WRITABLE;
/// What is known of the word a character stands in: none, known, unknown.
pub const KNOWLEDGE: usize = 3;

/// Sizes of the network, and how much of a line it sees.
#[derive(Config, Debug, PartialEq)]
pub struct ModelConfig {
    /// Width of a character's vector.
    pub d_character: usize,
    /// Width of the trunk.
    pub trunk: usize,
    /// Characters of the start of a line that the line pass sees.
    pub head_characters: usize,
    /// Characters of the end of a longer line that the line pass sees.
    pub tail_characters: usize,
    /// Lines that see each other.
    pub window: usize,
    /// The blocks over lines.
    pub lines: TransformerConfig,
    /// Width of the edit head.
    pub edit: usize,
    /// Characters the edit head sees at once.
    pub edit_window: usize,
    /// Numbers per line beside its characters; must be what this version computes.
    pub features: usize,
}

impl ModelConfig {
    /// Makes the network.
    #[must_use]
    pub fn init(&self, device: &Device) -> PrepModel {
        let d_line = self.lines.d_model;
        let small = Initializer::Normal { mean: 0.0, std: 0.3 };
        let wide = |dilation| Convolution::new(self.edit, self.edit, 5, dilation, device);
        PrepModel {
            characters: EmbeddingConfig::new(CHARACTERS, self.d_character).with_initializer(small.clone()).init(device),
            near: Convolution::new(self.d_character, self.trunk, 5, 1, device),
            line: LinearConfig::new(2 * self.trunk + self.features, d_line).init(device),
            transformer: self.lines.init(device),
            heads: LinearConfig::new(d_line, LINE_COLUMNS).init(device),
            knowledge: EmbeddingConfig::new(KNOWLEDGE, self.edit).with_initializer(small).init(device),
            edit_in: LinearConfig::new(self.trunk, self.edit).init(device),
            edit: vec![wide(1), wide(2), wide(4)],
            operation: LinearConfig::new(self.edit, OPERATIONS).init(device),
            insertion: LinearConfig::new(self.edit, INSERTIONS).init(device),
        }
    }

    /// Whether this version of the program can run a network of this configuration.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.features == FEATURES && self.window > 0 && self.head_characters > self.tail_characters && self.edit_window > 8
    }
}

/// A convolution along the characters: shifted copies side by side and one matrix product, because that is what the CPU is fast at.
#[derive(Module, Debug)]
struct Convolution {
    linear: Linear,
    #[module(skip)]
    width: usize,
    #[module(skip)]
    dilation: usize,
}

impl Convolution {
    fn new(input: usize, output: usize, width: usize, dilation: usize, device: &Device) -> Self {
        Self { linear: LinearConfig::new(input * width, output).init(device), width, dilation }
    }

    /// `[batch, length, input]` -> `[batch, length, output]`
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, length, input] = x.dims();
        let reach = self.width / 2 * self.dilation;
        let edge = Tensor::zeros([batch, reach, input], &x.device());
        let padded = Tensor::cat(vec![edge.clone(), x, edge], 1);
        let shifted = (0..self.width).map(|at| padded.clone().narrow(1, at * self.dilation, length)).collect();
        // [batch, length, width * input]
        let together: Tensor<3> = Tensor::cat(shifted, 2);
        let flat = together.reshape([batch * length, self.width * input]);
        self.linear.forward(flat).reshape([batch as i64, length as i64, -1])
    }
}

/// The preparation model.
#[derive(Module, Debug)]
pub struct PrepModel {
    characters: Embedding,
    near: Convolution,
    line: Linear,
    transformer: Transformer,
    heads: Linear,
    knowledge: Embedding,
    edit_in: Linear,
    edit: Vec<Convolution>,
    operation: Linear,
    insertion: Linear,
}

impl PrepModel {
    /// `[batch, length]` -> `[batch, length, trunk]`, zero where there is no character.
    fn trunk(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let present = ids.clone().not_equal_scalar(0).float().unsqueeze_dim::<3>(2);
        relu(self.near.forward(self.characters.forward(ids))) * present
    }

    /// The characters of lines of about the same length, pooled: `[lines, length]` -> `[lines, 2 * trunk]`.
    #[must_use]
    pub fn pool(&self, ids: Tensor<2, Int>) -> Tensor<2> {
        let count = ids.clone().not_equal_scalar(0).float().sum_dim(1).clamp_min(1.0);
        let x = self.trunk(ids);
        // The trunk is never negative, so the largest value over the padding is the largest over the characters.
        let largest = x.clone().max_dim(1).squeeze_dim::<2>(1);
        let mean = x.sum_dim(1).squeeze_dim::<2>(1) / count;
        Tensor::cat(vec![largest, mean], 1)
    }

    /// Pooled lines and their features in windows: `[windows * width, 2 * trunk]`, `[windows * width, FEATURES]` and the padding mask
    /// `[windows, width]` (true where there is no line) -> logits `[windows * width, LINE_COLUMNS]` of all heads side by side.
    #[must_use]
    pub fn lines(&self, pooled: Tensor<2>, features: Tensor<2>, padding: Tensor<2, Bool>) -> Tensor<2> {
        let [windows, width] = padding.dims();
        let x = relu(self.line.forward(Tensor::cat(vec![pooled, features], 1)));
        let [_, d_line] = x.dims();
        let x = self.transformer.forward(x.reshape([windows, width, d_line]), &padding);
        self.heads.forward(x.reshape([windows * width, d_line]))
    }

    /// Characters and what is known of their words, both `[batch, length]` -> logits `[batch, length, OPERATIONS]` and
    /// `[batch, length, INSERTIONS]`.
    #[must_use]
    pub fn edits(&self, ids: Tensor<2, Int>, knowledge: Tensor<2, Int>) -> (Tensor<3>, Tensor<3>) {
        let [batch, length] = ids.dims();
        let x = self.trunk(ids);
        let [_, _, trunk] = x.dims();
        let x = self.edit_in.forward(x.reshape([batch * length, trunk])).reshape([batch as i64, length as i64, -1]);
        let x = x + self.knowledge.forward(knowledge);
        let x = self.edit.iter().fold(x, |x, convolution| x.clone() + relu(convolution.forward(x)));
        let [_, _, width] = x.dims();
        let flat = x.reshape([batch * length, width]);
        let operation = self.operation.forward(flat.clone()).reshape([batch, length, OPERATIONS]);
        (operation, self.insertion.forward(flat).reshape([batch, length, INSERTIONS]))
    }
}
