//! The final measurement on development questions, and the calibration that is fitted on it.

use std::collections::BTreeMap;

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::Kind;
use serde::{Deserialize, Serialize};

use super::bench::Bench;
use crate::data::{Example, Hop, Triples};
use crate::inference::{Answerer, CONFIDENCE_FEATURES, Hit, Outcome, PassageSource, SourceError, confidence};
use crate::model::{Calibration, SigmoidScore};
use crate::rewards::{self, Gold, Said};

/// Numbers by name, and how many questions each rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Name to mean.
    pub values: BTreeMap<String, f64>,
    /// Questions measured.
    pub questions: usize,
}

impl Measured {
    /// A number, 0 where it was not measured.
    #[must_use]
    pub fn value(&self, name: &str) -> f64 {
        self.values.get(name).copied().unwrap_or(0.0)
    }
}

/// One question as it went.
pub struct Run<'a> {
    example: &'a Example,
    outcome: Outcome,
    numbers: Vec<(&'static str, f64)>,
}

impl Run<'_> {
    fn answer(&self) -> Option<String> {
        self.outcome.state.whole_answer()
    }

    fn is_right(&self) -> bool {
        self.answer().is_some_and(|answer| rewards::is_right(&answer, &self.example.aliases))
    }

    /// Harmonic mean of the shares of items that are right and of items that were given (set F1), where several are wanted.
    fn items(&self) -> Option<f32> {
        let items = self.example.items();
        let said: Vec<&str> = self.outcome.state.answers.iter().map(|answer| answer.value()).collect();
        (!items.is_empty()).then(|| rewards::set_f1(&said, &items))
    }

    /// The same for whoever reads the answer. Where a rule made the question, the answer's ends are certain. Where it was written, they are one
    /// reader's choice, and half of the words in common are the same answer ("six months", "for at most six months").
    fn is_taken_for_right(&self) -> bool {
        let aliases = &self.example.aliases;
        self.is_right() || self.example.written && self.answer().is_some_and(|answer| rewards::best_f1(&answer, aliases) >= 0.5)
    }
}

/// Runs every question of a bench. `progress` counts them.
///
/// # Errors
/// If the store cannot be read.
pub fn runs<'a>(answerer: &Answerer, triples: &Triples, bench: &Bench<'a>, progress: &ProgressBar) -> Result<Vec<Run<'a>>, SourceError> {
    progress.reset();
    progress.set_length(bench.examples.len() as u64);
    let one = |example: &&'a Example| {
        let mut numbers = ranks(answerer, bench, example)?;
        numbers.extend(gold_reading(answerer, triples, bench, example));
        let outcome = answerer.run(&bench.store, &example.question)?;
        // What was read first is known behind a single search alone.
        if let ([_], Some(hop), Some(first)) = (&outcome.searches[..], example.hops.first(), outcome.state.reads.first()) {
            numbers.push(("reader_hit_1", f64::from(u8::from(bench.numbers[first.passage.key as usize] == hop.section))));
        }
        progress.inc(1);
        Ok(Run { example, outcome, numbers })
    };
    bench.examples.par_iter().map(one).collect()
}

/// Where the first fact's section stands in BM25's and the first stage's list.
fn ranks(answerer: &Answerer, bench: &Bench<'_>, example: &Example) -> Result<Vec<(&'static str, f64)>, SourceError> {
    let Some(hop) = example.hops.first() else { return Ok(Vec::new()) };
    let is_gold = |key: u64| bench.numbers[key as usize] == hop.section;
    let number = |yes: bool| f64::from(u8::from(yes));
    let words = bench.store.candidates(&example.question, &[], 20)?;
    let keyword =
        words.iter().filter(|candidate| candidate.bm25 > 0.0).position(|candidate| is_gold(candidate.passage.key)).unwrap_or(usize::MAX);
    let hits = answerer.search(&bench.store, &example.question, 20)?;
    let first = hits.iter().position(|hit| is_gold(hit.passage.key)).unwrap_or(usize::MAX);
    Ok(vec![
        ("bm25_hit_1", number(keyword < 1)),
        ("bm25_hit_5", number(keyword < 5)),
        ("first_stage_hit_1", number(first < 1)),
        ("first_stage_hit_5", number(first < 5)),
        ("first_stage_hit_8", number(first < 8)),
    ])
}

/// Sentence and value where the reader is given each gold section and the evidence before it.
fn gold_reading(answerer: &Answerer, triples: &Triples, bench: &Bench<'_>, example: &Example) -> Vec<(&'static str, f64)> {
    let idf = answerer.idf(&bench.store);
    let mut out = Vec::new();
    for (number, hop) in example.hops.iter().enumerate() {
        let Ok(key) = bench.numbers.binary_search(&hop.section) else { continue };
        let passage = crate::inference::Passage { key: key as u64, section: bench.store.sections()[key].clone() };
        let evidence = crate::data::evidence(triples, example, number);
        let reads = answerer.read(vec![Hit { passage, score: 0.0, similarity: 0.0 }], &example.question, &evidence, &idf);
        let Some(read) = reads.first() else { continue };
        let sentence = read.best_sentence().and_then(|sentence| read.sentences.get(sentence));
        let overlaps = sentence.is_some_and(|sentence| sentence.start < hop.value.end && hop.value.start < sentence.end);
        let value = read.values.first().map_or("", |value| read.text(&value.bytes));
        let wanted = [read.text(&hop.value).to_owned()];
        out.push(("gold_sentence", f64::from(u8::from(overlaps))));
        out.push(("gold_value_exact", f64::from(rewards::best_exact(value, &wanted))));
        out.push(("gold_value_f1", f64::from(rewards::best_f1(value, &wanted))));
    }
    out
}

/// Fits the confidence on every other run that asks as people do, and reads on the rest of these what a threshold keeps: easy questions, in the
/// text's own words, would make it too sure.
#[must_use]
pub fn calibrate(runs: &[Run<'_>]) -> Calibration {
    let easy = |kind: Kind| matches!(kind, Kind::Keyword | Kind::Heading | Kind::Cloze);
    let as_people_do: Vec<&Run<'_>> = runs.iter().filter(|run| !easy(run.example.kind)).collect();
    let half = |odd: usize| as_people_do.iter().enumerate().filter(move |(at, _)| at % 2 == odd).map(|(_, run)| *run);
    let answered = |run: &&Run<'_>| !run.outcome.features.is_empty();
    let rows: Vec<(Vec<f32>, bool)> =
        half(0).filter(answered).map(|run| (run.outcome.features.clone(), run.is_taken_for_right())).collect();
    let right = SigmoidScore::fit(&rows, CONFIDENCE_FEATURES);
    let measured: Vec<(f32, bool)> =
        half(1).filter(answered).map(|run| (right.probability(&run.outcome.features), run.is_taken_for_right())).collect();
    let curve = Calibration::curve(&measured, half(1).count());
    Calibration { right, threshold: Calibration::LIKELIER_RIGHT, unsure: Calibration::unsure(), curve }
}

/// What a run said, with the answer it is believed to have given.
pub(super) fn said(outcome: &Outcome, answer: Option<String>) -> Said {
    let quotes = outcome.state.leads.iter().chain(&outcome.state.answers).map(|quoted| quoted.text().to_owned());
    Said { answer, quotes: quotes.collect(), searches: outcome.searches.len() }
}

/// What it should have said.
pub(super) fn gold(example: &Example, triples: &Triples) -> Gold {
    let fact = |hop: &Hop| triples.sections[hop.section as usize].text[hop.sentence.clone()].to_owned();
    Gold { aliases: example.aliases.clone(), facts: example.hops.iter().map(fact).collect() }
}

/// The numbers of runs under a calibration, all together and by question kind.
#[must_use]
pub fn measured(runs: &[Run<'_>], calibration: &Calibration, triples: &Triples) -> Measured {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut add = |name: String, value: f64| {
        let sum = sums.entry(name).or_default();
        *sum = (sum.0 + value, sum.1 + 1.0);
    };
    for run in runs {
        let sure = run.answer().is_some() && confidence(&run.outcome, calibration) >= calibration.threshold;
        let example = run.example;
        let said = said(&run.outcome, run.answer().filter(|_| sure));
        let gold = gold(example, triples);
        let number = |yes: bool| f64::from(u8::from(yes));
        let kind = serde_json::to_value(example.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        run.numbers.iter().for_each(|(name, value)| add((*name).to_owned(), *value));
        for prefix in [String::new(), format!("{kind}/")] {
            add(format!("{prefix}score"), f64::from(rewards::score(&said, &gold)));
            add(format!("{prefix}answered"), number(sure));
            if example.answerable {
                add(format!("{prefix}right_before_threshold"), number(run.is_right()));
                add(format!("{prefix}right"), number(sure && run.is_right()));
                run.items().into_iter().for_each(|f1| add(format!("{prefix}items_f1"), f64::from(f1)));
                if sure {
                    add(format!("{prefix}recall_of_facts"), f64::from(rewards::recall(&said.quotes, &gold.facts)));
                }
            } else {
                add(format!("{prefix}abstained_where_it_should"), number(!sure));
            }
            if sure {
                add(format!("{prefix}precision"), number(run.is_right()));
            }
        }
    }
    let values = sums.into_iter().map(|(name, (sum, count))| (name, sum / count)).collect();
    Measured { values, questions: runs.len() }
}

#[cfg(test)]
mod tests {
    use records::{Kind, Split};

    use super::*;

    fn example() -> Example {
        Example {
            id: "q".into(),
            question: "q".into(),
            kind: Kind::Natural,
            split: Split::Dev,
            written: false,
            answerable: true,
            aliases: vec!["yes".into()],
            hops: vec![],
            candidates: vec![],
        }
    }

    #[test]
    fn without_answers_the_threshold_keeps_everything_back() {
        let example = example();
        let runs = vec![Run { example: &example, outcome: Outcome::default(), numbers: vec![] }];
        let calibration = calibrate(&runs);
        assert_eq!(calibration.threshold, 0.5);
        assert_eq!(measured(&runs, &calibration, &Triples::default()).value("score"), 0.0);
    }
}
