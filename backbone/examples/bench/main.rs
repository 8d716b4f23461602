//! How fast this machine trains and runs models of three sizes, beside what its floating-point units can do.
//!
//! `cargo run --release -p backbone --example bench [-- --device cpu|cuda] [--only NAME] [--composed] [--shape D LAYERS ROWS LENGTH] [--growth]`: a
//! table for people, or with `--only` or `--shape` one size and one line of JSON. `--composed` takes the path of other devices than the CPU.
//! Takes a minute; `--growth`, which goes through lengths, batches and threads, ten.

mod network;

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};

use backbone::{BatchSource as _, DeviceChoice, TrainingConfig, keep_freed_memory, open_device, product_rate, train};
use burn::tensor::Device;
use indicatif::ProgressBar;
use network::{Guessing, Model, Random, Size, tokens};
use serde::{Deserialize, Serialize};

/// The shortest of some timings: the machine's speed, not its mood.
fn shortest(times: usize, mut work: impl FnMut()) -> Duration {
    work();
    let timed = (0..times).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed()
    });
    timed.min().unwrap_or_default()
}

/// Processor seconds this process has used, all threads together; zero where the kernel does not say.
fn processor_seconds() -> f64 {
    /// What Linux counts in, whatever the machine.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold spaces: user and system time are the twelfth and thirteenth.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Tokens a second in the fastest eighth of the steps, and processor microseconds a token over all of them, which a busy machine changes less.
fn training(size: Size, composed: bool, device: &Device) -> Result<(f64, f64), Box<dyn Error>> {
    let dir = std::env::temp_dir().join(format!("tandem-bench-{}", std::process::id()));
    let steps = size.steps();
    let config = TrainingConfig { steps, log_every: steps / 8, checkpoint_every: 0, validate_every: 0, ..TrainingConfig::default() };
    let model = Model::new(&size, composed, device);
    let before = processor_seconds();
    let trained = train(&config, &dir, model, &Guessing { size }, Random(size.tokens()), device, &ProgressBar::hidden());
    let rows =
        trained.map(|_| records::read_table::<backbone::Metric>(&dir)).map(|table| table.map(Iterator::collect::<Result<Vec<_>, _>>));
    std::fs::remove_dir_all(&dir)?;
    let rows = rows???;
    let speeds = rows.iter().filter(|row| row.name == "tokens_per_second").map(|row| row.value);
    let used = (processor_seconds() - before) * 1e6 / (steps as f64 * size.tokens() as f64);
    Ok((speeds.fold(0.0, f64::max), used))
}

/// Most memory this process has had, in MiB; zero where the kernel does not say.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// What one size gave.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    size: Size,
    device: DeviceChoice,
    threads: usize,
    composed: bool,
    training_tokens_per_second: f64,
    training_processor_microseconds_per_token: f64,
    inference_tokens_per_second: f64,
    product_gflops: f64,
    training_gflops: f64,
    training_share: f64,
    peak_mib: f64,
}

fn measure(size: Size, composed: bool, choice: DeviceChoice) -> Result<Measured, Box<dyn Error>> {
    let device = open_device(choice)?;
    let before = product_rate(&device) / 1e9;
    let (trained, used) = training(size, composed, &device)?;
    let model = Model::new(&size, composed, &device);
    let batch = Random(size.tokens()).batch(0);
    let time = shortest(12, || drop(model.encode(tokens(&size, &batch, &device)).narrow(0, 0, 1).into_data()));
    // The machine may have been busy on one side of the measurement.
    let product = before.max(product_rate(&device) / 1e9);
    let reached = trained * size.step_operations() / size.tokens() as f64 / 1e9;
    Ok(Measured {
        size,
        device: choice,
        threads: rayon::current_num_threads(),
        composed,
        training_tokens_per_second: trained.round(),
        training_processor_microseconds_per_token: used,
        inference_tokens_per_second: (size.tokens() as f64 / time.as_secs_f64()).round(),
        product_gflops: product,
        training_gflops: reached,
        training_share: reached / product,
        peak_mib: peak_memory(),
    })
}

/// What was asked for on the command line.
struct Arguments {
    device: DeviceChoice,
    composed: bool,
    only: Option<Size>,
    growth: bool,
    /// Passed on to the process that measures one size.
    passed: Vec<String>,
}

impl Arguments {
    fn parse() -> Result<Self, Box<dyn Error>> {
        let mut found = Self { device: DeviceChoice::Cpu, composed: false, only: None, growth: false, passed: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut next = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--device" => {
                    let name = next()?;
                    found.device = name.parse()?;
                    found.passed.extend(["--device".into(), name]);
                }
                "--composed" => {
                    found.composed = true;
                    found.passed.push(argument);
                }
                "--growth" => found.growth = true,
                "--only" => {
                    let name = next()?;
                    let known = Size::ALL.iter().find(|(known, _)| *known == name);
                    found.only = Some(known.ok_or_else(|| format!("no size {name}"))?.1);
                }
                "--shape" => {
                    let [d_model, layers, rows, length] = [next()?.parse()?, next()?.parse()?, next()?.parse()?, next()?.parse()?];
                    found.only = Some(Size { d_model, layers, rows, length, bert: false });
                }
                other => return Err(format!("unknown argument {other}").into()),
            }
        }
        Ok(found)
    }
}

/// Measures in a process of its own, so that the peak memory is that size's own.
fn elsewhere(what: &[&str], passed: &[String], threads: usize) -> Result<Measured, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args(what).args(passed).env("RAYON_NUM_THREADS", threads.to_string()).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// One row a length, batch and number of threads, for the smallest network.
fn growth(passed: &[String]) -> Result<(), Box<dyn Error>> {
    println!("| length | batch | threads | training tok/s | inference tok/s | share | processor us a token | peak MiB |");
    println!("|---|---|---|---|---|---|---|---|");
    for length in [64, 128, 256, 512, 1_024] {
        for rows in [1, 4, 16, 64] {
            for threads in [1, 2] {
                let (rows_text, length_text) = (rows.to_string(), length.to_string());
                let found = elsewhere(&["--shape", "128", "4", &rows_text, &length_text], passed, threads)?;
                println!(
                    "| {length} | {rows} | {threads} | {} | {} | {:.2} | {:.0} | {:.0} |",
                    found.training_tokens_per_second,
                    found.inference_tokens_per_second,
                    found.training_share,
                    found.training_processor_microseconds_per_token,
                    found.peak_mib
                );
            }
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    keep_freed_memory()?;
    let arguments = Arguments::parse()?;
    if let Some(size) = arguments.only {
        println!("{}", serde_json::to_string(&measure(size, arguments.composed, arguments.device)?)?);
        return Ok(());
    }
    if arguments.growth {
        return growth(&arguments.passed);
    }
    println!(
        "{:<8}{:>10}{:>16}{:>16}{:>14}{:>16}{:>8}{:>10}",
        "size", "batch", "training tok/s", "inference tok/s", "GFLOP/s", "product GFLOP/s", "share", "peak MiB"
    );
    for (name, size) in Size::ALL {
        let found = elsewhere(&["--only", name], &arguments.passed, rayon::current_num_threads())?;
        println!(
            "{name:<8}{:>10}{:>16}{:>16}{:>14.1}{:>16.1}{:>7.0}%{:>10.0}",
            format!("{}x{}", size.rows, size.length),
            found.training_tokens_per_second,
            found.inference_tokens_per_second,
            found.training_gflops,
            found.product_gflops,
            100.0 * found.training_share,
            found.peak_mib
        );
    }
    Ok(())
}
