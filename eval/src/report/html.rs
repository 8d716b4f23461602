//! The comparison as one self-contained page: no script, no font or picture from elsewhere; every foreign text escaped.

use std::fmt::Write as _;

use records::Citation;
use retrieve_model::report::escape::html as text;

use super::compare::counted;
use super::drill::{Asked, Outcome, worst_first};
use super::markdown::{certainty, probability, verdict};
use super::{Cost, Group, Line, METRICS, ResultRow, Results, charts};
use crate::metrics::Place;
use crate::statistics::Difference;
use crate::systems::SystemCard;

/// Questions shown one by one; all of them are in the Parquet file.
const SHOWN: usize = 300;
/// Metrics of the charts and of the short tables.
const HEADLINES: [&str; 7] = ["exact_match", "f1", "vital_fact_recall", "citation_precision", "abstention_recall", "ndcg_10", "all_10"];
const SHORT: [&str; 6] = ["exact_match", "f1", "reader_score", "vital_fact_recall", "citation_precision", "ndcg_10"];

/// Renders the page.
#[must_use]
pub fn page(results: &Results, rows: &[ResultRow]) -> String {
    let systems: Vec<String> = results.systems.iter().map(|system| system.name.clone()).collect();
    let mut out = String::with_capacity(1 << 18);
    let title = text(&results.suite.name);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}: {}</title><style>{}</style></head><body><main>\n",
        text(&systems.join(" and ")),
        include_str!("style.css")
    );
    let _ = writeln!(out, "<h1>{title}</h1><p class=\"soft\">{}</p>", text(&results.suite.description));
    let _ = writeln!(out, "<p class=\"verdict\">{}</p>", text(&verdict(results)));
    endings(&mut out, results, rows);
    if let Some(all) = results.groups.first() {
        let _ = writeln!(out, "<h2>All questions</h2>{}", legend(&systems));
        let _ = write!(out, "<div class=\"pair\"><div><h3>Values with 95 % intervals</h3>{}</div>", charts::intervals(all, &HEADLINES));
        let _ =
            writeln!(out, "<div><h3>Error rate of the most confident answers</h3>{}</div></div>", charts::risk_coverage(rows, &systems));
        full_table(&mut out, all, &systems);
    }
    for (by, heading) in [("setting", "By setting"), ("kind", "By kind of question"), ("noise", "By share of damaged characters")] {
        let parts: Vec<&Group> = results.groups.iter().filter(|group| group.by == by).collect();
        if !parts.is_empty() {
            let _ = writeln!(out, "<h2>{heading}</h2>");
            short_table(&mut out, &parts, &systems);
        }
    }
    costs(&mut out, &results.systems, &results.costs);
    questions(&mut out, rows, &systems);
    origins(&mut out, results);
    out.push_str("</main></body></html>\n");
    out
}

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

fn difference_cell(line: &Line, more_is_better: bool) -> String {
    let Some(difference) = line.difference else { return "<td>—</td><td>—</td>".into() };
    let class = class_of(&difference, more_is_better);
    let Difference { value, low, high, p, .. } = difference;
    let words = if difference.significant { "significant" } else { "not significant" };
    format!(
        "<td class=\"{class}\">{value:+.3} <small>[{low:+.3}, {high:+.3}]</small></td><td class=\"{class}\">{words} <small>p {}</small></td>",
        text(&probability(p))
    )
}

fn class_of(difference: &Difference, more_is_better: bool) -> &'static str {
    match (difference.significant, (difference.value > 0.0) == more_is_better) {
        (false, _) => "level",
        (true, true) => "win",
        (true, false) => "lose",
    }
}

fn full_table(out: &mut String, group: &Group, systems: &[String]) {
    let heads: String = systems.iter().enumerate().map(|(number, name)| format!("<th class=\"s{number}\">{}</th>", text(name))).collect();
    let _ = write!(
        out,
        "<div class=\"wide\"><table><thead><tr><th>metric</th>{heads}<th>questions</th><th>difference</th><th></th></tr></thead><tbody>"
    );
    for line in &group.lines {
        let Some(metric) = METRICS.iter().find(|metric| metric.name == line.metric) else { continue };
        let _ = write!(out, "<tr><td>{}<br><small>{}</small></td>", text(metric.title), text(metric.meaning));
        for estimate in &line.estimates {
            let value = estimate.map_or("—".into(), |one| format!("{:.3} <small>[{:.3}, {:.3}]</small>", one.value, one.low, one.high));
            let _ = write!(out, "<td>{value}</td>");
        }
        let defined = line.estimates.iter().flatten().map(|one| one.questions).max().unwrap_or(0);
        let _ = write!(out, "<td>{defined}</td>{}</tr>", difference_cell(line, metric.more_is_better));
    }
    out.push_str("</tbody></table></div>\n");
    if let Some(test) = group.mcnemar {
        let sure = if test.significant { "significant" } else { "not significant" };
        let _ = writeln!(
            out,
            "<p class=\"small soft\">Only {} right: {} questions; only {}: {}. McNemar's exact test: p {}, {sure}. Differences: first minus second, paired bootstrap.</p>",
            text(systems.first().map_or("", String::as_str)),
            test.only_first,
            text(systems.get(1).map_or("", String::as_str)),
            test.only_second,
            text(&probability(test.p))
        );
    }
}

/// One line a part: the main metrics of both systems, the difference marked where it is significant.
fn short_table(out: &mut String, parts: &[&Group], systems: &[String]) {
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
                format!("<br><small title=\"{}\">{:+.3}{}</small>", text(&certainty(&d)), d.value, if d.significant { " ✱" } else { "" })
            });
            let class = line.difference.map_or("level", |d| class_of(&d, metric.more_is_better));
            let _ = write!(out, "<td class=\"{}\">{}{difference}</td>", if class == "level" { "" } else { class }, values.join(" · "));
        }
        out.push_str("</tr>");
    }
    let _ = writeln!(
        out,
        "</tbody></table></div><p class=\"small soft\">{} ✱ significant at 0.05 (paired bootstrap, each cell by itself); without a mark: not significant.</p>",
        legend(systems)
    );
}

fn costs(out: &mut String, systems: &[SystemCard], costs: &[Cost]) {
    out.push_str("<h2>Cost</h2><div class=\"wide\"><table><thead><tr><th>system</th><th>median s / question</th><th>mean</th><th>95 %</th><th>preparation s</th><th>passages</th><th>index MB</th></tr></thead><tbody>");
    for (system, cost) in systems.iter().zip(costs) {
        let megabytes = if system.index_bytes == 0 { "—".into() } else { format!("{:.1}", system.index_bytes as f64 / 1e6) };
        let _ = write!(
            out,
            "<tr><td>{}<br><small>{}</small></td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td><td>{:.1}</td><td>{}</td><td>{megabytes}</td></tr>",
            text(&system.name),
            text(&system.description),
            cost.median,
            cost.mean,
            cost.p95,
            system.preparation_seconds,
            system.passages
        );
    }
    out.push_str("</tbody></table></div>\n");
}

fn questions(out: &mut String, rows: &[ResultRow], systems: &[String]) {
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

/// Where the numbers come from: commit, machine, data, configurations, the record of the tuning.
fn origins(out: &mut String, results: &Results) {
    let counts = results.counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "<h2>Where this comes from</h2><p class=\"small\">{} · commit {} · {} · data {} · seed {} · {} resamples · questions: {}</p>",
        text(&results.program),
        text(&results.commit),
        text(&results.machine),
        text(&results.data),
        results.suite.seed,
        results.resamples,
        text(&counts)
    );
    for system in &results.systems {
        let configuration = serde_json::to_string_pretty(&system.configuration).unwrap_or_default();
        let _ = writeln!(
            out,
            "<details><summary>Configuration of {}</summary><div class=\"inside\"><pre>{}</pre></div></details>",
            text(&system.name),
            text(&configuration)
        );
    }
    if let Some(tuned) = &results.tuned {
        let _ = write!(
            out,
            "<details><summary>How the workflow was tuned: {} tries on {} development questions, objective {:.3}</summary><div class=\"inside\">\
             <p class=\"small soft\">Objective: 0.4 answer F1 + 0.4 evidence F1 + 0.2 nDCG@10 (answer F1 alone without gold facts). A try is kept if it is the best so far.</p>\
             <div class=\"wide\"><table><thead><tr><th>knob</th><th>round</th><th>value</th><th>objective</th><th></th></tr></thead><tbody>",
            tuned.tries.len(),
            tuned.questions,
            tuned.objective
        );
        for one in &tuned.tries {
            let kept = if one.kept { "<td class=\"win\">kept</td>" } else { "<td></td>" };
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{:.3}</td><td>{:.4}</td>{kept}</tr>",
                text(&one.knob),
                one.round,
                one.value,
                one.objective
            );
        }
        out.push_str("</tbody></table></div></div></details>\n");
    }
}
