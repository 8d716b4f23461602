//! What becomes of sources: the part of a preparation that may run anywhere, since it needs the model and the sources alone and writes nothing.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use records::Failure;
use serde::{Deserialize, Serialize};

use super::{Prepared, Preparer};
use crate::read::{Found, Opened, ReadLimits, Source, open};

/// Why a document is skipped whose bytes were met before.
pub(super) const DUPLICATE: &str = "duplicate";

/// What became of one document, or of a file that is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its name in the corpus.
    pub name: String,
    /// The hash of its bytes; empty where they hold nothing or were not read as a document.
    pub doc_id: String,
    /// Why it was skipped.
    pub skipped: Option<String>,
    /// Why there is nothing of it; beside `skipped` something that is told though it is no failure.
    pub failure: Option<Failure>,
    /// What was made of it.
    pub prepared: Option<Prepared>,
}

impl Attempt {
    fn of(name: String) -> Self {
        Self { name, doc_id: String::new(), skipped: None, failure: None, prepared: None }
    }

    pub(super) fn skipped(name: String, reason: impl Into<String>) -> Self {
        Self { skipped: Some(reason.into()), ..Self::of(name) }
    }

    pub(super) fn failed(failure: Failure) -> Self {
        let name = failure.path.clone();
        Self { failure: Some(failure), ..Self::of(name) }
    }

    fn empty(name: String) -> Self {
        let failure = Failure::new(&name, "read", "empty: holds no text");
        Self { failure: Some(failure), ..Self::skipped(name, "empty") }
    }

    /// Of a source that nobody could prepare.
    #[must_use]
    pub fn lost(name: &str, reason: &str) -> Self {
        Self::failed(Failure::new(name, "prep", reason))
    }
}

/// Opens sources and prepares the documents in them, in parallel; an archive or a mail is several. What became of each source, in order. A document whose
/// bytes are in `seen`, or came before, is not prepared. `done` is told from time to time which share of the documents is done.
pub fn attempt(
    preparer: &Preparer,
    sources: &[Source],
    repairs: bool,
    limits: &ReadLimits,
    seen: &mut HashSet<String>,
    done: &(dyn Fn(f64) + Sync),
) -> Vec<Vec<Attempt>> {
    let found: Vec<Vec<Found>> = sources.par_iter().with_max_len(1).map(|source| open(source, limits)).collect();
    let mut fresh = |found| match found {
        Found::Document(one) if one.is_empty() => Err(Box::new(Attempt::empty(one.name))),
        Found::Document(one) if !seen.insert(one.doc_id.clone()) => Err(Box::new(Attempt::skipped(one.name, DUPLICATE))),
        Found::Document(one) => Ok(one),
        Found::Skipped { path, reason } => Err(Box::new(Attempt::skipped(path, reason))),
        Found::Failed(failure) => Err(Box::new(Attempt::failed(failure))),
    };
    let numbers: Vec<usize> = found.iter().map(Vec::len).collect();
    let fresh: Vec<Result<Opened, Box<Attempt>>> = found.into_iter().flatten().map(&mut fresh).collect();
    let (all, count) = (fresh.iter().filter(|one| one.is_ok()).count().max(1), AtomicU64::new(0));
    let prepare = |one: Opened| {
        let (name, doc_id, bytes) = (one.name.clone(), one.doc_id.clone(), one.bytes);
        let reading = one.read(limits).map_err(|error| Failure::new(&name, "read", error));
        let prepared = reading.map(|reading| preparer.prepare_reading(&name, bytes, &reading, repairs));
        done((count.fetch_add(1, Ordering::Relaxed) + 1) as f64 / all as f64);
        match prepared {
            Ok(prepared) => Attempt { doc_id, prepared: Some(prepared), ..Attempt::of(name) },
            Err(failure) => Attempt { doc_id, ..Attempt::failed(failure) },
        }
    };
    let attempts: Vec<Attempt> = fresh.into_par_iter().with_max_len(1).map(|one| one.map_or_else(|attempt| *attempt, prepare)).collect();
    let mut attempts = attempts.into_iter();
    numbers.into_iter().map(|number| attempts.by_ref().take(number).collect()).collect()
}
