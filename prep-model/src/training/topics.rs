//! What sentences are about ([`crate::model::Topics`]), made of a published encoder and of prepared texts: no step of gradient descent, a table
//! reduced and two numbers fitted. Learning the vectors by steps as well was tried: far better on the texts it learned from, on others now better, now
//! worse (LOG.md).

mod joined;
mod reduced;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use backbone::{DeviceChoice, Tokenizer, load_base, open_device};

use self::joined::{Joined, Passages, join};
use self::reduced::reduced;
use super::PrepTrainingError;
use crate::inference::{LEAST_BYTES, SECTION_BYTES};
use crate::model::{Limits, TopicConfig, Topics, Unit, cut_units, form};

/// Words with a vector. 20,000 cut joined texts no better.
const WORDS: usize = 10_000;
/// Numbers of a vector. 32 are as good on joined texts of the corpora, and somewhat worse on Wikipedia's.
const WIDTH: usize = 64;
/// Words up to this rarity, the 33 commonest of our texts, tell nothing.
const COMMON: f32 = 0.25;
/// `a` of `a / (a + p)`, the weight of a word of frequency `p` (Arora, Liang and Ma 2017).
const SMOOTH: f64 = 1e-3;
/// Joined texts of each data folder that the two numbers are fitted on and measured on.
const TEXTS: usize = 60;
/// What is tried.
const MEANINGS: [f32; 5] = [0.2, 0.25, 0.3, 0.35, 0.4];
const PENALTIES: [f32; 9] = [0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1];

/// Makes topics of an encoder's word table and the sections in `data` (folders that `tandem prep` made) and writes them into the model folder
/// `model`. The numbers fitted, and measured on the development part of the same texts, come back by name.
///
/// # Errors
/// If the encoder or the data cannot be used, or the folder not be written.
pub fn train_topics(
    data: &[PathBuf],
    encoder: &Path,
    model: &Path,
    seed: u64,
    device: DeviceChoice,
) -> Result<Vec<(String, f64)>, PrepTrainingError> {
    let device = open_device(device)?;
    let unusable = |path: &Path, reason: String| PrepTrainingError::File { path: path.to_path_buf(), reason };
    let (_, bert, hash) = load_base(encoder, &device).map_err(|error| unusable(encoder, error.to_string()))?;
    let tokenizer = Tokenizer::load(encoder).map_err(|error| unusable(encoder, error.to_string()))?;
    let read = |path: &PathBuf| Passages::read(path).map_err(|reason| unusable(path, reason));
    let passages = data.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let counts = Counts::of(passages.iter().flat_map(|passages| &passages.train).flatten());
    let words = counts.commonest(WORDS);
    let table = bert.table();
    let width = bert.width();
    let table: Vec<f32> = table.into_data().try_to_vec().map_err(|error| unusable(encoder, format!("{error:?}")))?;
    let raw: Vec<Vec<f32>> = words.iter().map(|word| mean(&table, width, &tokenizer.encode(word).ids)).collect();
    let frequencies: Vec<f64> = words.iter().map(|word| f64::from(counts.words[word].0) / counts.all as f64).collect();
    let mut vectors = reduced(&raw, &frequencies, WIDTH.min(width), seed);
    for (row, frequency) in vectors.chunks_mut(WIDTH.min(width)).zip(&frequencies) {
        row.iter_mut().for_each(|value| *value *= (SMOOTH / (SMOOTH + frequency)) as f32);
    }
    let rarity = words.iter().map(|word| counts.rarity(word)).collect();
    let mut config = TopicConfig::new(words.len(), WIDTH.min(width));
    config.unknown = 1.0 - COMMON;
    let mut topics = Topics::new(config, &words, vectors, rarity);

    let texts = |of: fn(&Passages) -> &Vec<Vec<String>>, seed: u64| -> Vec<Joined> {
        passages.iter().flat_map(|passages| join(of(passages), TEXTS, seed)).collect()
    };
    let (train, dev) = (texts(|passages| &passages.train, seed), texts(|passages| &passages.dev, seed ^ 1));
    let fitted = fit(&mut topics, &train);
    let numbers: Vec<(String, f64)> = vec![
        ("topics_meaning".into(), f64::from(topics.config.meaning)),
        ("topics_penalty".into(), f64::from(topics.config.penalty)),
        ("topics_boundary_f1_fitted".into(), fitted),
        ("topics_boundary_f1".into(), boundary_f1(&topics, &dev)),
    ];
    let card = card(encoder, &hash, data, [train.len(), dev.len()], &numbers);
    topics.save(model, &card, &device)?;
    Ok(numbers)
}

/// How often words stand in sentences.
#[derive(Default)]
struct Counts {
    /// Times in all, and sentences that hold the word.
    words: HashMap<String, (u32, u32)>,
    all: u64,
    sentences: u64,
}

impl Counts {
    fn of<'a>(sentences: impl Iterator<Item = &'a String>) -> Self {
        let mut out = Self::default();
        for sentence in sentences {
            let mut seen = HashSet::new();
            for range in text::words(sentence) {
                let word = form(&sentence[range]);
                let is_first = seen.insert(word.clone());
                let (times, holding) = out.words.entry(word).or_default();
                *times += 1;
                *holding += u32::from(is_first);
                out.all += 1;
            }
            out.sentences += 1;
        }
        out
    }

    fn commonest(&self, most: usize) -> Vec<String> {
        let mut words: Vec<(&String, u32)> = self.words.iter().map(|(word, (times, _))| (word, *times)).collect();
        words.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        words.into_iter().take(most).map(|(word, _)| word.clone()).collect()
    }

    /// `ln(N / n) / ln(N)` of a word that `n` of `N` sentences hold, less what common words have.
    fn rarity(&self, word: &str) -> f32 {
        let (all, holding) = (self.sentences.max(2) as f32, self.words.get(word).map_or(1, |(_, holding)| *holding) as f32);
        ((all / holding).ln() / all.ln() - COMMON).max(0.0)
    }
}

/// Mean of some rows of the encoder's table.
fn mean(table: &[f32], width: usize, ids: &[u32]) -> Vec<f32> {
    let mut out = vec![0.0; width];
    for id in ids {
        let row = &table[*id as usize * width..][..width];
        out.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / ids.len() as f32);
    }
    out
}

/// Finds the two numbers with which joined texts are best cut; returns how well.
fn fit(topics: &mut Topics, texts: &[Joined]) -> f64 {
    let mut best = (f64::NEG_INFINITY, 0.0, 0.0);
    for meaning in MEANINGS {
        topics.config.meaning = meaning;
        let units: Vec<Vec<Unit>> = texts.iter().map(|text| text.units(topics)).collect();
        for penalty in PENALTIES {
            let value = f1_of(&units, texts, penalty);
            if value > best.0 {
                best = (value, meaning, penalty);
            }
        }
    }
    (topics.config.meaning, topics.config.penalty) = (best.1, best.2);
    best.0
}

fn boundary_f1(topics: &Topics, texts: &[Joined]) -> f64 {
    let units: Vec<Vec<Unit>> = texts.iter().map(|text| text.units(topics)).collect();
    f1_of(&units, texts, topics.config.penalty)
}

/// `2 right / (found + wanted)` over all texts.
fn f1_of(units: &[Vec<Unit>], texts: &[Joined], penalty: f32) -> f64 {
    let limits = Limits { least: LEAST_BYTES, most: SECTION_BYTES };
    let (mut right, mut both) = (0_u32, 0_u32);
    for (units, text) in units.iter().zip(texts) {
        for (found, wanted) in cut_units(units, penalty, limits).into_iter().zip(&text.begins).skip(1) {
            right += u32::from(found && *wanted);
            both += u32::from(found) + u32::from(*wanted);
        }
    }
    if both == 0 { 0.0 } else { f64::from(2 * right) / f64::from(both) }
}

/// The model card, rendered from the run.
fn card(encoder: &Path, hash: &str, data: &[PathBuf], texts: [usize; 2], numbers: &[(String, f64)]) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folders: Vec<String> = data.iter().map(|path| name(path)).collect();
    let rows: String = numbers.iter().map(|(name, value)| format!("| {} | {value:.4} |\n", name.replace('_', " "))).collect();
    format!(
        "# What sentences are about\n\nCuts long running text without headings where its subject changes. Vectors of {WORDS} words: the word table of the \
         encoder `{}` (blake3 {hash}), words of several tokens by their mean, reduced to {WIDTH} dimensions and weighted by how rare a word is; nothing of \
         it is learned by steps. Two numbers are fitted on {} texts joined of passages of {}; measured on {} of their development documents. Not for \
         languages other than English, where shared words alone tell, and not for where a story turns: it sees other words, not another thought.\n\n\
         | number | value |\n|---|---|\n{rows}",
        name(encoder),
        texts[0],
        folders.join(", "),
        texts[1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_tell_more_and_the_commonest_nothing() {
        let sentences: Vec<String> = (0..1_000).map(|at| format!("the {} x{at}", if at % 10 == 0 { "ship" } else { "of" })).collect();
        let counts = Counts::of(sentences.iter());
        assert_eq!(counts.rarity("the"), 0.0);
        assert!(counts.rarity("x7") > counts.rarity("ship") && counts.rarity("ship") > 0.0);
        assert_eq!(counts.commonest(2), ["the", "of"]);
    }

    #[test]
    fn the_numbers_fitted_are_those_that_cut_best() {
        let words: Vec<String> = ["ship", "tax"].map(str::to_owned).to_vec();
        let mut topics = Topics::new(TopicConfig::new(2, 2), &words, vec![1.0, 0.0, 0.0, 1.0], vec![0.5, 0.5]);
        let part = |word: &str| vec![format!("Of {word} and {word} and more of it for a hundred bytes, {}.", "so long ".repeat(9)); 3];
        let texts = join(&[part("ship"), part("tax")], 5, 1);
        assert!(fit(&mut topics, &texts) > 0.9);
        assert!(topics.config.penalty > 0.0 && topics.config.meaning > 0.0);
    }
}
