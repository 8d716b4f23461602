//! What a channel of noise is worth to the preparation model: trains it for some steps on a world without the channels that are named, and
//! prints one line of JSON with its numbers on development data that is the same for all: documents of another world with every channel, pages
//! of recognised text, web pages.
//!
//! `cargo run --release -p eval --no-default-features --example leave_out -- --data DIR --out DIR [--without NAME,NAME] [--seed N] [--steps N]
//! [--documents N] [--rows N] [--skip-pages N] [--train WORLD] [--dev WORLD]`. DIR holds `ocr_polifonia` and `html_trafilatura`. Worlds that are
//! not given are made in `--out`. With 2,000 steps about a minute and a half on two cores. Not for finding good models: the steps are too few.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use backbone::{DeviceChoice, keep_freed_memory, load_release, open_device};
use eval::EvalOptions;
use eval::suite::Task;
use eval::tasks::TaskResults;
use indicatif::ProgressBar;
use prep_model::data::TrainingData;
use prep_model::inference::{ReleaseConfig, Thresholds};
use prep_model::model::WordList;
use prep_model::training::{Judged, Preset, measure, train_preset};
use serde_json::{Value, json};
use synth::world::{NoiseChannel, WorldPreset};

/// Recognised text that no noise was fitted to; the rows are chosen by the hash of their ids, the same for every model.
const REPAIR: &str = r#"
name = "recognised text"
kind = "repair"
data = "ocr_polifonia"
files = [
  { path = "guten_ht_low_test.tsv", format = "ocr_tsv" },
  { path = "ICDAR2017_eng_monograph_dev.tsv", format = "ocr_tsv" },
  { path = "ICDAR2017_eng_periodical_dev.tsv", format = "ocr_tsv" },
]
tuning = { enabled = false }
"#;

/// Web pages behind the first so many, with no search for the knobs of the workflow, which is not looked at.
const EXTRACTION: &str = r#"
name = "web pages"
kind = "extraction"
data = "html_trafilatura"
files = [{ path = "evaldata.json", format = "evaldata", pages = "html" }]
tuning = { enabled = false, first = SKIPPED }
"#;

/// What was typed.
struct Asked {
    options: BTreeMap<String, String>,
}

impl Asked {
    fn read() -> Result<Self, Box<dyn Error>> {
        let known = ["data", "out", "without", "seed", "steps", "documents", "rows", "skip-pages", "train", "dev", "preset"];
        let mut arguments = std::env::args().skip(1);
        let mut options = BTreeMap::new();
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").filter(|name| known.contains(name));
            let name = name.ok_or_else(|| format!("{argument}: unknown; there are --{}", known.join(", --")))?;
            options.insert(name.to_owned(), arguments.next().ok_or_else(|| format!("--{name} needs a value"))?);
        }
        Ok(Self { options })
    }

    fn number(&self, name: &str, default: u64) -> Result<u64, Box<dyn Error>> {
        self.options.get(name).map_or(Ok(default), |text| text.parse().map_err(|_| format!("--{name} {text}: not a number").into()))
    }

    fn path(&self, name: &str) -> Result<PathBuf, Box<dyn Error>> {
        self.options.get(name).map(PathBuf::from).ok_or_else(|| format!("--{name} is missing").into())
    }

    fn without(&self) -> Result<Vec<NoiseChannel>, Box<dyn Error>> {
        let names = self.options.get("without").map_or("", String::as_str).split(',').filter(|name| !name.is_empty());
        Ok(names.map(|name| serde_json::from_value(Value::from(name))).collect::<Result<_, _>>()?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    keep_freed_memory()?;
    let asked = Asked::read()?;
    let (out, data, seed) = (asked.path("out")?, asked.path("data")?, asked.number("seed", 1)?);
    let without = asked.without()?;
    let started = Instant::now();
    // A dozen documents an organisation, a tenth of them for development: enough for both uses at any number of documents.
    let documents = asked.number("documents", 2_000)?;
    let train = world(&asked, "train", &without, documents * 10 / 8, 100 + seed, &out)?;
    let dev = world(&asked, "dev", &[], 600, 99, &out)?;
    let made = started.elapsed().as_secs_f64();

    let mut preset = Preset::open(asked.options.get("preset").map_or("demo", String::as_str))?;
    preset.documents = documents as usize;
    (preset.training.steps, preset.training.minutes) = (asked.number("steps", 2_000)?, None);
    preset.training.seed = seed;
    // Nobody looks at the numbers on the way, and nothing resumes.
    preset.training.validate_every = preset.training.steps;
    preset.training.checkpoint_every = preset.training.steps;
    let trained = out.join("trained");
    train_preset(&train, &trained, &preset, DeviceChoice::Cpu, &ProgressBar::hidden())?;
    let at_training_end = started.elapsed().as_secs_f64();

    let model = trained.join("model");
    let line = json!({
        "without": without,
        "seed": seed,
        "steps": preset.training.steps,
        "dev": on_world(&model, &dev)?,
        "ocr": on_task(REPAIR, &out.join("ocr"), &data, &model, Some(asked.number("rows", 400)? as usize))?,
        "html": on_task(
            &EXTRACTION.replace("SKIPPED", &asked.number("skip-pages", 100)?.to_string()),
            &out.join("html"), &data, &model, None,
        )?,
        "seconds": { "worlds": made, "training": at_training_end - made, "measuring": started.elapsed().as_secs_f64() - at_training_end },
    });
    println!("{line}");
    Ok(())
}

/// The world of this name that was given, or one of about so many documents, made now. Few questions hang on it: they are not used.
fn world(asked: &Asked, name: &str, without: &[NoiseChannel], documents: u64, seed: u64, out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(given) = asked.options.get(name) {
        return Ok(PathBuf::from(given));
    }
    let mut preset = WorldPreset::named("reference")?;
    preset.triples_per_document = 0.5;
    preset.noise.without = without.iter().copied().collect();
    let folder = out.join(format!("world-{name}"));
    synth::world::generate(&preset, &folder, (documents / 2) as usize, seed, &ProgressBar::hidden())?;
    Ok(folder)
}

/// Numbers on the development documents of a world.
fn on_world(model: &Path, world: &Path) -> Result<Value, Box<dyn Error>> {
    let device = open_device(DeviceChoice::Cpu)?;
    let (config, network) = load_release(model, &device, |config: &ReleaseConfig, device| config.model.init(device))?;
    let words = WordList::load(model)?;
    let documents = TrainingData::load(world, 600, &config.model)?.dev;
    let lenient = Thresholds { edit: 0.0, ..config.thresholds };
    let mut measured = measure(&network, &config.model, &documents, &words, Some(lenient), &device);
    measured.set_edit_threshold(config.thresholds.edit);
    let mut numbers: serde_json::Map<String, Value> = measured.numbers().into_iter().map(|(name, value)| (name, value.into())).collect();
    numbers.insert("edit_average_precision".into(), average_precision(&measured.proposals, measured.wanted).into());
    numbers.insert("edit_threshold".into(), config.thresholds.edit.into());
    numbers.insert("documents".into(), documents.len().into());
    Ok(numbers.into())
}

/// Mean precision at each right proposal, the surest first; what is never proposed counts as 0. Unlike recall at a threshold it does not jump.
fn average_precision(proposals: &[Judged], wanted: u64) -> f64 {
    let mut order: Vec<&Judged> = proposals.iter().collect();
    order.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let (mut right, mut sum) = (0.0, 0.0);
    for (place, _) in order.iter().enumerate().filter(|(_, judged)| judged.right) {
        right += 1.0;
        sum += right / (place + 1) as f64;
    }
    sum / wanted.max(1) as f64
}

/// The measures of the model, and of doing nothing, on a task.
fn on_task(suite: &str, out: &Path, data: &Path, model: &Path, limit: Option<usize>) -> Result<Value, Box<dyn Error>> {
    std::fs::create_dir_all(out)?;
    let file = out.join("suite.toml");
    std::fs::write(&file, suite)?;
    let folder = if suite == REPAIR { "ocr_polifonia" } else { "html_trafilatura" };
    let task = Task::open(&file, Some(&data.join(folder)), out)?.ok_or("the suite asks questions")?;
    let options =
        EvalOptions { prep_model: Some(model.to_owned()), device: DeviceChoice::Cpu, limit, resamples: 10, ..EvalOptions::default() };
    let results = out.join("results");
    eval::tasks::run(&task, &results, &options, &ProgressBar::hidden())?;
    let results = TaskResults::read(&results)?;
    let place = |name: &str| results.systems.iter().position(|system| system.name == name).ok_or(format!("no system {name}"));
    let (ours, before) = (place("tandem")?, place("as it is")?);
    let whole = results.tables.first().ok_or("no results")?;
    let of = |system: usize| -> serde_json::Map<String, Value> {
        let value = |line: &eval::tasks::TaskLine| Some((line.measure.clone(), line.estimates[system]?.value.into()));
        whole.lines.iter().filter_map(value).collect()
    };
    Ok(json!({ "items": whole.items, "model": of(ours), "before": of(before) }))
}
