//! A searchable sample of the training data: the sections that some questions need, what keyword search confuses them with, and others up to
//! a limit, with their vectors. The heads that stand on the reader learn on it, and the final measurement searches it.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use records::Split;

use crate::data::{Example, Triples};
use crate::inference::{Answerer, InMemory};

/// Questions and a store that can answer them.
pub struct Bench<'a> {
    /// The questions.
    pub examples: Vec<&'a Example>,
    /// The sections.
    pub store: InMemory,
    /// Number in [`Triples::sections`] of each key of the store.
    pub numbers: Vec<u32>,
}

/// Which questions a bench holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Training questions kept from the reader: what it gives for them is what it will give for any question.
    HeldBack,
    /// The same with as many of every kind as there are: what is rare and takes several steps is what a controller has to learn.
    Act,
    /// The same with as many that have several answers as others: what a controller has to learn is where to go on behind the first.
    Further,
    /// Development questions.
    Measure,
    /// Questions that nothing was learned or read off from: two models are weighed on them.
    Weigh,
}

impl Purpose {
    fn wants(self, example: &Example) -> bool {
        // Nobody who asks a collection leaves out what the question is about.
        if example.is_vague() {
            return false;
        }
        match self {
            Self::HeldBack | Self::Act | Self::Further => example.split == Split::Train && example.is_held_back(),
            Self::Measure => example.split == Split::Dev,
            Self::Weigh => example.split == Split::Test,
        }
    }
}

impl<'a> Bench<'a> {
    /// Samples at most `questions` questions (by hash of their id), `written` of them written ones if there are as many, and `sections` sections,
    /// and embeds these.
    #[must_use]
    pub fn new(triples: &'a Triples, answerer: &Answerer, purpose: Purpose, (questions, written): (usize, f64), sections: usize) -> Self {
        let mut examples: Vec<&Example> = triples.examples.iter().filter(|example| purpose.wants(example)).collect();
        let number = |example: &&Example| *blake3::hash(format!("{purpose:?} {}", example.id).as_bytes()).as_bytes();
        examples.sort_by_cached_key(number);
        let (mut asked, mut others): (Vec<&Example>, Vec<&Example>) = examples.into_iter().partition(|example| example.written);
        match purpose {
            // Written questions are few enough over several texts that those come first.
            Purpose::Act => [&mut asked, &mut others].into_iter().for_each(|part| evenly(part, |example| example.kind)),
            Purpose::Further => evenly(&mut others, |example| example.items().is_empty()),
            Purpose::HeldBack | Purpose::Measure | Purpose::Weigh => {}
        }
        asked.truncate((questions as f64 * written).round() as usize);
        others.truncate(questions - asked.len());
        // Mixed, as every other one is for another purpose in calibration.
        let mut examples = [asked, others].concat();
        examples.sort_by_cached_key(number);
        let mut chosen: HashSet<u32> = examples.iter().flat_map(|example| example.hops.iter().map(|hop| hop.section)).collect();
        let candidates = |rank: usize| examples.iter().filter_map(move |example| example.candidates.get(rank)).map(|hit| hit.0);
        let others = (0..20).flat_map(candidates).chain(spread(triples.sections.len() as u32));
        for section in others {
            if chosen.len() >= sections {
                break;
            }
            chosen.insert(section);
        }
        let mut numbers: Vec<u32> = chosen.into_iter().collect();
        numbers.sort_unstable();
        let sections: Vec<_> = numbers.iter().map(|number| triples.sections[*number as usize].clone()).collect();
        let vectors = answerer.embed_sections(&sections);
        Self { examples, store: InMemory::new(sections, vectors), numbers }
    }
}

/// Puts the first question of every group before the second of any.
fn evenly<G: Eq + Hash>(examples: &mut [&Example], group: impl Fn(&Example) -> G) {
    let mut met: HashMap<G, usize> = HashMap::new();
    let mut ranked: Vec<(usize, &Example)> = Vec::with_capacity(examples.len());
    for example in examples.iter().copied() {
        let rank = met.entry(group(example)).or_default();
        ranked.push((*rank, example));
        *rank += 1;
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    examples.iter_mut().zip(ranked).for_each(|(place, (_, example))| *place = example);
}

/// The numbers below `count`, each once, far apart from each other at first.
fn spread(count: u32) -> impl Iterator<Item = u32> {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let count = u64::from(count);
    let stride = (count * 618 / 1_000..).find(|stride| count <= 1 || gcd(*stride, count) == 1).unwrap_or(1).max(1);
    (0..count).map(move |n| (n * stride % count) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_kinds_come_before_the_second_of_a_common_one() {
        let triples = crate::data::fixture::triples(24);
        let mut examples: Vec<&Example> = triples.examples.iter().collect();
        let kinds: HashSet<records::Kind> = examples.iter().map(|example| example.kind).collect();
        evenly(&mut examples, |example| example.kind);
        let first: HashSet<records::Kind> = examples[..kinds.len()].iter().map(|example| example.kind).collect();
        assert_eq!(first, kinds);
        assert!(kinds.len() > 1 && examples.len() == triples.examples.len());
    }

    #[test]
    fn spreading_reaches_every_number_once() {
        for count in [0, 1, 2, 3, 10, 97] {
            let mut all: Vec<u32> = spread(count).collect();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }
}
