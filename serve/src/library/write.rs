//! Writing a generation from what is kept: sections as `tandem prep` writes them, the index of them with the kept vectors, the catalogue, and
//! last the card. The same documents give the same sections, whichever updates led to them.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use indicatif::ProgressBar;
use prep_model::inference::{Format, Prepared, write_shard};
use records::{Counts, Failure, RunFolder, Section, Shard, TableWriter};
use retrieve_model::index::{BuildOptions, build};

use super::catalogue::{Listed, State};
use super::generation::{Card, Generation};
use super::kept::Kept;
use super::update::stage;
use super::{Library, LibraryError};

/// Documents, and bytes of them, after which a shard is closed; the same as `tandem prep` has.
const SHARD: usize = 128;
const SHARD_BYTES: u64 = 8 << 20;

/// Makes a generation and lets readers see it. Gives it with its catalogue.
pub(super) fn write(
    library: &Library,
    rows: Vec<Listed>,
    mut card: Card,
    progress: &ProgressBar,
) -> Result<(Generation, Vec<Listed>), LibraryError> {
    let generations = library.generations();
    let generation = generations.next()?;
    let kept = library.kept();
    stage(progress, "write", rows.len() as u64);
    let (rows, counts) = write_sections(&generation, rows, &card, &kept, progress)?;
    stage(progress, "index", 0);
    let vectors = KeptVectors::of(&rows, &kept, &card.retrieve[1]);
    let options = BuildOptions::of(card.retrieve[1].clone());
    build(&generation.sections(), &generation.index(), &|sections| vectors.of_sections(sections), &options, progress)?;
    let mut table = TableWriter::<Listed>::create(generation.dir(), 0)?;
    table.extend(rows.iter().cloned())?;
    table.finish()?;
    card.counts = counts;
    generation.finish(&card)?;
    generations.switch(&generation)?;
    Ok((generation, rows))
}

/// Writes the tables of all documents, and completes the catalogue with what they hold.
fn write_sections(
    generation: &Generation,
    mut rows: Vec<Listed>,
    card: &Card,
    kept: &Kept,
    progress: &ProgressBar,
) -> Result<(Vec<Listed>, Counts), LibraryError> {
    let dir = generation.sections();
    let run = RunFolder::open(&dir, "prep", &card.configuration, 0)?;
    let mut shards = Shards { dir: &dir, index: 0, counts: Counts::new(), shards: Vec::new() };
    for name in ["in", "out", "skipped", "failed"] {
        shards.counts.insert(name.into(), 0);
    }
    let (mut prepared, mut failures, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut failed = HashSet::new();
    for row in &mut rows {
        // One that is the same as another that cannot be read has the other's fate.
        if row.state == State::Same && failed.contains(&row.doc_id) {
            (row.state, row.reason) = (State::Failed, format!("has the bytes of {}, which cannot be read", row.reason));
        }
        if row.state == State::Prepared {
            let stored = kept.load(&row.key).ok_or_else(|| {
                kept.forget(&row.key);
                let reason = format!("what was prepared of {} cannot be read: run `tandem update` again", row.name);
                LibraryError::Broken { path: dir.clone(), reason }
            })?;
            match stored.named(&row.name, &row.source) {
                Ok(done) => {
                    row.count(done.document.title.as_ref(), &done.sections, done.dropped.len());
                    bytes += row.bytes;
                    prepared.push(done);
                }
                Err(reason) => (row.state, row.reason) = (State::Failed, reason),
            }
        }
        if row.state == State::Failed {
            failed.insert(row.doc_id.clone());
        }
        if matches!(row.state, State::Failed | State::Empty) {
            failures.push(Failure::new(&row.name, "read", &row.reason));
        }
        shards.count(row);
        progress.inc(1);
        if prepared.len() >= SHARD || bytes >= SHARD_BYTES {
            shards.write(std::mem::take(&mut prepared), std::mem::take(&mut failures))?;
            bytes = 0;
        }
    }
    if !prepared.is_empty() || !failures.is_empty() || shards.index == 0 {
        shards.write(prepared, failures)?;
    }
    run.finish(shards.counts.clone(), shards.shards)?;
    Ok((rows, shards.counts))
}

/// The shards written so far.
struct Shards<'a> {
    dir: &'a Path,
    index: usize,
    counts: Counts,
    shards: Vec<Shard>,
}

impl Shards<'_> {
    /// Counts a row as `tandem prep` counts what it meets; one that was prepared is counted by its shard.
    fn count(&mut self, row: &Listed) {
        let mut add = |name: &str| *self.counts.entry(name.to_owned()).or_default() += 1;
        add("in");
        match row.state {
            State::Prepared => {}
            State::Failed => add("failed"),
            State::Same => {
                add("skipped");
                add("skipped: duplicate");
            }
            State::Excluded | State::Empty | State::Skipped => {
                add("skipped");
                add(&format!("skipped: {}", row.reason));
            }
        }
    }

    fn write(&mut self, prepared: Vec<Prepared>, failures: Vec<Failure>) -> Result<(), LibraryError> {
        let finished = write_shard(self.dir, self.index, Format::Parquet, prepared, failures, Counts::new())?;
        for (name, number) in finished.counts {
            *self.counts.entry(name).or_default() += number;
        }
        self.shards.extend(finished.shards);
        self.index += 1;
        Ok(())
    }
}

/// Vectors for the index, out of what is kept: a document's at a time, since its sections come one after the other.
struct KeptVectors<'a> {
    keys: HashMap<&'a str, &'a str>,
    kept: &'a Kept,
    embedding: &'a str,
    last: RefCell<(String, Vec<Vec<f32>>)>,
}

impl<'a> KeptVectors<'a> {
    fn of(rows: &'a [Listed], kept: &'a Kept, embedding: &'a str) -> Self {
        let prepared = rows.iter().filter(|row| row.state == State::Prepared);
        let keys = prepared.map(|row| (row.doc_id.as_str(), row.key.as_str())).collect();
        Self { keys, kept, embedding, last: RefCell::default() }
    }

    /// The vectors of sections. Where one is missing fewer are given than were asked for, which the index refuses.
    fn of_sections(&self, sections: &[Section]) -> Vec<Vec<f32>> {
        let mut last = self.last.borrow_mut();
        let one = |section: &Section| {
            if last.0 != section.doc_id {
                let key = self.keys.get(section.doc_id.as_str())?;
                *last = (section.doc_id.clone(), self.kept.vectors(key, self.embedding)?);
            }
            last.1.get(section.section as usize).cloned()
        };
        sections.iter().filter_map(one).collect()
    }
}
