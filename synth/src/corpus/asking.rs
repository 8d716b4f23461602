//! Well-formed wh-questions from a cut clause: for the subject, the object, each adjunct, the complement, the number in it, the whole verb
//! phrase. Auxiliary first, then the subject, then the rest, as English asks.

mod adjunct;
mod advice;
mod existential;
mod predicate;
#[cfg(test)]
mod tests;
mod whole;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::clause::{Clause, Part, Token, head, is_plural};
use super::language::{Class, Language};
use super::phrases::is_person;
use super::sentences::pattern;
pub(super) use existential::counted;

/// A question and where its answer stands in the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wh {
    pub question: String,
    /// Bytes of the sentence.
    pub answer: Range<usize>,
    /// Which rule, part of the template family.
    pub rule: &'static str,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:about|around|over|only|exactly|nearly|some|at least|at most|up to|more than|less than) )?(?P<n>\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|(?:a|one) hundred) (?P<u>[a-z-]+s|people|men|women|children|percent|per cent)\b",
    )
});
static MONEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:about |over |up to )?[$€£]\d"));

/// Asks about one clause of a sentence.
pub(super) struct Asker<'a> {
    pub sentence: &'a str,
    pub clause: &'a Clause,
    pub language: &'a Language,
    /// A phrase as it stands inside a sentence: its first word in small letters unless it is a name.
    pub inner: &'a dyn Fn(&str) -> String,
    /// Whether adjuncts that are not asked for are left out.
    pub brief: bool,
    out: Vec<Wh>,
}

impl<'a> Asker<'a> {
    pub fn new(sentence: &'a str, clause: &'a Clause, language: &'a Language, inner: &'a dyn Fn(&str) -> String) -> Self {
        Self { sentence, clause, language, inner, brief: false, out: Vec::new() }
    }

    /// Every question the rules give.
    pub fn all(mut self) -> Vec<Wh> {
        if !self.clause.imperative {
            self.subject();
            self.apposition();
            if self.leans_on_pronoun() {
                return self.out;
            }
        }
        // "Add a keyword" may be a plan as well as an order: only one that speaks to its reader is asked about piece by piece.
        let spoken = !self.clause.imperative || self.speaks();
        if spoken {
            if self.clause.copula {
                self.complement()
            } else {
                self.object()
            }
            self.particle();
        }
        for number in 0..self.clause.parts.len() {
            let part = self.clause.parts[number].clone();
            let at_verb = number == 0 && self.clause.particle.is_some() && !self.is_time(&part);
            let case = matches!(part.opener.as_str(), "if" | "when" | "unless" | "to" | "by" | "within" | "before" | "after");
            if !part.opener.is_empty() && !at_verb && (spoken || case) {
                self.adjunct(&part, Some(number));
            }
        }
        if let Some(front) = &self.clause.front {
            self.adjunct(front, None);
        }
        if self.is_advice() {
            self.advice();
        }
        if !self.clause.imperative {
            self.action();
            self.consequence();
        }
        self.out
    }

    /// Whether a sentence names its reader.
    fn speaks(&self) -> bool {
        self.clause.tokens.iter().any(|token| matches!(token.lower.as_str(), "you" | "your" | "yourself" | "please"))
    }

    fn add(&mut self, rule: &'static str, words: &[&str], answer: Option<Range<usize>>) {
        let Some(answer) = answer else { return };
        let joined = words.iter().flat_map(|text| text.split_whitespace()).collect::<Vec<_>>().join(" ");
        let question = format!("{}?", joined.trim_end_matches([',', '.', ';', ':', ' ']));
        let first: String = question.chars().take(1).flat_map(char::to_uppercase).chain(question.chars().skip(1)).collect();
        self.out.push(Wh { question: first, answer, rule });
    }

    fn text(&self, tokens: &Range<usize>) -> &'a str {
        self.clause.text(self.sentence, tokens)
    }

    fn bytes(&self, tokens: &Range<usize>) -> Option<Range<usize>> {
        self.clause.bytes(tokens).filter(|_| tokens.len() <= 25)
    }

    fn words(&self, tokens: &Range<usize>) -> &'a [Token] {
        &self.clause.tokens[tokens.clone()]
    }

    fn subject_text(&self) -> String {
        if self.clause.imperative || self.is_addressed() {
            return "you".to_owned();
        }
        (self.inner)(self.text(&self.clause.subject))
    }

    fn leans_on_pronoun(&self) -> bool {
        let first = self.clause.lower(self.clause.subject.start);
        let lone = self.clause.subject.len() == 1 && self.language.is(Class::Pronoun, first) && !matches!(first, "we" | "you");
        lone || matches!(
            first,
            "this"
                | "these"
                | "those"
                | "there"
                | "such"
                | "another"
                | "that"
                | "no"
                | "each"
                | "nothing"
                | "none"
                | "all"
                | "some"
                | "most"
                | "others"
        )
    }

    /// The parts after the verb that stay in a question, without this one.
    fn kept(&self, without: Option<usize>) -> String {
        let stays = |(number, part): &(usize, &Part)| {
            // What says where or what with may belong to the verb: "puts the forms into the box".
            let loose =
                matches!(part.opener.as_str(), "by" | "during" | "before" | "after" | "since" | "until" | "via" | "using" | "without");
            let spare = self.brief && *number > 0 && (loose || self.is_time(part));
            Some(*number) != without && !is_clause_opener(&part.opener) && !spare
        };
        self.clause.parts.iter().enumerate().filter(stays).map(|(_, part)| self.text(&part.tokens)).collect::<Vec<_>>().join(" ")
    }

    /// Who, what, or which of a kind.
    fn wh(&self, tokens: &Range<usize>) -> String {
        let phrase = self.words(tokens);
        let text = self.text(tokens);
        let at = head(phrase, self.language);
        let Some(noun) = phrase.get(at) else { return "What".to_owned() };
        if phrase.first().is_some_and(|first| first.lower.ends_with("ing")) {
            return "What".to_owned();
        }
        let honorific = phrase.first().is_some_and(|first| self.language.is(Class::Honorific, &first.lower));
        let plural = is_plural(phrase, self.language);
        // "The package manager" is a program, "the manager" is none.
        let before = at.checked_sub(1).map(|before| &phrase[before]);
        let led = before.is_some_and(|word| !word.capital && !self.language.is_closed(&word.lower));
        let person =
            self.language.is(Class::Person, &noun.lower) && !(led && self.language.is(Class::Program, noun.lower.trim_end_matches('s')));
        if is_person(text) || honorific || person && !plural {
            return "Who".to_owned();
        }
        let code = noun.lower.contains(['`', '_', '.', '/']) || noun.lower.chars().any(char::is_numeric);
        let modified = at > usize::from(self.language.is(Class::Determiner, &phrase[0].lower));
        let noun_like = !noun.capital
            && !code
            && noun.lower.len() > 2
            && !self.language.is(Class::Empty, &noun.lower)
            && !noun.lower.ends_with("ing")
            && !noun.lower.contains('-')
            && !noun.lower.ends_with("ly")
            && !self.language.is(Class::Adverb, &noun.lower)
            && !matches!(noun.lower.as_str(), "here" | "there" | "above" | "below");
        if plural && person {
            return "Who".to_owned();
        }
        if noun_like && modified && noun_like_end(&noun.lower) && phrase.iter().all(|token| !matches!(token.lower.as_str(), "and" | "or")) {
            format!("Which {}", noun.lower)
        } else {
            "What".to_owned()
        }
    }
}

/// Whether a word does not end as an adjective does.
fn noun_like_end(word: &str) -> bool {
    !["able", "ible", "ful", "ous", "ive", "ical", "less", "cient", "est"].iter().any(|end| word.ends_with(end))
}

/// Words that open a clause of its own, which a question about the main clause does not need.
fn is_clause_opener(opener: &str) -> bool {
    matches!(opener, "because" | "if" | "when" | "unless" | "although" | "while" | "until" | "so" | "whereas" | "where")
}

fn lowered(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
