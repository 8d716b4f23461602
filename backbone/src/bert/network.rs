//! The network as published weights have it: learned positions, kinds of text or distances in attention, norms behind the additions, biases
//! everywhere. On the CPU a block is two operations of [`crate::fused`]; elsewhere, and with another activation than GELU, it is composed of
//! burn's own.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, gelu_approximate, relu};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use super::config::{Activation, BertConfig};
use crate::attention::{attend, hidden};
use crate::fused::{self, Affine, Distances, Norm, Packing, Rows, Scores, look_up};

/// Spread of chance weights, as in the paper.
const SPREAD: f64 = 0.02;

impl BertConfig {
    /// Makes the network with chance weights.
    #[must_use]
    pub fn init(&self, device: &Device) -> Bert {
        let initializer = Initializer::Normal { mean: 0.0, std: SPREAD };
        let norm = || LayerNormConfig::new(self.hidden_size).with_epsilon(self.layer_norm_eps).init(device);
        let table = |rows: usize| EmbeddingConfig::new(rows, self.hidden_size).with_initializer(initializer.clone()).init(device);
        Bert {
            words: table(self.vocab_size),
            positions: table(self.max_position_embeddings),
            types: (!self.is_mpnet()).then(|| table(self.type_vocab_size)),
            distances: self.distances(device),
            first_position: self.first_position(),
            norm: norm(),
            blocks: (0..self.num_hidden_layers).map(|_| self.block(device)).collect(),
        }
    }

    /// The table of what distances count in attention: `[classes, heads]`. It stays as it was published: the operations of the CPU have no gradient for it.
    fn distances(&self, device: &Device) -> Option<Param<Tensor<2>>> {
        let shape = [self.relative_attention_num_buckets, self.num_attention_heads];
        let initializer = Initializer::Normal { mean: 0.0, std: SPREAD };
        self.is_mpnet().then(|| initializer.init::<2, _>(shape, device).no_grad())
    }

    fn block(&self, device: &Device) -> BertBlock {
        let initializer = Initializer::Normal { mean: 0.0, std: SPREAD };
        let norm = || LayerNormConfig::new(self.hidden_size).with_epsilon(self.layer_norm_eps).init(device);
        let linear = |from: usize, to: usize| LinearConfig::new(from, to).with_initializer(initializer.clone()).init(device);
        let (width, wide) = (self.hidden_size, self.intermediate_size);
        BertBlock {
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
            epsilon: self.layer_norm_eps as f32,
        }
    }
}

/// The encoder.
#[derive(Module, Debug)]
pub struct Bert {
    words: Embedding,
    positions: Embedding,
    types: Option<Embedding>,
    norm: LayerNorm,
    blocks: Vec<BertBlock>,
    distances: Option<Param<Tensor<2>>>,
    #[module(skip)]
    first_position: usize,
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
    #[module(skip)]
    epsilon: f32,
}

/// Some blocks of an encoder, apart from it: another way on from the same embeddings.
#[derive(Module, Debug)]
pub struct BertBlocks {
    blocks: Vec<BertBlock>,
    distances: Option<Param<Tensor<2>>>,
}

impl BertBlocks {
    /// All of the blocks: `[batch, tokens, width]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, padding: &Tensor<2, Bool>) -> Tensor<3> {
        forward_blocks(&self.blocks, x, padding, self.distances.as_ref())
    }
}

/// What the network reads.
pub struct BertInput {
    /// Token ids: `[batch, tokens]`.
    pub ids: Tensor<2, Int>,
    /// Kind of text of each token: `[batch, tokens]`; the first kind everywhere where none is given, and of no account where the network knows none.
    pub kinds: Option<Tensor<2, Int>>,
    /// True where there is no token: `[batch, tokens]`.
    pub padding: Tensor<2, Bool>,
}

impl Bert {
    /// Most tokens of a text.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.positions.weight.dims()[0] - self.first_position
    }

    /// Width of the vectors.
    #[must_use]
    pub fn width(&self) -> usize {
        self.positions.weight.dims()[1]
    }

    /// Number of blocks.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.blocks.len()
    }

    /// The table of its tokens' vectors: `[vocabulary, width]`.
    #[must_use]
    pub fn table(&self) -> Tensor<2> {
        self.words.weight.val()
    }

    /// The network up to block `count`: what enters the first block alone for 0.
    #[must_use]
    pub fn up_to(mut self, count: usize) -> Self {
        self.blocks.truncate(count);
        self
    }

    /// The network for another numbering of its words: the row of word `n` is what `words[n]` says.
    ///
    /// # Panics
    /// If one of them is no row of the table.
    #[must_use]
    pub fn renumbered(mut self, words: &[u32]) -> Self {
        let table = self.table();
        let rows: Vec<i32> = words.iter().map(|word| *word as i32).collect();
        let rows = Tensor::from_data(TensorData::from(rows.as_slice()), &table.device());
        self.words.weight = Param::from_tensor(table.select(0, rows).detach());
        self
    }

    /// The network with embeddings and first blocks that training leaves as they are. A step then goes back through the others alone.
    #[must_use]
    pub fn with_fixed(mut self, blocks: usize) -> Self {
        self.words = self.words.no_grad();
        self.positions = self.positions.no_grad();
        self.types = self.types.map(Module::no_grad);
        self.norm = self.norm.no_grad();
        self.blocks = self.blocks.into_iter().enumerate().map(|(at, block)| if at < blocks { block.no_grad() } else { block }).collect();
        self
    }

    /// Copies of the first blocks, which learn apart from these.
    #[must_use]
    pub fn first_blocks(&self, count: usize) -> BertBlocks {
        let blocks = self.blocks.iter().take(count).map(BertBlock::copy).collect();
        BertBlocks { blocks, distances: self.distances.as_ref().map(|table| copied(table).no_grad()) }
    }

    /// All blocks: `[batch, tokens, width]`.
    #[must_use]
    pub fn forward(&self, input: BertInput) -> Tensor<3> {
        let (x, padding) = self.embed(input);
        self.forward_layers(0..self.blocks.len(), x, &padding)
    }

    /// What enters the first block, and the padding again.
    ///
    /// # Panics
    /// If there are more tokens than the network has positions for.
    #[must_use]
    pub fn embed(&self, input: BertInput) -> (Tensor<3>, Tensor<2, Bool>) {
        let BertInput { ids, kinds, padding } = input;
        let [batch, tokens] = ids.dims();
        assert!(tokens <= self.longest(), "{tokens} tokens where the encoder has {} positions", self.longest());
        let width = self.width();
        let words = look_up(self.words.weight.val(), ids);
        // [tokens, width] -> [1, tokens, width]
        let places = self.positions.weight.val().narrow(0, self.first_position, tokens).unsqueeze::<3>();
        let x = match (&self.types, kinds) {
            (None, _) => words,
            (Some(types), Some(kinds)) => words + look_up(types.weight.val(), kinds),
            (Some(types), None) => words + types.weight.val().narrow(0, 0, 1).unsqueeze::<3>().expand([batch, tokens, width]),
        };
        (self.norm.forward(x + places), padding)
    }

    /// Some of the blocks, so that an early exit can go on later where it stopped. Layers past the last are ignored.
    #[must_use]
    pub fn forward_layers(&self, layers: std::ops::Range<usize>, x: Tensor<3>, padding: &Tensor<2, Bool>) -> Tensor<3> {
        forward_blocks(self.blocks_of(layers), x, padding, self.distances.as_ref())
    }

    /// The same from steps that burn's autodiff knows on every device.
    #[must_use]
    pub fn forward_composed(&self, layers: std::ops::Range<usize>, x: Tensor<3>, padding: &Tensor<2, Bool>) -> Tensor<3> {
        compose(self.blocks_of(layers), x, padding, self.distances.as_ref())
    }

    fn blocks_of(&self, layers: std::ops::Range<usize>) -> &[BertBlock] {
        let end = layers.end.min(self.blocks.len());
        &self.blocks[layers.start.min(end)..end]
    }

    /// Floating-point operations of a forward pass through all blocks over `rows` sequences of `tokens` each; the backward pass takes twice as many.
    #[must_use]
    pub fn operations(&self, rows: usize, tokens: usize) -> f64 {
        let positions = rows as f64 * tokens as f64;
        let block = |block: &BertBlock| {
            let [width, wide] = block.widen.weight.dims().map(|size| size as f64);
            // Four products with weights in attention, two of the inner width behind it, and scores and their mean of the values.
            2.0 * positions * (4.0 * width * width + 2.0 * width * wide + 2.0 * tokens as f64 * width)
        };
        self.blocks.iter().map(block).sum()
    }
}

/// What distances count, where they do: the table `[classes, heads]`.
type Table<'a> = Option<&'a Param<Tensor<2>>>;

fn forward_blocks(blocks: &[BertBlock], x: Tensor<3>, padding: &Tensor<2, Bool>, table: Table<'_>) -> Tensor<3> {
    let y = fused::fits(&x).then(|| forward_fused(blocks, &x, padding, table)).flatten();
    y.unwrap_or_else(|| compose(blocks, x, padding, table))
}

fn compose(blocks: &[BertBlock], x: Tensor<3>, padding: &Tensor<2, Bool>, table: Table<'_>) -> Tensor<3> {
    let distances = table.map(|table| Distances::new(&table.val(), x.dims()[1]).tensor(&x));
    // The same for every block: what hides padding, and how far tokens stand apart.
    let added = match distances {
        Some(distances) => hidden(padding) + distances,
        None => hidden(padding),
    };
    blocks.iter().fold(x, |x, block| block.forward_composed(x, added.clone()))
}

/// Blocks as operations of the CPU, over the tokens alone: padding is left out before the first and comes back as zeros behind the last.
fn forward_fused(blocks: &[BertBlock], x: &Tensor<3>, padding: &Tensor<2, Bool>, table: Table<'_>) -> Option<Tensor<3>> {
    let distances = table.map(|table| Arc::new(Distances::new(&table.val(), x.dims()[1])));
    let through = |x: Tensor<3>, rows: &Rows| blocks.iter().try_fold(x, |x, block| block.forward_fused(&x, rows, distances.clone()));
    let packing = Packing::new(padding);
    match packing.pack(x) {
        Some(packed) => packing.unpack(&through(packed, &Rows::new(padding, Some(&packing)))?),
        None => through(x.clone(), &Rows::new(padding, None)),
    }
}

/// A parameter with the numbers of another.
fn copied<const D: usize>(from: &Param<Tensor<D>>) -> Param<Tensor<D>> {
    Param::from_tensor(from.val().detach())
}

/// Weight and bias of a linear layer, which has one by construction.
fn affine(linear: &Linear) -> Option<Affine> {
    Some((linear.weight.val(), linear.bias.as_ref()?.val()))
}

impl BertBlock {
    /// The same numbers as parameters of their own.
    fn copy(&self) -> Self {
        let linear = |from: &Linear| Linear { weight: copied(&from.weight), bias: from.bias.as_ref().map(copied) };
        let norm = |from: &LayerNorm| {
            let mut to = from.clone();
            (to.gamma, to.beta) = (copied(&from.gamma), from.beta.as_ref().map(copied));
            to
        };
        Self {
            query: linear(&self.query),
            key: linear(&self.key),
            value: linear(&self.value),
            output: linear(&self.output),
            attention_norm: norm(&self.attention_norm),
            widen: linear(&self.widen),
            narrow: linear(&self.narrow),
            output_norm: norm(&self.output_norm),
            ..*self
        }
    }

    fn norm(&self, norm: &LayerNorm) -> Option<Norm> {
        Some(Norm { gain: norm.gamma.val(), bias: norm.beta.as_ref()?.val(), epsilon: self.epsilon })
    }

    /// Two operations; nothing if one of the tensors is not on the CPU or the activation is another.
    fn forward_fused(&self, x: &Tensor<3>, rows: &Rows, distances: Option<Arc<Distances>>) -> Option<Tensor<3>> {
        if self.activation != Activation::Gelu {
            return None;
        }
        let weights = [affine(&self.query)?, affine(&self.key)?, affine(&self.value)?, affine(&self.output)?];
        let x = fused::post_norm_attention(
            x,
            weights,
            self.norm(&self.attention_norm)?,
            Scores { heads: self.heads, distances },
            rows.clone(),
        )?;
        fused::post_norm_feed_forward(&x, affine(&self.widen)?, affine(&self.narrow)?, self.norm(&self.output_norm)?)
    }

    fn forward_composed(&self, x: Tensor<3>, added: Tensor<4>) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        // [batch, tokens, width] -> [batch, heads, tokens, width / heads]
        let heads = |part: Tensor<3>| part.reshape([batch, tokens, self.heads, width / self.heads]).swap_dims(1, 2);
        let [query, key, value] = [&self.query, &self.key, &self.value].map(|linear| heads(linear.forward(x.clone())));
        let read = attend(query, key, value, Some(added)).swap_dims(1, 2).reshape([batch, tokens, width]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;

    #[test]
    fn other_numbers_of_the_same_words_are_read_alike() {
        let config: BertConfig = serde_json::from_str(
            r#"{"model_type": "bert", "vocab_size": 4, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
            "intermediate_size": 8, "max_position_embeddings": 9}"#,
        )
        .unwrap();
        let network = config.init(&cpu());
        let read = |network: &Bert, ids: [i32; 3]| {
            let padding = Tensor::<2, Bool>::from_data(TensorData::new(vec![false; 3], [1, 3]), &cpu());
            network
                .forward(BertInput { ids: Tensor::from_data(TensorData::new(ids.to_vec(), [1, 3]), &cpu()), kinds: None, padding })
                .into_data()
        };
        let renumbered = network.clone().renumbered(&[2, 0, 3, 1, 2]);
        assert_eq!(read(&renumbered, [1, 2, 4]), read(&network, [0, 3, 2]));
        let shorter = network.clone().up_to(1);
        assert_eq!((shorter.layers(), network.layers(), network.clone().up_to(9).layers()), (1, 2, 2));
        assert_ne!(read(&shorter, [0, 1, 2]), read(&network, [0, 1, 2]));
    }
}
