//! The comparison as Markdown: the same tables as the page, without charts and with the ten worst questions only.

use std::fmt::Write as _;

use retrieve_model::report::escape::markdown as text;

use super::compare::counted;
use super::drill::{Outcome, worst_first};
use super::words::{certainty, estimate, interval};
use super::{Group, METRICS, ResultRow, Results, Verdict};
use crate::fragility::Fragility;
use crate::ladder::Ladder;
use crate::statistics::Difference;

/// Questions shown one by one.
const SHOWN: usize = 10;

/// Renders the page.
#[must_use]
pub fn page(results: &Results, rows: &[ResultRow]) -> String {
    let systems: Vec<String> = results.systems.iter().map(|system| system.name.clone()).collect();
    let mut out = format!("# {}\n\n{}\n\n", text(&results.suite.name), text(&results.suite.description));
    Verdict::of(results, rows).lines().iter().for_each(|line| out.push_str(&format!("- {}\n", text(line))));
    let _ = writeln!(
        out,
        "\nCommit `{}`, {}, seed {}, {} bootstrap resamples; intervals are 95 %.\n",
        results.commit, results.machine, results.suite.seed, results.resamples
    );
    out.push_str("| system | right | abstained | wrong | median s | mean s | 95 % s | preparation s | preparation MB of memory | passages | index MB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (system, cost) in results.systems.iter().zip(&results.costs) {
        let ended = counted(rows, &system.name);
        let megabytes = system.index_bytes as f64 / 1e6;
        let memory = system.preparation_bytes.map_or("—".into(), |bytes| format!("{:.0}", bytes as f64 / 1e6));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.1} | {memory} | {} | {megabytes:.1} |",
            text(&system.name),
            ended.right,
            ended.silent,
            ended.wrong,
            cost.median,
            cost.mean,
            cost.p95,
            system.preparation_seconds,
            system.passages
        );
    }
    for group in &results.groups {
        table(&mut out, group, &systems);
    }
    results.ladder.iter().for_each(|ladder| write_ladder(&mut out, ladder));
    results.fragility.iter().for_each(|fragility| write_fragility(&mut out, fragility));
    if let Some(tuned) = &results.tuned {
        let kept = tuned.tries.iter().filter(|one| one.kept).count();
        let _ = writeln!(
            out,
            "\nThe workflow was tuned on {} development questions: {} tries, {kept} kept, objective {:.3}.",
            tuned.questions,
            tuned.tries.len(),
            tuned.objective
        );
    }
    write_worst(&mut out, rows, &systems);
    out
}

/// The questions that were answered worst, each with what every system said.
fn write_worst(out: &mut String, rows: &[ResultRow], systems: &[String]) {
    let _ = writeln!(out, "\n## The worst questions\n");
    for asked in worst_first(rows, systems).iter().take(SHOWN) {
        let Some(first) = asked.rows.first() else { continue };
        let _ = writeln!(out, "- **{}** ({}; wanted: {})", text(&first.question), text(&first.kind), text(&first.aliases.join(" | ")));
        for row in &asked.rows {
            let answer = if row.report.answer.is_empty() { "—".to_owned() } else { text(&row.report.answer) };
            let _ = writeln!(
                out,
                "  - {}: {} ({}, confidence {:.2})",
                text(&row.system),
                answer,
                Outcome::of(row).word(),
                row.report.confidence
            );
        }
    }
}

/// A difference with its interval, and whether it is more than luck.
fn difference_cells(difference: Option<Difference>) -> String {
    difference.map_or("— | |".into(), |one| format!("{} | {} |", interval(&one), certainty(&one)))
}

fn table(out: &mut String, group: &Group, systems: &[String]) {
    let _ = writeln!(out, "\n## By {}: {} ({} questions)\n", text(&group.by), text(&group.name), group.questions);
    let names = systems.iter().map(|name| text(name)).collect::<Vec<_>>().join(" | ");
    let against: String = systems.iter().skip(1).map(|name| format!(" less {} | |", text(name))).collect();
    let rest = "--:|---|".repeat(systems.len().saturating_sub(1));
    let _ = writeln!(out, "| metric | {names} |{against}\n|---|{}{rest}", "--:|".repeat(systems.len()));
    for line in &group.lines {
        let title = METRICS.iter().find(|metric| metric.name == line.metric).map_or(line.metric.as_str(), |metric| metric.title);
        let values = line.estimates.iter().map(|one| estimate(*one)).collect::<Vec<_>>().join(" | ");
        let cells = line.differences().take(systems.len().saturating_sub(1)).map(|one| format!(" {}", difference_cells(one)));
        let _ = writeln!(out, "| {title} | {values} |{}", cells.collect::<String>());
    }
}

fn write_ladder(out: &mut String, ladder: &Ladder) {
    let _ = writeln!(
        out,
        "\n## Where answers are lost ({} answerable questions)\n\n| reads | prepared by | found by | answered by | exact match | worth to a reader | nDCG@10 | difference in exact match | |\n|---|---|---|---|--:|--:|--:|--:|---|",
        ladder.questions
    );
    for rung in &ladder.rungs {
        let value = |metric| rung.estimate(metric).map_or("—".into(), |one| format!("{:.3}", one.value));
        let difference = rung.lines.iter().find(|line| line.metric == "exact_match").and_then(|line| line.difference);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {}",
            text(&rung.text),
            rung.preparation.name(),
            rung.retrieval.name(),
            rung.answer.name(),
            estimate(rung.estimate("exact_match")),
            value("reader_score"),
            value("ndcg_10"),
            difference_cells(difference)
        );
    }
    out.push_str("\nThe combinations are compared with the workflow alone, the given texts with the rung before.\n");
}

fn write_fragility(out: &mut String, fragility: &Fragility) {
    let names = fragility.systems.iter().map(|name| text(name)).collect::<Vec<_>>().join(" | ");
    let _ = writeln!(
        out,
        "\n## What breaks it ({} questions, {} documents; exact match)\n\n| | at | characters changed | {names} | difference | |\n|---|---|--:|{}--:|---|",
        fragility.questions,
        fragility.documents,
        "--:|".repeat(fragility.systems.len())
    );
    for curve in &fragility.curves {
        for point in &curve.points {
            let Some(line) = point.lines.iter().find(|line| line.metric == "exact_match") else { continue };
            let characters = point.characters.map_or("—".into(), |share| format!("{:.1} %", 100.0 * share));
            let values = line.estimates.iter().map(|one| estimate(*one)).collect::<Vec<_>>().join(" | ");
            let _ = writeln!(
                out,
                "| {} | {} | {characters} | {values} | {}",
                text(&curve.name),
                text(&point.label),
                difference_cells(line.difference)
            );
        }
    }
}
