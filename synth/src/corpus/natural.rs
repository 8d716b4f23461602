//! Natural questions about a sentence of a section: well-formed ones, reworded ones, and ones in loose order, each with the name of its
//! place where the words alone would not tell it from the rest of the corpus.

use std::ops::Range;
use std::path::Path;

use rand::Rng;
use rand::seq::IndexedRandom;
use records::{Kind, Section, Style};
use text::words;

use super::asking::{Asker, Wh, counted};
use super::clause::Clause;
use super::in_place::in_place;
use super::language::Class;
use super::law::everyday;
use super::person::as_reader;
use super::preset::Group;
use super::reword::{reword, typed};
use super::rules::{Draft, Reader, Swap};
use super::sentences::{Span, answer_spans};
use crate::filter::{Reason, content_stems, overlap};
use crate::world::prose::split_name;

/// Chance that a word of an ordinary question is exchanged.
const LIGHT: f64 = 0.05;
/// Tries to say a question in other words, of which the one with the fewest old words counts.
const REWORDINGS: usize = 6;
/// Rules whose questions end in a preposition or have lost one: in other words than the text's few of them read well.
const STRANDED: [&str; 2] = ["what_particle", "stranded"];
/// Chance that a question leaves out what it can.
const BRIEF: f64 = 0.5;
/// Chance that "you" becomes "I".
const SPOKEN: f64 = 0.8;
/// Chance that a name is exchanged for another of the same thing.
const RENAMED: f64 = 0.6;
/// Chance that a question that could go without the name of its place has it all the same.
const NAMED_ANYWAY: f64 = 0.12;

impl Reader<'_> {
    /// Well-formed questions from the main clause, some of them reworded.
    pub(super) fn natural(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let whole = sentence.starts_with(|c: char| c.is_uppercase() || matches!(c, '`' | '"' | '“' | '('))
            && !sentence.ends_with(['?', ':', ';', ',']);
        if let Some(wh) = counted(sentence, self.language).filter(|wh| self.is_sound(wh, sentence)) {
            let family = format!("corpus/{}-{}", wh.rule, split_name(self.split));
            return self.worded(section, sentence, &wh, &family, Group::Natural);
        }
        // Only an order may stand in a list without a full stop; anything else without one is a heading or a fragment.
        let closed = sentence.ends_with(['.', '!', ')', '”', '"']);
        let clause = Clause::parse(sentence, self.language)
            .filter(|_| closed)
            .or_else(|| self.orders.then(|| Clause::instruction(sentence, self.language)).flatten());
        let Some(clause) = clause.filter(|_| whole) else { return Vec::new() };
        let scout = self.scout;
        let inner = |text: &str| scout.inside(text);
        let mut asker = Asker::new(sentence, &clause, self.language, &inner);
        asker.brief = self.rng.random_bool(BRIEF);
        let mut drafts = Vec::new();
        for wh in asker.all() {
            let preset = self.preset;
            let (wh, advice) = match preset.advice.get(wh.rule) {
                Some(forms) => {
                    let Some((form, family)) = self.form(forms, "advice") else { continue };
                    (Wh { question: filled(&form, &wh.question), ..wh }, family.rsplit('-').next().map(str::to_owned))
                }
                None => (wh, None),
            };
            if !self.is_sound(&wh, sentence) {
                self.drop(Reason::Leaning, &wh.question);
                continue;
            }
            let group = if advice.is_some() { Group::Advice } else { Group::Natural };
            let family = format!("corpus/{}-{}{}", wh.rule, split_name(self.split), advice.map(|at| format!("-{at}")).unwrap_or_default());
            drafts.extend(self.worded(section, sentence, &wh, &family, group));
        }
        drafts
    }

    /// A question as somebody would ask it, about himself and by other names; and once more in other words, if few words of the sentence
    /// are left then.
    fn worded(&mut self, section: &Section, sentence: &str, wh: &Wh, family: &str, group: Group) -> Vec<Draft> {
        let spoken = if self.rng.random_bool(SPOKEN) { as_reader(&wh.question, self.language) } else { wh.question.clone() };
        let spoken = if self.rng.random_bool(SPOKEN) { everyday(&spoken) } else { spoken };
        let renamed = self.scout.aliases.exchange(&spoken, sentence).filter(|_| self.rng.random_bool(RENAMED));
        let (group, kind, how) = match () {
            () if defines(wh, &sentence[wh.answer.clone()]) => (Group::Definition, Kind::Definition, "defining"),
            () if renamed.is_some() => (group, Kind::Abbreviation, "renamed"),
            () => (group, Kind::Natural, "wh"),
        };
        let spoken = renamed.unwrap_or(spoken);
        let named = |how: &str| family.replacen("corpus/", &format!("corpus/{how}/"), 1);
        let question = reword(&spoken, LIGHT, self.language, &mut self.rng).0;
        let mut drafts: Vec<Draft> =
            self.placed(section, question, &wh.question, named(how), wh.answer.clone(), (group, kind)).into_iter().collect();
        let tries = (0..REWORDINGS).map(|_| reword(&spoken, self.preset.exchange, self.language, &mut self.rng));
        let best =
            tries.map(|(question, exchanged)| (overlap(&question, sentence), exchanged, question)).min_by_key(|((shared, _), ..)| *shared);
        if let Some(((shared, all), 1.., question)) = best
            && shared * 3 <= all
            && !STRANDED.contains(&wh.rule)
        {
            let kind = (Group::Paraphrase, Kind::Paraphrase);
            drafts.extend(self.placed(section, question, &wh.question, named("reworded"), wh.answer.clone(), kind));
        }
        drafts
    }

    /// Questions in the order of the sentence.
    pub(super) fn in_place(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let sound: Vec<Wh> = in_place(sentence, self.language).into_iter().filter(|wh| self.is_sound(wh, sentence)).collect();
        let family = |rule: &str, split: &str| format!("corpus/{rule}-{split}");
        let split = split_name(self.split);
        let made = sound.into_iter().filter_map(|wh| {
            self.placed(section, wh.question.clone(), &wh.question, family(wh.rule, split), wh.answer, (Group::InPlace, Kind::Natural))
        });
        made.collect()
    }

    /// A question with the name of its place where it needs one; none if it needs one and there is none. How much it tells is judged by its
    /// wording and by that in the words of the text.
    pub(super) fn placed(
        &mut self,
        section: &Section,
        question: String,
        told: &str,
        family: String,
        answer: Range<usize>,
        (group, kind): (Group, Kind),
    ) -> Option<Draft> {
        let plain = question.replace('`', if self.rng.random_bool(0.5) { "" } else { "`" });
        let telegraphic = !plain.ends_with('?');
        let telling = self.scout.telling(told).min(self.scout.telling(&plain)) >= self.preset.telling;
        let place = self.place(section, &plain);
        let (question, family, swap) = match place.filter(|_| !telling || self.rng.random_bool(NAMED_ANYWAY)) {
            Some(place) => {
                let bare = plain.trim_end_matches('?');
                let last = bare.rsplit(' ').next().unwrap_or_default().to_lowercase();
                let preset = self.preset;
                let contexts = match () {
                    () if telegraphic => &preset.contexts_short,
                    () if self.language.is(Class::Preposition, &last) => &preset.contexts_before,
                    () => &preset.contexts,
                };
                let (form, context) = self.form(contexts, "context")?;
                let bare = if form.starts_with("{q}") || form.contains(": {q}") { bare.to_owned() } else { uncapitalised(bare) };
                let at = context.rsplit('-').next().unwrap_or_default().to_owned();
                let swap = swap_in(&bare).filter(|_| self.rng.random_bool(0.6)).unwrap_or(Swap::Title(place.clone()));
                (form.replace("{q}", &bare).replace("{t}", &place), format!("{family}+{at}"), Some(swap))
            }
            None if !telling => {
                self.drop(Reason::TooVague, &plain);
                return None;
            }
            None => {
                let swap = swap_in(&plain);
                (plain, family, swap)
            }
        };
        let question = typed(question, &mut self.rng);
        let swap = swap.filter(|swap| question.contains(swap.text()));
        let style = if telegraphic { Style::Keywords } else { Style::Question };
        Some(Draft { group, kind, style, question, family, answer, swap })
    }

    /// The title or heading that tells where a question belongs, if it says something the question does not.
    fn place(&mut self, section: &Section, question: &str) -> Option<String> {
        let heading = section.heading_path.iter().rev().map(String::as_str).find(|heading| (1..=2).contains(&self.scout.headings(heading)));
        let known = content_stems(question);
        let heading = heading.map(|text| text.trim_end_matches([':', '.', '?', '#']).trim().replace('"', "'"));
        let mut places: Vec<String> = self.title(section).into_iter().chain(heading).collect();
        let says = |place: &String| {
            let words = content_stems(place);
            (4..=80).contains(&place.chars().count())
                && !words.is_empty()
                && !words.is_subset(&known)
                && !place.contains("&#")
                && !place.contains(['{', '}', '<', '>', '|', '`', '‘', '“'])
                && !place.starts_with('\'')
        };
        places.retain(says);
        places.choose(&mut self.rng).cloned()
    }

    /// The title of a section's document, or the words of its file's name; none if other documents have it too.
    pub(super) fn title(&self, section: &Section) -> Option<String> {
        let title = match &section.title {
            Some(title) => (self.scout.titles(title) == 1).then(|| title.trim_end_matches([':', '.', '?', '#']).trim().replace('"', "'")),
            None => Path::new(&section.path).file_stem().and_then(|stem| stem.to_str()).map(spoken),
        };
        title.filter(|title| (4..=90).contains(&title.chars().count()))
    }
}

/// A wording around a piece of a question: `{x}` is the piece, `{X}` the same at the start of a sentence.
fn filled(form: &str, text: &str) -> String {
    let capital: String = text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect();
    form.replace("{X}", &capital).replace("{x}", text)
}

/// The words of a file name: "0001-private-fields" gives "private fields".
fn spoken(stem: &str) -> String {
    let words: Vec<&str> =
        stem.split(['-', '_', ' ', '.']).filter(|word| !word.is_empty() && !word.chars().all(char::is_numeric)).collect();
    words.join(" ")
}

/// Whether a question asks what a named thing or a kind of thing is, and the answer says it.
fn defines(wh: &Wh, answer: &str) -> bool {
    let asked = wh.question.strip_prefix("What is ").or(wh.question.strip_prefix("What are "));
    let term = asked.is_some_and(|term| term.starts_with(|c: char| c.is_uppercase()) || term.starts_with("a ") || term.starts_with("an "));
    let says = answer.starts_with("a ") || answer.starts_with("an ") || answer.starts_with("the ");
    wh.rule == "means" || (wh.rule == "complement" && term && says && answer.split(' ').count() >= 4)
}

/// What of a question a near miss may exchange: a number first, then a name.
fn swap_in(question: &str) -> Option<Swap> {
    let spans = answer_spans(question);
    let number = words(question).map(|range| &question[range]).find(|word| word.chars().all(char::is_numeric) && word.len() >= 2);
    let name = spans
        .iter()
        .find(|(kind, range)| matches!(kind, Span::Name | Span::Term) && range.start > 0)
        .map(|(_, range)| question[range.clone()].to_owned());
    number.map(|number| Swap::Number(number.to_owned())).or(name.map(Swap::Name))
}

fn uncapitalised(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect()
}
