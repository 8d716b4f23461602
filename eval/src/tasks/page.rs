//! The pages of a task, rendered from its numbers and rows and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use retrieve_model::report::escape::{html, markdown};

use super::{Measure, TaskLine, TaskResults, TaskRow, TaskTable, measures};
use crate::EvalError;
use crate::report::PAGES;
use crate::statistics::{Difference, Estimate};

/// Items shown one by one; all of them are in the Parquet file.
const SHOWN: usize = 60;

/// Renders both pages of a folder.
///
/// # Errors
/// If the folder holds no finished task, or the disk refuses.
pub fn render(dir: &Path) -> Result<(), EvalError> {
    let results = TaskResults::read(dir)?;
    let rows = records::read_table::<TaskRow>(dir)?.collect::<Result<Vec<_>, _>>()?;
    let write = |name: &str, text: String| {
        let path = dir.join(name);
        records::write_atomically(&path, text.as_bytes()).map_err(EvalError::io(&path))
    };
    write(PAGES[0], html_page(&results, &rows))?;
    write(PAGES[1], markdown_page(&results))
}

fn number(estimate: &Option<Estimate>) -> String {
    estimate.map_or("—".into(), |one| format!("{:.4} [{:.4}, {:.4}]", one.value, one.low, one.high))
}

fn gap(difference: &Option<Difference>) -> String {
    difference.map_or("—".into(), |one| {
        let verdict = if one.significant { "" } else { ", not significant" };
        format!("{:+.4} [{:+.4}, {:+.4}]{verdict}", one.value, one.low, one.high)
    })
}

/// A value for a cell, its interval below.
fn value_cell(estimate: &Option<Estimate>) -> String {
    estimate.map_or("—".into(), |one| format!("{:.4} <small>[{:.4}, {:.4}]</small>", one.value, one.low, one.high))
}

/// A difference for a cell, its interval and what it is worth below.
fn difference_cell(difference: &Option<Difference>) -> String {
    difference.map_or("—".into(), |one| {
        let verdict = if one.significant { "significant" } else { "not significant" };
        format!("{:+.4} <small>[{:+.4}, {:+.4}]</small><small>{verdict}</small>", one.value, one.low, one.high)
    })
}

/// What the first system's headline says beside the second's, in a sentence.
pub(super) fn verdict(results: &TaskResults) -> String {
    let [first, second, ..] = results.systems.as_slice() else { return String::new() };
    let kinds = measures(results.suite.kind);
    let (Some(measure), Some(line)) = (kinds.first(), results.tables.first().and_then(|table| table.lines.first())) else {
        return String::new();
    };
    let (Some(Some(own)), Some(Some(other)), Some(Some(difference))) =
        (line.estimates.first(), line.estimates.get(1), line.differences.first())
    else {
        return String::new();
    };
    let better = (difference.value > 0.0) == measure.more_is_better;
    let word = match (difference.significant, better) {
        (false, _) => "no difference that this many items could show",
        (true, true) => "better",
        (true, false) => "worse",
    };
    let values = format!("{:.4} against {:.4}, {}", own.value, other.value, gap(&Some(*difference)));
    format!("{} beside {} by {}: {word} ({values}).", first.name, second.name, measure.title)
}

/// The items counted, in words.
fn counted(results: &TaskResults) -> String {
    let counts: Vec<String> =
        results.counts.iter().filter(|(_, count)| **count > 0).map(|(name, count)| format!("{name} {count}")).collect();
    format!("{}; {} bootstrap resamples, 95 % intervals; commit {}", counts.join(", "), results.resamples, results.commit)
}

fn tuned(results: &TaskResults) -> Option<String> {
    let tuned = results.tuned.as_ref()?;
    Some(format!(
        "The workflow was tuned for {} on {} items: {} tries, {:.4}.",
        tuned.goal,
        tuned.items,
        tuned.tries.len(),
        tuned.objective
    ))
}

fn known(line: &TaskLine, results: &TaskResults) -> Option<Measure> {
    measures(results.suite.kind).iter().find(|measure| measure.name == line.measure).copied()
}

fn markdown_page(results: &TaskResults) -> String {
    let mut out =
        format!("# {}\n\n{}\n\n{}\n\n", markdown(&results.suite.name), markdown(&results.suite.description), markdown(&verdict(results)));
    let _ = writeln!(out, "{}.\n", markdown(&counted(results)));
    for table in &results.tables {
        let _ = writeln!(out, "## {}: {}\n", markdown(&table.name), table.items);
        out.push_str("| measure |");
        results.systems.iter().for_each(|system| _ = write!(out, " {} |", markdown(&system.name)));
        results.systems.iter().skip(1).for_each(|system| _ = write!(out, " less {} |", markdown(&system.name)));
        let _ = writeln!(out, "\n|---|{}", "--:|".repeat(2 * results.systems.len() - 1));
        for line in &table.lines {
            let Some(measure) = known(line, results) else { continue };
            let _ = write!(out, "| {} |", measure.title);
            line.estimates.iter().for_each(|one| _ = write!(out, " {} |", number(one)));
            line.differences.iter().for_each(|one| _ = write!(out, " {} |", gap(one)));
            out.push('\n');
        }
        out.push('\n');
    }
    out.push_str("| system | preparation s | mean s an item | index MB |\n|---|--:|--:|--:|\n");
    for system in &results.systems {
        let (name, index) = (markdown(&system.name), system.index_bytes as f64 / 1e6);
        let _ = writeln!(out, "| {name} | {:.1} | {:.4} | {index:.1} |", system.preparation_seconds, system.seconds);
    }
    if let Some(tuned) = tuned(results) {
        let _ = writeln!(out, "\n{}", markdown(&tuned));
    }
    out
}

fn html_page(results: &TaskResults, rows: &[TaskRow]) -> String {
    let title = html(&results.suite.name);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{}</style></head><body><main>\n<h1>{title}</h1><p class=\"soft\">{}</p><p class=\"verdict\">{}</p><p class=\"soft small\">{}</p>\n",
        include_str!("../report/html/style.css"),
        html(&results.suite.description),
        html(&verdict(results)),
        html(&counted(results))
    );
    results.tables.iter().for_each(|table| html_table(&mut out, table, results));
    out.push_str("<h2>Systems</h2><div class=\"wide\"><table><thead><tr><th>system</th><th>preparation s</th><th>mean s an item</th><th>index MB</th></tr></thead><tbody>");
    for system in &results.systems {
        let (name, what, index) = (html(&system.name), html(&system.description), system.index_bytes as f64 / 1e6);
        let _ = write!(
            out,
            "<tr><td>{name}<br><small>{what}</small></td><td>{:.1}</td><td>{:.4}</td><td>{index:.1}</td></tr>",
            system.preparation_seconds, system.seconds
        );
    }
    out.push_str("</tbody></table></div>\n");
    if let Some(tuned) = tuned(results) {
        let _ = writeln!(out, "<p class=\"soft\">{}</p>", html(&tuned));
    }
    worst(&mut out, results, rows);
    let configuration: BTreeMap<&str, _> = results.systems.iter().map(|system| (system.name.as_str(), &system.configuration)).collect();
    let text = serde_json::to_string_pretty(&configuration).unwrap_or_default();
    let _ = writeln!(out, "<h2>Configuration</h2><pre>{}</pre></main></body></html>", html(&text));
    out
}

fn html_table(out: &mut String, table: &TaskTable, results: &TaskResults) {
    let heads: String =
        results.systems.iter().enumerate().map(|(at, system)| format!("<th class=\"s{at}\">{}</th>", html(&system.name))).collect();
    let others: String = results.systems.iter().skip(1).map(|system| format!("<th>less {}</th>", html(&system.name))).collect();
    let _ = write!(
        out,
        "<h2>{}: {}</h2><div class=\"wide\"><table><thead><tr><th>measure</th>{heads}{others}</tr></thead><tbody>",
        html(&table.name),
        table.items
    );
    for line in &table.lines {
        let Some(measure) = known(line, results) else { continue };
        let _ = write!(out, "<tr><td>{}<br><small>{}</small></td>", html(measure.title), html(measure.meaning));
        line.estimates.iter().for_each(|one| _ = write!(out, "<td>{}</td>", value_cell(one)));
        for difference in &line.differences {
            let class = difference.map_or("level", |one| match (one.significant, (one.value > 0.0) == measure.more_is_better) {
                (false, _) => "level",
                (true, true) => "win",
                (true, false) => "lose",
            });
            let _ = write!(out, "<td class=\"{class}\">{}</td>", difference_cell(difference));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

/// An item's headline for a system, larger for better.
fn headline(row: &TaskRow, measure: &Measure) -> f64 {
    let part = row.parts.iter().find(|part| part.measure == measure.name && part.denominator > 0.0);
    let value = part.map_or(0.0, |part| part.numerator / part.denominator);
    if measure.more_is_better { value } else { -value }
}

/// The items at which the first system does worst, failures before all.
fn worst(out: &mut String, results: &TaskResults, rows: &[TaskRow]) {
    let Some(measure) = measures(results.suite.kind).first() else { return };
    let mut items: BTreeMap<&str, Vec<&TaskRow>> = BTreeMap::new();
    rows.iter().for_each(|row| items.entry(&row.item).or_default().push(row));
    let mut order: Vec<&Vec<&TaskRow>> = items.values().collect();
    let key = |rows: &[&TaskRow]| rows.first().map_or((true, 0.0), |row| (row.failure.is_none(), headline(row, measure)));
    order.sort_by(|a, b| key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)));
    let _ = writeln!(
        out,
        "<h2>Failures first</h2><p class=\"soft\">The {SHOWN} items at which {} does worst by {}.</p>",
        html(&results.systems[0].name),
        html(measure.title)
    );
    for rows in order.into_iter().take(SHOWN) {
        let Some(first) = rows.first() else { continue };
        let tags: String = rows
            .iter()
            .map(|row| format!("<span class=\"tag\">{} {:.3}</span>", html(&row.system), headline(row, measure).abs()))
            .collect();
        let _ = write!(out, "<details><summary><span class=\"q\">{}</span>{tags}</summary><div class=\"inside\">", html(&first.given));
        let _ = write!(
            out,
            "<p class=\"where\">{} · {}</p><h4>wanted</h4><blockquote>{}</blockquote>",
            html(&first.item),
            html(&first.kind),
            html(&first.wanted)
        );
        for row in rows {
            let failure = row.failure.as_ref().map(|reason| format!("<p class=\"where\">failed: {}</p>", html(reason))).unwrap_or_default();
            let _ = write!(out, "<h4>{}</h4>{failure}<blockquote>{}</blockquote>", html(&row.system), html(&row.found));
        }
        out.push_str("</div></details>\n");
    }
}
