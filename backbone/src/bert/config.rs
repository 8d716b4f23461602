//! What a published model says of itself.

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
    /// Kinds of text: the first of a pair, the second.
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
}
