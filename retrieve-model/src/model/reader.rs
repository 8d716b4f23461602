//! The encoder and the heads that read. A section's relevance is what its best sentence is worth plus what the whole says: the sentence head
//! then learns from every section, not only from those with a gold sentence.

use backbone::{Bert, BertBlocks, BertInput, look_up};
use burn::module::{Initializer, Module};
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use crate::data::{FEATURES, MARKS, ReadBatch, VectorBatch};

/// Score of a sentence or token that is not there.
const HIDDEN: f64 = -1e9;

/// Encoder and heads.
#[derive(Module, Debug)]
pub struct Reader {
    encoder: Bert,
    /// What enters the vectors' blocks, where they are of another encoder than the one that reads.
    vector_embeddings: Option<Bert>,
    features: Embedding,
    marks: Embedding,
    vector_blocks: BertBlocks,
    vector: Linear,
    section_hidden: Linear,
    section: Linear,
    sentence_hidden: Linear,
    sentence: Linear,
    span: Linear,
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
    /// A reader on an encoder. What it adds to the encoder's input starts at zero: the first step reads as the encoder does. The embeddings stay as
    /// they are; the blocks of the retrieval vector are copies of the first `vector_blocks` ones of the encoder, or of `retriever` where there is one, so
    /// that learning to read takes nothing from them.
    #[must_use]
    pub fn new(encoder: Bert, retriever: Option<Bert>, vector_blocks: usize, device: &Device) -> Self {
        let (width, for_vectors) = (encoder.width(), retriever.as_ref().unwrap_or(&encoder));
        let nothing = |rows| EmbeddingConfig::new(rows, width).with_initializer(Initializer::Zeros).init(device);
        let linear = |output| {
            let initializer = Initializer::Normal { mean: 0.0, std: 0.02 };
            LinearConfig::new(width, output).with_initializer(initializer).init(device)
        };
        Self {
            vector_blocks: for_vectors.first_blocks(vector_blocks),
            vector: identity(for_vectors.width(), device),
            vector_embeddings: retriever.map(embeddings),
            encoder: encoder.with_fixed(0),
            features: nothing(FEATURES),
            marks: nothing(MARKS),
            section_hidden: linear(width),
            section: linear(2),
            sentence_hidden: linear(width),
            sentence: linear(1),
            span: linear(2),
        }
    }

    /// The same with the retrieval vectors of another reader: an index that was made with them stays good.
    #[must_use]
    pub fn with_vectors_of(self, other: &Self, same_encoder: bool) -> Self {
        let apart = || other.vector_embeddings.clone().unwrap_or_else(|| embeddings(other.encoder.clone()));
        let vector_embeddings = (!same_encoder).then(apart);
        Self { vector_blocks: other.vector_blocks.clone(), vector: other.vector.clone(), vector_embeddings, ..self }
    }

    /// Numbers of a retrieval vector.
    #[must_use]
    pub fn vector_width(&self) -> usize {
        self.retriever().width()
    }

    /// The encoder whose embeddings enter the vectors' blocks.
    fn retriever(&self) -> &Bert {
        self.vector_embeddings.as_ref().unwrap_or(&self.encoder)
    }

    /// Mean of the tokens behind the reader's last block, not read in a pair: what a published sentence encoder gives, as long as nothing was trained.
    /// `[rows, width]`.
    #[must_use]
    pub fn full_means(&self, batch: &VectorBatch, device: &Device) -> Tensor<2> {
        let (x, padding) = embed(&self.encoder, batch, false, device);
        mean(self.encoder.forward_layers(0..self.encoder.layers(), x, &padding), batch, device)
    }

    /// Retrieval vectors of unit length: `[rows, width]`.
    #[must_use]
    pub fn vectors(&self, batch: &VectorBatch, device: &Device) -> Tensor<2> {
        unit(self.vector.forward(self.means(&self.vector_blocks, batch, device)))
    }

    /// Mean of the tokens behind other blocks on the same embeddings: `[rows, width]`.
    #[must_use]
    pub fn means(&self, blocks: &BertBlocks, batch: &VectorBatch, device: &Device) -> Tensor<2> {
        let (x, padding) = embed(self.retriever(), batch, false, device);
        mean(blocks.forward(x, &padding), batch, device)
    }

    /// Floating-point operations of a training step over sequences: forward through all blocks, and backward (two products for each).
    #[must_use]
    pub fn operations(&self, sequences: &VectorBatch) -> f64 {
        3.0 * self.encoder.operations(sequences.rows, sequences.tokens)
    }

    /// Question, evidence and section read together.
    #[must_use]
    pub fn read(&self, batch: &ReadBatch, device: &Device) -> ReadOutput {
        let (rows, tokens) = (batch.sequences.rows, batch.sequences.tokens);
        let (x, padding) = embed(&self.encoder, &batch.sequences, true, device);
        let extra = |table: &Embedding, ids: &[i32]| look_up(table.weight.val(), numbers(&batch.sequences, ids, device));
        let x = x + extra(&self.features, &batch.sequences.features) + extra(&self.marks, &batch.sequences.marks);
        let x = self.encoder.forward_layers(0..self.encoder.layers(), x, &padding);
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

/// What enters the blocks of an encoder, and the padding. `pair` tells question and section apart by their kinds.
fn embed(encoder: &Bert, batch: &VectorBatch, pair: bool, device: &Device) -> (Tensor<3>, Tensor<2, Bool>) {
    let padding = Tensor::from_data(TensorData::new(batch.padding.clone(), [batch.rows, batch.tokens]), device);
    let kinds = pair.then(|| numbers(batch, &batch.kinds, device));
    encoder.embed(BertInput { ids: numbers(batch, &batch.ids, device), kinds, padding })
}

/// An encoder's embeddings alone, which no training changes.
fn embeddings(encoder: Bert) -> Bert {
    encoder.up_to(0).with_fixed(0)
}

/// A linear layer that changes nothing.
fn identity(width: usize, device: &Device) -> Linear {
    let mut layer = LinearConfig::new(width, width).with_initializer(Initializer::Zeros).init(device);
    layer.weight = layer.weight.map(|_| Tensor::eye(width, device));
    layer
}

/// Rows of unit length.
pub(crate) fn unit(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).add_scalar(1e-8).sqrt();
    rows / length
}

/// `[rows, tokens]`
fn numbers(batch: &VectorBatch, values: &[i32], device: &Device) -> Tensor<2, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [batch.rows, batch.tokens]), device)
}

/// `[rows, tokens, width]` -> `[rows, width]`
fn mean(x: Tensor<3>, batch: &VectorBatch, device: &Device) -> Tensor<2> {
    let shares = Tensor::<3>::from_data(TensorData::new(batch.shares.clone(), [batch.rows, 1, batch.tokens]), device);
    shares.matmul(x).squeeze_dim::<2>(1)
}
