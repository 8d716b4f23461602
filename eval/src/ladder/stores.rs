//! Stores that put one system's search in front of the other's answering, or nothing but given sections.

use std::sync::Arc;

use records::Section;
use retrieve_model::inference::{Answerer, Candidate, InMemory, Passage, PassageSource, SourceError};

use crate::systems::WorkflowSystem;

/// Candidates in a given order: the only score is the rank, so whoever searches keeps the order.
fn in_order(ranked: impl Iterator<Item = Passage>) -> Vec<Candidate> {
    ranked.enumerate().map(|(rank, passage)| Candidate { passage, bm25: 1.0 / (1.0 + rank as f32), cosine: 0.0 }).collect()
}

/// The workflow searches; our model reads. It brings as many sections as our model reads at once, so that nothing is left to rank.
pub(super) struct RankedByWorkflow {
    workflow: Arc<WorkflowSystem>,
    keep: usize,
}

impl RankedByWorkflow {
    pub fn new(workflow: Arc<WorkflowSystem>, keep: usize) -> Self {
        Self { workflow, keep }
    }
}

impl PassageSource for RankedByWorkflow {
    fn candidates(&self, query: &str, _: &[f32], _: usize) -> Result<Vec<Candidate>, SourceError> {
        let found = self.workflow.find(query)?;
        Ok(in_order(found.into_iter().take(self.keep).map(|section| Passage { key: key_of(&section), section })))
    }

    fn idf(&self, term: &str) -> f32 {
        self.workflow.store().map_or(0.0, |store| store.idf(term))
    }
}

/// A number that stands for a section in every search.
fn key_of(section: &Section) -> u64 {
    let hash = blake3::hash(format!("{} {}", section.path, section.section).as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Our model searches; the workflow answers.
pub(super) struct RankedByModel {
    answerer: Answerer,
    store: Arc<InMemory>,
}

impl RankedByModel {
    pub fn new(answerer: Answerer, store: InMemory) -> Self {
        Self { answerer, store: Arc::new(store) }
    }
}

impl PassageSource for RankedByModel {
    fn candidates(&self, query: &str, _: &[f32], k: usize) -> Result<Vec<Candidate>, SourceError> {
        let hits = self.answerer.search(self.store.as_ref(), query, k)?;
        Ok(in_order(hits.into_iter().map(|hit| hit.passage)))
    }

    fn idf(&self, term: &str) -> f32 {
        self.store.idf(term)
    }
}

/// A few sections are all there is to find; how rare a word is is still told by the whole corpus.
pub(super) struct Narrowed<'a> {
    full: &'a dyn PassageSource,
    own: InMemory,
}

impl<'a> Narrowed<'a> {
    pub fn new(full: &'a dyn PassageSource, sections: Vec<Section>) -> Self {
        Self { full, own: InMemory::new(sections, Vec::new()) }
    }

    /// The sections.
    pub fn sections(&self) -> &[Section] {
        self.own.sections()
    }
}

impl PassageSource for Narrowed<'_> {
    fn candidates(&self, query: &str, vector: &[f32], k: usize) -> Result<Vec<Candidate>, SourceError> {
        // Given sections are found even where no word of the query stands in them.
        let mut found = self.own.candidates(query, vector, k.max(self.sections().len()))?;
        found.iter_mut().for_each(|candidate| candidate.bm25 = candidate.bm25.max(f32::MIN_POSITIVE));
        Ok(found)
    }

    fn idf(&self, term: &str) -> f32 {
        self.full.idf(term)
    }
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;
    use crate::baseline::{WorkflowConfig, chunks_of_source};

    fn sections() -> Vec<Section> {
        let source = |id: &str, text: &str| SourceText { id: id.into(), title: None, text: text.into() };
        let config = WorkflowConfig::default();
        let texts = [("a", "The ferry leaves at nine."), ("b", "The bakery opens at six."), ("c", "The ferry is blue.")];
        texts.iter().flat_map(|(id, text)| chunks_of_source(&source(id, text), &config.chunks)).collect()
    }

    #[test]
    fn the_workflows_order_is_kept_and_cut_to_what_is_read() {
        let workflow = WorkflowSystem::over_sections(WorkflowConfig::default(), sections(), 1).unwrap();
        let store = RankedByWorkflow::new(Arc::new(workflow), 2);
        let found = store.candidates("When does the ferry leave?", &[], 50).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].passage.section.path, "a");
        assert!(found[0].bm25 > found[1].bm25 && found[0].passage.key != found[1].passage.key);
        let idf = |word: &str| store.idf(&text::term(word).unwrap());
        assert!(idf("bakery") > idf("ferry"));
    }

    #[test]
    fn given_sections_are_found_by_any_query_and_rarity_is_that_of_the_corpus() {
        let full = InMemory::new(sections(), vec![]);
        let narrowed = Narrowed::new(&full, sections()[1..2].to_vec());
        let found = narrowed.candidates("nothing of the kind", &[], 1).unwrap();
        assert!(found.len() == 1 && found[0].bm25 > 0.0);
        let term = text::term("ferry").unwrap();
        assert_eq!(narrowed.idf(&term), full.idf(&term));
    }
}
