//! Where the workflow's vectors come from: an encoder that the user supplies, or latent semantic vectors fitted to the corpus itself.

use records::Section;

use super::encoder::Encoder;
use super::latent::LatentModel;
use super::{RetrievalRules, searchable_terms};
use crate::EvalError;

/// Maps questions and chunks to unit vectors in which those about the same things are near.
#[derive(Debug)]
pub enum SemanticModel {
    /// Fitted to the corpus.
    Latent(LatentModel),
    /// A trained encoder in a folder of its own.
    Encoder(Box<Encoder>),
}

impl SemanticModel {
    /// Fits latent semantic vectors of at most `dimensions` numbers on texts given as search terms.
    #[must_use]
    pub fn fit(texts: &[Vec<String>], dimensions: usize, seed: u64) -> Self {
        Self::Latent(LatentModel::fit(texts, dimensions, seed))
    }

    /// The encoder that the rules name, if they name one: it needs no corpus.
    ///
    /// # Errors
    /// If its folder is not what it should be.
    pub fn supplied(rules: &RetrievalRules) -> Result<Option<Self>, EvalError> {
        let open = |dir: &std::path::PathBuf| Encoder::load(dir, rules.device).map(|encoder| Self::Encoder(Box::new(encoder)));
        rules.embedding.as_ref().map(open).transpose()
    }

    /// What made the vectors, for the card of an index.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Latent(model) => format!("latent semantic, {} dimensions", model.dimensions()),
            Self::Encoder(encoder) => format!("{}, {} dimensions", encoder.name(), encoder.dimensions()),
        }
    }

    /// Length of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        match self {
            Self::Latent(model) => model.dimensions(),
            Self::Encoder(encoder) => encoder.dimensions(),
        }
    }

    /// The vector of a query; all zeros where it says nothing.
    #[must_use]
    pub fn embed_query(&self, query: &str) -> Vec<f32> {
        match self {
            Self::Latent(model) => model.embed(&text::terms(query)),
            Self::Encoder(encoder) => encoder.embed(&[query]).pop().unwrap_or_default(),
        }
    }

    /// A vector for each chunk, of its title, headings and text.
    #[must_use]
    pub fn embed_sections(&self, sections: &[Section]) -> Vec<Vec<f32>> {
        match self {
            Self::Latent(model) => sections.iter().map(|section| model.embed(&searchable_terms(section))).collect(),
            Self::Encoder(encoder) => {
                let texts: Vec<String> = sections.iter().map(headed).collect();
                encoder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>())
            }
        }
    }
}

/// A chunk as an encoder reads it: what stands above it in front.
fn headed(section: &Section) -> String {
    let above = section.title.iter().filter(|title| section.heading_path.first() != Some(*title)).chain(&section.heading_path);
    above.map(String::as_str).chain([section.text.as_str()]).collect::<Vec<_>>().join(" ")
}
