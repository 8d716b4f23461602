//! Rows by key. A key is a row's place in the table, so this is a look-up, not a search: the files stay open from query to query, and no plan is
//! made for a question.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use lance::Dataset;
use lance::dataset::fragment::{FragReadConfig, FragmentReader};
use lance::{Error, Result};
use tokio::sync::OnceCell;

use super::table::{PASSAGE, VECTOR};

/// Which columns are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// What gives a section back.
    Passage,
    /// The same and its vector.
    Whole,
    /// The vector alone.
    Vector,
}

/// A file of the table, in its order.
struct Part {
    /// Number of its fragment, the upper half of a row's address.
    fragment: u64,
    /// Key of its first row.
    first: u64,
    /// One a [`Columns`], opened by the first look-up that needs it.
    readers: [OnceCell<FragmentReader>; 3],
}

/// The rows of a table.
pub(super) struct Rows {
    parts: Vec<Part>,
    dataset: std::sync::Arc<Dataset>,
}

impl Rows {
    /// Nothing is read yet. A table whose rows were deleted or moved since it was written is refused: its keys would be those of other rows.
    pub fn new(dataset: std::sync::Arc<Dataset>) -> Result<Self> {
        let (mut parts, mut first) = (Vec::new(), 0);
        for fragment in dataset.fragments().iter() {
            let rows = fragment.physical_rows.filter(|_| fragment.deletion_file.is_none());
            let rows = rows.ok_or_else(|| Error::invalid_input(format!("fragment {} has no rows of its own", fragment.id)))?;
            parts.push(Part { fragment: fragment.id, first, readers: Default::default() });
            first += rows as u64;
        }
        if dataset.manifest().uses_stable_row_ids() {
            return Err(Error::invalid_input("rows are not named by their places"));
        }
        Ok(Self { parts, dataset })
    }

    /// The key of the row at an address, as an index names it.
    pub fn key(&self, address: u64) -> Result<u64> {
        let part = self.parts.iter().find(|part| part.fragment == address >> 32);
        let part = part.ok_or_else(|| Error::invalid_input(format!("no fragment {}", address >> 32)))?;
        Ok(part.first + (address & u64::from(u32::MAX)))
    }

    /// Columns of the rows of some keys, ascending and each once, in their order; none for no key.
    pub async fn take(&self, keys: &[u64], columns: Columns) -> Result<Option<RecordBatch>> {
        let mut batches = Vec::new();
        let mut rest = keys;
        while let Some(key) = rest.first() {
            let at = self.parts.partition_point(|part| part.first <= *key).saturating_sub(1);
            let end = self.parts.get(at + 1).map_or(u64::MAX, |next| next.first);
            let (own, others) = rest.split_at(rest.partition_point(|key| *key < end));
            let part = &self.parts[at];
            let offsets: Vec<u32> = own.iter().map(|key| (key - part.first) as u32).collect();
            batches.push(self.reader(part, columns).await?.take_as_batch(&offsets, None).await?);
            rest = others;
        }
        match batches.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            all => Ok(Some(concat_batches(&all[0].schema(), all)?)),
        }
    }

    async fn reader<'a>(&'a self, part: &'a Part, columns: Columns) -> Result<&'a FragmentReader> {
        part.readers[columns as usize]
            .get_or_try_init(|| async {
                let names: Vec<&str> = match columns {
                    Columns::Passage => PASSAGE.to_vec(),
                    Columns::Whole => PASSAGE.into_iter().chain([VECTOR]).collect(),
                    Columns::Vector => vec![VECTOR],
                };
                let missing = || Error::invalid_input(format!("no fragment {}", part.fragment));
                let fragment = self.dataset.get_fragment(part.fragment as usize).ok_or_else(missing)?;
                fragment.open(&self.dataset.schema().project(&names)?, FragReadConfig::default()).await
            })
            .await
    }
}
