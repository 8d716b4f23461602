//! What each token of a section looks like, and how much of the question its sentence holds. The encoder's
//! vocabulary has no capitals and its subwords hide what a code looks like; this says it outright (as DrQA's features do, Chen et al. 2017).

use std::collections::{BTreeMap, HashSet};

use super::Reading;

/// Number of values a mark can take: 8 shapes x 8 steps of coverage.
pub const MARKS: usize = 64;
/// Steps of coverage.
const STEPS: u8 = 8;

/// What a word looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Lower = 1,
    /// A capital that the start of a sentence explains.
    FirstCapital = 2,
    Capital = 3,
    Capitals = 4,
    Number = 5,
    Code = 6,
    /// What stands between words.
    Punctuation = 7,
}

fn shape(word: &str) -> Shape {
    let any = |is: fn(char) -> bool| word.chars().any(is);
    let (digits, letters) = (any(|c| c.is_ascii_digit()), any(char::is_alphabetic));
    let inner_capital = word.chars().zip(word.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    match (digits, letters) {
        (true, false) => Shape::Number,
        (true, true) => Shape::Code,
        (false, false) => Shape::Punctuation,
        (false, true) if word.contains('_') || inner_capital => Shape::Code,
        (false, true) if word.chars().nth(1).is_some() && !any(char::is_lowercase) => Shape::Capitals,
        (false, true) if word.starts_with(char::is_uppercase) => Shape::Capital,
        (false, true) => Shape::Lower,
    }
}

/// Fills the marks of a section's text.
pub(super) fn mark(reading: &mut Reading, text: &str, question: &str, idf: &dyn Fn(&str) -> f32) {
    // Ordered, so that the sums are the same in every run.
    let asked: BTreeMap<String, f32> = text::terms(question).into_iter().map(|term| (term.clone(), idf(&term))).collect();
    let all = asked.values().sum::<f32>().max(f32::MIN_POSITIVE);
    let mut shapes = vec![Shape::Punctuation; reading.offsets.len()];
    for word in text::words(text) {
        let Some(tokens) = reading.tokens_of(&word) else { continue };
        shapes[tokens].fill(shape(&text[word]));
    }
    let mut coverage = vec![0; shapes.len()];
    for (sentence, tokens) in reading.sentences.iter().zip(&reading.sentence_tokens) {
        let words = &text[sentence.clone()];
        let held: HashSet<String> = text::terms(words).into_iter().collect();
        let share = asked.iter().filter(|(term, _)| held.contains(*term)).map(|(_, weight)| weight).sum::<f32>() / all;
        coverage[tokens.clone()].fill((share * f32::from(STEPS)).clamp(0.0, f32::from(STEPS - 1)) as u8);
        let first = text::words(words).next().map(|word| sentence.start + word.start..sentence.start + word.end);
        let first = first.and_then(|word| reading.tokens_of(&word));
        for shape in shapes[first.unwrap_or(0..0)].iter_mut().filter(|shape| **shape == Shape::Capital) {
            *shape = Shape::FirstCapital;
        }
    }
    let marks = shapes.iter().zip(coverage).map(|(shape, step)| *shape as u8 * STEPS + step);
    reading.sequence.marks[reading.text_start..].iter_mut().zip(marks).for_each(|(place, mark)| *place = mark);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Limits, fixture};

    #[test]
    fn words_are_told_by_their_looks() {
        let shapes = ["ferry", "Falcon", "NASA", "1998", "3.5", "B52", "resolve_all", "camelCase", "—"].map(shape);
        use Shape::{Capital, Capitals, Code, Lower, Number, Punctuation};
        assert_eq!(shapes, [Lower, Capital, Capitals, Number, Number, Code, Code, Code, Punctuation]);
    }

    #[test]
    fn a_sentence_that_holds_the_question_is_marked_higher_than_one_that_does_not() {
        let text = "Falcon is run by the Harbour Unit. It began in May 2021.";
        let reading = fixture::encoder().reading("Who runs Falcon?", "", "", text, Limits::of(200), &|_| 1.0);
        let mark_of = |word: &str| {
            let at = text.find(word).unwrap();
            let tokens = reading.tokens_of(&(at..at + word.len())).unwrap();
            let mark = reading.sequence.marks[reading.text_start + tokens.start];
            (mark / STEPS, mark % STEPS)
        };
        // Two of the three terms asked for, which weigh alike here.
        assert_eq!(mark_of("Falcon"), (Shape::FirstCapital as u8, STEPS * 2 / 3));
        assert_eq!(mark_of("Harbour"), (Shape::Capital as u8, STEPS * 2 / 3));
        assert_eq!(mark_of("2021"), (Shape::Number as u8, 0));
        assert_eq!(mark_of("began"), (Shape::Lower as u8, 0));
        assert_eq!(reading.sequence.marks.len(), reading.sequence.ids.len());
        assert!(reading.sequence.marks.iter().all(|mark| usize::from(*mark) < MARKS));
    }
}
