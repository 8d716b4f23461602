//! What sentences are about, for almost nothing: a vector for each word, out of the embedding table of a published encoder, and how rare the word
//! is. Two sentences go together where their words mean alike or where they share rare ones. Not for comparing a question with an answer: the
//! order of words is lost, and whatever is not English is told apart by shared words alone.

mod cuts;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use backbone::{Precision, ReleaseError, ReleaseOptions, load_release, save_release_with};
use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

pub use cuts::{Limits, Unit, cut_units};

use super::words::form;

/// The folder of it in a model folder.
pub const TOPICS_DIR: &str = "topics";
/// Its words, one a line, in the order of the rows.
const WORDS: &str = "words.txt";
/// [`TopicConfig::kind`] of this version.
const KIND: &str = "tandem-prep-topics";

/// `config.json` of the folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicConfig {
    /// What kind of model the folder holds.
    pub kind: String,
    /// Words that have a vector.
    pub words: usize,
    /// Numbers of a vector.
    pub width: usize,
    /// Rarity of a word that is not in the list.
    pub unknown: f32,
    /// Share of the meanings in a sentence's vector beside that of the words themselves, 0 to 1.
    pub meaning: f32,
    /// What a further part has to gain, in lengths of a sentence's vector.
    pub penalty: f32,
}

impl TopicConfig {
    /// Of so many words, with vectors of a width.
    #[must_use]
    pub fn new(words: usize, width: usize) -> Self {
        Self { kind: KIND.into(), words, width, unknown: 0.0, meaning: 0.0, penalty: 0.0 }
    }

    fn init(&self, device: &Device) -> TopicWeights {
        let zeros = Initializer::Zeros;
        TopicWeights { vectors: zeros.init([self.words, self.width], device), rarity: zeros.init([self.words], device) }
    }
}

/// The numbers as they are written.
#[derive(Module, Debug)]
struct TopicWeights {
    /// `[words, width]`: what each word means, times how much it tells.
    vectors: Param<Tensor<2>>,
    /// `[words]`, 0 for words that tell nothing.
    rarity: Param<Tensor<1>>,
}

/// Word vectors, ready to compare sentences.
#[derive(Clone, Debug, PartialEq)]
pub struct Topics {
    /// Sizes and what was fitted.
    pub config: TopicConfig,
    rows: HashMap<String, u32>,
    vectors: Vec<f32>,
    rarity: Vec<f32>,
}

impl Topics {
    /// From the words in the order of the rows, `[words, width]` and `[words]`.
    #[must_use]
    pub fn new(config: TopicConfig, words: &[String], vectors: Vec<f32>, rarity: Vec<f32>) -> Self {
        let rows = words.iter().enumerate().map(|(row, word)| (word.clone(), row as u32)).collect();
        Self { config, rows, vectors, rarity }
    }

    /// Those of a model folder; none where it has none.
    ///
    /// # Errors
    /// If a file is missing, broken, or of a version that this program cannot run.
    pub fn load(dir: &Path, device: &Device) -> Result<Option<Self>, ReleaseError> {
        let dir = dir.join(TOPICS_DIR);
        if !dir.exists() {
            return Ok(None);
        }
        let (config, weights): (TopicConfig, TopicWeights) = load_release(&dir, device, TopicConfig::init)?;
        let path = dir.join(WORDS);
        let broken = |reason: String| ReleaseError::File { path: path.clone(), reason: format!("{reason}: restore the folder") };
        let text = fs::read_to_string(&path).map_err(|error| broken(error.to_string()))?;
        let words: Vec<String> = text.lines().map(str::to_owned).collect();
        if words.len() != config.words || config.kind != KIND {
            return Err(broken(format!("{} words of {}, or of another version", words.len(), config.words)));
        }
        let numbers = |data: TensorData| data.try_to_vec::<f32>().map_err(|error| broken(format!("{error:?}")));
        let (vectors, rarity) = (numbers(weights.vectors.val().into_data())?, numbers(weights.rarity.val().into_data())?);
        Ok(Some(Self::new(config, &words, vectors, rarity)))
    }

    /// Writes them into a model folder, vectors in 8 bits, and reads them back as they will be read.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn save(&self, dir: &Path, card: &str, device: &Device) -> Result<(), ReleaseError> {
        let dir = dir.join(TOPICS_DIR);
        fs::create_dir_all(&dir).map_err(|error| ReleaseError::File { path: dir.clone(), reason: error.to_string() })?;
        let mut words: Vec<(&String, &u32)> = self.rows.iter().collect();
        words.sort_by_key(|(_, row)| **row);
        let text: String = words.into_iter().map(|(word, _)| format!("{word}\n")).collect();
        let path = dir.join(WORDS);
        records::write_atomically(&path, text.as_bytes()).map_err(|error| ReleaseError::File { path, reason: error.to_string() })?;
        let TopicConfig { words, width, .. } = self.config;
        let weights = TopicWeights {
            vectors: Param::from_tensor(Tensor::from_data(TensorData::new(self.vectors.clone(), [words, width]), device)),
            rarity: Param::from_tensor(Tensor::from_data(TensorData::new(self.rarity.clone(), [words]), device)),
        };
        let options = ReleaseOptions { precision: Precision::Byte, ..ReleaseOptions::default() };
        save_release_with(&dir, &self.config, &weights, None, card, options)
    }

    /// The files of a model folder that tell one from another.
    #[must_use]
    pub fn files() -> [PathBuf; 3] {
        ["config.json", "model.safetensors", WORDS].map(|name| Path::new(TOPICS_DIR).join(name))
    }

    /// What sentences of one text are about; `place` of each is its first byte and one past its last in that text.
    #[must_use]
    pub fn units<'a>(&self, sentences: impl Iterator<Item = (&'a str, std::ops::Range<usize>)>) -> Vec<Unit> {
        let mut unknown = HashMap::new();
        sentences.map(|(text, place)| self.unit(text, place, &mut unknown)).collect()
    }

    /// `unknown` numbers the words of the text that are not in the list behind those that are.
    fn unit(&self, text: &str, place: std::ops::Range<usize>, unknown: &mut HashMap<String, u32>) -> Unit {
        let width = self.config.width;
        let mut meaning = vec![0.0; width];
        let mut words: Vec<(u32, f32)> = Vec::new();
        for range in text::words(text) {
            let word = form(&text[range]);
            if let Some(row) = self.rows.get(&word) {
                let vector = &self.vectors[*row as usize * width..][..width];
                meaning.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
                words.push((*row, self.rarity[*row as usize]));
            } else {
                let next = (self.rows.len() + unknown.len()) as u32;
                words.push((*unknown.entry(word).or_insert(next), self.config.unknown));
            }
        }
        words.sort_by_key(|(word, _)| *word);
        words.dedup_by_key(|(word, _)| *word);
        words.retain(|(_, rarity)| *rarity > 0.0);
        let share = self.config.meaning;
        let length = |sum: f32| if sum > 0.0 { sum.sqrt() } else { f32::INFINITY };
        let of_meaning = share / length(meaning.iter().map(|value| value * value).sum());
        let of_words = (1.0 - share) / length(words.iter().map(|(_, rarity)| rarity * rarity).sum());
        let both = f32::from(u8::from(of_meaning > 0.0)) * share.powi(2) + f32::from(u8::from(of_words > 0.0)) * (1.0 - share).powi(2);
        let whole = length(both);
        meaning.iter_mut().for_each(|value| *value *= of_meaning / whole);
        words.iter_mut().for_each(|(_, rarity)| *rarity *= of_words / whole);
        Unit { meaning, words, place, may_begin: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two kinds of words.
    fn topics() -> Topics {
        let words = ["the", "ship", "boat", "tax", "budget"].map(str::to_owned);
        let vectors = vec![0.0, 0.0, 1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.1, 0.9];
        let config = TopicConfig { unknown: 0.75, meaning: 0.5, penalty: 0.8, ..TopicConfig::new(5, 2) };
        Topics::new(config, &words, vectors, vec![0.0, 0.4, 0.4, 0.4, 0.4])
    }

    fn likeness(a: &Unit, b: &Unit) -> f32 {
        let meaning: f32 = a.meaning.iter().zip(&b.meaning).map(|(a, b)| a * b).sum();
        let shared = |(word, weight): &(u32, f32)| b.words.iter().find(|(other, _)| other == word).map_or(0.0, |(_, other)| weight * other);
        meaning + a.words.iter().map(shared).sum::<f32>()
    }

    #[test]
    fn sentences_go_together_by_meaning_and_by_rare_words() {
        let texts = ["The ship", "the boat", "a Tax", "Ulrich", "ulrich!", "the"];
        let units = topics().units(texts.into_iter().map(|text| (text, 0..0)));
        assert!(likeness(&units[0], &units[1]) > 0.4, "meaning");
        assert!(likeness(&units[0], &units[2]) < 0.1);
        assert!((likeness(&units[3], &units[4]) - 1.0).abs() < 1e-5, "a word that nobody knows");
        assert_eq!(likeness(&units[0], &units[5]), 0.0, "a word that tells nothing");
        assert!((likeness(&units[0], &units[0]) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_is_written_comes_back_and_a_folder_without_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        assert_eq!(Topics::load(dir.path(), &device).unwrap(), None);
        topics().save(dir.path(), "card", &device).unwrap();
        let again = Topics::load(dir.path(), &device).unwrap().unwrap();
        assert_eq!((&again.config, &again.rows), (&topics().config, &topics().rows));
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 0.01;
        assert!(again.vectors.iter().zip(&topics().vectors).all(near));
        for file in Topics::files() {
            assert!(dir.path().join(file).is_file());
        }
        fs::write(dir.path().join(TOPICS_DIR).join(WORDS), "one\n").unwrap();
        assert!(Topics::load(dir.path(), &device).unwrap_err().to_string().contains("words.txt"));
    }
}
