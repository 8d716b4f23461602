//! "There are three ways to vote": how many are there? Such sentences have no subject to ask about, so they are not parsed as clauses.

use std::sync::LazyLock;

use regex::Regex;

use super::super::language::{Class, Language};
use super::super::sentences::pattern;
use super::Wh;

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:Currently,? |Today,? )?[Tt]here (?P<b>are|were) (?:currently |about |over |only |exactly |nearly |more than |at least )?(?P<n>\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty) (?P<u>[^.;:,()—–]+)\.$",
    )
});

/// The question a counting sentence answers.
pub(in crate::corpus) fn counted(sentence: &str, language: &Language) -> Option<Wh> {
    let found = COUNTED.captures(sentence)?;
    let (number, things) = (found.name("n")?, found.name("u")?.as_str());
    let words: Vec<&str> = things.split(' ').collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    // What is counted ends before the first small word, but "kinds of errors" is one thing.
    let small = |at: &usize| language.is_closed(&lower[*at]) || lower[*at].ends_with("ing") && *at > 0;
    let mut end = (0..words.len()).find(small).unwrap_or(words.len());
    if lower.get(end).is_some_and(|word| word == "of") {
        end = (end + 1..words.len()).find(|at| *at > end + 1 && small(at)).unwrap_or(words.len());
    }
    let named = end > 0 && lower[..end].iter().any(|word| word.ends_with('s') || word == "people");
    let joined = lower.iter().any(|word| matches!(word.as_str(), "and" | "or" | "but") || language.is(Class::Pointing, word));
    let (what, rest) = (words[..end].join(" "), words[end..].join(" "));
    let question = format!("How many {what} {} there {rest}", &found["b"]);
    let question = format!("{}?", question.trim_end());
    (named && !joined && words.len() <= 16).then(|| Wh { question, answer: number.range(), rule: "how_many" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_asked_for() {
        let language = Language::get().unwrap();
        let cases = [
            ("There are three ways to cast a vote.", Some(("How many ways are there to cast a vote?", "three"))),
            ("There are 12 kinds of errors in the old log.", Some(("How many kinds of errors are there in the old log?", "12"))),
            ("There were five members on the board.", Some(("How many members were there on the board?", "five"))),
            ("There are many ways to vote.", None),
            ("There are two options, and it is unclear which is best.", None),
        ];
        for (sentence, expected) in cases {
            let made = counted(sentence, language).map(|wh| (wh.question, &sentence[wh.answer]));
            assert_eq!(made, expected.map(|(question, answer)| (question.to_owned(), answer)), "{sentence}");
        }
    }
}
