//! Training of the first stage on the candidates that keyword and vector search give: the gold section's share of its list should be its probability
//! (listwise softmax, Cao et al. 2007). Follow-up searches of a chain are queries too.

use std::path::Path;

use backbone::{BatchSource, Objective, StepOutput, Work, step_seed, train};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use indicatif::ProgressBar;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::TrainError;
use super::bench::Bench;
use super::preset::StageConfig;
use crate::data::{Triples, evidence, follow_up};
use crate::inference::{Answerer, PassageSource as _, SourceError, describe};
use crate::model::{CANDIDATE_FEATURES, FirstStage};

/// Lists in a step.
const LISTS: usize = 16;
/// Score of a place in a list that is not filled.
const HIDDEN: f32 = -1e9;

/// One query's candidates and which of them are gold.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedList {
    candidates: Vec<[f32; CANDIDATE_FEATURES]>,
    gold: Vec<bool>,
}

/// The lists of a bench that hold a gold section.
///
/// # Errors
/// If the store cannot be read.
pub fn lists(answerer: &Answerer, triples: &Triples, bench: &Bench<'_>) -> Result<Vec<RankedList>, SourceError> {
    let idf = answerer.idf(&bench.store);
    let idf = &idf;
    let queries: Vec<(String, usize, usize)> = bench
        .examples
        .iter()
        .enumerate()
        .flat_map(|(number, example)| {
            (0..example.hops.len()).map(move |hop| {
                let told = evidence(triples, example, hop);
                let query = if hop == 0 { example.question.clone() } else { follow_up(&example.question, &told, "", idf) };
                (query, number, hop)
            })
        })
        .collect();
    let list = |(query, number, hop): &(String, usize, usize)| {
        let wanted = bench.examples[*number].hops[*hop].section;
        let candidates = bench.store.candidates(query, &answerer.embed_question(query), answerer.config.search.candidates)?;
        let gold: Vec<bool> = candidates.iter().map(|candidate| bench.numbers[candidate.passage.key as usize] == wanted).collect();
        Ok(gold.contains(&true).then(|| RankedList { candidates: describe(&candidates), gold }))
    };
    let found: Result<Vec<Option<RankedList>>, SourceError> = queries.par_iter().map(list).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Lists padded to one length.
pub struct ListBatch {
    lists: usize,
    places: usize,
    candidates: Vec<f32>,
    /// 0 for a gold candidate, [`HIDDEN`] for others and for padding.
    not_gold: Vec<f32>,
    /// 0 for a candidate, [`HIDDEN`] for padding.
    padding: Vec<f32>,
}

struct Lists {
    lists: Vec<RankedList>,
    seed: u64,
}

impl BatchSource for Lists {
    type Batch = ListBatch;

    fn batch(&mut self, step: u64) -> ListBatch {
        let mut random = ChaCha8Rng::seed_from_u64(step_seed(self.seed, step));
        let picked: Vec<&RankedList> = (0..LISTS).map(|_| &self.lists[random.random_range(0..self.lists.len())]).collect();
        let places = picked.iter().map(|list| list.gold.len()).max().unwrap_or(1);
        let mut out = ListBatch { lists: LISTS, places, candidates: vec![], not_gold: vec![], padding: vec![] };
        for list in picked {
            for place in 0..places {
                out.candidates.extend(list.candidates.get(place).copied().unwrap_or_default());
                out.not_gold.push(if list.gold.get(place) == Some(&true) { 0.0 } else { HIDDEN });
                out.padding.push(if place < list.gold.len() { 0.0 } else { HIDDEN });
            }
        }
        out
    }
}

struct Ranking;

impl Objective for Ranking {
    type Model = FirstStage;
    type Batch = ListBatch;

    fn step(&self, model: &FirstStage, batch: ListBatch, device: &Device) -> StepOutput {
        let loss = ranking_loss(model, &batch, device);
        StepOutput { loss, work: Work::tokens(batch.lists * batch.places), metrics: Vec::new() }
    }
}

fn ranking_loss(model: &FirstStage, batch: &ListBatch, device: &Device) -> Tensor<1> {
    let rows = batch.lists * batch.places;
    let tensor =
        |values: &[f32], width: usize| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [values.len() / width, width]), device);
    let scores = model.forward(tensor(&batch.candidates, CANDIDATE_FEATURES));
    debug_assert_eq!(scores.dims(), [rows]);
    let scores = scores.reshape([batch.lists, batch.places]) + tensor(&batch.padding, batch.places);
    // The probability of all gold candidates of a list together.
    let gold = log_softmax(scores, 1) + tensor(&batch.not_gold, batch.places);
    gold.exp().sum_dim(1).clamp_min(1e-9).log().mean().neg()
}

/// Trains the first stage; one without lists to learn from stays as it is.
///
/// # Errors
/// If the run folder cannot be used.
pub fn train_first_stage(
    model: FirstStage,
    lists: Vec<RankedList>,
    config: &StageConfig,
    seed: u64,
    run_dir: &Path,
    device: &Device,
    progress: &ProgressBar,
) -> Result<FirstStage, TrainError> {
    if lists.is_empty() {
        return Ok(model);
    }
    Ok(train(&config.training(seed), run_dir, model, &Ranking, Lists { lists, seed }, device, progress)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists where BM25 is wrong and the cosine is right.
    fn misleading(count: usize) -> Vec<RankedList> {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut list = || {
            let gold: Vec<bool> = (0..10).map(|place| place == 4).collect();
            let row = |place: usize, random: &mut ChaCha8Rng| {
                let mut row = [0.0; CANDIDATE_FEATURES];
                row[0] = 1.0 - 0.09 * place as f32;
                row[1] = if place == 4 { 0.0 } else { -random.random_range(0.4..0.9) };
                row
            };
            let candidates = (0..10).map(|place| row(place, &mut random)).collect();
            RankedList { candidates, gold }
        };
        (0..count).map(|_| list()).collect()
    }

    #[test]
    fn the_first_stage_learns_how_sure_its_ranking_is() {
        let dir = tempfile::tempdir().unwrap();
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        device.seed(1);
        let config = StageConfig { questions: 0, sections: 0, steps: 400, learning_rate: 5e-2 };
        let mut source = Lists { lists: misleading(32), seed: 9 };
        let model = FirstStage::new(&device);
        let before = ranking_loss(&model, &source.batch(0), &device).into_scalar::<f32>();
        let model = train_first_stage(model, misleading(32), &config, 1, dir.path(), &device, &ProgressBar::hidden()).unwrap();
        let after = ranking_loss(&model, &source.batch(0), &device).into_scalar::<f32>();
        assert!(after < 0.2 && after < before / 5.0, "{before} -> {after}");
    }
}
