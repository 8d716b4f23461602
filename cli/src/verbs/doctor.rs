//! `tandem doctor`: checks of the machine, the models, an index and run folders; each failure names its remedy.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use backbone::DeviceChoice;
use prep_model::inference::Preparer;
use records::{Counts, RunFolder, Shard};
use retrieve_model::inference::Answerer;

use crate::args::Doctor;
use crate::models;
use crate::outcome::Outcome;

/// Memory below which large corpora may not fit, in MiB.
const LITTLE_MEMORY: u64 = 2_048;

#[derive(Default)]
struct Checks {
    text: String,
    rows: Vec<serde_json::Value>,
    passed: u64,
    failed: u64,
}

impl Checks {
    fn note(&mut self, what: &str, result: Result<String>) {
        let row = match &result {
            Ok(found) => serde_json::json!({ "check": what, "ok": true, "found": found }),
            Err(error) => serde_json::json!({ "check": what, "ok": false, "remedy": crate::outcome::told(error) }),
        };
        self.rows.push(row);
        let _ = match result {
            Ok(found) => {
                self.passed += 1;
                writeln!(self.text, "ok    {what}: {found}")
            }
            Err(error) => {
                self.failed += 1;
                writeln!(self.text, "FAIL  {what}: {error:#}")
            }
        };
    }
}

pub fn run(args: &Doctor) -> Result<Outcome> {
    let mut checks = Checks::default();
    checks.note("processor", std::thread::available_parallelism().map(|threads| format!("{threads} threads")).map_err(Into::into));
    if let Some(memory) = memory() {
        let enough = if memory >= LITTLE_MEMORY {
            Ok(format!("{memory} MiB available"))
        } else {
            Err(anyhow::anyhow!("{memory} MiB available: close other programs before preparing a large corpus"))
        };
        checks.note("memory", enough);
    }
    checks.note("device", backbone::open_device(DeviceChoice::Auto).map(|device| format!("{device:?}")).map_err(Into::into));
    checks.note("preparation model", prep_model());
    checks.note("retrieval model", retrieval_model());
    if let Some(index) = &args.index {
        check_index(index, &mut checks);
    }
    #[cfg(feature = "lance")]
    match crate::asked::library(args.library.as_deref()) {
        Ok(library) if args.index.is_none() => check_library(&library, &mut checks),
        Err(error) if args.library.is_some() => checks.note("library", Err(error.into())),
        _ => {}
    }
    for folder in &args.data {
        checks.note(&folder.display().to_string(), folder_is_whole(folder));
    }
    let Checks { text, rows, passed, failed } = checks;
    let counts = Counts::from([("passed".to_owned(), passed), ("failed".to_owned(), failed)]);
    let text = format!("{text}{passed} checks passed, {failed} failed\n");
    Ok(Outcome { text, told: true, detail: rows.into(), ..Outcome::of("doctor", counts) })
}

/// Available memory in MiB, where the system says so.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1_024)
}

fn prep_model() -> Result<String> {
    let dir = models::find(None, "prep")?;
    Preparer::load(&dir, &backbone::open_device(DeviceChoice::Cpu)?)?;
    Ok(dir.display().to_string())
}

fn retrieval_model() -> Result<String> {
    let dir = models::find(None, "retrieve")?;
    Answerer::load(&dir, &backbone::open_device(DeviceChoice::Cpu)?)?;
    Ok(dir.display().to_string())
}

#[cfg(not(feature = "lance"))]
fn check_index(index: &Path, checks: &mut Checks) {
    checks.note(&index.display().to_string(), super::without_lance("checking an index").map(|_| String::new()));
}

#[cfg(feature = "lance")]
fn check_index(index: &Path, checks: &mut Checks) {
    let problems = retrieve_model::index::Index::check(index);
    if problems.is_empty() {
        checks.note(&index.display().to_string(), Ok("index is whole".to_owned()));
    }
    for problem in problems {
        checks.note(&index.display().to_string(), Err(anyhow::anyhow!("{}: {}", problem.what, problem.remedy)));
    }
}

/// Its settings and paths, the state that readers see, and the index of that.
#[cfg(feature = "lance")]
fn check_library(library: &serve::library::Library, checks: &mut Checks) {
    let what = library.dir().display().to_string();
    match library.settings() {
        Ok(settings) => {
            for source in settings.sources.iter().filter(|source| !source.path.exists()) {
                let path = source.path.display();
                checks.note(&what, Err(anyhow::anyhow!("{path}: is registered and gone: bring it back, or run `tandem remove {path}`")));
            }
            checks.note(&what, Ok(format!("{} paths registered", settings.sources.len())));
        }
        Err(error) => checks.note(&what, Err(error.into())),
    }
    match library.hold() {
        Ok(held) => {
            checks.note(&what, folder_is_whole(&held.generation.sections()));
            let problems = retrieve_model::index::Index::check(&held.generation.index());
            if problems.is_empty() {
                checks.note(&what, Ok(format!("index of state {} is whole", held.generation.number)));
            }
            for problem in problems {
                checks.note(&what, Err(anyhow::anyhow!("{}: run `tandem update --again`", problem.what)));
            }
        }
        Err(error) => checks.note(&what, Err(error.into())),
    }
}

/// Every shard of a finished folder, read again and hashed.
fn folder_is_whole(folder: &Path) -> Result<String> {
    let manifest = RunFolder::manifest(folder)?;
    for shard in &manifest.shards {
        let found = Shard::of(&folder.join(&shard.file), shard.rows)?;
        if found != *shard {
            anyhow::bail!("{}: differs from the manifest: delete the folder and run {} again", shard.file, manifest.stage);
        }
    }
    Ok(format!("{} of {} files as the manifest says", manifest.shards.len(), manifest.shards.len()))
}
