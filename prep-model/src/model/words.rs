//! Which words are known: those of the training texts, and those that a document uses more than once. A repair has to turn a word that
//! nobody knows into one that somebody does; that rule holds on texts unlike any in training, where the network's own judgement may not.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use records::Line;

/// Name of the list in a model folder.
pub const WORDS_FILE: &str = "words.txt";
/// Longest list; the most frequent words are kept.
const MOST_WORDS: usize = 60_000;
/// Times a word must stand in the training texts to be known.
const LEAST_COUNT: u32 = 2;
/// Common English words, counted by `examples/words.rs` from corpora of the training part alone: a hundred novels of the public domain, the
/// PEPs, the Rust RFCs, the OWASP cheat sheets and digital.gov. No names. Without it a synthetic world's words would be all that is known.
const ENGLISH: &str = include_str!("../../words/english.txt");

/// What is known of the word around a character, as the edit head is told.
const NO_WORD: u8 = 0;
const KNOWN: u8 = 1;
const UNKNOWN: u8 = 2;

/// The words of the training texts, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordList {
    words: HashSet<String>,
}

impl WordList {
    /// Keeps the words that stand in the texts at least twice.
    #[must_use]
    pub fn of_counts(counts: HashMap<String, u32>) -> Self {
        let mut frequent: Vec<(String, u32)> = counts.into_iter().filter(|(_, count)| *count >= LEAST_COUNT).collect();
        frequent.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        frequent.truncate(MOST_WORDS);
        Self { words: frequent.into_iter().map(|(word, _)| word).collect() }
    }

    /// Adds the common words of English.
    #[must_use]
    pub fn with_english(mut self) -> Self {
        self.words.extend(ENGLISH.lines().map(str::to_owned));
        self
    }

    /// Reads the list of a model folder.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn load(dir: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(dir.join(WORDS_FILE))?;
        Ok(Self { words: text.lines().filter(|word| !word.is_empty()).map(str::to_owned).collect() })
    }

    /// Writes the list, one word a line, sorted.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        words.sort_unstable();
        records::write_atomically(&dir.join(WORDS_FILE), (words.join("\n") + "\n").as_bytes())
    }

    /// Whether the list holds a lower-case word.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// How often each word stands in a document.
#[derive(Clone, Debug, Default)]
pub struct DocumentWords {
    counts: HashMap<String, u32>,
}

impl DocumentWords {
    /// Counts the words of all lines.
    #[must_use]
    pub fn of(lines: &[Line]) -> Self {
        let mut counts = HashMap::new();
        for line in lines {
            count_words(&line.text, &mut counts);
        }
        Self { counts }
    }

    /// How often a lower-case word stands in the document.
    #[must_use]
    pub fn count(&self, word: &str) -> u32 {
        self.counts.get(word).copied().unwrap_or(0)
    }
}

/// A word as it is looked up: as it is [matched](text::matching), in lower case.
#[must_use]
pub fn form(word: &str) -> String {
    text::matching(word).to_lowercase()
}

/// Adds the words of a text to `counts`.
pub fn count_words(text: &str, counts: &mut HashMap<String, u32>) {
    for range in text::words(text) {
        let word = form(&text[range]);
        match counts.get_mut(&word) {
            Some(count) => *count += 1,
            None => {
                counts.insert(word, 1);
            }
        }
    }
}

/// Both sources of knowledge together.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// Words of the training texts.
    pub list: &'a WordList,
    /// Words of the document at hand.
    pub document: &'a DocumentWords,
}

impl Vocabulary<'_> {
    /// Whether a word is in the list or stands twice in the document. Numbers are always known: they are facts, not spellings.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        !word.contains(char::is_alphabetic) || self.knows_lower(&form(word))
    }

    /// [`Self::knows`] for a word with letters in the [form] in which words are looked up.
    #[must_use]
    pub fn knows_lower(&self, word: &str) -> bool {
        self.list.contains(word) || self.document.count(word) >= 2
    }

    /// What is known of the word around each character, and nothing for the place behind the last.
    #[must_use]
    pub fn knowledge(&self, text: &str) -> Vec<u8> {
        knowledge(text, |word| self.knows(&text[word]))
    }
}

/// What `knows` says of the word around each character, and nothing for the place behind the last.
pub fn knowledge(text: &str, mut knows: impl FnMut(Range<usize>) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    for word in text::words(text) {
        out.resize(out.len() + text[at..word.start].chars().count(), NO_WORD);
        let what = if knows(word.clone()) { KNOWN } else { UNKNOWN };
        out.resize(out.len() + text[word.clone()].chars().count(), what);
        at = word.end;
    }
    out.resize(out.len() + text[at..].chars().count() + 1, NO_WORD);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_from_the_list_or_from_the_document() {
        let list = WordList::of_counts(HashMap::from([("open".into(), 3), ("once".into(), 1)]));
        let mut counts = HashMap::new();
        count_words("Tandem and tandem, rarely", &mut counts);
        let document = DocumentWords { counts };
        let vocabulary = Vocabulary { list: &list, document: &document };
        assert!(vocabulary.knows("Open") && vocabulary.knows("TANDEM") && vocabulary.knows("1984"));
        assert!(!vocabulary.knows("once") && !vocabulary.knows("rarely"));
        assert_eq!(vocabulary.knowledge("é open x"), [2, 0, 1, 1, 1, 1, 0, 2, 0]);
        for written in ["o\u{ad}pen", "Op\u{200b}en", "\u{ff4f}pen", "tan\u{ad}dem"] {
            assert!(vocabulary.knows(written), "{written:?}");
        }
        let mut counts = HashMap::new();
        count_words("Of\u{ad}fice o\u{fb03}ce", &mut counts);
        assert_eq!(counts, HashMap::from([("office".to_owned(), 2)]));
    }

    #[test]
    fn the_list_survives_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let list = WordList::of_counts(HashMap::from([("b".into(), 2), ("a".into(), 2)]));
        list.save(dir.path()).unwrap();
        assert_eq!(WordList::load(dir.path()).unwrap(), list);
    }
}
