//! The inverted file of the words. LanceDB's search over it is asked directly: through a query of the table a plan would be made, optimised and run
//! for every question, and the keys of what was found read from the table, which takes longer than the search.

use std::sync::Arc;

use lance::Dataset;
use lance::index::{DatasetIndexExt as _, DatasetIndexInternalExt as _};
use lance::{Error, Result};
use lance_index::metrics::NoOpMetricsCollector;
use lance_index::prefilter::NoFilter;
use lance_index::scalar::inverted::InvertedIndex;
use lance_index::scalar::inverted::query::{FtsSearchParams, Operator, collect_query_tokens};

use super::table::BODY;

/// The full-text index of the table, open.
pub(super) struct Words(InvertedIndex);

impl Words {
    /// Opens it; the lists of its words are read when they are searched for.
    pub async fn open(dataset: &Dataset) -> Result<Self> {
        let body = dataset.schema().field(BODY).map(|field| field.id);
        let indices = dataset.load_indices().await?;
        let own: Vec<_> = indices.iter().filter(|index| body.is_some_and(|body| index.fields == [body])).collect();
        let [only] = own.as_slice() else {
            return Err(Error::invalid_input(format!("{} full-text indices instead of one", own.len())));
        };
        let index = dataset.open_scalar_index(BODY, &only.uuid, &NoOpMetricsCollector).await?;
        let inverted = index.as_any().downcast_ref::<InvertedIndex>();
        inverted.cloned().map(Self).ok_or_else(|| Error::invalid_input("the index of the words is of another kind"))
    }

    /// The `k` best rows for the words of a text, by their addresses, with their BM25 scores.
    pub async fn search(&self, text: &str, k: usize) -> Result<Vec<(u64, f32)>> {
        let tokens = Arc::new(collect_query_tokens(text, &mut self.0.tokenizer()));
        let limit = Arc::new(FtsSearchParams::new().with_limit(Some(k)));
        let metrics = Arc::new(NoOpMetricsCollector);
        let (rows, scores) = self.0.bm25_search(tokens, limit, Operator::Or, Arc::new(NoFilter), metrics, None).await?;
        Ok(rows.into_iter().zip(scores).collect())
    }
}
