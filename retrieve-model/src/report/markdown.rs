//! `report.md`: the batch as one Markdown file, a heading a brief, a smaller one a question.

use std::io::{self, Write};

use records::{Report, Status, TableError};

use super::ending::Ending;
use super::escape::markdown as text;
use super::outline::{
    CLOSEST, LISTED, MOST_FAILURES, Notes, Outline, belief, counted, in_short, is_verbatim, percent, place, shortened_question, shown,
    silence,
};

/// Writes the whole batch.
pub(super) fn write(outline: &Outline<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    let totals = outline.totals;
    writeln!(out, "# {}\n", text(&outline.title))?;
    let ends = format!("{}, {} failed", totals.told(", "), totals.failed);
    writeln!(out, "{}: {ends}. {}.", counted(totals.questions(), "question"), counted(totals.citations, "citation"))?;
    summary(outline, out)?;
    for part in &outline.parts {
        writeln!(out, "\n## {}", part.title.as_deref().map_or_else(|| "Questions".to_owned(), text))?;
        let mut notes = Notes::default();
        for report in outline.reports(part) {
            question(&report?, &mut notes, out)?;
        }
        list(
            "Sources",
            notes
                .sources
                .iter()
                .enumerate()
                .map(|(at, (doc, count))| format!("\\[{}\\] {} ({})", at + 1, text(doc), counted(*count, "quotation"))),
            out,
        )?;
        for (title, questions) in notes.lists() {
            list(title, questions.iter().map(|question| text(question)), out)?;
        }
    }
    let failures = outline.failures.iter().map(|failure| format!("{}: {}", text(&failure.path), text(&failure.reason)));
    list("Could not be asked", failures, out)?;
    if outline.totals.failed > MOST_FAILURES as u64 {
        writeln!(out, "\nAnd {} more; all of them are in `failures.parquet`.", outline.totals.failed - MOST_FAILURES as u64)?;
    }
    Ok(())
}

/// One line a question; of too many the counts above have to do.
fn summary(outline: &Outline<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    if outline.totals.questions() > LISTED {
        return Ok(());
    }
    for part in &outline.parts {
        writeln!(out)?;
        if let Some(title) = part.title.as_deref().filter(|_| outline.parts.len() > 1) {
            writeln!(out, "{}:\n", text(title))?;
        }
        for report in outline.reports(part) {
            let report = report?;
            let (lead, answers) = in_short(&report);
            let answers: Vec<String> = answers.iter().map(|answer| format!("**{}**", text(answer))).collect();
            let (ending, said) = (Ending::of(&report).label(), format!(" {lead}{}", answers.join(report.between().unwrap_or_default())));
            writeln!(out, "- {ending}: {}{}", text(&shortened_question(&report.question)), said.trim_end())?;
        }
    }
    Ok(())
}

/// A report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub(super) enum RenderError {
    #[error(transparent)]
    Read(#[from] TableError),
    #[error(transparent)]
    Write(#[from] io::Error),
}

fn question(report: &Report, notes: &mut Notes, out: &mut dyn Write) -> io::Result<()> {
    notes.add(report);
    writeln!(out, "\n### {}\n", text(&report.question))?;
    let (perhaps, sure) = belief(report);
    match report.status {
        Status::Abstained => writeln!(out, "*{}*", silence(report))?,
        _ if report.answer.trim().is_empty() => {
            writeln!(out, "No single answer; this is what the sources say ({} % sure).", percent(report.confidence))?
        }
        _ => writeln!(out, "{perhaps}**{}** ({sure})", text(&report.answer))?,
    }
    for (near, statement) in shown(report) {
        if near {
            writeln!(out, "\n{CLOSEST}")?;
        }
        let numbers: Vec<usize> = statement.citations.iter().map(|citation| notes.number(&citation.doc)).collect();
        let verbatim = is_verbatim(statement);
        if !verbatim {
            writeln!(out, "\n{}", text(&statement.text))?;
        }
        for (at, (citation, number)) in statement.citations.iter().zip(numbers).enumerate() {
            writeln!(out)?;
            if at == 0 || !verbatim {
                writeln!(out, "> {}\n>", text(&citation.quote))?;
            }
            writeln!(out, "> \\[{number}\\] {}, {}", text(&citation.doc), place(citation, "-"))?;
        }
    }
    let searches: Vec<String> = report.searches.iter().map(|search| format!("{} ({})", text(&search.query), search.hits)).collect();
    let searched = if searches.is_empty() { String::new() } else { format!("Searched: {}. ", searches.join("; ")) };
    writeln!(out, "\n{searched}{} ms.", report.milliseconds)
}

fn list(title: &str, items: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let mut items = items.peekable();
    if items.peek().is_some() {
        writeln!(out, "\n#### {title}\n")?;
    }
    for item in items {
        writeln!(out, "- {item}")?;
    }
    Ok(())
}
