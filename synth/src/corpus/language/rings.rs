//! Words and phrases that may take each other's place, by part of speech, and the nouns that name what verbs do.

use std::collections::HashMap;

use serde::Deserialize;

use super::verb::{Form, Verb, with_s};

/// `language/synonyms.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RingFile {
    verbs: Vec<String>,
    nouns: Vec<String>,
    adjectives: Vec<String>,
    phrases: Vec<String>,
}

/// `language/derivations.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DerivationFile {
    pairs: Vec<String>,
}

/// What a word must be for an exchange to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::corpus) enum Part {
    Verb(Form),
    Noun,
    Adjective,
    Phrase,
}

/// Exchanges by the words they start from, in small letters.
#[derive(Default)]
pub(super) struct Rings {
    exchanges: HashMap<String, Vec<(Part, String)>>,
    /// Gerund to noun and noun to gerund.
    acts: HashMap<String, String>,
}

const FORMS: [Form; 5] = [Form::Base, Form::Third, Form::Past, Form::Participle, Form::Gerund];

impl Rings {
    /// Verbs take each other's place in all forms, nouns in both numbers; `known` finds the forms of an irregular verb.
    pub fn new(file: &RingFile, derivations: &DerivationFile, known: impl Fn(&str) -> Option<Verb>) -> Self {
        let mut rings = Self::default();
        let verb = |entry: &str| known(entry.trim_end_matches('*')).unwrap_or_else(|| Verb::regular(entry));
        for (from, to) in file.verbs.iter().flat_map(|ring| pairs(ring)) {
            let ((from, after), (to, behind)) = (split(from), split(to));
            let (from, to) = (verb(from), verb(to));
            for form in FORMS {
                rings.add(Part::Verb(form), &format!("{}{after}", from.form(form)), format!("{}{behind}", to.form(form)));
            }
        }
        for (from, to) in file.nouns.iter().flat_map(|ring| pairs(ring)) {
            let plural = !from.ends_with('~') && !to.ends_with('~');
            let plain = |entry: &str| entry.trim_end_matches('~').replace('_', " ");
            let (from, to) = (plain(from), plain(to));
            if plural {
                rings.add(Part::Noun, &plural_of(&from), plural_of(&to));
            }
            rings.add(Part::Noun, &from, to);
        }
        for (from, to) in file.adjectives.iter().flat_map(|ring| pairs(ring)) {
            rings.add(Part::Adjective, &from.replace('_', " "), to.replace('_', " "));
        }
        for (from, others) in file.phrases.iter().filter_map(|ring| ring.split_once(" > ")) {
            others.split("; ").for_each(|to| rings.add(Part::Phrase, from, to.to_owned()));
        }
        for (base, noun) in derivations.pairs.iter().filter_map(|pair| pair.split_once(' ')) {
            let gerund = verb(base).gerund;
            if gerund != noun {
                rings.acts.insert(noun.to_owned(), gerund.clone());
                rings.acts.insert(gerund, noun.to_owned());
            }
        }
        rings
    }

    fn add(&mut self, part: Part, from: &str, to: String) {
        let known = self.exchanges.entry(from.to_owned()).or_default();
        if from != to && !known.contains(&(part, to.clone())) {
            known.push((part, to));
        }
    }

    pub fn exchanges(&self, phrase: &str) -> &[(Part, String)] {
        self.exchanges.get(phrase).map_or(&[], Vec::as_slice)
    }

    pub fn act(&self, word: &str) -> Option<&str> {
        self.acts.get(word).map(String::as_str)
    }
}

/// The first word of an entry, and the rest with a space before each of its words.
fn split(entry: &str) -> (&str, String) {
    entry.split_once('_').map_or((entry, String::new()), |(first, rest)| (first, format!(" {}", rest.replace('_', " "))))
}

fn plural_of(noun: &str) -> String {
    match noun {
        "man" | "woman" | "gentleman" => format!("{}en", &noun[..noun.len() - 2]),
        "lady" => "ladies".to_owned(),
        "child" => "children".to_owned(),
        "person" => "people".to_owned(),
        "criterion" => "criteria".to_owned(),
        _ => with_s(noun),
    }
}

/// Every word of a ring with every other; of `word > others` only that word with each other.
fn pairs(ring: &str) -> Vec<(&str, &str)> {
    match ring.split_once(" > ") {
        Some((from, others)) => others.split(' ').map(|to| (from, to)).collect(),
        None => {
            let both = |from| ring.split(' ').map(move |to| (from, to));
            ring.split(' ').flat_map(both).filter(|(from, to)| from != to).collect()
        }
    }
}
