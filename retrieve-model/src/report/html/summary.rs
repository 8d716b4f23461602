//! The head of the page for a reader in a hurry: how all questions ended, one line each, every line a link to its card.

use std::io::{self, Write};

use super::super::ending::Ending;
use super::super::escape::{html as text, one_line};
use super::super::markdown::RenderError;
use super::super::outline::{LISTED, Outline, Part, counted, in_short, shortened_question};
use super::{card_id, part_title};

/// Writes the list; with too many questions for a glance it is folded, and the parts are listed above it.
pub(super) fn write(outline: &Outline<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    let asked = outline.totals.questions() - outline.totals.failed;
    let folded = asked > LISTED;
    writeln!(out, "<nav class=\"summary\" id=\"summary\" aria-label=\"Summary\">")?;
    if folded {
        if outline.parts.len() > 1 {
            parts(outline, out)?;
        }
        writeln!(out, "<details>\n<summary>All {} in short</summary>", counted(asked, "question"))?;
    }
    for (number, part) in outline.parts.iter().enumerate() {
        if outline.parts.len() > 1 {
            let told = part.totals.told(" · ");
            writeln!(out, "<h2><a href=\"#part-{}\">{}</a> <small>{told}</small></h2>", number + 1, part_title(part))?;
        }
        lines(outline, number, part, out)?;
    }
    if folded {
        writeln!(out, "</details>")?;
    }
    if outline.totals.failed > 0 {
        let failed = counted(outline.totals.failed, "question");
        writeln!(out, "<p class=\"sub\"><a href=\"#failures\">{failed} could not be asked</a></p>")?;
    }
    writeln!(out, "</nav>")?;
    Ok(())
}

fn parts(outline: &Outline<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<ol>")?;
    for (number, part) in outline.parts.iter().enumerate() {
        let questions = counted(part.totals.questions(), "question");
        writeln!(out, "<li><a href=\"#part-{}\">{}</a> <small>{questions}</small></li>", number + 1, part_title(part))?;
    }
    writeln!(out, "</ol>")
}

fn lines(outline: &Outline<'_>, number: usize, part: &Part, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(out, "<ul class=\"lines\">")?;
    for (at, report) in outline.reports(part).enumerate() {
        let report = report?;
        let (ending, id) = (Ending::of(&report), card_id(number, at));
        let (lead, answers) = in_short(&report);
        let answers: Vec<String> = answers.iter().map(|answer| format!("<b dir=\"auto\">{}</b>", text(answer))).collect();
        writeln!(
            out,
            "<li data-card=\"{id}\"><span class=\"chip {}\">{}</span> <p><a dir=\"auto\" href=\"#{id}\">{}</a> <span>{lead}{}</span></p></li>",
            ending.class(),
            ending.label(),
            text(&shortened_question(&one_line(&report.question))),
            answers.join(report.between().unwrap_or_default())
        )?;
    }
    writeln!(out, "</ul>")?;
    Ok(())
}
