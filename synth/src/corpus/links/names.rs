//! Whether the words of a link are another name of what it leads to. Most are not: they point ("here"), tell a reader what to do, repeat the
//! title, or say something about the page. A wrong "no" costs a name, a wrong "yes" a question that asks for the wrong thing.

use text::{stem, words};

use super::LinkWords;
use crate::filter::{content_stems, is_content_word};

/// Longest name, in characters and words.
const CHARACTERS: std::ops::RangeInclusive<usize> = 3..=50;
const WORDS: usize = 6;

/// Why the words of a link name nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// "here", "this page", "read more".
    SaysNothing,
    /// A URL, code, or an e-mail address.
    Address,
    TooLong,
    /// Words that lead to several documents.
    TwoTargets,
    /// The title itself.
    Same,
    /// Nothing shows that it is a name of this document.
    Weak,
}

impl Refusal {
    pub fn name(self) -> &'static str {
        match self {
            Self::SaysNothing => "says_nothing",
            Self::Address => "address_or_code",
            Self::TooLong => "too_long",
            Self::TwoTargets => "several_documents",
            Self::Same => "title_itself",
            Self::Weak => "nothing_shows_it",
        }
    }
}

/// The name that the words of a link may be.
pub(super) fn name_in(text: &str, known: &LinkWords) -> Result<String, Refusal> {
    let name = text.trim().trim_matches(|c: char| matches!(c, '"' | '“' | '”' | '`' | '»' | '«' | '.' | ',' | ':' | ';' | '!' | '?' | ' '));
    let name = ["the ", "The ", "a ", "A ", "an ", "An "].iter().find_map(|article| name.strip_prefix(article)).unwrap_or(name);
    let strange =
        name.contains(['/', '\\', '[', ']', '{', '}', '<', '>', '|', '=', '*', '#', '@', '`', '_', '"', '“', '”', '\n', '(', ')']);
    if strange || name.contains("http") || name.contains("www.") || name.contains("::") {
        return Err(Refusal::Address);
    }
    let all: Vec<String> = words(name).map(|range| name[range].to_lowercase()).collect();
    let content = |word: &&String| is_content_word(word) && word.chars().any(char::is_alphabetic);
    let first = name.split([' ', '’', '\'']).next().unwrap_or_default().to_lowercase();
    let pointing =
        all.iter().any(|word| matches!(word.as_str(), "this" | "these" | "our" | "your" | "my" | "we" | "you" | "below" | "above"));
    let telling = all.iter().filter(content).any(|word| !known.is_empty(word));
    if !telling || pointing || known.opens(&first) {
        return Err(Refusal::SaysNothing);
    }
    if !CHARACTERS.contains(&name.chars().count()) || name.split(' ').count() > WORDS {
        return Err(Refusal::TooLong);
    }
    Ok(name.to_owned())
}

/// Whether words that link to what is called `old`, from this many documents, are another name of it.
pub(super) fn another_name(name: &str, old: &str, sources: usize) -> Result<(), Refusal> {
    let (new, known) = (content_stems(name), content_stems(old));
    if known.is_subset(&new) {
        return Err(Refusal::Same);
    }
    let capitals = name.split([' ', '-']).filter(|word| is_content_word(&word.to_lowercase()));
    let capital =
        capitals.clone().count() > 0 && capitals.clone().all(|word| word.starts_with(|c: char| c.is_uppercase() || c.is_numeric()));
    let shared = new.intersection(&known).count();
    let half = shared * 2 >= new.len() && shared > 0;
    // "Argument Clinic" for "The Argument Clinic DSL", "the stable ABI" for "Defining a Stable ABI".
    let part = new.is_subset(&known) && new.len() >= 2;
    let short = initials_of(name, old);
    if short || part || capital && half && sources >= 2 { Ok(()) } else { Err(Refusal::Weak) }
}

/// Whether a name in capitals is made of the first letters of another.
pub(super) fn initials_of(short: &str, long: &str) -> bool {
    let letters: Vec<char> = short.chars().filter(|c| c.is_alphabetic()).collect();
    let capital = (2..=7).contains(&letters.len()) && letters.iter().all(|c| c.is_uppercase()) && !short.contains(' ');
    let first = |small: bool| -> String {
        let all = long.split([' ', '-']).filter(|word| !small || is_content_word(&word.to_lowercase()));
        all.filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).flat_map(char::to_uppercase).collect()
    };
    let wanted: String = letters.iter().collect();
    capital && long.contains(' ') && !long.contains('(') && (first(true) == wanted || first(false) == wanted)
}

/// Whether all content words of one text stand in another.
pub(super) fn is_within(text: &str, other: &str) -> bool {
    let other = content_stems(other);
    words(text).map(|range| text[range].to_lowercase()).filter(|word| is_content_word(word)).all(|word| other.contains(&stem(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_point_name_nothing() {
        let words = LinkWords::get().unwrap();
        let name = |text: &str| name_in(text, words);
        for text in ["here", "this page", "Read more", "the documentation", "Learn more about APIs", "our guide", "see the notes"] {
            assert_eq!(name(text), Err(Refusal::SaysNothing), "{text}");
        }
        assert_eq!([name("https://x.y/"), name("os.path_join()")], [Err(Refusal::Address), Err(Refusal::Address)]);
        assert_eq!(name("the Argument Clinic.").as_deref(), Ok("Argument Clinic"));
        assert_eq!(name("a very long name of a thing that nobody says"), Err(Refusal::TooLong));
    }

    #[test]
    fn a_name_shares_words_with_the_title_or_spells_it() {
        assert_eq!(another_name("Argument Clinic", "The Argument Clinic DSL", 1), Ok(()));
        assert_eq!(another_name("DAP", "Digital Analytics Program", 1), Ok(()));
        assert_eq!(another_name("Stable ABI", "Stable ABI", 3), Err(Refusal::Same));
        assert_eq!(another_name("code", "Style Guide for Python Code", 3), Err(Refusal::Weak));
        assert_eq!(another_name("RPA Playbook", "Robotic Process Community", 3), Err(Refusal::Weak));
    }
}
