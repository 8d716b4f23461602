//! What the rules know of English: verb forms, closed word classes and rings of words that may stand for each other, from the data files of
//! `language/`. Not a tagger: it knows what a word may be, and `clause` decides from its neighbours.

mod asking;
mod rings;
mod verb;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::SynthError;
use crate::world::grammar::read;

use asking::TopicFile;
pub(super) use asking::{Asking, Topic};
pub(super) use rings::Part as Place;
use rings::{DerivationFile, RingFile, Rings};
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
    frequencies: Vec<String>,
    honorifics: String,
    programs: String,
    pointing: String,
    unclear: String,
    no_terms: String,
    empty_terms: String,
    reporting: Vec<String>,
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
    Honorific,
    /// Nouns for people that also name programs.
    Program,
    Pointing,
    Doubtful,
    /// Verbs whose object is asked for with "who".
    Contact,
    /// Verbs that bring something to somebody.
    Sending,
    /// Verbs that make a group with "to" and the next verb.
    Chain,
    /// People a handbook speaks to.
    Addressed,
    /// Verbs whose object does what stands behind "to".
    Control,
    /// Nouns that take "to" and a verb.
    ToNoun,
    /// Nouns that make one expression with a verb.
    Idiom,
    /// Words that say nothing without the text around them.
    Unclear,
    /// Headings under which anything may stand.
    NoHeading,
    /// Words before a colon that name nothing.
    Label,
    /// Words that no defined term begins with, and that none ends with.
    NoTerm,
    EmptyTerm,
}

/// Every list, ready to be looked up in; all words in small letters.
pub(super) struct Language {
    classes: HashMap<Class, HashSet<String>>,
    verbs: Vec<Verb>,
    forms: HashMap<String, Vec<(usize, Form)>>,
    rings: Rings,
    pub asking: Asking,
    topics: Vec<Topic>,
    pub openers: Vec<String>,
    pub frequencies: Vec<String>,
    pub reporting: Vec<String>,
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
        let rings: RingFile = read("language/synonyms.toml", include_str!("../../language/synonyms.toml"))?;
        let derivations: DerivationFile = read("language/derivations.toml", include_str!("../../language/derivations.toml"))?;
        let asking: Asking = read("language/asking.toml", include_str!("../../language/asking.toml"))?;
        let TopicFile { topics } = read("language/topics.toml", include_str!("../../language/topics.toml"))?;
        let lists = [
            (Class::Contact, asking.contact.clone()),
            (Class::Sending, asking.sending.clone()),
            (Class::Chain, asking.chains.clone()),
            (Class::Addressed, asking.addressed.clone()),
            (Class::Label, asking.labels.clone()),
            (Class::Control, asking.controls.clone()),
            (Class::ToNoun, asking.to_nouns.clone()),
            (Class::Idiom, asking.idioms.clone()),
            (Class::NoHeading, asking.no_headings.clone()),
            (Class::Unclear, words.unclear),
            (Class::NoTerm, words.no_terms),
            (Class::EmptyTerm, words.empty_terms),
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
            (Class::Honorific, words.honorifics),
            (Class::Program, words.programs),
            (Class::Pointing, words.pointing),
            (Class::Doubtful, verbs.doubtful),
        ];
        let classes = lists.into_iter().map(|(class, list)| (class, list.split_whitespace().map(str::to_owned).collect())).collect();
        let (openers, frequencies, reporting) = (words.openers, words.frequencies, words.reporting);
        let (forms, none) = (HashMap::new(), Rings::default());
        let mut language = Self { classes, verbs: Vec::new(), forms, rings: none, asking, topics, openers, frequencies, reporting };
        for line in &verbs.irregular {
            let [marked, past, participle] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(SynthError::data("language/verbs.toml", format!("{line:?} is not: base past participle")));
            };
            let gerund = Verb::regular(marked).gerund;
            let base = marked.trim_end_matches('*');
            language.add(Verb { base: base.into(), third: with_s(base), past: past.into(), participle: participle.into(), gerund });
        }
        verbs.regular.split_whitespace().for_each(|entry| language.add(Verb::regular(entry)));
        language.rings = Rings::new(&rings, &derivations, |base| language.verb(base, Form::Base).cloned());
        Ok(language)
    }

    fn add(&mut self, verb: Verb) {
        let number = self.verbs.len();
        for form in [Form::Base, Form::Third, Form::Past, Form::Participle, Form::Gerund] {
            self.forms.entry(verb.form(form).to_owned()).or_default().push((number, form));
        }
        self.verbs.push(verb);
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

    /// Words and phrases that may stand for a lower-cased word or phrase, each with the part of speech this must have.
    pub fn exchanges(&self, phrase: &str) -> &[(Place, String)] {
        self.rings.exchanges(phrase)
    }

    /// What the sections under a heading tell about their subject, if it is one of those that many documents share.
    pub fn topic(&self, heading: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.names(heading))
    }

    /// The noun of an act for its gerund ("approving", "approval"), and the gerund for the noun.
    pub fn act(&self, word: &str) -> Option<&str> {
        self.rings.act(word)
    }

    /// Whether a lower-cased word has a grammatical job and no content.
    pub fn is_closed(&self, word: &str) -> bool {
        const CLOSED: [Class; 8] = [
            Class::Determiner,
            Class::Preposition,
            Class::Subordinator,
            Class::Pronoun,
            Class::Relative,
            Class::Conjunction,
            Class::Adverb,
            Class::Pointing,
        ];
        self.is_auxiliary(word) || CLOSED.iter().any(|class| self.is(*class, word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_keep_the_form() {
        let language = Language::get().unwrap();
        let stands_for = |from: &str, to: &str| language.exchanges(from).iter().any(|(_, word)| word == to);
        assert!(stands_for("purchased", "bought") && stands_for("goals", "aims") && stands_for("halted", "stopped"));
        assert!(stands_for("submitted", "handed in") && stands_for("relies on", "depends on"));
        assert_eq!((language.act("approving"), language.act("approval")), (Some("approval"), Some("approving")));
    }
}
