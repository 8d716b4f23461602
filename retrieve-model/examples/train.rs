//! Trains reader, first stage and controller on data folders and prints what they measure, without the command line's drawing.
//!
//! `cargo run --release -p retrieve-model --no-default-features --example train -- OUT PRESET MINUTES DATA...`

use std::path::{Path, PathBuf};
use std::time::Instant;

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use retrieve_model::training::{RetrieveOptions, train_policy, train_retrieve};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, preset, minutes, data @ ..] = arguments.as_slice() else { return Err("OUT PRESET MINUTES DATA...".into()) };
    let data: Vec<PathBuf> = data.iter().map(PathBuf::from).collect();
    let options =
        RetrieveOptions { preset: preset.clone(), minutes: Some(minutes.parse()?), steps: None, device: DeviceChoice::Auto, seed: 1 };
    let (retrieve, policy) = (Path::new(out).join("retrieve"), Path::new(out).join("policy"));
    let started = Instant::now();
    train_retrieve(&data, &retrieve, &options, &ProgressBar::hidden())?;
    println!("retrieve: {:.0} s\n{}", started.elapsed().as_secs_f64(), std::fs::read_to_string(retrieve.join("model/README.md"))?);
    let started = Instant::now();
    train_policy(&data, &retrieve, &policy, &options, &ProgressBar::hidden())?;
    println!("policy: {:.0} s\n{}", started.elapsed().as_secs_f64(), std::fs::read_to_string(policy.join("model/README.md"))?);
    Ok(())
}
