//! A whole corpus: sources in the order of their names, a shard of documents at a time, the documents of a shard in parallel. A shard is
//! finished when its small JSON file exists; a run that was killed goes on behind the last finished one and ends with the same bytes. Several
//! processes may share a run, each with every n-th shard in a folder of its own (see [`super::merge`]).

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Manifest, Part, RunError, RunFolder, TableError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Preparer;
use super::block::Block;
use super::output::Format;
use super::runner::{Made, Place, Runner, Workers};
use crate::read::{Corpus, CorpusError, ReadLimits};

/// What a user may choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrepareOptions {
    /// How sections are written.
    pub format: Format,
    /// Whether damaged characters are repaired.
    pub repairs: bool,
    /// Prepare this many documents at most; the rest is counted as skipped.
    pub limit: Option<u64>,
    /// What the corpus is called in `documents.corpus`; the name of its folder if left out.
    pub corpus: Option<String>,
    /// Limits on single files.
    pub limits: ReadLimits,
    /// Most documents in a shard.
    pub shard_documents: usize,
    /// Bytes of files after which a shard is closed; bounds memory.
    pub shard_bytes: u64,
}

impl Default for PrepareOptions {
    fn default() -> Self {
        let limits = ReadLimits::default();
        Self { format: Format::Parquet, repairs: true, limit: None, corpus: None, limits, shard_documents: 128, shard_bytes: 8 << 20 }
    }
}

/// A corpus could not be prepared. Single files that cannot be read do not end a run.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The corpus cannot be opened.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The output folder cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A table cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file of the output folder cannot be written or read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// Whoever prepares elsewhere has said no.
    #[error("{0}")]
    Workers(String),
}

/// What identifies a run: the same inputs and choices give the same bytes.
#[derive(Serialize)]
struct Identity<'a> {
    corpus: String,
    model: &'a str,
    options: &'a PrepareOptions,
}

/// Prepares a corpus into `out`. The manifest's counts hold `in`, `out`, `skipped`, `failed`, with `in` = `out` + `skipped` + `failed`, and
/// `skipped: REASON`, `sections`, `repairs`, `replaced` where bytes are no text, `dropped` and `dropped: REASON` for pieces of text that are in
/// no section but in the table `dropped`, `pages` for the pages of extracted text in the table of that name. Each member of an archive and each file in a
/// mail counts as one that came in; the archive itself is skipped. A file with the same bytes as an earlier one is skipped as a duplicate; an empty one is skipped
/// and has a row in `failures`. `progress` counts sources, its message failures.
///
/// # Errors
/// If the corpus cannot be opened or the output folder not be used or written.
pub fn prepare_corpus(
    corpus: &Path,
    out: &Path,
    preparer: &Preparer,
    options: &PrepareOptions,
    progress: &ProgressBar,
) -> Result<Manifest, PrepareError> {
    prepare_part(corpus, out, preparer, options, Part::WHOLE, progress)
}

/// One of several processes that prepare a corpus: [`super::merge::merge_prepared`] makes of all their folders what [`prepare_corpus`] would have
/// made. What occurs twice in the corpus is only found within a part until then.
///
/// # Errors
/// As [`prepare_corpus`], and for parts in another format than Parquet, which could not be merged.
pub fn prepare_part(
    corpus: &Path,
    out: &Path,
    preparer: &Preparer,
    options: &PrepareOptions,
    part: Part,
    progress: &ProgressBar,
) -> Result<Manifest, PrepareError> {
    if part != Part::WHOLE && options.format != Format::Parquet {
        let reason = "parts are written as Parquet, since others cannot be merged: leave the format out".into();
        return Err(PrepareError::File { path: out.to_path_buf(), reason });
    }
    prepare_at(corpus, out, preparer, options, Place::Here(preparer), part, progress)
}

/// [`prepare_corpus`] with the work done elsewhere: `workers` prepare with a model of the identity of `preparer`. The folder is the same, byte for byte, and
/// may be begun in one way and ended in the other. Sources are named by absolute paths.
///
/// # Errors
/// As [`prepare_corpus`], and if the workers cannot be reached or refuse.
pub fn prepare_elsewhere(
    corpus: &Path,
    out: &Path,
    preparer: &Preparer,
    options: &PrepareOptions,
    workers: &dyn Workers,
    progress: &ProgressBar,
) -> Result<Manifest, PrepareError> {
    let named = |error: std::io::Error| PrepareError::File { path: corpus.to_path_buf(), reason: error.to_string() };
    let corpus = std::path::absolute(corpus).map_err(named)?;
    prepare_at(&corpus, out, preparer, options, Place::Elsewhere(workers), Part::WHOLE, progress)
}

fn prepare_at(
    corpus: &Path,
    out: &Path,
    preparer: &Preparer,
    options: &PrepareOptions,
    place: Place<'_>,
    part: Part,
    progress: &ProgressBar,
) -> Result<Manifest, PrepareError> {
    let opened = Corpus::open(corpus)?;
    let identity = Identity { corpus: opened.identity(), model: &preparer.reading_identity(), options };
    let run = RunFolder::open_part(out, "prep", &identity, 0, part)?;
    progress.set_length(opened.total());
    if let Some(manifest) = run.finished()? {
        progress.set_position(opened.total());
        if part == Part::WHOLE {
            // One that was killed behind its manifest has left some; there are no more of them than of files.
            (0..manifest.shards.len()).for_each(|index| Block::remove(out, index));
        }
        return Ok(manifest);
    }
    let name = options.corpus.clone().unwrap_or_else(|| opened.root().file_stem().unwrap_or_default().to_string_lossy().into_owned());
    let mut runner = Runner { place, options, part, dir: out, corpus: name, progress, made: Made::nothing() };
    runner.all(&opened)?;
    let Made { counts, shards, of, .. } = runner.made;
    let manifest = run.finish(counts, shards)?;
    if part == Part::WHOLE {
        (0..of).for_each(|index| Block::remove(out, index));
    }
    Ok(manifest)
}
