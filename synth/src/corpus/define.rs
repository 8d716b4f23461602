//! Definitions as real text gives them: "X is a ...", "X means ...", glossary items, the first sentence under a heading; and what a named
//! thing is for. The question names the term, the defining words answer.

mod glossary;
mod predicate;

use std::ops::Range;
use std::sync::LazyLock;

use rand::Rng;
use records::{Kind, Section, Style};
use regex::Regex;

use super::clause::{head, tokens};
use super::language::{Class, Form};
use super::patterns::long_forms;
use super::phrases::{is_name, is_person, is_plain_subject, is_vague, lowered};
use super::preset::Group;
use super::rules::{Draft, Reader, Swap};
use super::sentences::{is_leaning, is_pointing, pattern};
use crate::filter::content_stems;
pub(super) use glossary::glossary_item;
use predicate::predicate;

/// Most words of a term, and fewest and most of a definition.
const TERM: usize = 6;
const DEFINITION: std::ops::RangeInclusive<usize> = 3..=40;
/// Chance that the term of a definition is asked for as well.
const BACKWARDS: f64 = 0.3;

static COPULA: LazyLock<Regex> = LazyLock::new(|| pattern(r" (?P<b>is|are|was|were) (?:an?|the|any|one of the|those|all) "));
static TERM_OF: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[Tt]he (?:term|phrase|word|name|abbreviation|acronym) |By )"));
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:This|It|The (?:module|tool|program|page|document|project|service|system|form|function|class|method|option|policy|guide|site)) is|These are|This (?:module|tool|program|page|document|project|service|system|form|function|class|method|option|policy|guide|site|section|PEP|RFC) (?:is|describes|explains|provides|proposes|specifies|introduces|defines|adds|allows|lets|helps|lists|shows)) (?P<rest>.+)$",
    )
});
/// A term with the place of its definition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Defined {
    /// As it stands inside a question.
    term: String,
    place: Range<usize>,
    answer: Range<usize>,
    plural: bool,
    /// Whether the answer tells what it is for rather than what it is.
    serves: bool,
}

impl Reader<'_> {
    /// Terms that a sentence defines, and abbreviations it spells out.
    pub(super) fn definitions(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let mut drafts = Vec::new();
        if let Some(defined) = self.defined(section, sentence) {
            drafts.extend(self.asked_for(&defined, sentence));
        }
        for (x, answer) in long_forms(sentence) {
            if let Some((form, family)) = self.form(&self.preset.expansions, "expansion") {
                let (question, swap, style) = (form.replace("{x}", &x), Some(Swap::Code(x)), Style::Question);
                drafts.push(Draft { group: Group::Definition, kind: Kind::Definition, style, question, family, answer, swap });
            }
        }
        drafts
    }

    /// The first sentence under a heading that names a thing: "Leave sharing" and "This is a programme that ...".
    pub(super) fn opening(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let heading = section.heading_path.last().filter(|heading| self.scout.headings(heading) == 1).cloned();
        let Some(name) = heading.or_else(|| self.title(section).filter(|_| section.section <= 1)) else { return Vec::new() };
        let name = name.trim_end_matches([':', '.', '#', '?']).trim().to_owned();
        let Some(found) = OPENING.captures(sentence) else { return Vec::new() };
        let first = name.split(' ').next().unwrap_or_default().to_lowercase();
        let acts = self.language.verb(&first, Form::Base).is_some() || first.ends_with("ing") || self.language.is(Class::NoTerm, &first);
        let Some(rest) = found.name("rest").map(|rest| rest.start()) else { return Vec::new() };
        let copula = [" is ", " are "].iter().any(|copula| sentence[..rest].ends_with(copula));
        // "describes ..." is part of what it does.
        let from = if copula { rest } else { sentence[..rest - 1].rfind(' ').map_or(rest, |space| space + 1) };
        let is_thing = !copula || ["a ", "an "].iter().any(|article| sentence[rest..].starts_with(article));
        let plain = name.split(' ').count() <= TERM && !acts && !name.contains(['"', '{', '<', '|']) && !content_stems(&name).is_empty();
        if !plain || !is_thing || is_vague(&sentence[rest..]) {
            return Vec::new();
        }
        let answer = from..from + predicate(&sentence[from..]).len();
        let defined = Defined { term: self.inside(&name), place: 0..0, answer, plural: false, serves: !copula };
        self.asked_for(&defined, sentence).into_iter().collect()
    }

    fn asked_for(&mut self, defined: &Defined, sentence: &str) -> Vec<Draft> {
        let (group, kind) = (Group::Definition, Kind::Definition);
        let preset = self.preset;
        let person = !defined.serves && self.is_person(&defined.term, &sentence[defined.answer.clone()]);
        let (families, what) = match () {
            () if person => (&preset.persons, "person"),
            () if defined.serves => (&preset.serving, "serving"),
            () => (&preset.definitions, "definition"),
        };
        let mut drafts = Vec::new();
        if let Some((form, family)) = self.form(families, what) {
            let form = if defined.plural { plural(&form) } else { form };
            let style = if form.ends_with('?') { Style::Question } else { Style::Request };
            let (question, swap) = (form.replace("{x}", &defined.term), Some(Swap::Term(defined.term.clone())));
            drafts.push(Draft { group, kind, style, question: capital(&question, &form), family, answer: defined.answer.clone(), swap });
        }
        let said = sentence[defined.answer.clone()].trim_end_matches('.');
        let backwards =
            !person && !defined.serves && !defined.plural && !defined.place.is_empty() && (5..=18).contains(&said.split(' ').count());
        let indefinite = said.starts_with("a ") || said.starts_with("an ");
        if backwards
            && indefinite
            && self.rng.random_bool(BACKWARDS)
            && let Some((form, family)) = self.form(&preset.named, "named")
        {
            let question = capital(&form.replace("{x}", said), &form);
            let style = Style::Question;
            drafts.push(Draft { group, kind, style, question, family, answer: defined.place.clone(), swap: None });
        }
        drafts
    }

    /// Whether a definition tells who somebody is.
    fn is_person(&self, term: &str, said: &str) -> bool {
        let phrase: Vec<_> = tokens(said).into_iter().take(12).collect();
        let noun = phrase.get(head(&phrase, self.language));
        let person = noun.is_some_and(|noun| self.language.is(Class::Person, &noun.lower));
        let person = person || phrase.iter().take(8).any(|token| token.lower == "who");
        let body = term.starts_with("the ") || term.starts_with("a ") || term.starts_with("an ") || term.starts_with(char::is_lowercase);
        !body && person && (term.split(' ').count() <= 3 || is_person(term))
    }

    /// What a sentence defines, and where.
    fn defined(&self, section: &Section, sentence: &str) -> Option<Defined> {
        let asking = &self.language.asking;
        let lead = TERM_OF.find(sentence).map_or(0, |found| found.end());
        let copula = COPULA
            .captures(sentence)
            .and_then(|found| Some((found.get(0)?.start(), found.name("b")?.end() + 1, &found["b"] == "are" || &found["b"] == "were")));
        let spoken = |words: &String| {
            let at = sentence.find(&format!(" {words} "))?;
            Some((at, at + words.len() + 2, words.starts_with("are ")))
        };
        let defines = asking.defining.iter().filter_map(spoken).min();
        let serves = asking.serving.iter().filter_map(spoken).min();
        let all = [copula.map(|at| (at, 0)), defines.map(|at| (at, 1)), serves.map(|at| (at, 2))];
        let ((at, from, plural), how) = all.into_iter().flatten().min()?;
        let before = sentence.get(lead..at)?;
        let mut term = before.trim_matches(['"', '“', '”', ',', ' ']);
        if let Some((name, bracket)) = term.split_once(" (") {
            term = if bracket.ends_with(')') { name } else { return None };
        }
        // What it is for: from its verb on.
        let from = if how == 2 { at + 1 } else { from };
        let said = predicate(&sentence[from..]);
        let enough = DEFINITION.contains(&said.split(' ').count());
        let judged = how == 0 && is_vague(said) || how == 1 && said.starts_with("that ");
        let quoted = before != term && before.starts_with(['"', '“']) || lead > 0;
        if !enough || judged || !self.is_term(section, term, how == 1, quoted, how == 2) {
            return None;
        }
        let start = lead + before.find(term)?;
        let term_place = start..start + term.len();
        let told = said.split([' ', '’', '\'']).next().unwrap_or_default().to_lowercase();
        let quote = said.matches('“').count() != said.matches('”').count() || said.matches('"').count() % 2 == 1;
        let pointing = is_pointing(&told) || matches!(told.as_str(), "not" | "no" | "also") || quote;
        (!pointing).then(|| Defined {
            term: self.inside(term),
            place: term_place,
            answer: from..from + said.len(),
            plural,
            serves: how == 2,
        })
    }

    /// Whether the words before a definition name one thing wherever they stand.
    fn is_term(&self, section: &Section, term: &str, strong: bool, quoted: bool, named_only: bool) -> bool {
        let words: Vec<&str> = term.split(' ').collect();
        let first = words[0].to_lowercase();
        let numbered = words.len() <= 2 && words.last().is_some_and(|last| last.chars().all(char::is_numeric));
        let clean =
            !term.contains(['—', '–', ',', ';', ':', '(', ')', '[', '<', '"', '“']) && !term.is_empty() && !first.contains(['’', '\'']);
        let clean = clean && !(numbered && self.language.is(Class::Label, &first));
        let gone = words.len() == 1 && self.language.is_participle(&first);
        if !clean
            || gone
            || words.len() > TERM
            || self.language.is(Class::NoTerm, &first)
            || is_leaning(&first) && first != "a" && first != "an"
        {
            return false;
        }
        let closing = words.last().is_some_and(|last| self.language.is_closed(&last.to_lowercase()));
        if closing || !quoted && words.len() > 1 && self.language.verb(&first, Form::Base).is_some() && !is_name(term) {
            return false;
        }
        let verbal = words
            .iter()
            .skip(1)
            .any(|word| self.language.is_auxiliary(&word.to_lowercase()) || matches!(*word, "that" | "which" | "who" | "to"));
        if quoted && !verbal && !content_stems(term).is_empty() {
            return true;
        }
        let heading = |name: &&String| {
            name.trim_end_matches([':', '.', '#']).eq_ignore_ascii_case(term.trim_start_matches("The ").trim_start_matches("A "))
        };
        let headed = section.heading_path.iter().chain(&section.title).any(|name| heading(&name));
        let article = matches!(words[0], "The" | "the");
        let indefinite = matches!(words[0], "A" | "An");
        let proper = is_name(term)
            || words.len() <= 2 && !article && !indefinite && words[0].starts_with(char::is_uppercase) && !self.scout.is_small(words[0]);
        let last = words.last().map_or("", |last| *last).to_lowercase();
        if self.language.is(Class::EmptyTerm, &last) {
            return false;
        }
        let bare = !article
            && (indefinite && words.len() <= 5 || words.len() <= 3)
            && !last.ends_with("ly")
            && last.chars().all(|c| c.is_alphanumeric() || c == '-');
        !verbal
            && is_plain_subject(term)
            && !content_stems(term).is_empty()
            && (headed || proper || !named_only && bare && (strong || indefinite || words.len() <= 2))
    }

    /// A term as it stands inside a question.
    fn inside(&self, term: &str) -> String {
        let first = term.split([' ', '-']).next().unwrap_or_default();
        let common = first.len() > 1 && first.chars().skip(1).all(char::is_lowercase) && self.scout.is_small(first);
        if common && !is_name(term) {
            return term.chars().take(1).flat_map(char::to_lowercase).chain(term.chars().skip(1)).collect();
        }
        lowered(term)
    }
}

fn plural(form: &str) -> String {
    [
        ("is it", "are they"),
        ("What is", "What are"),
        ("what is", "what are"),
        ("What's", "What are"),
        ("what's", "what are"),
        ("What does", "What do"),
        ("what does", "what do"),
        ("How is", "How are"),
        ("is {x}", "are {x}"),
    ]
    .iter()
    .fold(form.to_owned(), |form, (one, many)| form.replace(one, many))
}

/// The question with a capital if its form begins with the term and ends as a sentence does.
fn capital(question: &str, form: &str) -> String {
    if !form.starts_with('{') || !form.ends_with(['?', '.']) {
        return question.to_owned();
    }
    question.chars().take(1).flat_map(char::to_uppercase).chain(question.chars().skip(1)).collect()
}
