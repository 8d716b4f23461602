//! Questions about a whole action: who does it, what must be done, what happens if something else does.

use super::super::clause::{Part, Token, head, is_plural};
use super::super::language::{Class, Form};
use super::super::phrases::is_person;
use super::{Asker, is_clause_opener, lowered};

impl Asker<'_> {
    /// Who or what does it?
    pub(super) fn subject(&mut self) {
        let clause = self.clause;
        let phrase = self.words(&clause.subject);
        let determiner = self.language.is(Class::Determiner, &phrase[0].lower);
        let pointing = phrase.iter().any(|token| self.language.is(Class::Pointing, &token.lower)) || self.leans_on_pronoun();
        let named = phrase
            .iter()
            .skip(usize::from(determiner || clause.subject.start == 0))
            .any(|token| token.capital || token.lower.contains('`'));
        let telling = named || phrase.len() >= 2 + usize::from(determiner);
        let pronoun = phrase.len() == 1 && self.language.is(Class::Pronoun, &phrase[0].lower);
        let end = clause.parts.last().map_or(clause.group.end, |part| part.tokens.end);
        let reflexive = phrase.iter().any(|token| token.lower.ends_with("self") || token.lower.ends_with("selves"));
        let bracketed = phrase.iter().any(|token| token.before.contains('('));
        let judged = clause.copula && clause.parts.first().is_some_and(|part| clause.lower(part.tokens.start) == "that");
        // "A simple example is X", "Gone were the days".
        let empty = |token: &Token| self.language.is(Class::EmptyTerm, &token.lower);
        let vague = clause.copula && phrase.get(head(phrase, self.language)).is_some_and(empty) && !named
            || phrase.len() == 1 && self.language.verb(&phrase[0].lower, Form::Participle).is_some();
        if vague
            || judged
            || reflexive
            || bracketed
            || pointing
            || pronoun
            || !telling
            || end - clause.group.end < 2
            || end - clause.group.start > 24
        {
            return;
        }
        let wh = self.wh(&clause.subject);
        let plural = is_plural(phrase, self.language);
        let group = self.text(&clause.group).to_owned();
        let verb = match clause.auxiliary.as_str() {
            // "Who use" wants the singular, "Which compilers use" the plural.
            "do" if clause.group.len() == 1 && !wh.starts_with("Which") => {
                self.language.verb(&clause.verb, Form::Base).map_or(group, |verb| verb.third.clone())
            }
            _ if plural && !wh.starts_with("Which") => {
                let mut words = group.split(' ');
                let singular = match words.next() {
                    Some("are") => "is",
                    Some("were") => "was",
                    Some("have") => "has",
                    Some(other) => other,
                    None => "",
                };
                std::iter::once(singular).chain(words).collect::<Vec<_>>().join(" ")
            }
            _ => group,
        };
        let rest = self.text(&(clause.group.end..end));
        let front = clause.front.as_ref().filter(|front| !is_clause_opener(&front.opener)).map_or("", |front| self.text(&front.tokens));
        let front = lowered(front);
        self.add("subject", &[&wh, &verb, rest, &front], self.bytes(&clause.subject));
    }

    /// "X, the Y of Z, ..."
    pub(super) fn apposition(&mut self) {
        let Some(apposition) = &self.clause.apposition else { return };
        let subject = &self.clause.subject;
        let named = self.words(subject).iter().all(|token| token.capital) && subject.len() <= 5;
        if named && apposition.len() >= 3 {
            let who = if is_person(self.text(subject)) { "Who is" } else { "What is" };
            let described = self.text(apposition);
            self.add("apposition_name", &[who, described], self.bytes(subject));
            self.add("apposition", &[who, self.text(subject)], self.bytes(apposition));
        }
    }

    /// "... must do X": what must they do?
    pub(super) fn action(&mut self) {
        let clause = self.clause;
        let modal = matches!(clause.auxiliary.as_str(), "must" | "should" | "may" | "can" | "shall" | "will" | "would" | "could");
        let end =
            clause.parts.iter().take_while(|part| !is_clause_opener(&part.opener)).last().map_or(clause.group.end, |part| part.tokens.end);
        if !modal
            || clause.copula
            || clause.passive
            || clause.verb.starts_with("not")
            || end < clause.group.start + 4
            || end - clause.group.start > 24
        {
            return;
        }
        let subject = self.subject_text();
        let conditional = |part: &&Part| matches!(part.opener.as_str(), "if" | "when" | "before" | "after" | "unless" | "to" | "in");
        let condition = clause
            .front
            .as_ref()
            .filter(conditional)
            .or_else(|| clause.parts.iter().find(|part| matches!(part.opener.as_str(), "if" | "when" | "unless")));
        let condition = condition.map(|part| lowered(self.text(&part.tokens))).unwrap_or_default();
        let answer = self.bytes(&(clause.group.start + 1..end));
        if condition.is_empty() && clause.subject.len() < 3 {
            return;
        }
        self.add("action", &["What", &clause.auxiliary, &subject, "do", &condition], answer);
    }

    /// "If A, B": what happens if A?
    pub(super) fn consequence(&mut self) {
        let clause = self.clause;
        let part = clause
            .front
            .iter()
            .chain(&clause.parts)
            .find(|part| matches!(part.opener.as_str(), "if" | "when" | "unless") && part.tokens.len() >= 4);
        let Some(part) = part else { return };
        if clause.lower(part.tokens.start + 1).ends_with("ing") {
            return;
        }
        // "Check if it works" tells none either.
        let before = part.tokens.start.checked_sub(1).map_or("", |at| clause.lower(at));
        if self.language.verb(before, Form::Base).is_some() {
            return;
        }
        // "A reason is when ..." tells no consequence.
        if clause.copula && clause.parts.first() == Some(part) {
            return;
        }
        let end = clause.parts.iter().take_while(|other| *other != part).last().map_or(clause.group.end, |last| last.tokens.end);
        // "it finds" of "it finds and runs the module".
        let torn = matches!(clause.lower(end), "and" | "or");
        let answer = self.bytes(&(clause.subject.start..end)).filter(|_| end - clause.subject.start >= 4 && !torn);
        let condition = lowered(self.text(&part.tokens));
        self.add("what_happens", &["What happens", &condition], answer);
    }
}
