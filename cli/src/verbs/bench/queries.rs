//! `tandem bench queries`: how long queries to an index take.

use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use backbone::DeviceChoice;
use records::Counts;
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

/// What queries took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Queried {
    /// Seconds until the index and the model were open.
    pub open_seconds: f64,
    /// Keywords and vectors.
    pub first_stage: Times,
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
    let timed = |search: &dyn Fn(&str) -> Result<()>| -> Result<Times> {
        let mut times = Vec::with_capacity(queries.len());
        for query in &queries {
            let started = Instant::now();
            search(query)?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(Times::of(&times))
    };
    let queried = Queried {
        open_seconds,
        first_stage: timed(&|query| Ok(first_stage.search(&index, query, HITS).map(drop)?))?,
        reranked: timed(&|query| Ok(answerer.reranked(&index, query, HITS).map(drop)?))?,
        memory: eval::memory::peak(),
    };
    let line = |name: &str, times: &Times| format!("{name:<12} {:8.1} {:8.1} {:8.1}\n", times.p50, times.p99, times.first);
    let text = format!("{:<12} {:>8} {:>8} {:>8}\n", "milliseconds", "p50", "p99", "first")
        + &line("first stage", &queried.first_stage)
        + &line("reranked", &queried.reranked);
    let counts = Counts::from([("queries".to_owned(), queries.len() as u64)]);
    Ok(Outcome { text, told: true, detail: serde_json::to_value(queried)?, ..Outcome::of("bench", counts) })
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
