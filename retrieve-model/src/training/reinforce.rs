//! Reinforcement of the imitated controller by verifiable rewards: several runs of one question are sampled and compared with each other.
//!
//! The gradient is that of REINFORCE (Williams 1992), `-A ln p(action)`, where the advantage `A` of a run is its reward less the mean of the question's
//! other runs (leave-one-out; Kool et al. 2019, Ahmadian et al. 2024), or its reward less the group's mean in units of the group's spread (GRPO, Shao et
//! al. 2024), which blows up small differences where all runs are nearly alike. Both are held to the start by its Kullback-Leibler divergence and to an
//! entropy floor by a hinge. The reader does not move, so what it read is remembered and a question costs its reading once.
//!
//! Abstaining is never sampled where something can be answered: whether an answer is believed is for the calibrated confidence alone.

mod config;
mod gain;

use std::path::Path;

use backbone::{BatchSource, Objective, StepOutput, Work, step_seed, train};
use burn::module::Module as _;
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Tensor, TensorData};
use indicatif::ProgressBar;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

pub use self::config::{Advantage, ReinforceConfig};
pub use self::gain::Gain;
pub(super) use self::gain::gain;
use super::TrainError;
use super::bench::Bench;
use super::measure::{gold, said};
use super::policy::{Decision, DecisionBatch};
use crate::data::{Example, Triples};
use crate::inference::{Action, Answerer, Choices, likely, numbers_of};
use crate::model::Policy;
use crate::rewards::{self, Prices};

/// Of so many questions one is held back to judge by.
const HELD: usize = 6;

/// One run of a question.
struct Rollout {
    decisions: Vec<Decision>,
    reward: f32,
    searches: usize,
}

/// The objective: its batches are numbers of questions, its runs are made with the policy as it is.
struct Reinforcement<'a> {
    answerer: &'a Answerer,
    triples: &'a Triples,
    bench: &'a Bench<'a>,
    held: Vec<&'a Example>,
    start: Policy,
    config: &'a ReinforceConfig,
    prices: Prices,
}

impl Reinforcement<'_> {
    /// A run of a question: sampled with `random`, or the likeliest actions without.
    fn run(&self, policy: &Policy, example: &Example, mut random: Option<ChaCha8Rng>) -> Rollout {
        let width = self.answerer.config.encoder.hidden_size;
        let mut decisions = Vec::new();
        let outcome = self.answerer.run_by(policy, &self.bench.store, &example.question, |state, actions, probabilities| {
            let Some(random) = &mut random else { return likely(actions, probabilities) };
            // What follows the first answer is not this controller's.
            if !state.answers.is_empty() {
                return likely(actions, probabilities);
            }
            let (actions, probabilities) = sayable(actions, probabilities);
            let chosen = sample(&probabilities, random.random::<f32>());
            if actions.len() > 1 {
                decisions.push(Decision::new(Choices::new(state, &actions, width), chosen));
            }
            chosen
        });
        // A store in memory cannot fail; if one did, the run would be as good as abstaining.
        let Ok(outcome) = outcome else { return Rollout { decisions, reward: 0.0, searches: 0 } };
        let answer = outcome.state.whole_answer();
        let reward = rewards::reward(&said(&outcome, answer), &gold(example, self.triples), &self.prices);
        Rollout { decisions, reward, searches: outcome.searches.len() }
    }

    fn judged(&self, policy: &Policy) -> Vec<Rollout> {
        self.held.par_iter().map(|example| self.run(policy, example, None)).collect()
    }

    fn rollouts(&self, policy: &Policy, asked: &Asked) -> Vec<Rollout> {
        let runs = asked.questions.len() * self.config.rollouts;
        let run = |number: usize| {
            let random = ChaCha8Rng::seed_from_u64(step_seed(asked.seed, number as u64));
            self.run(policy, self.bench.examples[asked.questions[number / self.config.rollouts]], Some(random))
        };
        (0..runs).into_par_iter().map(run).collect()
    }
}

/// What may be sampled: everything but abstaining, which comes last in the list, unless it is all there is.
fn sayable(actions: &[Action], probabilities: &[f32]) -> (Vec<Action>, Vec<f32>) {
    let count = actions.iter().position(|action| *action == Action::Abstain).unwrap_or(actions.len()).max(1);
    (actions[..count].to_vec(), probabilities[..count].to_vec())
}

/// The number whose share of the sum holds the point `at`, 0 to 1.
fn sample(probabilities: &[f32], at: f32) -> usize {
    let mut left = at * probabilities.iter().sum::<f32>();
    for (number, probability) in probabilities.iter().enumerate() {
        left -= probability;
        if left < 0.0 {
            return number;
        }
    }
    probabilities.len().saturating_sub(1)
}

/// The advantages of runs that stand group by group.
fn advantages(rewards: &[f32], group: usize, kind: Advantage) -> Vec<f32> {
    let of_group = |rewards: &[f32]| -> Vec<f32> {
        let count = rewards.len() as f32;
        let sum: f32 = rewards.iter().sum();
        let mean = sum / count;
        let spread = (rewards.iter().map(|reward| (reward - mean).powi(2)).sum::<f32>() / count).sqrt();
        let one = |reward: &f32| match kind {
            Advantage::LeaveOneOut if rewards.len() < 2 => 0.0,
            Advantage::LeaveOneOut => reward - (sum - reward) / (count - 1.0),
            Advantage::Group => (reward - mean) / (spread + 1e-4),
        };
        rewards.iter().map(one).collect()
    };
    rewards.chunks(group.max(1)).flat_map(of_group).collect()
}

/// The questions of a step, by their place in the bench, and where their runs draw their chances from.
struct Asked {
    questions: Vec<usize>,
    seed: u64,
}

/// Draws questions: short chains first, all from a third of the steps on (curriculum; Bengio et al. 2009).
struct Questions {
    /// Place in the bench and hops.
    all: Vec<(usize, usize)>,
    asked: usize,
    steps: u64,
    seed: u64,
}

impl BatchSource for Questions {
    type Batch = Asked;

    fn batch(&mut self, step: u64) -> Asked {
        let longest = 1 + (step * 9 / self.steps.max(1)) as usize;
        let open: Vec<usize> = self.all.iter().filter(|(_, hops)| *hops <= longest).map(|(place, _)| *place).collect();
        let from: Vec<usize> = if open.is_empty() { self.all.iter().map(|(place, _)| *place).collect() } else { open };
        let seed = step_seed(self.seed, step);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        Asked { questions: (0..self.asked).map(|_| from[random.random_range(0..from.len())]).collect(), seed }
    }
}

/// What is made smaller, and its parts, each `[1]`.
struct Surrogate {
    loss: Tensor<1>,
    /// Mean entropy of a decision, in nats.
    entropy: Tensor<1>,
    /// Mean Kullback-Leibler divergence of a decision from the start's, in nats.
    divergence: Tensor<1>,
}

/// The loss whose gradient is the policy gradient: `-sum(weight ln p(action))`, with the price of the divergence and the hinge of the entropy.
fn surrogate(
    model: &Policy,
    start: &Policy,
    batch: &DecisionBatch,
    weights: Vec<f32>,
    config: &ReinforceConfig,
    device: &Device,
) -> Surrogate {
    let [rows, places] = batch.shape();
    let chances = log_softmax(batch.scores(model, device), 1);
    let before = numbers_of(log_softmax(batch.scores(start, &device.clone().inner()), 1));
    let before = Tensor::<2>::from_data(TensorData::new(before, [rows, places]), device);
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [rows, 1]), device);
    let gain = (chances.clone().gather(1, batch.targets(device)) * weights).sum();
    let shares = chances.clone().exp();
    let divergence = (shares.clone() * (chances.clone() - before)).sum() / rows as f64;
    let entropy = (shares * chances).sum().neg() / rows as f64;
    let low = relu((entropy.clone() - config.entropy_floor).neg());
    Surrogate { loss: gain.neg() + divergence.clone() * config.divergence + low, entropy, divergence }
}

impl Objective for Reinforcement<'_> {
    type Model = Policy;
    type Batch = Asked;

    fn step(&self, model: &Policy, asked: Asked, device: &Device) -> StepOutput {
        let rollouts = self.rollouts(&model.valid(), &asked);
        let rewards: Vec<f32> = rollouts.iter().map(|run| run.reward).collect();
        let runs = rollouts.len().max(1) as f32;
        let (mut decisions, mut weights): (Vec<&Decision>, Vec<f32>) = (Vec::new(), Vec::new());
        for (run, advantage) in rollouts.iter().zip(advantages(&rewards, self.config.rollouts, self.config.advantage)) {
            decisions.extend(&run.decisions);
            weights.extend(std::iter::repeat_n(advantage / runs, run.decisions.len()));
        }
        let nothing = Decision::none(self.answerer.config.encoder.hidden_size);
        if decisions.is_empty() {
            (decisions, weights) = (vec![&nothing], vec![0.0]);
        }
        let batch = DecisionBatch::new(&decisions);
        let Surrogate { loss, entropy, divergence } = surrogate(model, &self.start, &batch, weights, self.config, device);
        let number = |value: f32| Tensor::<1>::from_data(TensorData::new(vec![value], [1]), device);
        let searches = rollouts.iter().map(|run| run.searches).sum::<usize>() as f32 / runs;
        let right = rewards.iter().filter(|reward| **reward > 0.0).count() as f32 / runs;
        let metrics = vec![
            ("reward", number(rewards.iter().sum::<f32>() / runs)),
            ("rewarded", number(right)),
            ("searches", number(searches)),
            ("entropy", entropy),
            ("divergence", divergence),
        ];
        StepOutput { loss, work: Work::tokens(batch.shape().iter().product()), metrics }
    }

    fn validate(&self, model: &Policy, _device: &Device) -> Vec<(String, f64)> {
        let runs = self.judged(model);
        let mean = |of: &dyn Fn(&Rollout) -> f64, hops: Option<usize>| {
            let numbers: Vec<f64> = runs
                .iter()
                .zip(&self.held)
                .filter(|(_, example)| hops.is_none_or(|hops| example.hops.len() == hops))
                .map(|(run, _)| of(run))
                .collect();
            numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
        };
        let searches = |run: &Rollout| run.searches as f64;
        let mut out = vec![("reward".to_owned(), mean(&|run| f64::from(run.reward), None))];
        out.extend((1..=3).map(|hops| (format!("searches_{hops}_hops"), mean(&searches, Some(hops)))));
        out
    }
}

/// Reinforces the controller of `answerer` on a bench, a sixth of which is held back to judge by (the imitation has seen these too, which favours the
/// start); the start stays where nothing was gained.
///
/// # Errors
/// If the run folder cannot be used.
pub fn reinforce(
    answerer: &Answerer,
    triples: &Triples,
    bench: &Bench<'_>,
    config: &ReinforceConfig,
    seed: u64,
    run_dir: &Path,
    progress: &ProgressBar,
) -> Result<(Policy, Gain), TrainError> {
    let start = answerer.model.policy.clone();
    let answerable: Vec<usize> = (0..bench.examples.len()).filter(|place| bench.examples[*place].answerable).collect();
    let held: Vec<usize> = answerable.iter().copied().step_by(HELD).collect();
    let learned: Vec<usize> = answerable.into_iter().filter(|place| !held.contains(place)).collect();
    if config.steps == 0 || learned.is_empty() || held.is_empty() {
        return Ok((start, Gain::default()));
    }
    let remembering = answerer.clone().remembering();
    let objective = Reinforcement {
        answerer: &remembering,
        triples,
        bench,
        held: held.iter().map(|place| bench.examples[*place]).collect(),
        start: start.clone(),
        config,
        prices: Prices::default(),
    };
    let all = learned.into_iter().map(|place| (place, bench.examples[place].hops.len())).collect();
    let questions = Questions { all, asked: config.asked.max(1), steps: config.steps, seed };
    let device = backbone::open_device(backbone::DeviceChoice::Cpu)?;
    let trained = train(&config.training(seed), run_dir, start.clone(), &objective, questions, &device, progress)?;
    let rewards = |policy: &Policy| -> Vec<f64> { objective.judged(policy).iter().map(|run| f64::from(run.reward)).collect() };
    let gain = gain(&rewards(&start), &rewards(&trained), seed);
    Ok((if gain.taken { trained } else { start }, gain))
}

#[cfg(test)]
mod tests;
