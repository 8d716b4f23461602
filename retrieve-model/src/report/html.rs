//! `report.html`: the batch as one page that needs nothing else. Every word of a document passes through [`escape::html`], nothing is
//! loaded, and the policy in its head lets run only the style and the script of this page, by a number that no document can know.

use std::io::{self, Write};

use records::{Citation, Report, Statement, Status};

use super::escape::{html as text, one_line};
use super::markdown::RenderError;
use super::outline::{CLOSEST, MOST_FAILURES, Notes, Outline, Part, Totals, belief, counted, is_verbatim, percent, place, shown, silence};

/// The style of a report.
pub const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the whole batch; `nonce` is a hash of what the reports say.
pub(super) fn write(outline: &Outline<'_>, nonce: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    head(outline, nonce, out)?;
    for (number, part) in outline.parts.iter().enumerate() {
        let mut notes = Notes::default();
        open_part(number, part, outline.parts.len() > 1, out)?;
        for report in outline.reports(part) {
            write_card(&report?, number, &mut notes, &|_| None, out)?;
        }
        close_part(number, &notes, out)?;
    }
    failures(outline, out)?;
    writeln!(out, "<p id=\"nothing\" hidden>No question matches.</p>\n</main>")?;
    writeln!(out, "<footer class=\"page\">Made by Tandem. Every quotation was checked against its source before it was written;")?;
    writeln!(
        out,
        "<code>tandem verify</code> checks them again.</footer>\n<script nonce=\"{nonce}\">\n{SCRIPT}</script>\n</body>\n</html>"
    )?;
    Ok(())
}

fn head(outline: &Outline<'_>, nonce: &str, out: &mut dyn Write) -> io::Result<()> {
    let title = text(&one_line(&outline.title));
    let policy = format!("default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'");
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">"
    )?;
    writeln!(
        out,
        "<title>{title}</title>\n<style nonce=\"{nonce}\">\n{STYLE}</style>\n</head>\n<body>\n<header class=\"page\">\n<h1>{title}</h1>"
    )?;
    let Totals { answered, partial, abstained, failed, citations, .. } = outline.totals;
    let questions = counted(outline.totals.questions(), "question");
    writeln!(out, "<p class=\"lead\">{questions}, {} from the sources, each checked.</p>", counted(citations, "quotation"))?;
    writeln!(out, "<div class=\"controls\" role=\"group\" aria-label=\"Show\">")?;
    let chips = [
        ("answered", "answered", answered),
        ("partial", "unsure", partial),
        ("abstained", "not found", abstained),
        ("failed", "failed", failed),
    ];
    for (name, label, count) in chips {
        let off = if count == 0 { " disabled" } else { "" };
        writeln!(
            out,
            "<button type=\"button\" class=\"count {name}\" data-show=\"{name}\" aria-pressed=\"true\"{off}><b>{count}</b> {label}</button>"
        )?;
    }
    writeln!(
        out,
        "<input type=\"search\" id=\"filter\" placeholder=\"Filter by word\" aria-label=\"Filter by word\" autocomplete=\"off\">"
    )?;
    writeln!(out, "</div>")?;
    if outline.parts.len() > 1 {
        writeln!(out, "<nav aria-label=\"Parts\"><ol>")?;
        for (number, part) in outline.parts.iter().enumerate() {
            let questions = counted(part.totals.questions(), "question");
            writeln!(out, "<li><a href=\"#part-{}\">{}</a> <small>{questions}</small></li>", number + 1, part_title(part))?;
        }
        writeln!(out, "</ol></nav>")?;
    }
    writeln!(out, "</header>\n<main>")
}

fn part_title(part: &Part) -> String {
    part.title.as_deref().map_or_else(|| "Questions".to_owned(), |title| text(&one_line(title)))
}

fn open_part(number: usize, part: &Part, several: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section class=\"part\" id=\"part-{}\">", number + 1)?;
    if several || part.title.is_some() {
        let Totals { answered, partial, abstained, .. } = part.totals;
        let ends = format!("{answered} answered · {partial} unsure · {abstained} not found");
        writeln!(out, "<h2>{}</h2>\n<p class=\"sub\">{ends}</p>", part_title(part))?;
    }
    Ok(())
}

/// Where a citation leads.
type Link<'a> = &'a dyn Fn(&Citation) -> Option<String>;

/// The card of one question as in `report.html`, for a page that has [`STYLE`]. `link` gives where a citation leads, not yet escaped; where it gives
/// nothing it leads to the list of sources.
#[must_use]
pub fn card(report: &Report, link: Link<'_>) -> String {
    let mut out = Vec::new();
    // Nothing fails that is written to memory.
    let _ = write_card(report, 0, &mut Notes::default(), link, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn write_card(report: &Report, part: usize, notes: &mut Notes, link: Link<'_>, out: &mut dyn Write) -> io::Result<()> {
    notes.add(report);
    let (class, label) = match report.status {
        Status::Answered => ("answered", "answered"),
        Status::Partial => ("partial", "unsure"),
        Status::Abstained => ("abstained", "not found"),
    };
    writeln!(out, "<article class=\"card {class}\" data-status=\"{class}\">")?;
    writeln!(out, "<header><h3 dir=\"auto\">{}</h3><span class=\"chip {class}\">{label}</span></header>", text(&report.question))?;
    if report.status == Status::Abstained {
        writeln!(out, "<p class=\"none\">{}</p>", silence(report))?;
    } else {
        let sure = percent(report.confidence);
        if report.answer.trim().is_empty() {
            writeln!(out, "<p class=\"none\">No single answer; this is what the sources say.</p>")?;
        } else {
            writeln!(out, "<p class=\"answer\" dir=\"auto\">{}{}</p>", belief(report).0, text(&report.answer))?;
        }
        let bar =
            format!("<rect width=\"100\" height=\"8\" rx=\"4\"></rect><rect class=\"full\" width=\"{sure}\" height=\"8\" rx=\"4\"></rect>");
        let bar = format!("<svg class=\"bar\" viewBox=\"0 0 100 8\" aria-hidden=\"true\">{bar}</svg>");
        writeln!(out, "<p class=\"sure\">{bar} {sure} % sure</p>")?;
    }
    for (near, statement) in shown(report) {
        if near {
            writeln!(out, "<p class=\"sub\">{CLOSEST}</p>")?;
        }
        quotations(statement, part, notes, link, out)?;
    }
    let searches: Vec<String> =
        report.searches.iter().map(|search| format!("<q dir=\"auto\">{}</q> ({})", text(&search.query), search.hits)).collect();
    let searched = if searches.is_empty() { String::new() } else { format!("searched {} · ", searches.join(", ")) };
    writeln!(out, "<footer>{searched}{} ms</footer>\n</article>", report.milliseconds)
}

/// A statement with its quotations; where it says what they say, it is shown once, as a quotation.
fn quotations(statement: &Statement, part: usize, notes: &mut Notes, link: Link<'_>, out: &mut dyn Write) -> io::Result<()> {
    let numbers: Vec<usize> = statement.citations.iter().map(|citation| notes.number(&citation.doc)).collect();
    let verbatim = is_verbatim(statement);
    writeln!(out, "<div class=\"statement\">")?;
    if !verbatim {
        let marks: String = numbers.iter().map(|number| format!("<sup>[{number}]</sup>")).collect();
        writeln!(out, "<p dir=\"auto\">{}{marks}</p>", text(&statement.text))?;
    }
    for (at, (citation, number)) in statement.citations.iter().zip(numbers).enumerate() {
        if at == 0 || !verbatim {
            writeln!(out, "<blockquote dir=\"auto\">{}</blockquote>", text(&citation.quote))?;
        }
        let (doc, place) = (text(&citation.doc), place(citation, "–"));
        match link(citation) {
            Some(to) => {
                let to = text(&to);
                writeln!(
                    out,
                    "<p class=\"cite\"><a href=\"{to}\">[{number}] <span class=\"doc\">{doc}</span> <span>{place}</span></a></p>"
                )?;
            }
            None => {
                let source = format!("<a href=\"#source-{}-{number}\">[{number}]</a>", part + 1);
                writeln!(out, "<p class=\"cite\">{source} <span class=\"doc\">{doc}</span> <span>{place}</span></p>")?;
            }
        }
    }
    writeln!(out, "</div>")
}

fn close_part(part: usize, notes: &Notes, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<aside>")?;
    let list = |title: &str, questions: &[String], out: &mut dyn Write| -> io::Result<()> {
        if questions.is_empty() {
            return Ok(());
        }
        writeln!(out, "<h4>{title}</h4>\n<ul>")?;
        for question in questions {
            writeln!(out, "<li dir=\"auto\">{}</li>", text(question))?;
        }
        writeln!(out, "</ul>")
    };
    list("Not sure, or sources disagree", &notes.open, out)?;
    list("Not found", &notes.not_found, out)?;
    if !notes.sources.is_empty() {
        writeln!(out, "<h4>Sources</h4>\n<ol class=\"sources\">")?;
        for (at, (doc, count)) in notes.sources.iter().enumerate() {
            let number = at + 1;
            let quoted = counted(*count, "quotation");
            writeln!(out, "<li id=\"source-{}-{number}\"><span class=\"doc\">{}</span> <small>{quoted}</small></li>", part + 1, text(doc))?;
        }
        writeln!(out, "</ol>")?;
    }
    writeln!(out, "</aside>\n</section>")
}

fn failures(outline: &Outline<'_>, out: &mut dyn Write) -> io::Result<()> {
    if outline.failures.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"part\" id=\"failures\">\n<h2>Could not be asked</h2>")?;
    for failure in &outline.failures {
        writeln!(out, "<article class=\"card failed\" data-status=\"failed\"><p class=\"doc\">{}</p>", text(&failure.path))?;
        writeln!(out, "<p>{}</p></article>", text(&failure.reason))?;
    }
    if outline.totals.failed > MOST_FAILURES as u64 {
        let more = outline.totals.failed - MOST_FAILURES as u64;
        writeln!(out, "<p class=\"sub\">And {more} more; all of them are in <code>failures.parquet</code>.</p>")?;
    }
    writeln!(out, "</section>")
}
