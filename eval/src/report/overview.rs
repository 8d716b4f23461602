//! One short table over several suites, rendered from the digests of their runs between two marks of a Markdown page, so that nobody types a number.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use retrieve_model::report::escape::markdown as text;

use super::digest::{Digest, DigestLine};
use crate::EvalError;
use crate::statistics::{Difference, Estimate};

/// The lines of a page between which the table stands.
pub const MARKS: [&str; 2] = ["<!-- results: rendered by `just readme-table` -->", "<!-- end of results -->"];

/// Digits of a hash that name a model.
const DIGITS: usize = 8;

/// The table over some suites. Suites where ours did not take part are left out.
#[must_use]
pub fn overview(digests: &[Digest]) -> String {
    let mut out = String::from("| suite | scored | measure | tandem | workflow | difference | |\n|---|--:|---|--:|--:|--:|---|\n");
    let shown: Vec<&Digest> = digests.iter().filter(|digest| digest.systems.first().is_some_and(|name| name == "tandem")).collect();
    for digest in &shown {
        let scored = digest.counts.get("scored").copied().unwrap_or_default();
        // Measures of tasks differ in finer steps than shares of questions.
        let digits = if digest.kind.asks_questions() { 3 } else { 4 };
        for (place, (line, at)) in digest.headlines().into_iter().enumerate() {
            let (suite, scored) = if place == 0 { (text(&digest.suite), scored.to_string()) } else { Default::default() };
            let _ = writeln!(out, "| {suite} | {scored} | {} | {}", title(line, &digest.systems[at]), cells(line, at, digits));
        }
    }
    let all = |of: &dyn Fn(&Digest) -> Vec<String>| {
        shown.iter().flat_map(|digest| of(digest)).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
    };
    let short = |hash: &String| hash.chars().take(DIGITS).collect::<String>();
    let models = all(&|digest| digest.models.iter().map(|(name, hash)| format!("{name} `{}`", short(hash))).collect());
    let commits = all(&|digest| vec![format!("`{}`", digest.commit)]);
    let resamples = all(&|digest| vec![digest.resamples.to_string()]);
    let _ = writeln!(
        out,
        "\nDifferences with 95 % intervals by {resamples} paired resamples; significant after Holm's correction for all measures of the suite's table. Less is better where the \
         measure says so.\nWhat answers are worth is held against the workflow that was tuned for that score. Models: {models}; built from {commits}."
    );
    out
}

fn title(line: &DigestLine, against: &str) -> String {
    let less = if line.more_is_better { "" } else { " (less is better)" };
    let other = if against == "workflow" { String::new() } else { format!(" (against the {})", text(against)) };
    format!("{}{less}{other}", line.title)
}

fn cells(line: &DigestLine, at: usize, digits: usize) -> String {
    let value =
        |estimate: Option<&Option<Estimate>>| estimate.copied().flatten().map_or("—".into(), |one| format!("{:.digits$}", one.value));
    let difference = line.differences.get(at - 1).copied().flatten();
    let interval = |one: Difference| format!("{:+.digits$} [{:+.digits$}, {:+.digits$}]", one.value, one.low, one.high);
    let verdict = |one: Difference| match (one.significant, (one.value > 0.0) == line.more_is_better) {
        (false, _) => "not significant",
        (true, true) => "**better**",
        (true, false) => "**worse**",
    };
    let (gap, word) = difference.map_or(("—".into(), ""), |one| (interval(one), verdict(one)));
    format!("{} | {} | {gap} | {word} |", value(line.estimates.first()), value(line.estimates.get(at)))
}

/// Puts the table of the digests in `runs` between the marks of a page.
///
/// # Errors
/// If there is no digest, the page has no marks, or the disk refuses.
pub fn render_overview(runs: &Path, page: &Path) -> Result<usize, EvalError> {
    let digests = Digest::read_all(runs)?;
    let old = std::fs::read_to_string(page).map_err(EvalError::io(page))?;
    let new = between(&old, &overview(&digests)).ok_or_else(|| {
        EvalError::input(
            page,
            format!("has no place for the table: write the lines {:?} and {:?} where it is to stand", MARKS[0], MARKS[1]),
        )
    })?;
    records::write_atomically(page, new.as_bytes()).map_err(EvalError::io(page))?;
    Ok(digests.len())
}

/// A page with another text between its marks.
fn between(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}\n\n{table}\n{}{after}", MARKS[0], MARKS[1]))
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::row;
    use super::super::{groups, results::tests::results};
    use super::*;

    fn digest() -> Digest {
        let mut rows = Vec::new();
        for number in 0..60 {
            let id = format!("q{number}");
            rows.push(row(&id, "tandem", "12 euros", 0.9));
            rows.push(row(&id, "workflow", if number < 10 { "12 euros" } else { "13" }, 0.9));
        }
        let mut results = results();
        results.counts = [("scored".to_owned(), 60)].into();
        results.groups = groups(&rows, &["tandem".into(), "workflow".into()], 2_000, 1);
        Digest::of_results(&results)
    }

    #[test]
    fn the_table_tells_what_is_better_and_what_is_not_significant() {
        let table = overview(&[digest()]);
        assert!(table.contains("| 60 | Exact match | 1.000 | 0.167 | +0.833 ["), "{table}");
        assert!(table.contains("**better**") && table.contains("Citation precision") && table.contains("not significant"), "{table}");
        assert!(table.contains("suite &lt;b&gt;") || table.contains("suite \\<b\\>"), "foreign text is escaped: {table}");
    }

    #[test]
    fn a_page_is_changed_between_its_marks_alone_and_rendering_again_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (runs, page) = (dir.path().join("runs/a"), dir.path().join("page.md"));
        std::fs::create_dir_all(&runs).unwrap();
        digest().write(&runs).unwrap();
        std::fs::write(&page, format!("# Head\n\n{}\nold\n{}\n\nTail\n", MARKS[0], MARKS[1])).unwrap();
        let render = || {
            render_overview(&dir.path().join("runs"), &page).unwrap();
            std::fs::read_to_string(&page).unwrap()
        };
        let first = render();
        assert!(first.starts_with("# Head\n") && first.ends_with("\n\nTail\n") && !first.contains("old") && first.contains("Exact match"));
        assert_eq!(render(), first);
        std::fs::write(&page, "no marks").unwrap();
        assert!(render_overview(&dir.path().join("runs"), &page).unwrap_err().to_string().contains("end of results"));
    }

    #[test]
    fn the_readme_shows_the_committed_digests_and_nothing_typed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let digests = Digest::read_all(&root.join("expected/digests")).unwrap();
        let readme = std::fs::read_to_string(root.join("../README.md")).unwrap();
        assert_eq!(between(&readme, &overview(&digests)).unwrap(), readme, "render it again: just readme-table");
    }
}
