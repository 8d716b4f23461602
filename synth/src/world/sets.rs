//! Questions over several facts side by side: which of two is larger or later, and all that share a value or belong to one organisation.

use rand::Rng;
use rand::seq::SliceRandom;

use super::questions::{Asker, Draft, Side, Support, style};
use crate::filter::Reason;

/// Fewest and most facts of a list.
const LISTED: std::ops::RangeInclusive<usize> = 2..=4;

impl Asker<'_> {
    /// Which of two subjects has the larger or the smaller value; the fact of the one that has stands last, and its name answers.
    pub fn comparison(&mut self) -> Result<Draft, Reason> {
        let can = |asker: &Self, fact: usize| {
            let named = asker.told[fact].as_ref().is_some_and(|told| told.at.subject.is_some());
            named && asker.is_settled(fact) && asker.fact(fact).value.order.is_some() && !asker.relation(fact).larger.train.is_empty()
        };
        let one = self.choose(can)?;
        let relation = self.fact(one).relation;
        let order = |asker: &Self, fact: usize| asker.fact(fact).value.order;
        let other = self.choose(|asker, fact| {
            fact != one && can(asker, fact) && asker.fact(fact).relation == relation && order(asker, fact) != order(asker, one)
        })?;
        let larger = self.rng.random_bool(0.5);
        let wins = if (order(self, one) > order(self, other)) == larger { one } else { other };
        let loses = if wins == one { other } else { one };
        let what = if larger { "larger" } else { "smaller" };
        let (form, family) = self.form(one, what, |relation| if larger { &relation.larger } else { &relation.smaller })?;
        let (a, b) = (self.name(self.fact(one).subject), self.name(self.fact(other).subject));
        let text = super::phrase::capitalised(&form.replace("{a}", &a).replace("{b}", &b));
        let facts = vec![Support::value(loses), Support::subject(wins)];
        Ok(Draft { style: style(&text), text, family, aliases: self.subject_aliases(wins), facts })
    }

    /// All subjects that share a value, or the values of all that an organisation has; complete by the world's own facts.
    pub fn aggregation(&mut self) -> Result<Draft, Reason> {
        let by_value = self.rng.random_bool(0.5);
        let fact = self.choose(|asker, fact| {
            let relation = asker.relation(fact);
            asker.is_settled(fact) && !if by_value { &relation.inverse } else { &relation.all }.train.is_empty()
        })?;
        let relation = self.fact(fact).relation;
        let of_relation: Vec<usize> = (0..self.cluster.facts.len()).filter(|other| self.fact(*other).relation == relation).collect();
        let mut facts = if by_value { self.with_value_of(fact) } else { of_relation.clone() };
        // A list is complete only if nothing that might belong to it is left untold or told twice.
        let known = |fact: &usize| self.is_settled(*fact) && self.told[*fact].as_ref().is_some_and(|told| told.at.subject.is_some());
        if !LISTED.contains(&facts.len()) || !of_relation.iter().all(known) {
            return Err(Reason::NoMaterial);
        }
        facts.shuffle(self.rng);
        let side = if by_value { Side::Subject } else { Side::Value };
        let (form, family) = if by_value {
            self.form(fact, "inverse", |relation| &relation.inverse)?
        } else {
            self.form(fact, "all", |relation| &relation.all)?
        };
        let organisation = self.name(0);
        let value = self.value_name(fact);
        let text = form.replace("{v}", &value).replace("{o}", &organisation);
        let aliases = together(&self.parts(&facts, side));
        let facts = facts.into_iter().map(|fact| Support { fact, side, vital: true }).collect();
        Ok(Draft { style: style(&text), text, family, aliases, facts })
    }

    /// What each fact adds to an answer of several parts, as its sentence has it, without repetitions.
    pub fn parts(&self, facts: &[usize], side: Side) -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for fact in facts {
            let aliases = if side == Side::Subject { self.subject_aliases(*fact) } else { self.aliases(*fact) };
            parts.extend(aliases.into_iter().next().filter(|part| !parts.contains(part)));
        }
        parts
    }
}

/// An answer of several parts in every order of up to three, and in every rotation of more.
pub(crate) fn together(parts: &[String]) -> Vec<String> {
    let rotations = (0..parts.len()).map(|by| {
        let mut turned = parts.to_vec();
        turned.rotate_left(by);
        turned
    });
    let mut orders: Vec<Vec<String>> = rotations.collect();
    if parts.len() == 3 {
        let mirrored: Vec<Vec<String>> = orders.iter().map(|order| order.iter().rev().cloned().collect()).collect();
        orders.extend(mirrored);
    }
    orders.into_iter().map(|order| order.join("; ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_come_in_all_their_orders() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        let mut all = together(&parts);
        all.sort();
        assert_eq!(all, ["a; b; c", "a; c; b", "b; a; c", "b; c; a", "c; a; b", "c; b; a"]);
    }
}
