//! The parts of a preparation become the folder that one process would have made: shard by shard in their order, without the documents whose
//! bytes stood in an earlier shard of another part.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{AtomicFile, Counts, Document, Dropped, Failure, Manifest, Page, Parts, Row, Section, Shard, TableError, TableReader};

use super::Prepared;
use super::attempt::DUPLICATE;
use super::batch::PrepareError;
use super::block::Block;
use super::output::Format;
use super::runner::skip;
use super::shard::{Finished, count, write_shard};

/// Joins the folders that `prep_model::inference::prepare_part` made of one corpus. `progress` counts shards.
///
/// # Errors
/// If the parts are not all there, do not belong together or were changed, or `out` cannot be written.
pub fn merge_prepared(parts: &Parts, out: &Path, progress: &ProgressBar) -> Result<Manifest, PrepareError> {
    let run = parts.whole(out)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    let (mut counts, mut shards, mut seen) = (Counts::new(), Vec::new(), HashSet::new());
    for key in ["in", "out", "skipped", "failed"] {
        counts.insert(key.into(), 0);
    }
    let mut index = 0;
    while Block::exists(parts.of_piece(index), index) {
        let dir = parts.of_piece(index);
        let altered =
            || PrepareError::File { path: dir.to_path_buf(), reason: "was changed after it was made: run this part again".into() };
        let block = Block::finished(dir, index).ok_or_else(altered)?;
        // The first of several with the same bytes is kept, as when one process meets them in their order.
        let (mut doubled, mut names) = (HashSet::new(), HashSet::new());
        for came in &block.came {
            if !seen.insert(came.doc_id.clone()) {
                doubled.insert(came.doc_id.as_str());
                names.insert(came.name.as_str());
            }
        }
        let finished = match doubled.is_empty() {
            true => Finished { shards: copied(dir, &block.finished.shards, out)?, ..block.finished },
            false => without(dir, index, out, &doubled, &names, &block.finished.counts)?,
        };
        for (key, value) in finished.counts {
            count(&mut counts, &key, value);
        }
        shards.extend(finished.shards);
        index += 1;
        progress.inc(1);
    }
    whole(parts, index)?;
    Ok(run.finish(counts, shards)?)
}

/// Refuses parts of which one has shards behind the last: then one before it is missing.
fn whole(parts: &Parts, shards: usize) -> Result<(), PrepareError> {
    match (shards..shards + parts.dirs.len()).find(|index| Block::exists(parts.of_piece(*index), *index)) {
        None => Ok(()),
        Some(_) => {
            let (path, reason) = (parts.of_piece(shards).to_path_buf(), format!("shard {shards} is not there: run this part again"));
            Err(PrepareError::File { path, reason })
        }
    }
}

fn copied(dir: &Path, shards: &[Shard], out: &Path) -> Result<Vec<Shard>, PrepareError> {
    let copy = |shard: &Shard| {
        let (from, to) = (dir.join(&shard.file), out.join(&shard.file));
        let mut file = File::open(&from).map_err(|error| PrepareError::File { path: from.clone(), reason: error.to_string() })?;
        let copied = AtomicFile::create(&to).and_then(|mut written| {
            io::copy(&mut file, &mut written)?;
            written.persist()?;
            Shard::of(&to, shard.rows)
        });
        match copied {
            Ok(found) if found == *shard => Ok(found),
            Ok(_) => Err(PrepareError::File { path: from, reason: "was changed after it was made: run this part again".into() }),
            Err(error) => Err(PrepareError::File { path: to, reason: error.to_string() }),
        }
    };
    shards.iter().map(copy).collect()
}

/// Writes a shard anew without the documents that came before it.
fn without(
    dir: &Path,
    index: usize,
    out: &Path,
    doubled: &HashSet<&str>,
    names: &HashSet<&str>,
    counted: &Counts,
) -> Result<Finished, PrepareError> {
    let kept = |doc_id: &str| !doubled.contains(doc_id);
    let documents: Vec<Document> = rows(dir, index)?;
    let failures: Vec<Failure> = rows(dir, index)?;
    let (failed, failures): (Vec<_>, Vec<_>) = failures.into_iter().partition(|failure| names.contains(failure.path.as_str()));
    let mut sections: HashMap<String, Vec<Section>> = grouped(rows(dir, index)?, |row: &Section| &row.doc_id);
    let mut dropped: HashMap<String, Vec<Dropped>> = grouped(rows(dir, index)?, |row: &Dropped| &row.doc_id);
    let mut pages: HashMap<String, Vec<Page>> = grouped(rows(dir, index)?, |row: &Page| &row.doc_id);
    let prepared: Vec<Prepared> = documents
        .into_iter()
        .filter(|document| kept(&document.doc_id))
        .map(|document| Prepared {
            sections: sections.remove(&document.doc_id).unwrap_or_default(),
            dropped: dropped.remove(&document.doc_id).unwrap_or_default(),
            pages: pages.remove(&document.doc_id).unwrap_or_default(),
            document,
        })
        .collect();
    // What is counted of the tables is counted again when they are written.
    let came_in = |name: &str| ["in", "failed", "skipped"].contains(&name) || name.starts_with("skipped: ");
    let mut counts: Counts = counted.iter().filter(|(name, _)| came_in(name)).map(|(name, count)| (name.clone(), *count)).collect();
    match counts.get_mut("failed") {
        Some(count) if *count > failed.len() as u64 => *count -= failed.len() as u64,
        _ => drop(counts.remove("failed")),
    }
    doubled.iter().for_each(|_| skip(&mut counts, DUPLICATE));
    Ok(write_shard(out, index, Format::Parquet, prepared, failures, counts)?)
}

/// The rows of a shard; none where it has no such table.
fn rows<R: Row>(dir: &Path, index: usize) -> Result<Vec<R>, TableError> {
    let path: PathBuf = dir.join(format!("{}-{index:05}.parquet", R::TABLE));
    if path.exists() { TableReader::open(&path)?.collect() } else { Ok(Vec::new()) }
}

fn grouped<R>(rows: Vec<R>, document: impl Fn(&R) -> &String) -> HashMap<String, Vec<R>> {
    let mut groups: HashMap<String, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(document(&row).clone()).or_default().push(row);
    }
    groups
}
