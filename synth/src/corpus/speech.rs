//! Meetings: who speaks in a transcript, which of what is said stands on its own, and the questions that it answers. Speech that stumbles is
//! refused; what is left is asked for with its speaker, since two speakers may say two things.

mod patterns;
mod turns;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use records::Section;
use serde::Deserialize;

use super::clause::Clause;
use super::language::Language;
use crate::SynthError;
use crate::world::grammar::{Families, read};
use patterns::framed;

/// Fewest lines with a speaker, and the share of all lines in percent, that make a transcript.
const LINES: usize = 8;
const SHARE: usize = 40;
/// Turns that a speaker has on average.
const TURNS: usize = 3;
/// Most bytes and words of a speaker's name.
const NAME: (usize, usize) = (40, 5);

/// The lists and wordings of `language/speech.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Speech {
    fillers: Vec<String>,
    stumbles: Vec<String>,
    thinking: Vec<String>,
    reporting: Vec<String>,
    deciding: Vec<String>,
    vague: String,
    said: Families,
    opinion: Families,
    who: Families,
    promise: Families,
    decision: Families,
    reported: Families,
}

static SPEECH: LazyLock<Result<Speech, SynthError>> =
    LazyLock::new(|| read("language/speech.toml", include_str!("../../language/speech.toml")));

impl Speech {
    /// The lists, read once.
    pub fn get() -> Result<&'static Self, SynthError> {
        SPEECH.as_ref().map_err(|error| SynthError::data("language/speech.toml", error))
    }

    /// Whether a word, in any case, names nobody and nothing.
    fn is_vague(&self, word: &str) -> bool {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        self.vague.split(' ').any(|listed| listed == word)
    }

    /// Bytes at the start of a sentence that only open it: "Well, um, so".
    fn opening(&self, sentence: &str) -> usize {
        let mut start = 0;
        'more: loop {
            let rest = sentence[start..].to_lowercase();
            for filler in &self.fillers {
                let behind = rest.strip_prefix(filler.as_str()).filter(|behind| behind.starts_with([',', ' ']));
                if let Some(behind) = behind.filter(|_| rest.len() == sentence[start..].len()) {
                    start += filler.len() + (behind.len() - behind.trim_start_matches([',', ' ']).len());
                    continue 'more;
                }
            }
            return start;
        }
    }

    /// Whether speech stumbles: fillers inside, a word said twice, letters of a word that was not finished, no end.
    fn stumbles(&self, sentence: &str) -> bool {
        let words: Vec<String> = sentence
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        let padded = format!(" {} ", words.join(" "));
        let filled = self.stumbles.iter().any(|filler| padded.contains(&format!(" {filler} ")));
        let twice = words.windows(2).any(|pair| pair[0] == pair[1] && !matches!(pair[0].as_str(), "that" | "had"))
            || words.windows(4).any(|four| four[..2] == four[2..]);
        // "the and the", "was the was easy": an article whose noun never came.
        let article = |word: &str| matches!(word, "the" | "a" | "an");
        let lost = words.windows(2).any(|pair| {
            article(&pair[0])
                && (article(&pair[1]) || matches!(pair[1].as_str(), "and" | "or" | "is" | "was" | "are" | "were" | "of" | "to" | "that"))
        });
        let letters = words.iter().any(|word| word.len() == 1 && word.chars().all(|c| c.is_alphabetic() && !matches!(c, 'a' | 'i')));
        let begun = words.windows(2).any(|pair| pair[0].len() <= 3 && pair[1].len() > pair[0].len() + 1 && is_begun(pair));
        filled || twice || lost || letters || begun || !sentence.ends_with(['.', '!']) || sentence.contains(['@', '/', '"'])
    }
}

/// Whether a sentence reports a clause: "The board thought the fee was low".
pub(super) fn is_framed(sentence: &str, language: &Language) -> bool {
    framed(sentence).is_some_and(|found| {
        let clause = &sentence[found.clause.start..];
        let first = clause.split(' ').next().unwrap_or_default();
        let pronoun = matches!(first, "there" | "it" | "he" | "she" | "they" | "we" | "I" | "this" | "that");
        found.said || pronoun || Clause::parse(clause, language).is_some()
    })
}

/// "wa wanted": a word that was begun and said again.
fn is_begun(pair: &[String]) -> bool {
    pair[1].starts_with(&pair[0])
        && !matches!(
            pair[0].as_str(),
            "a" | "an"
                | "i"
                | "in"
                | "on"
                | "to"
                | "the"
                | "so"
                | "for"
                | "we"
                | "he"
                | "be"
                | "it"
                | "at"
                | "as"
                | "all"
                | "out"
                | "any"
                | "one"
                | "no"
                | "or"
                | "not"
                | "can"
                | "do"
                | "go"
                | "my"
                | "by"
                | "up"
                | "of"
                | "is"
                | "us"
                | "new"
                | "man"
                | "her"
                | "his"
                | "our"
        )
}

/// The name before the colon of a line, if it may be a speaker's.
pub(super) fn label(line: &str) -> Option<&str> {
    let (name, said) = line.split_once(':')?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '\'' | '’' | '-' | '&' | '(' | ')');
    let named = |word: &str| {
        word.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || c == '(') || matches!(word, "of" | "and" | "the" | "de" | "van")
    };
    let fits = name.len() <= NAME.0 && name.chars().all(plain) && name.split(' ').count() <= NAME.1;
    (fits && name.starts_with(char::is_uppercase) && name.split(' ').all(named) && said.starts_with(' ')).then_some(name)
}

/// Those who speak in a document, if it is a transcript: most lines begin with a name, and the names come again.
pub(super) fn speakers(document: &[Section]) -> HashSet<String> {
    let (mut lines, mut turns) = (0, HashMap::<&str, usize>::new());
    for line in document.iter().flat_map(|section| section.text.split('\n')) {
        lines += 1;
        if let Some(name) = label(line) {
            *turns.entry(name).or_default() += 1;
        }
    }
    let spoken: usize = turns.values().filter(|count| **count > 1).sum();
    let names = turns.values().filter(|count| **count > 1).count();
    if spoken < LINES || spoken * 100 < lines * SHARE || names * TURNS > spoken {
        return HashSet::new();
    }
    turns.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_other_words_before_a_colon() {
        assert_eq!(label("Kirsty Williams AM: Thank you."), Some("Kirsty Williams AM"));
        assert_eq!(label("PhD F: Thank you."), Some("PhD F"));
        assert_eq!(label("We met at 10:30."), None);
        assert_eq!(label("The rule is this: stay."), None);
    }

    #[test]
    fn openings_go_and_stumbling_is_known() {
        let speech = Speech::get().unwrap();
        let sentence = "Well, um, so the case will be made of rubber.";
        assert_eq!(&sentence[speech.opening(sentence)..], "the case will be made of rubber.");
        assert!(!speech.stumbles("the case will be made of rubber."));
        for stumbled in [
            "we took w we took rubber.",
            "it it is yellow.",
            "it is uh yellow.",
            "it is basically what we",
            "the and the German data were used.",
            "they wa wanted it.",
        ] {
            assert!(speech.stumbles(stumbled), "{stumbled}");
        }
    }
}
