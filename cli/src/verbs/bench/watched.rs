//! One run of this program as a process of its own, with what it cost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use eval::memory::peak_of;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Between two looks at a process: what it took in its last moments is missed.
const LOOK: Duration = Duration::from_millis(20);
/// Ticks of the kernel's clock for processes in a second (`USER_HZ`, 100 on every Linux).
const TICKS: f64 = 100.0;

/// What a run cost. Memory and processor time are read from Linux; elsewhere they are missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds by the clock.
    pub seconds: f64,
    /// Seconds of the processor, those of its own children among them.
    pub processor_seconds: Option<f64>,
    /// Bytes of memory at most.
    pub memory: Option<u64>,
    /// Bytes that its folder takes.
    pub disk: u64,
    /// What the program said of itself.
    pub said: Value,
}

/// Runs this program with `--json`, watched; `out` is the folder that it writes, if any.
///
/// # Errors
/// If it cannot be started, or fails.
pub fn run(arguments: &[String], out: Option<&Path>) -> Result<Cost> {
    let started = Instant::now();
    let program = std::env::current_exe().context("finding this program")?;
    let mut child = Command::new(&program)
        .arg("--json")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    // Both are read while it runs: a full pipe would hold it up.
    let pipes = (child.stdout.take(), child.stderr.take());
    let reading = std::thread::spawn(move || (all_of(pipes.0), all_of(pipes.1)));
    let mut cost = Cost::default();
    let status = loop {
        cost.memory = peak_of(child.id()).or(cost.memory);
        cost.processor_seconds = processor(child.id()).or(cost.processor_seconds);
        match child.try_wait()? {
            Some(status) => break status,
            None => sleep(LOOK),
        }
    };
    cost.seconds = started.elapsed().as_secs_f64();
    let (said, wrong) = reading.join().unwrap_or_default();
    // 3 is done, with inputs that could not be used.
    if !matches!(status.code(), Some(0 | 3)) {
        let wrong = wrong.trim();
        bail!("tandem {}: ended with {status}: {}", arguments.join(" "), wrong.lines().last().unwrap_or_default());
    }
    cost.said = serde_json::from_str(&said).unwrap_or_default();
    cost.disk = out.map(size_of).transpose()?.unwrap_or_default();
    Ok(cost)
}

fn all_of(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What was read until then is all there is to show.
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Seconds of the processor that a process and its ended children took.
fn processor(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold anything; behind it the state is the third field.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: Option<f64> = fields.get(11..15)?.iter().map(|field| field.parse::<f64>().ok()).sum();
    Some(ticks? / TICKS)
}

/// Bytes of the files in a folder, those below included.
fn size_of(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes += if kind.is_dir() { size_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_takes_is_told() {
        let (before, started) = (processor(std::process::id()).unwrap(), Instant::now());
        while started.elapsed() < Duration::from_millis(200) {
            std::hint::spin_loop();
        }
        assert!(processor(std::process::id()).unwrap() > before);
        assert_eq!(processor(u32::MAX), None);
    }

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("below")).unwrap();
        fs::write(dir.path().join("one"), [0; 10]).unwrap();
        fs::write(dir.path().join("below/two"), [0; 7]).unwrap();
        assert_eq!(size_of(dir.path()).unwrap(), 17);
    }
}
