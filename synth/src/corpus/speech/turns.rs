//! Questions about what was said: to whom an opinion belongs, what somebody thinks of a thing, who promised what, what was decided.

use std::ops::Range;

use rand::Rng;
use records::{Kind, Section, Style};
use text::words;

use super::patterns::{Frame, framed};
use super::{is_framed, label};
use crate::corpus::asking::{Asker, Wh};
use crate::corpus::clause::Clause;
use crate::corpus::language::{Class, Form};
use crate::corpus::preset::Group;
use crate::corpus::rules::{Draft, Reader, Swap};
use crate::corpus::sentences::{is_leaning, is_usable, is_well_formed, stands_alone};
use crate::filter::{Reason, content_stems};
use crate::world::grammar::Families;

/// Chance that a plain statement is asked for as what its speaker said about its subject, and for who said it.
const TOPIC: f64 = 0.3;
/// Words of a clause in a question.
const CLAUSE: std::ops::RangeInclusive<usize> = 5..=20;
/// Most words of what something is about.
const SUBJECT: usize = 8;

impl Reader<'_> {
    /// Asks about one sentence of a transcript; whether it could carry a question.
    pub(in crate::corpus) fn turn(&mut self, section: &Section, range: Range<usize>, opens_line: bool) -> bool {
        let speech = self.speech;
        let name = opens_line.then(|| label(&section.text[range.clone()])).flatten().filter(|name| self.speakers.contains(*name));
        let name = name.map(|name| range.start..range.start + name.len());
        let said = name.as_ref().map_or(range.start, |name| {
            name.end + 1 + (section.text[name.end + 1..].len() - section.text[name.end + 1..].trim_start().len())
        });
        if let Some(name) = &name {
            self.speaker = section.text[name.clone()].to_owned();
        }
        let said = said.min(range.end);
        let range = said + speech.opening(&section.text[said..range.end])..range.end;
        let sentence = &section.text[range.clone()];
        if words(sentence).count() < *CLAUSE.start() || sentence.ends_with('?') {
            self.drop(Reason::NoSentence, sentence);
            return false;
        }
        if speech.stumbles(sentence) || !is_usable(sentence) {
            self.drop(Reason::Disfluent, sentence);
            return false;
        }
        let mut drafts = self.statements(section, sentence);
        if is_well_formed(sentence) && stands_alone(sentence) && !is_personal(sentence) {
            drafts.extend(self.keywords(sentence));
        }
        if drafts.is_empty() {
            self.drop(Reason::NoMaterial, sentence);
        }
        self.keep(section, range.clone(), drafts);
        if let Some(name) = name {
            let whole = name.start..range.end;
            let drafts = self.speaker_of(section, sentence, name.len()).into_iter().collect();
            self.keep(section, whole, drafts);
        }
        true
    }

    /// What a sentence says, asked for with its speaker.
    fn statements(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let found = framed(sentence);
        let opinion = found.as_ref().is_some_and(|found| found.frame == Frame::Opinion);
        if found.as_ref().is_some_and(|found| found.frame == Frame::Promise) {
            return Vec::new();
        }
        let mut drafts = self.minuted(section, sentence);
        if !drafts.is_empty() {
            return drafts;
        }
        let clause = found.filter(|_| opinion).map_or(0..sentence.len() - 1, |found| found.clause);
        let text = &sentence[clause.start..];
        if (opinion || self.rng.random_bool(TOPIC))
            && let Some(topic) = self.topic(text)
        {
            drafts.extend(self.worded_speech(section, (&self.speech.opinion, "opinion"), clause.clone(), &[("{x}", &topic)]));
        }
        for wh in self.asked(text) {
            let answer = clause.start + wh.answer.start..clause.start + wh.answer.end;
            let question = wh.question.trim_end_matches('?').to_owned();
            drafts.extend(self.worded_speech(section, (&self.speech.said, wh.rule), answer, &[("{q}", &question)]));
        }
        drafts
    }

    /// Sound questions about a clause that speak of nobody by a pronoun.
    fn asked(&self, text: &str) -> Vec<Wh> {
        let Some(clause) = Clause::parse(text, self.language) else { return Vec::new() };
        let scout = self.scout;
        let inner = |text: &str| scout.inside(text);
        let mut all = Asker::new(text, &clause, self.language, &inner).all();
        let advice = &self.preset.advice;
        all.retain(|wh| {
            let vague = wh.question.split(' ').any(|word| self.speech.is_vague(word));
            !vague
                && !advice.contains_key(wh.rule)
                && self.is_sound(wh, text)
                && !is_personal(&wh.question)
                && !is_personal(&text[wh.answer.clone()])
        });
        all
    }

    /// What minutes say was decided or said, asked for by what it is about.
    pub(in crate::corpus) fn minuted(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let Some(found) = framed(sentence).filter(|_| is_framed(sentence, self.language)) else { return Vec::new() };
        let Some(topic) = self.topic(&sentence[found.clause.start..]) else { return Vec::new() };
        let speech = self.speech;
        let draft = match found.frame {
            Frame::Decision(verb) => {
                self.worded_speech(section, (&speech.decision, "decision"), found.clause, &[("{v}", &verb), ("{x}", &topic)])
            }
            Frame::Reported(name, verb) => {
                let name = self.scout.inside(&sentence[name]);
                let (first, rest) =
                    verb.split_once(' ').map_or((verb.as_str(), String::new()), |(first, rest)| (first, format!(" {rest}")));
                let pronoun = name.split(' ').any(|word| {
                    self.language.is(Class::Pointing, &word.to_lowercase()) || self.language.is(Class::Pronoun, &word.to_lowercase())
                });
                let Some(verb) =
                    self.language.verb(first, Form::Past).or_else(|| self.language.verb(first, Form::Third)).filter(|_| !pronoun)
                else {
                    return Vec::new();
                };
                let base = format!("{}{rest}", verb.base);
                let parts: &[(&str, &str)] = &[("{s}", &name), ("{v}", &base), ("{x}", &topic)];
                self.worded_speech(section, (&speech.reported, "reported"), found.clause, parts)
            }
            Frame::Opinion | Frame::Promise => None,
        };
        draft.into_iter().collect()
    }

    /// Who said it, or who will do it; the sentence begins with the name then.
    fn speaker_of(&mut self, section: &Section, sentence: &str, name: usize) -> Option<Draft> {
        let found = framed(sentence);
        let promise = found.as_ref().is_some_and(|found| found.frame == Frame::Promise);
        let opinion = found.as_ref().is_some_and(|found| found.frame == Frame::Opinion);
        let clause = found.filter(|_| promise || opinion).map_or(0..sentence.len() - 1, |found| found.clause);
        let text = &sentence[clause];
        let plain = CLAUSE.contains(&text.split(' ').count())
            && stands_alone(text)
            && !is_personal(text)
            && !text.contains([';', ':', '(', '?'])
            && content_stems(text).len() >= 3;
        if !plain
            || !promise && (!opinion && !self.rng.random_bool(TOPIC) || self.topic(&sentence[sentence.len() - 1 - text.len()..]).is_none())
        {
            return None;
        }
        let first = text.split(' ').next().unwrap_or_default();
        if promise && self.language.verb(first, Form::Base).is_none() {
            return None;
        }
        let (families, what): (&Families, _) = if promise { (&self.speech.promise, "promise") } else { (&self.speech.who, "who") };
        let said = self.scout.inside(text);
        self.worded_speech(section, (families, what), 0..name, &[("{x}", &said)])
    }

    /// The subject of a clause as it stands in a question, if it names something.
    fn topic(&self, text: &str) -> Option<String> {
        let clause = Clause::parse(text, self.language)?;
        let subject = clause.text(text, &clause.subject);
        let leans = subject
            .split(' ')
            .map(str::to_lowercase)
            .any(|word| [Class::Pointing, Class::Pronoun, Class::Unclear].iter().any(|class| self.language.is(*class, &word)));
        let first = subject.split(' ').next().unwrap_or_default().to_lowercase();
        let plain = !leans
            && !is_personal(subject)
            && !is_leaning(&first)
            && !matches!(first.as_str(), "what" | "one" | "some" | "any" | "all" | "no" | "each" | "most" | "a" | "an")
            && !first.starts_with(|c: char| c.is_numeric())
            && !subject.split(' ').any(|word| self.speech.is_vague(word))
            && !self.language.is_closed(&subject.rsplit(' ').next().unwrap_or_default().to_lowercase())
            && subject.split(' ').count() <= SUBJECT
            && content_stems(subject).iter().any(|stem| stem.len() > 2);
        plain.then(|| self.scout.inside(subject))
    }

    /// A wording of `speech.toml` with its parts filled in.
    fn worded_speech(
        &mut self,
        section: &Section,
        (families, what): (&Families, &str),
        answer: Range<usize>,
        parts: &[(&str, &str)],
    ) -> Option<Draft> {
        let (form, family) = self.form(families, &format!("speech/{what}"))?;
        let title = self.title(section);
        if form.contains("{t}") && title.is_none() {
            return None;
        }
        let (speaker, title) = (self.shown(&self.speaker), title.unwrap_or_default());
        let mut question = form.clone();
        for (slot, text) in parts {
            let inner = !form.starts_with(slot) && *slot == "{q}";
            question = question.replace(slot, &if inner { lowered(text) } else { (*text).to_owned() });
        }
        // A text before the first name has no speaker.
        if question.contains("{s}") && speaker.is_empty() {
            return None;
        }
        let question = question.replace("{s}", &speaker).replace("{t}", &title);
        let swap = match () {
            () if form.contains("{t}") => Some(Swap::Title(title)),
            () if form.contains("{s}") && !speaker.is_empty() => Some(Swap::Name(speaker)),
            () => None,
        };
        let style = if question.ends_with('?') { Style::Question } else { Style::Keywords };
        Some(Draft { group: Group::Natural, kind: Kind::Natural, style, question: capital(&question), family, answer, swap })
    }

    /// A speaker's name in a sentence: one that is a function takes its article.
    fn shown(&self, name: &str) -> String {
        if let Some(name) = name.strip_prefix("The ") {
            return format!("the {name}");
        }
        let last = name.rsplit(' ').next().unwrap_or_default().to_lowercase();
        if self.language.is(Class::Person, &last) { format!("the {name}") } else { name.to_owned() }
    }
}

/// Whether a text speaks of those who speak: who "we" are is known to them alone.
fn is_personal(text: &str) -> bool {
    const PERSONS: [&str; 15] =
        ["i", "me", "my", "mine", "we", "us", "our", "ours", "you", "your", "yours", "myself", "ourselves", "yourself", "they"];
    words(text).any(|range| PERSONS.contains(&text[range].to_lowercase().as_str()))
}

fn lowered(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect()
}

fn capital(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_of_persons_is_known() {
        assert!(is_personal("We agreed on it.") && is_personal("It's our case.") && !is_personal("The use of rubber is cheap."));
        assert_eq!((lowered("Which case").as_str(), capital("the case").as_str()), ("which case", "The case"));
    }
}
