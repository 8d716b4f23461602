//! The verb group of a clause: the auxiliary a question begins with, and the words that stay behind its subject.

use super::super::language::{Class, Form, Language};
use super::{Clause, is_plural};

impl Clause {
    /// Reads the verb group that starts where `group` does.
    pub(super) fn verbs(&mut self, language: &Language) -> Option<()> {
        let at = self.group.start;
        let first = self.lower(at).to_owned();
        if !language.is_auxiliary(&first) {
            let (auxiliary, verb) = match (language.verb(&first, Form::Third), language.verb(&first, Form::Past)) {
                (Some(verb), _) => ("does", verb),
                (_, Some(verb)) if language.verb(&first, Form::Base).is_none() || verb.base == verb.past && !self.is_plural(language) => {
                    ("did", verb)
                }
                _ => ("do", language.verb(&first, Form::Base)?),
            };
            (self.auxiliary, self.verb) = (auxiliary.to_owned(), verb.base.clone());
            self.group = at..at + 1;
            self.chain(language);
            return Some(());
        }
        let mut end = at + 1;
        let mut words: Vec<&str> = Vec::new();
        if first == "cannot" || first.ends_with("n't") {
            words.push("not");
        }
        let mut main = false;
        while let Some(token) = self.tokens.get(end).filter(|_| !self.tokens[end - 1].after.contains([',', ';', ':', '('])) {
            let word = token.lower.as_str();
            let helper = matches!(word, "be" | "been" | "being" | "have");
            let adverb = language.is(Class::Adverb, word) || (word.ends_with("ly") && word.len() > 4);
            let after_be = words.iter().any(|word| matches!(*word, "be" | "been" | "being")) || language.is(Class::Be, &first);
            let verb = if after_be {
                language.is_participle(word) || language.verb(word, Form::Gerund).is_some()
            } else if language.is(Class::Have, &first) || words.contains(&"have") {
                language.is_participle(word)
            } else {
                language.verb(word, Form::Base).is_some()
            };
            let has_next = self.tokens.get(end + 1).is_some() && !token.after.contains([',', ';', ':']);
            if helper || (adverb && has_next) {
                words.push(word);
                end += 1;
            } else if verb && !main {
                main = true;
                self.passive = after_be && language.is_participle(word);
                words.push(word);
                end += 1;
                break;
            } else {
                break;
            }
        }
        // Adverbs at the end of a group without a main verb belong to the complement.
        while !main && words.last().is_some_and(|word| !matches!(*word, "be" | "been" | "being" | "have" | "not")) {
            words.pop();
            end -= 1;
        }
        let be = language.is(Class::Be, &first) || words.contains(&"be") || words.contains(&"been");
        self.copula = !main && be;
        if !main && !be && !language.is(Class::Have, &first) {
            return None;
        }
        self.auxiliary = positive(&first).to_owned();
        if !main && !be {
            // "has" as a verb of its own, which needs an object.
            if language.is(Class::Preposition, self.lower(end)) {
                return None;
            }
            self.auxiliary = match positive(&first) {
                "has" => "does",
                "had" => "did",
                _ => "do",
            }
            .to_owned();
            words.push("have");
        }
        self.verb = words.join(" ");
        self.group = at..end;
        self.chain(language);
        Some(())
    }

    /// "need to submit" and "are required to submit" are one group.
    fn chain(&mut self, language: &Language) {
        let (last, to, next) = (self.verb.rsplit(' ').next().unwrap_or_default(), self.group.end, self.group.end + 1);
        let base = language.verb(self.lower(next), Form::Base).is_some() && self.tokens[to - 1].after.is_empty();
        if language.is(Class::Chain, last) && self.lower(to) == "to" && base {
            self.verb = format!("{} to {}", self.verb, self.lower(next));
            self.group.end = next + 1;
            self.passive = false;
        }
    }

    pub(super) fn is_base(&self, at: usize, language: &Language) -> bool {
        let word = self.lower(at);
        matches!(word, "be" | "have" | "do" | "not") || language.verb(word, Form::Base).is_some()
    }

    fn is_plural(&self, language: &Language) -> bool {
        is_plural(&self.tokens[self.subject.clone()], language)
    }
}

/// An auxiliary without its "not".
fn positive(auxiliary: &str) -> &str {
    match auxiliary {
        "cannot" | "can't" => "can",
        "won't" => "will",
        _ => auxiliary.strip_suffix("n't").unwrap_or(auxiliary),
    }
}
