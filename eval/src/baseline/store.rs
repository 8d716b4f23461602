//! Chunks in memory, for the texts a question brings along and for tuning; the scored run over a corpus searches LanceDB, which scores alike.

use records::Section;
use retrieve_model::inference::InMemory;

use super::SemanticModel;

/// The words a chunk is found by: its title (unless a heading repeats it), its headings, its text.
#[must_use]
pub fn searchable_terms(section: &Section) -> Vec<String> {
    let title = section.title.iter().filter(|title| section.heading_path.first() != Some(*title));
    title.chain(&section.heading_path).chain([&section.text]).flat_map(|text| text::terms(text)).collect()
}

/// Chunks that can be searched by words and, with a semantic model, by vectors.
#[must_use]
pub fn in_memory(sections: Vec<Section>, semantic: Option<&SemanticModel>) -> InMemory {
    let vectors = semantic.filter(|model| model.dimensions() > 0).map(|model| model.embed_sections(&sections));
    InMemory::new(sections, vectors.unwrap_or_default())
}
