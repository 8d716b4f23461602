//! Hard negatives from the model's own first stage: what words and vectors together rank high for a question and does not hold its answer. Keyword
//! search alone, whose hits the data brings along, confuses other sections than the ones that are read beside the right one in use (Xiong et al. 2021).

use std::collections::HashSet;
use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use indicatif::ProgressBar;
use rayon::prelude::*;
use records::{Split, keyword};

use super::{TrainError, write_json};
use crate::data::{Example, Triples};
use crate::inference::{Answerer, numbers_of};
use crate::model::FirstStage;

/// Negatives kept of a question.
const KEPT: usize = 8;
/// Sections that keyword search and vectors propose each.
const PROPOSED: usize = 24;
/// Questions whose cosines with all sections are computed at once.
const TOGETHER: usize = 128;
/// An answer of fewer bytes stands in other sections by chance.
const TELLING: usize = 4;

/// Finds the negatives of the written training questions. Those that keyword search cannot lead to their section are left as they are: what the
/// first stage finds for "Who directed it?" may answer it as well.
///
/// They are kept in `file` for a run that goes on.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn find(triples: &mut Triples, answerer: &Answerer, file: &Path, progress: &ProgressBar) -> Result<(), TrainError> {
    let wanted = |example: &Example| example.written && example.split == Split::Train && !example.is_vague();
    let asked: Vec<usize> = (0..triples.examples.len()).filter(|number| wanted(&triples.examples[*number])).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let known: Option<Vec<Vec<u32>>> = std::fs::read(file).ok().and_then(|json| serde_json::from_slice(&json).ok());
    if let Some(known) = known.filter(|known| known.len() == asked.len()) {
        asked.into_iter().zip(known).for_each(|(number, found)| triples.examples[number].confused_with = found);
        return Ok(());
    }
    progress.set_message("sections for negatives");
    let vectors = answerer.embed_sections(&triples.sections);
    let (sections, width) = (vectors.len(), vectors[0].len());
    let device = answerer.device();
    let all = Tensor::<2>::from_data(TensorData::new(vectors.concat(), [sections, width]), device).transpose();
    progress.set_message("negatives");
    for numbers in asked.chunks(TOGETHER) {
        let vectors: Vec<f32> =
            numbers.par_iter().flat_map_iter(|number| answerer.embed_question(&triples.examples[*number].question)).collect();
        let vectors = Tensor::<2>::from_data(TensorData::new(vectors, [numbers.len(), width]), device);
        let cosines = numbers_of(vectors.matmul(all.clone()));
        let found: Vec<Vec<u32>> =
            numbers.par_iter().zip(cosines.par_chunks(sections)).map(|(number, cosines)| negatives(triples, *number, cosines)).collect();
        for (number, found) in numbers.iter().zip(found) {
            triples.examples[*number].confused_with = found;
        }
    }
    let found: Vec<&Vec<u32>> = asked.iter().map(|number| &triples.examples[*number].confused_with).collect();
    write_json(file, &found)
}

/// The best of a question's first stage that tell none of its facts and do not hold its answer.
fn negatives(triples: &Triples, number: usize, cosines: &[f32]) -> Vec<u32> {
    let example = &triples.examples[number];
    let words = triples.keywords.search(&keyword::terms(&example.question), PROPOSED);
    let mut near: Vec<usize> = (0..cosines.len()).collect();
    let closer = |a: &usize, b: &usize| cosines[*b].total_cmp(&cosines[*a]).then(a.cmp(b));
    if near.len() > PROPOSED {
        near.select_nth_unstable_by(PROPOSED - 1, closer);
        near.truncate(PROPOSED);
    }
    let nearest = near.iter().map(|section| cosines[*section]).fold(-1.0, f32::max);
    let best = words.first().map_or(1.0, |hit| hit.1.max(f32::MIN_POSITIVE));
    let score = |section: usize| {
        let bm25 = words.iter().find(|hit| hit.0 == section).map_or(0.0, |hit| hit.1);
        FirstStage::order(bm25 / best, cosines[section] - nearest)
    };
    let proposed: HashSet<usize> = words.iter().map(|hit| hit.0).chain(near).collect();
    let mut ranked: Vec<(usize, f32)> = proposed.into_iter().map(|section| (section, score(section))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let answers: Vec<String> = example.aliases.iter().filter(|alias| alias.len() >= TELLING).map(|alias| alias.to_lowercase()).collect();
    let wrong = |section: &u32| {
        let text = triples.sections[*section as usize].text.to_lowercase();
        !example.is_gold(*section) && !answers.iter().any(|answer| text.contains(answer))
    };
    ranked.into_iter().map(|(section, _)| section as u32).filter(wrong).take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    #[test]
    fn negatives_rank_high_and_hold_neither_fact_nor_answer() {
        let triples = fixture::triples(24);
        let number = triples.examples.iter().position(|example| example.answerable && !example.is_vague()).unwrap();
        let example = &triples.examples[number];
        // One section is nearest in meaning whatever its words.
        let other = (0..triples.sections.len() as u32)
            .rev()
            .find(|section| {
                let text = triples.sections[*section as usize].text.to_lowercase();
                !example.is_gold(*section) && !example.aliases.iter().any(|alias| text.contains(&alias.to_lowercase()))
            })
            .unwrap();
        let cosines: Vec<f32> = (0..triples.sections.len() as u32).map(|section| if section == other { 0.9 } else { 0.1 }).collect();
        let found = negatives(&triples, number, &cosines);
        assert!(found.contains(&other) && found.len() <= KEPT, "{found:?}");
        assert!(found.iter().all(|section| !example.is_gold(*section)));
        let told = |section: &u32| triples.sections[*section as usize].text.to_lowercase();
        assert!(found.iter().all(|section| !example.aliases.iter().any(|alias| told(section).contains(&alias.to_lowercase()))));
    }
}
