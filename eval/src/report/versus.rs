//! Two runs of the same suite compared: what changed between them, for every system that stands in both, and which questions changed sides.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use records::{Counts, RunFolder, Shard};
use retrieve_model::report::escape::{html as escaped, markdown as plain};
use serde::Serialize;

use super::compare::{correct_family, lines};
use super::drill::Outcome;
use super::words::{certainty, estimate, interval};
use super::{Line, METRICS, ResultRow, Results, html, read_rows, write};
use crate::EvalError;
use crate::statistics::Draws;

/// Names of the pages.
const PAGES: [&str; 2] = ["versus.html", "versus.md"];
/// Questions named that changed sides, for each system and side.
const NAMED: usize = 40;

/// What changed between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Versus {
    /// The folders, first and second.
    pub runs: [PathBuf; 2],
    /// The suites' names, which may differ where someone compares what should not be compared.
    pub suites: [String; 2],
    /// Commits of the runs.
    pub commits: [String; 2],
    /// What changed for each system.
    pub systems: Vec<Change>,
    /// The page to open.
    pub page: PathBuf,
}

/// What changed for a system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Its name.
    pub system: String,
    /// Questions that both runs asked.
    pub questions: usize,
    /// Every metric in both runs; differences are the second run minus the first.
    pub lines: Vec<Line>,
    /// Questions whose outcome changed, worst first.
    pub moved: Vec<Moved>,
}

/// A question that ended otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// Its id.
    pub id: String,
    /// Its words.
    pub question: String,
    /// How it ended in both runs: `right`, `abstained`, `wrong`, `failed`.
    pub outcomes: [&'static str; 2],
    /// What was answered.
    pub answers: [String; 2],
}

/// Compares two result folders and writes the pages into `out`.
///
/// # Errors
/// If a folder holds no finished result, they share no question, or the disk refuses.
pub fn compare_runs(first: &Path, second: &Path, out: &Path) -> Result<Versus, EvalError> {
    let results = [Results::read(first)?, Results::read(second)?];
    let rows = [read_rows(first)?, read_rows(second)?];
    let run = RunFolder::open(out, "eval-versus", &(first, second, results.each_ref().map(|one| &one.commit)), results[0].suite.seed)?;
    let mut systems: Vec<Change> = Vec::new();
    for card in &results[0].systems {
        let pairs = pairs(&card.name, &rows);
        if !pairs.is_empty() {
            systems.push(change(&card.name, &pairs, results[0].resamples, results[0].suite.seed));
        }
    }
    if systems.is_empty() {
        return Err(EvalError::input(
            second,
            format!("shares no system and question with {}: compare two runs of one suite", first.display()),
        ));
    }
    correct_family(systems.iter_mut().flat_map(|change| &mut change.lines).flat_map(Line::differences_mut).collect());
    let versus = Versus {
        runs: [first.to_path_buf(), second.to_path_buf()],
        suites: results.each_ref().map(|one| one.suite.name.clone()),
        commits: results.each_ref().map(|one| one.commit.clone()),
        systems,
        page: out.join(PAGES[0]),
    };
    write(out, PAGES[0], &versus.page())?;
    write(out, PAGES[1], &versus.markdown())?;
    let shards = PAGES.map(|name| Shard::of(&out.join(name), 1).map_err(EvalError::io(&out.join(name))));
    run.finish(Counts::new(), shards.into_iter().collect::<Result<_, _>>()?)?;
    Ok(versus)
}

/// The rows of a system for the questions that both runs asked in the same words, in the first run's order.
fn pairs<'a>(system: &str, rows: &'a [Vec<ResultRow>; 2]) -> Vec<(&'a ResultRow, &'a ResultRow)> {
    let own = |rows: &'a Vec<ResultRow>| rows.iter().filter(|row| row.system == system).collect::<Vec<_>>();
    let second: HashMap<&str, &ResultRow> = own(&rows[1]).into_iter().map(|row| (row.question_id.as_str(), row)).collect();
    let pair = |row: &'a ResultRow| {
        let other = second.get(row.question_id.as_str()).filter(|other| other.question == row.question)?;
        Some((row, *other))
    };
    own(&rows[0]).into_iter().filter_map(pair).collect()
}

fn change(system: &str, pairs: &[(&ResultRow, &ResultRow)], resamples: usize, seed: u64) -> Change {
    // The second run comes first, so that a difference is what the change brought.
    let by_run = [pairs.iter().map(|pair| pair.1).collect(), pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()];
    let lines = lines(&by_run, &METRICS.map(|metric| metric.name), &Draws::new(pairs.len(), resamples, seed));
    let mut moved: Vec<(Outcome, &(&ResultRow, &ResultRow))> =
        pairs.iter().map(|pair| (Outcome::of(pair.1), pair)).filter(|(now, pair)| Outcome::of(pair.0) != *now).collect();
    moved.sort_by_key(|(now, _)| *now);
    let moved = moved.into_iter().map(|(_, (before, after))| Moved {
        id: before.question_id.clone(),
        question: before.question.clone(),
        outcomes: [Outcome::of(before).word(), Outcome::of(after).word()],
        answers: [before.report.answer.clone(), after.report.answer.clone()],
    });
    Change { system: system.to_owned(), questions: pairs.len(), lines, moved: moved.collect() }
}

impl Versus {
    /// The comparison as Markdown, which is also what a terminal shows.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("# Two runs\n\n");
        for (name, at) in [("first", 0), ("second", 1)] {
            let (run, suite) = (plain(&self.runs[at].display().to_string()), plain(&self.suites[at]));
            let _ = writeln!(out, "- {name}: {run} (suite {suite}, commit `{}`)", self.commits[at]);
        }
        for change in &self.systems {
            let _ = writeln!(
                out,
                "\n## {} ({} questions in both, {} ended otherwise)\n\n| metric | first | second | second minus first | |\n|---|--:|--:|--:|---|",
                plain(&change.system),
                change.questions,
                change.moved.len()
            );
            for line in &change.lines {
                let value = |at: usize| estimate(line.estimates.get(at).copied().flatten());
                let difference = line.difference.map_or("— | |".into(), |one| format!("{} | {} |", interval(&one), certainty(&one)));
                let _ = writeln!(out, "| {} | {} | {} | {difference}", title(&line.metric), value(1), value(0));
            }
        }
        out.push_str("\nPaired bootstrap over the questions of both runs; p-values corrected by Holm's method over all lines.\n");
        out
    }

    fn page(&self) -> String {
        let mut out = html::head("Two runs");
        let _ = write!(out, "<h1>Two runs</h1>");
        for (name, at) in [("First", 0), ("Second", 1)] {
            let (run, suite) = (escaped(&self.runs[at].display().to_string()), escaped(&self.suites[at]));
            let _ = writeln!(out, "<p class=\"small\">{name}: {run} · suite {suite} · commit {}</p>", escaped(&self.commits[at]));
        }
        for change in &self.systems {
            let _ = write!(
                out,
                "<h2>{}</h2><p class=\"soft\">{} questions in both runs, {} ended otherwise.</p><div class=\"wide\"><table><thead><tr><th>metric</th><th>first</th><th>second</th><th>second minus first</th><th></th></tr></thead><tbody>",
                escaped(&change.system),
                change.questions,
                change.moved.len()
            );
            for line in &change.lines {
                let better = METRICS.iter().find(|metric| metric.name == line.metric).is_none_or(|metric| metric.more_is_better);
                let _ = write!(out, "<tr><td>{}</td>", escaped(title(&line.metric)));
                [1, 0].into_iter().for_each(|at| out.push_str(&html::value_cell(line.estimates.get(at).copied().flatten())));
                let _ = write!(out, "{}</tr>", html::difference_cells(line.difference, better));
            }
            out.push_str("</tbody></table></div>\n");
            for moved in change.moved.iter().take(NAMED) {
                let _ = writeln!(
                    out,
                    "<details><summary><span class=\"q\">{}</span><span class=\"tag t-{before}\">{before}</span><span class=\"tag t-{after}\">{after}</span></summary>\
                     <div class=\"inside\"><p class=\"small soft\">{}</p><p>first: {}</p><p>second: {}</p></div></details>",
                    escaped(&moved.question),
                    escaped(&moved.id),
                    escaped(&moved.answers[0]),
                    escaped(&moved.answers[1]),
                    before = moved.outcomes[0],
                    after = moved.outcomes[1]
                );
            }
        }
        out.push_str("<p class=\"small soft\">Paired bootstrap over the questions of both runs; p-values corrected by Holm's method over all lines.</p>");
        out.push_str(html::FOOT);
        out
    }
}

fn title(metric: &str) -> &str {
    METRICS.iter().find(|one| one.name == metric).map_or(metric, |one| one.title)
}

#[cfg(test)]
mod tests {
    use records::TableWriter;

    use super::super::results::tests::results;
    use super::super::rows::tests::row;
    use super::*;

    fn write_run(dir: &Path, right: usize, prefix: &str) {
        std::fs::create_dir_all(dir).unwrap();
        results().write(dir).unwrap();
        let mut writer = TableWriter::<ResultRow>::create(dir, 0).unwrap();
        for number in 0..40 {
            let answer = if number < right { "12 euros" } else { "<b>13" };
            writer.push(row(&format!("{prefix}{number:02}"), "tandem", answer, 0.5)).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn what_the_second_run_brought_is_measured_and_the_questions_that_moved_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second, out) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("out"));
        write_run(&first, 10, "q");
        write_run(&second, 30, "q");
        let versus = compare_runs(&first, &second, &out).unwrap();
        let change = &versus.systems[0];
        let exact = change.lines[0].difference.unwrap();
        assert_eq!((change.questions, change.moved.len(), exact.value), (40, 20, 0.5));
        assert!(exact.significant && exact.adjusted >= exact.p);
        assert_eq!(change.moved[0].outcomes, ["wrong", "right"]);
        let page = std::fs::read_to_string(&versus.page).unwrap();
        assert!(page.contains("&lt;b&gt;13") && !page.contains("<b>13"));
        assert!(versus.markdown().contains("Exact match"));
    }

    #[test]
    fn runs_without_a_common_question_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("a"), dir.path().join("b"));
        write_run(&first, 10, "q");
        write_run(&second, 10, "p");
        let error = compare_runs(&first, &second, &dir.path().join("out")).unwrap_err().to_string();
        assert!(error.contains("two runs of one suite"), "{error}");
    }
}
