//! What a reader sees: tables, intervals, tests, cost, and every failure down to what was retrieved, quoted and answered. Pages are rendered
//! from the numbers and rows of a result folder and nothing else; a page can always be made again.

mod charts;
mod compare;
mod drill;
mod html;
mod markdown;
mod metric;
mod results;
mod rows;

use std::path::Path;

pub use compare::{cost, counted, groups};
pub use metric::{METRICS, Metric};
pub use results::{Cost, Counted, Group, Line, Results, Summary};
pub use rows::ResultRow;

use crate::EvalError;

/// Names of the files of a result folder.
pub const PAGES: [&str; 2] = ["comparison.html", "comparison.md"];
/// The numbers.
pub const NUMBERS: &str = "results.json";

/// Renders the pages of a result folder from its numbers and rows.
///
/// # Errors
/// If the folder holds no finished result, or the disk refuses.
pub fn render(dir: &Path) -> Result<(), EvalError> {
    let results = Results::read(dir)?;
    let rows = records::read_table::<ResultRow>(dir)?.collect::<Result<Vec<_>, _>>()?;
    let write = |name: &str, text: String| {
        let path = dir.join(name);
        records::write_atomically(&path, text.as_bytes()).map_err(EvalError::io(&path))
    };
    write(PAGES[0], html::page(&results, &rows))?;
    write(PAGES[1], markdown::page(&results, &rows))
}
