//! Every question, failures first, down to what each system found, quoted and answered.

use std::fmt::Write as _;

use records::Citation;
use retrieve_model::report::escape::html as text;

use super::super::ResultRow;
use super::super::drill::{Asked, Outcome, worst_first};
use crate::metrics::Place;

/// Questions shown one by one; all of them are in the Parquet file.
const SHOWN: usize = 300;

/// Questions with a known answer.
pub(super) fn all(out: &mut String, rows: &[ResultRow], systems: &[String]) {
    let asked = worst_first(rows, systems);
    let left = asked.len().saturating_sub(SHOWN);
    let first = text(systems.first().map_or("", String::as_str));
    let _ = write!(
        out,
        "<h2>Every question, failures first</h2><p class=\"soft small\">Ordered by {first}: failed, wrong (surest first), abstained, right."
    );
    let _ = writeln!(out, "{}</p>", if left > 0 { format!(" {left} more are in results-00000.parquet.") } else { String::new() });
    asked.iter().take(SHOWN).for_each(|asked| question(out, asked));
}

/// Questions without a known answer: what each system said, for a person to judge.
pub(super) fn unjudged(out: &mut String, rows: &[ResultRow], systems: &[String]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<h2>Questions without a known answer</h2><p class=\"soft small\">Not scored. Give accepted answers (\"answers\": […]) to have them counted.</p>"
    );
    for asked in worst_first(rows, systems) {
        let Some(first) = asked.rows.first() else { continue };
        let _ = write!(out, "<details><summary><span class=\"q\">{}</span>", text(&first.question));
        for row in &asked.rows {
            let said = if row.report.answer.is_empty() { "no answer" } else { &row.report.answer };
            let _ = write!(out, "<span class=\"tag\">{}: {}</span>", text(&row.system), text(&said.chars().take(60).collect::<String>()));
        }
        out.push_str("</summary><div class=\"inside\"><div class=\"two\">");
        asked.rows.iter().enumerate().for_each(|(number, row)| side(out, number, row));
        out.push_str("</div></div></details>\n");
    }
}

fn question(out: &mut String, asked: &Asked<'_>) {
    let Some(first) = asked.rows.first() else { return };
    let _ =
        write!(out, "<details><summary><span class=\"q\">{}</span><span class=\"tag\">{}</span>", text(&first.question), text(&first.kind));
    for row in &asked.rows {
        let outcome = Outcome::of(row).word();
        let _ = write!(out, "<span class=\"tag t-{outcome}\">{}: {outcome}</span>", text(&row.system));
    }
    let wanted = if first.answerable { first.aliases.join(" | ") } else { "(the texts do not hold an answer)".into() };
    let _ = write!(
        out,
        "</summary><div class=\"inside\"><p class=\"small soft\">{} · {}</p><p><b>Wanted:</b> {}</p>",
        text(&first.question_id),
        text(&first.setting),
        text(&wanted)
    );
    for fact in &first.facts {
        let _ = write!(
            out,
            "<blockquote>{}<div class=\"where\">{} · bytes {}–{}</div></blockquote>",
            text(&fact.text),
            text(&fact.doc),
            fact.sentence.start,
            fact.sentence.end
        );
    }
    out.push_str("<div class=\"two\">");
    asked.rows.iter().enumerate().for_each(|(number, row)| side(out, number, row));
    out.push_str("</div></div></details>\n");
}

/// What one system did: its answer, its quotes, what it found.
fn side(out: &mut String, number: usize, row: &ResultRow) {
    let answer = if row.report.answer.is_empty() { "no answer" } else { &row.report.answer };
    let _ = write!(
        out,
        "<div><h4 class=\"s{number}\">{}</h4><p><b>{}</b> <span class=\"soft small\">confidence {:.2}, {:.3} s, F1 {:.2}</span></p>",
        text(&row.system),
        text(answer),
        row.report.confidence,
        row.seconds,
        row.scores.f1
    );
    if let Some(failure) = &row.failure {
        let _ = write!(out, "<p class=\"small\">Failed: {}</p>", text(failure));
    }
    let gold = |doc: &str, start: u64, end: u64| row.facts.iter().any(|fact| Place { doc, range: start..end }.meets(fact));
    for Citation { doc, start, end, quote, .. } in row.report.statements.iter().flat_map(|statement| &statement.citations) {
        let mark = if gold(doc, *start, *end) { " · gold" } else { "" };
        let _ = write!(out, "<blockquote>{}<div class=\"where\">{} · bytes {start}–{end}{mark}</div></blockquote>", text(quote), text(doc));
    }
    let searches = row.report.searches.iter().map(|search| format!("“{}” ({})", search.query, search.hits)).collect::<Vec<_>>().join(", ");
    let _ = write!(out, "<p class=\"where\">searched {}</p><ol>", text(&searches));
    for one in row.retrieved.iter().take(5) {
        let class = if gold(&one.doc, one.start, one.end) { " class=\"gold\"" } else { "" };
        let _ = write!(out, "<li{class}><b>{}</b> {}</li>", text(&one.doc), text(&one.text.chars().take(180).collect::<String>()));
    }
    out.push_str("</ol></div>");
}
