//! What keyword search finds for each question: an in-memory BM25 index over all sections of the output, asked in parallel.

use std::collections::HashSet;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use records::{Answer, Candidate, Candidates, Counts, Question, Section};
use text::{Bm25, terms, words};

use crate::SynthError;
use crate::dropped::Dropped;
use crate::filter::{Asked, Reason, overlap};
use crate::minhash::NearDuplicates;
use crate::output::Tables;

/// Hits that are kept for a question.
const KEPT: usize = 20;
/// Fewest and most sections given with a question, and how many of the best wrong ones are always among them.
const SOURCES: std::ops::RangeInclusive<usize> = 4..=KEPT;
const HARDEST: usize = 3;
/// Depth to which the rank of the gold section is looked for.
const DEPTH: usize = 100;
/// Classes of ranks, as they are counted; `none` is not among the first hundred.
pub(crate) const RANKS: [&str; 5] = ["1", "2-5", "6-20", "21-100", "none"];
/// Questions searched at a time.
const BATCH: usize = 4_096;

/// A question with its answer, before the search.
#[derive(Clone)]
pub(crate) struct Triple {
    pub question: Question,
    pub answer: Answer,
    /// The sections that tell its facts: doc_id and section.
    pub gold: Vec<(String, u32)>,
}

/// The sections of a data set as keyword search sees them.
#[derive(Default)]
pub(crate) struct Library {
    index: Bm25,
    documents: Vec<String>,
    /// Position in `documents` and section, by number in the index.
    places: Vec<(u32, u32)>,
}

/// What must be remembered from one part of a large data set to the next.
#[derive(Default)]
pub(crate) struct Session {
    asked: Asked,
    phrases: Phrases,
}

/// What is searched of a section: title, headings and text.
pub(crate) fn section_terms(section: &Section) -> Vec<String> {
    let mut all = terms(section.title.as_deref().unwrap_or_default());
    section.heading_path.iter().for_each(|heading| all.extend(terms(heading)));
    all.extend(terms(&section.text));
    all
}

impl Library {
    /// Adds a section; those of one document must follow each other.
    pub fn add(&mut self, doc_id: &str, section: u32, terms: &[String]) {
        if self.documents.last().is_none_or(|last| last != doc_id) {
            self.documents.push(doc_id.to_owned());
        }
        self.places.push((self.documents.len() as u32 - 1, section));
        self.index.add(terms);
    }

    pub fn index(&self) -> &Bm25 {
        &self.index
    }

    /// The rank of the first gold section and the best hits.
    fn search(&self, question: &str, gold: &[(String, u32)]) -> (Option<u32>, Vec<Candidate>) {
        let hits = self.index.search(&terms(question), DEPTH);
        let place = |at: usize| (&self.documents[self.places[at].0 as usize], self.places[at].1);
        let is_gold = |at: usize| gold.iter().any(|(document, section)| place(at) == (document, *section));
        let rank = hits.iter().position(|(at, _)| is_gold(*at)).map(|at| at as u32 + 1);
        let kept = hits.into_iter().take(KEPT).map(|(at, score)| Candidate { doc_id: place(at).0.clone(), section: place(at).1, score });
        (rank, kept.collect())
    }

    /// Searches for every question and writes questions, answers and candidates; counts kinds, splits and ranks. The wording of a question
    /// must be new.
    pub fn write(
        &self,
        triples: Vec<Triple>,
        tables: &mut Tables,
        dropped: &mut Dropped,
        counts: &mut Counts,
        progress: &indicatif::ProgressBar,
    ) -> Result<(), SynthError> {
        self.write_part(triples, &mut Session::default(), tables, (dropped, counts), progress)
    }

    /// The same for one part of a data set whose other parts have other libraries.
    pub fn write_part(
        &self,
        triples: Vec<Triple>,
        Session { asked, phrases }: &mut Session,
        tables: &mut Tables,
        (dropped, counts): (&mut Dropped, &mut Counts),
        progress: &indicatif::ProgressBar,
    ) -> Result<(), SynthError> {
        let mut near = NearDuplicates::default();
        let mut triples = triples.into_iter().filter(|triple| {
            let question = &triple.question.question;
            let reason = match () {
                () if !asked.is_new(question) => Reason::Duplicate,
                () if !near.is_new(question) => Reason::NearDuplicate,
                () => return true,
            };
            dropped.lose(reason, question);
            false
        });
        loop {
            let batch: Vec<Triple> = triples.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            progress.set_message(format!("searching, {} questions written", tables.questions.rows()));
            let found: Vec<_> = batch.par_iter().map(|triple| self.search(&triple.question.question, &triple.gold)).collect();
            for (Triple { mut question, answer, gold }, (rank, hits)) in batch.into_iter().zip(found) {
                question.bm25_rank = rank;
                let hits = sources(hits, &gold, &question.question_id);
                *counts.entry(format!("sources.{}", hits.len())).or_default() += 1;
                count(&question, counts);
                count_overlap(&question, &answer, counts);
                *counts.entry("facts_in_answers".into()).or_default() += answer.facts.len() as u64;
                phrases.add(&question.question);
                tables.candidates.push(Candidates { question_id: question.question_id.clone(), hits })?;
                tables.answers.push(answer)?;
                tables.questions.push(question)?;
            }
        }
        counts.insert("distinct_4grams_per_1000_questions".into(), phrases.per_thousand());
        Ok(())
    }
}

/// The sections a reader is given for a question: all gold ones that were found, the best others, and a chance number of the rest, in an order
/// that tells nothing. Fixed by the question's id.
fn sources(mut hits: Vec<Candidate>, gold: &[(String, u32)], question_id: &str) -> Vec<Candidate> {
    let mut rng = ChaCha8Rng::from_seed(*blake3::hash(question_id.as_bytes()).as_bytes());
    let is_gold = |hit: &Candidate| gold.iter().any(|(document, section)| (&hit.doc_id, hit.section) == (document, *section));
    let (mut kept, mut others): (Vec<Candidate>, Vec<Candidate>) = hits.drain(..).partition(is_gold);
    let wanted = rng.random_range(SOURCES);
    let rest = others.split_off(HARDEST.min(others.len()));
    kept.append(&mut others);
    let more = wanted.saturating_sub(kept.len()).min(rest.len());
    let picked = rand::seq::index::sample(&mut rng, rest.len(), more).into_vec();
    kept.extend(rest.into_iter().enumerate().filter(|(at, _)| picked.contains(at)).map(|(_, hit)| hit));
    kept.shuffle(&mut rng);
    kept
}

/// Counts the different runs of four words in every thousand questions: how much the wording varies.
#[derive(Default)]
struct Phrases {
    now: HashSet<u64>,
    questions: u64,
    /// Sum over the full thousands.
    sum: u64,
}

impl Phrases {
    fn add(&mut self, question: &str) {
        let lower = question.to_lowercase();
        let words: Vec<&str> = words(&lower).map(|range| &lower[range]).collect();
        for four in words.windows(4) {
            let hash = blake3::hash(four.join(" ").as_bytes());
            self.now.insert(hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        }
        self.questions += 1;
        if self.questions.is_multiple_of(1_000) {
            self.sum += self.now.len() as u64;
            self.now.clear();
        }
    }

    /// The mean over full thousands; over what there is, if there is less than one.
    fn per_thousand(&self) -> u64 {
        match self.questions / 1_000 {
            0 => self.now.len() as u64 * 1_000 / self.questions.max(1),
            thousands => self.sum / thousands,
        }
    }
}

fn count(question: &Question, counts: &mut Counts) {
    let kind = name(&question.kind);
    let rank = match question.bm25_rank {
        _ if !question.answerable => None,
        Some(1) => Some(RANKS[0]),
        Some(2..=5) => Some(RANKS[1]),
        Some(6..=20) => Some(RANKS[2]),
        Some(_) => Some(RANKS[3]),
        None => Some(RANKS[4]),
    };
    let rank = rank.map(|rank| format!("bm25_rank.{kind}.{rank}"));
    for key in [format!("kind.{kind}"), format!("split.{}", name(&question.split))].into_iter().chain(rank) {
        *counts.entry(key).or_default() += 1;
    }
}

/// Counts, by kind, how many of a question's content words that are no names its first gold sentence has too.
fn count_overlap(question: &Question, answer: &Answer, counts: &mut Counts) {
    let Some(fact) = answer.facts.first() else { return };
    let class = match overlap(&question.question, &fact.sentence) {
        (0, _) => "none",
        (shared, all) if shared * 3 <= all => "third",
        (shared, all) if shared * 3 <= all * 2 => "two_thirds",
        _ => "more",
    };
    *counts.entry(format!("overlap.{}.{class}", name(&question.kind))).or_default() += 1;
}

/// The name a value has in the tables.
pub(crate) fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_vary_in_number_and_order_and_keep_the_gold_and_the_hardest() {
        let hits: Vec<Candidate> = (0..20).map(|section| Candidate { doc_id: "a".into(), section, score: 20.0 - section as f32 }).collect();
        let gold = vec![("a".to_owned(), 9)];
        let drawn: Vec<Vec<u32>> =
            (0..200).map(|id| sources(hits.clone(), &gold, &id.to_string()).iter().map(|hit| hit.section).collect()).collect();
        let lengths: HashSet<usize> = drawn.iter().map(Vec::len).collect();
        let places: HashSet<usize> = drawn.iter().filter_map(|sections| sections.iter().position(|section| *section == 9)).collect();
        assert!(lengths.len() >= 15 && places.len() >= 15, "{lengths:?} {places:?}");
        assert!(drawn.iter().all(|sections| [9, 0, 1, 2].iter().all(|section| sections.contains(section))));
        assert_eq!(sources(hits.clone(), &gold, "x"), sources(hits, &gold, "x"));
    }
}
