//! The comparison as one self-contained page: no script, no font or picture from elsewhere; every foreign text escaped.

mod ladder;
mod origins;
mod questions;
mod strain;
mod tables;

use std::fmt::Write as _;

use retrieve_model::report::escape::html as text;

use super::compare::counted;
use super::{Group, ResultRow, Results, Verdict, charts};

pub(super) use tables::{difference_cells, value_cell};

/// Metrics of the interval chart.
const HEADLINES: [&str; 7] = ["exact_match", "f1", "vital_fact_recall", "citation_precision", "abstention_recall", "ndcg_10", "all_10"];

/// The beginning of a page with everything it needs inside.
pub(super) fn head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{}</title><style>{}</style></head><body><main>\n",
        text(title),
        include_str!("style.css")
    )
}

/// The end of a page.
pub(super) const FOOT: &str = "</main></body></html>\n";

/// Renders the page.
#[must_use]
pub fn page(results: &Results, rows: &[ResultRow], unjudged: &[ResultRow]) -> String {
    let systems: Vec<String> = results.systems.iter().map(|system| system.name.clone()).collect();
    let mut out = String::with_capacity(1 << 18);
    out.push_str(&head(&format!("{}: {}", results.suite.name, systems.join(" and "))));
    let _ = writeln!(out, "<h1>{}</h1><p class=\"soft\">{}</p>", text(&results.suite.name), text(&results.suite.description));
    verdict(&mut out, &Verdict::of(results, rows));
    endings(&mut out, results, rows);
    if let Some(all) = results.groups.first() {
        let _ = writeln!(out, "<h2>All questions</h2>{}", legend(&systems));
        let _ = write!(out, "<div class=\"pair\"><div><h3>Values with 95 % intervals</h3>{}</div>", charts::intervals(all, &HEADLINES));
        let _ = writeln!(out, "<div><h3>Error rate of the most confident answers</h3>{}</div>", charts::risk_coverage(rows, &systems));
        let _ = writeln!(out, "<div><h3>Is the confidence right?</h3>{}</div></div>", charts::reliability(rows, &systems));
        tables::full(&mut out, all, &systems);
    }
    for (by, heading) in [("setting", "By setting"), ("kind", "By kind of question"), ("noise", "By share of damaged characters")] {
        let parts: Vec<&Group> = results.groups.iter().filter(|group| group.by == by).collect();
        if !parts.is_empty() {
            let _ = writeln!(out, "<h2>{heading}</h2>");
            tables::short(&mut out, &parts, &systems);
        }
    }
    results.ladder.iter().for_each(|ladder| ladder::write(&mut out, ladder));
    results.fragility.iter().for_each(|fragility| strain::write(&mut out, fragility));
    origins::costs(&mut out, &results.systems, &results.costs);
    questions::unjudged(&mut out, unjudged, &systems);
    questions::all(&mut out, rows, &systems);
    origins::origins(&mut out, results);
    out.push_str(FOOT);
    out
}

fn verdict(out: &mut String, verdict: &Verdict) {
    let items: String = verdict.details.iter().map(|line| format!("<li>{}</li>", text(line))).collect();
    let _ = writeln!(
        out,
        "<div class=\"verdict\"><p><b>{}</b></p><ul>{items}</ul><p class=\"soft small\">{}</p></div>",
        text(&verdict.head),
        text(&verdict.sure)
    );
}

/// The colours of the systems.
fn legend(systems: &[String]) -> String {
    let item = |(number, name): (usize, &String)| format!("<span><i class=\"s{number}\"></i>{}</span>", text(name));
    format!("<p class=\"legend\">{}</p>", systems.iter().enumerate().map(item).collect::<String>())
}

/// Right, abstained, wrong as one bar a system.
fn endings(out: &mut String, results: &Results, rows: &[ResultRow]) {
    out.push_str("<div class=\"bars\">");
    for system in &results.systems {
        let ended = counted(rows, &system.name);
        let all = (ended.right + ended.silent + ended.wrong).max(1) as f64;
        let part = |class: &str, word: &str, count: usize| {
            let share = 100.0 * count as f64 / all;
            let label = if share >= 9.0 { format!("{word} {count}") } else { String::new() };
            format!("<div class=\"{class}\" style=\"width:{share:.2}%\" title=\"{word}: {count} ({share:.1} %)\">{label}</div>")
        };
        let _ = write!(out, "<div>{}</div><div class=\"bar\">", text(&system.name));
        let _ = write!(
            out,
            "{}{}{}</div>",
            part("right", "right", ended.right),
            part("silent", "abstained", ended.silent),
            part("wrong", "wrong", ended.wrong)
        );
    }
    out.push_str("</div>\n");
}

#[cfg(test)]
mod tests {
    use super::super::groups;
    use super::super::results::tests::results;
    use super::super::rows::tests::row;
    use super::*;

    #[test]
    fn the_page_is_whole_and_lets_no_foreign_mark_up_through() {
        let rows: Vec<ResultRow> = ["tandem", "workflow"]
            .into_iter()
            .flat_map(|name| (0..6).map(move |n| row(&format!("q{n}<i>"), name, "12 <b>euros</b>", 0.9)))
            .collect();
        let mut results = results();
        results.groups = groups(&rows, &["tandem".into(), "workflow".into()], 50, 1);
        let page = page(&results, &rows, &rows[..2]);
        for (open, close) in [("<table", "</table>"), ("<div", "</div>"), ("<details", "</details>"), ("<svg", "</svg>"), ("<ul", "</ul>")]
        {
            assert_eq!(page.matches(open).count(), page.matches(close).count(), "{open}");
        }
        for foreign in ["<i>", "<b>euros", "<fee>", "suite <b>", "a <system>", "<script", "http"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        assert!(page.contains("not significant"), "a level comparison is said to be so");
    }
}
