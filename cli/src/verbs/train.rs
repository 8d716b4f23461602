//! `tandem train`: one of the two models, or the controller of the second.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use prep_model::training::{ContentData, ContentPreset, PrepTrainingOptions, train as train_prep, train_content, train_topics};
use records::{Counts, FolderLock, RunFolder};
use retrieve_model::training::{RetrieveOptions, train_policy, train_retrieve};

use crate::args::{Train, Trained};
use crate::models;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;
use crate::summary::{Summary, count};

pub fn run(args: &Train) -> Result<Outcome> {
    let data = args.data.iter().map(|data| Input::of("--data", data));
    let preset = Some(Path::new(&args.preset)).filter(|_| args.preset.ends_with(".toml"));
    let pages = Input::maybe("--pages", args.pages.as_deref()).into_iter().chain(Input::maybe("--teacher", args.teacher.as_deref()));
    folder_apart(&args.out, data.chain(pages).chain(Input::maybe("--base", args.base.as_deref())).chain(Input::maybe("--preset", preset)))?;
    let progress = Progress::new("train");
    let model = args.out.join("model");
    if args.pages.is_some() && args.model != Trained::Prep {
        bail!("web pages teach the preparation model alone: leave --pages and --teacher out");
    }
    if args.calibrate && args.model != Trained::Policy {
        bail!("the other trainings calibrate what they made: --calibrate goes with `train policy`");
    }
    if args.retriever.is_some() && args.model != Trained::Retrieve {
        bail!("only the retrieval model has vectors of another encoder: --retriever goes with `train retrieve`");
    }
    let counts = match args.model {
        Trained::Prep => {
            if let Some((pages, teacher)) = args.pages.as_deref().zip(args.teacher.as_deref()) {
                if args.base.is_some() || args.encoder.is_some() || !args.without.is_empty() {
                    bail!("what web pages are about is learned from pages and texts alone: leave --base, --encoder and --without out");
                }
                return content(args, pages, teacher, &progress);
            }
            let _lock = hold(&args.out)?;
            return Ok(measured_outcome(prep(args, &model, &progress)?, model));
        }
        Trained::Retrieve => {
            let base = args.base.as_deref().map(|base| models::find(Some(base), "retrieve")).transpose()?;
            train_retrieve(&args.data, &args.out, &RetrieveOptions { base, ..options(args) }, progress.bar())?.counts
        }
        Trained::Policy => {
            if args.encoder.is_some() {
                bail!("the controller is trained on the readers of --base: leave --encoder out");
            }
            let base = models::find(args.base.as_deref(), "retrieve")?;
            train_policy(&args.data, &base, &args.out, &options(args), progress.bar())?.counts
        }
    };
    let card = std::fs::read_to_string(model.join("README.md")).unwrap_or_default();
    let [questions, sections, unused] = ["questions", "sections", "questions without a place"].map(|name| count(&counts, name));
    let summary = Summary {
        made: format!("a model of {} parameters, from {questions} questions on {sections} sections", count(&counts, "parameters")),
        left_out: format!("{unused} questions whose answer has no place in a section"),
        ..Summary::default()
    };
    let text = format!("{card}\n{}", summary.lies(&model));
    Ok(Outcome { text, told: true, ..trained(counts).open(model) })
}

/// The preparation model: the network on a world, then, with an encoder, what sentences are about on the texts of the other folders. With a base the
/// network is that one, and every folder is one of texts.
fn prep(args: &Train, model: &Path, progress: &Progress) -> Result<Vec<(String, f64)>> {
    if !args.without.is_empty() {
        bail!("the preparation model learns from no questions: leave --without out");
    }
    let worlds = usize::from(args.base.is_none());
    let (world, texts) = args.data.split_at(worlds.min(args.data.len()));
    let mut measured = Vec::new();
    match (&args.encoder, &args.base) {
        (None, Some(_)) => {
            bail!("--base keeps the network of a preparation model and makes its topics anew: name the --encoder they are made of")
        }
        (None, None) if !texts.is_empty() => {
            bail!("the preparation model is trained on one world: give --data once, or name the --encoder for which the others are read")
        }
        (Some(_), _) if texts.is_empty() => bail!("topics are made of texts: name folders that `tandem prep` made as further --data"),
        _ => {}
    }
    if let Some(base) = &args.base {
        copy_files(&models::find(Some(base), "prep")?, model)?;
    }
    if let [world] = world {
        let Train { preset, minutes, device, seed, .. } = args;
        let options = PrepTrainingOptions { preset: preset.clone(), minutes: *minutes, steps: None, seed: Some(*seed), device: *device };
        measured = train_prep(world, &args.out, &options, progress.bar())?;
    }
    if let Some(encoder) = &args.encoder {
        measured.extend(train_topics(texts, encoder, model, args.seed, args.device)?);
    }
    Ok(measured)
}

/// Copies a folder with all that is in it.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if path.is_dir() {
            copy_files(&path, &to)?;
        } else {
            std::fs::copy(&path, &to).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// The part of the preparation model that tells what web pages are about.
fn content(args: &Train, pages: &Path, teacher: &Path, progress: &Progress) -> Result<Outcome> {
    let mut preset = ContentPreset::released()?;
    (preset.training.seed, preset.training.minutes) = (args.seed, args.minutes);
    let _lock = hold(&args.out)?;
    let data = ContentData { pages, teacher, corpora: &args.data };
    let measured = train_content(data, &args.out, &preset, args.device, progress.bar())?;
    Ok(measured_outcome(measured, args.out.join("model")))
}

/// Holds the folder of a training that has no run folder of its own kind, as the others do.
fn hold(out: &Path) -> Result<FolderLock> {
    let own: &[&str] = if out.join("run").join("training.json").exists() { &["run", "model"] } else { &["run"] };
    Ok(RunFolder::claim(out, own)?)
}

fn options(args: &Train) -> RetrieveOptions {
    RetrieveOptions {
        preset: args.preset.clone(),
        minutes: args.minutes,
        steps: None,
        device: args.device,
        seed: args.seed,
        without: args.without.clone(),
        calibrate: args.calibrate,
        encoder: args.encoder.clone(),
        retriever: args.retriever.clone(),
        ..RetrieveOptions::default()
    }
}

fn trained(counts: Counts) -> Outcome {
    Outcome { failed: 0, ..Outcome::of("train", counts) }
}

fn measured_outcome(measured: Vec<(String, f64)>, model: PathBuf) -> Outcome {
    let numbers: String = measured.iter().map(|(name, value)| format!("{name:32} {value:.4}\n")).collect();
    let summary = Summary { made: format!("a model, measured by {} numbers", measured.len()), ..Summary::default() };
    let text = format!("{numbers}\n{}", summary.lies(&model));
    let detail = measured.into_iter().map(|(name, value)| (name, value.into())).collect::<serde_json::Map<_, _>>().into();
    Outcome { text, told: true, detail, ..trained(Counts::new()).open(model) }
}
