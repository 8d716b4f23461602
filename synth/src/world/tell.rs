//! How facts are told: a form of the relation, with its choices made; a name, sometimes with an aside; a wrapper that puts the value in
//! the middle of a longer sentence; two facts in one sentence; a follow-up that only says "it".

use std::ops::Range;

use rand::Rng;
use rand::seq::IndexedRandom;

use super::cluster::Version;
use super::grammar::{EntityKind, Families};
use super::phrase::{capitalised, decapitalised, vary};
use super::prose::{Prose, Sentence, Spoken, Told};
use super::writer::Writer;

/// Shares of the ways in which documents tell a fact.
const APPOSITION: f64 = 0.12;
const WRAPPED: f64 = 0.25;
const JOINED: f64 = 0.3;
const FOLLOW_UP: f64 = 0.35;

/// A name as it stands in a sentence.
struct Mention {
    text: String,
    /// The name itself, without article and asides; none for a pronoun.
    core: Option<Range<usize>>,
}

/// A statement under way: text without its full stop.
struct Statement {
    sentence: Sentence,
    /// Whether it begins with a word that is small within a sentence.
    small: bool,
}

impl Writer<'_> {
    /// Tells facts about one subject in their order.
    pub fn tell(&mut self, facts: &[usize]) -> Vec<Sentence> {
        let mut sentences: Vec<Sentence> = Vec::new();
        let mut rest = facts;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let follows = !sentences.is_empty() && self.chance(FOLLOW_UP);
            if let Some(statement) = if follows { self.follow_up(*first) } else { None } {
                sentences.push(self.finished(statement));
                continue;
            }
            let mut statement = self.statement(*first);
            let plain = self.cluster.facts[*first].version == Version::Only;
            let second = more.first().copied().filter(|second| plain && self.cluster.facts[*second].version == Version::Only);
            if let Some(second) = second.filter(|_| self.rng.random_bool(JOINED)) {
                if let Some(other) = self.follow_up(second) {
                    statement = self.joined(statement, other);
                    rest = &more[1..];
                }
            } else if plain && self.chance(WRAPPED) {
                statement = self.wrapped(statement);
            }
            sentences.push(self.finished(statement));
        }
        sentences
    }

    /// Tells a fact as an entry of a list.
    pub fn entry(&mut self, fact: usize) -> Sentence {
        let told = &self.cluster.facts[fact];
        if matches!(told.version, Version::Dated { .. }) {
            let statement = self.statement(fact);
            return self.finished(statement);
        }
        let label = &self.world.grammar.relations[told.relation].label;
        let form = self.choose(|grammar| &grammar.frames.entries).replace("{l}", label);
        let subject = self.named(fact, false);
        let Statement { sentence, .. } = self.filled(&form, fact, subject);
        let text = capitalised(&sentence.text);
        sentence.facts.iter().for_each(|fact| self.told[fact.told].sentence = text.clone());
        Sentence { text, ..sentence }
    }

    /// Marks facts as told in the cells of a row: the subject first, then the values (none stands for a dash).
    pub fn row(&mut self, subject: usize, facts: &[Option<usize>], label: bool) -> Prose {
        let mut cells = vec![self.cluster.entities[subject].name.short.clone()];
        let mut plants = Vec::new();
        for fact in facts {
            let Some(fact) = fact else {
                cells.push("-".into());
                continue;
            };
            let told = &self.cluster.facts[*fact];
            if label {
                cells.push(self.world.grammar.relations[told.relation].label.clone());
            }
            let form = self.value_form(*fact);
            plants.push((self.told.len(), 0, cells.len()));
            cells.push(told.value.forms[form].clone());
            self.told.push(Told { fact: *fact, form, in_table: true, subject: cells[0].clone(), sentence: String::new() });
        }
        let prose = Prose::row(&cells, &plants);
        plants.iter().for_each(|(told, ..)| self.told[*told].sentence = prose.text.clone());
        prose
    }

    fn choose(&mut self, families: impl Fn(&super::grammar::Grammar) -> &Families) -> String {
        let forms = families(&self.world.grammar).of(self.cluster.split);
        let form = forms.choose(self.rng).map_or("{S}", String::as_str);
        vary(form, self.rng)
    }

    /// A statement that names its subject; one whose value changed says when it holds.
    fn statement(&mut self, fact: usize) -> Statement {
        let relation = self.cluster.facts[fact].relation;
        let form = self.choose(|grammar| &grammar.relations[relation].statements);
        let form = form.trim_end_matches('.').to_owned();
        let dated = matches!(self.cluster.facts[fact].version, Version::Dated { .. });
        let after = form.split_once("{s}").map_or("", |(_, after)| after).to_owned();
        let aside = !dated && after.starts_with([' ', ',']) | after.is_empty() && self.chance(APPOSITION);
        let mut subject = self.named(fact, aside);
        if aside && after.starts_with(' ') {
            subject.text.push(',');
        }
        let statement = self.filled(&form, fact, subject);
        if dated { self.framed(statement, |grammar| &grammar.frames.dated) } else { statement }
    }

    /// A statement about a subject that was named just before; none if no form begins with its subject.
    fn follow_up(&mut self, fact: usize) -> Option<Statement> {
        let told = &self.cluster.facts[fact];
        let entity = &self.cluster.entities[told.subject];
        let relation = told.relation;
        if told.version != Version::Only {
            return None;
        }
        let form = (0..5).map(|_| self.choose(|grammar| &grammar.relations[relation].statements)).find(|form| form.starts_with("{s} "))?;
        let word = match &entity.name.last {
            Some(last) => last.clone(),
            None => self.world.grammar.prose.follow_ups.get(&entity.kind)?.choose(self.rng)?.clone(),
        };
        Some(Statement {
            small: entity.name.last.is_none(),
            ..self.filled(form.trim_end_matches('.'), fact, Mention { text: word, core: None })
        })
    }

    /// The subject of a fact as documents call it.
    fn named(&mut self, fact: usize, aside: bool) -> Mention {
        let entity = &self.cluster.entities[self.cluster.facts[fact].subject];
        let name = &entity.name;
        let which = self.rng.random_range(0.0..1.0);
        let core = match (&name.letters, entity.kind) {
            (Some(letters), EntityKind::Organisation) if which < 0.2 => letters.clone(),
            (Some(letters), EntityKind::Department) if which < 0.2 => format!("{letters} Department"),
            (_, EntityKind::Organisation) if which > 0.85 => format!("{} ({})", name.full, name.letters.as_deref().unwrap_or_default()),
            _ if which > 0.9 => name.full.clone(),
            _ => name.short.clone(),
        };
        let article = if name.article { "the " } else { "" };
        let range = article.len()..article.len() + core.len();
        let mut text = format!("{article}{core}");
        let code = name.code.as_ref().filter(|code| !text.contains(code.as_str()));
        if let Some(code) = code.filter(|_| self.rng.random_bool(0.35)) {
            text.push_str(&format!(" ({code})"));
        }
        let asides = self.world.grammar.prose.appositions.get(&entity.kind).filter(|_| aside);
        if let Some(chosen) = asides.and_then(|all| all.choose(self.rng)) {
            let words = self.expanded(chosen);
            text.push_str(&format!(", {words}"));
        }
        Mention { text, core: Some(range) }
    }

    /// Puts subject and value into a form.
    fn filled(&mut self, form: &str, fact: usize, subject: Mention) -> Statement {
        let told = &self.cluster.facts[fact];
        let (written, article) = (self.value_form(fact), told.value.article.as_str());
        let value = &told.value.forms[written];
        let mut text = String::new();
        let (mut value_at, mut subject_at) = (0..0, None);
        let mut rest = form;
        while let Some(open) = rest.find('{') {
            text.push_str(&rest[..open]);
            let slot = &rest[open..(open + 3).min(rest.len())];
            match slot {
                "{s}" => {
                    subject_at = subject.core.as_ref().map(|core| text.len() + core.start..text.len() + core.end);
                    text.push_str(&subject.text);
                }
                _ => {
                    text.push_str(article);
                    value_at = text.len()..text.len() + value.len();
                    text.push_str(value);
                }
            }
            rest = &rest[open + slot.len()..];
        }
        text.push_str(rest);
        let entity = &self.cluster.entities[told.subject];
        let small =
            !form.starts_with('{') || form.starts_with("{s}") && entity.name.article || form.starts_with("{v}") && !article.is_empty();
        let subject = subject.core.map_or_else(|| entity.name.short.clone(), |core| subject.text[core].to_owned());
        self.told.push(Told { fact, form: written, in_table: false, subject, sentence: String::new() });
        let spoken = Spoken { told: self.told.len() - 1, value: value_at, subject: subject_at };
        Statement { sentence: Sentence { text, facts: vec![spoken] }, small }
    }

    /// "As the board noted, S" and the like.
    fn wrapped(&mut self, statement: Statement) -> Statement {
        self.framed(statement, |grammar| &grammar.frames.wrappers)
    }

    fn framed(&mut self, statement: Statement, families: impl Fn(&super::grammar::Grammar) -> &Families) -> Statement {
        let frame = self.choose(families);
        let frame = frame.trim_end_matches('.').replace("{y}", &self.day.year.to_string());
        let (before, after) = frame.split_once("{S}").unwrap_or(("", ""));
        let (before, after) = (self.expanded_part(before), self.expanded_part(after));
        let Statement { sentence, small } = statement;
        let inner = if small && !before.is_empty() && !before.ends_with(['"', '“']) {
            decapitalised(&sentence.text)
        } else if before.ends_with('"') {
            capitalised(&sentence.text)
        } else {
            sentence.text.clone()
        };
        let sentence = sentence.shifted(before.len());
        let small = if before.is_empty() { small } else { true };
        Statement { sentence: Sentence { text: format!("{before}{inner}{after}"), facts: sentence.facts }, small }
    }

    /// Expands a part of a frame; the space at its border stays.
    fn expanded_part(&mut self, part: &str) -> String {
        let (start, end) = (if part.starts_with(' ') { " " } else { "" }, if part.len() > 1 && part.ends_with(' ') { " " } else { "" });
        format!("{start}{}{end}", self.expanded(part))
    }

    fn joined(&mut self, one: Statement, other: Statement) -> Statement {
        let joint = self.choose(|grammar| &grammar.frames.joints);
        let inner = if other.small { decapitalised(&other.sentence.text) } else { other.sentence.text.clone() };
        let Statement { sentence: Sentence { mut text, mut facts }, small } = one;
        text.push_str(&joint);
        text.push(' ');
        facts.extend(other.sentence.shifted(text.len()).facts);
        text.push_str(&inner);
        Statement { sentence: Sentence { text, facts }, small }
    }

    /// The sentence with its capital and its full stop; the facts it tells remember it.
    fn finished(&mut self, statement: Statement) -> Sentence {
        let mut sentence = statement.sentence;
        sentence.text = capitalised(&sentence.text);
        if !sentence.text.ends_with(['.', '!', '?', '"']) {
            sentence.text.push('.');
        }
        for fact in &sentence.facts {
            self.told[fact.told].sentence = sentence.text.clone();
        }
        sentence
    }

    fn value_form(&mut self, fact: usize) -> usize {
        let forms = self.cluster.facts[fact].value.forms.len();
        // The first form in half of the cases, any other in the rest.
        if self.rng.random_bool(0.5) { 0 } else { self.rng.random_range(0..forms) }
    }
}
