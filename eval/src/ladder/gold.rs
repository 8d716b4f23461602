//! What a perfect search would bring: the sections that hold a question's facts, and of these the sentences alone.

use std::collections::HashMap;

use records::Section;

use crate::metrics::Place;
use crate::suite::{Case, GoldFact};

/// The sections that facts of the questions stand in.
pub(super) struct Gold {
    by_doc: HashMap<String, Vec<Section>>,
}

impl Gold {
    /// Keeps of all sections those whose documents the questions rest on.
    pub fn new(sections: &[Section], cases: &[Case]) -> Self {
        let mut by_doc: HashMap<String, Vec<Section>> = HashMap::new();
        cases.iter().flat_map(|case| &case.facts).for_each(|fact| _ = by_doc.entry(fact.doc.clone()).or_default());
        for section in sections {
            if let Some(own) = by_doc.get_mut(&section.path) {
                own.push(section.clone());
            }
        }
        Self { by_doc }
    }

    /// The sections that hold a question's facts, each once, in the order of the facts; with `sentences` cut down to the facts.
    pub fn of(&self, case: &Case, sentences: bool) -> Vec<Section> {
        let mut out: Vec<Section> = Vec::new();
        for fact in &case.facts {
            for section in self.by_doc.get(&fact.doc).into_iter().flatten().filter(|section| holds(section, fact)) {
                let piece = if sentences { sentence(section, fact) } else { Some(section.clone()) };
                out.extend(piece.filter(|piece| !out.contains(piece)));
            }
        }
        // Sections of one document must not share a number.
        out.iter_mut().enumerate().for_each(|(number, section)| section.section = number as u32);
        out
    }
}

fn holds(section: &Section, fact: &GoldFact) -> bool {
    let range = section.spans.raw_range(0..section.text.len() as u64);
    range.is_some_and(|range| Place { doc: &section.path, range }.meets(fact))
}

/// The part of a section that stands at the fact's bytes.
fn sentence(section: &Section, fact: &GoldFact) -> Option<Section> {
    let clean = section.spans.clean_range(fact.sentence.clone())?;
    let text = section.text.get(clean.start as usize..clean.end as usize)?;
    let spans = section.spans.slice(clean);
    Some(Section { text: text.to_owned(), spans, repairs: Vec::new(), links: Vec::new(), ..section.clone() })
}

#[cfg(test)]
mod tests {
    use records::{OffsetMap, Role, UserQuestion};

    use super::*;

    #[test]
    fn a_gold_sentence_is_cut_out_of_its_section_with_its_bytes() {
        let text = "First one. The fee is 12 euros. Last one.";
        let section = Section {
            doc_id: "d".into(),
            path: "a".into(),
            title: None,
            section: 3,
            heading_path: vec![],
            role: Role::Paragraph,
            text: text.into(),
            spans: OffsetMap::verbatim(100, text.len() as u64),
            page: None,
            repairs: vec![],
            links: vec![],
            pages: Vec::new(),
        };
        let other = Section { path: "b".into(), ..section.clone() };
        let fact = GoldFact {
            doc: "a".into(),
            doc_id: "d".into(),
            sentence: 111..131,
            value: None,
            text: "The fee is 12 euros.".into(),
            vital: true,
        };
        let question = UserQuestion { id: "q".into(), question: "?".into(), brief: None, sources: vec![] };
        let (kind, setting) = ("k".into(), "corpus".into());
        let facts = vec![fact.clone(), fact];
        let case = Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases: vec![], facts };
        let gold = Gold::new(&[other, section.clone()], std::slice::from_ref(&case));
        assert_eq!(gold.of(&case, false), [Section { section: 0, ..section }]);
        let cut = gold.of(&case, true);
        assert_eq!(cut.iter().map(|section| section.text.as_str()).collect::<Vec<_>>(), ["The fee is 12 euros."]);
        assert_eq!(cut[0].spans.raw_range(4..7), Some(115..118));
    }
}
