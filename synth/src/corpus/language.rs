//! What the rules know of English: verb forms, closed word classes and rings of words that may stand for each other, from the data files of
//! `language/`. Not a tagger: it knows what a word may be, and `clause` decides from its neighbours.

mod verb;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::SynthError;
use crate::world::grammar::read;

use verb::with_s;
pub(super) use verb::{Form, Verb};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerbFile {
    irregular: Vec<String>,
    regular: String,
    doubtful: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SynonymFile {
    verbs: Vec<String>,
    nouns: Vec<String>,
    adjectives: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFile {
    modals: String,
    be: String,
    have: String,
    #[serde(rename = "do")]
    does: String,
    determiners: String,
    prepositions: String,
    subordinators: String,
    pronouns: String,
    relatives: String,
    conjunctions: String,
    adverbs: String,
    openers: Vec<String>,
    people: String,
    places: String,
    empty: String,
    durations: String,
    money: String,
    frequencies: Vec<String>,
    honorifics: String,
    pointing: String,
}

/// A closed class of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Modal,
    Be,
    Have,
    Do,
    Determiner,
    Preposition,
    Subordinator,
    Pronoun,
    Relative,
    Conjunction,
    Adverb,
    Person,
    Place,
    Empty,
    Duration,
    Money,
    Honorific,
    Pointing,
    Doubtful,
}

/// Every list, ready to be looked up in; all words in small letters.
pub(super) struct Language {
    classes: HashMap<Class, HashSet<String>>,
    verbs: Vec<Verb>,
    forms: HashMap<String, Vec<(usize, Form)>>,
    /// Words that may stand for a word, in the same form.
    synonyms: HashMap<String, Vec<String>>,
    pub openers: Vec<String>,
    pub frequencies: Vec<String>,
}

static LANGUAGE: LazyLock<Result<Language, SynthError>> = LazyLock::new(Language::read);

impl Language {
    /// The lists of `language/`, read once.
    pub fn get() -> Result<&'static Self, SynthError> {
        LANGUAGE.as_ref().map_err(|error| SynthError::data("language", error))
    }

    fn read() -> Result<Self, SynthError> {
        let words: WordFile = read("language/words.toml", include_str!("../../language/words.toml"))?;
        let verbs: VerbFile = read("language/verbs.toml", include_str!("../../language/verbs.toml"))?;
        let rings: SynonymFile = read("language/synonyms.toml", include_str!("../../language/synonyms.toml"))?;
        let lists = [
            (Class::Modal, words.modals),
            (Class::Be, words.be),
            (Class::Have, words.have),
            (Class::Do, words.does),
            (Class::Determiner, words.determiners),
            (Class::Preposition, words.prepositions),
            (Class::Subordinator, words.subordinators),
            (Class::Pronoun, words.pronouns),
            (Class::Relative, words.relatives),
            (Class::Conjunction, words.conjunctions),
            (Class::Adverb, words.adverbs),
            (Class::Person, words.people),
            (Class::Place, words.places),
            (Class::Empty, words.empty),
            (Class::Duration, words.durations),
            (Class::Money, words.money),
            (Class::Honorific, words.honorifics),
            (Class::Pointing, words.pointing),
            (Class::Doubtful, verbs.doubtful),
        ];
        let classes = lists.into_iter().map(|(class, list)| (class, list.split_whitespace().map(str::to_owned).collect())).collect();
        let (openers, frequencies) = (words.openers, words.frequencies);
        let mut language = Self { classes, verbs: Vec::new(), forms: HashMap::new(), synonyms: HashMap::new(), openers, frequencies };
        for line in &verbs.irregular {
            let [marked, past, participle] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(SynthError::data("language/verbs.toml", format!("{line:?} is not: base past participle")));
            };
            let gerund = Verb::regular(marked).gerund;
            let base = marked.trim_end_matches('*');
            language.add(Verb { base: base.into(), third: with_s(base), past: past.into(), participle: participle.into(), gerund });
        }
        verbs.regular.split_whitespace().for_each(|entry| language.add(Verb::regular(entry)));
        language.rings(&rings);
        Ok(language)
    }

    fn add(&mut self, verb: Verb) {
        let number = self.verbs.len();
        for form in [Form::Base, Form::Third, Form::Past, Form::Participle, Form::Gerund] {
            self.forms.entry(verb.form(form).to_owned()).or_default().push((number, form));
        }
        self.verbs.push(verb);
    }

    /// Verbs take each other's place in all forms, nouns in both numbers.
    fn rings(&mut self, file: &SynonymFile) {
        let mut pair = |from: &str, to: &str| {
            if from != to {
                self.synonyms.entry(from.to_owned()).or_default().push(to.to_owned());
            }
        };
        let forms = |base: &str| {
            let plain = base.trim_end_matches('*');
            let known = self.forms.get(plain).and_then(|forms| forms.iter().find(|(_, form)| *form == Form::Base));
            known.map_or_else(|| Verb::regular(base), |(number, _)| self.verbs[*number].clone())
        };
        for (from, to) in file.verbs.iter().flat_map(|ring| pairs(ring)) {
            let (from, to) = (forms(from), forms(to));
            for form in [Form::Base, Form::Third, Form::Past, Form::Gerund] {
                pair(from.form(form), to.form(form));
            }
            if from.participle != from.past {
                pair(&from.participle, &to.participle);
            }
        }
        for (from, to) in file.nouns.iter().flat_map(|ring| pairs(ring)) {
            pair(from, to);
            pair(&with_s(from), &with_s(to));
        }
        file.adjectives.iter().flat_map(|ring| pairs(ring)).for_each(|(from, to)| pair(from, to));
    }

    /// Whether a lower-cased word is of a class.
    pub fn is(&self, class: Class, word: &str) -> bool {
        self.classes.get(&class).is_some_and(|words| words.contains(word))
    }

    /// Whether a lower-cased word is a finite auxiliary.
    pub fn is_auxiliary(&self, word: &str) -> bool {
        [Class::Modal, Class::Be, Class::Have, Class::Do].iter().any(|class| self.is(*class, word))
    }

    /// The verb of which a lower-cased word is this form.
    pub fn verb(&self, word: &str, form: Form) -> Option<&Verb> {
        let forms = self.forms.get(word)?;
        forms.iter().find(|(_, of)| *of == form).map(|(number, _)| &self.verbs[*number])
    }

    /// Whether a lower-cased word reads as a participle: a known one, or one by its ending.
    pub fn is_participle(&self, word: &str) -> bool {
        self.verb(word, Form::Participle).is_some() || (word.len() > 4 && word.ends_with("ed"))
    }

    /// Words that may stand for this one in the same form.
    pub fn synonyms(&self, word: &str) -> &[String] {
        self.synonyms.get(word).map_or(&[], Vec::as_slice)
    }
}

/// Every word of a ring with every other; of `word > others` only that word with each other.
fn pairs(ring: &str) -> Vec<(&str, &str)> {
    match ring.split_once(" > ") {
        Some((from, others)) => others.split(' ').map(|to| (from, to)).collect(),
        None => ring.split(' ').flat_map(|from| ring.split(' ').map(move |to| (from, to))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_keep_the_form() {
        let language = Language::get().unwrap();
        assert!(language.synonyms("bought").contains(&"purchased".to_owned()));
        assert!(language.synonyms("goals").contains(&"aims".to_owned()));
        assert!(language.synonyms("stopped").contains(&"halted".to_owned()));
    }
}
