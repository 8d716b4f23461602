//! What can be asked about one section of a real document.

use std::ops::Range;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use records::keyword::{sentences, term, words};
use records::{Answer, Fact, Kind, Question, Section, Split, Style};

use super::patterns::{Reordered, definition, long_forms, reorder};
use super::preset::CorpusPreset;
use super::scout::Scout;
use super::sentences::{answer_spans, is_prose, is_well_formed, stands_alone};
use crate::candidates::Triple;
use crate::filter::{Dropped, Reason, is_content_word, wording};
use crate::world::grammar::Families;
use crate::world::prose::split_name;

/// Sections that may hold a word for it to count as the name of something.
const RARE: usize = 8;

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
}

impl Swap {
    pub fn text(&self) -> &str {
        match self {
            Self::Title(text) | Self::Name(text) | Self::Term(text) | Self::Code(text) => text,
        }
    }

    /// 0 to 3, by what it is.
    pub fn class(&self) -> usize {
        match self {
            Self::Title(_) => 0,
            Self::Name(_) => 1,
            Self::Term(_) => 2,
            Self::Code(_) => 3,
        }
    }
}

/// A question that may be chosen.
pub(super) struct Candidate {
    pub triple: Triple,
    /// What a near miss may exchange.
    pub swap: Option<Swap>,
}

/// Asks about the sections of one document.
pub(super) struct Reader<'a> {
    pub preset: &'a CorpusPreset,
    pub scout: &'a Scout,
    pub split: Split,
    pub rng: ChaCha8Rng,
    pub dropped: Dropped,
    pub found: Vec<Candidate>,
}

/// A question before its spans are checked.
struct Draft {
    kind: Kind,
    style: Style,
    question: String,
    family: String,
    answer: Range<usize>,
    subject: Option<Swap>,
}

impl Reader<'_> {
    /// Makes every question the rules have for a section.
    pub fn section(&mut self, section: &Section, first_under_heading: bool) {
        if !is_prose(section) {
            return;
        }
        let mut first = first_under_heading;
        for range in sentences(&section.text) {
            let sentence = &section.text[range.clone()];
            if !is_well_formed(sentence) {
                first &= sentence.chars().count() < 20;
                continue;
            }
            if !self.scout.is_single(sentence) {
                *self.dropped.entry(Reason::Duplicate).or_default() += 1;
                continue;
            }
            let mut drafts = Vec::new();
            if std::mem::take(&mut first) {
                drafts.extend(self.heading(section, sentence));
            }
            drafts.extend(self.reordered(section, sentence));
            drafts.extend(self.definitions(sentence));
            if stands_alone(sentence) {
                drafts.extend(self.cloze(sentence));
                drafts.extend(self.keywords(sentence));
            }
            self.keep(section, range, drafts);
        }
    }

    /// Checks the drafts of a sentence and keeps as many as one sentence may have.
    fn keep(&mut self, section: &Section, sentence: Range<usize>, drafts: Vec<Draft>) {
        let mut kept = 0;
        for draft in drafts {
            if kept == self.preset.per_sentence {
                *self.dropped.entry(Reason::SentenceFull).or_default() += 1;
                continue;
            }
            match triple(section, sentence.clone(), &draft, self.split) {
                Ok(triple) => {
                    kept += 1;
                    self.found.push(Candidate { triple, swap: draft.subject });
                }
                Err(reason) => *self.dropped.entry(reason).or_default() += 1,
            }
        }
    }

    fn form(&mut self, families: &Families, what: &str) -> Option<(String, String)> {
        let forms = families.of(self.split);
        let at = self.rng.random_range(0..forms.len().max(1));
        Some((forms.get(at)?.clone(), format!("corpus/{what}/{}-{at}", split_name(self.split))))
    }

    fn reordered(&self, section: &Section, sentence: &str) -> Vec<Draft> {
        let title = section.title.as_deref().filter(|title| self.scout.titles(title) == 1);
        let index = self.scout.library.index();
        let is_rare = |word: &str| term(word).is_some_and(|term| word.len() >= 5 && index.document_frequency(&term) <= RARE);
        let draft = |made: Reordered| {
            let plural = [" are ", " were ", " have ", " do "].iter().any(|verb| made.question.contains(verb));
            Draft {
                kind: Kind::Natural,
                style: Style::Question,
                family: format!("corpus/{}", made.rule),
                // What a document by its title proposes or describes is never quite missing.
                subject: (!plural && made.rule != "who" && !made.subject.starts_with('"')).then(|| Swap::Name(made.subject.clone())),
                question: made.question,
                answer: made.answer,
            }
        };
        reorder(sentence, title, &is_rare).into_iter().map(draft).collect()
    }

    /// The words of the heading, answered by the first sentence under it.
    fn heading(&mut self, section: &Section, sentence: &str) -> Option<Draft> {
        let title = section.title.as_deref().filter(|title| (4..=90).contains(&title.chars().count()) && self.scout.titles(title) == 1)?;
        let heading = section.heading_path.last()?.trim_end_matches([':', '.', '?', '#']).trim();
        let content = words(heading).filter(|range| is_content_word(&heading[range.clone()].to_lowercase())).count();
        let plain = heading.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | ',' | '\'' | '’' | '.'))
            && heading.chars().count() <= 70;
        if content == 0 || !plain || heading.eq_ignore_ascii_case(title) || heading.starts_with(|c: char| c.is_numeric()) {
            return None;
        }
        // A heading that stands in the corpus once needs no title beside it.
        let alone = content >= 2 && self.scout.headings(section.heading_path.last()?) == 1 && self.rng.random_bool(0.5);
        let named = title.replace('"', "'");
        let (question, family) = if alone {
            (heading.to_owned(), format!("corpus/heading/words-{}", split_name(self.split)))
        } else {
            let (form, family) = self.form(&self.preset.headings, "heading")?;
            let inside = if form.contains("\"{h}\"") { heading.to_owned() } else { uncapitalised(heading) };
            (form.replace("{t}", &named).replace("{h}", &inside), family)
        };
        let style = if question.ends_with('?') { Style::Question } else { Style::Keywords };
        // A heading such as "Compatibility Issues" is told about anywhere; one with a rare word is not.
        let index = self.scout.library.index();
        let rare = words(heading).any(|range| term(&heading[range]).is_some_and(|term| index.document_frequency(&term) <= 3 * RARE));
        let subject = (content >= 2 && rare && question.contains(&named)).then_some(Swap::Title(named));
        Some(Draft { kind: Kind::Heading, style, question, family, answer: 0..sentence.len(), subject })
    }

    fn definitions(&mut self, sentence: &str) -> Vec<Draft> {
        let mut drafts = Vec::new();
        if let Some((x, answer)) = definition(sentence)
            && let Some((form, family)) = self.form(&self.preset.definitions, "definition")
        {
            let style = if form.ends_with('?') { Style::Question } else { Style::Request };
            let subject = Some(Swap::Term(x.clone()));
            drafts.push(Draft { kind: Kind::Definition, style, question: form.replace("{x}", &x), family, answer, subject });
        }
        for (x, answer) in long_forms(sentence) {
            if let Some((form, family)) = self.form(&self.preset.expansions, "expansion") {
                let (question, subject) = (form.replace("{x}", &x), Some(Swap::Code(x)));
                drafts.push(Draft { kind: Kind::Definition, style: Style::Question, question, family, answer, subject });
            }
        }
        drafts
    }

    /// The sentence with one of its answers left out.
    fn cloze(&mut self, sentence: &str) -> Option<Draft> {
        let spans = answer_spans(sentence);
        let answer = spans.choose(&mut self.rng)?.clone();
        let (gap, family) = self.form(&self.preset.gaps, "cloze")?;
        let question = format!("{}{gap}{}", &sentence[..answer.start], &sentence[answer.end..]);
        let left = words(&question).filter(|range| is_content_word(&question[range.clone()].to_lowercase())).count();
        (left >= 4).then_some(Draft { kind: Kind::Cloze, style: Style::Cloze, question, family, answer, subject: None })
    }

    /// The rarest words of the sentence in their order, answered by the sentence.
    fn keywords(&mut self, sentence: &str) -> Option<Draft> {
        let index = self.scout.library.index();
        let weight = |range: &Range<usize>| term(&sentence[range.clone()]).map(|term| (index.idf(&term), range.clone()));
        let is_word = |range: &Range<usize>| {
            range.len() >= 3
                && is_content_word(&sentence[range.clone()].to_lowercase())
                && sentence[range.clone()].chars().any(char::is_alphabetic)
        };
        let mut rare: Vec<(f32, Range<usize>)> = words(sentence).filter(is_word).filter_map(|range| weight(&range)).collect();
        rare.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
        rare.dedup_by(|a, b| sentence[a.1.clone()].eq_ignore_ascii_case(&sentence[b.1.clone()]));
        rare.truncate(self.rng.random_range(4..=6));
        if rare.len() < 4 {
            return None;
        }
        rare.sort_by_key(|(_, range)| range.start);
        let words: Vec<&str> = rare.iter().map(|(_, range)| &sentence[range.clone()]).collect();
        let question = if self.rng.random_bool(0.6) { words.join(" ").to_lowercase() } else { words.join(" ") };
        let family = format!("corpus/keyword/{}", split_name(self.split));
        Some(Draft { kind: Kind::Keyword, style: Style::Keywords, question, family, answer: 0..sentence.len(), subject: None })
    }
}

/// A heading in the middle of a sentence: small unless its first word is a name.
fn uncapitalised(heading: &str) -> String {
    let first = heading.split(' ').next().unwrap_or_default();
    let later_capital = heading.split(' ').skip(1).any(|word| word.starts_with(char::is_uppercase));
    let name = first.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric()) || later_capital || first.chars().count() < 2;
    let mut characters = heading.chars();
    match characters.next() {
        Some(letter) if !name => letter.to_lowercase().chain(characters).collect(),
        _ => heading.to_owned(),
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
    let raw = |clean: &Range<usize>| {
        let clean = clean.start as u64..clean.end as u64;
        let raw = section.spans.raw_range(clean.clone())?;
        (section.spans.clean_range(raw.clone()) == Some(clean)).then_some(raw)
    };
    let (value, place) = raw(&value).zip(raw(&sentence)).ok_or(Reason::NotVerbatim)?;
    let fact = Fact {
        doc_id: section.doc_id.clone(),
        raw_start: value.start,
        raw_end: value.end,
        sentence_start: place.start,
        sentence_end: place.end,
        sentence: text.to_owned(),
        vital: true,
    };
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
