//! Questions about facts that change, that sources dispute, and that no document tells.

use rand::Rng;
use rand::seq::IndexedRandom;
use records::Style;

use super::cluster::{Version, body};
use super::grammar::EntityKind;
use super::names::Names;
use super::phrase::capitalised;
use super::questions::{Asker, Draft, Side, Support, around, style};
use super::sets::together;
use crate::filter::Reason;

impl Asker<'_> {
    /// The latest of two dated values, or the one of a given year.
    pub fn temporal(&mut self) -> Result<Draft, Reason> {
        let (older, newer) = self.dated()?;
        let latest = self.rng.random_bool(0.65);
        let (text, family) = if latest { self.asked_for_latest(newer)? } else { self.asked_in(older, self.year(older))? };
        let (answer, other) = if latest { (newer, older) } else { (older, newer) };
        let facts = vec![Support { vital: false, ..Support::value(other) }, Support::value(answer)];
        Ok(Draft { style: style(&text), text, family, aliases: self.aliases(answer), facts })
    }

    /// Two dated tellings of one thing, the older first.
    fn dated(&mut self) -> Result<(usize, usize), Reason> {
        let twin_of = |asker: &Self, fact: usize| match asker.fact(fact).version {
            Version::Dated { twin } if asker.told[fact].is_some() && asker.told[twin].is_some() => Some(twin),
            _ => None,
        };
        let one = self.choose(|asker, fact| twin_of(asker, fact).is_some())?;
        let twin = twin_of(self, one).ok_or(Reason::NoMaterial)?;
        Ok(if self.year(one) < self.year(twin) { (one, twin) } else { (twin, one) })
    }

    /// The year of the document that tells a fact.
    fn year(&self, fact: usize) -> u32 {
        self.fact(fact).document.map_or(0, |document| self.cluster.days[document].year)
    }

    fn asked_for_latest(&mut self, fact: usize) -> Result<(String, String), Reason> {
        let subject = self.name(self.fact(fact).subject);
        if self.rng.random_bool(0.5) {
            let person = self.is_person(fact);
            let (noun, family) = self.form(fact, "noun", |relation| &relation.nouns)?;
            let (frame, frame_family) = self.frame("latest", |frames| if person { &frames.latest_who } else { &frames.latest_what })?;
            return Ok((capitalised(&frame.replace("{n}", &noun.replace("{s}", &subject))), format!("{family}+{frame_family}")));
        }
        let (form, family) = self.form(fact, "question", |relation| &relation.questions)?;
        let (frame, frame_family) = self.frame("latest-around", |frames| &frames.latest)?;
        Ok((around(&frame, &form.replace("{s}", &subject)), format!("{family}+{frame_family}")))
    }

    fn asked_in(&mut self, fact: usize, year: u32) -> Result<(String, String), Reason> {
        let subject = self.name(self.fact(fact).subject);
        let year = year.to_string();
        if self.rng.random_bool(0.5) {
            let person = self.is_person(fact);
            let (noun, family) = self.form(fact, "noun", |relation| &relation.nouns)?;
            let (frame, frame_family) = self.frame("in-year", |frames| if person { &frames.in_year_who } else { &frames.in_year_what })?;
            let text = frame.replace("{n}", &noun.replace("{s}", &subject)).replace("{y}", &year);
            return Ok((capitalised(&text), format!("{family}+{frame_family}")));
        }
        let (form, family) = self.form(fact, "question", |relation| &relation.questions)?;
        let (frame, frame_family) = self.frame("in-year-around", |frames| &frames.in_year)?;
        Ok((around(&frame, &form.replace("{s}", &subject)).replace("{y}", &year), format!("{family}+{frame_family}")))
    }

    /// Two sources that disagree: both sides are the answer.
    pub fn conflict(&mut self) -> Result<Draft, Reason> {
        let twin_of = |asker: &Self, fact: usize| match asker.fact(fact).version {
            Version::Disputed { twin } if asker.told[fact].is_some() && asker.told[twin].is_some() => Some(twin),
            _ => None,
        };
        let one = self.choose(|asker, fact| twin_of(asker, fact).is_some())?;
        let other = twin_of(self, one).ok_or(Reason::NoMaterial)?;
        let subject = self.name(self.fact(one).subject);
        let (text, family) = if self.rng.random_bool(0.5) {
            let (noun, family) = self.form(one, "noun", |relation| &relation.nouns)?;
            let (frame, frame_family) = self.frame("sides", |frames| &frames.sides)?;
            (capitalised(&frame.replace("{n}", &noun.replace("{s}", &subject))), format!("{family}+{frame_family}"))
        } else {
            self.question(one, &subject)?
        };
        let aliases = together(&self.parts(&[one, other], Side::Value));
        Ok(Draft { style: style(&text), text, family, aliases, facts: vec![Support::value(one), Support::value(other)] })
    }

    /// A fact that no document tells, a thing that only sounds like one of the world, or a year for which nothing is told.
    pub fn unanswerable(&mut self) -> Result<Draft, Reason> {
        let draft = |text: String, style: Style, family: String| Draft { text, style, family, aliases: Vec::new(), facts: Vec::new() };
        match self.rng.random_range(0..3) {
            0 => {
                let (older, newer) = self.dated()?;
                let year = match self.rng.random_range(0..3) {
                    0 => self.year(older) - self.rng.random_range(2..9),
                    _ => self.year(newer) + self.rng.random_range(2..9),
                };
                let (text, family) = self.asked_in(newer, year)?;
                Ok(draft(text.clone(), style(&text), format!("{family}/stale")))
            }
            sort => {
                let missing = sort == 1;
                let fact = self.choose(|asker, fact| !missing || asker.fact(fact).document.is_none())?;
                let subject = if missing { self.name(self.fact(fact).subject) } else { self.near_miss(fact).ok_or(Reason::NoMaterial)? };
                let sort = if missing { "missing" } else { "near_miss" };
                if self.rng.random_bool(0.2) {
                    let (form, family) = self.form(fact, "keyword", |relation| &relation.keywords)?;
                    let text = form.replace("{s}", subject.trim_start_matches("the "));
                    return Ok(draft(text, Style::Keywords, format!("{family}/{sort}")));
                }
                let (text, family) = self.question(fact, &subject)?;
                Ok(draft(text.clone(), style(&text), format!("{family}/{sort}")))
            }
        }
    }

    /// A name that differs in one part from that of the fact's subject and belongs to nothing in the world.
    fn near_miss(&mut self, fact: usize) -> Option<String> {
        let entity = &self.cluster.entities[self.fact(fact).subject];
        let (names, lists) = (&self.world.names, &self.world.grammar.names);
        let name = match names.space(entity.kind) {
            Some(space) => {
                let variants = Names::variants(lists, entity.kind);
                let other = if variants > 1 && self.rng.random_bool(0.6) {
                    let variant = (entity.variant + self.rng.random_range(1..variants)) % variants;
                    names.name(lists, entity.kind, entity.number, variant)
                } else {
                    let number = space.near_miss(entity.number, self.world.used(entity.kind), self.rng)?;
                    names.name(lists, entity.kind, number, entity.variant)
                };
                Some(other).filter(|other| self.cluster.entities.iter().all(|known| known.name.full != other.full))?
            }
            None => {
                let functions = if entity.kind == EntityKind::Department { lists.departments.len() } else { lists.committees.len() };
                let choices: Vec<usize> = (0..functions).collect();
                let other = body(&self.world.grammar, entity.kind, *choices.choose(self.rng)?, &self.cluster.entities.first()?.name.full);
                Some(other).filter(|other| self.cluster.entities.iter().all(|known| known.name.full != other.full))?
            }
        };
        Some(name.with_article(&name.full))
    }
}
