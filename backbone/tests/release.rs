//! A model folder: what is saved is what is loaded, and a broken folder says which file is at fault.

use std::fs;
use std::path::Path;

use backbone::{
    DeviceChoice, Precision, ReleaseError, ReleaseOptions, Tokenizer, Transformer, TransformerConfig, load_release, open_device,
    padding_mask, save_release, save_release_with,
};
use burn::tensor::{Device, Tensor, TensorData};

fn device() -> Device {
    open_device(DeviceChoice::Cpu).unwrap()
}

fn config() -> TransformerConfig {
    TransformerConfig::new(32, 2, 4, 64)
}

fn output(model: &Transformer) -> TensorData {
    output_of(model, 32)
}

fn output_of(model: &Transformer, width: usize) -> TensorData {
    let numbers = Tensor::<1, burn::tensor::Int>::arange(0..2 * 5 * width as i64, &device()).float();
    let x = numbers.mul_scalar(0.37).sin().reshape([2, 5, width]);
    model.forward(x, &padding_mask(&[5, 3], 5, &device())).into_data()
}

fn load(dir: &Path) -> Result<(TransformerConfig, Transformer), ReleaseError> {
    load_release(dir, &device(), |config: &TransformerConfig, device| config.init(device))
}

fn message(dir: &Path) -> String {
    load(dir).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_loaded_model_gives_the_same_numbers_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    let model = config().init(&device().autodiff());
    let tokenizer = Tokenizer::load(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tiny_bert")).unwrap();
    save_release(dir.path(), &config(), &model, Some(&tokenizer), "# A model\n").unwrap();
    let (found, loaded) = load(dir.path()).unwrap();
    assert_eq!(found, config());
    assert_eq!(output(&loaded), output(&burn::module::Module::valid(&model)));
    for name in ["config.json", "model.safetensors", "tokenizer.json", "README.md"] {
        assert!(dir.path().join(name).exists(), "{name}");
    }
    let first = fs::read(dir.path().join("model.safetensors")).unwrap();
    save_release(dir.path(), &config(), &model, None, "").unwrap();
    assert_eq!(fs::read(dir.path().join("model.safetensors")).unwrap(), first, "the same model gives the same bytes");
}

#[test]
fn half_precision_halves_the_file_and_loads_as_full_precision() {
    let (full, half) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let model = config().init(&device());
    save_release(full.path(), &config(), &model, None, "").unwrap();
    save_release_with(half.path(), &config(), &model, None, "", ReleaseOptions { precision: Precision::Half, ..ReleaseOptions::default() })
        .unwrap();
    let size = |dir: &Path| fs::metadata(dir.join("model.safetensors")).unwrap().len();
    assert!(size(half.path()) < size(full.path()) * 6 / 10);
    let (expected, found) = (output(&model), output(&load(half.path()).unwrap().1));
    assert_eq!(found.dtype(), burn::tensor::DType::F32);
    found.assert_approx_eq::<f32>(&expected, burn::tensor::Tolerance::absolute(2e-2));
}

#[test]
fn matrices_in_bytes_take_a_quarter_and_parts_lie_apart() {
    let (full, small) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = TransformerConfig::new(32, 2, 4, 256);
    let model = config.init(&device());
    save_release(full.path(), &config, &model, None, "").unwrap();
    let options = ReleaseOptions { precision: Precision::Byte, apart: &[("blocks.0.", "first.safetensors")], narrow: &[] };
    fs::write(small.path().join("older.safetensors"), "weights of a release before").unwrap();
    save_release_with(small.path(), &config, &model, None, "", options).unwrap();
    let size = |dir: &Path, name: &str| fs::metadata(dir.join(name)).unwrap().len();
    let both = size(small.path(), "model.safetensors") + size(small.path(), "first.safetensors");
    assert!(both < size(full.path(), "model.safetensors") * 5 / 10 && !small.path().join("older.safetensors").exists());
    let (expected, found) = (output(&model), output(&load(small.path()).unwrap().1));
    found.assert_approx_eq::<f32>(&expected, burn::tensor::Tolerance::absolute(1e-1));
    assert_ne!(found, expected);
    // What was read is written again to the same bytes: the largest of a row is a whole number of steps.
    let again = tempfile::tempdir().unwrap();
    save_release_with(again.path(), &config, &load(small.path()).unwrap().1, None, "", options).unwrap();
    let bytes = |dir: &Path, name: &str| fs::read(dir.join(name)).unwrap();
    assert_eq!(bytes(again.path(), "first.safetensors"), bytes(small.path(), "first.safetensors"));
}

#[test]
fn matrices_in_four_bits_take_half_of_bytes() {
    let (wide, narrow, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = TransformerConfig::new(64, 2, 4, 256);
    let model = config.init(&device());
    let options = ReleaseOptions { precision: Precision::Byte, ..ReleaseOptions::default() };
    save_release_with(wide.path(), &config, &model, None, "", options).unwrap();
    let options = ReleaseOptions { narrow: &[("blocks.", 4)], ..options };
    save_release_with(narrow.path(), &config, &model, None, "", options).unwrap();
    let bytes = |dir: &Path| fs::read(dir.join("model.safetensors")).unwrap();
    assert!(
        bytes(narrow.path()).len() < bytes(wide.path()).len() * 75 / 100,
        "{} {}",
        bytes(narrow.path()).len(),
        bytes(wide.path()).len()
    );
    let numbers = |model: &Transformer| output_of(model, 64).try_to_vec::<f32>().unwrap();
    let (expected, found) = (numbers(&model), numbers(&load(narrow.path()).unwrap().1));
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|value| value * value).sum::<f32>().sqrt();
    let error = norm(&mut expected.iter().zip(&found).map(|(a, b)| a - b)) / norm(&mut expected.iter().copied());
    assert!(error > 0.0 && error < 0.15, "{error}");
    save_release_with(again.path(), &config, &load(narrow.path()).unwrap().1, None, "", options).unwrap();
    assert!(bytes(again.path()) == bytes(narrow.path()));
    // Scales of another matrix fit none.
    let broken = fs::read(narrow.path().join("model.safetensors")).unwrap();
    fs::write(narrow.path().join("model.safetensors"), &broken[..broken.len() - 64]).unwrap();
    assert!(message(narrow.path()).contains("model.safetensors"));
}

#[test]
fn a_missing_or_broken_folder_names_the_file_and_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let missing = message(&dir.path().join("nowhere"));
    assert!(missing.contains("nowhere/config.json") && missing.contains("train the model"), "{missing}");
    save_release(dir.path(), &config(), &config().init(&device()), None, "").unwrap();
    let weights = dir.path().join("model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    for damaged in [&bytes[..0], &bytes[..7], &bytes[..200], &bytes[..bytes.len() - 1], b"not a model at all"] {
        fs::write(&weights, damaged).unwrap();
        let error = message(dir.path());
        assert!(error.contains("model.safetensors") && error.contains("train the model again"), "{error}");
    }
    fs::remove_file(&weights).unwrap();
    assert!(message(dir.path()).contains("model.safetensors: no such file; train the model first"));
    fs::write(dir.path().join("config.json"), "{}").unwrap();
    assert!(message(dir.path()).contains("config.json"));
}

#[test]
fn weights_of_another_size_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    save_release(dir.path(), &TransformerConfig::new(64, 2, 4, 64), &config().init(&device()), None, "").unwrap();
    assert!(message(dir.path()).contains("model.safetensors"));
    save_release(dir.path(), &TransformerConfig::new(32, 1, 4, 64), &config().init(&device()), None, "").unwrap();
    assert!(message(dir.path()).contains("no place for"));
}
