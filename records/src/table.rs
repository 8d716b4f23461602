//! A table on disk: Parquet shards `NAME-00000.parquet`, written beside and renamed when whole, read as a stream of rows.

use std::fs::{self, File};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_arrow::schema::{SchemaLike, TracingOptions};
use thiserror::Error;

use crate::run::Shard;
use crate::write::AtomicFile;
use crate::{Answer, Candidates, Document, Dropped, Failure, Line, LineLabel, Page, Question, Report, SCHEMA_VERSION, Section, Vector};

/// Rows held in memory before they are encoded.
const BATCH_ROWS: usize = 1_024;
/// Encoded bytes after which a row group is closed; bounds the memory of a writer.
const ROW_GROUP_BYTES: usize = 16 << 20;
/// Key of the layout's version in the file's metadata.
const VERSION_KEY: &str = "tandem_schema";

/// A row type with the name of its table.
pub trait Row: Serialize + DeserializeOwned {
    /// File stem of the table.
    const TABLE: &'static str;
}

macro_rules! tables {
    ($($row:ty => $name:literal),* $(,)?) => { $(impl Row for $row { const TABLE: &'static str = $name; })* };
}

tables! {
    Document => "documents",
    Dropped => "dropped",
    Line => "lines",
    Section => "sections",
    Page => "pages",
    Question => "questions",
    Answer => "answers",
    Candidates => "candidates",
    LineLabel => "line_labels",
    Report => "reports",
    Failure => "failures",
    Vector => "vectors",
}

/// A table could not be read or written.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl TableError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    fn format<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Format { path, reason: error.to_string() }
    }
}

/// The columns of rows of a type, as every table of this crate has them.
///
/// # Panics
/// If the type has no arrow layout: one with an enum that holds data.
#[must_use]
pub fn fields<R: Serialize + DeserializeOwned>() -> Vec<FieldRef> {
    let options = TracingOptions::default().enums_without_data_as_strings(true);
    Vec::<FieldRef>::from_type::<R>(options).expect("every row type of this crate has an arrow layout; a test writes each")
}

/// Writes rows beside their place and renames the file when finished; dropped before that, it leaves nothing.
pub struct TableWriter<R: Row> {
    path: PathBuf,
    fields: Vec<FieldRef>,
    writer: ArrowWriter<AtomicFile>,
    pending: Vec<R>,
    rows: u64,
}

impl<R: Row> TableWriter<R> {
    /// Opens shard `index` of the table in `dir`.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(dir: &Path, index: usize) -> Result<Self, TableError> {
        Self::create_file(&dir.join(format!("{}-{index:05}.parquet", R::TABLE)))
    }

    /// Opens a table file of any name.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create_file(path: &Path) -> Result<Self, TableError> {
        let fields = fields::<R>();
        let version = KeyValue::new(VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string());
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("3 is a zstd level")))
            .set_key_value_metadata(Some(vec![version]))
            .build();
        let file = AtomicFile::create(path).map_err(TableError::io(path))?;
        let schema = Arc::new(Schema::new(fields.clone()));
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(TableError::format(path))?;
        Ok(Self { path: path.to_path_buf(), fields, writer, pending: Vec::new(), rows: 0 })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// If a full batch cannot be written.
    pub fn push(&mut self, row: R) -> Result<(), TableError> {
        self.pending.push(row);
        if self.pending.len() >= BATCH_ROWS { self.encode() } else { Ok(()) }
    }

    /// Appends rows.
    ///
    /// # Errors
    /// If a full batch cannot be written.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = R>) -> Result<(), TableError> {
        rows.into_iter().try_for_each(|row| self.push(row))
    }

    fn encode(&mut self) -> Result<(), TableError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let batch = serde_arrow::to_record_batch(&self.fields, &self.pending).map_err(TableError::format(&self.path))?;
        self.rows += self.pending.len() as u64;
        self.pending.clear();
        self.writer.write(&batch).map_err(TableError::format(&self.path))?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES {
            self.writer.flush().map_err(TableError::format(&self.path))?;
        }
        Ok(())
    }

    /// Writes what is left, syncs the file and gives it its name.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(mut self) -> Result<Shard, TableError> {
        self.encode()?;
        let Self { path, writer, rows, .. } = self;
        let file = writer.into_inner().map_err(TableError::format(&path))?;
        file.persist().map_err(TableError::io(&path))?;
        Shard::of(&path, rows).map_err(TableError::io(&path))
    }
}

/// The rows of one Parquet file, a batch in memory at a time.
pub struct TableReader<R: Row> {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    rows: std::vec::IntoIter<R>,
    marker: PhantomData<R>,
}

impl<R: Row> TableReader<R> {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is missing, is no Parquet, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let file = File::open(path).map_err(TableError::io(path))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(TableError::format(path))?;
        let metadata = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
        let version = metadata.iter().find(|pair| pair.key == VERSION_KEY).and_then(|pair| pair.value.as_deref()?.parse::<u32>().ok());
        if let Some(version) = version.filter(|version| *version > SCHEMA_VERSION) {
            let reason = format!("layout version {version} is newer than {SCHEMA_VERSION}: update tandem, or make the file again");
            return Err(TableError::Format { path: path.to_path_buf(), reason });
        }
        let batches = builder.with_batch_size(BATCH_ROWS).build().map_err(TableError::format(path))?;
        Ok(Self { path: path.to_path_buf(), batches, rows: Vec::new().into_iter(), marker: PhantomData })
    }

    fn decode(&self, batch: &RecordBatch) -> Result<Vec<R>, TableError> {
        serde_arrow::from_record_batch(batch).map_err(|error| TableError::Format {
            path: self.path.clone(),
            reason: format!("not a {} table of this version ({error}): make it again", R::TABLE),
        })
    }
}

impl<R: Row> Iterator for TableReader<R> {
    type Item = Result<R, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(TableError::format(&self.path)(error))),
            };
            match self.decode(&batch) {
                Ok(rows) => self.rows = rows.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The shards of a table in a folder, in order.
///
/// # Errors
/// If the folder cannot be read.
pub fn shards<R: Row>(dir: &Path) -> Result<Vec<PathBuf>, TableError> {
    let prefix = format!("{}-", R::TABLE);
    let is_shard = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_suffix(".parquet").is_some_and(|stem| stem == R::TABLE || stem.starts_with(&prefix))
    };
    let entries = fs::read_dir(dir).map_err(TableError::io(dir))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_shard).collect();
    found.sort();
    Ok(found)
}

/// The rows of a whole table, shard after shard.
///
/// # Errors
/// If the folder cannot be read or holds no shard of this table; later, for each row that cannot be read.
pub fn read_table<R: Row + 'static>(dir: &Path) -> Result<Box<dyn Iterator<Item = Result<R, TableError>>>, TableError> {
    let files = shards::<R>(dir)?;
    if files.is_empty() {
        let reason = format!("holds no {} table", R::TABLE);
        return Err(TableError::Format { path: dir.to_path_buf(), reason });
    }
    let readers = files.into_iter().map(|path| TableReader::<R>::open(&path)).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(readers.into_iter().flatten()))
}
