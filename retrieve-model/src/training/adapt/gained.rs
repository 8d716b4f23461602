//! What a training on one collection gave: both models answer the same questions about documents that neither learned from, end to end over the
//! collection's sections, and the differences get their intervals.

use std::collections::HashSet;
use std::path::Path;

use backbone::{DeviceChoice, open_device};
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{AdaptPreset, usable_triples};
use crate::data::{Example, Triples};
use crate::inference::{Answerer, SourceError, confidence};
use crate::model::Calibration;
use crate::rewards;
use crate::training::bench::{Bench, Purpose};
use crate::training::measure::{gold, said};
use crate::training::reinforce::{Gain, gain};
use crate::training::start::released;
use crate::training::{MeasureConfig, TrainError};

/// Places of a ranked list that a section may be found in.
const PLACES: usize = 10;
/// Answers that the confidence is moved by at least.
const FEWEST: usize = 20;
/// How far its log-odds are moved at most.
const FARTHEST: f32 = 3.0;

/// How two models differ on the same held-back questions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gained {
    /// Questions asked.
    pub questions: usize,
    /// Documents they are about.
    pub documents: usize,
    /// Sections searched.
    pub sections: usize,
    /// Words in common with the answer (F1, the best alias), whatever the confidence; of questions that have one.
    pub answers: Gain,
    /// Whether the section of the first fact is among the first ten found; of the same.
    pub found: Gain,
    /// +1 right, 0 no answer, -1 wrong, as the model ships; of all.
    pub score: Gain,
}

impl Gained {
    /// Whether the second model is the better one: surely better answers or a surely better search, and nothing surely worse. Each of the two may be
    /// chance one time in forty.
    #[must_use]
    pub fn is_gain(&self) -> bool {
        let all = [&self.answers, &self.found, &self.score];
        (self.answers.taken || self.found.taken) && all.iter().all(|gain| gain.interval[1] >= 0.0)
    }
}

/// How a question went.
pub(super) struct Went {
    /// None where the collection holds no answer.
    f1: Option<f64>,
    found: Option<f64>,
    score: f64,
    is_right: bool,
    features: Vec<f32>,
}

/// Asks every question of a bench.
pub(super) fn ask(answerer: &Answerer, triples: &Triples, bench: &Bench<'_>, progress: &ProgressBar) -> Result<Vec<Went>, SourceError> {
    let one = |example: &&Example| {
        let went = ask_one(answerer, triples, bench, example);
        progress.inc(1);
        went
    };
    bench.examples.par_iter().map(one).collect()
}

fn ask_one(answerer: &Answerer, triples: &Triples, bench: &Bench<'_>, example: &Example) -> Result<Went, SourceError> {
    let hits = answerer.search(&bench.store, &example.question, PLACES)?;
    let is_found = |section: u32| hits.iter().any(|hit| bench.numbers[hit.passage.key as usize] == section);
    let outcome = answerer.run(&bench.store, &example.question)?;
    let answer = outcome.state.whole_answer().unwrap_or_default();
    let calibration = &answerer.config.calibration;
    let is_sure = !answer.is_empty() && confidence(&outcome, calibration) >= calibration.threshold;
    let told = said(&outcome, is_sure.then(|| answer.clone()));
    Ok(Went {
        f1: example.answerable.then(|| f64::from(rewards::best_f1(&answer, &example.aliases))),
        found: example.hops.first().map(|hop| f64::from(u8::from(is_found(hop.section)))),
        score: f64::from(rewards::score(&told, &gold(example, triples))),
        is_right: rewards::is_right(&answer, &example.aliases),
        features: outcome.features,
    })
}

/// A bench of questions of a collection that has no written ones.
pub(super) fn bench<'a>(triples: &'a Triples, answerer: &Answerer, purpose: Purpose, config: &MeasureConfig) -> Bench<'a> {
    Bench::new(triples, answerer, purpose, (config.questions, 0.0), config.sections)
}

/// Measures two models (release folders), the second trained on from the first by [`super::adapt`], on the questions of `data` that are held back for it.
///
/// # Errors
/// If the data or a model cannot be read.
pub fn weigh(data: &Path, [before, after]: [&Path; 2], seed: u64, progress: &ProgressBar) -> Result<Gained, TrainError> {
    let preset = AdaptPreset::load()?;
    let triples = usable_triples(data, &preset)?;
    let device = open_device(DeviceChoice::Cpu)?;
    let mut gained = Gained::default();
    let before = released(before, &device)?.0;
    // It was trained on from the first, which leaves the comparison as it was.
    let after = released(after, &device)?.0.comparing_with(&before);
    progress.reset();
    let mut went = Vec::new();
    for answerer in [&before, &after] {
        progress.set_message("reading the sections");
        let bench = bench(&triples, answerer, Purpose::Weigh, &preset.measure);
        progress.set_length(2 * bench.examples.len() as u64);
        progress.set_message("asking held-back questions");
        gained.questions = bench.examples.len();
        gained.sections = bench.numbers.len();
        gained.documents = documents(&triples, &bench);
        went.push(ask(answerer, &triples, &bench, progress)?);
    }
    progress.set_message("");
    let compared = |number: &dyn Fn(&Went) -> Option<f64>| {
        let [before, after] = [0, 1].map(|model: usize| went[model].iter().filter_map(number).collect::<Vec<_>>());
        gain(&before, &after, seed)
    };
    let answers = compared(&|went| went.f1);
    let found = compared(&|went| went.found);
    let score = compared(&|went| Some(went.score));
    Ok(Gained { answers, found, score, ..gained })
}

/// Documents that the questions of a bench are about.
fn documents(triples: &Triples, bench: &Bench<'_>) -> usize {
    let hops = bench.examples.iter().flat_map(|example| &example.hops);
    hops.map(|hop| triples.sections[hop.section as usize].doc_id.as_str()).collect::<HashSet<_>>().len()
}

/// The calibration of the model before, moved so that the model after is as sure of itself as that one was: by as much as the answers that it gave to the
/// same questions were more or less often right. Fitted anew on questions made by rule it would be too sure of people's.
pub(super) fn moved(calibration: &Calibration, before: &[Went], after: &[Went]) -> Calibration {
    let answered = |went: &[Went]| went.iter().filter(|went| !went.features.is_empty()).count();
    let mut out = calibration.clone();
    if answered(before).min(answered(after)) < FEWEST {
        return out;
    }
    // How much surer than right, in the mean.
    let surer = |calibration: &Calibration, went: &[Went]| {
        let rows = went.iter().filter(|went| !went.features.is_empty());
        let sum: f32 = rows.map(|went| calibration.right.probability(&went.features) - f32::from(u8::from(went.is_right))).sum();
        sum / answered(went) as f32
    };
    let wanted = surer(calibration, before);
    let bias = calibration.right.bias;
    let (mut low, mut high) = (bias - FARTHEST, bias + FARTHEST);
    for _ in 0..40 {
        out.right.bias = f32::midpoint(low, high);
        if surer(&out, after) < wanted { low = out.right.bias } else { high = out.right.bias }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SigmoidScore;

    fn gain_of(low: f64, high: f64) -> Gain {
        Gain { interval: [low, high], taken: low > 0.0, ..Gain::default() }
    }

    #[test]
    fn a_model_is_taken_for_a_sure_gain_and_never_beside_a_sure_loss() {
        let (better, same, worse) = (gain_of(0.01, 0.1), gain_of(-0.02, 0.03), gain_of(-0.1, -0.01));
        let is_gain = |answers: &Gain, found: &Gain, score: &Gain| {
            Gained { answers: answers.clone(), found: found.clone(), score: score.clone(), ..Gained::default() }.is_gain()
        };
        assert!(is_gain(&better, &same, &same) && is_gain(&same, &better, &same));
        assert!(!is_gain(&same, &same, &better), "a confidence alone is no better model");
        assert!(!is_gain(&better, &worse, &same) && !is_gain(&better, &better, &worse) && !is_gain(&same, &same, &same));
    }

    fn went(feature: f32, is_right: bool) -> Went {
        Went { f1: None, found: None, score: 0.0, is_right, features: vec![feature] }
    }

    #[test]
    fn the_confidence_stays_as_much_surer_than_right_as_it_was() {
        let calibration = Calibration { right: SigmoidScore { weights: vec![1.0], bias: 0.0 }, ..Calibration::default() };
        let before: Vec<Went> = (0..40).map(|n| went(0.0, n % 2 == 0)).collect();
        // Surer in its numbers, and no more often right.
        let after: Vec<Went> = (0..40).map(|n| went(2.0, n % 2 == 0)).collect();
        let out = moved(&calibration, &before, &after);
        assert!((out.right.probability(&[2.0]) - 0.5).abs() < 1e-3, "{}", out.right.bias);
        // As sure as it should be: three of four are right, and it was neither too sure nor too unsure before.
        let better: Vec<Went> = (0..40).map(|n| went(2.0, n % 4 != 0)).collect();
        assert!((moved(&calibration, &before, &better).right.probability(&[2.0]) - 0.75).abs() < 1e-3);
        assert_eq!(moved(&calibration, &before[..5], &after), calibration, "of a handful nothing is told");
    }
}
