//! Questions of two hops over a link: what a linked document tells is asked for by what the linking sentence says of the document. Both facts
//! have their exact places, and a question that either of them answers alone is dropped.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::{Answer, Fact, Kind, Question, Role, Section, Split, Style};

use super::describe::{Called, describe};
use super::names::is_within;
use super::{Goal, LinkWords};
use crate::candidates::Triple;
use crate::corpus::phrases::is_person;
use crate::corpus::preset::{CorpusPreset, Group};
use crate::corpus::rules::{Candidate, Reader, Swap, fact};
use crate::corpus::scout::{Scout, stems};
use crate::corpus::sentences::stands_alone;
use crate::dropped::Dropped;
use crate::filter::{Reason, wording};
use crate::world::grammar::Families;
use crate::world::prose::split_name;

/// What an unnumbered document is called.
const PAGE: &str = "page";
/// Most words of the value of a field.
const VALUE: usize = 6;
/// Sections of a document that may hold its fields.
const HEAD: usize = 3;

/// A sentence that says what a linked document is.
pub(in crate::corpus) struct Pointer {
    goal: u32,
    split: Split,
    rule: &'static str,
    description: String,
    /// The link's words as the value.
    fact: Fact,
    section: u32,
    /// What the section around it says, as hashed stems.
    stems: Box<[u32]>,
}

/// Something that a linked document tells.
pub(in crate::corpus) struct Told {
    document: u32,
    split: Split,
    asked: Asked,
    answer: String,
    fact: Fact,
    section: u32,
    stems: Box<[u32]>,
}

/// How it is asked for.
enum Asked {
    /// A question without its mark and without the name of its document.
    Question(String),
    /// The number of a field.
    Field(usize),
}

impl Reader<'_> {
    /// Remembers what a sentence says of the documents it links to.
    pub(in crate::corpus) fn pointers(&mut self, section: &Section, range: &Range<usize>) {
        let inside = |link: &&records::Link| link.start as usize >= range.start && link.end as usize <= range.end;
        let links: Vec<_> = section.links.iter().filter(inside).collect();
        let (Ok(words), false) = (LinkWords::get(), links.is_empty()) else { return };
        let scout = self.scout;
        let Some(from) = scout.links.atlas.document(&section.doc_id) else { return };
        let sentence = &section.text[range.clone()];
        for link in links {
            let Ok(Goal { document, .. }) = scout.links.atlas.resolve(from, &link.target, words) else { continue };
            let place = link.start as usize - range.start..link.end as usize - range.start;
            let series = scout.links.atlas.number(document).map(|(series, _)| words.series[series].noun.as_str());
            let called = Called { noun: series.unwrap_or(PAGE), numbered: series.is_some() };
            let known = (words, self.language);
            let Some((rule, description)) = describe(sentence, &place, called, known, &|text| scout.inside(text)) else { continue };
            if scout.telling(&description) < self.preset.telling {
                self.drop(Reason::TooVague, &description);
                continue;
            }
            let Some(fact) = fact(section, range.start + place.start..range.start + place.end, range.clone()) else { continue };
            let (split, stems) = (self.split, section_stems(section));
            self.pointers.push(Pointer { goal: document, split, rule, description, fact, section: section.section, stems });
        }
    }

    /// Remembers what a linked document tells: answers of its questions that need its name, and the fields of its head.
    pub(in crate::corpus) fn remember(&mut self, document: &[Section]) {
        let Some(number) = document.first().and_then(|first| self.scout.links.atlas.document(&first.doc_id)) else { return };
        if !self.scout.links.is_goal(number) {
            return;
        }
        let mut told: Vec<Told> = self.found.iter().filter_map(|candidate| self.of_candidate(candidate, document, number)).collect();
        told.extend(document.iter().take(HEAD).flat_map(|section| self.fields(section, number)));
        self.told.extend(told);
    }

    fn of_candidate(&self, candidate: &Candidate, document: &[Section], number: u32) -> Option<Told> {
        let Triple { question, answer, gold } = &candidate.triple;
        let Some(Swap::Title(title)) = &candidate.swap else { return None };
        let plain = question.kind == Kind::Natural && question.style == Style::Question && question.answerable;
        let bare = without_context(&question.question, title, [&self.preset.contexts, &self.preset.contexts_before], self.split)?;
        // Apart from its title a question leans on nothing: neither by its own words nor by those of its sentence.
        let leans =
            bare.split(' ').any(|word| matches!(word, "then" | "also" | "still" | "instead" | "too" | "therefore" | "now" | "follows"));
        // "Who was Local Context renamed to?"
        let leans = leans || bare.to_lowercase().starts_with("who ") && !answer.aliases.iter().all(|alias| is_person(alias));
        let alone = !leans && answer.facts.first().is_some_and(|fact| stands_alone(&fact.sentence));
        let sound = alone && bare.split(' ').count() >= 4 && !bare.contains('"') && self.scout.telling(bare) < self.preset.telling;
        let section = document.iter().find(|section| gold.first().is_some_and(|gold| gold.1 == section.section))?;
        (plain && sound).then(|| Told {
            document: number,
            split: self.split,
            asked: Asked::Question(bare.to_owned()),
            answer: answer.aliases.first().cloned().unwrap_or_default(),
            fact: answer.facts[0].clone(),
            section: section.section,
            stems: section_stems(section),
        })
    }

    /// Fields such as "Status: Final" of a document's head.
    fn fields(&self, section: &Section, number: u32) -> Vec<Told> {
        let Ok(words) = LinkWords::get() else { return Vec::new() };
        let mut start = 0;
        let mut out = Vec::new();
        for line in section.text.split('\n') {
            let range = start..start + line.len();
            start = range.end + 1;
            let Some((label, rest)) = line.split_once(':') else { continue };
            let label = label.trim_start_matches(['-', ' ']).trim();
            let field = words.field.iter().position(|field| field.label.eq_ignore_ascii_case(label));
            let Some((field, value)) = field.zip(value_of(rest)) else { continue };
            let at = range.start + (value.as_ptr() as usize - line.as_ptr() as usize);
            let Some(fact) = fact(section, at..at + value.len(), range) else { continue };
            let (asked, answer) = (Asked::Field(field), value.to_owned());
            out.push(Told {
                document: number,
                split: self.split,
                asked,
                answer,
                fact,
                section: section.section,
                stems: section_stems(section),
            });
        }
        // The first section of running text holds sentences, not fields.
        let head = section.role == Role::Metadata || section.section == 0 && section.role == Role::ListItem || out.len() >= 2;
        if head { out } else { Vec::new() }
    }
}

/// The value of a field, if it is one: a date without its time, one author without his address.
fn value_of(text: &str) -> Option<&str> {
    let value = text.trim().trim_matches(['"', '\'', '`']);
    let value = value.split(" <").next().unwrap_or_default().trim();
    let dated = value.get(..10).is_some_and(|date| date.chars().all(|c| c.is_ascii_digit() || c == '-') && date.matches('-').count() == 2);
    let value = if dated { &value[..10] } else { value };
    let none = matches!(value.to_lowercase().as_str(), "" | "n/a" | "na" | "none" | "tbd" | "-");
    let plain = !value.contains(['<', '>', '[', ']', '(', ')', ',', ';', '{', '/', '@', '#']) && value.chars().any(char::is_alphanumeric);
    // The rest of a list stands on the next line.
    let whole = !text.trim_end().ends_with(',');
    (!none && plain && whole && value.len() >= 2 && value.split(' ').count() <= VALUE).then_some(value)
}

/// The question without the name of its place, if it was put in one of these forms.
fn without_context<'q>(question: &'q str, title: &str, families: [&Families; 2], split: Split) -> Option<&'q str> {
    families.into_iter().flat_map(|families| families.of(split)).find_map(|form| {
        let (front, back) = form.split_once("{q}")?;
        let (front, back) = (front.replace("{t}", title), back.replace("{t}", title));
        let bare = question.strip_prefix(front.as_str())?.strip_suffix(back.as_str())?;
        (!bare.contains(title)).then_some(bare)
    })
}

fn section_stems(section: &Section) -> Box<[u32]> {
    stems(&[section.title.as_deref().unwrap_or_default(), &section.heading_path.join(" "), &section.text].join(" "))
}

/// What is needed to make the questions.
pub(in crate::corpus) struct Making<'a> {
    pub preset: &'a CorpusPreset,
    pub scout: &'a Scout,
    pub triples: usize,
    pub seed: u64,
}

/// Questions over every pointer to a document that tells something, as many as twice their share; in the order of the pointers.
pub(in crate::corpus) fn link_hops(pointers: &[Pointer], told: &[Told], making: &Making<'_>, dropped: &mut Dropped) -> Vec<Candidate> {
    let Ok(words) = LinkWords::get() else { return Vec::new() };
    let mut rng = ChaCha8Rng::seed_from_u64(making.seed ^ 0x6c69_6e6b);
    // What a document is asked by questions and by its fields.
    type Both<'a> = (Vec<&'a Told>, Vec<&'a Told>);
    let mut by_document: BTreeMap<(u32, Split), Both<'_>> = BTreeMap::new();
    for told in told {
        let (questions, fields) = by_document.entry((told.document, told.split)).or_default();
        if matches!(told.asked, Asked::Field(_)) { fields.push(told) } else { questions.push(told) }
    }
    let mut out = Vec::new();
    for pointer in pointers {
        let Some((questions, fields)) = by_document.get(&(pointer.goal, pointer.split)) else { continue };
        let chosen = questions.choose_multiple(&mut rng, 2).chain(fields.choose(&mut rng));
        for told in chosen.copied().collect::<Vec<_>>() {
            match hop(pointer, told, words, making, &mut rng) {
                Ok(candidate) => out.push(candidate),
                Err(reason) => dropped.lose(reason, &format!("{} / {}", pointer.description, told.fact.sentence)),
            }
        }
    }
    let most = (making.triples as f64 * making.preset.shares.get(&Group::MultiHop).copied().unwrap_or(0.0) * 2.0).ceil() as usize;
    while out.len() > most {
        out.swap_remove(rng.random_range(0..out.len()));
    }
    out
}

fn hop(pointer: &Pointer, told: &Told, words: &LinkWords, making: &Making<'_>, rng: &mut ChaCha8Rng) -> Result<Candidate, Reason> {
    let split = pointer.split;
    let (forms, what) = match &told.asked {
        Asked::Question(_) => (words.asked.of(split), "asked".to_owned()),
        Asked::Field(field) => (words.field[*field].ask.of(split), words.field[*field].label.to_lowercase().replace([' ', '-'], "_")),
    };
    let at = rng.random_range(0..forms.len().max(1));
    let form = forms.get(at).ok_or(Reason::NoMaterial)?;
    let question = match &told.asked {
        Asked::Question(bare) => form.replace("{q}", &small(bare, making.scout)).replace("{Q}", &large(bare)),
        Asked::Field(_) => form.clone(),
    };
    let question = large(&question.replace("{d}", &pointer.description));
    let aliases = vec![told.answer.clone()];
    wording(&question, &aliases, 6)?;
    is_needed(pointer, told)?;
    let question = Question {
        question_id: String::new(),
        question,
        kind: Kind::MultiHop,
        hops: 2,
        style: Style::Question,
        template_family: format!("corpus/link/{}/{what}-{}-{at}", pointer.rule, split_name(split)),
        split,
        answerable: true,
        bm25_rank: None,
    };
    let answer = Answer { question_id: String::new(), aliases, facts: vec![pointer.fact.clone(), told.fact.clone()] };
    let gold = vec![(pointer.fact.doc_id.clone(), pointer.section), (told.fact.doc_id.clone(), told.section)];
    Ok(Candidate { triple: Triple { question, answer, gold }, swap: None, group: Group::MultiHop })
}

/// Leave one out: the linking section must not hold the answer, nor the linked one what describes its document.
fn is_needed(pointer: &Pointer, told: &Told) -> Result<(), Reason> {
    let holds = |all: &[u32], text: &str| {
        let wanted = stems(text);
        (wanted.iter().filter(|stem| all.binary_search(stem).is_ok()).count(), wanted.len())
    };
    let (answered, of) = holds(&pointer.stems, &told.answer);
    let alone = of > 0 && answered == of || is_within(&told.answer, &pointer.fact.sentence);
    // Two thirds of the description in the linked section: it is found without the link.
    let (described, all) = holds(&told.stems, &pointer.description);
    if alone || described * 3 >= all * 2 { Err(Reason::HopNotNeeded) } else { Ok(()) }
}

/// A question in the middle of a sentence.
fn small(question: &str, scout: &Scout) -> String {
    scout.inside(question)
}

fn large(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect()
}

#[cfg(test)]
mod tests;
