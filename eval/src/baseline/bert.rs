//! A BERT-type encoder (Devlin et al. 2019) as published weights have it: learned positions, norms behind the additions, biases everywhere.

use backbone::attend;
use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, gelu_approximate, relu};
use burn::tensor::{Bool, Device, Int, Tensor};
use serde::{Deserialize, Serialize};

/// What `config.json` of a BERT-type model says; everything else in it is not needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BertConfig {
    /// Must be `bert`: others count positions differently.
    #[serde(default)]
    pub model_type: String,
    /// Ids of the tokenizer.
    pub vocab_size: usize,
    /// Width of the vectors.
    pub hidden_size: usize,
    /// Blocks.
    pub num_hidden_layers: usize,
    /// Heads of attention.
    pub num_attention_heads: usize,
    /// Width inside the feed-forward layers.
    pub intermediate_size: usize,
    /// Longest text, in tokens.
    pub max_position_embeddings: usize,
    /// Kinds of text; retrieval uses the first.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Added to a norm's variance.
    #[serde(default = "epsilon")]
    pub layer_norm_eps: f64,
    /// The feed-forward layers' function.
    #[serde(default)]
    pub hidden_act: Activation,
}

fn two() -> usize {
    2
}

fn epsilon() -> f64 {
    1e-12
}

/// Functions that published models use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// With the error function.
    #[default]
    Gelu,
    /// With a hyperbolic tangent.
    #[serde(alias = "gelu_pytorch_tanh")]
    GeluNew,
    /// Cut off at 0.
    Relu,
}

impl BertConfig {
    /// Why a model of this configuration cannot be run, if it cannot.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.model_type != "bert" {
            return Some(format!("model_type {:?} is not \"bert\"", self.model_type));
        }
        let uneven = self.num_attention_heads == 0 || !self.hidden_size.is_multiple_of(self.num_attention_heads);
        uneven.then(|| format!("{} numbers cannot be shared by {} heads", self.hidden_size, self.num_attention_heads))
    }

    /// Makes the network; weights are loaded into it.
    #[must_use]
    pub fn init(&self, device: &Device) -> Bert {
        let norm = || LayerNormConfig::new(self.hidden_size).with_epsilon(self.layer_norm_eps).init(device);
        let table = |rows: usize| EmbeddingConfig::new(rows, self.hidden_size).init(device);
        let linear = |from: usize, to: usize| LinearConfig::new(from, to).init(device);
        let (width, wide) = (self.hidden_size, self.intermediate_size);
        let block = |_| BertBlock {
            query: linear(width, width),
            key: linear(width, width),
            value: linear(width, width),
            output: linear(width, width),
            attention_norm: norm(),
            widen: linear(width, wide),
            narrow: linear(wide, width),
            output_norm: norm(),
            heads: self.num_attention_heads,
            activation: self.hidden_act,
        };
        Bert {
            words: table(self.vocab_size),
            positions: table(self.max_position_embeddings),
            types: table(self.type_vocab_size),
            norm: norm(),
            blocks: (0..self.num_hidden_layers).map(block).collect(),
        }
    }
}

/// Names of published weights, as regular expressions, and the names they have here.
pub const NAMES: [(&str, &str); 13] = [
    (r"^bert\.", ""),
    (r"^embeddings\.word_embeddings\.", "words."),
    (r"^embeddings\.position_embeddings\.", "positions."),
    (r"^embeddings\.token_type_embeddings\.", "types."),
    (r"^embeddings\.LayerNorm\.", "norm."),
    (r"^encoder\.layer\.", "blocks."),
    (r"\.attention\.self\.", "."),
    (r"\.attention\.output\.dense\.", ".output_of_attention."),
    (r"\.attention\.output\.LayerNorm\.", ".attention_norm."),
    (r"\.intermediate\.dense\.", ".widen."),
    (r"\.output\.dense\.", ".narrow."),
    (r"\.output\.LayerNorm\.", ".output_norm."),
    (r"\.output_of_attention\.", ".output."),
];

/// The encoder.
#[derive(Module, Debug)]
pub struct Bert {
    words: Embedding,
    positions: Embedding,
    types: Embedding,
    norm: LayerNorm,
    blocks: Vec<BertBlock>,
}

#[derive(Module, Debug)]
struct BertBlock {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
    output_norm: LayerNorm,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    activation: Activation,
}

impl Bert {
    /// Most tokens of a text.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.positions.weight.dims()[0]
    }

    /// `[batch, tokens]` -> `[batch, tokens, width]`; `padding` is `[batch, tokens]`, true where there is no token.
    #[must_use]
    pub fn forward(&self, ids: Tensor<2, Int>, padding: &Tensor<2, Bool>) -> Tensor<3> {
        let [_, tokens] = ids.dims();
        let places = Tensor::<1, Int>::arange(0..tokens as i64, &ids.device()).unsqueeze::<2>();
        let first = Tensor::<2, Int>::zeros([1, 1], &ids.device());
        // [batch, tokens, width] + [1, tokens, width] + [1, 1, width]
        let x = self.words.forward(ids) + self.positions.forward(places) + self.types.forward(first);
        self.blocks.iter().fold(self.norm.forward(x), |x, block| block.forward(x, padding))
    }
}

impl BertBlock {
    fn forward(&self, x: Tensor<3>, padding: &Tensor<2, Bool>) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        // [batch, tokens, width] -> [batch, heads, tokens, width / heads]
        let heads = |part: Tensor<3>| part.reshape([batch, tokens, self.heads, width / self.heads]).swap_dims(1, 2);
        let [query, key, value] = [&self.query, &self.key, &self.value].map(|linear| heads(linear.forward(x.clone())));
        let read = attend(query, key, value, Some(padding)).swap_dims(1, 2).reshape([batch, tokens, width]);
        let x = self.attention_norm.forward(x + self.output.forward(read));
        let wide = self.widen.forward(x.clone());
        let wide = match self.activation {
            Activation::Gelu => gelu(wide),
            Activation::GeluNew => gelu_approximate(wide),
            Activation::Relu => relu(wide),
        };
        self.output_norm.forward(x + self.narrow.forward(wide))
    }
}
