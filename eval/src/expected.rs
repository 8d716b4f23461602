//! Expected numbers: a file beside the suites says what a run should give, how far it may be off in either direction, and why the number is what
//! it is. The counts of what went in are verified before any score; a surprising rise is a finding like a fall.
//!
//! ```toml
//! suite = "../suites/world.toml"           # relative to this file
//! make = { world = "small", triples = 2000, seed = 1 }   # how the data is made where there is none
//! limit = 160
//! models = { prep = "3e32", retrieve = "2446" }  # first digits of the hashes of the models that the numbers of `tandem` belong to
//! counts = { loaded = 355, scored = 160 }
//! [[numbers]]
//! system = "workflow"
//! metric = "exact_match"
//! value = 0.312
//! tolerance = 0.02
//! reason = "…"
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use synth::world::{WorldPreset, generate};

use crate::report::{Digest, Results};
use crate::run::run_suite;
use crate::suite::SuiteFile;
use crate::tasks::TaskResults;
use crate::{EvalError, EvalOptions};

/// What a file of expected numbers says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The suite, relative to the file.
    pub suite: PathBuf,
    /// How its data is made where there is none.
    #[serde(default)]
    pub make: Option<Make>,
    /// Questions scored, at most.
    #[serde(default)]
    pub limit: Option<usize>,
    /// First digits of the hashes of the models that the numbers of `tandem` were measured with.
    #[serde(default)]
    pub models: BTreeMap<String, String>,
    /// Counts of what goes in; they must be met exactly.
    pub counts: BTreeMap<String, u64>,
    /// The numbers.
    pub numbers: Vec<Number>,
}

/// A synthetic world that can be made anew at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    /// Its preset.
    pub world: String,
    /// Questions.
    pub triples: usize,
    /// Seed.
    pub seed: u64,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// Which system.
    pub system: String,
    /// Which metric.
    pub metric: String,
    /// Which questions: a part of a table, as `kind: natural`; all without.
    #[serde(default)]
    pub part: Option<String>,
    /// What it was.
    pub value: f64,
    /// How far off it may be, either way.
    pub tolerance: f64,
    /// Why it is what it is and why it may be off by that much.
    pub reason: String,
}

/// How a run stands to its expected numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The suite.
    pub suite: String,
    /// What agrees.
    pub met: Vec<String>,
    /// What does not: counts first; where one is off, no score is compared.
    pub off: Vec<String>,
    /// What could not be compared, and why.
    pub left_out: Vec<String>,
}

impl Expected {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is missing or not what it should be.
    pub fn open(path: &Path) -> Result<Self, EvalError> {
        let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
        toml::from_str(&text).map_err(|error| EvalError::input(path, format!("no expected numbers: {error}")))
    }

    /// Compares a run with the expected counts and, where these are met, with the expected numbers.
    #[must_use]
    pub fn check(&self, run: &Measured) -> Checked {
        let mut out = Checked { suite: run.digest.suite.clone(), ..Checked::default() };
        for (name, expected) in &self.counts {
            let found = run.digest.counts.get(name).copied();
            let said = format!("{name}: {} (expected {expected})", found.map_or("none".into(), |count| count.to_string()));
            if found == Some(*expected) { out.met.push(said) } else { out.off.push(said) }
        }
        if !out.off.is_empty() {
            out.left_out.push("every score: the counts of what went in differ, so that scores mean something else".into());
            return out;
        }
        let other = self.other_model(&run.digest);
        for number in &self.numbers {
            match (&other, run.find(number)) {
                (Some(model), _) if number.system == "tandem" => {
                    out.left_out.push(format!("{}: measured with another {model} model", number.name()));
                }
                (_, None) => out.off.push(format!("{}: not in the result (expected {:.3})", number.name(), number.value)),
                (_, Some(found)) => {
                    let said = format!("{}: {found:.4} (expected {:.4} ± {:.4})", number.name(), number.value, number.tolerance);
                    match found - number.value {
                        off if off.abs() <= number.tolerance => out.met.push(said),
                        off if off > 0.0 => out.off.push(format!("{said}: higher than expected; find out why before it is written down")),
                        _ => out.off.push(format!("{said}: lower than expected")),
                    }
                }
            }
        }
        out
    }

    /// The name of a model that is not the one the numbers were measured with.
    fn other_model(&self, run: &Digest) -> Option<&str> {
        let hash = |name: &str| run.models.get(name).map(String::as_str).unwrap_or_default();
        let other = |(name, start): &(&String, &String)| !hash(name).starts_with(start.as_str());
        // A task of preparation runs without the retrieval model.
        self.models.iter().filter(|(name, _)| run.models.contains_key(*name)).find(other).map(|(name, _)| name.as_str())
    }
}

/// A finished run, as far as its numbers can be expected.
#[derive(Clone, Debug)]
pub struct Measured {
    digest: Digest,
    /// The tables of parts, of suites that ask questions.
    parts: Option<Results>,
}

impl Measured {
    /// Reads a result folder; `asks_questions` says what sort of suite it was.
    ///
    /// # Errors
    /// If it is not finished.
    pub fn read(dir: &Path, asks_questions: bool) -> Result<Self, EvalError> {
        if asks_questions {
            Ok(Self::of(Results::read(dir)?))
        } else {
            Ok(Self { digest: Digest::of_task(&TaskResults::read(dir)?), parts: None })
        }
    }

    fn of(results: Results) -> Self {
        Self { digest: Digest::of_results(&results), parts: Some(results) }
    }

    fn find(&self, number: &Number) -> Option<f64> {
        let Some(part) = &number.part else { return self.digest.estimate(&number.system, &number.metric).map(|one| one.value) };
        let (by, name) = part.split_once(": ")?;
        let at = self.digest.systems.iter().position(|system| *system == number.system)?;
        let group = self.parts.as_ref()?.groups.iter().find(|group| group.by == by && group.name == name)?;
        let line = group.lines.iter().find(|line| line.metric == number.metric)?;
        line.estimates.get(at).copied().flatten().map(|estimate| estimate.value)
    }
}

impl Number {
    fn name(&self) -> String {
        let part = self.part.as_ref().map_or(String::new(), |part| format!(", {part}"));
        format!("{} {}{part}", self.system, self.metric)
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { suite, met, off, left_out } = self;
        writeln!(out, "{suite}: {} as expected, {} off, {} not compared", met.len(), off.len(), left_out.len())?;
        off.iter().try_for_each(|line| writeln!(out, "  OFF      {line}"))?;
        left_out.iter().try_for_each(|line| writeln!(out, "  left out {line}"))?;
        met.iter().try_for_each(|line| writeln!(out, "  ok       {line}"))
    }
}

/// Runs every suite that `dir` has expected numbers for and whose data is there or can be made, each into a folder of its own under `out`; only those
/// named in `only`, if any are.
///
/// # Errors
/// If there is nothing to check, or a suite cannot be run although its data is there.
pub fn reproduce(
    dir: &Path,
    only: &[String],
    out: &Path,
    options: &EvalOptions,
    progress: &ProgressBar,
) -> Result<Vec<Checked>, EvalError> {
    let missing = |error: std::io::Error| EvalError::input(dir, format!("{error}: name a folder of expected numbers, as eval/expected"));
    let listing = std::fs::read_dir(dir).map_err(missing)?;
    let mut files: Vec<PathBuf> = listing
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .filter(|path| only.is_empty() || path.file_stem().is_some_and(|name| only.iter().any(|one| name == one.as_str())))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(EvalError::input(
            dir,
            if only.is_empty() { "holds no .toml of expected numbers".into() } else { format!("holds no {}.toml", only.join(".toml, ")) },
        ));
    }
    files.iter().map(|file| reproduce_one(file, out, options, progress)).collect()
}

fn reproduce_one(file: &Path, out: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Checked, EvalError> {
    let expected = Expected::open(file)?;
    let name = file.file_stem().unwrap_or_default();
    let suite = file.parent().unwrap_or(Path::new(".")).join(&expected.suite);
    let asks_questions = SuiteFile::parse(&suite)?.kind.asks_questions();
    let mut own = EvalOptions { limit: expected.limit, data: None, ..options.clone() };
    if let Some(make) = &expected.make {
        let world = out.join(format!("world-{}-{}-{}", make.world, make.triples, make.seed));
        progress.set_message("making the world");
        generate(&WorldPreset::named(&make.world)?, &world, make.triples, make.seed, progress)?;
        own.data = Some(world);
    } else if let Err(error) = SuiteFile::open(&suite, None) {
        let left_out = vec![format!("everything: {error}")];
        return Ok(Checked { suite: name.to_string_lossy().into_owned(), left_out, ..Checked::default() });
    }
    let into = out.join(name);
    run_suite(&suite, &into, &own, progress)?;
    Ok(expected.check(&Measured::read(&into, asks_questions)?))
}

#[cfg(test)]
mod tests;
