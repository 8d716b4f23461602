//! What is measured: an encoder of some size that guesses hidden tokens, and batches of random ones.

use backbone::{
    Activation, BatchSource, Bert, BertConfig, BertInput, Objective, StepOutput, Transformer, TransformerConfig, Work, guess_loss,
    guess_loss_composed, look_up, padding_mask, step_seed,
};
use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

const VOCABULARY: usize = 8_192;
/// Training steps of a measurement, in eight parts of which the fastest counts.
const STEPS: u64 = 24;
/// Tokens of a step above which a third of the steps must do.
const LARGE: usize = 1 << 14;

/// A network and a batch.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Size {
    pub d_model: usize,
    pub layers: usize,
    pub rows: usize,
    pub length: usize,
    /// A published encoder's blocks instead of ours.
    pub bert: bool,
}

impl Size {
    pub const ALL: [(&str, Self); 4] = [
        ("d128x4", Self { d_model: 128, layers: 4, rows: 32, length: 128, bert: false }),
        ("d256x4", Self { d_model: 256, layers: 4, rows: 16, length: 128, bert: false }),
        ("d256x6", Self { d_model: 256, layers: 6, rows: 16, length: 256, bert: false }),
        ("bert384x6", Self { d_model: 384, layers: 6, rows: 16, length: 160, bert: true }),
    ];

    /// Positions of a row whose token is guessed, one in eight as in masked-token training: the output layer over all would be most of the work.
    fn guessed(&self) -> usize {
        self.length / 8
    }

    pub fn tokens(&self) -> usize {
        self.rows * self.length
    }

    pub fn steps(&self) -> u64 {
        if self.tokens() > LARGE { STEPS / 3 } else { STEPS }
    }

    /// Floating-point operations of a training step: forward once, backward twice, two for each multiplication.
    pub fn step_operations(&self) -> f64 {
        let (rows, length, width, layers) = (self.rows as f64, self.length as f64, self.d_model as f64, self.layers as f64);
        let weights = layers * 12.0 * width * width * rows * length;
        let attention = layers * 2.0 * length * length * width * rows;
        let head = rows * self.guessed() as f64 * width * VOCABULARY as f64;
        6.0 * (weights + attention + head)
    }
}

/// An encoder that guesses hidden tokens.
#[derive(Module, Debug)]
pub struct Model {
    embedding: Embedding,
    transformer: Transformer,
    bert: Option<Bert>,
    norm: LayerNorm,
    head: Linear,
    #[module(skip)]
    composed: bool,
}

impl Model {
    pub fn new(size: &Size, composed: bool, device: &Device) -> Self {
        let bert = BertConfig {
            model_type: "bert".into(),
            vocab_size: VOCABULARY,
            hidden_size: size.d_model,
            num_hidden_layers: size.layers,
            num_attention_heads: size.d_model / 32,
            intermediate_size: 4 * size.d_model,
            max_position_embeddings: size.length,
            type_vocab_size: 2,
            relative_attention_num_buckets: 0,
            layer_norm_eps: 1e-12,
            hidden_act: Activation::Gelu,
        };
        Self {
            embedding: EmbeddingConfig::new(VOCABULARY, size.d_model).init(device),
            transformer: TransformerConfig::new(size.d_model, if size.bert { 0 } else { size.layers }, size.d_model / 32, 4 * size.d_model)
                .init(device),
            bert: size.bert.then(|| bert.init(device).with_fixed(0)),
            norm: LayerNormConfig::new(size.d_model).with_bias(false).init(device),
            head: LinearConfig::new(size.d_model, VOCABULARY).init(device),
            composed,
        }
    }

    pub fn encode(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let [rows, length] = tokens.dims();
        let mask = padding_mask(&vec![length; rows], length, &tokens.device());
        if let Some(bert) = &self.bert {
            let (x, mask) = bert.embed(BertInput { ids: tokens, kinds: None, padding: mask });
            let layers = 0..bert.layers();
            return if self.composed { bert.forward_composed(layers, x, &mask) } else { bert.forward_layers(layers, x, &mask) };
        }
        if self.composed {
            return self.norm.forward(self.transformer.forward_composed(0..99, self.embedding.forward(tokens), &mask));
        }
        self.transformer.forward(look_up(self.embedding.weight.val(), tokens), &mask)
    }
}

/// Guessing the tokens of a row that are hidden.
pub struct Guessing {
    pub size: Size,
}

/// `[rows * length] -> [rows, length]`
pub fn tokens(size: &Size, batch: &[i32], device: &Device) -> Tensor<2, Int> {
    Tensor::from_data(TensorData::new(batch.to_vec(), [size.rows, size.length]), device)
}

impl Objective for Guessing {
    type Model = Model;
    type Batch = Vec<i32>;

    fn step(&self, model: &Model, batch: Vec<i32>, device: &Device) -> StepOutput {
        let size = &self.size;
        let tokens = tokens(size, &batch, device);
        let guessed = size.rows * size.guessed();
        let targets = tokens.clone().narrow(1, 0, size.guessed()).reshape([guessed]);
        let x = model.encode(tokens).narrow(1, 0, size.guessed()).reshape([guessed, size.d_model]);
        let (weight, bias) = (model.head.weight.val(), model.head.bias.as_ref().map(|bias| bias.val()));
        let loss = if model.composed { guess_loss_composed(x, weight, bias, targets) } else { guess_loss(x, weight, bias, targets) };
        StepOutput { loss, work: Work::tokens(batch.len()), metrics: vec![] }
    }
}

/// Batches of so many random tokens.
pub struct Random(pub usize);

impl BatchSource for Random {
    type Batch = Vec<i32>;

    fn batch(&mut self, step: u64) -> Vec<i32> {
        (0..self.0 as u64).map(|at| (step_seed(step, at) % VOCABULARY as u64) as i32).collect()
    }
}
