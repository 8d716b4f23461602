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

/// Fewer characters are a caption or a name, and what follows them is still the first sentence under its heading.
const SHORT: usize = 20;

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
    /// Whether the sentence before may go on in the one that is read.
    pub cut: bool,
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

/// A sentence of a section, read without the marks that number it.
struct Sentence<'a> {
    text: &'a str,
    /// Its bytes of the section.
    range: Range<usize>,
    /// The sentence with its marks.
    marked: &'a str,
    /// The line that it opens.
    line: Option<&'a str>,
    /// Whether its marks are those of a list of law: "(a)".
    listed: bool,
}

impl<'a> Sentence<'a> {
    fn of(section: &'a Section, range: Range<usize>) -> Self {
        let (text, marked) = (&section.text, &section.text[range.clone()]);
        let opens_line = text[..range.start].is_empty() || text[..range.start].ends_with('\n');
        let line = text[range.start..].split('\n').next().filter(|_| opens_line);
        let marks = enumeration(marked);
        let bare = range.start + marks..range.end;
        Self { text: &text[bare.clone()], range: bare, marked, line, listed: marked.starts_with('(') && marks > 0 }
    }
}

impl Reader<'_> {
    /// Makes every question the rules have for a section.
    pub fn section(&mut self, section: &Section, first_under_heading: bool) -> Fate {
        if matches!(section.role, Role::Code | Role::Heading | Role::Metadata | Role::Reference) || !section.role.is_content() {
            self.drop(Reason::NotProse, section.text.lines().next().unwrap_or_default());
            return Fate::NotProse;
        }
        let before = self.found.len();
        let siblings = section.text.split('\n').filter(|line| glossary_item(line).is_some()).count();
        self.table(section, siblings);
        self.lists(section);
        if first_under_heading {
            self.line.clear();
        }
        self.cut = false;
        let (mut usable, mut first) = (false, first_under_heading);
        for range in sentences(&section.text) {
            let sentence = Sentence::of(section, range);
            if let Some(reason) = self.refusal(&sentence) {
                first &= reason != Reason::NoSentence || sentence.text.chars().count() < SHORT;
                self.drop(reason, sentence.text);
                continue;
            }
            usable = true;
            let drafts = self.drafts(section, &sentence, siblings, std::mem::take(&mut first));
            if drafts.is_empty() {
                self.drop(Reason::NoMaterial, sentence.text);
            }
            self.keep(section, sentence.range, drafts);
        }
        match (self.found.len() > before, usable) {
            (true, _) => Fate::Asked,
            (false, true) => Fate::NothingToAsk,
            (false, false) => Fate::NoSentence,
        }
    }

    /// Why nothing is asked about a sentence. Remembers its line and its end for the next one.
    fn refusal(&mut self, sentence: &Sentence<'_>) -> Option<Reason> {
        let &Sentence { text, marked, line, listed, .. } = sentence;
        if let Some(line) = line {
            let before = std::mem::replace(&mut self.line, line.to_owned());
            self.orders = !listed;
            if hangs(&before, text, listed) || listed && !self.has_verb(text) {
                return Some(Reason::ListItem);
            }
        }
        // What follows "the U.S." may be the rest of its sentence.
        let rest = std::mem::replace(&mut self.cut, is_cut(text));
        match () {
            () if rest || !is_usable(text) => Some(Reason::NoSentence),
            () if self.law.is_citation(text) => Some(Reason::Citation),
            () if !self.scout.is_single(marked) => Some(Reason::Repeated),
            () => None,
        }
    }

    /// What the rules ask about a sentence: definitions and what its heading gives always come first, the rest in any order.
    fn drafts(&mut self, section: &Section, sentence: &Sentence<'_>, siblings: usize, first_under_heading: bool) -> Vec<Draft> {
        let text = sentence.text;
        let mut drafts = Vec::new();
        if first_under_heading {
            drafts.extend(self.opening(section, text));
            drafts.extend(self.topics(section, text));
        }
        // What is defined or reported has a clause inside that no question about the whole gets right.
        let plain = !is_definition(text) && !is_reported(text, self.language);
        if plain {
            drafts.extend(self.definitions(section, text));
            drafts.extend(self.item(text, siblings).filter(|_| sentence.line.is_some()));
        }
        let certain = drafts.len();
        if plain && !is_itemised(text) {
            drafts.extend(self.natural(section, text));
            drafts.extend(self.in_place(section, text));
        }
        let well_formed = is_well_formed(text);
        if well_formed && stands_alone(text) {
            let one = self.cloze(text);
            let other = self.cloze(text).filter(|other| one.as_ref().is_some_and(|one| one.answer != other.answer));
            drafts.extend(one.into_iter().chain(other));
        }
        if well_formed {
            self.inline_lists(section, &sentence.range);
        }
        drafts[certain..].shuffle(&mut self.rng);
        drafts
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
