//! A model for tests of what holds whatever a model says.

use backbone::{DeviceChoice, TransformerConfig, open_device};
use prep_model::inference::{KIND, Preparer, ReleaseConfig, Thresholds};
use prep_model::model::{FEATURES, ModelConfig, WordList};

/// A network with random weights: what it decides is arbitrary, what is promised holds all the same.
pub fn untrained() -> Preparer {
    let device = open_device(DeviceChoice::Cpu).unwrap();
    device.seed(3);
    let model = ModelConfig::new(8, 16, 40, 8, 16, TransformerConfig::new(16, 1, 2, 32), 16, 64, FEATURES);
    let thresholds = Thresholds { damaged: 0.0, edit: 0.0, furniture: 0.5 };
    let config = ReleaseConfig { kind: KIND.into(), model: model.clone(), thresholds };
    let words = WordList::of_counts(text::words(WORDS).map(|word| (WORDS[word].to_lowercase(), 2)).collect());
    Preparer::new(model.init(&device), config, words, &device)
}

const WORDS: &str = "the hall is open on monday and a tea room a is it in of to all one two three";
