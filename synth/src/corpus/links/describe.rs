//! What a sentence says of a document it links to, as a noun phrase: "The process is outlined in [PEP 387]." gives "the PEP in which the process
//! is outlined". Only builds that say what the linked document is or holds; a sentence that merely mentions it gives nothing.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::LinkWords;
use crate::corpus::define::predicate;
use crate::corpus::language::{Class, Form, Language};
use crate::corpus::phrases::is_plain_subject;
use crate::corpus::sentences::{pattern, stands_alone};

/// Words of what is said of a document.
const SAID: Range<usize> = 2..19;

/// A name right before a bracket, with its article.
static CITED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|\b(?P<the>the|The|a|an) )(?P<x>\p{Lu}[\p{L}\p{N}'’-]+(?: (?:of |the |and |for )?\p{Lu}[\p{L}\p{N}'’-]+){1,4}) \((?:see |as per |cf\. )?$",
    )
});

/// What a linked document is called in a description.
#[derive(Clone, Copy)]
pub(super) struct Called<'a> {
    pub noun: &'a str,
    /// Whether it stands for itself, as a numbered document does; a page's link text is rather what the page is about.
    pub numbered: bool,
}

/// Describes the document that `sentence[link]` leads to, with the name of the rule. `inside` puts a phrase into the middle of a sentence.
pub(super) fn describe(
    sentence: &str,
    link: &Range<usize>,
    called: Called<'_>,
    (words, language): (&LinkWords, &Language),
    inside: &dyn Fn(&str) -> String,
) -> Option<(&'static str, String)> {
    let quotes = |c: char| matches!(c, '"' | '“' | '”' | '`' | '\'' | '’');
    let before = sentence[..link.start].trim_end_matches(quotes);
    let after = sentence[link.end..].trim_start_matches(quotes);
    let made = told_in(before, after, words, language)
        .or_else(|| doing(before, after, called, words, language))
        .or_else(|| to_read(before, after, words))
        .or_else(|| cited(before, after));
    let (rule, said) = made?;
    let form = match rule {
        "in" => &words.described.inside,
        "by" => &words.described.by,
        "with" => &words.described.with,
        "that" => &words.described.that,
        "for" => &words.described.reading,
        _ => &words.described.cited,
    };
    let said = if rule == "that" { said } else { inside(&said) };
    let strange = said.contains(['[', ']', '{', '}', '<', '>', '#', '|', '=', '*']);
    let last = said.rsplit(' ').next().unwrap_or_default().to_lowercase();
    // Cut in the middle ("a from ... import"), or pointing at the document it stands in ("that PEP").
    let cut = sentence.contains("...") || language.is_closed(&last) || said.contains(&format!("that {}", called.noun));
    let whole =
        !strange && !cut && stands_alone(&format!("The {} {said}.", called.noun)) && even(&said) && SAID.contains(&said.split(' ').count());
    whole.then(|| (rule, form.replace("{n}", called.noun).replace("{y}", &said)))
}

/// "Y was introduced in [X]."
fn told_in(before: &str, after: &str, words: &LinkWords, language: &Language) -> Option<(&'static str, String)> {
    let all: Vec<&str> = before.trim_end().split(' ').collect();
    let [rest @ .., participle, preposition] = all.as_slice() else { return None };
    let rule = ["in", "by", "with"].into_iter().find(|rule| rule == preposition)?;
    let verb = rest.iter().rposition(|word| language.is(Class::Be, word) || matches!(*word, "been"))?;
    let adverbs = rest[verb + 1..].iter().all(|word| word.ends_with("ly"));
    // "has been", "will be" and the like begin before their last word.
    let start =
        rest[..=verb].iter().rposition(|word| !language.is_auxiliary(word) && !matches!(*word, "been" | "be")).map_or(0, |at| at + 1);
    let subject = rest[..start].join(" ");
    let ends = after.trim().trim_end_matches(')') == ".";
    let plain = is_plain_subject(&subject) && !subject.contains([',', ';', ':', '(', ')']);
    let fits = words.is_participle(participle) && adverbs && start > 0 && ends && plain;
    let tail: Vec<&str> = rest[start..].iter().chain([participle]).copied().collect();
    fits.then(|| (rule, format!("{subject} {}", tail.join(" "))))
}

/// "[X] introduces Y."
fn doing(before: &str, after: &str, called: Called<'_>, words: &LinkWords, language: &Language) -> Option<(&'static str, String)> {
    if !before.is_empty() && before != "The " {
        return None;
    }
    let said = predicate(after.strip_prefix(' ')?);
    let said = ["also ", "already ", "therefore ", "then ", "now "].iter().find_map(|word| said.strip_prefix(word)).unwrap_or(said);
    let first = said.split(' ').next().unwrap_or_default();
    // "PEP 393 functions such as ...": a noun as well.
    let noun = language.is(Class::Doubtful, first) || said.split(' ').nth(1) == Some("such");
    let finite = !noun && [Form::Third, Form::Past].iter().any(|form| language.verb(first, *form).is_some());
    // What a document is or has been says little of it; "was created by the board" does.
    let passive = language.is(Class::Be, first)
        && said.split(' ').nth(1).is_some_and(|next| words.is_participle(next))
        && said.split(' ').count() > 4;
    let acts = if called.numbered { finite && !language.is_auxiliary(first) || passive } else { words.is_page_verb(first) };
    let spoken = said.split(' ').any(|word| matches!(word, "we" | "you" | "I" | "our" | "your" | "not" | "too" | "respectively"));
    (acts && !spoken && !said.contains([';', ':'])).then(|| ("that", said.to_owned()))
}

/// "See [X] for more on Y."
fn to_read(before: &str, after: &str, words: &LinkWords) -> Option<(&'static str, String)> {
    let lower = before.trim_end().to_lowercase();
    let bracket = lower.rsplit('(').next().filter(|_| lower.contains('('));
    let lead = bracket.unwrap_or(&lower).trim_end_matches(" the").trim();
    let sends = words.sending.iter().any(|sending| sending == lead);
    let said = after.strip_prefix(" for ")?;
    let end = if bracket.is_some() { said.find(')') } else { said.strip_suffix('.').map(str::len) }?;
    let said = &said[..end];
    let bare = words.fillers.iter().find_map(|filler| said.strip_prefix(filler.as_str())).map(str::trim);
    let first = bare.unwrap_or(said).split(' ').next().unwrap_or_default().to_lowercase();
    let open = matches!(
        first.as_str(),
        "how" | "why" | "what" | "when" | "where" | "which" | "who" | "more" | "details" | "further" | "another" | "some"
    );
    let said = bare.unwrap_or(said);
    (sends && !open && !said.contains(['(', ')', ';', ':', ',', '.'])).then(|| ("for", said.to_owned()))
}

/// "the Typing Council ([X])"
fn cited(before: &str, after: &str) -> Option<(&'static str, String)> {
    let found = CITED.captures(before).filter(|_| after.starts_with(')'))?;
    let article = found.name("the").map_or(String::new(), |article| format!("{} ", article.as_str().to_lowercase()));
    Some(("cited", format!("{article}{}", &found["x"])))
}

fn even(text: &str) -> bool {
    let count = |mark: char| text.matches(mark).count();
    count('(') == count(')') && count('“') == count('”') && count('"') % 2 == 0 && count('`') % 2 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sentence: &str, link: &str, numbered: bool) -> Option<String> {
        let start = sentence.find(link).unwrap();
        let called = Called { noun: if numbered { "PEP" } else { "page" }, numbered };
        let known = (LinkWords::get().unwrap(), Language::get().unwrap());
        let inside = |text: &str| text.strip_prefix("The ").map_or(text.to_owned(), |rest| format!("the {rest}"));
        describe(sentence, &(start..start + link.len()), called, known, &inside).map(|(_, description)| description)
    }

    #[test]
    fn a_sentence_describes_what_it_links_to() {
        let cases = [
            ("The deprecation process is outlined in PEP 387.", "the PEP in which the deprecation process is outlined"),
            ("PEP 387 introduced variable annotations.", "the PEP that introduced variable annotations"),
            ("Variable annotations have been added by PEP 387.", "the PEP by which Variable annotations have been added"),
            ("See PEP 387 for more details on version schemes.", "the PEP to read for version schemes"),
            ("Members of the Typing Council (PEP 387) are elected.", "the PEP cited for the Typing Council"),
        ];
        for (sentence, expected) in cases {
            assert_eq!(of(sentence, "PEP 387", true).as_deref(), Some(expected));
        }
        assert_eq!(
            of("The Analytics Guide explains page counts in detail.", "Analytics Guide", false).as_deref(),
            Some("the page that explains page counts in detail")
        );
    }

    #[test]
    fn a_sentence_that_leans_or_only_mentions_gives_nothing() {
        for sentence in [
            "This was introduced in PEP 387.",
            "PEP 387 changed it.",
            "No conflict as defined in PEP 387 was seen.",
            "See PEP 387 for how that works.",
            "We read PEP 387.",
            "PEP 387 is Final.",
        ] {
            assert_eq!(of(sentence, "PEP 387", true), None, "{sentence}");
        }
        assert_eq!(of("The Forest Service plants trees in valleys.", "Forest Service", false), None);
    }
}
