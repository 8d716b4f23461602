//! Which sentence tells the answer: the share of the question's idf mass that stands in it and around it.

use std::collections::HashSet;

use super::expected::is_question_word;
use super::retrieval::{Found, ReadChunk};
use super::spans::{Shape, spans};
use super::{Expected, SentenceWeights, answer};

/// What a question asks about: its terms with weights that add up to 1, and the pairs that stand side by side.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Terms and their share of the idf mass.
    pub terms: Vec<(String, f32)>,
    /// Neighbouring terms.
    pub pairs: Vec<(String, String)>,
    /// Names and codes, as terms: what a sentence must be about.
    pub names: Vec<Vec<String>>,
}

impl Need {
    /// Reads a question.
    #[must_use]
    pub fn of(question: &str, idf: &dyn Fn(&str) -> f32, power: f32) -> Self {
        let words = text::words(question).map(|range| question[range].to_lowercase()).filter(|word| !is_question_word(word));
        let terms: Vec<String> = words.filter_map(|word| text::term(&word)).collect();
        let pairs = terms.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        let mut seen = HashSet::new();
        let unique: Vec<String> = terms.into_iter().filter(|term| seen.insert(term.clone())).collect();
        let weigh = |term: String| (idf(&term).max(0.01).powf(power), term);
        let need = Self::weighted(unique.into_iter().map(weigh).map(|(weight, term)| (term, weight)).collect(), pairs);
        Self { names: names_of(question), ..need }
    }

    /// A need with given weights, scaled to add up to 1.
    #[must_use]
    pub fn weighted(mut terms: Vec<(String, f32)>, pairs: Vec<(String, String)>) -> Self {
        let total: f32 = terms.iter().map(|(_, weight)| weight).sum();
        terms.iter_mut().for_each(|(_, weight)| *weight /= total.max(f32::MIN_POSITIVE));
        Self { terms, pairs, names: Vec::new() }
    }

    /// Whether a term belongs to the question.
    #[must_use]
    pub fn asks(&self, term: &str) -> bool {
        self.terms.iter().any(|(own, _)| own == term)
    }
}

/// Names and codes of a question: runs of capitalised words behind the first word, and words with digits.
fn names_of(question: &str) -> Vec<Vec<String>> {
    let rest = question.trim_start().find(char::is_whitespace).map_or("", |at| &question.trim_start()[at..]);
    let named = spans(rest)
        .into_iter()
        .filter(|(_, shape)| matches!(shape, Shape::Name | Shape::Number))
        .map(|(range, _)| text::terms(&rest[range]));
    let codes = text::terms(question).into_iter().filter(|term| term.contains(|c: char| c.is_ascii_digit())).map(|term| vec![term]);
    let mut out: Vec<Vec<String>> = named.chain(codes).filter(|terms| !terms.is_empty()).collect();
    out.sort();
    out.dedup();
    out
}

/// A sentence with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The chunk, by its number in what was found.
    pub chunk: usize,
    /// The sentence, by its number in the chunk.
    pub sentence: usize,
    /// 0 to 1.
    pub score: f32,
}

/// Scores the sentences of the chunks that are read, best first. Each question term counts once, with the weight of the nearest place it is found
/// at: the sentence (1), the one before, the headings, the rest of the chunk.
#[must_use]
pub fn score_sentences(need: &Need, expected: &Expected, found: &Found, ranked: &[(usize, f32)], weights: &SentenceWeights) -> Vec<Scored> {
    let most = 1.0 + weights.phrase + weights.rank + weights.expected;
    let mut out = Vec::new();
    for (chunk, rank) in ranked {
        let chunk = (*chunk, found.chunks[*chunk].read(), &found.chunks[*chunk].section.text);
        for sentence in 0..chunk.1.sentences.len() {
            let own = &chunk.1.sentences[sentence];
            let words = &chunk.2[own.range.clone()];
            let extras = weights.rank * rank
                + weights.phrase * phrases(need, chunk.1, sentence)
                + weights.expected * answer::best_match(expected, need, words, &own.spans);
            let about = 1.0 - weights.names * (1.0 - named(need, chunk.1, sentence));
            let score = about * (coverage(need, chunk.1, sentence, weights) + extras) / most.max(f32::MIN_POSITIVE);
            out.push(Scored { chunk: chunk.0, sentence, score: score.clamp(0.0, 1.0) });
        }
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)).then(a.sentence.cmp(&b.sentence)));
    out
}

fn coverage(need: &Need, chunk: &ReadChunk, sentence: usize, weights: &SentenceWeights) -> f32 {
    let holds = |at: usize, term: &str| chunk.sentences[at].terms.iter().any(|(other, _)| other == term);
    let place = |term: &str| {
        let mut best = 0.0_f32;
        if holds(sentence, term) {
            return 1.0;
        }
        if sentence > 0 && holds(sentence - 1, term) {
            best = best.max(weights.neighbour);
        }
        if chunk.context.contains(term) {
            best = best.max(weights.context);
        }
        if chunk.terms.contains(term) { best.max(weights.chunk) } else { best }
    };
    need.terms.iter().map(|(term, weight)| weight * place(term)).sum()
}

/// Mean share of each name's terms that stand in the sentence or above it; half as much in the sentence before. 1 without names.
fn named(need: &Need, chunk: &ReadChunk, sentence: usize) -> f32 {
    let holds = |at: usize, term: &str| chunk.sentences[at].terms.iter().any(|(other, _)| other == term);
    let place = |term: &String| match () {
        () if holds(sentence, term) || chunk.context.contains(term) => 1.0,
        () if sentence > 0 && holds(sentence - 1, term) => 0.5,
        () => 0.0,
    };
    let share = |name: &Vec<String>| name.iter().map(place).sum::<f32>() / name.len().max(1) as f32;
    if need.names.is_empty() { 1.0 } else { need.names.iter().map(share).sum::<f32>() / need.names.len() as f32 }
}

/// Share of the question's pairs that stand side by side in the sentence.
fn phrases(need: &Need, chunk: &ReadChunk, sentence: usize) -> f32 {
    let terms = &chunk.sentences[sentence].terms;
    let stands = |pair: &&(String, String)| terms.windows(2).any(|two| two[0].0 == pair.0 && two[1].0 == pair.1);
    need.pairs.iter().filter(stands).count() as f32 / need.pairs.len().max(1) as f32
}

/// Share of the need's weight that the sentence itself holds.
#[must_use]
pub fn covered(need: &Need, chunk: &ReadChunk, sentence: usize) -> f32 {
    let holds = |term: &str| chunk.sentences[sentence].terms.iter().any(|(other, _)| other == term) || chunk.context.contains(term);
    need.terms.iter().filter(|(term, _)| holds(term)).map(|(_, weight)| weight).sum()
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;
    use crate::baseline::{ChunkRules, RetrievalRules, Searcher, chunks_of_source, in_memory};

    #[test]
    fn the_sentence_that_covers_the_question_comes_first() {
        let text = "Alder runs two ferries. Its director is Mira Holt. The bakery of Birch opened in 1950.";
        let source = SourceText { id: "s".into(), title: Some("Alder".into()), text: text.into() };
        let store = in_memory(chunks_of_source(&source, &ChunkRules::default()), None);
        let searcher = Searcher::new(&store, None, 5);
        let question = "Who is the director of Alder?";
        let need = Need::of(question, &|_| 1.0, 1.0);
        assert_eq!(need.terms, [("director".into(), 0.5), ("alder".into(), 0.5)]);
        let found = searcher.find(question).unwrap();
        let ranked = found.fused(&RetrievalRules::default());
        let scored = score_sentences(&need, &Expected::of(question), &found, &ranked, &SentenceWeights::default());
        assert_eq!(scored[0].sentence, 1, "{scored:?}");
        assert!(scored.iter().all(|one| (0.0..=1.0).contains(&one.score)));
    }
}
