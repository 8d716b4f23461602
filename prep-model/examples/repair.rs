//! Trains the repair head by the recipe and measures a model on pairs of recognised and true text:
//! `repair train BASE OUT PAIRS,PAIRS APART,APART` `repair measure MODEL PAIRS EVERY` and
//! `repair prepare MODEL PAIRS EVERY`.
use std::path::{Path, PathBuf};

use backbone::{DeviceChoice, open_device};
use indicatif::ProgressBar;
use prep_model::data::read_pairs;
use prep_model::inference::{Change, Preparer, Proposal};
use prep_model::read::{MediaType, ReadLimits, read_bytes};
use prep_model::training::{RepairFiles, RepairPreset, train_repair};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let paths = |list: &str| -> Vec<PathBuf> { list.split(',').map(PathBuf::from).collect() };
    match args[0].as_str() {
        "train" => {
            let mut preset = RepairPreset::released().expect("preset");
            if let Some(steps) = args.get(5) {
                preset.training.steps = steps.parse().expect("steps");
            }
            if let Some(edit) = args.get(6) {
                preset.edit = edit.parse().expect("width");
            }
            let (pairs, apart) = (paths(&args[3]), paths(&args[4]));
            let files = RepairFiles { base: Path::new(&args[1]), out: Path::new(&args[2]), pairs: &pairs, apart: &apart };
            let pairs = train_repair(&files, &preset, DeviceChoice::Cpu, &ProgressBar::hidden()).expect("training");
            let rows: String = pairs.held_out.iter().map(|pair| format!("{}\t{}\n", pair.damaged, pair.gold)).collect();
            std::fs::write(Path::new(&args[2]).join("held-out.tsv"), format!("input\toutput\n{rows}")).expect("writing");
            println!("{} pairs, {} held out, {} left out", pairs.train.len(), pairs.held_out.len(), pairs.left_out);
        }
        "prepare" => prepare(&args),
        _ => measure(&args),
    }
}

/// What the whole preparation makes of every so many rows.
fn prepare(args: &[String]) {
    let model = Preparer::load(Path::new(&args[1]), &open_device(DeviceChoice::Cpu).expect("device")).expect("model");
    for pair in read_pairs(Path::new(&args[2])).expect("pairs").iter().step_by(args[3].parse().expect("a number")) {
        for (side, text) in [("damaged", &pair.damaged), ("gold", &pair.gold)] {
            let Ok((_, sections)) = model.prepare("text.txt", text.as_bytes()) else { continue };
            let parts = sections.iter().flat_map(|section| section.heading_path.iter().chain([&section.text]));
            let found = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
            let repairs: usize = sections.iter().map(|section| section.repairs.len()).sum();
            println!("{}", serde_json::json!({"side": side, "text": text, "gold": pair.gold, "found": found, "repairs": repairs}));
        }
    }
}

/// Every proposal of every so many rows, as lines of JSON: what thresholds are found with.
fn measure(args: &[String]) {
    let model = Preparer::load(Path::new(&args[1]), &open_device(DeviceChoice::Cpu).expect("device")).expect("model");
    let pairs = read_pairs(Path::new(&args[2])).expect("pairs");
    for pair in pairs.iter().step_by(args[3].parse().expect("a number")) {
        for (side, text) in [("damaged", &pair.damaged), ("gold", &pair.gold)] {
            let Ok(reading) = read_bytes(MediaType::Text, text.as_bytes(), &ReadLimits::default()) else { continue };
            let lines: Vec<serde_json::Value> = reading
                .lines
                .iter()
                .zip(model.proposals(&reading.lines))
                .map(|(line, proposals)| {
                    let one = |proposal: &Proposal| {
                        let Change { range, text } = &proposal.change;
                        serde_json::json!([range.start, range.end, text, proposal.probability, format!("{:?}", proposal.ground)])
                    };
                    serde_json::json!({"text": line.text, "proposals": proposals.iter().map(one).collect::<Vec<_>>()})
                })
                .collect();
            println!("{}", serde_json::json!({"side": side, "gold": pair.gold, "lines": lines}));
        }
    }
}
