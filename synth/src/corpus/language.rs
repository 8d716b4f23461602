//! What the rules know of English: verb forms, closed word classes and rings of words that may stand for each other, from the data files of
//! `language/`. Not a tagger: it knows what a word may be, and `clause` decides from its neighbours.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::SynthError;
use crate::world::grammar::read;

/// The forms of one verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verb {
    pub base: String,
    pub third: String,
    pub past: String,
    pub participle: String,
    pub gerund: String,
}

/// The form in which a verb stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Base,
    Third,
    Past,
    Participle,
    Gerund,
}

impl Verb {
    pub fn form(&self, form: Form) -> &str {
        match form {
            Form::Base => &self.base,
            Form::Third => &self.third,
            Form::Past => &self.past,
            Form::Participle => &self.participle,
            Form::Gerund => &self.gerund,
        }
    }

    /// The five forms by rule; a `*` after the base doubles its last letter.
    fn regular(entry: &str) -> Self {
        let base = entry.trim_end_matches('*');
        let stem = match base.chars().last() {
            Some(last) if entry.ends_with('*') => format!("{base}{last}"),
            _ => base.to_owned(),
        };
        let hard_y = base.ends_with('y') && !["ay", "ey", "oy", "uy"].iter().any(|end| base.ends_with(end));
        let past = match (base.ends_with('e'), hard_y) {
            (true, _) => format!("{base}d"),
            (_, true) => format!("{}ied", &base[..base.len() - 1]),
            _ => format!("{stem}ed"),
        };
        let silent_e = base.ends_with('e') && !["ee", "oe", "ye"].iter().any(|end| base.ends_with(end));
        let gerund = match (silent_e, base.strip_suffix("ie")) {
            (true, Some(front)) => format!("{front}ying"),
            (true, None) => format!("{}ing", &base[..base.len() - 1]),
            _ => format!("{stem}ing"),
        };
        Self { base: base.to_owned(), third: with_s(base), participle: past.clone(), past, gerund }
    }
}

/// A noun in the plural, or a verb in the third person, by the regular rule.
pub(super) fn with_s(word: &str) -> String {
    let hisses = ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| word.ends_with(end));
    match word.strip_suffix('y') {
        Some(front) if !front.ends_with(['a', 'e', 'o', 'u']) => format!("{front}ies"),
        _ if hisses => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

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
            let [base, past, participle] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(SynthError::data("language/verbs.toml", format!("{line:?} is not: base past participle")));
            };
            let doubles = [
                "begin", "cut", "forget", "get", "hit", "let", "put", "run", "set", "shut", "sit", "split", "swim", "win", "bid", "dig",
                "forbid",
            ];
            let gerund = Verb::regular(&format!("{base}{}", if doubles.contains(&base) { "*" } else { "" })).gerund;
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
    fn verbs_are_known_in_all_forms() {
        let language = Language::get().unwrap();
        for (word, form, base) in [
            ("carries", Form::Third, "carry"),
            ("stopped", Form::Past, "stop"),
            ("written", Form::Participle, "write"),
            ("using", Form::Gerund, "use"),
            ("lying", Form::Gerund, "lie"),
            ("running", Form::Gerund, "run"),
            ("publishes", Form::Third, "publish"),
        ] {
            assert_eq!(language.verb(word, form).map(|verb| verb.base.as_str()), Some(base), "{word}");
        }
    }

    #[test]
    fn synonyms_keep_the_form() {
        let language = Language::get().unwrap();
        assert!(language.synonyms("bought").contains(&"purchased".to_owned()));
        assert!(language.synonyms("goals").contains(&"aims".to_owned()));
        assert!(language.synonyms("stopped").contains(&"halted".to_owned()));
    }
}
