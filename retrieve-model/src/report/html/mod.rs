//! `report.html`: the batch as one page that needs nothing else. Every word of a document passes through [`escape::html`], nothing is
//! loaded, and the policy in its head lets run only the style and the script of this page, by a number that no document can know.

mod card;
mod passages;
mod summary;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use records::{Citation, Report};

use self::card::Lead;
pub use self::card::card;
use self::passages::Passages;
use super::ending::{Ending, Totals};
use super::escape::{html as text, one_line};
use super::markdown::RenderError;
use super::outline::{MOST_FAILURES, Notes, Outline, Part, counted};

/// The style sheet of the page and of every [`card`].
pub const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the whole batch; `nonce` is a hash of what the reports say.
pub(super) fn write(outline: &Outline<'_>, nonce: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    head(outline, nonce, out)?;
    summary::write(outline, out)?;
    writeln!(out, "</header>\n<main>")?;
    let mut passages = Passages::of(outline)?;
    for (number, part) in outline.parts.iter().enumerate() {
        let mut notes = Notes::default();
        open_part(number, part, outline.parts.len() > 1, out)?;
        for (at, report) in outline.reports(part).enumerate() {
            question(&report?, number, &card_id(number, at), &mut notes, &mut passages, out)?;
        }
        close_part(number, &notes, out)?;
    }
    failures(outline, out)?;
    passages.write(outline, out)?;
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
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'none'"
    );
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
    let Totals { failed, citations, .. } = outline.totals;
    let questions = counted(outline.totals.questions(), "question");
    let (ended, quoted) = (outline.totals.told(" · "), counted(citations, "quotation"));
    writeln!(out, "<p class=\"lead\">{questions}: {ended}.<br>{quoted} from the sources, each checked.</p>")?;
    writeln!(out, "<div class=\"controls\" role=\"group\" aria-label=\"Show\">")?;
    let ended = Ending::ALL.map(|ending| (ending.class(), ending.label(), outline.totals.ended(ending)));
    let chips = ended.into_iter().chain([("failed", "failed", failed)]);
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
    writeln!(out, "</div>")
}

/// What the card of a part's question is called, both from 0.
fn card_id(part: usize, at: usize) -> String {
    format!("question-{}-{}", part + 1, at + 1)
}

fn question(report: &Report, part: usize, id: &str, notes: &mut Notes, passages: &mut Passages, out: &mut dyn Write) -> io::Result<()> {
    notes.add(report);
    let mut leads = |citation: &Citation| {
        let number = notes.number(&citation.doc);
        Lead { number, source: Some(format!("#source-{}-{number}", part + 1)), passage: passages.link(citation, id) }
    };
    card::write(report, Some(id), &mut leads, out)
}

fn part_title(part: &Part) -> String {
    part.title.as_deref().map_or_else(|| "Questions".to_owned(), |title| text(&one_line(title)))
}

fn open_part(number: usize, part: &Part, several: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section class=\"part\" id=\"part-{}\">", number + 1)?;
    if several || part.title.is_some() {
        writeln!(out, "<h2>{}</h2>\n<p class=\"sub\">{}</p>", part_title(part), part.totals.told(" · "))?;
    }
    Ok(())
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
    for (title, questions) in notes.lists() {
        list(title, questions, out)?;
    }
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
