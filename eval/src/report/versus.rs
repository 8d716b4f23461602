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
use crate::statistics::{self, Draws};
use crate::suite::{Kind, SuiteFile};
use crate::tasks::{self, TaskResults, TaskRow};

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
    /// What sort of suite.
    pub kind: Kind,
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
    /// Questions whose outcome changed, worst first; empty where a suite asks none.
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

/// What a comparison reads of a run.
struct Run {
    suite: SuiteFile,
    commit: String,
    resamples: usize,
    systems: Vec<String>,
    rows: Rows,
}

enum Rows {
    Answers(Vec<ResultRow>),
    Items(Vec<TaskRow>),
}

impl Run {
    fn read(dir: &Path) -> Result<Self, EvalError> {
        if records::shards::<TaskRow>(dir)?.is_empty() {
            let Results { suite, commit, resamples, systems, .. } = Results::read(dir)?;
            let systems = systems.into_iter().map(|system| system.name).collect();
            return Ok(Self { suite, commit, resamples, systems, rows: Rows::Answers(read_rows(dir)?) });
        }
        let TaskResults { suite, commit, resamples, systems, .. } = TaskResults::read(dir)?;
        let systems = systems.into_iter().map(|system| system.name).collect();
        let rows = records::read_table::<TaskRow>(dir)?.collect::<Result<_, _>>()?;
        Ok(Self { suite, commit, resamples, systems, rows: Rows::Items(rows) })
    }
}

/// Compares two result folders and writes the pages into `out`.
///
/// # Errors
/// If a folder holds no finished result, they share no question, or the disk refuses.
pub fn compare_runs(first: &Path, second: &Path, out: &Path) -> Result<Versus, EvalError> {
    let runs = [Run::read(first)?, Run::read(second)?];
    let Run { suite, resamples, systems: names, .. } = &runs[0];
    let run = RunFolder::open(out, "eval-versus", &(first, second, runs.each_ref().map(|one| &one.commit)), suite.seed)?;
    let draws = |questions: usize| Draws::new(questions, *resamples, suite.seed);
    let mut systems: Vec<Change> = match runs.each_ref().map(|run| &run.rows) {
        [Rows::Answers(one), Rows::Answers(other)] => {
            let paired = names.iter().map(|name| (name, pairs(name, [one, other]))).filter(|(_, pairs)| !pairs.is_empty());
            paired.map(|(name, pairs)| change(name, &pairs, &draws(pairs.len()))).collect()
        }
        [Rows::Items(one), Rows::Items(other)] => {
            let paired = names.iter().map(|name| (name, items(name, [one, other]))).filter(|(_, items)| !items[0].is_empty());
            paired.map(|(name, items)| change_of_items(name, suite.kind, &items, &draws(items[0].len()))).collect()
        }
        _ => Vec::new(),
    };
    if systems.is_empty() {
        return Err(EvalError::input(
            second,
            format!("shares no system and question with {}: compare two runs of one suite", first.display()),
        ));
    }
    correct_family(systems.iter_mut().flat_map(|change| &mut change.lines).flat_map(Line::differences_mut).collect());
    let versus = Versus {
        runs: [first.to_path_buf(), second.to_path_buf()],
        suites: runs.each_ref().map(|one| one.suite.name.clone()),
        kind: suite.kind,
        commits: runs.each_ref().map(|one| one.commit.clone()),
        systems,
        page: out.join(PAGES[0]),
    };
    write(out, PAGES[0], &versus.page())?;
    write(out, PAGES[1], &versus.markdown())?;
    let shards = PAGES.map(|name| Shard::of(&out.join(name), 1).map_err(EvalError::io(&out.join(name))));
    run.finish(Counts::new(), shards.into_iter().collect::<Result<_, _>>()?)?;
    Ok(versus)
}

/// The rows of a system for the items that both runs had, in the first run's order: of the second run, then of the first.
fn items<'a>(system: &str, [one, other]: [&'a [TaskRow]; 2]) -> [Vec<&'a TaskRow>; 2] {
    let own = |rows: &'a [TaskRow]| rows.iter().filter(|row| row.system == system).collect::<Vec<_>>();
    let second: HashMap<&str, &TaskRow> = own(other).into_iter().map(|row| (row.item.as_str(), row)).collect();
    let pair = |row: &'a TaskRow| Some((*second.get(row.item.as_str()).filter(|other| other.given == row.given)?, row));
    let (now, before) = own(one).into_iter().filter_map(pair).unzip();
    [now, before]
}

fn change_of_items(system: &str, kind: Kind, by_run: &[Vec<&TaskRow>; 2], draws: &Draws) -> Change {
    let line = |measure: &tasks::Measure| {
        let samples = by_run.each_ref().map(|rows| tasks::sample(rows, measure.name));
        let estimates = samples.each_ref().map(|sample| statistics::estimate(sample, draws)).to_vec();
        let difference = statistics::compare(&samples[0], &samples[1], draws);
        Line { metric: measure.name.to_owned(), estimates, difference, others: Vec::new() }
    };
    let lines = tasks::measures(kind).iter().map(line).collect();
    Change { system: system.to_owned(), questions: by_run[0].len(), lines, moved: Vec::new() }
}

/// The rows of a system for the questions that both runs asked in the same words, in the first run's order.
fn pairs<'a>(system: &str, [one, other]: [&'a [ResultRow]; 2]) -> Vec<(&'a ResultRow, &'a ResultRow)> {
    let own = |rows: &'a [ResultRow]| rows.iter().filter(|row| row.system == system).collect::<Vec<_>>();
    let second: HashMap<&str, &ResultRow> = own(other).into_iter().map(|row| (row.question_id.as_str(), row)).collect();
    let pair = |row: &'a ResultRow| {
        let other = second.get(row.question_id.as_str()).filter(|other| other.question == row.question)?;
        Some((row, *other))
    };
    own(one).into_iter().filter_map(pair).collect()
}

fn change(system: &str, pairs: &[(&ResultRow, &ResultRow)], draws: &Draws) -> Change {
    // The second run comes first, so that a difference is what the change brought.
    let by_run = [pairs.iter().map(|pair| pair.1).collect(), pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()];
    let lines = lines(&by_run, &METRICS.map(|metric| metric.name), draws);
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
    /// What was asked in both runs.
    fn asked(&self, change: &Change) -> String {
        if tasks::measures(self.kind).is_empty() {
            format!("{} questions in both runs, {} ended otherwise", change.questions, change.moved.len())
        } else {
            format!("{} items in both runs", change.questions)
        }
    }

    /// Name of a metric, and whether more of it is better.
    fn known<'a>(&self, metric: &'a str) -> (&'a str, bool) {
        let of_task = tasks::measures(self.kind).iter().find(|one| one.name == metric).map(|one| (one.title, one.more_is_better));
        let of_answers = || METRICS.iter().find(|one| one.name == metric).map(|one| (one.title, one.more_is_better));
        of_task.or_else(of_answers).unwrap_or((metric, true))
    }

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
                "\n## {} ({})\n\n| metric | first | second | second minus first | |\n|---|--:|--:|--:|---|",
                plain(&change.system),
                self.asked(change)
            );
            for line in &change.lines {
                let value = |at: usize| estimate(line.estimates.get(at).copied().flatten());
                let difference = line.difference.map_or("— | |".into(), |one| format!("{} | {} |", interval(&one), certainty(&one)));
                let _ = writeln!(out, "| {} | {} | {} | {difference}", self.known(&line.metric).0, value(1), value(0));
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
                "<h2>{}</h2><p class=\"soft\">{}.</p><div class=\"wide\"><table><thead><tr><th>metric</th><th>first</th><th>second</th><th>second minus first</th><th></th></tr></thead><tbody>",
                escaped(&change.system),
                self.asked(change)
            );
            for line in &change.lines {
                let (title, better) = self.known(&line.metric);
                let _ = write!(out, "<tr><td>{}</td>", escaped(title));
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

#[cfg(test)]
mod tests;
