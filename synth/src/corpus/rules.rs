//! What can be asked about one section of a real document.

use std::ops::Range;

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use records::{Answer, Fact, Kind, Question, Role, Section, Split, Style};
use text::{sentences, words};

use super::coverage::Fate;
use super::define::glossary_item;
use super::language::{Form, Language};
use super::law::{Law, hangs, is_definition, is_itemised};
use super::preset::{CorpusPreset, Group};
use super::reported::is_reported;
use super::scout::Scout;
use super::sentences::{enumeration, is_cut, is_usable, is_well_formed, stands_alone};
use crate::candidates::Triple;
use crate::dropped::Dropped;
use crate::filter::{Reason, wording};
use crate::world::grammar::Families;
use crate::world::prose::split_name;

/// The part of a question that a near miss may exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Swap {
    /// A title as it stands in the question.
    Title(String),
    /// The name of a thing.
    Name(String),
    /// A defined term.
    Term(String),
    /// An abbreviation.
    Code(String),
    /// A year or another number.
    Number(String),
}

impl Swap {
    pub fn text(&self) -> &str {
        match self {
            Self::Title(text) | Self::Name(text) | Self::Term(text) | Self::Code(text) | Self::Number(text) => text,
        }
    }

    /// 0 to 4, by what it is.
    pub fn class(&self) -> usize {
        match self {
            Self::Title(_) => 0,
            Self::Name(_) => 1,
            Self::Term(_) => 2,
            Self::Code(_) => 3,
            Self::Number(_) => 4,
        }
    }
}

/// A question that may be chosen.
pub(super) struct Candidate {
    pub triple: Triple,
    /// What a near miss may exchange.
    pub swap: Option<Swap>,
    /// Whose share it belongs to.
    pub group: Group,
}

/// Asks about the sections of one document.
pub(super) struct Reader<'a> {
    pub preset: &'a CorpusPreset,
    pub scout: &'a Scout,
    pub language: &'static Language,
    pub law: &'static Law,
    /// The line before the one that is read.
    pub line: String,
    /// Whether a sentence without a subject is an order; in law it is an item that hangs on the line before its list.
    pub orders: bool,
    pub split: Split,
    pub rng: ChaCha8Rng,
    pub dropped: Dropped,
    pub found: Vec<Candidate>,
}

/// A question before its spans are checked.
#[derive(Clone)]
pub(super) struct Draft {
    pub group: Group,
    pub kind: Kind,
    pub style: Style,
    pub question: String,
    pub family: String,
    /// Bytes of the sentence.
    pub answer: Range<usize>,
    pub swap: Option<Swap>,
}

impl Reader<'_> {
    /// Makes every question the rules have for a section.
    pub fn section(&mut self, section: &Section, first_under_heading: bool) -> Fate {
        if matches!(section.role, Role::Code | Role::Heading | Role::Metadata | Role::Reference) || !section.role.is_content() {
            self.drop(Reason::NotProse, section.text.lines().next().unwrap_or_default());
            return Fate::NotProse;
        }
        let before = self.found.len();
        let mut usable = false;
        let siblings = section.text.split('\n').filter(|line| glossary_item(line).is_some()).count();
        self.table(section, siblings);
        self.lists(section);
        if first_under_heading {
            self.line.clear();
        }
        let mut first = first_under_heading;
        let mut cut = false;
        for range in sentences(&section.text) {
            let marked = &section.text[range.clone()];
            let marks = enumeration(marked);
            let opens_line = range.start == 0 || section.text[..range.start].ends_with('\n');
            let line = section.text[range.start..].split('\n').next().unwrap_or_default();
            let listed = marked.starts_with('(') && marks > 0;
            let range = range.start + marks..range.end;
            let sentence = &section.text[range.clone()];
            if opens_line {
                let before = std::mem::replace(&mut self.line, line.to_owned());
                self.orders = !listed;
                if hangs(&before, sentence, listed) || listed && !self.has_verb(sentence) {
                    self.drop(Reason::ListItem, sentence);
                    continue;
                }
            }
            // What follows "the U.S." may be the rest of its sentence.
            let rest = std::mem::replace(&mut cut, is_cut(sentence));
            if rest || !is_usable(sentence) {
                first &= sentence.chars().count() < 20;
                self.drop(Reason::NoSentence, sentence);
                continue;
            }
            if self.law.is_citation(sentence) {
                self.drop(Reason::Citation, sentence);
                continue;
            }
            if !self.scout.is_single(marked) {
                self.drop(Reason::Repeated, sentence);
                continue;
            }
            usable = true;
            let well_formed = is_well_formed(sentence);
            let mut drafts = Vec::new();
            if std::mem::take(&mut first) {
                drafts.extend(self.opening(section, sentence));
                drafts.extend(self.topics(section, sentence));
            }
            let (defines, reported) = (is_definition(sentence), is_reported(sentence, self.language));
            if !defines && !reported {
                drafts.extend(self.definitions(section, sentence));
                drafts.extend(self.item(sentence, siblings).filter(|_| opens_line));
            }
            let certain = drafts.len();
            // What is defined or reported has a clause inside that no question about the whole gets right.
            if !defines && !reported && !is_itemised(sentence) {
                drafts.extend(self.natural(section, sentence));
                drafts.extend(self.in_place(section, sentence));
            }
            if well_formed && stands_alone(sentence) {
                let one = self.cloze(sentence);
                let other = self.cloze(sentence).filter(|other| one.as_ref().is_some_and(|one| one.answer != other.answer));
                drafts.extend(one.into_iter().chain(other));
            }
            if well_formed {
                self.inline_lists(section, &range);
            }
            drafts[certain..].shuffle(&mut self.rng);
            if drafts.is_empty() {
                self.drop(Reason::NoMaterial, sentence);
            }
            self.keep(section, range, drafts);
        }
        match (self.found.len() > before, usable) {
            (true, _) => Fate::Asked,
            (false, true) => Fate::NothingToAsk,
            (false, false) => Fate::NoSentence,
        }
    }

    /// Whether any word of a text may be a finite verb.
    fn has_verb(&self, text: &str) -> bool {
        words(text).map(|range| text[range].to_lowercase()).any(|word| {
            self.language.is_auxiliary(&word) || [Form::Third, Form::Past].iter().any(|form| self.language.verb(&word, *form).is_some())
        })
    }

    pub(super) fn drop(&mut self, reason: Reason, text: &str) {
        self.dropped.lose(reason, text);
    }

    /// Checks the drafts of a sentence and keeps as many as one sentence may have.
    pub(super) fn keep(&mut self, section: &Section, sentence: Range<usize>, drafts: Vec<Draft>) {
        let mut kept = 0;
        for draft in drafts {
            if kept == self.preset.per_sentence {
                self.drop(Reason::SentenceFull, &draft.question);
                continue;
            }
            match triple(section, sentence.clone(), &draft, self.split) {
                Ok(triple) => {
                    kept += 1;
                    self.found.push(Candidate { triple, swap: draft.swap, group: draft.group });
                }
                Err(reason) => self.drop(reason, &draft.question),
            }
        }
    }

    pub(super) fn form(&mut self, families: &Families, what: &str) -> Option<(String, String)> {
        let forms = families.of(self.split);
        let at = self.rng.random_range(0..forms.len().max(1));
        Some((forms.get(at)?.clone(), format!("corpus/{what}/{}-{at}", split_name(self.split))))
    }
}

/// The triple of a draft, if its wording passes and its spans lead back to the same words.
fn triple(section: &Section, sentence: Range<usize>, draft: &Draft, split: Split) -> Result<Triple, Reason> {
    let text = &section.text[sentence.clone()];
    let answer = text.get(draft.answer.clone()).ok_or(Reason::NotVerbatim)?;
    let whole = draft.answer.len() == text.len();
    let aliases = vec![answer.to_owned()];
    wording(&draft.question, if whole { &[] } else { &aliases }, 2)?;
    if answer.split(' ').count() > 45 {
        return Err(Reason::TooLong);
    }
    let value = sentence.start + draft.answer.start..sentence.start + draft.answer.end;
    let fact = fact(section, value, sentence).ok_or(Reason::NotVerbatim)?;
    let question = Question {
        question_id: String::new(),
        question: draft.question.clone(),
        kind: draft.kind,
        hops: 1,
        style: draft.style,
        template_family: draft.family.clone(),
        split,
        answerable: true,
        bm25_rank: None,
    };
    let answer = Answer { question_id: String::new(), aliases, facts: vec![fact] };
    Ok(Triple { question, answer, gold: vec![(section.doc_id.clone(), section.section)] })
}

/// The fact of a value in a sentence, both bytes of the section's text, if they lead to the original file and back.
pub(crate) fn fact(section: &Section, value: Range<usize>, sentence: Range<usize>) -> Option<Fact> {
    let raw = |clean: &Range<usize>| {
        let clean = clean.start as u64..clean.end as u64;
        let raw = section.spans.raw_range(clean.clone())?;
        (section.spans.clean_range(raw.clone()) == Some(clean)).then_some(raw)
    };
    let (value, place) = raw(&value).zip(raw(&sentence))?;
    Some(Fact {
        doc_id: section.doc_id.clone(),
        raw_start: value.start,
        raw_end: value.end,
        sentence_start: place.start,
        sentence_end: place.end,
        sentence: section.text[sentence].to_owned(),
        vital: true,
    })
}
