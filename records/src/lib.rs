//! The rows that pass between the crates, and the folder a run leaves behind.
//!
//! In: typed rows (documents, lines, sections, questions, answers, reports). Out: Parquet shards (zstd, plain Arrow types) that pandas,
//! polars and duckdb open as they are, with a `manifest.json` written last. No network and no model code lives here.
//!
//! Try it: `cargo test -p records`.

mod document;
mod failure;
mod label;
mod lock;
mod offset_map;
mod part;
mod question;
mod report;
mod run;
mod split;
mod table;
mod vector;
mod write;

pub use document::{Document, Dropped, Hints, Line, Link, Page, PageStart, Repair, Role, Section};
pub use failure::Failure;
pub use label::{Join, LineLabel, RawEdit};
pub use lock::FolderLock;
pub use offset_map::{OffsetMap, OffsetMapError, Segment};
pub use part::{Part, Parts};
pub use question::{Answer, Candidate, Candidates, Fact, Kind, Question, Style};
pub use report::{Brief, Citation, Report, Search, SourceText, Statement, Status, UserQuestion};
pub use run::{Counts, Manifest, RunError, RunFolder, Shard};
pub use split::Split;
pub use table::{Row, TableError, TableReader, TableWriter, fields, read_table, shards};
pub use vector::Vector;
pub use write::{AtomicFile, write_atomically};

/// Version of every table layout in this crate; a file of an older version stays readable (see `tests/formats`).
pub const SCHEMA_VERSION: u32 = 4;
