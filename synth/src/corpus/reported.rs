//! Sentences that report another: "The board noted that the fee is low." What is asked about the whole takes a part of the clause inside for an
//! object ("Which fee did the board note?") or for its own ("When did the board say the fee was raised?").

use std::sync::LazyLock;

use regex::Regex;

use super::clause::Clause;
use super::language::{Class, Language};
use super::sentences::pattern;

/// Who reports, the verb, and what is reported, with "that" or without it.
static REPORTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let language = Language::get().ok()?;
    let verbs = language.reporting.iter().map(|verb| regex::escape(verb)).collect::<Vec<_>>().join("|");
    Some(pattern(&format!(
        r"^\p{{Lu}}[\p{{L}}\p{{N}}.'’-]*(?: [\p{{L}}\p{{N}}.'’-]+){{0,6}}? (?:{verbs})(?P<that> that)? (?P<clause>[^?]+?)\.$"
    )))
});

/// Whether a sentence reports a clause; without "that" it may be a plain object: "The board noted the fee."
pub(super) fn is_reported(sentence: &str, language: &Language) -> bool {
    let found = REPORTED.as_ref().and_then(|rule| rule.captures(sentence));
    found.is_some_and(|found| {
        let clause = &found["clause"];
        let first = clause.split(' ').next().unwrap_or_default().to_lowercase();
        found.name("that").is_some() || language.is(Class::Pronoun, &first) || Clause::parse(clause, language).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reported_clause_is_told_from_an_object() {
        let language = Language::get().unwrap();
        for reported in [
            "The board noted that the fee is low.",
            "A. Bo clearly has said that the fee is low.",
            "It was agreed that the fee is waived.",
            "Ada thought the fee was low.",
            "The members agreed they would meet in May.",
        ] {
            assert!(is_reported(reported, language), "{reported}");
        }
        for plain in ["The board noted the fee.", "The board raised the fee in May.", "The board reported a loss in May."] {
            assert!(!is_reported(plain, language), "{plain}");
        }
    }
}
