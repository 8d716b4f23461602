//! Tables of metrics: one part of the questions in full, or many parts with the main metrics. What is not significant after correction is said
//! to be so.

use std::fmt::Write as _;

use retrieve_model::report::escape::html as text;

use super::super::words::{certainty, probability};
use super::super::{Group, METRICS};
use super::legend;
use crate::statistics::{Difference, Estimate};

/// Metrics of the short tables.
const SHORT: [&str; 6] = ["exact_match", "f1", "reader_score", "vital_fact_recall", "citation_precision", "ndcg_10"];

/// A value with its interval, for a cell.
pub(in super::super) fn value_cell(estimate: Option<Estimate>) -> String {
    let value = estimate.map_or("—".into(), |one| format!("{:.3} <small>[{:.3}, {:.3}]</small>", one.value, one.low, one.high));
    format!("<td>{value}</td>")
}

/// Two cells: the difference with its interval, and whether it is more than luck after correction.
pub(in super::super) fn difference_cells(difference: Option<Difference>, more_is_better: bool) -> String {
    let Some(difference) = difference else { return "<td>—</td><td>—</td>".into() };
    let class = class_of(&difference, more_is_better);
    let Difference { value, low, high, adjusted, .. } = difference;
    let words = if difference.significant { "significant" } else { "not significant" };
    format!(
        "<td class=\"{class}\">{value:+.3} <small>[{low:+.3}, {high:+.3}]</small></td><td class=\"{class}\">{words} <small>p {}</small></td>",
        text(&probability(adjusted))
    )
}

fn class_of(difference: &Difference, more_is_better: bool) -> &'static str {
    match (difference.significant, (difference.value > 0.0) == more_is_better) {
        (false, _) => "level",
        (true, true) => "win",
        (true, false) => "lose",
    }
}

/// Every metric of one part.
pub(super) fn full(out: &mut String, group: &Group, systems: &[String]) {
    let heads: String = systems.iter().enumerate().map(|(number, name)| format!("<th class=\"s{number}\">{}</th>", text(name))).collect();
    let against: String = systems.iter().skip(1).map(|name| format!("<th>less {}</th><th></th>", text(name))).collect();
    let _ = write!(out, "<div class=\"wide\"><table><thead><tr><th>metric</th>{heads}<th>questions</th>{against}</tr></thead><tbody>");
    for line in &group.lines {
        let Some(metric) = METRICS.iter().find(|metric| metric.name == line.metric) else { continue };
        let _ = write!(out, "<tr><td>{}<br><small>{}</small></td>", text(metric.title), text(metric.meaning));
        line.estimates.iter().for_each(|one| out.push_str(&value_cell(*one)));
        let defined = line.estimates.iter().flatten().map(|one| one.questions).max().unwrap_or(0);
        let _ = write!(out, "<td>{defined}</td>");
        line.differences()
            .take(systems.len().saturating_sub(1))
            .for_each(|one| out.push_str(&difference_cells(one, metric.more_is_better)));
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
    if let Some(test) = group.mcnemar {
        let sure = if test.significant { "significant" } else { "not significant" };
        let _ = writeln!(
            out,
            "<p class=\"small soft\">Only {} right: {} questions; only {}: {}. McNemar's exact test: p {}, {sure}. Differences: first minus second, paired bootstrap; \
             p-values corrected by Holm's method over the lines of this table.</p>",
            text(systems.first().map_or("", String::as_str)),
            test.only_first,
            text(systems.get(1).map_or("", String::as_str)),
            test.only_second,
            text(&probability(test.adjusted))
        );
    }
}

/// One line a part: the main metrics of both systems, the difference marked where it is significant.
pub(super) fn short(out: &mut String, parts: &[&Group], systems: &[String]) {
    let metrics: Vec<_> = SHORT.iter().filter_map(|name| METRICS.iter().find(|metric| metric.name == *name)).collect();
    let heads: String = metrics.iter().map(|metric| format!("<th>{}</th>", text(metric.title))).collect();
    let _ = write!(out, "<div class=\"wide\"><table><thead><tr><th></th><th>questions</th>{heads}</tr></thead><tbody>");
    for group in parts {
        let _ = write!(out, "<tr><td>{}</td><td>{}</td>", text(&group.name), group.questions);
        for metric in &metrics {
            let Some(line) = group.lines.iter().find(|line| line.metric == metric.name) else {
                out.push_str("<td>—</td>");
                continue;
            };
            let values: Vec<String> = line
                .estimates
                .iter()
                .enumerate()
                .map(|(number, one)| {
                    let value = one.map_or("—".into(), |one| format!("{:.3}", one.value));
                    format!("<span class=\"s{number}\">{value}</span>")
                })
                .collect();
            let difference = line.difference.map_or(String::new(), |d| {
                format!(
                    "<br><small title=\"{}\">{:+.3}{}</small>",
                    text(&certainty(&d)),
                    d.value,
                    if d.significant { " ✱" } else { " n. s." }
                )
            });
            let class = line.difference.map_or("level", |d| class_of(&d, metric.more_is_better));
            let _ = write!(out, "<td class=\"{}\">{}{difference}</td>", if class == "level" { "" } else { class }, values.join(" · "));
        }
        out.push_str("</tr>");
    }
    let _ = writeln!(
        out,
        "</tbody></table></div><div class=\"small soft\">{} ✱ significant at 0.05, n. s. not significant: paired bootstrap, p-values corrected by Holm's method over all metrics \
         of all parts together.</div>",
        legend(systems)
    );
}
