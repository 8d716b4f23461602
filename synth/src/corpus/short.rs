//! Short questions in few words, as people type them: what kind of thing is sought, and two or three runs of telling words of the sentence.

use std::ops::Range;
use std::sync::LazyLock;

use rand::Rng;
use records::{Kind, Section};
use regex::Regex;
use text::{term, words};

use super::clause::{Token, tokens};
use super::language::{Class, Form, Sought};
use super::person::as_reader;
use super::preset::Group;
use super::reword::reword;
use super::rules::{Draft, Reader};
use super::sentences::{Span, answer_spans, pattern};
use crate::filter::is_content_word;
use crate::world::prose::split_name;

/// Words on each side of an answer that may be in its question.
const REACH: usize = 12;
/// Chance that a word is exchanged: few words in others' stead tell too little.
const LIGHT: f64 = 0.05;
/// Words of one run of content that stay.
const RUN: usize = 3;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"));
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\+?\d{1,3}[ -])?\(?\d{3}\)?[ -]\d{3}[ -]\d{4}\b"));
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b\d{1,2}(?::\d{2})? ?(?:[ap]\.?m\.?|AM|PM|noon|o'clock)(?: (?:[ECMP][SD]?T|UTC|GMT|(?i:eastern|pacific|central)))?\b")
});
static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(?:up to|at least|at most|no more than|no less than|no later than|within|less than|fewer than|more than|over|under|about|every|once every) )?(?:\d[\d,.]*\d?|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety)(?:(?:-| to | - )\d+)?(?: ?%| (?:consecutive |business |calendar |working |full |free |paid |unpaid |additional )?[a-z]{3,12}s\b| percent\b| (?:day|week|month|year|hour|minute)\b)",
    )
});

impl Reader<'_> {
    /// Short questions about the typed spans of a sentence.
    pub(super) fn short(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let all = tokens(sentence);
        let mut drafts = Vec::new();
        let language = self.language;
        let is_verb = |unit: &str| language.is_closed(unit) || language.verb(unit, Form::Third).is_some();
        for (sought, answer) in sought_spans(sentence, |unit| language.is(Class::Duration, unit), is_verb) {
            let Some(words) = self.telling_words(sentence, &all, &answer) else { continue };
            let Some((form, family)) = self.form(language.asking.short(sought), "short") else { continue };
            let unit = sentence[answer.clone()].rsplit(' ').next().unwrap_or_default().to_lowercase();
            let several = unit.ends_with('s') || unit == "people";
            if form.contains("{u}") && !several || form.contains("{u}") && !unit.chars().all(char::is_lowercase) {
                continue;
            }
            let plain = form.replace("{w}", &words).replace("{u}", &unit);
            let spoken = as_reader(&plain, language);
            let reworded = reword(&spoken, LIGHT, language, &mut self.rng).0;
            // Search words have no room for "put out" in place of "publish".
            let phrasal = reworded.split(' ').count() > spoken.split(' ').count();
            let question = if phrasal { spoken } else { reworded };
            if question.contains(['[', ']']) {
                continue;
            }
            let at = family.rsplit('-').next().unwrap_or_default();
            let family = format!("corpus/short/{sought:?}-{}-{at}", split_name(self.split)).to_lowercase();
            drafts.extend(self.placed(section, question, &words, family, answer, (Group::Short, Kind::Keyword)));
        }
        drafts
    }

    /// The rarest runs of content words near an answer, in their order, with the small word that joins two of them.
    fn telling_words(&mut self, sentence: &str, all: &[Token], answer: &Range<usize>) -> Option<String> {
        let from = all.iter().position(|token| token.range.end > answer.start)?;
        let to = all.iter().position(|token| token.range.start >= answer.end).unwrap_or(all.len());
        let breaks = |token: &Token| token.after.contains([',', ';', ':', '—', '–', '.', '!', '?', '(', ')']);
        let low = (from.saturating_sub(REACH)..from).rev().find(|at| breaks(&all[*at])).map_or(from.saturating_sub(REACH), |at| at + 1);
        let high = (to..all.len().min(to + REACH)).find(|at| breaks(&all[*at])).map_or(all.len().min(to + REACH), |at| at + 1);
        let content = |at: usize| {
            let token = &all[at];
            let open = is_content_word(&token.lower) && !self.language.is_closed(&token.lower) && token.lower.len() > 2;
            open && !(from..to).contains(&at) && token.lower.chars().any(char::is_alphabetic)
        };
        let mut runs: Vec<Range<usize>> = Vec::new();
        for at in (low..high).filter(|at| content(*at)) {
            match runs.last_mut() {
                Some(last) if last.end == at && all[at - 1].after.is_empty() => last.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
        let index = self.scout.library.index();
        let weight = |at: usize| term(&all[at].lower).map_or(0.0, |term| index.idf(&term));
        let mut best: Vec<(f32, Range<usize>)> = runs
            .into_iter()
            .map(|run| run.end.saturating_sub(RUN).max(run.start)..run.end)
            .map(|run| (run.clone().map(weight).sum::<f32>(), run))
            .collect();
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
        best.truncate(self.rng.random_range(2..=3));
        let mut chosen: Vec<Range<usize>> = best.into_iter().map(|(_, run)| run).collect();
        chosen.sort_by_key(|run| run.start);
        let count: usize = chosen.iter().map(ExactSizeIterator::len).sum();
        if !(3..=7).contains(&count) {
            return None;
        }
        let mut words: Vec<&str> = Vec::new();
        for (number, run) in chosen.iter().enumerate() {
            let joined = number > 0 && run.start - chosen[number - 1].end <= 2;
            let small = all.get(run.start.wrapping_sub(1)).filter(|token| joined && self.language.is(Class::Preposition, &token.lower));
            words.extend(small.map(|token| token.lower.as_str()));
            words.extend(run.clone().map(|at| match all[at].range.start {
                0 if self.scout.is_small(&all[at].lower) => all[at].lower.as_str(),
                _ => &sentence[all[at].range.clone()],
            }));
        }
        Some(words.join(" "))
    }
}

/// What a reader could look for in a sentence, without overlaps.
fn sought_spans(sentence: &str, is_duration: impl Fn(&str) -> bool, is_verb: impl Fn(&str) -> bool) -> Vec<(Sought, Range<usize>)> {
    let found = |rule: &Regex, sought: Sought| rule.find_iter(sentence).map(|hit| (sought, hit.range())).collect::<Vec<_>>();
    let mut all = found(&ADDRESS, Sought::Address);
    all.extend(found(&TELEPHONE, Sought::Telephone));
    all.extend(found(&CLOCK, Sought::Clock));
    for hit in AMOUNT.find_iter(sentence) {
        let unit = hit.as_str().rsplit([' ', '-']).next().unwrap_or_default().to_lowercase();
        // "PEP 750 proposes" counts nothing, and "two ways" is no number that people look for.
        let before = sentence[..hit.start()].trim_end().rsplit(' ').next().unwrap_or_default();
        let name = before.ends_with(char::is_alphanumeric) && before.chars().any(char::is_uppercase);
        let named = name && hit.as_str().starts_with(|c: char| c.is_ascii_digit());
        let counts = hit.as_str().contains(|c: char| c.is_ascii_digit());
        if (named && hit.start() > 0) || is_verb(&unit) || !counts && !is_duration(&unit) {
            continue;
        }
        let sought = if unit.ends_with('%') || unit == "percent" {
            Sought::Percentage
        } else if is_duration(&unit) {
            Sought::Duration
        } else {
            Sought::Quantity
        };
        all.push((sought, hit.range()));
    }
    for (span, range) in answer_spans(sentence) {
        let text = &sentence[range.clone()];
        let before = sentence[..range.start].trim_end().rsplit([' ', '(']).next().unwrap_or_default().to_lowercase();
        let timed =
            matches!(before.as_str(), "in" | "since" | "until" | "by" | "of" | "from" | "early" | "late" | "before" | "after" | "during");
        let sought = match span {
            // "the 2021 edition" has a number in its name.
            Span::Date if text.len() == 4 && !timed => continue,
            Span::Date => Sought::Date,
            Span::Quantity if text.starts_with(['$', '€', '£']) => Sought::Money,
            Span::Quantity if text.contains(' ') && !text.ends_with('s') && !text.ends_with("people") => continue,
            Span::Quantity => Sought::Quantity,
            // A name is asked for by "who" or "which", which needs a whole question.
            Span::Name | Span::Term => continue,
        };
        all.push((sought, range));
    }
    let mut out: Vec<(Sought, Range<usize>)> = Vec::new();
    for (sought, range) in all {
        let free = out.iter().all(|(_, other)| other.end <= range.start || range.end <= other.start);
        if free && words(&sentence[range.clone()]).next().is_some() {
            out.push((sought, range));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_apart_by_what_is_sought() {
        let sentence =
            "Call (877) 555-0100 or write to help@velmar.example by 3:30 PM, at least 5 business days before, and pay $40 or 15%.";
        let is_duration = |unit: &str| unit == "days";
        let all: Vec<(Sought, &str)> =
            sought_spans(sentence, is_duration, |_| false).into_iter().map(|(sought, range)| (sought, &sentence[range])).collect();
        for expected in [
            (Sought::Telephone, "(877) 555-0100"),
            (Sought::Address, "help@velmar.example"),
            (Sought::Clock, "3:30 PM"),
            (Sought::Duration, "at least 5 business days"),
            (Sought::Money, "$40"),
            (Sought::Percentage, "15%"),
        ] {
            assert!(all.contains(&expected), "{expected:?} not in {all:?}");
        }
    }
}
