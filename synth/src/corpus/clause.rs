//! The main clause of an English sentence, cut into subject, verb group and what follows, by closed word classes and verb forms alone.
//! Refuses what it does not understand: a lost sentence costs one question, a wrong cut makes a bad one.

mod parts;
mod subject;
mod token;
mod verbs;

use std::ops::Range;

use super::language::{Class, Form, Language};
use subject::{opener, subject};
pub(super) use token::{Token, head, is_plural, tokens};

/// Something after the verb group: an object, or an adjunct with the word that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The preposition, conjunction or "to" in small letters; empty for an object or complement.
    pub opener: String,
    /// Tokens, with the opener.
    pub tokens: Range<usize>,
}

/// A main clause; token numbers refer to the sentence's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub tokens: Vec<Token>,
    /// What stands before the subject: "In 1998", "If the test fails".
    pub front: Option<Part>,
    pub subject: Range<usize>,
    /// Appositive after the subject, between commas.
    pub apposition: Option<Range<usize>>,
    /// The first verb: an auxiliary in small letters, or do, does, did.
    pub auxiliary: String,
    /// Verb words after the auxiliary in a question ("not be used", "release"); empty where "be" is the only verb.
    pub verb: String,
    /// Tokens of the whole verb group as it stands.
    pub group: Range<usize>,
    /// Whether the verb group ends in a participle after a form of "be".
    pub passive: bool,
    /// Whether "be" (or "be" after a modal) is the only verb.
    pub copula: bool,
    /// Whether it tells the reader to do something; the subject is empty then.
    pub imperative: bool,
    /// A preposition that belongs to the verb.
    pub particle: Option<usize>,
    pub parts: Vec<Part>,
}

impl Clause {
    /// The main clause of a sentence, if its build is one of the plain ones.
    pub fn parse(sentence: &str, language: &Language) -> Option<Self> {
        let all = tokens(sentence);
        let (front, at) = front(&all, sentence, language)?;
        // "Start the meeting" is an order, whatever follows.
        let ordered = all.get(at + 1).is_some_and(|next| {
            matches!(next.lower.as_str(), "the" | "a" | "an" | "your" | "our" | "these" | "this" | "you" | "we" | "i" | "they")
        });
        if ordered && all.get(at).is_some_and(|first| language.verb(&first.lower, Form::Base).is_some()) {
            return None;
        }
        // No subject begins with a word that is a verb only.
        let verbal = all.get(at).is_some_and(|first| {
            language.verb(&first.lower, Form::Base).is_some() && !language.is(Class::Doubtful, &first.lower) && all.len() > at + 1
        });
        let numbered =
            all.get(at + 1).is_some_and(|next| next.lower.starts_with(|c: char| c.is_ascii_digit()) || language.is_auxiliary(&next.lower));
        if verbal && !numbered {
            return None;
        }
        let (subject, apposition, verb_at) = subject(&all, at, language)?;
        let mut clause = Self::begin(all, front, subject, verb_at);
        clause.apposition = apposition;
        clause.verbs(language)?;
        // "may execute, in connection with the sale, documents": the object is further off than anything here looks for.
        if clause.group.end < clause.tokens.len() && clause.tokens[clause.group.end - 1].after.contains(',') {
            return None;
        }
        clause.rest(language)?;
        (!clause.is_broken(sentence)).then_some(clause)
    }

    /// Whether a dash stands inside the clause: what is before it and what is behind it may be two sentences, or a heading and a sentence.
    fn is_broken(&self, sentence: &str) -> bool {
        let first = self.front.as_ref().map_or(self.subject.start, |front| front.tokens.start);
        let last = self.parts.last().map_or(self.group.end, |part| part.tokens.end);
        let text = self.text(sentence, &(first..last));
        let number = |c: Option<char>| c.is_some_and(char::is_numeric);
        let joins = |(at, _): (usize, &str)| !number(text[..at].chars().last()) || !number(text[at..].chars().nth(1));
        text.contains(['—', '\u{2015}']) || text.contains(" - ") || text.contains("--") || text.match_indices('–').any(joins)
    }

    /// The main clause of a sentence that tells the reader what to do: "To register, send the form to the clerk". Read as if it began with
    /// "you should".
    pub fn instruction(sentence: &str, language: &Language) -> Option<Self> {
        let all = tokens(sentence);
        let (front, mut at) = front(&all, sentence, language)?;
        while matches!(all.get(at)?.lower.as_str(), "please" | "then" | "always" | "simply" | "just" | "also" | "next" | "first") {
            at += 1;
        }
        let (verb, next) = (all.get(at)?, all.get(at + 1)?);
        let known = language.verb(&verb.lower, Form::Base)?;
        let opens_object = language.is(Class::Determiner, &next.lower)
            || matches!(next.lower.as_str(), "your" | "our" | "it" | "them" | "with" | "us")
            || next.capital
            || next.lower.starts_with(|c: char| !c.is_alphabetic());
        let noun = language.is(Class::Doubtful, &verb.lower) && !opens_object;
        let second = all.get(at + 2).map_or("", |token| token.lower.as_str());
        let finite = language.is_auxiliary(&next.lower) || language.is_auxiliary(second) && !language.is(Class::Relative, &next.lower);
        // "Say you have two of them" is no order.
        let supposes = matches!(next.lower.as_str(), "you" | "we" | "i" | "they" | "he" | "she");
        let joined = supposes || !verb.after.is_empty() || matches!(next.lower.as_str(), "and" | "or");
        if noun || finite || joined || language.is_auxiliary(&verb.lower) || verb.capital && at > 0 && front.is_some() {
            return None;
        }
        let base = known.base.clone();
        let mut clause = Self::begin(all, front, at..at, at);
        (clause.auxiliary, clause.verb, clause.imperative) = ("should".to_owned(), base, true);
        clause.rest(language)?;
        (!clause.is_broken(sentence)).then_some(clause)
    }

    fn begin(tokens: Vec<Token>, front: Option<Part>, subject: Range<usize>, verb_at: usize) -> Self {
        Self {
            tokens,
            front,
            subject,
            apposition: None,
            auxiliary: String::new(),
            verb: String::new(),
            group: verb_at..verb_at + 1,
            passive: false,
            copula: false,
            imperative: false,
            particle: None,
            parts: Vec::new(),
        }
    }

    /// The words of some tokens, with the marks between them.
    pub fn text<'a>(&self, sentence: &'a str, tokens: &Range<usize>) -> &'a str {
        let Some(bytes) = self.bytes(tokens) else { return "" };
        &sentence[bytes]
    }

    /// The bytes of some tokens; marks that close inside (quotes, brackets) at the ends are left out unless both are in.
    pub fn bytes(&self, tokens: &Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.tokens.get(tokens.start)?, self.tokens.get(tokens.end.checked_sub(1)?)?);
        (tokens.start < tokens.end).then(|| {
            let opened = first.before.chars().last().filter(|c| matches!(c, '"' | '“' | '('));
            let closed = last.after.chars().next().filter(|c| matches!(c, '"' | '”' | ')'));
            let both = opened.is_some() && closed.is_some();
            let inner_open = self.tokens[tokens.start + 1..tokens.end].iter().any(|token| token.before.contains('('));
            let start = first.range.start - if both { opened.map_or(0, char::len_utf8) } else { 0 };
            let end = last.range.end + if both || (inner_open && closed == Some(')')) { closed.map_or(0, char::len_utf8) } else { 0 };
            start..end
        })
    }

    pub fn lower(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.lower.as_str())
    }
}

/// What stands before the main clause ("In 1998,", "If the test fails,"), and the token the clause begins with.
fn front(all: &[Token], sentence: &str, language: &Language) -> Option<(Option<Part>, usize)> {
    let at = opener(all, sentence, language);
    let first = all.get(at)?.lower.clone();
    if !language.is(Class::Preposition, &first) && !language.is(Class::Subordinator, &first) {
        return Some((None, at));
    }
    let comma = (at..all.len()).find(|i| all[*i].after.contains(','))?;
    let lead = &sentence[all[at].range.start..all[comma].range.end];
    let closed = lead.matches('(').count() == lead.matches(')').count();
    closed.then(|| (Some(Part { opener: first, tokens: at..comma + 1 }), comma + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(sentence: &str) -> Option<(String, String, String, Vec<String>)> {
        let clause = Clause::parse(sentence, Language::get().unwrap())?;
        let parts = clause.parts.iter().map(|part| clause.text(sentence, &part.tokens).to_owned()).collect();
        Some((clause.text(sentence, &clause.subject).to_owned(), clause.auxiliary.clone(), clause.verb.clone(), parts))
    }

    #[test]
    fn plain_clauses_are_cut_into_subject_verb_and_rest() {
        let cases: [(&str, &str, &str, &str, &[&str]); 6] = [
            (
                "The committee publishes its minutes within two weeks.",
                "The committee",
                "does",
                "publish",
                &["its minutes", "within two weeks"],
            ),
            ("In 1998, the old bridge was replaced by a tunnel.", "the old bridge", "was", "replaced", &["by a tunnel"]),
            (
                "Ada Lovelace wrote a history of the valley in 1843.",
                "Ada Lovelace",
                "did",
                "write",
                &["a history of the valley", "in 1843"],
            ),
            ("However, members must not vote on their own pay.", "members", "must", "not vote", &["on their own pay"]),
            ("The parser has two modes.", "The parser", "does", "have", &["two modes"]),
            (
                "Compilers use the registers for local values because memory is slow.",
                "Compilers",
                "do",
                "use",
                &["the registers", "for local values", "because memory is slow"],
            ),
        ];
        for (sentence, subject, auxiliary, verb, parts) in cases {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(cut(sentence), Some((subject.into(), auxiliary.into(), verb.into(), parts)), "{sentence}");
        }
    }

    #[test]
    fn instructions_are_cut_like_other_clauses() {
        let language = Language::get().unwrap();
        let sentence = "To request leave, please send the form to your supervisor by Friday.";
        let clause = Clause::instruction(sentence, language).unwrap();
        let parts: Vec<&str> = clause.parts.iter().map(|part| clause.text(sentence, &part.tokens)).collect();
        assert_eq!((clause.verb.as_str(), clause.imperative), ("send", true));
        assert_eq!(parts, ["the form", "to your supervisor", "by Friday"]);
        for sentence in ["Report templates are in the folder.", "Access to the building is free.", "The form is sent."] {
            assert_eq!(Clause::instruction(sentence, language), None, "{sentence}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for sentence in ["The man who came to dinner stayed.", "Never mind.", "What a day!", "", "Yes"] {
            assert_eq!(cut(sentence), None, "{sentence}");
        }
    }
}
