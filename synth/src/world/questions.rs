//! Questions about one organisation: which facts are asked, in whose words, and what must not be answerable.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use records::{Answer, Fact, Kind, Question, Style};

use super::cluster::{Cluster, World, department};
use super::grammar::{EntityKind, Families, Relation};
use super::prose::{Told, split_name};
use crate::candidates::Triple;
use crate::filter::{Asked, Dropped, Reason, shared_words, wording};
use crate::sections::PlantedAt;

/// Tries for one question before its place is given up.
const TRIES: usize = 40;

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
    /// What was asked about this cluster before.
    pub asked: &'a mut Asked,
    pub rng: &'a mut ChaCha8Rng,
    pub dropped: &'a mut Dropped,
}

/// A question on its way.
struct Draft {
    text: String,
    style: Style,
    family: String,
    aliases: Vec<String>,
    /// Facts in hop order; none for an unanswerable question.
    facts: Vec<usize>,
}

impl Asker<'_> {
    /// A question of this kind with the given id, or nothing if the cluster has no material for it.
    pub fn ask(&mut self, kind: Kind, question_id: String) -> Option<Triple> {
        for _ in 0..TRIES {
            let reason = match self.draft(kind).and_then(|draft| wording(&draft.text, &draft.aliases, 2).map(|()| draft)) {
                Ok(draft) if self.asked.is_new(&draft.text) => return Some(self.finish(kind, question_id, draft)),
                Ok(_) => Reason::Duplicate,
                Err(reason) => reason,
            };
            *self.dropped.entry(reason).or_default() += 1;
        }
        None
    }

    fn draft(&mut self, kind: Kind) -> Result<Draft, Reason> {
        match kind {
            Kind::Natural | Kind::Paraphrase => self.plain(kind),
            Kind::Keyword => self.keyword(),
            Kind::Definition => self.about(|asker, fact| asker.relation(fact).definition && !asker.is_in_table(fact), None),
            Kind::TableCell => self.about(Self::is_in_table, None),
            Kind::Abbreviation => self.abbreviation(),
            Kind::Typo => self.typo(),
            Kind::MultiHop => self.multi_hop(),
            Kind::Unanswerable => self.unanswerable(),
            _ => Err(Reason::NoMaterial),
        }
    }

    fn relation(&self, fact: usize) -> &Relation {
        &self.world.grammar.relations[self.cluster.facts[fact].relation]
    }

    fn is_in_table(&self, fact: usize) -> bool {
        self.told[fact].as_ref().is_some_and(|told| told.told.in_table)
    }

    /// A told fact that fits.
    fn choose(&mut self, fits: impl Fn(&Self, usize) -> bool) -> Result<usize, Reason> {
        let fitting: Vec<usize> = (0..self.told.len()).filter(|fact| self.told[*fact].is_some() && fits(self, *fact)).collect();
        fitting.choose(self.rng).copied().ok_or(Reason::NoMaterial)
    }

    /// The unambiguous name of a fact's subject, with its article.
    fn subject(&self, fact: usize) -> String {
        let name = &self.cluster.entities[self.cluster.facts[fact].subject].name;
        name.with_article(&name.full)
    }

    /// One of the forms this split may use, with its family.
    fn form(&mut self, relation: usize, what: &str, forms: impl Fn(&Relation) -> &Families) -> Result<(String, String), Reason> {
        let relation = &self.world.grammar.relations[relation];
        let forms = forms(relation).of(self.cluster.split);
        let at = if forms.is_empty() { return Err(Reason::NoMaterial) } else { self.rng.random_range(0..forms.len()) };
        Ok((forms[at].clone(), format!("{}/{what}/{}-{at}", relation.id, split_name(self.cluster.split))))
    }

    /// A full question about a fact that fits, with the subject's name or `subject`.
    fn about(&mut self, fits: impl Fn(&Self, usize) -> bool, subject: Option<fn(&Self, usize) -> Option<String>>) -> Result<Draft, Reason> {
        let fact = self.choose(fits)?;
        let (form, family) = self.form(self.cluster.facts[fact].relation, "question", |relation| &relation.questions)?;
        let subject = subject.map_or_else(|| Some(self.subject(fact)), |subject| subject(self, fact)).ok_or(Reason::NoMaterial)?;
        let style = if form.ends_with('?') { Style::Question } else { Style::Request };
        Ok(Draft { text: form.replace("{s}", &subject), style, family, aliases: self.aliases(fact), facts: vec![fact] })
    }

    fn aliases(&self, fact: usize) -> Vec<String> {
        self.told[fact].as_ref().map(|told| self.cluster.facts[fact].value.aliases(told.told.form)).unwrap_or_default()
    }

    fn plain(&mut self, kind: Kind) -> Result<Draft, Reason> {
        let draft = self.about(|asker, fact| !asker.is_in_table(fact) && !asker.relation(fact).definition, None)?;
        let fact = draft.facts[0];
        let name = &self.cluster.entities[self.cluster.facts[fact].subject].name;
        let sentence = self.told[fact].as_ref().map_or("", |told| told.told.sentence.as_str());
        let shared = shared_words(&draft.text, sentence, &[&name.full]);
        match (kind, shared) {
            (Kind::Paraphrase, 1..) => Err(Reason::SharedWord),
            (Kind::Natural, 0) => Err(Reason::NoSharedWord),
            _ => Ok(draft),
        }
    }

    fn keyword(&mut self) -> Result<Draft, Reason> {
        let fact = self.choose(|_, _| true)?;
        let (form, family) = self.form(self.cluster.facts[fact].relation, "keyword", |relation| &relation.keywords)?;
        let name = &self.cluster.entities[self.cluster.facts[fact].subject].name;
        let text = form.replace("{s}", &name.full);
        let text = if self.rng.random_bool(0.5) { text.to_lowercase() } else { text };
        Ok(Draft { text, style: Style::Keywords, family, aliases: self.aliases(fact), facts: vec![fact] })
    }

    /// Only the code of the subject, where the sentence holds it.
    fn abbreviation(&mut self) -> Result<Draft, Reason> {
        let code = |asker: &Self, fact: usize| asker.cluster.entities[asker.cluster.facts[fact].subject].name.code.clone();
        let told = |asker: &Self, fact: usize| {
            let sentence = asker.told[fact].as_ref().map_or("", |told| told.told.sentence.as_str());
            code(asker, fact).is_some_and(|code| sentence.contains(&code))
        };
        self.about(told, Some(|asker, fact| asker.cluster.entities[asker.cluster.facts[fact].subject].name.code.clone()))
    }

    fn typo(&mut self) -> Result<Draft, Reason> {
        let mut draft = self.about(|_, _| true, None)?;
        draft.text = misspelt(&draft.text, self.rng).ok_or(Reason::TooShort)?;
        Ok(draft)
    }

    /// A question about the value of one fact, which a fact in another document names.
    fn multi_hop(&mut self) -> Result<Draft, Reason> {
        let first = self.choose(|asker, fact| asker.cluster.facts[fact].value.entity.is_some())?;
        let bridge = self.cluster.facts[first].value.entity;
        let document = self.told[first].as_ref().map(|told| told.document);
        let second = self.choose(|asker, fact| {
            let elsewhere = asker.told[fact].as_ref().map(|told| told.document) != document;
            Some(asker.cluster.facts[fact].subject) == bridge && elsewhere && !asker.relation(fact).definition
        })?;
        if self.cluster.facts[second].value.entity == Some(self.cluster.facts[first].subject) {
            return Err(Reason::AnswerInQuestion);
        }
        let (chain, chain_family) = self.form(self.cluster.facts[first].relation, "chain", |relation| &relation.chains)?;
        let (form, family) = self.form(self.cluster.facts[second].relation, "question", |relation| &relation.questions)?;
        let text = form.replace("{s}", &chain.replace("{s}", &self.subject(first)));
        Ok(Draft {
            text,
            style: Style::Question,
            family: format!("{chain_family}+{family}"),
            aliases: self.aliases(second),
            facts: vec![first, second],
        })
    }

    /// A fact that no document tells, or an entity that only sounds like one of the world.
    fn unanswerable(&mut self) -> Result<Draft, Reason> {
        let missing = self.rng.random_bool(0.5);
        let fitting: Vec<usize> =
            (0..self.cluster.facts.len()).filter(|fact| !missing || self.cluster.facts[*fact].document.is_none()).collect();
        let fact = fitting.choose(self.rng).copied().ok_or(Reason::NoMaterial)?;
        let subject = if missing { self.subject(fact) } else { self.near_miss(fact).ok_or(Reason::NoMaterial)? };
        let as_keywords = self.rng.random_bool(0.2);
        let (what, style) = if as_keywords { ("keyword", Style::Keywords) } else { ("question", Style::Question) };
        let (form, family) = self
            .form(self.cluster.facts[fact].relation, what, |relation| if as_keywords { &relation.keywords } else { &relation.questions })?;
        let text = form.replace("{s}", if as_keywords { subject.trim_start_matches("the ") } else { &subject });
        let family = format!("{family}/{}", if missing { "missing" } else { "near_miss" });
        Ok(Draft { text, style, family, aliases: Vec::new(), facts: Vec::new() })
    }

    /// A name that differs in one part from that of the fact's subject and belongs to nothing in the world.
    fn near_miss(&mut self, fact: usize) -> Option<String> {
        let entity = &self.cluster.entities[self.cluster.facts[fact].subject];
        let (names, lists) = (&self.world.names, &self.world.grammar.names);
        let name = match names.space(entity.kind) {
            Some(space) => names.name(lists, entity.kind, space.near_miss(entity.number, self.world.used(entity.kind), self.rng)?),
            None => {
                let organisation = &self.cluster.entities.first()?.name.full;
                let other = department(lists.departments.choose(self.rng)?, organisation);
                let taken = self.cluster.entities.iter().any(|known| known.kind == EntityKind::Department && known.name == other);
                if taken { return None } else { other }
            }
        };
        Some(name.with_article(&name.full))
    }

    fn finish(&self, kind: Kind, question_id: String, draft: Draft) -> Triple {
        let told: Vec<&ToldFact> = draft.facts.iter().filter_map(|fact| self.told[*fact].as_ref()).collect();
        let fact = |told: &&ToldFact| Fact {
            doc_id: told.doc_id.clone(),
            raw_start: told.at.value.start,
            raw_end: told.at.value.end,
            sentence_start: told.at.sentence.start,
            sentence_end: told.at.sentence.end,
            sentence: told.told.sentence.clone(),
            vital: true,
        };
        let facts = told.iter().map(fact).collect();
        let gold = told.iter().map(|told| (told.doc_id.clone(), told.at.section)).collect();
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

/// The text with one slip of the fingers in a longer word.
fn misspelt(text: &str, rng: &mut ChaCha8Rng) -> Option<String> {
    let long: Vec<_> = records::keyword::words(text)
        .filter(|range| range.len() >= 5 && text[range.clone()].bytes().all(|b| b.is_ascii_alphabetic()))
        .collect();
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
