//! What each kind of questions gives to the reader: models that were trained without it beside models that were trained with everything, on
//! questions that no training saw.
//!
//! `MODELS` holds run folders named `CONDITION-SEED`; the condition `nothing` (nothing left out) is what the others are held against. A question
//! counts with its mean over the seeds; intervals are those of 10,000 paired resamples of the questions, so they tell the luck of the questions
//! and only in part the luck of the training. Prints a Markdown table; `OUT` gets every number.
//!
//! `cargo run --release -p eval --no-default-features --example leave_out_kinds -- MODELS PREP_MODEL WORK OUT LIMIT ROUND...`, where a round is a
//! suite (`eval/suites/drop.toml`, or `DATA=eval/suites/drop.toml` with the folder of its data) or a folder of prepared sections, of which
//! LIMIT questions are made.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use backbone::DeviceChoice;
use eval::models::{Answers, Round};
use eval::report::{METRICS, ResultRow};
use eval::statistics::{Draws, Sample, compare, estimate};
use eval::systems::{Loaded, Models};
use indicatif::ProgressBar;

/// Metric and whether unsure answers are kept back for it.
const MEASURES: [(&str, bool); 4] = [("f1", false), ("vital_fact_recall", false), ("reader_score", true), ("ndcg_10", false)];
const RESAMPLES: usize = 10_000;
/// What the others are held against.
const EVERYTHING: &str = "nothing";

/// Samples of every measure, in the order of [`MEASURES`], by round and condition.
type Samples = BTreeMap<String, BTreeMap<String, Vec<Sample>>>;

/// Condition, seed and model folder of a training.
type Trained = (String, String, PathBuf);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, prep, work, out, limit, rounds @ ..] = arguments.as_slice() else {
        return Err("usage: leave_out_kinds MODELS PREP_MODEL WORK OUT LIMIT ROUND...".into());
    };
    let device = DeviceChoice::Cpu;
    let conditions = conditions(Path::new(models))?;
    let first = conditions.first().ok_or("no run folder CONDITION-SEED with a model in it")?;
    let prep = Loaded::open(&Models { prep: Some(prep.into()), retrieve: first.2.clone(), device, ..Models::default() })?;
    let mut samples = Samples::new();
    for (number, round) in rounds.iter().enumerate() {
        let round = open(round, &prep, limit.parse()?, &Path::new(work).join(number.to_string()))?;
        for (condition, seed, model) in &conditions {
            let answers = round.ask(model, device, &ProgressBar::hidden())?;
            eprintln!("{} {condition}-{seed}: {} questions", round.name, answers.open.len());
            let kept = samples.entry(round.name.clone()).or_default().entry(condition.clone()).or_default();
            add(kept, &answers);
        }
    }
    std::fs::write(out, numbers(&samples).to_string())?;
    println!("{}", table(&samples));
    Ok(())
}

/// Every finished run, in order.
fn conditions(dir: &Path) -> Result<Vec<Trained>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let model = entry.path().join("model");
        if let Some((condition, seed)) = name.rsplit_once('-').filter(|_| model.join("config.json").exists()) {
            found.push((condition.to_owned(), seed.to_owned(), model));
        }
    }
    found.sort();
    Ok(found)
}

fn open(round: &str, prep: &Loaded, limit: usize, work: &Path) -> Result<Round, Box<dyn Error>> {
    let (data, path) = round.split_once('=').map_or((None, round), |(data, path)| (Some(Path::new(data)), path));
    let path = Path::new(path);
    if path.is_dir() {
        return Ok(Round::of_sections(path, limit, work, &ProgressBar::hidden())?);
    }
    Ok(Round::of_suite(path, data, prep, Some(limit), work, &ProgressBar::hidden())?)
}

/// Adds a seed's numbers to those of the seeds before it, question by question.
fn add(samples: &mut Vec<Sample>, answers: &Answers) {
    let measured = MEASURES.map(|(name, kept)| {
        let rows: Vec<&ResultRow> = if kept { answers.kept.iter().collect() } else { answers.open.iter().collect() };
        let metric = METRICS.iter().find(|metric| metric.name == name);
        metric.map_or_else(|| Sample::Ratio(Vec::new()), |metric| metric.sample(&rows))
    });
    if samples.is_empty() {
        return samples.extend(measured);
    }
    for (all, new) in samples.iter_mut().zip(measured) {
        if let (Sample::Ratio(all), Sample::Ratio(new)) = (all, new) {
            all.iter_mut().zip(new).for_each(|(all, new)| *all = (all.0 + new.0, all.1 + new.1));
        }
    }
}

fn numbers(samples: &Samples) -> serde_json::Value {
    let mut rows = Vec::new();
    for (round, conditions) in samples {
        for (condition, measured) in conditions {
            for ((name, _), sample) in MEASURES.iter().zip(measured) {
                let draws = Draws::new(sample.len(), RESAMPLES, 1);
                let against = conditions.get(EVERYTHING).and_then(|all| all.get(MEASURES.iter().position(|measure| measure.0 == *name)?));
                rows.push(serde_json::json!({
                    "round": round, "left_out": condition, "measure": name, "value": estimate(sample, &draws),
                    "difference": against.and_then(|all| compare(sample, all, &draws)),
                }));
            }
        }
    }
    serde_json::Value::Array(rows)
}

/// One line a condition: its difference to training on everything, with an asterisk where the interval leaves out 0.
fn table(samples: &Samples) -> String {
    let mut text = String::from("| left out |");
    let columns: Vec<(&String, usize)> = samples.keys().flat_map(|round| (0..MEASURES.len()).map(move |at| (round, at))).collect();
    let column = |condition: &str, (round, at): &(&String, usize)| samples.get(*round)?.get(condition)?.get(*at);
    let defined = |place: &(&String, usize)| column(EVERYTHING, place).is_some_and(|sample| sample.defined() > 0);
    let columns: Vec<(&String, usize)> = columns.into_iter().filter(defined).collect();
    let names: std::collections::BTreeSet<&String> = samples.values().flat_map(BTreeMap::keys).collect();
    for (round, at) in &columns {
        let _ = write!(text, " {round}: {} |", MEASURES[*at].0);
    }
    let _ = write!(text, "\n|---|{}", "--:|".repeat(columns.len()));
    for condition in names {
        let _ = write!(text, "\n| {condition} |");
        for place in &columns {
            let cell = column(condition, place).zip(column(EVERYTHING, place)).and_then(|(sample, all)| {
                let draws = Draws::new(sample.len(), RESAMPLES, 1);
                if condition == EVERYTHING {
                    return estimate(sample, &draws).map(|value| format!("{:.3}", value.value));
                }
                let found = compare(sample, all, &draws)?;
                let sign = if found.low > 0.0 || found.high < 0.0 { "*" } else { "" };
                Some(format!("{:+.3}{sign} [{:+.3}, {:+.3}]", found.value, found.low, found.high))
            });
            let _ = write!(text, " {} |", cell.unwrap_or_default());
        }
    }
    text
}
