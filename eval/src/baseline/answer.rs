//! The answer rule: pieces of the best sentences that look like what is asked for, by type, place in the sentence and closeness to the question's
//! words.

use std::collections::HashMap;
use std::ops::Range;

use super::evidence::{Need, Scored};
use super::retrieval::{Found, ReadSentence, ReadSpan};
use super::spans::Shape;
use super::{AnswerRules, Expected};
use crate::metrics::normalise;

/// Bytes of a word with the space behind it, on average.
const WORD: f32 = 6.0;
/// Sentences that answers are picked from.
const SENTENCES: usize = 12;

/// An answer and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// The words.
    pub text: String,
    /// The sentence, by its place in the list that was given.
    pub from: usize,
    /// 0 to 1.
    pub score: f32,
}

/// How well a shape fits what is asked for, 0 to 1.
fn fit(expected: &Expected, shape: Shape, text: &str, before: &str) -> f32 {
    let words = text.split_whitespace().count();
    let organisation = || {
        let marks = [
            "Inc",
            "Ltd",
            "Corp",
            "GmbH",
            "University",
            "Company",
            "Group",
            "Department",
            "Institute",
            "Office",
            "Council",
            "Committee",
            "Agency",
            "Board",
            "Team",
        ];
        text.split_whitespace().any(|word| marks.contains(&word.trim_end_matches('.')))
    };
    match (expected, shape) {
        (Expected::Person, Shape::Name) if organisation() || text.contains(|c: char| c.is_ascii_digit()) => 0.6,
        (Expected::Person, Shape::Name) if words == 1 => 0.75,
        (Expected::Place, Shape::Name) if ends_with_word(before, &["in", "at", "near", "from", "to", "of"]) => 1.0,
        (Expected::Place, Shape::Name) => 0.5,
        (Expected::Person, Shape::Name) if ends_with_word(before, &["in", "at", "near", "from"]) => 0.5,
        (Expected::Person, Shape::Name) | (Expected::Date, Shape::Date) | (Expected::Year, Shape::Year) => 1.0,
        (Expected::Quantity, Shape::Quantity) | (Expected::Address, Shape::Address) | (Expected::Number, Shape::Number) => 1.0,
        (Expected::Number, Shape::Quantity) => 0.6,
        (Expected::Place, Shape::Address) => 0.6,
        (Expected::Definition, Shape::Predicate) if ends_with_word(before, &["is", "are", "was", "as", "means"]) => 1.0,
        (Expected::Reason, Shape::Predicate) if ends_with_word(before, &["of", "to", "by", "was"]) && !text.contains(" of ") => 1.0,
        (Expected::Definition | Expected::Reason, Shape::Predicate) => 0.5,
        (Expected::Definition | Expected::Reason, Shape::Cell) => 1.0,
        (Expected::Definition | Expected::Reason, _) => 0.3,
        (Expected::Date, Shape::Year) => 0.7,
        (Expected::Year, Shape::Date) => 0.4,
        (Expected::Thing(_), Shape::Name) => 0.85,
        (Expected::Thing(_), Shape::Cell) => 0.8,
        (Expected::Thing(_), Shape::Predicate) => 0.7,
        (Expected::Thing(_), Shape::Quantity | Shape::Date | Shape::Address | Shape::Number) => 0.5,
        (_, Shape::Cell) => 0.5,
        _ => 0.1,
    }
}

/// Whether the text before a piece ends with one of some words, articles and quotation marks skipped.
fn ends_with_word(before: &str, words: &[&str]) -> bool {
    let mut back = before.rsplit([' ', '"', '“']).filter(|word| !word.is_empty());
    let last = back.find(|word| !matches!(*word, "a" | "an" | "the")).unwrap_or_default();
    words.contains(&last.to_lowercase().as_str())
}

/// The best fit of any piece of a sentence that the question does not name itself, 0 to 1.
#[must_use]
pub fn best_match(expected: &Expected, need: &Need, sentence: &str, spans: &[ReadSpan]) -> f32 {
    let value =
        |span: &ReadSpan| fit(expected, span.shape, &sentence[span.range.clone()], &sentence[..span.range.start]) * newness(need, span);
    spans.iter().map(value).fold(0.0, f32::max)
}

/// What a row or the beginning of a sentence takes from a piece: labels stand in front of values, and any word is capitalised at the start.
fn standing(sentence: &str, span: &ReadSpan) -> f32 {
    let (before, after) = (&sentence[..span.range.start], &sentence[span.range.end..]);
    let label = before.contains(['|', '\t']) && after.contains(['|', '\t']) || !before.contains(['|', '\t']) && after.contains('|');
    let single = !sentence[span.range.clone()].contains(' ');
    let opener = span.shape == Shape::Name
        && single
        && !before.contains(char::is_alphanumeric)
        && after.trim_start().starts_with(char::is_lowercase);
    if label || opener { 0.4 } else { 1.0 }
}

/// 0 if the question names all of it, 1 if none.
fn newness(need: &Need, span: &ReadSpan) -> f32 {
    // A number is told by its digits: its unit may be named.
    let terms = if span.shape == Shape::Quantity { &span.terms[..span.terms.len().min(1)] } else { &span.terms[..] };
    if terms.is_empty() {
        return 0.0;
    }
    let asked = terms.iter().filter(|term| need.asks(term)).count();
    if asked == terms.len() { 0.0 } else { 1.0 - 0.7 * asked as f32 / terms.len() as f32 }
}

/// The best piece of the best sentences; none where no sentence holds anything that fits.
#[must_use]
pub fn pick(need: &Need, expected: &Expected, found: &[(&Found, Scored)], rules: &AnswerRules) -> Option<Picked> {
    let mut candidates: Vec<Picked> = Vec::new();
    for (from, (found, scored)) in found.iter().enumerate().take(SENTENCES) {
        let chunk = &found.chunks[scored.chunk];
        let own = &chunk.read().sentences[scored.sentence];
        let sentence = &chunk.section.text[own.range.clone()];
        for span in &own.spans {
            let ReadSpan { range, shape, .. } = span;
            let text = &sentence[range.clone()];
            let fits =
                fit(expected, *shape, text, &sentence[..range.start]) * newness(need, span) * standing(sentence, span) * shortness(text);
            if fits > 0.0 {
                let place =
                    rules.proximity * closeness(need, own, range) + rules.position * position(need, expected, sentence, range, *shape);
                let score = fits * (scored.score + place) / (1.0 + rules.proximity + rules.position);
                candidates.push(Picked { text: without_asked_unit(need, *shape, text).to_owned(), from, score });
            }
        }
    }
    agree(&mut candidates, rules.agreement);
    candidates.into_iter().reduce(|best, next| if next.score > best.score { next } else { best })
}

/// A number without the unit that the question names: "how many *ships*" wants "14", not "14 ships".
fn without_asked_unit<'a>(need: &Need, shape: Shape, text: &'a str) -> &'a str {
    let asked = |word: &str| text::term(word).is_some_and(|term| need.asks(&term));
    match text.rsplit_once(' ') {
        Some((number, unit)) if shape == Shape::Quantity && asked(unit) && number.contains(|c: char| c.is_ascii_digit()) => number,
        _ => text,
    }
}

/// Long predicates are rarely answers.
fn shortness(text: &str) -> f32 {
    match text.split_whitespace().count() {
        0..=6 => 1.0,
        7..=10 => 0.8,
        _ => 0.5,
    }
}

/// `sum over question terms of weight / (1 + words between)`, scaled by the terms that the sentence holds.
fn closeness(need: &Need, sentence: &ReadSentence, span: &Range<usize>) -> f32 {
    let (mut near, mut total) = (0.0, 0.0);
    for (term, weight) in &need.terms {
        let gap = |at: usize| if at < span.start { span.start - at } else { at.saturating_sub(span.end) };
        let outside = sentence.terms.iter().filter(|(other, at)| other == term && !span.contains(at));
        if let Some(gap) = outside.map(|(_, at)| gap(*at)).min() {
            near += weight / (1.0 + gap as f32 / WORD / 4.0);
            total += weight;
        }
    }
    if total > 0.0 { near / total } else { 0.0 }
}

/// 1 where answers stand: behind a copula, preposition of the expected type or colon, or beside the noun or with the unit that is asked for.
fn position(need: &Need, expected: &Expected, sentence: &str, span: &Range<usize>, shape: Shape) -> f32 {
    let (before, after) = (&sentence[..span.start], &sentence[span.end..]);
    let copula = ends_with_word(before, &["is", "are", "was", "were", "named", "called", "became", "to"])
        || before.trim_end().ends_with([':', '|', '\t', '(']);
    let by = matches!(expected, Expected::Person) && ends_with_word(before, &["by", "dr.", "ms.", "mr.", "mrs."]);
    let beside = match expected {
        Expected::Thing(Some(noun)) => {
            let last = text::terms(before.rsplit([',', '.', ';']).next().unwrap_or_default()).into_iter().next_back();
            let next = text::terms(after).into_iter().next();
            last.as_ref() == Some(noun) || next.as_ref() == Some(noun) || text::terms(&sentence[span.clone()]).contains(noun)
        }
        Expected::Quantity => {
            without_asked_unit(need, shape, &sentence[span.clone()]).len() < span.len()
                || text::terms(after).first().is_some_and(|term| need.asks(term))
        }
        _ => false,
    };
    let cell = if shape == Shape::Cell { 0.3 } else { 0.0 };
    (f32::from(u8::from(copula || by)) * 0.6 + f32::from(u8::from(beside)) * 0.6 + cell).min(1.0)
}

/// The same answer in several sentences speaks for it.
fn agree(candidates: &mut [Picked], weight: f32) {
    let mut sentences: HashMap<String, Vec<usize>> = HashMap::new();
    for candidate in candidates.iter() {
        let seen = sentences.entry(normalise(&candidate.text)).or_default();
        if !seen.contains(&candidate.from) {
            seen.push(candidate.from);
        }
    }
    for candidate in candidates {
        let count = sentences.get(&normalise(&candidate.text)).map_or(1, Vec::len);
        candidate.score *= 1.0 + weight * (count as f32).ln();
    }
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;
    use crate::baseline::evidence::score_sentences;
    use crate::baseline::{ChunkRules, RetrievalRules, Searcher, SentenceWeights, chunks_of_source, in_memory};

    fn ask(question: &str, text: &str) -> String {
        let source = SourceText { id: "s".into(), title: None, text: text.into() };
        let store = in_memory(chunks_of_source(&source, &ChunkRules::default()), None);
        let found = Searcher::new(&store, None, 5).find(question).unwrap();
        let (need, expected) = (Need::of(question, &|term| text::idf(100, term.len() % 5), 1.0), Expected::of(question));
        let scored = score_sentences(&need, &expected, &found, &found.fused(&RetrievalRules::default()), &SentenceWeights::default());
        let list: Vec<_> = scored.into_iter().map(|scored| (&*found, scored)).collect();
        pick(&need, &expected, &list, &AnswerRules::default()).map(|picked| picked.text).unwrap_or_default()
    }

    #[test]
    fn answers_of_every_type_are_picked() {
        let text = "The Alder ferry office was founded in 1911 by Mira Holt. It is based in Lindholm. It owns 14 ships and spent $3.5 million on 3 May 2019. \
            The office is led by Tom Reyes since 2020.";
        assert_eq!(ask("Who founded the Alder ferry office?", text), "Mira Holt");
        assert_eq!(ask("In what year was the Alder ferry office founded?", text), "1911");
        assert_eq!(ask("How many ships does the office own?", text), "14");
        assert_eq!(ask("In which city is the office based?", text), "Lindholm");
    }

    #[test]
    fn what_the_question_names_is_no_answer() {
        assert_eq!(ask("Who is Mira Holt?", "Mira Holt."), "");
    }
}
