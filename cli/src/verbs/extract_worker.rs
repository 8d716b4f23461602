//! `tandem extract-worker`, hidden: the process that reads PDF, office files, mail and archives for another one of this program. Nobody types it.

use std::io;

use anyhow::Result;
use prep_model::read::child;
use records::Counts;

use crate::outcome::Outcome;

/// Serves until the other process closes the pipe.
pub fn run() -> Result<Outcome> {
    child::run_worker()?;
    // What is said at the end would be taken for an answer; nobody listens any more.
    Ok(Outcome { told: true, ..Outcome::of("extract-worker", Counts::new()) })
}

/// This program is its own worker.
///
/// # Errors
/// If the system does not say where the program lies.
pub fn choose() -> io::Result<()> {
    child::extract_in_children(std::env::current_exe()?, vec!["extract-worker".into()]);
    Ok(())
}
