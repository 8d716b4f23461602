//! `tandem search`: hits for a file of queries, or with `--dropped` what the preparation left out.

use std::fmt::Write as _;
#[cfg(feature = "lance")]
use std::path::PathBuf;

use anyhow::{Result, bail};
use records::Counts;
use retrieve_model::report::escape::terminal;
use retrieve_model::report::{search_dropped, unaskable};

use crate::args::Search;
#[cfg(feature = "lance")]
use crate::asked::Asked;
use crate::outcome::Outcome;
#[cfg(feature = "lance")]
use crate::summary::{Summary, count};

pub fn run(args: &Search) -> Result<Outcome> {
    match (&args.dropped, &args.queries, &args.out) {
        (Some(words), ..) => dropped(args, words),
        (None, Some(queries), Some(out)) => from_file(args, queries, out),
        _ => bail!("name the --queries to search for and the --out to write, or the words to look for with --dropped"),
    }
}

/// What was left out of the sections: nothing is written.
fn dropped(args: &Search, words: &str) -> Result<Outcome> {
    if let Some(reason) = unaskable(words) {
        bail!(reason);
    }
    if text::words(words).next().is_none() {
        bail!("--dropped has no word in it: name one at least");
    }
    #[cfg(feature = "lance")]
    let asked = if args.sections.is_none() { Some(Asked::find(args.place.index.as_deref(), args.place.library.as_deref())?) } else { None };
    #[cfg(feature = "lance")]
    let found = asked.as_ref().map(sections_of).transpose()?;
    #[cfg(not(feature = "lance"))]
    let found = None;
    let Some(sections) = args.sections.clone().or(found) else {
        bail!("this binary was built without LanceDB: name the folder that `tandem prep` made with --sections");
    };
    let (hits, all) = search_dropped(&sections, words, args.k)?;
    let mut text = String::new();
    for hit in &hits {
        let (doc, reason, words) = (terminal(&hit.doc), terminal(&hit.reason), terminal(&hit.text));
        let _ = writeln!(text, "{doc}, bytes {}-{}, {reason}\n  | {words}", hit.start, hit.end);
    }
    let _ = writeln!(text, "found     {} pieces with these words, of {all} that are in no section", hits.len());
    let counts = [("dropped", all), ("found", hits.len() as u64)].map(|(name, count)| (name.to_owned(), count));
    Ok(Outcome { text, told: true, detail: serde_json::to_value(&hits)?, ..Outcome::of("search", Counts::from(counts)) })
}

/// The folder of the sections that are asked.
#[cfg(feature = "lance")]
fn sections_of(asked: &Asked) -> Result<PathBuf> {
    let index = match asked {
        Asked::Index(index) => index,
        Asked::Library(_, held) => return Ok(held.generation.sections()),
    };
    let sections = retrieve_model::index::Index::open(index)?.card().sections.clone();
    if !sections.is_dir() {
        bail!("{}: the sections it was made from are no longer there: name them with --sections", index.display());
    }
    Ok(sections)
}

#[cfg(not(feature = "lance"))]
fn from_file(_: &Search, _: &std::path::Path, _: &std::path::Path) -> Result<Outcome> {
    super::without_lance("search")
}

#[cfg(feature = "lance")]
fn from_file(args: &Search, queries: &std::path::Path, out: &std::path::Path) -> Result<Outcome> {
    use retrieve_model::report::{Found, search_file};

    use crate::places::{Input, apart};

    let asked = Asked::find(args.place.index.as_deref(), args.place.library.as_deref())?;
    let place = asked.place();
    let inputs = [Input::of("--queries", queries), asked.input(&place)];
    apart(out, inputs.into_iter().chain(Input::maybe("--model", args.model.as_deref())))?;
    let (index, answerer) = asked.open(args.model.as_deref(), args.device)?;
    let search = |query: &str, k: usize| {
        let hits = answerer.reranked(&index, query, k).map_err(|error| error.to_string())?;
        let found = |hit: retrieve_model::inference::Hit| {
            let records::Section { path, section, .. } = hit.passage.section;
            Found { doc: path, section, score: hit.score }
        };
        Ok(hits.into_iter().map(found).collect())
    };
    let progress = crate::progress::Progress::new("search");
    let searched = search_file(queries, out, args.k, &search, progress.bar())?;
    let [read, answered, skipped, failed] = ["in", "out", "skipped", "failed"].map(|name| count(&searched.counts, name));
    let text = Summary {
        made: format!("hits for {answered} of {read} queries"),
        left_out: format!("{failed} failed, {skipped} skipped"),
        ..Summary::default()
    }
    .failing(searched.failures.iter().map(|failure| (&failure.path, &failure.reason)))
    .lies(out)
    .to_string();
    let detail = serde_json::json!({ "failures": searched.failures });
    Ok(Outcome { text, told: true, detail, ..Outcome::of("search", searched.counts).open(out) })
}
