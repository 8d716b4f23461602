//! Training of the controller: it is shown, on questions the reader never saw, what the reader makes of them, and learns the action that an
//! oracle takes which knows the gold facts. The oracle answers only where the value it would point at is right; else it abstains, so the
//! controller learns when the reader is to be believed.

use std::collections::HashSet;
use std::path::Path;

use backbone::{BatchSource, Objective, StepOutput, Work, step_seed, train};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use indicatif::ProgressBar;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::TrainError;
use super::bench::Bench;
use super::preset::StageConfig;
use records::Kind;

use crate::data::{Example, Triples};
use crate::inference::{Action, Answerer, Choices, SourceError, State, likely};
use crate::model::{ACTION_FEATURES, Policy};
use crate::rewards;

/// Decisions in a step.
const DECISIONS: usize = 32;
/// Score of a place that holds no action.
const HIDDEN: f32 = -1e9;
/// Passes over the questions: the first follows the oracle, the others the rule, so that the controller also sees where mistakes lead.
const PASSES: usize = 2;

/// One state with its actions and the oracle's choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    choices: Choices,
    target: usize,
    /// Whether something was answered before.
    pub(super) further: bool,
}

impl Decision {
    pub(super) fn new(choices: Choices, target: usize) -> Self {
        Self { choices, target, further: false }
    }

    #[cfg(test)]
    pub(super) fn probabilities(&self, policy: &Policy, device: &Device) -> Vec<f32> {
        self.choices.probabilities(policy, device)
    }

    /// A decision without a choice, for a batch that would be empty.
    pub(super) fn none(width: usize) -> Self {
        Self { choices: Choices { features: vec![[0.0; ACTION_FEATURES]], summaries: vec![vec![0.0; width]] }, target: 0, further: false }
    }
}

/// The oracle: the number of the action to take. `gold` says whether a passage and byte range tell the fact of a hop.
#[must_use]
pub fn oracle(example: &Example, state: &State, actions: &[Action], tells: &dyn Fn(u64, &std::ops::Range<usize>, usize) -> bool) -> usize {
    let find = |wanted: &dyn Fn(&Action) -> bool| actions.iter().position(wanted);
    let end = |action: Action| find(&|other| *other == action).unwrap_or(0);
    if let Some(first) = state.answers.first() {
        let rest = Rest { example, state, first: first.value() };
        return rest.next(actions, tells).unwrap_or_else(|| end(Action::Stop));
    }
    if !example.answerable {
        return end(Action::Abstain);
    }
    let items = example.items();
    let right = |action: &Action| {
        let said = matches!(action, Action::Answer { .. }).then(|| state.said(*action)).flatten();
        said.is_some_and(|said| rewards::is_right(said, &example.aliases) || items.iter().any(|item| rewards::is_right(said, item)))
    };
    // Where several answers are wanted each fact tells one; elsewhere all but the last lead on.
    let last = if items.is_empty() { example.hops.len().saturating_sub(1) } else { 0 };
    let done = (0..last).filter(|hop| {
        state.leads.iter().any(|lead| lead.read.sentences.get(lead.sentence).is_some_and(|s| tells(lead.read.passage.key, s, *hop)))
    });
    let told: HashSet<usize> = done.collect();
    // A right value in a sentence that does not tell the fact is a lucky guess; it counts only where nothing better can be done.
    let supported = |action: &Action| {
        right(action)
            && state.told(*action).is_some_and(|(key, sentence)| {
                if items.is_empty() { tells(key, sentence, last) } else { (0..example.hops.len()).any(|hop| tells(key, sentence, hop)) }
            })
    };
    let lead = |action: &Action| {
        matches!(action, Action::Quote { read, sentence } if {
            let read = &state.reads[*read];
            read.sentences.get(*sentence).is_some_and(|s| (0..last).any(|hop| !told.contains(&hop) && tells(read.passage.key, s, hop)))
        })
    };
    let searching = find(&|action| *action == Action::Search);
    let ready = told.len() >= last;
    let answer = find(&supported);
    if ready && let Some(answer) = answer {
        return answer;
    }
    find(&lead).or(searching).or(answer).or_else(|| find(&right)).unwrap_or_else(|| end(Action::Abstain))
}

/// What is left to say of a question with several answers, once the first is given.
struct Rest<'a> {
    example: &'a Example,
    state: &'a State,
    first: &'a str,
}

impl Rest<'_> {
    /// The action to take; none where all is said that can be found.
    fn next(&self, actions: &[Action], tells: &dyn Fn(u64, &std::ops::Range<usize>, usize) -> bool) -> Option<usize> {
        let items = self.example.items();
        let is_item = |said: &str, item: &[String; 1]| rewards::is_right(said, item);
        // A wrong first answer makes the rest worth nothing.
        if !items.iter().any(|item| is_item(self.first, item)) {
            return None;
        }
        let given = |item: &[String; 1]| self.state.answers.iter().any(|answer| is_item(answer.value(), item));
        let left: Vec<&[String; 1]> = items.iter().filter(|item| !given(item)).collect();
        let disagrees = self.example.kind == Kind::Conflict;
        let fits = |action: &Action, supported: bool| {
            let is_kind = if disagrees { matches!(action, Action::Conflict { .. }) } else { matches!(action, Action::More { .. }) };
            let says = is_kind && self.state.said(*action).is_some_and(|said| left.iter().any(|item| is_item(said, item)));
            let told = || {
                self.state.told(*action).is_some_and(|(key, sentence)| (0..self.example.hops.len()).any(|hop| tells(key, sentence, hop)))
            };
            says && (!supported || told())
        };
        if left.is_empty() {
            return None;
        }
        let find = |wanted: &dyn Fn(&Action) -> bool| actions.iter().position(wanted);
        find(&|action| fits(action, true))
            .or_else(|| find(&|action| fits(action, false)))
            .or_else(|| find(&|action| *action == Action::Search))
    }
}

/// What the controller learns from: the decisions of all questions of a bench. `progress` counts runs.
///
/// # Errors
/// If the store cannot be read.
pub fn decisions(answerer: &Answerer, triples: &Triples, bench: &Bench<'_>, progress: &ProgressBar) -> Result<Vec<Decision>, SourceError> {
    let d_model = answerer.config.encoder.hidden_size;
    let runs: Vec<(&Example, usize)> = bench.examples.iter().flat_map(|example| (0..PASSES).map(|pass| (*example, pass))).collect();
    progress.reset();
    progress.set_length(runs.len() as u64);
    let decide = |(example, pass): &(&Example, usize)| {
        let tells = |key: u64, sentence: &std::ops::Range<usize>, hop: usize| {
            let number = bench.numbers.get(key as usize).copied();
            let text = |range: &std::ops::Range<usize>, number: u32| {
                triples.sections[number as usize].text.get(range.clone()).unwrap_or_default().to_owned()
            };
            let Some((hop, number)) = example.hops.get(hop).zip(number) else { return false };
            let same_place = hop.section == number && sentence.start < hop.sentence.end && hop.sentence.start < sentence.end;
            same_place || rewards::tells(&text(sentence, number), &text(&hop.sentence, hop.section))
        };
        let mut made = Vec::new();
        answerer.run_with(&bench.store, &example.question, |state, actions, probabilities| {
            let target = oracle(example, state, actions, &tells);
            if actions.len() > 1 {
                let further = !state.answers.is_empty();
                made.push(Decision { choices: Choices::new(state, actions, d_model), target, further });
            }
            if *pass == 0 { target } else { likely(actions, probabilities) }
        })?;
        progress.inc(1);
        Ok(made)
    };
    let made: Result<Vec<Vec<Decision>>, SourceError> = runs.par_iter().map(decide).collect();
    Ok(made?.into_iter().flatten().collect())
}

/// Decisions padded to one number of actions.
pub struct DecisionBatch {
    rows: usize,
    places: usize,
    features: Vec<f32>,
    summaries: Vec<f32>,
    padding: Vec<f32>,
    targets: Vec<i32>,
}

impl DecisionBatch {
    pub(super) fn new(picked: &[&Decision]) -> Self {
        let places = picked.iter().map(|decision| decision.choices.features.len()).max().unwrap_or(1);
        let width = picked.first().and_then(|decision| decision.choices.summaries.first()).map_or(0, Vec::len);
        let mut out = Self { rows: picked.len(), places, features: vec![], summaries: vec![], padding: vec![], targets: vec![] };
        for decision in picked {
            for place in 0..places {
                out.features.extend(decision.choices.features.get(place).copied().unwrap_or([0.0; ACTION_FEATURES]));
                match decision.choices.summaries.get(place) {
                    Some(summary) => out.summaries.extend(summary),
                    None => out.summaries.extend(std::iter::repeat_n(0.0, width)),
                }
                out.padding.push(if place < decision.choices.features.len() { 0.0 } else { HIDDEN });
            }
            out.targets.push(decision.target as i32);
        }
        out
    }

    /// Decisions, and places for actions in each.
    pub(super) fn shape(&self) -> [usize; 2] {
        [self.rows, self.places]
    }

    /// The controller's scores, `[rows, places]`; those of places without an action hide them.
    pub(super) fn scores(&self, model: &Policy, device: &Device) -> Tensor<2> {
        let actions = self.rows * self.places;
        let features = Tensor::<2>::from_data(TensorData::new(self.features.clone(), [actions, ACTION_FEATURES]), device);
        let width = self.summaries.len() / actions.max(1);
        let summaries = Tensor::<2>::from_data(TensorData::new(self.summaries.clone(), [actions, width]), device);
        let padding = Tensor::<2>::from_data(TensorData::new(self.padding.clone(), self.shape()), device);
        model.forward(features, summaries).reshape(self.shape()) + padding
    }

    /// The action taken in each decision, `[rows, 1]`.
    pub(super) fn targets(&self, device: &Device) -> Tensor<2, Int> {
        Tensor::from_data(TensorData::new(self.targets.clone(), [self.rows, 1]), device)
    }
}

struct Decisions {
    decisions: Vec<Decision>,
    seed: u64,
}

impl BatchSource for Decisions {
    type Batch = DecisionBatch;

    fn batch(&mut self, step: u64) -> DecisionBatch {
        let mut random = ChaCha8Rng::seed_from_u64(step_seed(self.seed, step));
        let picked: Vec<&Decision> = (0..DECISIONS).map(|_| &self.decisions[random.random_range(0..self.decisions.len())]).collect();
        DecisionBatch::new(&picked)
    }
}

struct Imitation;

impl Objective for Imitation {
    type Model = Policy;
    type Batch = DecisionBatch;

    fn step(&self, model: &Policy, batch: DecisionBatch, device: &Device) -> StepOutput {
        let loss = imitation_loss(model, &batch, device);
        StepOutput { loss, work: Work::tokens(batch.rows * batch.places), metrics: Vec::new() }
    }
}

fn imitation_loss(model: &Policy, batch: &DecisionBatch, device: &Device) -> Tensor<1> {
    log_softmax(batch.scores(model, device), 1).gather(1, batch.targets(device)).mean().neg()
}

/// Trains the controller; one without decisions to learn from stays the rule.
///
/// # Errors
/// If the run folder cannot be used.
pub fn train_controller(
    model: Policy,
    decisions: Vec<Decision>,
    config: &StageConfig,
    seed: u64,
    run_dir: &Path,
    device: &Device,
    progress: &ProgressBar,
) -> Result<Policy, TrainError> {
    if decisions.is_empty() {
        return Ok(model);
    }
    Ok(train(&config.training(seed), run_dir, model, &Imitation, Decisions { decisions, seed }, device, progress)?)
}

#[cfg(test)]
mod tests;
