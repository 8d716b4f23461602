//! The card of one question: what was asked, how it ended, the answer, and what is quoted for it.

use std::io::{self, Write};

use records::{Citation, Report, Statement, Status};

use super::super::ending::Ending;
use super::super::escape::html as text;
use super::super::outline::{CLOSEST, Notes, belief, is_verbatim, percent, place, shown, silence};

/// Where a citation leads.
pub(super) struct Lead {
    /// The number of its document.
    pub number: usize,
    /// The document in the list of sources, as an `href`.
    pub source: Option<String>,
    /// The passage, as an `href`.
    pub passage: Option<String>,
}

/// Says of a citation where it leads.
pub(super) type Leads<'a> = &'a mut dyn FnMut(&Citation) -> Lead;

/// One question as it stands in `report.html`, for a page that loads [`super::STYLE`]: an `article` of class `card`, every foreign word in it
/// escaped. `link` says where the passage of a citation is shown, as an address that is not escaped yet; where it says nothing the document is
/// named without a link.
#[must_use]
pub fn card(report: &Report, link: &dyn Fn(&Citation) -> Option<String>) -> String {
    let mut notes = Notes::default();
    let mut leads = |citation: &Citation| Lead { number: notes.number(&citation.doc), source: None, passage: link(citation) };
    let mut out = Vec::new();
    write(report, None, &mut leads, &mut out).expect("memory takes all that is written");
    String::from_utf8(out).expect("a card is text")
}

/// Writes the card; `id` is what a link to it names.
pub(super) fn write(report: &Report, id: Option<&str>, leads: Leads<'_>, out: &mut dyn Write) -> io::Result<()> {
    let ending = Ending::of(report);
    let (class, label) = (ending.class(), ending.label());
    let id = id.map(|id| format!(" id=\"{}\"", text(id))).unwrap_or_default();
    writeln!(out, "<article class=\"card {class}\"{id} data-status=\"{class}\">")?;
    writeln!(out, "<header><h3 dir=\"auto\">{}</h3><span class=\"chip {class}\">{label}</span></header>", text(&report.question))?;
    answer(report, ending, out)?;
    for (near, statement) in shown(report) {
        if near {
            writeln!(out, "<p class=\"sub\">{CLOSEST}</p>")?;
        }
        quotations(statement, leads, out)?;
    }
    let searches: Vec<String> =
        report.searches.iter().map(|search| format!("<q dir=\"auto\">{}</q> ({})", text(&search.query), search.hits)).collect();
    let searched = if searches.is_empty() { String::new() } else { format!("searched {} · ", searches.join(", ")) };
    writeln!(out, "<footer>{searched}{} ms</footer>\n</article>", report.milliseconds)
}

fn answer(report: &Report, ending: Ending, out: &mut dyn Write) -> io::Result<()> {
    if report.status == Status::Abstained {
        return writeln!(out, "<p class=\"none\">{}</p>", silence(report));
    }
    let answers = report.answers();
    match (ending, answers.is_empty()) {
        (_, true) => writeln!(out, "<p class=\"none\">No single answer; this is what the sources say.</p>")?,
        (ending, false) if answers.len() > 1 => {
            match (ending, belief(report).0) {
                (Ending::Contradicted, _) => writeln!(out, "<p class=\"none\">The sources say different things:</p>")?,
                (_, "") => {}
                (_, perhaps) => writeln!(out, "<p class=\"none\">{}:</p>", perhaps.trim_end())?,
            }
            writeln!(out, "<ul class=\"answers\">")?;
            for answer in answers {
                writeln!(out, "<li class=\"answer\" dir=\"auto\">{}</li>", text(answer))?;
            }
            writeln!(out, "</ul>")?;
        }
        _ => writeln!(out, "<p class=\"answer\" dir=\"auto\">{}{}</p>", belief(report).0, text(&report.answer))?,
    }
    let sure = percent(report.confidence);
    let bar =
        format!("<rect width=\"100\" height=\"8\" rx=\"4\"></rect><rect class=\"full\" width=\"{sure}\" height=\"8\" rx=\"4\"></rect>");
    let bar = format!("<svg class=\"bar\" viewBox=\"0 0 100 8\" aria-hidden=\"true\">{bar}</svg>");
    writeln!(out, "<p class=\"sure\">{bar} {sure} % sure</p>")
}

/// A statement with its quotations; where it says what they say, it is shown once, as a quotation.
fn quotations(statement: &Statement, leads: Leads<'_>, out: &mut dyn Write) -> io::Result<()> {
    let leads: Vec<Lead> = statement.citations.iter().map(leads).collect();
    let verbatim = is_verbatim(statement);
    writeln!(out, "<div class=\"statement\">")?;
    if !verbatim {
        let marks: String = leads.iter().map(|lead| format!("<sup>[{}]</sup>", lead.number)).collect();
        writeln!(out, "<p dir=\"auto\">{}{marks}</p>", text(&statement.text))?;
    }
    for (at, (citation, lead)) in statement.citations.iter().zip(&leads).enumerate() {
        if at == 0 || !verbatim {
            writeln!(out, "<blockquote dir=\"auto\">{}</blockquote>", text(&citation.quote))?;
        }
        let number = linked(lead.source.as_deref(), "", &format!("[{}]", lead.number));
        let named = format!("<span class=\"doc\">{}</span> <span>{}</span>", text(&citation.doc), place(citation, "–"));
        writeln!(out, "<p class=\"cite\">{number} {}</p>", linked(lead.passage.as_deref(), " class=\"passage\"", &named))?;
    }
    writeln!(out, "</div>")
}

/// Mark-up as a link, where it leads anywhere.
fn linked(href: Option<&str>, class: &str, inner: &str) -> String {
    href.map_or_else(|| inner.to_owned(), |href| format!("<a{class} href=\"{}\">{inner}</a>", text(href)))
}
