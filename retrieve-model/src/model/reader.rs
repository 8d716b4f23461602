//! The trunk and the heads that read. A section's relevance is what its best sentence is worth plus what the whole says: the sentence head
//! then learns from every section, not only from those with a gold sentence.

use backbone::{LayerNorm, Transformer, guess_loss, look_up};
use burn::module::{Initializer, Module};
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use super::RetrieveConfig;
use crate::data::{FEATURES, MARKS, MaskedBatch, ReadBatch, TripleBatch, VectorBatch};

/// Spread of the embeddings at the start.
const SPREAD: f64 = 0.05;
/// How much wider words enter the way to the retrieval vector. Beside what the blocks add they then stand out, so that a text's mean says from
/// the first step which words it holds. The reading keeps the plain width, at which its features and words weigh alike.
const STANDING_OUT: f64 = 10.0;
/// Score of a sentence or token that is not there.
const HIDDEN: f64 = -1e9;

/// Trunk and heads.
#[derive(Module, Debug)]
pub struct Reader {
    words: Embedding,
    features: Embedding,
    marks: Embedding,
    trunk: Transformer,
    vector_norm: LayerNorm,
    vector: Linear,
    section_hidden: Linear,
    section: Linear,
    sentence_hidden: Linear,
    sentence: Linear,
    span: Linear,
    #[module(skip)]
    early_exit: usize,
}

/// What reading gives, one row a section.
#[derive(Clone, Debug)]
pub struct ReadOutput {
    /// Log-odds that the section tells the next fact: `[rows]`.
    pub relevance: Tensor<1>,
    /// Log-odds that this fact, if it is told, answers the question: `[rows]`.
    pub answers: Tensor<1>,
    /// Scores of the sentences, very low for padding: `[rows, sentences]`.
    pub sentences: Tensor<2>,
    /// Scores of each token as first of the value, very low outside the section's text: `[rows, tokens]`.
    pub starts: Tensor<2>,
    /// The same as last of the value.
    pub ends: Tensor<2>,
    /// The whole in one vector: `[rows, d_model]`.
    pub summary: Tensor<2>,
}

impl Reader {
    /// A reader with random weights, drawn from the device's random numbers.
    #[must_use]
    pub fn new(config: &RetrieveConfig, device: &Device) -> Self {
        let d_model = config.trunk.d_model;
        let embedding =
            |rows| EmbeddingConfig::new(rows, d_model).with_initializer(Initializer::Normal { mean: 0.0, std: SPREAD }).init(device);
        let linear = |output| LinearConfig::new(d_model, output).init(device);
        Self {
            words: embedding(config.vocabulary),
            features: embedding(FEATURES),
            marks: embedding(MARKS),
            trunk: config.trunk.init(device),
            vector_norm: LayerNorm::new(d_model, device),
            vector: LinearConfig::new(d_model, config.vector).with_bias(false).init(device),
            section_hidden: linear(d_model),
            section: linear(2),
            sentence_hidden: linear(d_model),
            sentence: linear(1),
            span: linear(2),
            early_exit: config.early_exit,
        }
    }

    /// The reader with its word embeddings pointing where the given unit vectors do, at the length random ones have; ids without a vector keep
    /// their random one.
    #[must_use]
    pub fn with_word_vectors(mut self, vectors: &[Option<Vec<f32>>]) -> Self {
        self.words.weight = self.words.weight.map(|weight| {
            let [rows, width] = weight.dims();
            let device = weight.device();
            let mut values: Vec<f32> = weight.into_data().convert::<f32>().try_to_vec().unwrap_or_default();
            let length = SPREAD as f32 * (width as f32).sqrt();
            for (row, vector) in values.chunks_mut(width).zip(vectors) {
                let known = vector.iter().flatten();
                row.iter_mut().zip(known).for_each(|(value, direction)| *value = direction * length);
            }
            Tensor::from_data(TensorData::new(values, [rows, width]), &device)
        });
        self
    }

    fn words(&self, batch: &VectorBatch, device: &Device) -> (Tensor<3>, Tensor<2, Bool>) {
        let shape = [batch.rows, batch.tokens];
        let ids = Tensor::<2, Int>::from_data(TensorData::new(batch.ids.clone(), shape), device);
        let padding = Tensor::<2, Bool>::from_data(TensorData::new(batch.padding.clone(), shape), device);
        (look_up(self.words.weight.val(), ids), padding)
    }

    /// Retrieval vectors of unit length: `[rows, vector]`.
    #[must_use]
    pub fn vectors(&self, batch: &VectorBatch, device: &Device) -> Tensor<2> {
        // Without features: what part a token stands in is the same for all, and would only bring all vectors closer.
        let (x, padding) = self.words(batch, device);
        let x = self.vector_norm.forward(self.trunk.forward_layers(0..self.early_exit, x * STANDING_OUT, &padding));
        let shares = Tensor::<3>::from_data(TensorData::new(batch.shares.clone(), [batch.rows, 1, batch.tokens]), device);
        // [rows, 1, tokens] x [rows, tokens, d_model]
        let mean = shares.matmul(x).squeeze_dim::<2>(1);
        let vector = self.vector.forward(mean);
        let length = vector.clone().square().sum_dim(1).add_scalar(1e-8).sqrt();
        vector / length
    }

    /// Floating-point operations of the trunk in a forward pass over a batch.
    #[must_use]
    pub fn operations(&self, batch: &TripleBatch) -> f64 {
        let exit = self.early_exit as f64 / self.trunk.layers().max(1) as f64;
        let TripleBatch { read, pairs, .. } = batch;
        let of = |sequences: &VectorBatch| self.operations_of(sequences);
        of(&read.sequences) + exit * (of(&pairs.questions) + of(&pairs.sections))
    }

    /// Floating-point operations of all blocks in a forward pass over sequences.
    #[must_use]
    pub fn operations_of(&self, sequences: &VectorBatch) -> f64 {
        self.trunk.operations(sequences.rows, sequences.tokens)
    }

    /// Mean cross entropy of guessing hidden tokens, `[1]`: the words' own vectors are the output layer (Press and Wolf 2017).
    #[must_use]
    pub fn guess(&self, batch: &MaskedBatch, device: &Device) -> Tensor<1> {
        let (rows, tokens) = (batch.sequences.rows, batch.sequences.tokens);
        let guesses = batch.places.len() / rows.max(1);
        if guesses == 0 {
            return Tensor::zeros([1], device);
        }
        let (x, padding) = self.inputs(&batch.sequences, device);
        let x = self.trunk.forward(x, &padding);
        let width = x.dims()[2];
        let numbers = |values: &[i32]| Tensor::<1, Int>::from_data(TensorData::from(values), device);
        // [rows * tokens, d_model] -> [rows * guesses, d_model]
        let hidden = look_up(x.reshape([rows * tokens, width]), numbers(&batch.places).reshape([rows, guesses]));
        let hidden = hidden.reshape([rows * guesses, width]);
        guess_loss(hidden, self.words.weight.val().transpose(), None, numbers(&batch.targets))
    }

    /// What the trunk reads: words, what stands in question and evidence, shapes.
    fn inputs(&self, batch: &VectorBatch, device: &Device) -> (Tensor<3>, Tensor<2, Bool>) {
        let (words, padding) = self.words(batch, device);
        let numbers = |values: &[i32]| Tensor::<2, Int>::from_data(TensorData::new(values.to_vec(), [batch.rows, batch.tokens]), device);
        let features = look_up(self.features.weight.val(), numbers(&batch.features));
        let marks = look_up(self.marks.weight.val(), numbers(&batch.marks));
        (words + features + marks, padding)
    }

    /// Question, evidence and section read together.
    #[must_use]
    pub fn read(&self, batch: &ReadBatch, device: &Device) -> ReadOutput {
        let (rows, tokens) = (batch.sequences.rows, batch.sequences.tokens);
        let (x, padding) = self.inputs(&batch.sequences, device);
        let x = self.trunk.forward(x, &padding);
        let pooling = Tensor::<3>::from_data(TensorData::new(batch.pooling.clone(), [rows, batch.sentences, tokens]), device);
        // [rows, sentences, tokens] x [rows, tokens, d_model]
        let pooled = pooling.matmul(x.clone());
        let scores = self.sentence.forward(relu(self.sentence_hidden.forward(pooled))).squeeze_dim::<2>(2);
        let no_sentence = TensorData::new(batch.sentence_padding.clone(), [rows, batch.sentences]);
        let sentences = scores.mask_fill(Tensor::from_data(no_sentence, device), HIDDEN);
        let summary = x.clone().narrow(1, 0, 1).squeeze_dim::<2>(1);
        let section = self.section.forward(relu(self.section_hidden.forward(summary.clone())));
        let column = |at| section.clone().narrow(1, at, 1).squeeze_dim::<1>(1);
        // A section without any sentence has nothing to add to.
        let best = sentences.clone().max_dim(1).squeeze_dim::<1>(1).clamp_min(-20.0);
        let span = self.span.forward(x);
        let not_text = Tensor::<2, Bool>::from_data(TensorData::new(batch.not_text.clone(), [rows, tokens]), device);
        let edge = |at| span.clone().narrow(2, at, 1).squeeze_dim::<2>(2).mask_fill(not_text.clone(), HIDDEN);
        ReadOutput { relevance: column(0) + best, answers: column(1), sentences, starts: edge(0), ends: edge(1), summary }
    }
}
