//! The last look at a citation: read from the table once more, not from what the answerer held in memory.

use futures::TryStreamExt as _;
use lancedb::query::{ExecutableQuery, QueryBase, Select};
use records::{Citation, Section};

use super::{Index, table};

impl Index {
    /// Whether some section of the cited document says at the cited place what the citation quotes, with its repairs undone and white space
    /// collapsed.
    #[must_use]
    pub fn holds(&self, citation: &Citation) -> bool {
        let is_hash = !citation.doc_id.is_empty() && citation.doc_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash && self.runtime.block_on(self.sections_of(&citation.doc_id)).iter().any(|section| says(section, citation))
    }

    /// The sections of a document; none where they cannot be read, which refuses the citation.
    async fn sections_of(&self, doc_id: &str) -> Vec<Section> {
        let Some(table) = &self.table else { return Vec::new() };
        let query = table.query().only_if(format!("doc_id = '{doc_id}'")).select(Select::columns(&table::PASSAGE));
        let Ok(stream) = query.execute().await else { return Vec::new() };
        let batches: Vec<_> = stream.try_collect().await.unwrap_or_default();
        batches.iter().filter_map(|batch| table::decode(batch).ok()).flatten().map(|passage| passage.section).collect()
    }
}

fn says(section: &Section, citation: &Citation) -> bool {
    let Some(raw) = section.off_page(citation.page, citation.start..citation.end) else { return false };
    let Some(clean) = section.spans.clean_range(raw.clone()) else { return false };
    let (start, end) = (clean.start as usize, clean.end as usize);
    if section.path != citation.doc || section.text.get(start..end).is_none() {
        return false;
    }
    let reads = section.unrepaired(start..end);
    section.spans.raw_range(clean) == Some(raw) && reads.split_whitespace().eq(citation.quote.split_whitespace())
}
