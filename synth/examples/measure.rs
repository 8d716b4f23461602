//! How fast triples are made, in how much memory, and whether the number of threads changes a byte.
//!
//! `cargo run --release -p synth --example measure [-- TRIPLES [--sections DIR] [--out DIR]]`: a world of so many triples (20,000 without a number,
//! half a minute) with one thread and with two, then corpus triples from the sections in DIR, else from those of the world. `look` on a folder left
//! in `--out` checks every span. A million triples take a quarter of an hour.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use synth::world::{WorldPreset, generate};

/// What the project promises on two cores: triples a second in each mode, and mebibytes for a million triples.
const TARGETS: [(&str, f64); 2] = [("world", 2_000.0), ("corpus", 500.0)];
const MOST_MEBIBYTES: f64 = 1_024.0;
/// World triples for each corpus triple that is asked for, where the sections are those of the world.
const RICHNESS: usize = 1;

/// One run, measured in a process of its own, so that its peak of memory is its own too.
#[derive(Debug, Serialize, Deserialize)]
struct Run {
    mode: String,
    threads: usize,
    triples: u64,
    seconds: f64,
    /// Of all threads together: what counts where the machine has other work too.
    processor_seconds: f64,
    mebibytes: f64,
    /// Of the names and bytes of all files.
    hash: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, mode, triples, threads, sections, out] = &arguments[..]
        && flag == "--one"
    {
        let run = one(mode, triples.parse()?, threads.parse()?, Path::new(sections), Path::new(out))?;
        println!("{}", serde_json::to_string(&run)?);
        return Ok(());
    }
    let value = |flag: &str| arguments.iter().position(|argument| argument == flag).and_then(|at| arguments.get(at + 1));
    let triples = arguments.first().filter(|first| !first.starts_with("--")).map_or(Ok(20_000), |number| number.parse::<usize>())?;
    let kept = value("--out").map(PathBuf::from);
    let scratch = tempfile::tempdir()?;
    let out = kept.unwrap_or_else(|| scratch.path().to_owned());
    let sections = value("--sections").map(PathBuf::from);

    let mut runs = both("world", triples, &out, Path::new(""))?;
    let corpus = if sections.is_some() { triples } else { triples / RICHNESS };
    runs.extend(both("corpus", corpus, &out, &sections.unwrap_or_else(|| out.join("world-2")))?);
    print(&runs);
    if runs.chunks(2).any(|pair| pair[0].hash != pair[1].hash) {
        return Err("one and two threads gave different bytes".into());
    }
    Ok(())
}

/// The same run with one thread and with two.
fn both(mode: &str, triples: usize, out: &Path, sections: &Path) -> Result<Vec<Run>, Box<dyn Error>> {
    let run = |threads: usize| -> Result<Run, Box<dyn Error>> {
        let folder = out.join(format!("{mode}-{threads}"));
        let asked = Command::new(std::env::current_exe()?)
            .args(["--one", mode, &triples.to_string(), &threads.to_string()])
            .args([sections, &folder])
            .env("RAYON_NUM_THREADS", threads.to_string())
            .output()?;
        if !asked.status.success() {
            return Err(format!("{mode}, {threads} threads: {}", String::from_utf8_lossy(&asked.stderr)).into());
        }
        Ok(serde_json::from_slice(&asked.stdout)?)
    };
    [1, 2].into_iter().map(run).collect()
}

fn one(mode: &str, triples: usize, threads: usize, sections: &Path, out: &Path) -> Result<Run, Box<dyn Error>> {
    let start = Instant::now();
    let manifest = match mode {
        "world" => generate(&WorldPreset::named("reference")?, out, triples, 7, &ProgressBar::hidden())?,
        _ => synth::corpus::generate(sections, out, triples, 7, &ProgressBar::hidden())?,
    };
    let (seconds, processor_seconds) = (start.elapsed().as_secs_f64(), processor().unwrap_or(f64::NAN));
    let mebibytes = peak().unwrap_or(f64::NAN);
    let made = manifest.counts.get("questions").copied().unwrap_or(0);
    Ok(Run { mode: mode.to_owned(), threads, triples: made, seconds, processor_seconds, mebibytes, hash: hash(out)? })
}

/// The most memory this process has had resident, as the kernel counts it.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}

/// Processor time of this process in seconds: ticks of a hundredth, behind the name in brackets.
fn processor() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Names and bytes of all files below a folder.
fn hash(folder: &Path) -> Result<String, Box<dyn Error>> {
    let (mut files, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.strip_prefix(folder)?.display().to_string(), blake3::hash(&fs::read(&path)?));
            }
        }
    }
    let mut hasher = blake3::Hasher::new();
    files.iter().for_each(|(name, hash)| {
        hasher.update(name.as_bytes());
        hasher.update(hash.as_bytes());
    });
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

fn print(runs: &[Run]) {
    println!("mode     threads  triples  seconds  processor s  triples/s  /processor s   MiB  hash of all files");
    for Run { mode, threads, triples, seconds, processor_seconds, mebibytes, hash } in runs {
        let (by_clock, by_work) = (*triples as f64 / seconds, *triples as f64 / processor_seconds);
        println!(
            "{mode:<8}{threads:>8}{triples:>9}{seconds:>9.2}{processor_seconds:>13.2}{by_clock:>11.0}{by_work:>14.0}{mebibytes:>6.0}  {hash}"
        );
    }
    let missed = |run: &&Run| {
        let target = TARGETS.iter().find(|(mode, _)| *mode == run.mode).map_or(0.0, |(_, target)| *target);
        run.threads == 2 && (run.triples as f64 / run.seconds < target || run.mebibytes > MOST_MEBIBYTES)
    };
    for run in runs.iter().filter(missed) {
        println!("{} misses its target (2,000 triples a second in worlds, 500 in corpora, below 1 GiB on two cores)", run.mode);
    }
}
