//! A whole corpus: sources in the order of their names, a shard of documents at a time, the documents of a shard in parallel. A shard is
//! finished when its small JSON file exists; a run that was killed goes on behind the last finished one and ends with the same bytes. Several
//! processes may share a run, each with every n-th shard in a folder of its own (see [`super::merge`]).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::{Counts, Failure, Manifest, Part, RunError, RunFolder, Shard, TableError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::block::{Block, Came};
use super::output::Format;
use super::shard::{count, write_shard};
use super::{Prepared, Preparer};
use crate::read::{Corpus, CorpusError, Entry, Found, Opened, ReadLimits, Source, open};

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
}

/// What identifies a run: the same inputs and choices give the same bytes.
#[derive(Serialize)]
struct Identity<'a> {
    corpus: String,
    model: &'a str,
    options: &'a PrepareOptions,
}

/// One source or what was met instead of it, in order.
enum Item {
    Source(Source),
    Skipped { path: String, reason: String },
    Failed(Failure),
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
    let opened = Corpus::open(corpus)?;
    // Where nothing is recognised the identity is that of versions that could not.
    let model = format!("{}{}", preparer.identity(), crate::read::ocr::identity());
    let identity = Identity { corpus: opened.identity(), model: &model, options };
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
    let mut runner = Runner {
        preparer,
        options,
        part,
        dir: out,
        corpus: name,
        seen: HashSet::new(),
        counts: Counts::new(),
        shards: Vec::new(),
        index: 0,
    };
    for key in ["in", "out", "skipped", "failed"] {
        runner.counts.insert(key.into(), 0);
    }
    runner.all(&opened, progress)?;
    let Runner { counts, shards, index, .. } = runner;
    let manifest = run.finish(counts, shards)?;
    if part == Part::WHOLE {
        (0..index).for_each(|index| Block::remove(out, index));
    }
    Ok(manifest)
}

struct Runner<'a> {
    preparer: &'a Preparer,
    options: &'a PrepareOptions,
    part: Part,
    dir: &'a Path,
    corpus: String,
    /// Documents met so far: the same bytes at a second path are skipped.
    seen: HashSet<String>,
    counts: Counts,
    shards: Vec<Shard>,
    index: usize,
}

impl Runner<'_> {
    /// Prepares every entry of a corpus, shard by shard.
    fn all(&mut self, opened: &Corpus, progress: &ProgressBar) -> Result<(), PrepareError> {
        let (mut items, mut bytes, mut documents) = (Vec::new(), 0, 0_u64);
        for entry in opened.entries(&self.options.limits) {
            let item = match entry {
                Entry::Source(source) if self.options.limit.is_some_and(|limit| documents >= limit) => {
                    Item::Skipped { path: source.name, reason: "over the limit".into() }
                }
                Entry::Source(source) => {
                    documents += 1;
                    bytes += source.bytes.min(self.options.limits.bytes);
                    Item::Source(source)
                }
                Entry::Skipped { path, reason } => Item::Skipped { path, reason },
                Entry::Failed(failure) => Item::Failed(failure),
            };
            items.push(item);
            if items.len() >= self.options.shard_documents.max(1) || bytes >= self.options.shard_bytes {
                self.shard(std::mem::take(&mut items), progress)?;
                bytes = 0;
            }
        }
        if !items.is_empty() || self.index == 0 {
            self.shard(items, progress)?;
        }
        Ok(())
    }

    fn shard(&mut self, items: Vec<Item>, progress: &ProgressBar) -> Result<(), PrepareError> {
        let (begun, length) = (progress.position(), items.len() as u64);
        if self.part.holds(self.index) {
            let block = match Block::finished(self.dir, self.index) {
                Some(block) => block,
                None => self.prepare(items, progress)?,
            };
            self.seen.extend(block.came.into_iter().map(|came| came.doc_id));
            for (key, value) in block.finished.counts {
                count(&mut self.counts, &key, value);
            }
            self.shards.extend(block.finished.shards);
        }
        self.index += 1;
        progress.set_position(begun + length);
        progress.set_message(format!("{} failed", self.counts["failed"]));
        Ok(())
    }

    fn prepare(&mut self, items: Vec<Item>, progress: &ProgressBar) -> Result<Block, PrepareError> {
        let limits = &self.options.limits;
        let (begun, sources) = (progress.position(), items.len() as u64);
        // An archive or a mail is several; each document in it counts as one that came in.
        let opened = |item| match item {
            Item::Source(source) => open(&source, limits),
            Item::Skipped { path, reason } => vec![Found::Skipped { path, reason }],
            Item::Failed(failure) => vec![Found::Failed(failure)],
        };
        let loaded: Vec<Found> = items.into_par_iter().with_max_len(1).flat_map_iter(opened).collect();
        let mut counts = Counts::from([("in".into(), loaded.len() as u64)]);
        let mut failures = Vec::new();
        let mut fresh = Vec::with_capacity(loaded.len());
        for found in loaded {
            match found {
                Found::Document(one) if one.is_empty() => {
                    failures.push(Failure::new(one.name, "read", "empty: holds no text"));
                    skip(&mut counts, "empty");
                }
                Found::Document(one) if !self.seen.insert(one.doc_id.clone()) => skip(&mut counts, "duplicate"),
                Found::Document(one) => fresh.push(one),
                Found::Skipped { reason, path } => {
                    tracing::debug!(path, reason, "skipped");
                    skip(&mut counts, &reason);
                }
                Found::Failed(failure) => failures.push(fail(&mut counts, failure)),
            }
        }
        let came = fresh.iter().map(|one| Came { name: one.name.clone(), doc_id: one.doc_id.clone() }).collect();
        // A source may be several documents, or none: each moves the bar by its share of the sources.
        let (all, done) = (fresh.len() as u64, AtomicU64::new(0));
        let run = |one: Opened| {
            let (name, bytes) = (one.name.clone(), one.bytes);
            let reading = one.read(limits).map_err(|error| Failure::new(&name, "read", error));
            let prepared = reading.map(|reading| self.preparer.prepare_reading(&name, bytes, &reading, self.options.repairs));
            progress.set_position(begun + (done.fetch_add(1, Ordering::Relaxed) + 1) * sources / all);
            prepared
        };
        let results: Vec<Result<Prepared, Failure>> = fresh.into_par_iter().with_max_len(1).map(run).collect();
        let mut prepared = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(mut done) => {
                    done.document.corpus.clone_from(&self.corpus);
                    prepared.push(done);
                }
                Err(failure) => failures.push(fail(&mut counts, failure)),
            }
        }
        let finished = write_shard(self.dir, self.index, self.options.format, prepared, failures, counts)?;
        let block = Block { finished, came };
        block.write(self.dir, self.index)?;
        Ok(block)
    }
}

pub(super) fn skip(counts: &mut Counts, reason: &str) {
    count(counts, "skipped", 1);
    count(counts, &format!("skipped: {reason}"), 1);
}

fn fail(counts: &mut Counts, failure: Failure) -> Failure {
    count(counts, "failed", 1);
    failure
}
