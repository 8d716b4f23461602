//! Why a question is not written: every one that is dropped is counted under a reason.

use std::collections::HashSet;

use text::{is_stop_word, stem, words};

/// Why a question was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The same words were asked before.
    Duplicate,
    /// Nearly the same words were asked before.
    NearDuplicate,
    /// The question gives its answer away.
    AnswerInQuestion,
    /// More characters than a person types.
    TooLong,
    /// Too few words to mean one thing.
    TooShort,
    /// A paraphrase that shares a content word with its source.
    SharedWord,
    /// A natural question that shares none.
    NoSharedWord,
    /// The answer is not at its span.
    NotVerbatim,
    /// The documents hold nothing to ask this kind of question about.
    NoMaterial,
    /// A sentence that stands in the corpus more than once.
    Repeated,
    /// A document has its share of questions.
    DocumentFull,
    /// A sentence has its share of questions.
    SentenceFull,
    /// The answer is one that too many sentences give.
    CommonAnswer,
    /// The question or its sentence comes too close to a text of `--exclude`.
    Excluded,
    /// A section of code, headings, metadata or references.
    NotProse,
    /// A fragment, code, a monster, or too many signs that are no letters.
    NoSentence,
    /// An item that is a piece of the sentence before its list.
    ListItem,
    /// Mostly numbers of other texts, or how another text was changed.
    Citation,
    /// The question or its answer leans on what stands around the sentence.
    Leaning,
    /// The words tell it from nothing else in the corpus, and no title or heading helps.
    TooVague,
    /// A paraphrase about a thing that few sections name: keyword search would find it by the name alone.
    RareName,
    /// A hop that could be left out: another part of the chain tells the answer already.
    HopNotNeeded,
}

impl Reason {
    /// The name in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate_question",
            Self::NearDuplicate => "near_duplicate_question",
            Self::AnswerInQuestion => "answer_in_question",
            Self::TooLong => "too_long",
            Self::TooShort => "too_short",
            Self::SharedWord => "paraphrase_shares_word",
            Self::NoSharedWord => "natural_shares_no_word",
            Self::NotVerbatim => "span_not_verbatim",
            Self::NoMaterial => "no_material",
            Self::Repeated => "sentence_repeated",
            Self::DocumentFull => "document_has_its_share",
            Self::SentenceFull => "sentence_has_its_share",
            Self::CommonAnswer => "answer_too_common",
            Self::Excluded => "excluded",
            Self::NotProse => "section_not_prose",
            Self::NoSentence => "sentence_not_usable",
            Self::ListItem => "item_of_an_open_list",
            Self::Citation => "citation_or_amendment",
            Self::Leaning => "leans_on_neighbours",
            Self::TooVague => "too_vague",
            Self::RareName => "paraphrase_of_rare_name",
            Self::HopNotNeeded => "hop_not_needed",
        }
    }
}

/// Longest question, in characters.
const LONGEST: usize = 240;

/// Whether the wording of a question may stand beside its answers.
pub(crate) fn wording(question: &str, aliases: &[String], fewest_words: usize) -> Result<(), Reason> {
    if question.chars().count() > LONGEST {
        return Err(Reason::TooLong);
    }
    if words(question).count() < fewest_words {
        return Err(Reason::TooShort);
    }
    let asked = folded(question);
    let gives_away = |alias: &String| {
        let alias = folded(alias);
        alias.len() > 2 && asked.contains(&alias)
    };
    if aliases.iter().any(gives_away) { Err(Reason::AnswerInQuestion) } else { Ok(()) }
}

/// Words of a text in small letters, each between spaces.
fn folded(text: &str) -> String {
    let mut out = String::from(" ");
    for range in words(text) {
        out.push_str(&text[range].to_lowercase());
        out.push(' ');
    }
    out
}

/// Remembers the wording of every question, by hash.
#[derive(Default)]
pub(crate) struct Asked(HashSet<u64>);

impl Asked {
    /// Whether these words, in this order, are new.
    pub fn is_new(&mut self, question: &str) -> bool {
        let hash = blake3::hash(folded(question).as_bytes());
        let head = hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        self.0.insert(head)
    }
}

/// Words of questions and verbs of all trades that carry no content of their own, beyond the stop words of the search.
const FUNCTION_WORDS: &str = "about after all am any anything be been being before can could did do does each every far first from had has have having he \
    her here him his how i its kind many may me more most much must one only other our out over she should since so than them \
    under until up us we were what when where which who whom whose why you";

/// Whether a lower-cased word carries content.
pub(crate) fn is_content_word(word: &str) -> bool {
    word.chars().nth(1).is_some() && !is_stop_word(word) && !FUNCTION_WORDS.split(' ').any(|listed| listed == word)
}

/// Stems of the content words of a text.
pub(crate) fn content_stems(text: &str) -> HashSet<String> {
    words(text).map(|range| text[range].to_lowercase()).filter(|word| is_content_word(word)).map(|word| stem(&word)).collect()
}

/// How many content words two texts share, not counting those of the names.
pub(crate) fn shared_words(question: &str, statement: &str, names: &[&str]) -> usize {
    let names: HashSet<String> = names.iter().flat_map(|name| content_stems(name)).collect();
    let statement = content_stems(statement);
    content_stems(question).iter().filter(|stem| statement.contains(*stem) && !names.contains(*stem)).count()
}

/// Content words of a question that are no names, and how many of them its source sentence has too.
pub(crate) fn overlap(question: &str, sentence: &str) -> (usize, usize) {
    let first = words(question).next().map_or(0, |first| first.end);
    let plain = |range: &std::ops::Range<usize>| {
        let word = &question[range.clone()];
        range.end <= first || word.chars().all(char::is_lowercase)
    };
    let stems: HashSet<String> = words(question)
        .filter(plain)
        .map(|range| question[range].to_lowercase())
        .filter(|word| is_content_word(word))
        .map(|word| stem(&word))
        .collect();
    let told = content_stems(sentence);
    (stems.iter().filter(|stem| told.contains(*stem)).count(), stems.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_words_are_counted_by_stem_and_without_names() {
        assert_eq!(shared_words("Who manages Project Velmar?", "The manager of Project Velmar is Ada.", &["Project Velmar"]), 1);
        assert_eq!(shared_words("Who runs Project Velmar?", "The manager of Project Velmar is Ada.", &["Project Velmar"]), 0);
    }

    #[test]
    fn overlap_counts_words_that_are_no_names() {
        assert_eq!(overlap("Who handed in the Velmar report?", "The Velmar report was submitted by Ada."), (1, 2));
    }

    #[test]
    fn a_question_that_holds_its_answer_is_dropped() {
        let aliases = ["Velmar".to_owned()];
        assert_eq!(wording("Is Velmar in Velmar?", &aliases, 3), Err(Reason::AnswerInQuestion));
        assert_eq!(wording("Is Velmark in the north?", &aliases, 3), Ok(()));
        assert_eq!(wording("Where?", &aliases, 3), Err(Reason::TooShort));
    }

    #[test]
    fn the_same_words_are_asked_once() {
        let mut asked = Asked::default();
        assert!(asked.is_new("Who runs it?") && !asked.is_new("who runs IT") && asked.is_new("Who ran it?"));
    }
}
