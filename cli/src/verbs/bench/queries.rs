//! `tandem bench queries`: how long queries to an index take.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use backbone::DeviceChoice;
use records::Counts;
use retrieve_model::index::Index;
use retrieve_model::inference::Answerer;
use retrieve_model::report::Questions;
use serde::{Deserialize, Serialize};

use crate::args::Queries;
use crate::asked::Asked;
use crate::outcome::Outcome;

/// Hits that a query asks for.
const HITS: usize = 10;

/// Milliseconds of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Half of the queries are answered by then.
    pub p50: f64,
    /// Ninety-nine of a hundred.
    pub p99: f64,
    /// The very first, for which nothing was in memory yet.
    pub first: f64,
}

/// The first stage in its parts, each timed alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// The question's vector.
    pub question: Times,
    /// The best sections by BM25.
    pub words: Times,
    /// The nearest sections.
    pub vectors: Times,
    /// Reading what both found.
    pub sections: Times,
}

/// What queries took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Queried {
    /// Seconds until the index and the model were open.
    pub open_seconds: f64,
    /// Keywords and vectors.
    pub first_stage: Times,
    /// Where its time goes.
    #[serde(default)]
    pub parts: Parts,
    /// The same, and what was found compared with the query and read beside it: what `tandem search` gives.
    pub reranked: Times,
    /// Bytes of memory at most.
    pub memory: Option<u64>,
}

pub fn run(args: &Queries) -> Result<Outcome> {
    let mut queries = Vec::new();
    for query in Questions::open(&args.queries)? {
        queries.push(query.map_err(|failure| anyhow!("{}: {}", failure.path, failure.reason))?.question);
    }
    if queries.is_empty() {
        bail!("{}: holds no query: name a file with one at least", args.queries.display());
    }
    let started = Instant::now();
    let (index, answerer) =
        Asked::find(args.place.index.as_deref(), args.place.library.as_deref())?.open(args.model.as_deref(), DeviceChoice::Cpu)?;
    let open_seconds = started.elapsed().as_secs_f64();
    let mut first_stage = answerer.clone();
    first_stage.config.search.compared = 0;
    // Before the parts, so that its first query is the one that finds nothing in memory.
    let first = timed(&queries, |query| Ok(first_stage.search(&index, query, HITS).map(drop)?))?;
    let parts = parts(&index, &first_stage, &queries)?;
    let reranked = if args.first_stage_only {
        Times::default()
    } else {
        timed(&queries, |query| Ok(answerer.reranked(&index, query, HITS).map(drop)?))?
    };
    let queried = Queried { open_seconds, first_stage: first, parts, reranked, memory: eval::memory::peak() };
    if let Some(path) = &args.found {
        let lines = found(&index, &first_stage, &queries)?;
        records::write_atomically(path, lines.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    }
    let counts = Counts::from([("queries".to_owned(), queries.len() as u64)]);
    Ok(Outcome { text: queried.table(), told: true, detail: serde_json::to_value(queried)?, ..Outcome::of("bench", counts) })
}

/// Times of something done for each query.
fn timed(queries: &[String], mut work: impl FnMut(&str) -> Result<()>) -> Result<Times> {
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let started = Instant::now();
        work(query)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Times::of(&times))
}

/// Times the parts of the first stage, as many sections asked for as it asks for.
fn parts(index: &Index, answerer: &Answerer, queries: &[String]) -> Result<Parts> {
    let k = answerer.config.search.candidates.max(HITS);
    let (mut vectors, mut found) = (Vec::new(), HashMap::<&str, BTreeSet<u64>>::new());
    for query in queries {
        let vector = answerer.embed_question(query);
        let both = index.full_text(query, k)?.into_iter().chain(index.nearest(&vector, k)?);
        found.insert(query, both.map(|(key, _)| key).collect());
        vectors.push(vector);
    }
    let mut next = vectors.iter();
    Ok(Parts {
        question: timed(queries, |query| {
            let _ = answerer.embed_question(query);
            Ok(())
        })?,
        words: timed(queries, |query| Ok(index.full_text(query, k).map(drop)?))?,
        vectors: timed(queries, |_| Ok(next.next().map_or(Ok(()), |vector| index.nearest(vector, k).map(drop))?))?,
        sections: timed(queries, |query| {
            let keys: Vec<u64> = found[query].iter().copied().collect();
            Ok(index.passages(&keys).map(drop)?)
        })?,
    })
}

/// Every candidate of each query in its order, by key, score of the first stage and nothing that depends on time.
fn found(index: &Index, answerer: &Answerer, queries: &[String]) -> Result<String> {
    let mut lines = String::new();
    for query in queries {
        let hits = answerer.search(index, query, answerer.config.search.candidates)?;
        let hits: Vec<(u64, f32)> = hits.into_iter().map(|hit| (hit.passage.key, hit.score)).collect();
        lines += &serde_json::json!({ "query": query, "hits": hits }).to_string();
        lines.push('\n');
    }
    Ok(lines)
}

impl Queried {
    /// A line for each thing that was timed.
    fn table(&self) -> String {
        let Parts { question, words, vectors, sections } = self.parts;
        let lines = [
            ("first stage", self.first_stage),
            ("  question", question),
            ("  words", words),
            ("  vectors", vectors),
            ("  sections", sections),
            ("reranked", self.reranked),
        ];
        let mut table = format!("{:<12} {:>8} {:>8} {:>8}\n", "milliseconds", "p50", "p99", "first");
        for (name, times) in lines {
            let _ = writeln!(table, "{name:<12} {:8.1} {:8.1} {:8.1}", times.p50, times.p99, times.first);
        }
        table
    }
}

impl Times {
    /// Of the times of queries in their order, at least one.
    fn of(times: &[f64]) -> Self {
        let first = times.first().copied().unwrap_or_default();
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get(((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or_default();
        Self { p50: at(0.5), p99: at(0.99), first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_queries_took_no_longer() {
        let times: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(Times::of(&times), Times { p50: 100.0, p99: 198.0, first: 200.0 });
        assert_eq!(Times::of(&[3.0]), Times { p50: 3.0, p99: 3.0, first: 3.0 });
    }
}
