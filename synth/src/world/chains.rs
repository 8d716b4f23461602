//! Questions over several facts in a chain: each fact but the last names the thing that the next is about, and none can be left out.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::questions::{Asker, Draft, Support, style};
use crate::filter::Reason;

/// How many of ten chains have two facts, how many have three; the rest have four.
const OF_TEN: [u32; 2] = [6, 3];

/// Walks for one chain.
const WALKS: usize = 16;

impl Asker<'_> {
    /// A question for the last fact of a chain that starts from a name.
    pub fn multi_hop(&mut self) -> Result<Draft, Reason> {
        let hops = match self.rng.random_range(0..10) {
            n if n < OF_TEN[0] => 2,
            n if n < OF_TEN[0] + OF_TEN[1] => 3,
            _ => 4,
        };
        // Long chains are rare: a walk that ends too early is begun again, or there would hardly be any.
        let chain = (0..WALKS).find_map(|_| self.walk(hops).ok()).ok_or(Reason::NoMaterial)?;
        self.needs_every_hop(&chain)?;
        let (last, bridges) = chain.split_last().ok_or(Reason::NoMaterial)?;
        let mut subject = self.name(self.fact(chain[0]).subject);
        let mut family = String::new();
        for bridge in bridges {
            let (noun, noun_family) = self.form(*bridge, "noun", |relation| &relation.nouns)?;
            subject = noun.replace("{s}", &subject);
            family.push_str(&noun_family);
            family.push('+');
        }
        let (text, last_family) = self.question(*last, &subject)?;
        if bridges.iter().any(|bridge| self.aliases(*bridge).iter().any(|alias| text.contains(alias.as_str()))) {
            return Err(Reason::AnswerInQuestion);
        }
        Ok(Draft {
            style: style(&text),
            text,
            family: family + &last_family,
            aliases: self.aliases(*last),
            facts: chain.into_iter().map(Support::value).collect(),
        })
    }

    /// A chain of settled facts, each in another document than the one before.
    fn walk(&mut self, hops: usize) -> Result<Vec<usize>, Reason> {
        let leads_on = |asker: &Self, fact: usize| asker.is_settled(fact) && asker.fact(fact).value.entity.is_some();
        let mut chain = vec![self.choose(leads_on)?];
        let mut seen = vec![self.fact(chain[0]).subject];
        while chain.len() < hops {
            let last = chain[chain.len() - 1];
            let bridge = self.fact(last).value.entity.ok_or(Reason::NoMaterial)?;
            seen.push(bridge);
            let (at_end, place) = (chain.len() + 1 == hops, self.place(last));
            let next = self.choose(|asker, fact| {
                let about_it = asker.fact(fact).subject == bridge && asker.is_settled(fact);
                let onward = at_end || leads_on(asker, fact);
                let returns = asker.fact(fact).value.entity.is_some_and(|entity| seen.contains(&entity));
                about_it && onward && !returns && !asker.relation(fact).definition && asker.place(fact).0 != place.0
            })?;
            chain.push(next);
        }
        Ok(chain)
    }

    /// Document and section of a told fact.
    fn place(&self, fact: usize) -> (usize, u32) {
        self.told[fact].as_ref().map_or((usize::MAX, 0), |told| (told.document, told.at.section))
    }

    /// The leave-one-out check: no two facts of the chain stand in one section, and no other sentence of the chain holds the answer, so that
    /// dropping any fact breaks the chain.
    fn needs_every_hop(&self, chain: &[usize]) -> Result<(), Reason> {
        let (last, others) = chain.split_last().ok_or(Reason::NoMaterial)?;
        let mut places: Vec<_> = chain.iter().map(|fact| self.place(*fact)).collect();
        places.sort_unstable();
        places.dedup();
        let answers = self.aliases(*last);
        let told_before =
            others.iter().any(|fact| answers.iter().any(|answer| answer.len() > 2 && self.sentence(*fact).contains(answer.as_str())));
        if places.len() < chain.len() || told_before { Err(Reason::HopNotNeeded) } else { Ok(()) }
    }

    /// A question for the only subject that has a value.
    pub fn inverse(&mut self) -> Result<Draft, Reason> {
        let fact = self.choose(|asker, fact| {
            let named = asker.told[fact].as_ref().is_some_and(|told| told.at.subject.is_some() && !told.told.in_table);
            named && asker.is_settled(fact) && !asker.relation(fact).inverse.train.is_empty() && asker.with_value_of(fact).len() == 1
        })?;
        let (form, family) = self.form(fact, "inverse", |relation| &relation.inverse)?;
        let text = form.replace("{v}", &self.value_name(fact));
        Ok(Draft { style: style(&text), text, family, aliases: self.subject_aliases(fact), facts: vec![Support::subject(fact)] })
    }

    /// Facts of the same relation with the same value, told or not.
    pub fn with_value_of(&self, fact: usize) -> Vec<usize> {
        let (relation, value) = (self.fact(fact).relation, &self.fact(fact).value);
        let all = 0..self.cluster.facts.len();
        all.filter(|other| self.fact(*other).relation == relation && self.fact(*other).value.is_like(value)).collect()
    }

    /// The unambiguous name of a fact's value.
    pub fn value_name(&mut self, fact: usize) -> String {
        let cluster = self.cluster;
        let value = &cluster.facts[fact].value;
        match value.entity {
            Some(entity) => self.name(entity),
            None => value.forms.choose(self.rng).cloned().unwrap_or_default(),
        }
    }
}
