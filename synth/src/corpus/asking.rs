//! Well-formed wh-questions from a cut clause: for the subject, the object, each adjunct, the complement, the number in it, the whole verb
//! phrase. Auxiliary first, then the subject, then the rest, as English asks.

mod adjunct;
mod advice;
mod existential;
mod predicate;
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
        if is_person(text) || honorific || (self.language.is(Class::Person, &noun.lower) && !plural) {
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
        if plural && self.language.is(Class::Person, &noun.lower) {
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

#[cfg(test)]
mod tests {
    use super::super::phrases;
    use super::*;

    fn asked(sentence: &str) -> Vec<(String, String)> {
        let language = Language::get().unwrap();
        let clause = Clause::parse(sentence, language).or_else(|| Clause::instruction(sentence, language));
        let Some(clause) = clause else { return Vec::new() };
        let wh = Asker::new(sentence, &clause, language, &|text| phrases::lowered(text)).all();
        wh.into_iter().map(|wh| (wh.question, sentence[wh.answer].to_owned())).collect()
    }

    #[test]
    fn clauses_become_questions_with_their_answers() {
        let cases = [
            ("Python 2.0 was released on October 16, 2000.", "When was Python 2.0 released?", "October 16, 2000"),
            ("The Forest Act was signed into law in 1906.", "When was the Forest Act signed into law?", "1906"),
            ("The Rust Survey is run by the Rust Survey Team.", "By whom is the Rust Survey run?", "the Rust Survey Team"),
            (
                "PEP 484 introduces a provisional module for type hints.",
                "Which module does PEP 484 introduce for type hints?",
                "a provisional module",
            ),
            (
                "Guido van Rossum created the language as a hobby project.",
                "Who created the language as a hobby project?",
                "Guido van Rossum",
            ),
            ("The JSON parser relies on a table of states.", "What does the JSON parser rely on?", "a table of states"),
            ("The linker doesn't support shared libraries.", "Which libraries does the linker not support?", "shared libraries"),
            ("The board has seven members.", "How many members does the board have?", "seven"),
            ("If the test fails, the author must open a new ticket.", "What must the author do if the test fails?", "open a new ticket"),
            (
                "If the test fails, the author must open a new ticket.",
                "What happens if the test fails?",
                "the author must open a new ticket",
            ),
            ("Ada Lovelace, the first programmer, wrote notes on the engine.", "Who is the first programmer?", "Ada Lovelace"),
            (
                "PEP 512 was withdrawn in part because nobody maintained the code.",
                "Why was PEP 512 withdrawn in part?",
                "nobody maintained the code",
            ),
            ("The default limit is 50 megabytes.", "How many megabytes is the default limit?", "50"),
            ("Employees can work from home for 3 weeks.", "For how long can you work from home?", "3 weeks"),
            ("You need to submit the report within 5 days.", "What do you need to submit within 5 days?", "the report"),
            ("You need to submit the report within 5 days.", "How soon do you need to submit the report?", "within 5 days"),
            (
                "You need to submit the report within 5 days.",
                "submit the report within 5 days",
                "You need to submit the report within 5 days",
            ),
            ("The guide consists of four chapters.", "Of how many chapters does the guide consist?", "four"),
            ("The parser calls resolve() for every name.", "What does the parser call for every name?", "resolve()"),
            ("The path bases are relative to the folder.", "Which bases are relative to the folder?", "The path bases"),
        ];
        for (sentence, question, answer) in cases {
            let all = asked(sentence);
            assert!(all.contains(&(question.to_owned(), answer.to_owned())), "{sentence}: {all:#?}");
        }
    }

    #[test]
    fn orders_and_rules_become_questions_of_those_they_speak_to() {
        let cases = [
            ("To request leave, send the form to your supervisor.", "request leave", "send the form to your supervisor"),
            ("If your badge is lost, you must call the security desk.", "your badge is lost", "you must call the security desk"),
            ("Contact the help desk if the screen stays black.", "if the screen stays black", "the help desk"),
            ("Use the blue form to report a change of address.", "report a change of address", "the blue form"),
            ("Employees may park their cars in the yard.", "park their cars in the yard", "Employees may park their cars in the yard"),
            ("Send the signed form to the payroll office.", "Where should you send the signed form to?", "the payroll office"),
        ];
        for (sentence, question, answer) in cases {
            let all = asked(sentence);
            assert!(all.contains(&(question.to_owned(), answer.to_owned())), "{sentence}: {all:#?}");
        }
    }

    #[test]
    fn what_belongs_together_is_not_torn_apart() {
        let whole = [
            ("The process can vary in length and include many tasks.", "vary"),
            ("The guide allows users to search for pages.", "Why does"),
            ("Send the most important page you want to convey first.", "convey first"),
            ("The team will consider whether checking for conformance is possible.", "checking for"),
            ("The board kept track of the costs.", "keep"),
            ("The wildcard pattern has no analogous expression.", "Which expression does"),
            ("Experience posters—The posters highlight our values.", ""),
            ("The second benefit is that it is fast.", ""),
            ("We listen to the staff and help agencies share the news.", "listen to the staff and"),
        ];
        for (sentence, part) in whole {
            let all = asked(sentence);
            assert!(all.iter().all(|(question, _)| !question.contains(part)), "{sentence}: {all:#?}");
        }
    }

    #[test]
    fn plans_are_not_asked_about_as_orders_are() {
        assert_eq!(asked("Add a new concept."), []);
        assert!(!asked("Add your name to the list.").is_empty());
    }

    #[test]
    fn pronouns_are_not_asked_about() {
        assert_eq!(asked("It was released in the spring of 1999."), []);
    }
}
