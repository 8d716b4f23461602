//! A shard of prepared documents on disk: their rows in `documents`, `sections`, `dropped`, `pages` and `failures`, and what they count. `tandem prep` and
//! a library write the same tables.

use std::path::Path;

use records::{Counts, Document, Dropped, Failure, Page, Shard, TableError, TableWriter};
use serde::{Deserialize, Serialize};

use super::Prepared;
use super::output::{Format, write_dropped, write_sections};

/// A finished shard: its files and what they count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Numbers by name.
    pub counts: Counts,
    /// The files.
    pub shards: Vec<Shard>,
}

/// Writes shard `index` of the tables in `dir`. To `counts` are added `out`, `sections`, `repairs`, `dropped` with its reasons, `replaced`, `pages`.
///
/// # Errors
/// If the disk refuses.
pub fn write_shard(
    dir: &Path,
    index: usize,
    format: Format,
    prepared: Vec<Prepared>,
    failures: Vec<Failure>,
    mut counts: Counts,
) -> Result<Finished, TableError> {
    let sections = prepared.iter().flat_map(|done| &done.sections);
    counts.insert("out".into(), prepared.len() as u64);
    counts.insert("sections".into(), sections.clone().count() as u64);
    counts.insert("repairs".into(), sections.map(|section| section.repairs.len() as u64).sum());
    let mut documents = TableWriter::<Document>::create(dir, index)?;
    documents.extend(prepared.iter().map(|done| done.document.clone()))?;
    let mut shards = vec![documents.finish()?];
    let dropped: Vec<Dropped> = prepared.iter().flat_map(|done| done.dropped.iter().cloned()).collect();
    for dropped in &dropped {
        count(&mut counts, "dropped", 1);
        count(&mut counts, &format!("dropped: {}", dropped.reason), 1);
    }
    let replaced: u64 = prepared.iter().map(|done| u64::from(done.document.replaced)).sum();
    if replaced > 0 {
        count(&mut counts, "replaced", replaced);
    }
    shards.extend(write_dropped(dir, index, format, dropped)?);
    let pages: Vec<Page> = prepared.iter().flat_map(|done| done.pages.iter().cloned()).collect();
    if !pages.is_empty() {
        count(&mut counts, "pages", pages.len() as u64);
        let mut table = TableWriter::<Page>::create(dir, index)?;
        table.extend(pages)?;
        shards.push(table.finish()?);
    }
    shards.push(write_sections(dir, index, format, prepared)?);
    let mut table = TableWriter::<Failure>::create(dir, index)?;
    table.extend(failures)?;
    shards.push(table.finish()?);
    Ok(Finished { counts, shards })
}

pub(super) fn count(counts: &mut Counts, what: &str, number: u64) {
    *counts.entry(what.to_owned()).or_insert(0) += number;
}
