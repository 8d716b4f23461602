//! What a published model says of itself.

use serde::{Deserialize, Serialize};

/// What `config.json` of a model of the BERT or MPNet type says; everything else in it is not needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BertConfig {
    /// `bert` or `mpnet`: others count positions differently.
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
    /// Rows of the table of positions; of MPNet's the first two are no positions.
    pub max_position_embeddings: usize,
    /// Kinds of text: the first of a pair, the second. MPNet tells none apart.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Classes of distances between tokens that count in attention; 0 for none, as in BERT.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub relative_attention_num_buckets: usize,
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

fn is_zero(number: &usize) -> bool {
    *number == 0
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
    /// MPNet (Song et al. 2020): BERT's blocks with relative distances in attention, and no kinds of text.
    pub(super) fn is_mpnet(&self) -> bool {
        self.model_type == "mpnet"
    }

    /// Row of the table of positions that the first token has.
    pub(super) fn first_position(&self) -> usize {
        if self.is_mpnet() { 2 } else { 0 }
    }

    /// Why a model of this configuration cannot be run, if it cannot.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.model_type != "bert" && !self.is_mpnet() {
            return Some(format!("model_type {:?} is neither \"bert\" nor \"mpnet\"", self.model_type));
        }
        let classes = self.relative_attention_num_buckets;
        if self.is_mpnet() != (classes >= 4) || !classes.is_multiple_of(2) || self.max_position_embeddings <= self.first_position() {
            let (positions, kind) = (self.max_position_embeddings, &self.model_type);
            return Some(format!("relative_attention_num_buckets {classes} with max_position_embeddings {positions} is no {kind:?}"));
        }
        let uneven = self.num_attention_heads == 0 || !self.hidden_size.is_multiple_of(self.num_attention_heads);
        uneven.then(|| format!("{} numbers cannot be shared by {} heads", self.hidden_size, self.num_attention_heads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_belong_to_mpnet_alone() {
        let config = |kind: &str, classes: usize| -> BertConfig {
            let json = format!(
                r#"{{"model_type": "{kind}", "relative_attention_num_buckets": {classes}, "vocab_size": 9, "hidden_size": 8,
                "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "max_position_embeddings": 9}}"#
            );
            serde_json::from_str(&json).unwrap()
        };
        assert_eq!([config("bert", 0).fault(), config("mpnet", 32).fault()], [None, None]);
        for (kind, classes) in [("bert", 32), ("mpnet", 0), ("mpnet", 31)] {
            assert!(
                config(kind, classes).fault().is_some_and(|fault| fault.contains("relative_attention_num_buckets")),
                "{kind} {classes}"
            );
        }
        assert!(config("t5", 32).fault().is_some_and(|fault| fault.contains("t5")));
        // What a released model says of itself stays as it was.
        assert!(!serde_json::to_string(&config("bert", 0)).unwrap().contains("buckets"));
    }
}
