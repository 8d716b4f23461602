//! Other names of the same thing, as the corpus itself tells them: "application binary interface (ABI)", "the Forest Act, also known as X".

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use super::language::Language;
use super::patterns::long_forms;
use super::sentences::pattern;

/// A name: capitalised words, or a short quoted phrase.
const NAME: &str = r#"(?:[“"][^”"“]{3,40}[”"]|\p{Lu}[\p{L}\p{N}.'’-]*(?: (?:(?:of|the|and|for) )?\p{Lu}[\p{L}\p{N}'’-]*){0,5})"#;
static RENAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let language = Language::get().ok()?;
    let words = language.asking.renaming.iter().map(|words| regex::escape(words)).collect::<Vec<_>>().join("|");
    Some(pattern(&format!(r"(?P<a>{NAME})(?:, | \()(?:{words}) (?P<b>{NAME})(?:,|\)|\.|;)")))
});

/// Names that stand for each other, by each of them in small letters.
#[derive(Default)]
pub(super) struct Aliases {
    others: HashMap<String, BTreeSet<String>>,
    /// Names by their first word, longest first.
    by_first: BTreeMap<String, Vec<String>>,
}

impl Aliases {
    /// Takes note of the names a sentence or heading makes equal.
    pub fn look(&mut self, text: &str) {
        for (short, long) in long_forms(text) {
            self.equal(&short, &text[long]);
        }
        for found in RENAMED.iter().flat_map(|renamed| renamed.captures_iter(text)) {
            let bare = |name: &str| name.trim_matches(['"', '“', '”', '.', '\'']).to_owned();
            self.equal(&bare(&found["a"]), &bare(&found["b"]));
        }
    }

    fn equal(&mut self, one: &str, other: &str) {
        let (small, other_small) = (one.to_lowercase(), other.to_lowercase());
        if small == other_small || small.len() < 2 || other_small.len() < 2 {
            return;
        }
        self.others.entry(small.clone()).or_default().insert(other.to_owned());
        self.others.entry(other_small.clone()).or_default().insert(one.to_owned());
        [small, other_small].into_iter().for_each(|name| self.note(name));
    }

    fn note(&mut self, name: String) {
        let first = name.split(' ').next().unwrap_or_default().to_owned();
        let names = self.by_first.entry(first).or_default();
        if !names.contains(&name) {
            names.push(name);
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        }
    }

    /// The text with one name in it exchanged for its only other name, if that is not in the sentence.
    pub fn exchange(&self, text: &str, sentence: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        let core = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let sentence = sentence.to_lowercase();
        for at in 0..words.len() {
            let Some(names) = self.by_first.get(&core(words[at])) else { continue };
            for name in names {
                let count = name.split(' ').count();
                let Some(window) = words.get(at..at + count) else { continue };
                let same = window.iter().zip(name.split(' ')).all(|(word, part)| core(word) == part);
                let joined = window[..count - 1].iter().all(|word| word.ends_with(char::is_alphanumeric));
                let short = count > 1 || words[at].chars().filter(|c| c.is_uppercase()).count() > 1;
                let only = self.others.get(name).filter(|others| others.len() == 1).and_then(BTreeSet::first);
                if let Some(other) = only.filter(|other| same && joined && short && !sentence.contains(&other.to_lowercase())) {
                    let last = window[count - 1];
                    let tail = &last[last.trim_end_matches(|c: char| !c.is_alphanumeric()).len()..];
                    let front = words[..at].iter().copied().chain([format!("{other}{tail}").as_str()]).collect::<Vec<_>>().join(" ");
                    let rest = words[at + count..].iter().map(|word| format!(" {word}")).collect::<String>();
                    return Some(front + &rest);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_exchanged_for_its_only_other_name() {
        let mut aliases = Aliases::default();
        aliases.look("Code uses the stable application binary interface (ABI) here.");
        aliases.look("The Old Mill, also known as Velmar House, was sold.");
        let sentence = "The ABI was changed by the board.";
        assert_eq!(aliases.exchange("Who changed the ABI?", sentence).unwrap(), "Who changed the application binary interface?");
        assert_eq!(aliases.exchange("Who sold Velmar House?", "x").unwrap(), "Who sold The Old Mill?");
        assert_eq!(aliases.exchange("Who changed the ABI?", "The ABI is an application binary interface."), None);
        aliases.look("An agency bureau index (ABI) is kept.");
        assert_eq!(aliases.exchange("Who changed the ABI?", sentence), None);
    }
}
