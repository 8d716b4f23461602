//! The index of a corpus: prepared sections in one LanceDB table with a full-text and a vector search.
//!
//! In: a folder of sections (`tandem prep`) and a function that makes their vectors. Out: a folder that [`Index::open`] searches from any
//! thread. The folder can always be built again from the sections and never has to be kept: a broken, unfinished or older one is an error
//! that says so. Nothing outside this room knows LanceDB.
//!
//! Not for: changing a corpus in place. A new set of sections is a new index.
//!
//! Try it: `tandem index --sections data/runs/prep --out data/index/mine`.

mod build;
mod bytes;
mod check;
mod document;
mod error;
mod folder;
mod holds;
#[cfg(test)]
mod measure;
mod parts;
mod rows;
mod search;
mod table;
mod terms;
mod vectors;
mod words;

#[cfg(test)]
mod around;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use lancedb::{ObjectStoreRegistry, Session, Table};
use tokio::runtime::{Builder, Runtime};

pub use build::{BuildOptions, Built, Embed, build};
pub use check::Problem;
pub use error::IndexError;
pub use folder::{Card, LAYOUT};
pub use parts::{Workers, build_elsewhere, embed_part, embed_shard, merge_index};
use rows::Rows;
pub use table::body;
pub use terms::Statistics;
use vectors::Vectors;
use words::Words;

/// An open index. Searches may run on several threads at once.
pub struct Index {
    dir: PathBuf,
    card: Card,
    statistics: Statistics,
    /// None where the corpus is empty.
    store: Option<Arc<Store>>,
    /// Vectors of a small index, once one was searched for.
    held: OnceLock<Vectors>,
    reading: Mutex<()>,
    runtime: Runtime,
}

/// Bytes of the lists of words and vectors that stay in memory between queries; LanceDB's own limit of 6 GiB is none for most machines.
const LISTS_BYTES: usize = 256 << 20;
/// Bytes of what is known of the table's files.
const FILES_BYTES: usize = 64 << 20;

/// The table, and the ways into it that stay open from query to query.
struct Store {
    table: Table,
    rows: Rows,
    words: Words,
}

impl Store {
    async fn open(dir: &Path) -> lancedb::Result<Self> {
        let session = Arc::new(Session::new(LISTS_BYTES, FILES_BYTES, Arc::new(ObjectStoreRegistry::default())));
        let database = lancedb::connect(&dir.to_string_lossy()).session(session).execute().await?;
        let table = database.open_table(folder::TABLE).execute().await?;
        let local = || lancedb::Error::Schema { message: "the table is not on this machine".into() };
        let dataset = table.dataset().ok_or_else(local)?.get().await?;
        let (words, rows) = (Words::open(&dataset).await?, Rows::new(dataset)?);
        Ok(Self { table, rows, words })
    }
}

impl Index {
    /// Opens the index that [`build`] made in `dir`.
    ///
    /// # Errors
    /// If there is none, it is unfinished, being built, damaged, of another layout or of sections that have changed since; the message names
    /// the folder and the remedy.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let (card, _) = folder::open(dir)?;
        folder::fresh(dir, &card)?;
        let broken = |error: &dyn std::fmt::Display| IndexError::database(dir, &error);
        let statistics = Statistics::read(dir, card.rows, card.terms).map_err(|error| broken(&error))?;
        let runtime = runtime(dir)?;
        let mut store = None;
        if card.rows > 0 {
            store = Some(Arc::new(runtime.block_on(Store::open(dir)).map_err(|error| broken(&error))?));
        }
        Ok(Self { dir: dir.to_path_buf(), card, statistics, store, held: OnceLock::new(), reading: Mutex::new(()), runtime })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the index was made from and how large it is.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Whether its vectors are those that a model makes.
    #[must_use]
    pub fn fits(&self, answerer: &crate::inference::Answerer) -> bool {
        self.card.embedding == answerer.embedding()
    }

    /// Document frequencies over its sections.
    #[must_use]
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}

/// The threads that LanceDB's calls run on: two, since most of a query waits for the next step of another.
fn runtime(dir: &Path) -> Result<Runtime, IndexError> {
    Builder::new_multi_thread().worker_threads(2).thread_name("index").enable_all().build().map_err(IndexError::io(dir))
}
