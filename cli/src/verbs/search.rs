//! `tandem search`: hits for a file of queries.

use anyhow::Result;

use crate::args::Search;
use crate::outcome::Outcome;

#[cfg(not(feature = "lance"))]
pub fn run(_: &Search) -> Result<Outcome> {
    super::without_lance("search")
}

#[cfg(feature = "lance")]
pub fn run(args: &Search) -> Result<Outcome> {
    use retrieve_model::report::escape::terminal;
    use retrieve_model::report::{Found, search_file};

    use crate::places::{Input, apart};

    let inputs = [Input::of("--queries", &args.queries), Input::of("--index", &args.index)];
    apart(&args.out, inputs.into_iter().chain(Input::maybe("--model", args.model.as_deref())))?;
    let (index, answerer) = super::ask::open(&args.index, args.model.as_deref(), args.device)?;
    let search = |query: &str, k: usize| {
        let hits = answerer.search(&index, query, k).map_err(|error| error.to_string())?;
        let found = |hit: retrieve_model::inference::Hit| {
            let records::Section { path, section, .. } = hit.passage.section;
            Found { doc: path, section, score: hit.score }
        };
        Ok(hits.into_iter().map(found).collect())
    };
    let progress = crate::progress::Progress::new("search");
    let searched = search_file(&args.queries, &args.out, args.k, &search, progress.bar())?;
    let text = searched.failures.iter().take(20).map(|failure| terminal(&format!("{}: {}", failure.path, failure.reason)) + "\n").collect();
    Ok(Outcome { text, ..Outcome::of("search", searched.counts).open(&args.out) })
}
