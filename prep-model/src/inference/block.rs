//! What a run knows of a finished shard of documents until it is done: a small file beside the tables, written after them. The parts of a run
//! keep theirs, since their merging needs them.

use std::fs;
use std::path::{Path, PathBuf};

use records::Shard;
use serde::{Deserialize, Serialize};

use super::batch::PrepareError;
use super::shard::Finished;

/// A document that was read, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Came {
    /// Its name in the corpus.
    pub name: String,
    /// The hash of its bytes.
    pub doc_id: String,
}

/// A finished shard of documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Block {
    /// Its tables and what they count.
    #[serde(flatten)]
    pub finished: Finished,
    /// The documents whose bytes were not met before.
    pub came: Vec<Came>,
}

impl Block {
    /// What an earlier run left of a shard, if it is whole.
    pub fn finished(dir: &Path, index: usize) -> Option<Self> {
        let block: Self = serde_json::from_slice(&fs::read(file(dir, index)).ok()?).ok()?;
        let whole = |shard: &Shard| fs::metadata(dir.join(&shard.file)).is_ok_and(|file| file.len() == shard.bytes);
        block.finished.shards.iter().all(whole).then_some(block)
    }

    /// Says that a shard's tables are whole.
    pub fn write(&self, dir: &Path, index: usize) -> Result<(), PrepareError> {
        let path = file(dir, index);
        let json = serde_json::to_vec(self).expect("a block is plain data");
        records::write_atomically(&path, &json).map_err(|error| PrepareError::File { path, reason: error.to_string() })
    }

    /// Whether there is one, whole or not.
    pub fn exists(dir: &Path, index: usize) -> bool {
        file(dir, index).exists()
    }

    /// Forgets a shard when the manifest lists it.
    pub fn remove(dir: &Path, index: usize) {
        let _ = fs::remove_file(file(dir, index));
    }
}

fn file(dir: &Path, index: usize) -> PathBuf {
    dir.join(format!("shard-{index:05}.json"))
}
