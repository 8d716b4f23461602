//! Text to network input, a pair of texts as the encoder knows them: `[CLS] question [evidence] quoted so far [SEP]` and `header [SEP] text [SEP]`,
//! with a feature per token that says which part it stands in and whether its word also stands in the question and in the evidence (in three steps
//! of rarity).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use backbone::Tokenizer;

use super::marks::mark;

/// Sentences of a section that the reader looks at; more are not scored.
pub const SENTENCE_LIMIT: usize = 32;
/// Number of values a token's feature can take: 4 parts x 4 question matches x 4 evidence matches.
pub const FEATURES: usize = 64;

/// The parts of a sequence, as they enter the feature number.
#[derive(Clone, Copy)]
enum Part {
    Question,
    Evidence,
    Header,
    Text,
}

/// How many tokens each part may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Whole sequence.
    pub all: usize,
    /// Question.
    pub question: usize,
    /// Evidence; its end is kept.
    pub evidence: usize,
    /// Title and headings.
    pub header: usize,
}

impl Limits {
    /// The shares of a sequence of `all` tokens.
    #[must_use]
    pub fn of(all: usize) -> Self {
        Self { all, question: all / 4, evidence: all / 4, header: all / 10 }
    }
}

/// A sequence ready to be padded into a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Features, below [`FEATURES`], one a token.
    pub features: Vec<u8>,
    /// Marks, below [`super::MARKS`], one a token.
    pub marks: Vec<u8>,
    /// Kind of text, one a token: 0 for what is asked, 1 for what is read.
    pub kinds: Vec<u8>,
}

impl Encoded {
    fn push(&mut self, id: u32, feature: u8) {
        self.ids.push(id);
        self.features.push(feature);
        self.marks.push(0);
        self.kinds.push(u8::from(feature >= self::feature(Part::Header, 0, 0)));
    }
}

/// A question and a section, read together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The sequence.
    pub sequence: Encoded,
    /// First token of the section's text.
    pub text_start: usize,
    /// Bytes of the section's text for each token from `text_start`.
    pub offsets: Vec<Range<usize>>,
    /// Sentences that were read to their end or cut by the limit, as byte ranges of the section's text.
    pub sentences: Vec<Range<usize>>,
    /// Tokens of each sentence, counted from `text_start`; never empty.
    pub sentence_tokens: Vec<Range<usize>>,
}

impl Reading {
    /// Tokens (from `text_start`) that overlap a byte range.
    #[must_use]
    pub fn tokens_of(&self, bytes: &Range<usize>) -> Option<Range<usize>> {
        let start = self.offsets.partition_point(|token| token.end <= bytes.start);
        let end = self.offsets.partition_point(|token| token.start < bytes.end);
        (start < end).then_some(start..end)
    }

    /// The sentence that holds most of a byte range.
    #[must_use]
    pub fn sentence_of(&self, bytes: &Range<usize>) -> Option<usize> {
        let shared = |sentence: &Range<usize>| sentence.end.min(bytes.end).saturating_sub(sentence.start.max(bytes.start));
        let best = (0..self.sentences.len()).max_by_key(|n| (shared(&self.sentences[*n]), std::cmp::Reverse(*n)))?;
        (shared(&self.sentences[best]) > 0).then_some(best)
    }
}

/// Turns text into sequences.
#[derive(Clone)]
pub struct Encoder {
    tokenizer: Arc<Tokenizer>,
}

/// The words of a text with the rarity step (1 to 3) of each that the other side should match.
type Steps = HashMap<String, u8>;

impl Encoder {
    /// An encoder that cuts words as `tokenizer` does.
    #[must_use]
    pub fn new(tokenizer: Arc<Tokenizer>) -> Self {
        Self { tokenizer }
    }

    /// How rare a term is by the vocabulary's own order (frequent words come first): stands in for an inverse document frequency where there are too
    /// few sections to count in. Only ratios mean something.
    #[must_use]
    pub fn rarity(&self, term: &str) -> f32 {
        const FREQUENT: f32 = 100.0;
        let ids = self.tokenizer.encode(term).ids;
        let rarest = ids.iter().copied().max().unwrap_or(0).saturating_sub(self.tokenizer.marks().separator) as f32;
        (1.0 + rarest / FREQUENT).ln() + 0.7 * ids.len().saturating_sub(1) as f32
    }

    /// A question alone, for its retrieval vector.
    #[must_use]
    pub fn question(&self, question: &str, limit: usize) -> Encoded {
        self.alone(question, limit)
    }

    /// A section alone, for its retrieval vector.
    #[must_use]
    pub fn section(&self, header: &str, text: &str, limit: usize) -> Encoded {
        let header = cut(header, limit / 4);
        let text = cut(text, limit);
        self.alone(&if header.is_empty() { text.to_owned() } else { format!("{header}\n{text}") }, limit)
    }

    fn alone(&self, text: &str, limit: usize) -> Encoded {
        let mut out = Encoded::default();
        let plain = feature(Part::Question, 0, 0);
        out.push(self.tokenizer.marks().cls, plain);
        let room = limit.saturating_sub(2);
        self.tokenizer.encode(cut(text, room)).ids.into_iter().take(room).for_each(|id| out.push(id, plain));
        out.push(self.tokenizer.marks().separator, plain);
        out
    }

    /// A question, the evidence so far, and a section.
    #[must_use]
    pub fn reading(&self, question: &str, evidence: &str, header: &str, text: &str, limits: Limits, idf: &dyn Fn(&str) -> f32) -> Reading {
        let evidence = cut_front(evidence, limits.evidence);
        let header = cut(header, limits.header);
        let text = cut(text, limits.all);
        let question = self.part(question, limits.question, &format!("{header}\n{text}"), idf);
        let asked = steps(question, idf);
        let quoted = steps(evidence, idf);
        let mut there: Steps = text::terms(header).into_iter().chain(text::terms(text)).map(|term| (term, 0)).collect();
        there.values_mut().for_each(|step| *step = 1);

        let marks = self.tokenizer.marks();
        let mut sequence = Encoded::default();
        sequence.push(marks.cls, feature(Part::Question, 0, 0));
        // A word of the question is marked with its own rarity where the section holds it.
        let shared =
            |own: &Steps, other: &Steps| own.iter().filter(|(term, _)| other.contains_key(*term)).map(|(t, s)| (t.clone(), *s)).collect();
        let asked_and_there: Steps = shared(&asked, &there);
        let asked_and_quoted: Steps = shared(&asked, &quoted);
        let quoted_and_there: Steps = shared(&quoted, &there);
        self.append(&mut sequence, question, limits.question, Part::Question, &asked_and_there, &asked_and_quoted);
        if !evidence.is_empty() {
            sequence.push(marks.evidence, feature(Part::Evidence, 0, 0));
            self.append(&mut sequence, evidence, limits.evidence, Part::Evidence, &asked_and_quoted, &quoted_and_there);
        }
        sequence.push(marks.separator, feature(Part::Question, 0, 0));
        if !header.is_empty() {
            self.append(&mut sequence, header, limits.header, Part::Header, &asked, &quoted);
            sequence.push(marks.separator, feature(Part::Header, 0, 0));
        }
        let text_start = sequence.ids.len();
        let room = limits.all.saturating_sub(text_start + 1);
        let offsets = self.append(&mut sequence, text, room, Part::Text, &asked, &quoted);
        sequence.push(marks.separator, feature(Part::Header, 0, 0));
        let mut out = Reading { sequence, text_start, offsets, ..Reading::default() };
        for sentence in text::sentences(text).into_iter().take(SENTENCE_LIMIT) {
            if let Some(tokens) = out.tokens_of(&sentence) {
                out.sentences.push(sentence);
                out.sentence_tokens.push(tokens);
            }
        }
        mark(&mut out, text, question, idf);
        out
    }

    /// The part of a question that `room` tokens hold: the whole where it fits, else from the sentence on that shares most with what is read,
    /// the first of equals. A question may stand behind pages of what led to it.
    fn part<'a>(&self, question: &'a str, room: usize, read: &str, idf: &dyn Fn(&str) -> f32) -> &'a str {
        let front = cut(question, room);
        let fits = || front.len() == question.len() && self.tokenizer.encode(question).ids.len() <= room;
        if question.len() <= room || fits() {
            return question;
        }
        let held: HashSet<String> = text::terms(read).into_iter().collect();
        let weight = |sentence: &Range<usize>| {
            let terms: BTreeSet<String> = text::terms(&question[sentence.clone()]).into_iter().filter(|term| held.contains(term)).collect();
            terms.iter().map(|term| idf(term)).sum::<f32>()
        };
        let sentences = text::sentences(question);
        let weights: Vec<f32> = sentences.iter().map(weight).collect();
        let best = (0..weights.len()).max_by(|a, b| weights[*a].total_cmp(&weights[*b]).then(b.cmp(a))).filter(|best| weights[*best] > 0.0);
        best.map_or(front, |best| cut(&question[sentences[best].start..], room))
    }

    /// Appends up to `room` tokens of `text` with their match features; gives their byte ranges.
    fn append(&self, out: &mut Encoded, text: &str, room: usize, part: Part, question: &Steps, evidence: &Steps) -> Vec<Range<usize>> {
        let tokens = self.tokenizer.encode(text);
        let mut words = text::words(text).peekable();
        let mut current = (0..0, 0, 0);
        let mut offsets = Vec::new();
        for (id, (start, end)) in tokens.ids.into_iter().zip(tokens.offsets).take(room) {
            let (start, end) = (start as usize, end as usize);
            while let Some(word) = words.next_if(|word| word.start < end) {
                let term = text::term(&text[word.clone()]);
                let step = |steps: &Steps| term.as_ref().and_then(|term| steps.get(term)).copied().unwrap_or(0);
                current = (word, step(question), step(evidence));
            }
            let touches = current.0.start < end && start < current.0.end;
            let (asked, quoted) = if touches { (current.1, current.2) } else { (0, 0) };
            out.push(id, feature(part, asked, quoted));
            offsets.push(start..end);
        }
        offsets
    }
}

fn feature(part: Part, question: u8, evidence: u8) -> u8 {
    (part as u8) * 16 + question * 4 + evidence
}

/// The terms of a text by how rare each is beside the rarest of the same text: 1 common, 2, 3 rare. Relative, so that five sources of a
/// question and a million sections give the same picture.
fn steps(text: &str, idf: &dyn Fn(&str) -> f32) -> Steps {
    let weights: HashMap<String, f32> = text::terms(text).into_iter().map(|term| (term.clone(), idf(&term))).collect();
    let rarest = weights.values().copied().fold(f32::MIN_POSITIVE, f32::max);
    let step = |weight: f32| match weight / rarest {
        share if share < 0.45 => 1,
        share if share < 0.75 => 2,
        _ => 3,
    };
    weights.into_iter().map(|(term, weight)| (term, step(weight))).collect()
}

/// The front of a text that `tokens` tokens can hold at most: bounds the cost of absurdly long input before it is tokenised. A token rarely holds
/// more than 12 bytes.
fn cut(text: &str, tokens: usize) -> &str {
    let mut end = text.len().min(tokens * 12);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The end of a text, about `tokens` tokens long, from a word's start.
fn cut_front(text: &str, tokens: usize) -> &str {
    let mut start = text.len().saturating_sub(tokens * 4);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if start > 0 {
        start += text[start..].find(' ').unwrap_or(0);
    }
    text[start..].trim_start()
}

#[cfg(test)]
mod tests;
