//! Reading: sections beside a question and the evidence so far, through the network, to scores a controller can act on. A section that is longer than
//! what the network reads at once is read in windows that overlap by a sentence; the window that tells most speaks for it.

use std::ops::Range;

use burn::tensor::Device;
use records::Section;

use super::search::{Hit, numbers_of};
use super::source::Passage;
use crate::data::{Encoder, Limits, ReadBatch, Reading, header};
use crate::model::Reader;

/// Values kept of each section.
const VALUES: usize = 2;
/// Windows of a section at most; more than twenty pages are no section.
const WINDOWS: usize = 12;
/// Sections that are read at once where reading stops as soon as one is relevant enough.
const AT_ONCE: usize = 6;

/// A value in a section's text that may answer, or lead on.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Bytes of the section's text.
    pub bytes: Range<usize>,
    /// The sentence it stands in.
    pub sentence: usize,
    /// Logarithm of its probability among all values of the section.
    pub score: f32,
    /// The same among all values of all sections that were read with it, apart from its sentence's.
    pub overall: f32,
}

/// One section as the reader sees it.
#[derive(Clone, Debug)]
pub struct Read {
    /// The section.
    pub passage: Passage,
    /// Its score before it was read.
    pub first_stage: f32,
    /// Its cosine with the query by the published encoder; 0 where they were not compared.
    pub similarity: f32,
    /// Log-odds that it tells the next fact.
    pub relevance: f32,
    /// Log-odds that this fact, if it is told, answers the question rather than leading on.
    pub answers: f32,
    /// The sentences, as bytes of its text.
    pub sentences: Vec<Range<usize>>,
    /// Logarithm of each sentence's probability to be the telling one.
    pub sentence_scores: Vec<f32>,
    /// The best values, best first.
    pub values: Vec<Value>,
    /// How much there is to answer with: the logarithm of the sum of all values' exponentiated scores, of all sections that were read with it.
    pub mass: f32,
    /// The whole in one vector.
    pub summary: Vec<f32>,
}

impl Read {
    /// The text of a range.
    #[must_use]
    pub fn text(&self, bytes: &Range<usize>) -> &str {
        self.passage.section.text.get(bytes.clone()).unwrap_or_default()
    }

    /// The sentence most likely to tell the fact.
    #[must_use]
    pub fn best_sentence(&self) -> Option<usize> {
        (0..self.sentences.len()).max_by(|a, b| self.sentence_scores[*a].total_cmp(&self.sentence_scores[*b]))
    }
}

/// What reading needs beside the network.
pub struct Question<'a> {
    /// The question.
    pub question: &'a str,
    /// The sentences quoted so far.
    pub evidence: &'a str,
    /// Tokens of question, evidence and section together.
    pub tokens: usize,
    /// Longest value in tokens.
    pub answer_tokens: usize,
    /// Log-odds of relevance from which on a section is taken to tell the fact, so that those found behind it need no reading; none to read all.
    pub enough: Option<f32>,
    /// Inverse document frequency of a term.
    pub idf: &'a dyn Fn(&str) -> f32,
}

/// Reads sections, the first found first; those that need no reading are left out.
#[must_use]
pub fn read(reader: &Reader, encoder: &Encoder, hits: Vec<Hit>, asked: &Question<'_>, device: &Device) -> Vec<Read> {
    let limits = Limits::of(asked.tokens);
    let at_once = if asked.enough.is_some() { AT_ONCE } else { hits.len().max(1) };
    let mut all: Vec<Vec<(Window, Scores)>> = Vec::with_capacity(hits.len());
    for hits in hits.chunks(at_once) {
        let windows = hits.iter().map(|hit| windows(encoder, &hit.passage.section, asked, limits)).collect();
        let read = scores(reader, windows, device);
        let found = asked.enough.is_some_and(|enough| read.iter().flatten().any(|(_, scores)| scores.relevance >= enough));
        all.extend(read);
        if found {
            break;
        }
    }
    // A reader learns each section alone; what its scores say beside those of others is the confidence's to learn.
    let edges = |edge: usize| log_sum_exp(all.iter().flatten().flat_map(move |(_, scores)| &scores.edges[edge]));
    let whole = [edges(0), edges(1)];
    let telling = |windows: Vec<(Window, Scores)>| {
        let best = windows.iter().enumerate().max_by(|a, b| a.1.1.relevance.total_cmp(&b.1.1.relevance).then(b.0.cmp(&a.0)))?.0;
        windows.into_iter().nth(best)
    };
    let mut out = Vec::with_capacity(all.len());
    for (hit, windows) in hits.into_iter().zip(all) {
        let Some((Window { from, reading }, scores)) = telling(windows) else { continue };
        let sentence_scores = log_softmax(&scores.sentences);
        let share = scores.edges.iter().map(|edge| log_sum_exp(edge.iter())).sum::<f32>() - whole[0] - whole[1];
        let [starts, ends] = scores.edges.map(|edge| log_softmax(&edge));
        let text = &hit.passage.section.text[from..];
        let moved = |range: &Range<usize>| range.start + from..range.end + from;
        let values = best_values(&reading, text, &sentence_scores, &starts, &ends, asked.answer_tokens);
        let compared = |value: Value| Value { overall: value.overall + share, bytes: moved(&value.bytes), ..value };
        out.push(Read {
            first_stage: hit.score,
            similarity: hit.similarity,
            relevance: scores.relevance,
            answers: scores.answers,
            sentences: reading.sentences.iter().map(moved).collect(),
            sentence_scores,
            values: values.into_iter().map(compared).collect(),
            mass: whole[0] + whole[1],
            summary: scores.summary,
            passage: hit.passage,
        });
    }
    out
}

/// What the network says of a window.
struct Scores {
    relevance: f32,
    answers: f32,
    /// One for each sentence.
    sentences: Vec<f32>,
    /// That a value starts, and that it ends, at each token of the text.
    edges: [Vec<f32>; 2],
    summary: Vec<f32>,
}

/// Puts the windows of some sections through the network in one batch.
fn scores(reader: &Reader, windows: Vec<Vec<Window>>, device: &Device) -> Vec<Vec<(Window, Scores)>> {
    let batch = ReadBatch::new(windows.iter().flatten().map(|window| &window.reading).collect::<Vec<_>>().into_iter());
    let (sentences, tokens) = (batch.sentences, batch.sequences.tokens);
    let output = reader.read(&batch, device);
    let d_model = output.summary.dims()[1];
    let (relevance, answers) = (numbers_of(output.relevance), numbers_of(output.answers));
    let (told, summary) = (numbers_of(output.sentences), numbers_of(output.summary));
    let edges = [numbers_of(output.starts), numbers_of(output.ends)];
    let scored = |(row, window): (usize, Window)| {
        let start = row * tokens + window.reading.text_start;
        let text = start..start + window.reading.offsets.len();
        let scores = Scores {
            relevance: relevance[row],
            answers: answers[row],
            sentences: told[row * sentences..row * sentences + window.reading.sentences.len()].to_vec(),
            edges: edges.each_ref().map(|edge| edge[text.clone()].to_vec()),
            summary: summary[row * d_model..(row + 1) * d_model].to_vec(),
        };
        (window, scores)
    };
    let mut row = 0;
    let mut numbered = |window| {
        row += 1;
        scored((row - 1, window))
    };
    windows.into_iter().map(|windows| windows.into_iter().map(&mut numbered).collect()).collect()
}

/// A part of a section that is read at once.
struct Window {
    /// Its first byte in the section's text.
    from: usize,
    reading: Reading,
}

/// The windows that cover a section's text: one where it is short enough.
fn windows(encoder: &Encoder, section: &Section, asked: &Question<'_>, limits: Limits) -> Vec<Window> {
    let (text, header) = (&section.text, header(section));
    let mut out = Vec::new();
    let mut from = 0;
    loop {
        let reading = encoder.reading(asked.question, asked.evidence, &header, &text[from..], limits, asked.idf);
        let end = from + reading.offsets.last().map_or(0, |last| last.end);
        // A sentence that was cut is read again from its start, unless it is all that fits.
        let again = reading.sentences.last().map(|last| from + last.start).filter(|start| *start > from);
        out.push(Window { from, reading });
        let next = again.unwrap_or(end);
        if text[end..].trim().is_empty() || out.len() == WINDOWS || next <= from {
            return out;
        }
        from = next;
    }
}

/// The best values of a section that lie within one sentence, with different words. The sentence's score counts, so that value and quotation agree.
fn best_values(reading: &Reading, text: &str, sentences: &[f32], starts: &[f32], ends: &[f32], longest: usize) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for (number, tokens) in reading.sentence_tokens.iter().enumerate() {
        let mut best: Vec<(f32, usize, usize)> = Vec::new();
        for start in tokens.clone() {
            let last = tokens.end.min(start + longest);
            let pairs = (start..last).zip(&ends[start..last]);
            best.extend(pairs.map(|(end, score)| (starts[start] + score, start, end)));
        }
        let better = |a: &(f32, usize, usize), b: &(f32, usize, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2));
        if best.len() > VALUES {
            best.select_nth_unstable_by(VALUES - 1, better);
            best.truncate(VALUES);
        }
        for (score, start, end) in best {
            let bytes = whole_words(text, reading.offsets[start].start..reading.offsets[end].end);
            if !bytes.is_empty() {
                found.push(Value { bytes, sentence: number, score: score + sentences[number], overall: score });
            }
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.bytes.start.cmp(&b.bytes.start)));
    let mut kept: Vec<Value> = Vec::new();
    for value in found {
        if kept.len() < VALUES && !kept.iter().any(|other| text[other.bytes.clone()] == text[value.bytes.clone()]) {
            kept.push(value);
        }
    }
    kept
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

fn log_softmax(scores: &[f32]) -> Vec<f32> {
    let all = log_sum_exp(scores.iter());
    scores.iter().map(|score| score - all).collect()
}

/// Logarithm of the sum of what the numbers are logarithms of; 0 for none.
fn log_sum_exp<'a>(scores: impl Iterator<Item = &'a f32> + Clone) -> f32 {
    let best = scores.clone().copied().fold(f32::NEG_INFINITY, f32::max);
    if best == f32::NEG_INFINITY { 0.0 } else { best + scores.map(|score| (score - best).exp()).sum::<f32>().ln() }
}

#[cfg(test)]
mod tests;
