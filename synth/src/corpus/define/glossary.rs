//! Items of a glossary: lines with a term, a colon or dash, and what the term is.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::language::{Class, Form};
use super::super::rules::{Draft, Reader};
use super::super::sentences::pattern;
use super::super::table::GLOSSARY;
use super::predicate::predicate;
use super::{DEFINITION, Defined};

static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?P<x>[\p{L}\p{N}`“][^:.;!?]{1,50}?)(?:: | [–—-] )(?P<a>\S.+)$"));

impl Reader<'_> {
    /// An item of a glossary: "Term: what it is". `siblings` is the number of such lines in the section.
    pub(in crate::corpus) fn item(&mut self, line: &str, siblings: usize) -> Option<Draft> {
        let (x, answer) = glossary_item(line)?;
        let words: Vec<String> = x.split(' ').map(str::to_lowercase).collect();
        let numbered = words.len() <= 2 && words.last().is_some_and(|last| last.chars().all(char::is_numeric));
        let label = numbered || words.iter().any(|word| self.language.is(Class::Label, word.trim_matches(|c: char| !c.is_alphanumeric())));
        let text = &line[answer.clone()];
        let first = text.split(' ').next().unwrap_or_default().to_lowercase();
        let named = matches!(first.as_str(), "a" | "an" | "any") || self.language.verb(&first, Form::Third).is_some();
        // Minutes have speakers before their colons, and those speak in persons.
        let spoken = text.split(' ').any(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            matches!(word.as_str(), "i" | "we" | "you" | "our" | "your" | "my" | "me" | "us" | "i'm" | "it's" | "that's" | "please")
        });
        let spoken = spoken || text.contains(['?', '!', '“', '"']) || self.scout.labels(x) > 2;
        let acts = self.language.verb(&words[0], Form::Base).is_some() && !x.contains('`') || words[0].ends_with("ing");
        // "Provide a means ..." and "Pages can be ..." say what is done, not what a thing is.
        let sentence = text.starts_with(char::is_uppercase)
            && !matches!(first.as_str(), "a" | "an" | "the" | "any")
            && (self.language.verb(&first, Form::Base).is_some() || text.split(' ').any(|word| self.language.is_auxiliary(word)));
        // "A new extra can be added" is a sentence as well.
        let finite = text.split(' ').take(8).map(str::to_lowercase).take_while(|word| !self.language.is(Class::Relative, word));
        let sentence =
            sentence || text.starts_with(char::is_uppercase) && finite.into_iter().any(|word| self.language.is(Class::Modal, &word));
        let spoken = spoken || sentence || self.language.verb(&first, Form::Base).is_some() && !named;
        let told = DEFINITION.contains(&text.split(' ').count()) && text.split(' ').count() >= 4;
        if label
            || acts
            || spoken
            || !told
            || words.len() > 5
            || self.language.is(Class::NoTerm, &words[0])
            || !(named || siblings >= GLOSSARY)
        {
            return None;
        }
        let (term, plural) = (self.inside(&x.replace(['“', '”', '"'], "")), false);
        let serves = self.language.verb(&first, Form::Third).is_some();
        self.asked_for(&Defined { term, place: 0..0, answer, plural, serves }, line).into_iter().next()
    }
}

/// A line that looks like an item of a glossary: the term and the place of the first sentence about it.
pub(in crate::corpus) fn glossary_item(line: &str) -> Option<(&str, Range<usize>)> {
    let found = ITEM.captures(line)?;
    let (x, a) = (found.name("x")?.as_str(), found.name("a")?);
    let said = predicate(a.as_str());
    let plain = !x.contains([',', '|', '<', '{', '=', '/', '\\']) && !said.contains(['|', '<', '{']) && x.split(' ').count() <= 5;
    (plain && !said.is_empty()).then(|| (x.trim(), a.start()..a.start() + said.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_a_glossary_have_a_term_and_one_sentence() {
        let line = "Context manager: an object that sets up a context. It is old.";
        let (term, place) = glossary_item(line).unwrap();
        assert_eq!((term, &line[place]), ("Context manager", "an object that sets up a context"));
        assert_eq!(glossary_item("We met at 10:30 in the hall."), None);
    }
}
