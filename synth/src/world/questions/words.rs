//! The words of a question: the wording of a relation with a name in it, something before or after it, the strings that count as its answer.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use records::Style;

use super::super::grammar::{EntityKind, Families, Frames, Relation};
use super::super::phrase::{capitalised, decapitalised, vary};
use super::super::prose::split_name;
use super::Asker;
use crate::filter::Reason;

/// Shares of the plain questions that are built from a noun phrase, and that have something before or after them.
const FRAMED: f64 = 0.3;
const LED_IN: f64 = 0.12;

impl Asker<'_> {
    /// The unambiguous name of an entity, with its article.
    pub fn name(&mut self, entity: usize) -> String {
        let Self { rng, cluster, .. } = self;
        let entity = &cluster.entities[entity];
        let name = &entity.name;
        match (entity.kind, &name.letters) {
            (EntityKind::Department, _) if rng.random_bool(0.2) => {
                let organisation = &cluster.entities[0].name.full;
                format!("{organisation}'s {}", name.short)
            }
            (EntityKind::Organisation, Some(letters)) if rng.random_bool(0.15) => format!("{} ({letters})", name.full),
            _ => name.with_article(&name.full),
        }
    }

    /// One of the wordings this split may use, with the name of its family.
    pub fn wording(&mut self, families: &Families, name: &str) -> Result<(String, String), Reason> {
        let forms = families.of(self.cluster.split);
        let at = if forms.is_empty() { return Err(Reason::NoMaterial) } else { self.rng.random_range(0..forms.len()) };
        Ok((vary(&forms[at], self.rng), format!("{name}/{}-{at}", split_name(self.cluster.split))))
    }

    /// A wording of a fact's relation.
    pub fn form(&mut self, fact: usize, what: &str, families: impl Fn(&Relation) -> &Families) -> Result<(String, String), Reason> {
        let relation = &self.world.grammar.relations[self.fact(fact).relation];
        self.wording(families(relation), &format!("{}/{what}", relation.id))
    }

    /// A wording that fits any relation.
    pub fn frame(&mut self, what: &str, families: impl Fn(&Frames) -> &Families) -> Result<(String, String), Reason> {
        let frames = &self.world.grammar.frames;
        self.wording(families(frames), what)
    }

    /// Whether the value of a fact is a person.
    pub fn is_person(&self, fact: usize) -> bool {
        self.relation(fact).value.entity() == Some(EntityKind::Person)
    }

    /// A full question for the value of a fact of the subject called `subject`: in the relation's words, or around a noun phrase; now and
    /// then with something before or after it.
    pub fn question(&mut self, fact: usize, subject: &str) -> Result<(String, String), Reason> {
        let framed = !self.relation(fact).nouns.train.is_empty() && self.rng.random_bool(FRAMED);
        let (text, family) = if framed {
            let (noun, family) = self.form(fact, "noun", |relation| &relation.nouns)?;
            let person = self.is_person(fact);
            let (frame, frame_family) = self.frame("frame", |frames| if person { &frames.who } else { &frames.what })?;
            (frame.replace("{n}", &noun.replace("{s}", subject)), format!("{family}+{frame_family}"))
        } else {
            let (form, family) = self.form(fact, "question", |relation| &relation.questions)?;
            (form.replace("{s}", subject), family)
        };
        if self.rng.random_bool(LED_IN) {
            let (lead, lead_family) = self.frame("lead", |frames| &frames.lead_ins)?;
            return Ok((around(&lead, &text), format!("{family}+{lead_family}")));
        }
        Ok((capitalised(&text), family))
    }

    /// Every string that counts as the value of a told fact, the one in the sentence first: with a capital where it begins the sentence.
    pub fn aliases(&self, fact: usize) -> Vec<String> {
        let Some(told) = &self.told[fact] else { return Vec::new() };
        let mut all = self.fact(fact).value.aliases(told.told.form);
        let first = capitalised(&all[0]);
        if first != all[0] && told.told.sentence.starts_with(&first) {
            all.insert(0, first);
        }
        all
    }

    /// Every string that counts as the subject of a told fact, the one in the sentence first.
    pub fn subject_aliases(&self, fact: usize) -> Vec<String> {
        let name = &self.cluster.entities[self.fact(fact).subject].name;
        let mut all: Vec<String> = self.told[fact].iter().map(|told| told.told.subject.clone()).collect();
        for other in [&name.full, &name.short].into_iter().chain(&name.aliases) {
            if !all.contains(other) {
                all.push(other.clone());
            }
        }
        all
    }

    pub fn sentence(&self, fact: usize) -> &str {
        self.told[fact].as_ref().map_or("", |told| told.told.sentence.as_str())
    }
}

/// A question put into a frame: small after a colon or a comma.
pub(crate) fn around(frame: &str, question: &str) -> String {
    let (before, after) = frame.split_once("{q}").unwrap_or(("", ""));
    let question = if before.is_empty() { capitalised(question) } else { decapitalised(question) };
    let question = if after.starts_with([',', ' ']) && after.ends_with('?') { question.trim_end_matches('?').to_owned() } else { question };
    capitalised(&format!("{before}{question}{after}"))
}

pub(crate) fn style(text: &str) -> Style {
    if text.ends_with('?') { Style::Question } else { Style::Request }
}

/// The text with one slip of the fingers in a longer word.
pub(super) fn misspelt(text: &str, rng: &mut ChaCha8Rng) -> Option<String> {
    let long: Vec<_> =
        text::words(text).filter(|range| range.len() >= 5 && text[range.clone()].bytes().all(|b| b.is_ascii_alphabetic())).collect();
    let word = long.choose(rng)?.clone();
    let mut letters: Vec<char> = text[word.clone()].chars().collect();
    let at = rng.random_range(1..letters.len() - 1);
    match rng.random_range(0..3) {
        0 if letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        1 => letters.insert(at, letters[at]),
        _ => drop(letters.remove(at)),
    }
    let slip: String = letters.into_iter().collect();
    Some(format!("{}{slip}{}", &text[..word.start], &text[word.end..]))
}
