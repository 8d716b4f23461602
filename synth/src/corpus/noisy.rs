//! Questions of a broken grammar that always work, as in unsupervised question answering (Lewis, Denoyer and Riedel 2019): a question word of
//! the answer's type, then the content of the clause around the answer with words dropped and moved. They teach where an answer of a
//! type stands beside its evidence, whatever the wording.

use std::ops::Range;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::asking::Wh;
use super::clause::{Token, tokens};
use super::language::{Class, Form, Language};
use super::phrases::is_person;
use super::sentences::{Span, answer_spans};
use crate::filter::is_content_word;

/// Words kept on each side of an answer.
const REACH: usize = 14;
/// Shares of dropped words: small ones, and ones with content.
const DROP: (f64, f64) = (0.18, 0.04);

/// Up to `most` questions about the typed spans of a sentence.
pub(super) fn noisy(sentence: &str, language: &Language, most: usize, rng: &mut ChaCha8Rng) -> Vec<Wh> {
    let all = tokens(sentence);
    let mut spans: Vec<(Range<usize>, Option<Span>)> =
        answer_spans(sentence).into_iter().map(|(span, range)| (range, Some(span))).collect();
    spans.extend(
        noun_phrases(&all, language)
            .into_iter()
            .filter(|range| sentence.matches(&sentence[range.clone()]).count() == 1)
            .map(|range| (range, None)),
    );
    let mut out = Vec::new();
    for _ in 0..most {
        let at = match spans.len() {
            0 => break,
            // Typed spans first: they are what people ask for.
            count => {
                if spans.iter().any(|(_, span)| span.is_some()) && rng.random_bool(0.7) {
                    spans.iter().position(|(_, span)| span.is_some()).unwrap_or(0)
                } else {
                    rng.random_range(0..count)
                }
            }
        };
        let (range, span) = spans.swap_remove(at);
        out.extend(ask(sentence, &all, range, span, language, rng));
    }
    out
}

/// Phrases of an article, words of content and a noun, by closed classes alone.
fn noun_phrases(all: &[Token], language: &Language) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let open = |token: &Token| {
        let word = token.lower.as_str();
        let closed = [
            Class::Determiner,
            Class::Preposition,
            Class::Subordinator,
            Class::Pronoun,
            Class::Relative,
            Class::Conjunction,
            Class::Adverb,
            Class::Modal,
            Class::Be,
            Class::Have,
            Class::Do,
        ];
        let forms = [Form::Base, Form::Third, Form::Past, Form::Participle, Form::Gerund];
        let verb = forms.iter().any(|form| language.verb(word, *form).is_some()) && !language.is(Class::Doubtful, word);
        !verb && !word.ends_with("ly") && !closed.iter().any(|class| language.is(*class, word)) && word.len() > 2
    };
    let mut at = 0;
    while at < all.len() {
        let named = at > 0 && matches!(all[at - 1].lower.as_str(), "called" | "named" | "as" | "termed" | "titled");
        if !(matches!(all[at].lower.as_str(), "the" | "a" | "an") || (named && open(&all[at]))) || !all[at].after.is_empty() {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < all.len() && end - at <= 4 && open(&all[end]) && all[end].before.is_empty() {
            end += 1;
            if !all[end - 1].after.is_empty() {
                break;
            }
        }
        if end - at >= 3 || (named && end > at) {
            out.push(all[at].range.start..all[end - 1].range.end);
        }
        at = end;
    }
    out
}

/// The question word of an answer's type.
fn wh(text: &str, span: Option<Span>, before: &[Token], after: &[Token], language: &Language, rng: &mut ChaCha8Rng) -> String {
    let led_by = before.last().map_or("", |token| token.lower.as_str());
    let one = |choices: &[&str], rng: &mut ChaCha8Rng| choices.choose(rng).copied().unwrap_or("What").to_owned();
    let last = text.rsplit(' ').next().unwrap_or(text).to_lowercase();
    match span {
        Some(Span::Date) if text.len() == 4 => one(&["When", "What year", "In what year", "In which year"], rng),
        Some(Span::Date) => one(&["When", "On what date", "When"], rng),
        Some(Span::Quantity) if text.starts_with(['$', '€', '£']) || language.is(Class::Money, &last) => {
            one(&["How much", "How much money", "At what cost"], rng)
        }
        Some(Span::Quantity) if text.contains('%') || last.starts_with("percent") || last == "cent" => {
            one(&["What percentage", "How many percent", "How much"], rng)
        }
        Some(Span::Quantity) if language.is(Class::Duration, &last) && rng.random_bool(0.6) => one(&["How long", "How long"], rng),
        Some(Span::Quantity) if text.contains(' ') => format!("How many {last}"),
        Some(Span::Quantity) => {
            after.first().filter(|_| after.len() > 1).map_or("How many".into(), |next| format!("How many {}", next.lower))
        }
        Some(Span::Name) if is_person(text) => one(&["Who", "Who", "Which person"], rng),
        Some(Span::Name) if matches!(led_by, "in" | "at" | "near" | "from") => one(&["Where", "Where", "What", "In what"], rng),
        Some(Span::Name) => {
            let kind = last.as_str();
            if language.is(Class::Person, kind) || language.is(Class::Place, kind) {
                format!("Which {kind}")
            } else {
                one(&["What", "Which", "What"], rng)
            }
        }
        Some(Span::Term) => {
            let noun = after.first().filter(|token| {
                token.before.is_empty()
                    && !language.is_auxiliary(&token.lower)
                    && !language.is(Class::Preposition, &token.lower)
                    && is_content_word(&token.lower)
            });
            match noun
                .filter(|noun| language.verb(&noun.lower, Form::Third).is_none() && !noun.lower.ends_with("ed") && rng.random_bool(0.7))
            {
                Some(noun) => format!("Which {}", noun.lower),
                None => one(&["What", "What", "Which one"], rng),
            }
        }
        None if language.is(Class::Person, &last) => one(&["Who", "Who", "Which person"], rng),
        None if text.split(' ').count() > 2 && !language.is(Class::Empty, &last) => {
            let kind = one(&["What", "Which"], rng);
            format!("{kind} {last}")
        }
        None => "What".to_owned(),
    }
}

fn ask(sentence: &str, all: &[Token], answer: Range<usize>, span: Option<Span>, language: &Language, rng: &mut ChaCha8Rng) -> Option<Wh> {
    let from = all.iter().position(|token| token.range.end > answer.start)?;
    let to = all.iter().position(|token| token.range.start >= answer.end).unwrap_or(all.len());
    let breaks = |token: &Token| token.after.contains([';', ':', '—', '–', '.', '!', '?']);
    let low = (from.saturating_sub(REACH)..from).rev().find(|at| breaks(&all[*at])).map_or(from.saturating_sub(REACH), |at| at + 1);
    let end = (to.saturating_sub(1)..all.len()).find(|at| breaks(&all[*at])).map_or(all.len(), |at| at + 1).min(to + REACH).max(to);
    let (mut before, after) = (&all[low..from], &all[to..end]);
    let word = wh(&sentence[answer.clone()], span, before, after, language, rng);
    if matches!(word.as_str(), "When" | "Where") || word.starts_with("In ") || word.starts_with("On ") {
        before = before
            .strip_suffix(before.last().filter(|last| language.is(Class::Preposition, &last.lower)).map_or(&[][..], std::slice::from_ref))
            .unwrap_or(before);
    }
    while let [first, rest @ ..] = before {
        let leans = language.is(Class::Conjunction, &first.lower)
            || language.is(Class::Subordinator, &first.lower)
            || language.openers.contains(&first.lower);
        if !leans {
            break;
        }
        before = rest;
    }
    let named = word.rsplit(' ').next().unwrap_or_default().to_owned();
    let mut keep = |token: &&Token| {
        let lower = token.lower.as_str();
        let points = language.is(Class::Pointing, lower) || (language.is(Class::Pronoun, lower) && !language.is(Class::Relative, lower));
        let drop = if is_content_word(lower) { DROP.1 } else { DROP.0 };
        !(points || rng.random_bool(drop) || named == lower && lower.len() > 3)
    };
    let front: Vec<&Token> = before.iter().filter(&mut keep).collect();
    let back: Vec<&Token> = after.iter().filter(&mut keep).collect();
    let mut words: Vec<&Token> = Vec::new();
    let order = rng.random_range(0..10);
    if order < 3 && back.len() >= 3 {
        words.extend(back.iter().chain(&front));
    } else {
        words.extend(front.iter().chain(&back));
    }
    if order >= 8 {
        let mut placed: Vec<(f64, &Token)> =
            words.iter().enumerate().map(|(at, token)| (at as f64 + rng.random_range(0.0..2.5), *token)).collect();
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        words = placed.into_iter().map(|(_, token)| token).collect();
    }
    // A small word at the end hangs on what is gone.
    while words.last().is_some_and(|last| !is_content_word(&last.lower)) && words.len() > 3 {
        words.pop();
    }
    let content = words.iter().filter(|token| is_content_word(&token.lower)).count();
    let text: Vec<&str> = words
        .iter()
        .map(|token| {
            if token.range.start == 0 && !token.lower.contains('`') && language.is(Class::Determiner, &token.lower) {
                token.lower.as_str()
            } else {
                &sentence[token.range.clone()]
            }
        })
        .collect();
    let rule = match span {
        Some(Span::Date) => "noisy/date",
        Some(Span::Quantity) => "noisy/quantity",
        Some(Span::Name) => "noisy/name",
        Some(Span::Term) => "noisy/term",
        None => "noisy/phrase",
    };
    (content >= 3).then(|| Wh { question: format!("{word} {}?", text.join(" ")), answer, rule })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_typed_span_gives_a_question_that_does_not_hold_it() {
        let sentence = "It was agreed that the new bridge over the river would be opened by Ada Lovelace on 4 May 1998.";
        for seed in 0..30 {
            let all = noisy(sentence, Language::get().unwrap(), 3, &mut ChaCha8Rng::seed_from_u64(seed));
            assert!(!all.is_empty());
            for wh in all {
                assert!(!wh.question.contains(&sentence[wh.answer.clone()]), "{wh:?}");
                assert!(wh.question.ends_with('?') && wh.question.split(' ').count() >= 4, "{wh:?}");
            }
        }
    }
}
