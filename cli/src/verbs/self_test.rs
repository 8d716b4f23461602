//! `tandem self-test`: tries the installed program as a user would, on documents of its own: every check runs the program again, as a process of
//! its own, so that what counts is what it prints, what it writes and how it exits.
//!
//! Not a measure of quality: the facts are planted and plainly told. `tandem eval check` says how good answers are.

mod checks;
mod trial;

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use records::Counts;
use serde_json::{Value, json};

use crate::args::SelfTest;
use crate::outcome::{Outcome, say, told};
use checks::CHECKS;
use trial::Trial;

/// One check: what it is called, what it tries, and what to do if it fails.
struct Check {
    name: &'static str,
    tries: fn(&Trial) -> Result<String>,
    remedy: &'static str,
}

/// Runs every check; for a person a line for each as it ends.
///
/// # Errors
/// If one fails; the error names the first and its remedy.
pub fn run(args: &SelfTest, json: bool) -> Result<Outcome> {
    let started = Instant::now();
    let folder = tempfile::Builder::new().prefix("tandem-self-test-").tempdir().context("a folder to try it in")?;
    let trial = Trial::new(std::env::current_exe()?, folder.path().to_path_buf())?;
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for check in &CHECKS {
        let (line, row) = tried(check, &trial, &mut failed);
        rows.push(row);
        if !json {
            say(&line)?;
        }
    }
    let mut text =
        format!("{} of {} checks passed, in {:.1} s\n", CHECKS.len() - failed.len(), CHECKS.len(), started.elapsed().as_secs_f64());
    if args.keep {
        let _ = writeln!(text, "it was tried in {}", folder.keep().display());
    }
    if !failed.is_empty() {
        if !json {
            say(&text)?;
        }
        bail!("{} of {} checks failed: {}", failed.len(), CHECKS.len(), failed.join("; "));
    }
    let counts = Counts::from([("passed".to_owned(), CHECKS.len() as u64)]);
    Ok(Outcome { text, told: true, detail: rows.into(), ..Outcome::of("self-test", counts) })
}

/// The line and the row of one check.
fn tried(check: &Check, trial: &Trial, failed: &mut Vec<String>) -> (String, Value) {
    let started = Instant::now();
    let result = (check.tries)(trial);
    let seconds = started.elapsed().as_secs_f64();
    let row = json!({ "check": check.name, "ok": result.is_ok(), "seconds": seconds });
    match result {
        Ok(found) => (format!("ok   {seconds:5.1} s  {}: {found}\n", check.name), row),
        Err(error) => {
            let said = format!("{}: {}: {}", check.name, told(&error), check.remedy);
            failed.push(said.clone());
            (format!("FAIL {seconds:5.1} s  {said}\n"), row)
        }
    }
}
