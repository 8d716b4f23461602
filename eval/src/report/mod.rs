//! What a reader sees: tables, intervals, tests, cost, and every failure down to what was retrieved, quoted and answered. Pages are rendered
//! from the numbers and rows of a result folder and nothing else; a page can always be made again.

mod charts;
mod compare;
mod curves;
mod digest;
mod drill;
mod html;
mod markdown;
mod metric;
mod overview;
mod results;
mod rows;
mod versus;
mod words;

use std::path::Path;

pub use compare::{correct_family, cost, counted, groups, lines};
pub use digest::{DIGEST, Digest, DigestLine};
pub use metric::{METRICS, Metric};
pub use overview::{MARKS, overview, render_overview};
pub use results::{Cost, Counted, Group, Line, Results, Summary};
pub use rows::{ResultRow, Unjudged};
pub use versus::{Versus, compare_runs};
pub use words::Verdict;

use crate::EvalError;

/// Names of the pages of a result folder.
pub const PAGES: [&str; 2] = ["comparison.html", "comparison.md"];
/// The numbers.
pub const NUMBERS: &str = "results.json";

/// Renders the pages of a result folder from its numbers and rows.
///
/// # Errors
/// If the folder holds no finished result, or the disk refuses.
pub fn render(dir: &Path) -> Result<Summary, EvalError> {
    let results = Results::read(dir)?;
    let rows = read_rows(dir)?;
    let mut unjudged = Vec::new();
    if !records::shards::<Unjudged>(dir)?.is_empty() {
        unjudged = records::read_table::<Unjudged>(dir)?.map(|row| row.map(|row| row.0)).collect::<Result<_, _>>()?;
    }
    write(dir, PAGES[0], &html::page(&results, &rows, &unjudged))?;
    write(dir, PAGES[1], &markdown::page(&results, &rows))?;
    Ok(results.summary(dir, &rows))
}

fn read_rows(dir: &Path) -> Result<Vec<ResultRow>, EvalError> {
    Ok(records::read_table::<ResultRow>(dir)?.collect::<Result<Vec<_>, _>>()?)
}

fn write(dir: &Path, name: &str, text: &str) -> Result<(), EvalError> {
    let path = dir.join(name);
    records::write_atomically(&path, text.as_bytes()).map_err(EvalError::io(&path))
}

/// Made-up rows and results for the tests of other rooms.
#[cfg(test)]
pub(crate) mod tests_support {
    pub(crate) use super::results::tests::results;
    pub(crate) use super::rows::tests::row;
}
