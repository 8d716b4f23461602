//! Questions about one organisation: which facts are asked, in whose words. Chains, sets and versions of facts have their own files.

mod words;

use std::collections::HashSet;

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use records::{Answer, Fact, Kind, Question, Style};

use super::cluster::{Cluster, Version, World, WorldFact};
use super::grammar::Relation;
use super::prose::{Told, split_name};
use crate::candidates::Triple;
use crate::dropped::Dropped;
use crate::filter::{Asked, Reason, content_stems, is_content_word, shared_words, wording};
use crate::sections::PlantedAt;
use words::misspelt;
pub(crate) use words::{around, style};

/// Tries for one question before its place is given up.
const TRIES: usize = 60;
/// Sections that must name a thing before a paraphrase about it is hard for keyword search, and the share of the others that is left out.
const OFTEN: usize = 14;
const RARE_LEFT_OUT: f64 = 0.9;
/// Share of the plain questions that ask for the subject instead of the value.
const INVERSE: f64 = 0.12;

/// A fact with the place where a document tells it.
pub(crate) struct ToldFact {
    pub document: usize,
    pub doc_id: String,
    pub told: Told,
    pub at: PlantedAt,
}

/// Asks about one cluster.
pub(crate) struct Asker<'a> {
    pub world: &'a World,
    pub cluster: &'a Cluster,
    /// By fact.
    pub told: &'a [Option<ToldFact>],
    /// By entity: how many sections name it.
    pub mentions: &'a [usize],
    /// What was asked about this cluster before.
    pub asked: &'a mut Asked,
    pub rng: &'a mut ChaCha8Rng,
    pub dropped: &'a mut Dropped,
}

/// What of a fact answers: its value or its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Value,
    Subject,
}

/// A fact a question rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Support {
    pub fact: usize,
    pub side: Side,
    pub vital: bool,
}

impl Support {
    pub fn value(fact: usize) -> Self {
        Self { fact, side: Side::Value, vital: true }
    }

    pub fn subject(fact: usize) -> Self {
        Self { fact, side: Side::Subject, vital: true }
    }
}

/// A question on its way.
pub(crate) struct Draft {
    pub text: String,
    pub style: Style,
    pub family: String,
    pub aliases: Vec<String>,
    /// Facts in hop order; none for an unanswerable question.
    pub facts: Vec<Support>,
}

impl Asker<'_> {
    /// A question of this kind with the given id, or nothing if the cluster has no material for it.
    pub fn ask(&mut self, kind: Kind, question_id: String) -> Option<Triple> {
        for _ in 0..TRIES {
            // A comparison names both things it compares: its answer stands in the question by nature.
            let hidden = |draft: &Draft| if kind == Kind::Comparison { Vec::new() } else { draft.aliases.clone() };
            match self.draft(kind) {
                Ok(draft) => match wording(&draft.text, &hidden(&draft), 2) {
                    Ok(()) if self.asked.is_new(&draft.text) => return Some(self.finish(kind, question_id, draft)),
                    Ok(()) => self.dropped.lose(Reason::Duplicate, &draft.text),
                    Err(reason) => self.dropped.lose(reason, &draft.text),
                },
                Err(reason) => self.dropped.count(reason, 1),
            }
        }
        None
    }

    fn draft(&mut self, kind: Kind) -> Result<Draft, Reason> {
        match kind {
            Kind::Natural | Kind::Paraphrase => self.plain(kind),
            Kind::Keyword => self.keyword(),
            Kind::Definition => self.about(|asker, fact| asker.relation(fact).definition && !asker.is_in_table(fact)),
            Kind::TableCell => self.about(Self::is_in_table),
            Kind::Abbreviation => self.abbreviation(),
            Kind::Typo => self.typo(),
            Kind::MultiHop => self.multi_hop(),
            Kind::Comparison => self.comparison(),
            Kind::Aggregation => self.aggregation(),
            Kind::Temporal => self.temporal(),
            Kind::Conflict => self.conflict(),
            Kind::Unanswerable => self.unanswerable(),
            Kind::Cloze | Kind::Heading => Err(Reason::NoMaterial),
        }
    }

    pub fn fact(&self, fact: usize) -> &WorldFact {
        &self.cluster.facts[fact]
    }

    pub fn relation(&self, fact: usize) -> &Relation {
        &self.world.grammar.relations[self.fact(fact).relation]
    }

    fn is_in_table(&self, fact: usize) -> bool {
        self.told[fact].as_ref().is_some_and(|told| told.told.in_table)
    }

    /// Told in one place only, with one value.
    pub fn is_settled(&self, fact: usize) -> bool {
        self.told[fact].is_some() && self.fact(fact).version == Version::Only
    }

    /// A fact that fits.
    pub fn choose(&mut self, fits: impl Fn(&Self, usize) -> bool) -> Result<usize, Reason> {
        let fitting: Vec<usize> = (0..self.told.len()).filter(|fact| fits(self, *fact)).collect();
        fitting.choose(self.rng).copied().ok_or(Reason::NoMaterial)
    }

    /// A full question about a settled fact that fits.
    fn about(&mut self, fits: impl Fn(&Self, usize) -> bool) -> Result<Draft, Reason> {
        let fact = self.choose(|asker, fact| asker.is_settled(fact) && fits(asker, fact))?;
        let subject = self.name(self.fact(fact).subject);
        self.asking(fact, &subject)
    }

    fn asking(&mut self, fact: usize, subject: &str) -> Result<Draft, Reason> {
        let (text, family) = self.question(fact, subject)?;
        Ok(Draft { style: style(&text), text, family, aliases: self.aliases(fact), facts: vec![Support::value(fact)] })
    }

    fn plain(&mut self, kind: Kind) -> Result<Draft, Reason> {
        let draft = if self.rng.random_bool(INVERSE) {
            self.inverse()?
        } else {
            self.about(|asker, fact| !asker.is_in_table(fact) && !asker.relation(fact).definition)?
        };
        let Support { fact, side, .. } = draft.facts[0];
        let known = if side == Side::Value { Some(self.fact(fact).subject) } else { self.fact(fact).value.entity };
        let rare = known.is_some_and(|entity| self.mentions[entity] < OFTEN);
        if kind == Kind::Paraphrase && rare && self.rng.random_bool(RARE_LEFT_OUT) {
            return Err(Reason::RareName);
        }
        let name = &self.cluster.entities[self.fact(fact).subject].name.full;
        let value = self.fact(fact).value.forms[0].as_str();
        let shared = shared_words(&draft.text, self.sentence(fact), &[name, value]);
        match (kind, shared) {
            (Kind::Paraphrase, 1..) => Err(Reason::SharedWord),
            (Kind::Natural, 0) => Err(Reason::NoSharedWord),
            _ => Ok(draft),
        }
    }

    /// The name and some words of the sentence, as people type them who know what stands there; or a keyword form that shares a word with it.
    fn keyword(&mut self) -> Result<Draft, Reason> {
        let fact = self.choose(Self::is_settled)?;
        let name = self.cluster.entities[self.fact(fact).subject].name.full.clone();
        let (text, family) = if self.rng.random_bool(0.6) {
            let words = self.telling_words(fact, &name);
            let [first, rest @ ..] = words.as_slice() else { return Err(Reason::NoSharedWord) };
            let rest = rest.iter().take(self.rng.random_range(1..=2)).cloned().collect::<Vec<_>>().join(" ");
            let text = if self.rng.random_bool(0.7) { format!("{name} {first} {rest}") } else { format!("{first} {rest} {name}") };
            let family = format!("{}/words/{}", self.relation(fact).id, split_name(self.cluster.split));
            (text.replace("  ", " ").trim().to_owned(), family)
        } else {
            let (form, family) = self.form(fact, "keyword", |relation| &relation.keywords)?;
            let text = form.replace("{s}", &name);
            if shared_words(&text, self.sentence(fact), &[&name]) == 0 {
                return Err(Reason::NoSharedWord);
            }
            (text, family)
        };
        let text = if self.rng.random_bool(0.5) { text.to_lowercase() } else { text };
        Ok(Draft { text, style: Style::Keywords, family, aliases: self.aliases(fact), facts: vec![Support::value(fact)] })
    }

    /// Words of a fact's sentence in which its relation is told, apart from its names and its value, in random order.
    fn telling_words(&mut self, fact: usize, name: &str) -> Vec<String> {
        let taken = content_stems(&format!("{name} {}", self.aliases(fact).join(" ")));
        let relation = self.relation(fact);
        let split = self.cluster.split;
        let forms = relation.statements.of(split).iter().chain(relation.nouns.of(split)).chain([&relation.label]);
        let telling: HashSet<String> = forms.flat_map(|form| content_stems(form)).collect();
        let sentence = self.sentence(fact).to_owned();
        let mut words: Vec<String> = Vec::new();
        for range in text::words(&sentence) {
            let word = sentence[range].to_lowercase();
            let plain = word.bytes().all(|b| b.is_ascii_lowercase());
            let stem = text::stem(&word);
            if plain && is_content_word(&word) && telling.contains(&stem) && !taken.contains(&stem) && !words.contains(&word) {
                words.push(word);
            }
        }
        words.shuffle(self.rng);
        words
    }

    /// Only the code of the subject, where the sentence holds it, or the letters it is known by.
    fn abbreviation(&mut self) -> Result<Draft, Reason> {
        let short = |asker: &Self, fact: usize| {
            let name = &asker.cluster.entities[asker.fact(fact).subject].name;
            let code = name.code.clone().filter(|code| asker.sentence(fact).contains(code.as_str()));
            code.or_else(|| name.abbreviated.as_ref().map(|text| name.with_article(text)))
        };
        let fact = self.choose(|asker, fact| asker.is_settled(fact) && short(asker, fact).is_some())?;
        let subject = short(self, fact).ok_or(Reason::NoMaterial)?;
        self.asking(fact, &subject)
    }

    fn typo(&mut self) -> Result<Draft, Reason> {
        let mut draft = self.about(|_, _| true)?;
        draft.text = misspelt(&draft.text, self.rng).ok_or(Reason::TooShort)?;
        Ok(draft)
    }

    fn finish(&self, kind: Kind, question_id: String, draft: Draft) -> Triple {
        let told: Vec<(&ToldFact, Support)> =
            draft.facts.iter().filter_map(|support| Some((self.told[support.fact].as_ref()?, *support))).collect();
        let fact = |(told, support): &(&ToldFact, Support)| {
            let subject = told.at.subject.as_ref().filter(|_| support.side == Side::Subject);
            let at = subject.unwrap_or(&told.at.value);
            Fact {
                doc_id: told.doc_id.clone(),
                raw_start: at.start,
                raw_end: at.end,
                sentence_start: told.at.sentence.start,
                sentence_end: told.at.sentence.end,
                sentence: told.told.sentence.clone(),
                vital: support.vital,
            }
        };
        let facts = told.iter().map(fact).collect();
        let gold = told.iter().map(|(told, _)| (told.doc_id.clone(), told.at.section)).collect();
        let question = Question {
            question_id: question_id.clone(),
            question: draft.text,
            kind,
            hops: draft.facts.len() as u8,
            style: draft.style,
            template_family: draft.family,
            split: self.cluster.split,
            answerable: kind != Kind::Unanswerable,
            bm25_rank: None,
        };
        Triple { question, answer: Answer { question_id, aliases: draft.aliases, facts }, gold }
    }
}
