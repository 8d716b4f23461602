//! Questions that name their place by its other name: the title or heading in a question becomes what links to it call it.

use rand::Rng;
use rand::seq::IndexedRandom;

use crate::corpus::rules::{Candidate, Reader, Swap};
use crate::filter::wording;

/// Chance that a title or heading with another name is exchanged.
const CHANCE: f64 = 0.5;

impl Reader<'_> {
    /// Exchanges the titles and headings of some questions about a document.
    pub(in crate::corpus) fn by_other_names(&mut self, doc_id: &str) {
        let scout = self.scout;
        for Candidate { triple, swap, .. } in &mut self.found {
            let Some(Swap::Title(title)) = swap else { continue };
            let names = scout.links.other_names(doc_id, title);
            let Some(name) = names.choose(&mut self.rng).filter(|_| self.rng.random_bool(CHANCE)) else { continue };
            let question = triple.question.question.replacen(title.as_str(), name, 1);
            let whole = triple.answer.facts.first().is_some_and(|fact| triple.answer.aliases.first() == Some(&fact.sentence));
            let aliases = if whole { &[][..] } else { &triple.answer.aliases };
            let known = triple.question.question.to_lowercase().contains(&name.to_lowercase());
            if !known && wording(&question, aliases, 2).is_ok() {
                triple.question.question = question;
                triple.question.template_family.push_str("/linked");
                *swap = Some(Swap::Title(name.clone()));
            }
        }
    }
}
