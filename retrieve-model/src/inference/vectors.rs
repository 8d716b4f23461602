//! Vectors of texts: those that an index holds, and those that a few sections are compared by.

use backbone::BertBlocks;
use burn::tensor::Tensor;
use records::Section;

use super::Answerer;
use super::compared::Text;
use super::search::numbers_of;
use crate::data::{VectorBatch, header};
use crate::model::unit;

/// Texts that become vectors in one batch.
const VECTOR_BATCH: usize = 16;

impl Answerer {
    /// Retrieval vectors of sections, of unit length, in order.
    #[must_use]
    pub fn embed_sections(&self, sections: &[Section]) -> Vec<Vec<f32>> {
        let texts: Vec<(String, &str)> = sections.iter().map(|section| (header(section), section.text.as_str())).collect();
        self.embed(&texts, self.config.vector_tokens, |batch| self.model.reader.vectors(batch, &self.device))
    }

    /// Vectors of texts by all blocks of the published encoder, of unit length, in order.
    pub(super) fn full_vectors(&self, blocks: &BertBlocks, texts: &[Text]) -> Vec<Vec<f32>> {
        let texts: Vec<(String, &str)> = texts.iter().map(|(header, text)| (header.clone(), text.as_str())).collect();
        self.embed(&texts, self.config.read_tokens, |batch| unit(self.model.reader.means(blocks, batch, &self.device)))
    }

    /// Vectors of texts, each with what stands above it, of `limit` tokens at most.
    fn embed(&self, texts: &[(String, &str)], limit: usize, vectors: impl Fn(&VectorBatch) -> Tensor<2>) -> Vec<Vec<f32>> {
        // Texts of like length share a batch; the vectors go back to their places.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|text| texts[*text].1.len());
        let mut out = vec![Vec::new(); texts.len()];
        for numbers in order.chunks(VECTOR_BATCH) {
            let encoded: Vec<_> = numbers.iter().map(|n| self.encoder.section(&texts[*n].0, texts[*n].1, limit)).collect();
            let vectors = numbers_of(vectors(&VectorBatch::new(encoded.iter())));
            numbers
                .iter()
                .zip(vectors.chunks(self.model.reader.vector_width()))
                .for_each(|(number, vector)| out[*number] = vector.to_vec());
        }
        out
    }

    /// Retrieval vector of a question.
    #[must_use]
    pub fn embed_question(&self, question: &str) -> Vec<f32> {
        let encoded = self.encoder.question(question, self.config.vector_tokens);
        numbers_of(self.model.reader.vectors(&VectorBatch::new(std::iter::once(&encoded)), &self.device))
    }
}
