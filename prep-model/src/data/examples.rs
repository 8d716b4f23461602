//! A data folder of the synthetic pipeline as training examples: its raw files through our own readers, its labels tied to the lines.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use records::{Document, Line, LineLabel, Split, TableError, read_table};
use thiserror::Error;

use super::align::{EditTargets, MASKED};
use super::labels::{LineTarget, label_lines};
use crate::model::{DocumentWords, ModelConfig, WordList, class, count_words, encode_line, features, form, knowledge};
use crate::read::{MediaType, ReadLimits, read_bytes};

/// Share of the listed words that training pretends not to know, so that the edit head learns that an unknown word may be a good one.
const HIDDEN_WORDS: u64 = 15;
/// Undamaged lines shown to the edit head for each damaged one, at most.
const CLEAN_PER_DAMAGED: usize = 2;

/// A data folder cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// A table is missing or broken.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Nothing to train on.
    #[error("{}: {reason}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What is missing and what to do.
        reason: String,
    },
}

/// The lines of one document, ready for batches.
#[derive(Clone, Debug)]
pub struct LineExamples {
    /// Characters of each line.
    pub characters: Vec<Vec<u8>>,
    /// `[lines, FEATURES]`
    pub features: Vec<f32>,
    /// What each line should be.
    pub targets: Vec<LineTarget>,
}

/// A stretch of one line for the edit head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditExample {
    /// Character classes.
    pub characters: Vec<u8>,
    /// What is known of the words around them.
    pub knowledge: Vec<u8>,
    /// What should be done.
    pub targets: EditTargets,
}

/// A development document kept whole, to measure and to calibrate what inference does.
#[derive(Clone, Debug)]
pub struct WholeDocument {
    /// The reader's lines.
    pub lines: Vec<Line>,
    /// What each should be.
    pub targets: Vec<(LineTarget, Option<EditTargets>)>,
}

/// Everything that training needs.
#[derive(Debug)]
pub struct TrainingData {
    /// Documents of the training split.
    pub documents: Vec<LineExamples>,
    /// Stretches of their lines.
    pub edits: Vec<EditExample>,
    /// Documents of the development split.
    pub dev: Vec<WholeDocument>,
    /// Words of the training split.
    pub words: WordList,
    /// Documents that could not be read.
    pub unreadable: usize,
}

struct Labelled {
    lines: Vec<Line>,
    targets: Vec<(LineTarget, Option<EditTargets>)>,
}

impl TrainingData {
    /// Loads at most `limit` training documents of `dir` and a tenth as many for development.
    ///
    /// # Errors
    /// If a table is missing or broken, or no document has labels.
    pub fn load(dir: &Path, limit: usize, config: &ModelConfig) -> Result<Self, DataError> {
        let (train, dev) = choose(dir, limit)?;
        let wanted: HashMap<&str, ()> = train.iter().chain(&dev).map(|document| (document.doc_id.as_str(), ())).collect();
        let mut labels: HashMap<String, Vec<LineLabel>> = HashMap::with_capacity(wanted.len());
        for label in read_table::<LineLabel>(dir)? {
            let label = label?;
            if wanted.contains_key(label.doc_id.as_str()) {
                labels.entry(label.doc_id.clone()).or_default().push(label);
            }
        }
        labels.values_mut().for_each(|labels| labels.sort_by_key(|label| (label.raw_start, label.line)));
        let read = |document: &Document| labelled(dir, document, labels.get(&document.doc_id)?);
        let train: Vec<Option<Labelled>> = train.par_iter().map(read).collect();
        let dev: Vec<Option<Labelled>> = dev.par_iter().map(read).collect();
        let unreadable = train.iter().chain(&dev).filter(|document| document.is_none()).count();
        let train: Vec<Labelled> = train.into_iter().flatten().collect();
        if train.is_empty() {
            let reason = "no training document has labels and a raw file: make the data with `tandem synth --world PRESET` first".into();
            return Err(DataError::Unusable { path: dir.to_path_buf(), reason });
        }
        let words = words_of(&train);
        let edits =
            train.par_iter().enumerate().map(|(at, document)| edit_examples(document, at as u64, &words, config)).collect::<Vec<_>>();
        let documents = train.par_iter().enumerate().map(|(at, document)| line_examples(document, at as u64, &words, config)).collect();
        let dev = dev.into_iter().flatten().map(|Labelled { lines, targets }| WholeDocument { lines, targets }).collect();
        Ok(Self { documents, edits: edits.concat(), dev, words, unreadable })
    }
}

/// The documents to train on and to measure with: the first of each split, in the order of the table.
fn choose(dir: &Path, limit: usize) -> Result<(Vec<Document>, Vec<Document>), DataError> {
    let (mut train, mut dev) = (Vec::new(), Vec::new());
    for document in read_table::<Document>(dir)? {
        let document = document?;
        match document.split {
            Split::Train if train.len() < limit => train.push(document),
            Split::Dev if dev.len() < (limit / 10).max(8) => dev.push(document),
            _ => {}
        }
        if train.len() >= limit && dev.len() >= (limit / 10).max(8) {
            break;
        }
    }
    Ok((train, dev))
}

fn labelled(dir: &Path, document: &Document, labels: &[LineLabel]) -> Option<Labelled> {
    let bytes = fs::read(dir.join("raw").join(&document.path)).ok()?;
    let lines = read_bytes(MediaType::of_name(&document.path), &bytes, &ReadLimits::default()).ok()?.lines;
    let targets = label_lines(&lines, labels);
    Some(Labelled { lines, targets })
}

/// The words of all lines without damage.
fn words_of(documents: &[Labelled]) -> WordList {
    let count = |document: &Labelled| {
        let mut counts = HashMap::new();
        let clean = document.lines.iter().zip(&document.targets).filter(|(_, (target, _))| target.damaged == 0);
        clean.for_each(|(line, _)| count_words(&line.text, &mut counts));
        counts
    };
    let add = |mut all: HashMap<String, u32>, counts: HashMap<String, u32>| {
        counts.into_iter().for_each(|(word, count)| *all.entry(word).or_insert(0) += count);
        all
    };
    WordList::of_counts(documents.par_iter().map(count).reduce(HashMap::new, add)).with_english()
}

fn line_examples(document: &Labelled, seed: u64, words: &WordList, config: &ModelConfig) -> LineExamples {
    let counts = DocumentWords::of(&document.lines);
    LineExamples {
        characters: document.lines.iter().map(|line| encode_line(&line.text, config)).collect(),
        features: features(&document.lines, &|word| pretends_to_know(word, seed, words, &counts)),
        targets: document.targets.iter().map(|(target, _)| *target).collect(),
    }
}

/// Whether a word in lower case is known, some of the listed ones hidden; which ones differs from document to document.
fn pretends_to_know(word: &str, seed: u64, words: &WordList, counts: &DocumentWords) -> bool {
    let hidden = || word.bytes().fold(seed, |hash, byte| mix(hash, u64::from(byte))) % 100 < HIDDEN_WORDS;
    counts.count(word) >= 2 || (words.contains(word) && !hidden())
}

/// Every damaged line and some of the others.
fn edit_examples(document: &Labelled, seed: u64, words: &WordList, config: &ModelConfig) -> Vec<EditExample> {
    let counts = DocumentWords::of(&document.lines);
    let damaged = document.targets.iter().filter(|(target, _)| target.damaged == 1).count();
    let mut clean_left = (CLEAN_PER_DAMAGED * damaged).max(2);
    let mut examples = Vec::new();
    for (at, (line, (_, targets))) in document.lines.iter().zip(&document.targets).enumerate() {
        let Some(targets) = targets else { continue };
        if !targets.has_edits() {
            if clean_left == 0 || !mix(seed, at as u64).is_multiple_of(3) {
                continue;
            }
            clean_left -= 1;
        }
        let knows = |range: std::ops::Range<usize>| {
            let word = form(&line.text[range]);
            !word.contains(char::is_alphabetic) || pretends_to_know(&word, seed, words, &counts)
        };
        examples.extend(cut(&line.text, knowledge(&line.text, knows), targets, config.edit_window));
    }
    examples
}

fn mix(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 29)
}

/// The line in stretches that fit the edit head's window, the clean ones among them left out if the line has damage.
fn cut(text: &str, knowledge: Vec<u8>, targets: &EditTargets, window: usize) -> Vec<EditExample> {
    let characters: Vec<u8> = text.chars().map(class).chain([crate::model::END]).collect();
    let mut out = Vec::new();
    for start in (0..characters.len()).step_by(window) {
        let range = start..(start + window).min(characters.len());
        let stretch =
            EditTargets { operations: targets.operations[range.clone()].to_vec(), insertions: targets.insertions[range.clone()].to_vec() };
        let says_something = stretch.operations.iter().any(|class| *class != MASKED);
        if says_something && (stretch.has_edits() || !targets.has_edits()) {
            out.push(EditExample {
                characters: characters[range.clone()].to_vec(),
                knowledge: knowledge[range].to_vec(),
                targets: stretch,
            });
        }
    }
    out
}
