//! The network. Characters become vectors, neighbours are mixed by convolutions written as one matrix product each, a line is what its
//! characters pool to beside its features, and a small transformer lets the lines of a window see each other. The repair head
//! ([`super::repair`]) reads characters of its own, and is run only where a line is damaged.

use backbone::{Transformer, TransformerConfig};
use burn::config::Config;
use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Bool, Device, Int, Tensor};

use super::alphabet::CHARACTERS;
use super::features::FEATURES;
use super::repair::RepairHead;

/// Heading levels told apart, 0 for lines that are no heading.
pub const LEVELS: usize = 7;
/// Classes of the heads on a line, in the order of their columns.
pub const HEADS: [usize; 5] = [14, LEVELS, 4, 2, 2];
/// Columns of all heads on a line together.
pub const LINE_COLUMNS: usize = 29;

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
        PrepModel {
            characters: EmbeddingConfig::new(CHARACTERS, self.d_character).with_initializer(small).init(device),
            near: Convolution::new(self.d_character, self.trunk, 5, 1, device),
            line: LinearConfig::new(2 * self.trunk + self.features, d_line).init(device),
            transformer: self.lines.init(device),
            heads: LinearConfig::new(d_line, LINE_COLUMNS).init(device),
            repair: self.init_repair(device),
        }
    }

    /// Makes the repair head alone.
    #[must_use]
    pub fn init_repair(&self, device: &Device) -> RepairHead {
        RepairHead::new(self, device)
    }

    /// Whether this version of the program can run a network of this configuration.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.features == FEATURES && self.window > 0 && self.head_characters > self.tail_characters && self.edit_window > 8
    }
}

/// A convolution along the characters: shifted copies side by side and one matrix product, because that is what the CPU is fast at.
#[derive(Module, Debug)]
pub(super) struct Convolution {
    linear: Linear,
    #[module(skip)]
    width: usize,
    #[module(skip)]
    dilation: usize,
}

impl Convolution {
    pub(super) fn new(input: usize, output: usize, width: usize, dilation: usize, device: &Device) -> Self {
        Self { linear: LinearConfig::new(input * width, output).init(device), width, dilation }
    }

    /// `[batch, length, input]` -> `[batch, length, output]`
    pub(super) fn forward(&self, x: Tensor<3>) -> Tensor<3> {
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
    /// Shares nothing with the rest, so that it can be trained anew alone.
    pub repair: RepairHead,
}

/// `[batch, length]` -> `[batch, length, trunk]`, zero where there is no character.
pub(super) fn trunk(characters: &Embedding, near: &Convolution, ids: Tensor<2, Int>) -> Tensor<3> {
    let present = ids.clone().not_equal_scalar(0).float().unsqueeze_dim::<3>(2);
    relu(near.forward(characters.forward(ids))) * present
}

impl PrepModel {
    /// The characters of lines of about the same length, pooled: `[lines, length]` -> `[lines, 2 * trunk]`.
    #[must_use]
    pub fn pool(&self, ids: Tensor<2, Int>) -> Tensor<2> {
        let count = ids.clone().not_equal_scalar(0).float().sum_dim(1).clamp_min(1.0);
        let x = trunk(&self.characters, &self.near, ids);
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
}
