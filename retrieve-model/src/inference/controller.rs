//! Where a question stands, what can be done next, and what the controller thinks of it. Each action has a rule's score made of the reader's probabilities; the trained controller adds to it (see [`Policy`]).

use std::collections::HashSet;

use records::Report;

use super::action::Action;
use super::read::Read;
use crate::model::{ACTION_FEATURES, SearchConfig};

/// Sections that actions point into; the rest of what was read is behind them.
const POINTED_AT: usize = 4;
/// Answers given to a question at most.
pub(super) const MOST_ANSWERS: usize = 8;
/// Log-odds beyond this say nothing more.
const SURE: f32 = 12.0;

/// A sentence that was quoted.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// The section it stands in.
    pub read: Read,
    /// The sentence.
    pub sentence: usize,
    /// The value it was quoted for.
    pub value: Option<usize>,
}

impl Quoted {
    /// The sentence's words.
    #[must_use]
    pub fn text(&self) -> &str {
        self.read.sentences.get(self.sentence).map_or("", |bytes| self.read.text(bytes))
    }

    /// The value's words.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.and_then(|value| self.read.values.get(value)).map_or("", |value| self.read.text(&value.bytes))
    }
}

/// Where a question stands.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What the last search brought, as read with the evidence so far; best first by `worth`.
    pub reads: Vec<Read>,
    /// The sentences that lead to the answer.
    pub leads: Vec<Quoted>,
    /// The answers; more than one where sources disagree, or where a list was asked for.
    pub answers: Vec<Quoted>,
    /// Whether the answers are what different sources say of one thing, and not the items of a list.
    pub disagrees: bool,
    /// Searches made.
    pub searches: usize,
    /// Whether something was quoted since the last search.
    pub may_search: bool,
}

/// Logarithm of the probability that belongs to log-odds.
fn ln_sigmoid(log_odds: f32) -> f32 {
    -(-log_odds.clamp(-SURE, SURE)).exp().ln_1p()
}

fn sigmoid(log_odds: f32) -> f32 {
    ln_sigmoid(log_odds).exp()
}

/// How much a section that was read is worth looking at: the reader's log-odds and the score it was found with, which is a logarithm of a
/// probability too. They see different things, so both together order better than either.
#[must_use]
pub fn worth(read: &Read) -> f32 {
    read.relevance + read.first_stage
}

impl State {
    /// The words quoted so far.
    #[must_use]
    pub fn evidence(&self) -> String {
        self.leads.iter().chain(&self.answers).map(Quoted::text).collect::<Vec<_>>().join(" ")
    }

    /// The words that an action gives as an answer.
    #[must_use]
    pub fn said(&self, action: Action) -> Option<&str> {
        let (read, value) = action.value()?;
        let read = self.reads.get(read)?;
        Some(read.text(&read.values.get(value)?.bytes))
    }

    /// Where they stand: the section's key, and the sentence's bytes.
    #[must_use]
    pub fn told(&self, action: Action) -> Option<(u64, &std::ops::Range<usize>)> {
        let (read, value) = action.value()?;
        let read = self.reads.get(read)?;
        Some((read.passage.key, read.sentences.get(read.values.get(value)?.sentence)?))
    }

    /// All answers as one, as a question with several has them; none where there is none.
    #[must_use]
    pub fn whole_answer(&self) -> Option<String> {
        let answers: Vec<&str> = self.answers.iter().map(Quoted::value).collect();
        (!answers.is_empty()).then(|| answers.join(Report::BETWEEN_ITEMS))
    }

    /// Gives a value as an answer, with the sentence that it stands in.
    pub(crate) fn answer(&mut self, read: usize, value: usize) {
        let read = self.reads[read].clone();
        self.answers.push(Quoted { sentence: read.values[value].sentence, read, value: Some(value) });
        self.may_search = true;
    }

    fn is_quoted(&self, read: &Read, sentence: usize) -> bool {
        let same = |quoted: &&Quoted| {
            quoted.read.passage.key == read.passage.key && quoted.read.sentences.get(quoted.sentence) == read.sentences.get(sentence)
        };
        self.leads.iter().chain(&self.answers).find(same).is_some()
    }

    /// What can be done next, in a fixed order; never empty.
    #[must_use]
    pub fn actions(&self, limits: &SearchConfig) -> Vec<Action> {
        let mut out = Vec::new();
        if let Some(first) = self.answers.first() {
            out.push(Action::Stop);
            out.extend(self.further(first));
            if self.searches < limits.searches && self.may_search && !self.disagrees && self.answers.len() < MOST_ANSWERS {
                out.push(Action::Search);
            }
            return out;
        }
        let more = self.searches < limits.searches;
        for (number, read) in self.reads.iter().enumerate().take(POINTED_AT) {
            out.extend((0..read.values.len()).map(|value| Action::Answer { read: number, value }));
            let lead = read.best_sentence().filter(|sentence| !self.is_quoted(read, *sentence));
            if let Some(sentence) = lead.filter(|_| more && !self.may_search && self.leads.len() < limits.quotes) {
                out.push(Action::Quote { read: number, sentence });
            }
        }
        if more && self.may_search {
            out.push(Action::Search);
        }
        out.push(Action::Abstain);
        out
    }

    /// The answers that can be given beside the first: values that say something else. What disagrees is said by another section, and by two at most;
    /// a list has no items that disagree.
    fn further(&self, first: &Quoted) -> Vec<Action> {
        let lower = |words: &str| words.to_lowercase();
        let given: Vec<String> = self.answers.iter().map(|answer| lower(answer.value())).collect();
        let is_new = |words: &str| given.iter().all(|known| !known.contains(words) && !words.contains(known.as_str()));
        let mut out = Vec::new();
        for (number, read) in self.reads.iter().enumerate().take(POINTED_AT) {
            let other = read.passage.key != first.read.passage.key;
            for (place, value) in read.values.iter().enumerate().filter(|(_, value)| is_new(&lower(read.text(&value.bytes)))) {
                if !self.disagrees && self.answers.len() < MOST_ANSWERS {
                    out.push(Action::More { read: number, value: place });
                }
                if place == 0 && other && self.answers.len() == 1 && !self.is_quoted(read, value.sentence) {
                    out.push(Action::Conflict { read: number, value: place });
                }
            }
        }
        out
    }

    /// How far the section at a place was behind the best before it was read.
    fn behind(&self, read: &Read) -> f32 {
        read.first_stage - self.reads.iter().map(|read| read.first_stage).fold(f32::NEG_INFINITY, f32::max)
    }

    /// The rule: the logarithm of the probability, as the reader sees it, that the action is the right one, and how the section was found.
    fn rule(&self, action: Action) -> f32 {
        let best = self.reads.first().map_or(-SURE, |read| read.relevance);
        let relevant = |read: &Read| ln_sigmoid(read.relevance + self.behind(read));
        match action {
            Action::Answer { read, value } => {
                let read = &self.reads[read];
                let first = read.values.first().map_or(0.0, |first| first.score);
                relevant(read) + ln_sigmoid(read.answers) + (read.values[value].score - first)
            }
            Action::Quote { read, .. } => relevant(&self.reads[read]) + ln_sigmoid(-self.reads[read].answers),
            Action::Conflict { read, .. } => relevant(&self.reads[read]) + ln_sigmoid(self.reads[read].answers) - 0.5,
            // Most questions have one answer: what more there is has to be learned, and stopping is likelier than the surest of it.
            Action::More { read, value } => {
                let read = &self.reads[read];
                relevant(read) + ln_sigmoid(read.answers) + read.values[value].score.min(0.0) - 1.0
            }
            Action::Search if !self.answers.is_empty() => -3.0,
            // After quoting a lead the answer is not among what was read: look for it.
            Action::Search => 0.0,
            Action::Abstain => ln_sigmoid(-best),
            Action::Stop => -0.7,
        }
    }

    /// A state and an action in numbers; the first is the rule's score.
    pub(super) fn describe(&self, action: Action) -> [f32; ACTION_FEATURES] {
        let mut out = [0.0; ACTION_FEATURES];
        out[0] = self.rule(action);
        if action.kind() < 6 {
            out[1 + action.kind()] = 1.0;
        }
        out[7] = self.leads.len() as f32;
        out[8] = self.searches as f32;
        out[9] = f32::from(u8::from(self.answers.is_empty()));
        let relevance = |rank: usize| self.reads.get(rank).map_or(0.0, |read| sigmoid(read.relevance));
        let answers = |rank: usize| self.reads.get(rank).map_or(0.0, |read| sigmoid(read.answers));
        out[10] = relevance(0);
        out[11] = relevance(1);
        out[12] = answers(0);
        out[13] = answers(1);
        let Some((place, read)) = action.read().and_then(|place| Some((place, self.reads.get(place)?))) else { return out };
        out[14] = read.relevance.clamp(-SURE, SURE) / SURE;
        out[15] = read.answers.clamp(-SURE, SURE) / SURE;
        out[16] = 1.0 / (1.0 + place as f32);
        out[17] = relevance(place) - relevance(usize::from(place == 0));
        let sentence = match action {
            Action::Quote { sentence, .. } => Some(sentence),
            _ => action.value().and_then(|(_, value)| read.values.get(value)).map(|value| value.sentence),
        };
        out[18] = sentence.and_then(|sentence| read.sentence_scores.get(sentence)).map_or(0.0, |score| score.exp());
        if let Some((_, value)) = action.value() {
            let score = |value: usize| read.values.get(value).map_or(-SURE, |value| value.score.max(-SURE));
            out[19] = score(value).exp();
            out[20] = score(value) / SURE;
            out[21] = (score(value) - score(usize::from(value == 0))) / SURE;
            let same = |other: &Read| {
                other
                    .values
                    .first()
                    .is_some_and(|first| other.text(&first.bytes).eq_ignore_ascii_case(read.text(&read.values[value].bytes)))
            };
            out[22] = self.reads.iter().enumerate().filter(|(number, other)| *number != place && same(other)).count() as f32 / 4.0;
        }
        out[23] = self.behind(read).max(-SURE) / SURE;
        out[24] = f32::from(u8::from(matches!(action, Action::More { .. })));
        out[25] = self.answers.len() as f32 / 4.0;
        if let Some(first) = self.answers.first() {
            out[26] = (read.relevance - first.read.relevance).clamp(-SURE, SURE) / SURE;
            out[27] = f32::from(u8::from(read.passage.key == first.read.passage.key));
            out[28] = f32::from(u8::from(read.passage.section.doc_id == first.read.passage.section.doc_id));
            out[29] = cosine(&read.summary, &first.read.summary);
            if let (Some(sentence), Some((_, value))) = (sentence.and_then(|sentence| read.sentences.get(sentence)), action.value()) {
                let value = &read.values[value];
                let score = first.value.and_then(|first_value| first.read.values.get(first_value)).map_or(0.0, |value| value.score);
                out[30] = shared(read.text(sentence), first.text());
                out[31] = alike(read.text(&value.bytes), first.value());
                out[32] = (value.score - score).clamp(-SURE, SURE) / SURE;
            }
        }
        out
    }
}

/// The share of the terms of two sentences that are in both (Jaccard's index): what tells the items of a list is often said in the same words.
fn shared(one: &str, other: &str) -> f32 {
    let terms = |words: &str| text::terms(words).into_iter().collect::<HashSet<String>>();
    let (one, other) = (terms(one), terms(other));
    let both = one.intersection(&other).count();
    both as f32 / (one.len() + other.len() - both).max(1) as f32
}

/// How alike two values look, 0 to 1: both or neither with a number in it, a capital at its start, several words.
fn alike(one: &str, other: &str) -> f32 {
    let looks = |words: &str| {
        [words.contains(|c: char| c.is_ascii_digit()), words.starts_with(char::is_uppercase), words.trim().contains(char::is_whitespace)]
    };
    looks(one).iter().zip(looks(other)).filter(|(one, other)| *one == other).count() as f32 / 3.0
}

/// Cosine of two vectors, 0 where one is nothing.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}
