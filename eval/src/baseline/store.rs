//! Chunks in memory, for the texts a question brings along and for tuning; the scored run over a corpus searches LanceDB, which scores alike.

use records::{Section, keyword};
use retrieve_model::inference::InMemory;

use super::SemanticModel;

/// The words a chunk is found by: its title, its headings, its text.
#[must_use]
pub fn searchable_terms(section: &Section) -> Vec<String> {
    let mut terms = section.title.as_deref().map(keyword::terms).unwrap_or_default();
    section.heading_path.iter().for_each(|heading| terms.extend(keyword::terms(heading)));
    terms.extend(keyword::terms(&section.text));
    terms
}

/// Chunks that can be searched by words and, with a semantic model, by vectors.
#[must_use]
pub fn in_memory(sections: Vec<Section>, semantic: Option<&SemanticModel>) -> InMemory {
    let vectors = semantic
        .filter(|model| model.dimensions() > 0)
        .map(|model| sections.iter().map(|section| model.embed(&searchable_terms(section))).collect());
    InMemory::new(sections, vectors.unwrap_or_default())
}
