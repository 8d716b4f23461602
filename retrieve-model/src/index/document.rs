//! A whole document out of the index, for showing what stands around a passage.

use futures::TryStreamExt as _;
use lancedb::query::{ExecutableQuery, QueryBase, Select};
use records::Section;

use super::{Index, IndexError, table};

impl Index {
    /// The sections of the document with these bytes (blake3, in hex), in their order; none where there is no such document.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn document(&self, doc_id: &str) -> Result<Vec<Section>, IndexError> {
        let is_hash = !doc_id.is_empty() && doc_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let Some(table) = self.store.as_ref().map(|store| &store.table).filter(|_| is_hash) else { return Ok(Vec::new()) };
        let query = table.query().only_if(format!("doc_id = '{doc_id}'")).select(Select::columns(&table::PASSAGE));
        let reading = async { query.execute().await?.try_collect::<Vec<_>>().await };
        let batches = self.runtime.block_on(reading).map_err(|error| IndexError::database(&self.dir, &error))?;
        let broken = |reason| IndexError::Broken { dir: self.dir.clone(), reason };
        let mut sections = Vec::new();
        for batch in &batches {
            sections.extend(table::decode(batch).map_err(broken)?);
        }
        sections.sort_by_key(|section| section.section);
        Ok(sections)
    }
}
