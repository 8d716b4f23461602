//! From a folder of sections to an index: the sections are streamed through the model a batch at a time into one LanceDB table, which then
//! gets its full-text index and, if it is large, its vector index.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use indicatif::ProgressBar;
use lancedb::index::Index as Kind;
use lancedb::index::scalar::FtsIndexBuilder;
use lancedb::index::vector::IvfSqIndexBuilder;
use lancedb::table::{CompactionOptions, Duration, OptimizeAction};
use lancedb::{DistanceType, Table};
use records::{Counts, Manifest, Section, Shard};
use tokio::runtime::Runtime;

use super::folder::{self, Card, Folder, Found, Inputs, LAYOUT};
use super::terms::Statistics;
use super::{IndexError, bytes, table, vectors};

/// Vectors of a batch of sections, one each, all of one length; empty vectors make an index of words alone.
pub type Embed<'a> = &'a dyn Fn(&[Section]) -> Vec<Vec<f32>>;

/// How an index is built.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// What makes the vectors: the hash of the model, or a name. Another one makes another index.
    pub embedding: String,
    /// Sections embedded and written together.
    pub batch: usize,
    /// Up to this many sections vectors are compared one by one, which is exact; above, through an inverted file of √n lists.
    pub exact_up_to: u64,
    /// Memory the full-text index may take while it is built, in MiB.
    pub memory: u64,
}

impl BuildOptions {
    /// The usual way, for vectors of `embedding`.
    #[must_use]
    pub fn of(embedding: impl Into<String>) -> Self {
        Self { embedding: embedding.into(), batch: 256, exact_up_to: 1_000_000, memory: 512 }
    }
}

/// What a build did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// What the folder holds.
    pub card: Card,
    /// `in` = `out` + `skipped`; `without_vector` of `out` are found by their words only.
    pub counts: Counts,
    /// Whether it was there already.
    pub unchanged: bool,
}

/// Builds the index of the sections in `sections` into `out`. An index of the same sections and model is left as it is; any other index in
/// the folder, finished or not, is removed first.
///
/// # Errors
/// If the sections are not there, unfinished or altered, another build is going on, the folder holds something else, the vectors do not fit together, or the disk refuses.
pub fn build(sections: &Path, out: &Path, embed: Embed<'_>, options: &BuildOptions, progress: &ProgressBar) -> Result<Built, IndexError> {
    let manifest = records::RunFolder::manifest(sections)?;
    unaltered(sections, &manifest)?;
    let inputs = Inputs { layout: LAYOUT, sections_manifest: folder::manifest_hash(sections)?, embedding: options.embedding.clone() };
    let folder = match folder::take(out, &inputs)? {
        Found::Finished(card, counts) => return Ok(Built { card, counts, unchanged: true }),
        Found::Empty(folder) => folder,
    };
    let rows = manifest.shards.iter().filter(|shard| shard.file.starts_with("sections")).map(|shard| shard.rows).sum();
    progress.set_position(0);
    progress.set_length(rows);
    let runtime = super::runtime(out)?;
    let mut filled = fill(&folder, sections, embed, options, &runtime, progress)?;
    let (rows, dimensions) = (filled.statistics.sections, filled.dimensions);
    let vector_index = dimensions > 0 && (rows > options.exact_up_to || !vectors::fit(rows, dimensions));
    if let Some(table) = filled.table.take() {
        progress.set_message("indexing words");
        runtime.block_on(make_indices(&table, vector_index, options)).map_err(|error| IndexError::database(out, &error))?;
    }
    let card = Card {
        layout: LAYOUT,
        sections_manifest: inputs.sections_manifest,
        sections: std::fs::canonicalize(sections).unwrap_or_default(),
        embedding: inputs.embedding,
        dimensions: filled.dimensions,
        rows: filled.statistics.sections,
        terms: filled.statistics.terms,
        vector_index,
    };
    let mut beside = vec![filled.statistics.write(out)?];
    if let Some(bytes) = filled.bytes {
        beside.push(bytes.finish().map_err(IndexError::io(out))?);
    }
    folder.finish(&card, filled.counts.clone(), beside)?;
    Ok(Built { card, counts: filled.counts, unchanged: false })
}

/// Checks that the sections are those of their manifest, by their bytes.
pub(super) fn unaltered(sections: &Path, manifest: &Manifest) -> Result<(), IndexError> {
    for shard in manifest.shards.iter().filter(|shard| shard.file.starts_with("sections")) {
        let path = sections.join(&shard.file);
        if Shard::of(&path, shard.rows).map_err(IndexError::io(&path))? != *shard {
            return Err(IndexError::Altered { path });
        }
    }
    Ok(())
}

/// A table without its indices.
struct Filled {
    /// None where there was no section.
    table: Option<Table>,
    /// None where there are no vectors.
    bytes: Option<bytes::Writer>,
    dimensions: usize,
    statistics: Statistics,
    counts: Counts,
}

/// Batches from the thread that embeds to the one that writes.
struct Batches {
    schema: SchemaRef,
    receiver: Receiver<Result<RecordBatch, ArrowError>>,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.receiver.recv().ok()
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

type Writing = tokio::task::JoinHandle<lancedb::Result<Table>>;

/// Starts writing the table on the runtime; batches follow through the sender, a few at most waiting.
fn start(folder: &Folder, dimensions: usize, runtime: &Runtime) -> (SyncSender<Result<RecordBatch, ArrowError>>, Writing) {
    let (sender, receiver) = sync_channel(2);
    let reader: Box<dyn RecordBatchReader + Send> = Box::new(Batches { schema: table::schema(dimensions), receiver });
    let dir = folder.dir.to_string_lossy().into_owned();
    let writing = runtime.spawn(async move { lancedb::connect(&dir).execute().await?.create_table(folder::TABLE, reader).execute().await });
    (sender, writing)
}

/// Reads, embeds and writes every section.
fn fill(
    folder: &Folder,
    sections: &Path,
    embed: Embed<'_>,
    options: &BuildOptions,
    runtime: &Runtime,
    progress: &ProgressBar,
) -> Result<Filled, IndexError> {
    let mut filled = Filled { table: None, bytes: None, dimensions: 0, statistics: Statistics::default(), counts: Counts::new() };
    let mut writer = None;
    let mut rows = records::read_table::<Section>(sections)?;
    // What went wrong here is told after the writer has stopped; dropping the sender without an error would commit half a table.
    let mut outcome = Ok(());
    loop {
        let batch = match next_batch(&mut rows, options.batch, &mut filled.counts) {
            Ok(batch) if batch.is_empty() => break,
            Ok(batch) => batch,
            Err(error) => {
                outcome = Err(error);
                break;
            }
        };
        match rows_of(&batch, embed, &mut filled, writer.is_none().then_some(&folder.dir)) {
            Ok(rows) => {
                let (sender, _) = writer.get_or_insert_with(|| start(folder, filled.dimensions, runtime));
                if sender.send(Ok(rows)).is_err() {
                    break;
                }
            }
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
        progress.inc(batch.len() as u64);
    }
    let Some((sender, writing)) = writer else { return outcome.and_then(|()| complete(filled, &folder.dir)) };
    if outcome.is_err() {
        let _ = sender.send(Err(ArrowError::ComputeError("the build was stopped".into())));
    }
    drop(sender);
    let written = runtime.block_on(writing);
    outcome?;
    let table = written.map_err(|error| IndexError::database(&folder.dir, &error))?;
    filled.table = Some(table.map_err(|error| IndexError::database(&folder.dir, &error))?);
    complete(filled, &folder.dir)
}

/// Checks in = out + skipped, which only a writer that stopped early can break.
fn complete(mut filled: Filled, dir: &Path) -> Result<Filled, IndexError> {
    let rows = filled.statistics.sections;
    filled.counts.insert("out".into(), rows);
    for name in ["in", "skipped", "without_vector"] {
        filled.counts.entry(name.into()).or_default();
    }
    if filled.counts["in"] != rows + filled.counts["skipped"] {
        return Err(IndexError::Broken { dir: dir.to_path_buf(), reason: "the table took fewer sections than it was given".into() });
    }
    Ok(filled)
}

/// The next sections that hold a word.
pub(super) fn next_batch(
    rows: &mut dyn Iterator<Item = Result<Section, records::TableError>>,
    size: usize,
    counts: &mut Counts,
) -> Result<Vec<Section>, IndexError> {
    let mut batch = Vec::with_capacity(size);
    while batch.len() < size.max(1) {
        let Some(section) = rows.next().transpose()? else { break };
        *counts.entry("in".into()).or_default() += 1;
        if section.text.trim().is_empty() {
            *counts.entry("skipped".into()).or_default() += 1;
        } else {
            batch.push(section);
        }
    }
    Ok(batch)
}

/// Embeds and counts a batch. The first one decides how long a vector is; it names the folder.
fn rows_of(batch: &[Section], embed: Embed<'_>, filled: &mut Filled, first: Option<&PathBuf>) -> Result<RecordBatch, IndexError> {
    let vectors = embed(batch);
    if vectors.len() != batch.len() {
        return Err(IndexError::Vectors { reason: format!("{} for {} sections", vectors.len(), batch.len()) });
    }
    if let Some(dir) = first {
        filled.dimensions = vectors.first().map_or(0, Vec::len);
        if filled.dimensions > 0 {
            filled.bytes = Some(bytes::Writer::create(dir).map_err(IndexError::io(dir))?);
        }
    }
    if let Some(other) = vectors.iter().find(|vector| vector.len() != filled.dimensions) {
        return Err(IndexError::Vectors { reason: format!("one of {} numbers among those of {}", other.len(), filled.dimensions) });
    }
    if let Some(bytes) = &mut filled.bytes {
        bytes.push(&vectors).map_err(IndexError::io(&bytes.path))?;
    }
    let without = vectors.iter().filter(|vector| !table::is_usable(vector)).count() as u64;
    *filled.counts.entry("without_vector".into()).or_default() += without;
    let bodies: Vec<String> = batch.iter().map(|section| text::matching_text(&table::body(section)).into_owned()).collect();
    let key = filled.statistics.sections;
    bodies.iter().for_each(|body| filled.statistics.count(text::terms(body)));
    table::encode(key, batch, &bodies, &vectors, filled.dimensions).map_err(|error| IndexError::Vectors { reason: error.to_string() })
}

/// Full text always, vectors where there are many; then what the way here left behind is merged and dropped.
async fn make_indices(table: &Table, vectors: bool, options: &BuildOptions) -> lancedb::Result<()> {
    // The write makes files of a million rows; a compaction has work only where a batch was cut short, and then with bounded means.
    let compaction =
        CompactionOptions { num_threads: Some(1), batch_size: Some(1_024), max_source_rows: Some(10_000_000), ..Default::default() };
    table.optimize(OptimizeAction::Compact { options: compaction, remap_options: None }).await?;
    // One worker: several would cut the corpus into parts by chance, and equal scores would then come in another order.
    let words =
        FtsIndexBuilder::default().stem(true).remove_stop_words(true).with_position(false).num_workers(1).memory_limit_mb(options.memory);
    table.create_index(&[table::BODY], Kind::FTS(words)).replace(true).execute().await?;
    if vectors {
        let rows = table.count_rows(None).await?;
        let lists = IvfSqIndexBuilder::default().distance_type(DistanceType::Cosine).num_partitions(rows.isqrt() as u32);
        table.create_index(&[table::VECTOR], Kind::IvfSq(lists)).replace(true).execute().await?;
    }
    let older_than = Some(Duration::zero());
    table.optimize(OptimizeAction::Prune { older_than, delete_unverified: Some(true), error_if_tagged_old_versions: None }).await?;
    Ok(())
}
