//! Extraction in another process. Parsers of office files, mail, PDF and archives are large, and what they read may be made to break them; so a program
//! runs them in children of its own kind, each with limits, and an end of a child is the failure of one file. A library that trusts its files may choose to
//! extract here.

mod frames;
mod pool;
mod worker;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use super::extract::{self, Extraction};
use super::{Container, ReadError, ReadLimits};
pub use worker::run_worker;

use pool::Pool;

/// Longest that one file may take.
const WALL: Duration = Duration::from_secs(120);

/// Where this process extracts.
#[derive(Debug)]
enum Place {
    Here,
    Children(Pool),
}

/// Chosen once, at the start of a program.
static PLACE: OnceLock<Place> = OnceLock::new();

/// From now on files are extracted in this process: for tests, and for programs that trust their files. The first choice stays.
pub fn extract_here() {
    let _ = PLACE.set(Place::Here);
}

/// From now on files are extracted by children: `program` run with `arguments`, which calls [`run_worker`]. The first choice stays.
pub fn extract_in_children(program: PathBuf, arguments: Vec<String>) {
    let _ = PLACE.set(Place::Children(Pool::new(program, arguments, WALL)));
}

/// Extracts where this process has chosen to.
///
/// # Errors
/// If the file is broken, under a password or more than the limits allow; if a child ended over it; if nothing was chosen.
pub(super) fn extract(kind: Container, bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    match PLACE.get() {
        Some(Place::Here) => extract::extract(kind, bytes, limits),
        Some(Place::Children(pool)) => pool.extract(kind, bytes, limits),
        None => Err(ReadError::Child {
            reason: "nothing was chosen to extract this kind of file with: call `read::child::extract_here`".into(),
        }),
    }
}
