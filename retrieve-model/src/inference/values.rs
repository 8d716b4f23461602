//! Which words of a section answer. The likeliest span is often one of several that hold much of each other ("240 hours", "240 hours of leave", "hours"):
//! the one that agrees most with all of them, each as far as it is likely, is right more often than the likeliest (minimum Bayes risk,
//! Kumar & Byrne 2004).

use std::ops::Range;

use super::read::log_sum_exp;
use crate::data::Reading;

/// Values kept of each section.
const VALUES: usize = 2;
/// Spans that are held against each other.
const SPANS: usize = 32;
/// Power of their probabilities: at 1 long spans win wherever the reader is unsure, as they hold some of everything (chosen on policies and sentences, see
/// LOG.md).
const SHARPNESS: f32 = 2.0;

/// A value in a section's text that may answer, or lead on.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Bytes of the section's text.
    pub bytes: Range<usize>,
    /// The sentence it stands in.
    pub sentence: usize,
    /// Logarithm of what of it is expected to be right: the mean over all values of the section, by their probabilities, of how far they agree with it.
    pub score: f32,
    /// Logarithm of its probability among all values of all sections that were read with it, apart from its sentence's.
    pub overall: f32,
}

/// What the reader says of a section's sentences and tokens: logarithms of probabilities.
#[derive(Clone, Copy)]
pub(super) struct Edges<'a> {
    /// Of each sentence, to be the telling one.
    pub sentences: &'a [f32],
    /// Of each token, to be the first of the value.
    pub starts: &'a [f32],
    /// The same for the last.
    pub ends: &'a [f32],
}

/// Words that may be the value.
struct Span {
    bytes: Range<usize>,
    sentence: usize,
    /// Logarithm of its probability, and the same without its sentence's.
    joint: f32,
    own: f32,
}

/// The best values of a section, best first: spans of at most `longest` tokens within one sentence, such that no two hold words of each other.
pub(super) fn best_values(reading: &Reading, text: &str, edges: Edges<'_>, longest: usize) -> Vec<Value> {
    let spans = likely(reading, text, edges, longest);
    let worth: Vec<f32> = spans.iter().map(|span| expected(span, &spans)).collect();
    let mut order: Vec<usize> = (0..spans.len()).collect();
    let better = |a: &usize, b: &usize| worth[*b].total_cmp(&worth[*a]).then(spans[*a].bytes.start.cmp(&spans[*b].bytes.start));
    order.sort_by(better);
    let mut kept: Vec<Value> = Vec::new();
    for at in order {
        let Span { bytes, sentence, own, .. } = &spans[at];
        let apart = |other: &Value| text[other.bytes.clone()] != text[bytes.clone()] && shared(&other.bytes, bytes) == 0;
        if kept.len() < VALUES && kept.iter().all(apart) {
            kept.push(Value { bytes: bytes.clone(), sentence: *sentence, score: worth[at], overall: *own });
        }
    }
    kept
}

/// The likeliest spans, in whole words. The sentence's score counts, so that value and quotation agree.
fn likely(reading: &Reading, text: &str, edges: Edges<'_>, longest: usize) -> Vec<Span> {
    let mut all: Vec<(f32, f32, usize, usize, usize)> = Vec::new();
    for (number, tokens) in reading.sentence_tokens.iter().enumerate() {
        for start in tokens.clone() {
            let last = tokens.end.min(start + longest);
            all.extend((start..last).map(|end| {
                let own = edges.starts[start] + edges.ends[end];
                (own + edges.sentences[number], own, number, start, end)
            }));
        }
    }
    let better =
        |a: &(f32, f32, usize, usize, usize), b: &(f32, f32, usize, usize, usize)| b.0.total_cmp(&a.0).then((a.3, a.4).cmp(&(b.3, b.4)));
    if all.len() > SPANS {
        all.select_nth_unstable_by(SPANS - 1, better);
        all.truncate(SPANS);
    }
    all.sort_by(better);
    let mut spans: Vec<Span> = Vec::with_capacity(all.len());
    for (joint, own, sentence, start, end) in all {
        let bytes = whole_words(text, reading.offsets[start].start..reading.offsets[end].end);
        if bytes.is_empty() {
            continue;
        }
        // What becomes the same words is as likely as both.
        match spans.iter_mut().find(|span| span.bytes == bytes) {
            Some(span) => span.joint = log_sum_exp([span.joint, joint].iter()),
            None => spans.push(Span { bytes, sentence, joint, own }),
        }
    }
    spans
}

/// Logarithm of how far a span is expected to agree with the answer, which is one of `spans`; of one that stands alone, of its probability.
fn expected(span: &Span, spans: &[Span]) -> f32 {
    let agreement = |other: &Span| 2.0 * shared(&span.bytes, &other.bytes) as f32 / (span.bytes.len() + other.bytes.len()).max(1) as f32;
    let parts: Vec<f32> =
        spans.iter().filter(|other| agreement(other) > 0.0).map(|other| SHARPNESS * other.joint + agreement(other).ln()).collect();
    log_sum_exp(parts.iter()) / SHARPNESS
}

/// Bytes that two ranges share.
fn shared(one: &Range<usize>, other: &Range<usize>) -> usize {
    one.end.min(other.end).saturating_sub(one.start.max(other.start))
}

/// Widens a range to whole words and drops white space and punctuation around it that opens or closes nothing inside.
fn whole_words(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(piece) = text.get(range.clone()) else { return 0..0 };
    let mut start = range.start + (piece.len() - piece.trim_start().len());
    let mut end = range.start + piece.trim_end().len();
    if start >= end {
        return 0..0;
    }
    // A word is one around soft hyphens and the like.
    for word in text::words(text).take_while(|word| word.start < range.end) {
        if word.contains(&start) {
            start = word.start;
        }
        if word.start < end && end < word.end {
            end = word.end;
        }
    }
    let value = &text[start..end];
    let trimmed = value.trim_end_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?') || c.is_whitespace());
    let trimmed = trimmed.trim_start_matches(|c: char| matches!(c, ',' | ';' | ':' | '.') || c.is_whitespace());
    if trimmed.is_empty() {
        return 0..0;
    }
    let start = start + (trimmed.as_ptr() as usize - value.as_ptr() as usize);
    start..start + trimmed.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole text as one sentence, a token each word.
    fn reading(text: &str) -> Reading {
        let offsets: Vec<Range<usize>> = text::words(text).collect();
        let sentence_tokens = vec![0..offsets.len()];
        Reading { offsets, sentence_tokens, sentences: vec![0..text.len()], ..Reading::default() }
    }

    fn logs<const N: usize>(shares: [f32; N]) -> [f32; N] {
        shares.map(|share| share.max(1e-6).ln())
    }

    #[test]
    fn of_spans_that_hold_each_other_the_one_that_agrees_with_most_is_taken() {
        let text = "Staff get 240 hours of leave";
        let reading = reading(text);
        // Likeliest alone is "hours", but the answer begins with the number or with its unit, about as often.
        let (starts, ends) = (logs([0.0, 0.0, 0.48, 0.52, 0.0, 0.0]), logs([0.0, 0.0, 0.0, 0.6, 0.0, 0.4]));
        let edges = Edges { sentences: &[0.0], starts: &starts, ends: &ends };
        let values = best_values(&reading, text, edges, 6);
        assert_eq!(&text[values[0].bytes.clone()], "240 hours");
        assert!(values[0].score < 0.0 && values[0].score > (0.48f32 * 0.6).ln(), "{}", values[0].score);
        assert!((values[0].overall - (0.48f32 * 0.6).ln()).abs() < 1e-3);
        assert!(values.iter().skip(1).all(|value| shared(&value.bytes, &values[0].bytes) == 0), "{values:?}");
    }

    #[test]
    fn a_sure_span_is_kept_and_the_second_stands_elsewhere() {
        let text = "Ola leads it with Kari";
        let (starts, ends) = (logs([0.9, 0.0, 0.0, 0.0, 0.1]), logs([0.9, 0.0, 0.0, 0.0, 0.1]));
        let values = best_values(&reading(text), text, Edges { sentences: &[0.0], starts: &starts, ends: &ends }, 2);
        let said: Vec<&str> = values.iter().map(|value| &text[value.bytes.clone()]).collect();
        assert_eq!(said, ["Ola", "Kari"]);
        assert!((values[0].score - (0.81f32).ln()).abs() < 0.01 && values[1].score < values[0].score);
    }

    #[test]
    fn a_value_is_whole_words_without_loose_punctuation() {
        let text = "It opened in May 2021, says Ann-Marie.";
        let cut = |range| &text[whole_words(text, range)];
        assert_eq!(cut(12..22), "May 2021");
        assert_eq!(cut(14..19), "May 2021");
        assert_eq!(cut(33..37), "Marie");
        assert_eq!(whole_words(text, 2..3), 0..0);
        let text = "Drawn by As\u{ad}trid Dah\u{200b}l, as said.";
        let astrid = text.find("trid").unwrap();
        assert_eq!(&text[whole_words(text, astrid..astrid + 8)], "As\u{ad}trid Dah\u{200b}l");
    }
}
