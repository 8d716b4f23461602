//! The shards of a corpus, one after the other: cut, prepared here or elsewhere, written.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::path::Path;

use indicatif::ProgressBar;
use records::{Counts, Part, Shard};

use super::Preparer;
use super::attempt::{Attempt, DUPLICATE, attempt};
use super::batch::{PrepareError, PrepareOptions};
use super::block::{Block, Came};
use super::shard::{count, write_shard};
use crate::read::{Corpus, Entry, Source};

/// What prepares sources elsewhere, with the model and the options that it was told.
pub trait Workers {
    /// What became of the sources of each shard, in the order of the shards. Several may be under way at a time; none is asked for before there is room for it.
    fn attempts<'a>(
        &'a self,
        shards: Box<dyn Iterator<Item = Vec<Source>> + 'a>,
    ) -> Box<dyn Iterator<Item = Result<Vec<Attempt>, String>> + 'a>;
}

/// Where sources are prepared.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Here(&'a Preparer),
    Elsewhere(&'a dyn Workers),
}

pub(super) struct Runner<'a> {
    pub place: Place<'a>,
    pub options: &'a PrepareOptions,
    pub part: Part,
    pub dir: &'a Path,
    /// What the corpus is called.
    pub corpus: String,
    pub progress: &'a ProgressBar,
    pub made: Made,
}

/// What was made so far.
pub(super) struct Made {
    /// Documents met: the same bytes at a second path are skipped.
    seen: HashSet<String>,
    pub counts: Counts,
    pub shards: Vec<Shard>,
    /// Number of shards of the corpus, other parts' too.
    pub of: usize,
}

impl Made {
    pub fn nothing() -> Self {
        let counts = ["in", "out", "skipped", "failed"].map(|name| (name.to_owned(), 0)).into();
        Self { seen: HashSet::new(), counts, shards: Vec::new(), of: 0 }
    }
}

/// The entries of a shard.
struct Piece {
    index: usize,
    /// Number of entries.
    entries: u64,
    /// Those that are no sources.
    others: Vec<Attempt>,
    sources: Vec<Source>,
}

/// Cuts the entries of a corpus into shards; at least one, so that an empty corpus has its tables.
struct Pieces<'a> {
    entries: Box<dyn Iterator<Item = Entry> + Send + 'a>,
    options: &'a PrepareOptions,
    documents: u64,
    index: usize,
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let mut piece = Piece { index: self.index, entries: 0, others: Vec::new(), sources: Vec::new() };
        let mut bytes = 0;
        for entry in self.entries.by_ref() {
            piece.entries += 1;
            match entry {
                Entry::Source(source) if self.options.limit.is_some_and(|limit| self.documents >= limit) => {
                    piece.others.push(Attempt::skipped(source.name, "over the limit"));
                }
                Entry::Source(source) => {
                    self.documents += 1;
                    bytes += source.bytes.min(self.options.limits.bytes);
                    piece.sources.push(source);
                }
                Entry::Skipped { path, reason } => piece.others.push(Attempt::skipped(path, reason)),
                Entry::Failed(failure) => piece.others.push(Attempt::failed(failure)),
            }
            if piece.entries >= self.options.shard_documents.max(1) as u64 || bytes >= self.options.shard_bytes {
                break;
            }
        }
        (piece.entries > 0 || self.index == 0).then(|| {
            self.index += 1;
            piece
        })
    }
}

impl Runner<'_> {
    /// Prepares every entry of a corpus, shard by shard.
    pub fn all(&mut self, opened: &Corpus) -> Result<(), PrepareError> {
        let options = self.options;
        let mut pieces = Pieces { entries: opened.entries(&options.limits), options, documents: 0, index: 0 };
        match self.place {
            Place::Here(preparer) => pieces.try_for_each(|piece| self.here(preparer, piece)),
            Place::Elsewhere(workers) => self.elsewhere(workers, pieces),
        }
    }

    fn here(&mut self, preparer: &Preparer, piece: Piece) -> Result<(), PrepareError> {
        if !self.part.holds(piece.index) {
            self.passed(&piece);
            return Ok(());
        }
        if let Some(block) = Block::finished(self.dir, piece.index) {
            self.take(&piece, block);
            return Ok(());
        }
        let (begun, entries, options) = (self.progress.position(), piece.entries as f64, self.options);
        // A source may be several documents, or none: each moves the bar by its share of the sources.
        let done = |share: f64| self.progress.set_position(begun + (share * entries) as u64);
        let attempts = attempt(preparer, &piece.sources, options.repairs, &options.limits, &mut self.made.seen, &done);
        self.progress.set_position(begun);
        self.write(piece, attempts.into_iter().flatten().collect())
    }

    /// Sends the sources of all shards that are not there yet to where they are prepared, and takes what comes back in the shards' order.
    fn elsewhere(&mut self, workers: &dyn Workers, pieces: Pieces<'_>) -> Result<(), PrepareError> {
        let dir = self.dir;
        // Those that were sent, and between them those that are there already.
        let sent: RefCell<VecDeque<(Piece, Option<Block>)>> = RefCell::default();
        let sources = pieces.filter_map(|mut piece| {
            let block = Block::finished(dir, piece.index);
            let sources = block.is_none().then(|| std::mem::take(&mut piece.sources));
            sent.borrow_mut().push_back((piece, block));
            sources
        });
        let next = || sent.borrow_mut().pop_front();
        for attempts in workers.attempts(Box::new(sources)) {
            let mut attempts = attempts.map_err(PrepareError::Workers)?;
            let piece = loop {
                match next() {
                    Some((piece, Some(block))) => self.take(&piece, block),
                    Some((piece, None)) => break piece,
                    None => return Err(PrepareError::Workers("more came back than was sent".into())),
                }
            };
            for attempt in &mut attempts {
                // Whoever prepared it knew the documents of its own shard alone.
                let is_document = attempt.skipped.is_none() && !attempt.doc_id.is_empty();
                if is_document && !self.made.seen.insert(attempt.doc_id.clone()) {
                    *attempt = Attempt::skipped(std::mem::take(&mut attempt.name), DUPLICATE);
                }
            }
            self.write(piece, attempts)?;
        }
        while let Some((piece, block)) = next() {
            let missing = || PrepareError::Workers(format!("shard {} did not come back: run the same command again", piece.index));
            self.take(&piece, block.ok_or_else(missing)?);
        }
        Ok(())
    }

    /// Writes a shard and takes it over.
    fn write(&mut self, mut piece: Piece, attempts: Vec<Attempt>) -> Result<(), PrepareError> {
        let (mut counts, mut failures, mut prepared, mut came) = (Counts::new(), Vec::new(), Vec::new(), Vec::new());
        for attempt in std::mem::take(&mut piece.others).into_iter().chain(attempts) {
            let Attempt { name, doc_id, skipped, failure, prepared: made } = attempt;
            count(&mut counts, "in", 1);
            match &skipped {
                Some(reason) => {
                    tracing::debug!(path = name, reason, "skipped");
                    skip(&mut counts, reason);
                }
                None if failure.is_some() => count(&mut counts, "failed", 1),
                None => {}
            }
            if skipped.is_none() && !doc_id.is_empty() {
                came.push(Came { name, doc_id });
            }
            failures.extend(failure);
            prepared.extend(made.map(|mut made| {
                made.document.corpus.clone_from(&self.corpus);
                made
            }));
        }
        let finished = write_shard(self.dir, piece.index, self.options.format, prepared, failures, counts)?;
        let block = Block { finished, came };
        block.write(self.dir, piece.index)?;
        self.take(&piece, block);
        Ok(())
    }

    /// Counts a finished shard.
    fn take(&mut self, piece: &Piece, block: Block) {
        self.made.seen.extend(block.came.into_iter().map(|came| came.doc_id));
        for (key, value) in block.finished.counts {
            count(&mut self.made.counts, &key, value);
        }
        self.made.shards.extend(block.finished.shards);
        self.passed(piece);
    }

    fn passed(&mut self, piece: &Piece) {
        self.made.of = piece.index + 1;
        self.progress.inc(piece.entries);
        self.progress.set_message(format!("{} failed", self.made.counts["failed"]));
    }
}

pub(super) fn skip(counts: &mut Counts, reason: &str) {
    count(counts, "skipped", 1);
    count(counts, &format!("skipped: {reason}"), 1);
}
