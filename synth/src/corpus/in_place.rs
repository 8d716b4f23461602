//! Questions in the order of the sentence itself: "The pilot was launched on the site in what year?" They are well-formed wherever the sentence
//! is, whatever its build, so that they need no cut clause; asked only where the answer stands near the end, as people ask that way.

use std::ops::Range;

use super::asking::Wh;
use super::language::{Class, Form, Language};
use super::phrases::is_person;
use super::sentences::{Span, answer_spans, is_well_formed, stands_alone};

/// Most words of a sentence, and of what follows its answer.
const WORDS: usize = 26;
const TAIL: usize = 5;
/// Fewest words before an answer.
const LEAD: usize = 4;

/// Questions about the dates, quantities and agents near the end of a sentence.
pub(super) fn in_place(sentence: &str, language: &Language) -> Vec<Wh> {
    let broken = sentence.contains(['—', '–', ':', ';', '(', '"', '“']) || sentence.split(' ').count() > WORDS;
    let lower: Vec<String> = sentence.split(' ').map(str::to_lowercase).collect();
    let order = language.verb(&lower[0], Form::Base).is_some();
    let finite = |word: &String| {
        language.is_auxiliary(word) || language.verb(word, Form::Third).is_some() || language.verb(word, Form::Past).is_some()
    };
    let hangs = lower.iter().any(|word| matches!(word.as_str(), "who" | "which" | "that" | "where" | "instead"));
    if order || hangs || !lower.iter().any(finite) || broken || !is_well_formed(sentence) || !stands_alone(sentence) {
        return Vec::new();
    }
    answer_spans(sentence).into_iter().filter_map(|(span, answer)| ask(sentence, span, answer, language)).collect()
}

fn ask(sentence: &str, span: Span, answer: Range<usize>, language: &Language) -> Option<Wh> {
    let (lead, text) = (sentence[..answer.start].trim_end(), &sentence[answer.clone()]);
    let tail = sentence[answer.end..].trim_end_matches('.');
    let open = |word: &str| {
        let word = word.to_lowercase();
        let clause = language.is(Class::Subordinator, &word) && !language.is(Class::Preposition, &word);
        clause || language.is(Class::Relative, &word) || language.is(Class::Conjunction, &word)
    };
    let closed = !tail.contains(',') && tail.split_whitespace().count() <= TAIL && !tail.split_whitespace().any(open);
    if lead.split(' ').count() < LEAD || !closed || lead.ends_with(',') {
        return None;
    }
    let before = lead.rsplit(' ').next().unwrap_or_default();
    let last = text.rsplit(' ').next().unwrap_or_default();
    let bounded =
        matches!(before, "the" | "a" | "an" | "past" | "last" | "next" | "first" | "and" | "or" | "to" | "every" | "this" | "each");
    let unit = last.to_lowercase();
    let (lead, wh, rule) = match span {
        Span::Date if text.len() == 4 && matches!(before, "in" | "since" | "until" | "by" | "before" | "after") => {
            (lead, "what year".to_owned(), "in_place/year")
        }
        Span::Date if text.len() > 4 && matches!(before, "in" | "on") => (&lead[..lead.len() - 3], "when".to_owned(), "in_place/date"),
        Span::Date if text.len() > 4 && matches!(before, "since" | "until" | "by") => (lead, "when".to_owned(), "in_place/date"),
        Span::Quantity if bounded => return None,
        Span::Quantity if text.starts_with(['$', '€', '£']) && tail.is_empty() => (lead, "how much money".to_owned(), "in_place/money"),
        Span::Quantity if (unit.ends_with('%') || unit == "percent") && tail.starts_with(" of ") => {
            (lead, "what percentage".to_owned(), "in_place/percentage")
        }
        Span::Quantity if matches!(unit.as_str(), "million" | "billion" | "trillion") && tail.split_whitespace().next()?.ends_with('s') => {
            (lead, "how many".to_owned(), "in_place/quantity")
        }
        Span::Quantity if text.contains(' ') && (unit.ends_with('s') || unit == "people") => {
            (lead, format!("how many {unit}"), "in_place/quantity")
        }
        Span::Name if before == "by" && is_person(text) => (lead, "whom".to_owned(), "in_place/agent"),
        _ => return None,
    };
    Some(Wh { question: format!("{lead} {wh}{tail}?"), answer, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_in_place_is_its_sentence_with_a_question_word_for_the_answer() {
        let language = Language::get().unwrap();
        let cases: [(&str, &[(&str, &str)]); 5] = [
            (
                "The old bridge over the river was replaced in 1998.",
                &[("The old bridge over the river was replaced in what year?", "1998")],
            ),
            ("The new law came into force on 4 May 1998.", &[("The new law came into force when?", "4 May 1998")]),
            (
                "Applicants must wait for 30 days after the notice.",
                &[("Applicants must wait for how many days after the notice?", "30 days")],
            ),
            (
                "The history of the valley was written by Ada Lovelace.",
                &[("The history of the valley was written by whom?", "Ada Lovelace")],
            ),
            ("The board has met 12 times in 1998, but nobody has seen its minutes.", &[]),
        ];
        for (sentence, expected) in cases {
            let made = in_place(sentence, language);
            let made: Vec<(&str, &str)> = made.iter().map(|wh| (wh.question.as_str(), &sentence[wh.answer.clone()])).collect();
            assert_eq!(made, expected, "{sentence}");
        }
    }
}
