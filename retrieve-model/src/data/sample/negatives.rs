//! The sections without the answer that are read beside the one that has it.

use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::TripleBatches;
use crate::data::{Item, follow_up};

/// Negatives are drawn from this many of the best keyword hits.
const HARD_NEGATIVES: usize = 12;

impl TripleBatches {
    /// What the comparison with its question adds to a section's log-odds.
    pub(super) fn compared(&self, item: Item, section: u32) -> f32 {
        self.nearness.as_ref().map_or(0.0, |nearness| nearness.worth(item, section))
    }

    /// Sections near an item's question that tell no answer to it, whatever else they are taken for.
    fn near(&self, item: Item, random: &mut ChaCha8Rng) -> Vec<u32> {
        let example = &self.triples.examples[item.0 as usize];
        let text = |section: u32| self.triples.sections[section as usize].text.to_lowercase();
        let hop = example.hops.get(item.1 as usize);
        let value = hop.map(|hop| self.triples.sections[hop.section as usize].text[hop.value.clone()].to_lowercase());
        let answers: Vec<String> = example.aliases.iter().map(|alias| alias.to_lowercase()).chain(value).collect();
        let nearest = self.nearness.iter().flat_map(|nearness| nearness.nearest(item)).copied();
        let mut near: Vec<u32> = nearest
            .filter(|section| !example.is_gold(*section))
            .filter(|section| {
                let text = text(*section);
                !answers.iter().any(|answer| text.contains(answer.as_str()))
            })
            .take(HARD_NEGATIVES)
            .collect();
        near.shuffle(random);
        near
    }

    /// Sections that do not tell the wanted fact: those a search ranks high first, or the comparison, then any.
    pub(super) fn negatives(&self, item: Item, evidence: &str, wanted: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
        let (example, hop) = (&self.triples.examples[item.0 as usize], item.1 as usize);
        let later = example.hops.get(hop..).unwrap_or_default();
        let fits = |section: &u32| !later.iter().any(|hop| hop.section == *section);
        let mut found: Vec<u32> = if example.is_vague() {
            Vec::new()
        } else if hop == 0 {
            example.candidates.iter().map(|hit| hit.0).filter(fits).take(HARD_NEGATIVES).collect()
        } else {
            let query = follow_up(&example.question, evidence, "", &|term| self.triples.keywords.idf(term));
            let hits = self.triples.keywords.search(&text::terms(&query), HARD_NEGATIVES);
            hits.into_iter().map(|hit| hit.0 as u32).filter(fits).collect()
        };
        found.shuffle(random);
        let near = if example.is_vague() || self.config.nearest <= 0.0 { Vec::new() } else { self.near(item, random) };
        let (mut found, mut near) = (found.into_iter(), near.into_iter());
        let mut hard: Vec<u32> = Vec::with_capacity(wanted);
        while hard.len() < wanted {
            let nearest = random.random_bool(self.config.nearest.clamp(0.0, 1.0));
            let next = if nearest { near.next().or_else(|| found.next()) } else { found.next().or_else(|| near.next()) };
            match next {
                Some(section) if hard.contains(&section) => {}
                Some(section) => hard.push(section),
                None => break,
            }
        }
        let sections = self.triples.sections.len() as u32;
        for _ in 0..wanted * 8 {
            if hard.len() >= wanted || sections == 0 {
                break;
            }
            let any = random.random_range(0..sections);
            if fits(&any) && !hard.contains(&any) {
                hard.push(any);
            }
        }
        // A corpus of one or two sections: an empty text is no answer either, and a repeated negative does no harm.
        while hard.len() < wanted {
            hard.push(hard.first().copied().unwrap_or(0));
        }
        hard
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use backbone::BatchSource as _;

    use super::super::random;
    use super::*;
    use crate::data::{BatchConfig, Nearness, fixture};

    #[test]
    fn what_the_encoder_takes_for_near_is_a_negative_unless_it_holds_the_answer() {
        let triples = fixture::triples(24);
        let sections = triples.sections.len();
        let items: Vec<Item> = (0..triples.examples.len() as u32).flat_map(|number| [(number, 0), (number, 1)]).collect();
        // Every section's vector is its number along an axis of its own; every question is near the first twelve.
        let vectors: Vec<f32> = (0..sections).flat_map(|row| (0..sections).map(move |column| f32::from(u8::from(row == column)))).collect();
        let query: Vec<f32> = (0..sections).map(|column| if column < 12 { 0.2 } else { 0.0 }).collect();
        let (queries, nearest) = (query.repeat(items.len()), (0..12).collect::<Vec<u32>>().repeat(items.len()));
        let nearness = Nearness::new(sections, vectors, &items, queries, nearest, 10.0);
        let config = BatchConfig { nearest: 1.0, ..fixture::batch_config() };
        let triples = Arc::new(triples);
        let mut batches = TripleBatches::new(triples.clone(), fixture::encoder(), config, 1).beside(Some(Arc::new(nearness)));
        let mut near = 0;
        for step in 0..6 {
            let targets = batches.batch(step).targets;
            near +=
                targets.compared.iter().zip(&targets.relevant).filter(|(compared, relevant)| **compared > 1.9 && **relevant == 0.0).count();
        }
        assert!(near > 12, "{near}");
        for number in 0..triples.examples.len() as u32 {
            let example = &triples.examples[number as usize];
            for section in batches.near((number, 0), &mut random(1, 1, 1)) {
                let text = triples.sections[section as usize].text.to_lowercase();
                assert!(!example.aliases.iter().any(|alias| text.contains(&alias.to_lowercase())) && !example.is_gold(section));
            }
        }
    }
}
