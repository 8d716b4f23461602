use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::data::fixture;
use crate::training::tests::{two_steps, write};
use crate::training::{RetrieveOptions, train_retrieve};

fn few_steps() -> AdaptPreset {
    let mut preset = AdaptPreset::load().unwrap();
    (preset.vectors.steps, preset.reader.steps, preset.first_stage.steps) = (3, 3, 3);
    preset.reader.learning_rate = 1e-2;
    preset.vectors.learning_rate = 1e-2;
    preset
}

/// Triples with questions to weigh by, and a model that was trained on them before.
fn world(dir: &Path) -> (PathBuf, PathBuf) {
    let (data, encoder, base) = (dir.join("data"), dir.join("encoder"), dir.join("base"));
    let mut tables = fixture::tables(28);
    tables.1.iter_mut().filter(|question| question.question_id.ends_with('3')).for_each(|question| question.split = Split::Test);
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(&encoder).unwrap();
    write(&data, tables);
    fixture::base(&encoder, &fixture::bert());
    let options = RetrieveOptions { encoder: Some(encoder), ..two_steps() };
    train_retrieve(std::slice::from_ref(&data), &base, &options, &ProgressBar::hidden()).unwrap();
    (data, base.join("model"))
}

#[test]
fn a_training_on_changes_vectors_and_reader_and_leaves_the_controller() {
    let dir = tempfile::tempdir().unwrap();
    let (data, base) = world(dir.path());
    let options = AdaptOptions { minutes: 5.0, device: DeviceChoice::Cpu, seed: 4 };
    let (out, hidden) = (dir.path().join("out"), ProgressBar::hidden());
    let run = || adapt_by(&few_steps(), &data, &base, &out, &options, &hidden).unwrap();
    let manifest = run();
    let file = |dir: &Path, name: &str| fs::read(dir.join(name)).unwrap();
    let model = out.join("model");
    for name in ["vectors.safetensors", "heads.safetensors", "encoder.safetensors"] {
        assert_ne!(file(&base, name), file(&model, name), "{name}");
    }
    for name in ["controller.safetensors", "similarity.safetensors", "tokenizer.json"] {
        assert_eq!(file(&base, name), file(&model, name), "{name}");
    }
    assert_eq!(file(&base, "README.md"), file(&model, "BASE.md"));
    assert_eq!(run(), manifest, "finished: nothing is done again");
    // One that was killed behind the training ends in the same weights.
    let before = file(&model, "encoder.safetensors");
    fs::remove_file(out.join("manifest.json")).unwrap();
    fs::remove_dir_all(&model).unwrap();
    assert_eq!((run(), file(&model, "encoder.safetensors")), (manifest, before));
}

#[test]
fn two_models_are_weighed_on_what_neither_learned_from_and_one_is_no_gain_over_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (data, base) = world(dir.path());
    let counted = usable(&data).unwrap();
    assert_eq!((counted.held_back, counted.train), (9, 84 - 9 - 9));
    let gained = weigh(&data, [&base, &base], 1, &ProgressBar::hidden()).unwrap();
    assert_eq!((gained.questions, gained.answers.questions, gained.sections), (9, 6, 56));
    assert_eq!([gained.answers.interval, gained.found.interval, gained.score.interval], [[0.0; 2]; 3]);
    assert!(!gained.is_gain());
    assert_eq!(usable(&dir.path().join("base")).unwrap(), Usable::default(), "no question could be made");
}
