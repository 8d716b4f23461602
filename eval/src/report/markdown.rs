//! The comparison as Markdown: the same tables as the page, without charts and with the ten worst questions only.

use std::fmt::Write as _;

use retrieve_model::report::escape::markdown as text;

use super::compare::counted;
use super::drill::{Outcome, worst_first};
use super::{Group, Line, METRICS, ResultRow, Results};
use crate::statistics::{Difference, Estimate};

/// Questions shown one by one.
const SHOWN: usize = 10;

/// Renders the page.
#[must_use]
pub fn page(results: &Results, rows: &[ResultRow]) -> String {
    let systems: Vec<String> = results.systems.iter().map(|system| system.name.clone()).collect();
    let mut out = format!("# {}\n\n{}\n\n{}\n\n", text(&results.suite.name), text(&results.suite.description), text(&verdict(results)));
    let _ = writeln!(
        out,
        "Commit `{}`, {}, seed {}, {} bootstrap resamples; intervals are 95 %.\n",
        results.commit, results.machine, results.suite.seed, results.resamples
    );
    out.push_str("| system | right | abstained | wrong | median s | mean s | 95 % s | preparation s | passages | index MB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (system, cost) in results.systems.iter().zip(&results.costs) {
        let ended = counted(rows, &system.name);
        let megabytes = system.index_bytes as f64 / 1e6;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.1} | {} | {megabytes:.1} |",
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
    let _ = writeln!(out, "\n## The worst questions\n");
    for asked in worst_first(rows, &systems).iter().take(SHOWN) {
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
    out
}

/// The whole comparison in a sentence, with its certainty.
#[must_use]
pub fn verdict(results: &Results) -> String {
    let Some(all) = results.groups.first() else { return "Nothing was scored.".into() };
    let names: Vec<&str> = results.systems.iter().map(|system| system.name.as_str()).collect();
    let line = |name: &str| all.lines.iter().find(|line| line.metric == name);
    let (Some(exact), Some(score)) = (line("exact_match"), line("reader_score")) else { return "Nothing was scored.".into() };
    let value = |line: &Line, at: usize| line.estimates.get(at).copied().flatten().map_or(f64::NAN, |one| one.value);
    let ([first, second], Some(by_match), Some(by_score)) = (names.as_slice(), exact.difference, score.difference) else {
        return format!("{} questions; {} gets {:.1} % right.", all.questions, names.first().unwrap_or(&"nobody"), 100.0 * value(exact, 0));
    };
    let mcnemar = all.mcnemar.map_or(String::new(), |test| format!(" (McNemar p {})", probability(test.p)));
    format!(
        "{} questions: {first} gets {:.1} % right, {second} {:.1} %; the difference of {} is {}{mcnemar}. Reader's score {:+.3} against {:+.3}, {}.",
        all.questions,
        100.0 * value(exact, 0),
        100.0 * value(exact, 1),
        points(&by_match),
        certainty(&by_match),
        value(score, 0),
        value(score, 1),
        certainty(&by_score)
    )
}

fn points(difference: &Difference) -> String {
    format!("{:+.1} points [{:+.1}, {:+.1}]", 100.0 * difference.value, 100.0 * difference.low, 100.0 * difference.high)
}

/// Whether a difference is more than luck, in words.
#[must_use]
pub fn certainty(difference: &Difference) -> String {
    let word = if difference.significant { "significant" } else { "not significant" };
    format!("{word} (p {})", probability(difference.p))
}

/// A p-value, never as zero.
#[must_use]
pub fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("= {p:.3}") }
}

/// A value with its interval.
#[must_use]
pub fn value(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "—".into(), |one| format!("{:.3} [{:.3}, {:.3}]", one.value, one.low, one.high))
}

fn table(out: &mut String, group: &Group, systems: &[String]) {
    let _ = writeln!(out, "\n## By {}: {} ({} questions)\n", text(&group.by), text(&group.name), group.questions);
    let names = systems.iter().map(|name| text(name)).collect::<Vec<_>>().join(" | ");
    let _ = writeln!(out, "| metric | {names} | difference | |\n|---|{}--:|---|", "--:|".repeat(systems.len()));
    for line in &group.lines {
        let title = METRICS.iter().find(|metric| metric.name == line.metric).map_or(line.metric.as_str(), |metric| metric.title);
        let values = line.estimates.iter().map(|estimate| value(*estimate)).collect::<Vec<_>>().join(" | ");
        let (difference, sure) = line
            .difference
            .map_or(("—".into(), String::new()), |d| (format!("{:+.3} [{:+.3}, {:+.3}]", d.value, d.low, d.high), certainty(&d)));
        let _ = writeln!(out, "| {title} | {values} | {difference} | {sure} |");
    }
}
