//! What is particular to texts of law: citations and amendments, items that hang on an open line, terms that a text defines for itself,
//! known here so that nothing is asked about them; and its "shall", which people do not say.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::sentences::pattern;
use crate::SynthError;
use crate::world::grammar::read;

/// The lists of `language/law.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Law {
    amending: Vec<String>,
    citing: String,
    pub conditions: Vec<String>,
}

static LAW: LazyLock<Result<Law, SynthError>> = LazyLock::new(|| read("language/law.toml", include_str!("../../language/law.toml")));
static DEFINED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^(?:(?:For|As used|In|When used|Except)[^“"‘]{0,90}[, ]+)?(?:[Tt]he )?(?:(?:term|word|phrase)s? )?[“"‘][^“”"‘’]{2,60}[”"’],?(?: or [“"‘][^“”"‘’]{2,60}[”"’],?)? (?:shall )?(?:means?|includes?|refers? to) ."#,
    )
});

impl Law {
    /// The lists, read once.
    pub fn get() -> Result<&'static Self, SynthError> {
        LAW.as_ref().map_err(|error| SynthError::data("language/law.toml", error))
    }

    /// Whether a sentence is mostly a citation, or tells how another text was changed.
    pub fn is_citation(&self, sentence: &str) -> bool {
        let lower = sentence.to_lowercase();
        if self.amending.iter().any(|words| lower.contains(words)) {
            return true;
        }
        let citing = |word: &str| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '§').replace('.', "");
            bare.chars().any(char::is_numeric) || self.citing.split(' ').any(|listed| listed == bare)
        };
        let (all, cited) = lower.split(' ').fold((0, 0), |(all, cited), word| (all + 1, cited + usize::from(citing(word))));
        cited > 3 && cited * 3 > all
    }
}

/// Whether a line is a piece of a longer sentence: an item under an open line, or one that is left open itself.
pub(super) fn hangs(previous: &str, sentence: &str, marked: bool) -> bool {
    let is_open = |line: &str| line.ends_with([';', ',', '—', '–']) || [" and", " or"].iter().any(|link| line.ends_with(link));
    let previous = previous.trim_end();
    let announced = previous.ends_with(':') && (previous.contains("following") || previous.contains("as follows"));
    let below = is_open(previous) || previous.ends_with(':') && !announced;
    marked && (below || is_open(sentence) || sentence.starts_with(char::is_lowercase))
}

/// Whether a sentence numbers its own parts: "shall set forth (1) the question; and (2) the facts". No question gets all of them.
pub(super) fn is_itemised(sentence: &str) -> bool {
    [" (1) ", " (A) ", " (a) ", " (i) "].iter().any(|mark| sentence.contains(mark))
}

/// Whether a sentence says in the manner of law what a term means, or where that is said: another text may define the term otherwise.
pub(super) fn is_definition(sentence: &str) -> bool {
    sentence.contains(['“', '"', '‘']) && DEFINED.is_match(sentence)
}

/// A question in everyday words: what law says "shall" be done "must" be. Where the law makes something so, "shall" stays.
pub(super) fn everyday(question: &str) -> String {
    static MAKING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\bshall\b.* (?:be (?:known|deemed|considered|entitled|liable|construed|referred|composed|established)|mean|consist|apply|expire|take effect|have|constitute|include|prevail)\b",
        )
    });
    if MAKING.is_match(question) {
        return question.to_owned();
    }
    question.replacen(" shall ", " must ", 1).replacen("Shall ", "Must ", usize::from(question.starts_with("Shall ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_under_an_open_line_hang_on_it() {
        assert!(hangs("The applicant shall be:", "A resident of the town.", true));
        assert!(hangs("(1) A resident; or", "A friend of the town.", true));
        assert!(hangs("(1) The fee is paid.", "The form is signed; and", true));
        assert!(!hangs("The Mayor has the following duties:", "The Mayor shall appoint a board.", true));
        assert!(!hangs("(a) The fee is paid.", "The form is signed.", true));
        assert!(!hangs("Bring a pen;", "The form is signed.", false));
    }

    #[test]
    fn citations_and_amendments_are_known() {
        let law = Law::get().unwrap();
        assert!(law.is_citation("Section 3 of the Act of May 1, 1906 (34 Stat. 157), is amended."));
        assert!(law.is_citation("Dec. 24, 1973, 87 Stat. 790, Pub. L. 93-198, title IV, § 422."));
        assert!(!law.is_citation("The Mayor shall submit a report under § 1-204.22 within 30 days of the end of the year."));
    }

    #[test]
    fn sentences_with_parts_are_known() {
        assert!(is_itemised("The order shall set forth (1) the question; and (2) the facts.") && !is_itemised("See § 4(1) of the law."));
    }

    #[test]
    fn shall_becomes_must_where_something_is_to_be_done() {
        assert_eq!(everyday("What shall the Mayor submit?"), "What must the Mayor submit?");
        assert_eq!(everyday("When shall the permit expire?"), "When shall the permit expire?");
    }

    #[test]
    fn terms_of_law_are_known_from_terms_that_mean_something_anywhere() {
        let sentence = "For the purposes of this chapter, the term “alarm user” means any person who uses an alarm.";
        assert!(is_definition(sentence) && is_definition("“Board” shall include each panel of the Board; and"));
        assert!(!is_definition("The board means well and works hard.") && !is_definition("A “board” is a panel of three."));
    }
}
