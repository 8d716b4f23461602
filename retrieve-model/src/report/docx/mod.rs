//! `report.docx`: the batch as a document for Word, LibreOffice and their like. A summary in a table, a heading a part and a smaller one a
//! question, quotations in the style that is meant for them, the sources, and what was not found.
//!
//! Made in memory, since the crate that writes it does so: a batch of many thousand questions is better read as a page.

mod paper;

#[cfg(test)]
mod tests;

use std::io::Write;

use docx_rs::Run;
use records::{Report, Statement, Status};

use self::paper::{ANSWER, Cell, LIST, NOTE, PART, PLAIN, Paper, QUESTION, QUOTE, SOURCE, SUBTITLE, TITLE, ours, words};
use super::ending::Ending;
use super::markdown::RenderError;
use super::outline::{
    CLOSEST, LISTED, MOST_FAILURES, Notes, Outline, Part, counted, in_short, is_verbatim, percent, place, shortened_question, shown,
    silence,
};

/// Writes the whole batch.
pub(super) fn write(outline: &Outline<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut paper = Paper::new();
    let totals = outline.totals;
    paper.say(TITLE, [words(&outline.title)]);
    let (asked, quoted) = (counted(totals.questions(), "question"), counted(totals.citations, "quotation"));
    paper.say(SUBTITLE, [ours(&format!("{asked}, {quoted} from the sources, each checked."))]);
    summary(outline, &mut paper)?;
    for (number, part) in outline.parts.iter().enumerate() {
        paper.say(PART, [part_title(part)]);
        if outline.parts.len() > 1 {
            paper.say(NOTE, [ours(&part.totals.told(", "))]);
        }
        let mut notes = Notes::default();
        for (at, report) in outline.reports(part).enumerate() {
            question(&report?, &bookmark(number, at), &mut notes, &mut paper);
        }
        lists(&notes, &mut paper);
    }
    failures(outline, &mut paper);
    out.write_all(&paper.bytes()?)?;
    Ok(())
}

fn part_title(part: &Part) -> Run {
    part.title.as_deref().map_or_else(|| ours("Questions"), words)
}

fn bookmark(part: usize, at: usize) -> String {
    format!("question_{}_{}", part + 1, at + 1)
}

/// How many questions ended how and, of few enough, how each did.
fn summary(outline: &Outline<'_>, paper: &mut Paper) -> Result<(), RenderError> {
    paper.say(PART, [ours("Summary")]);
    let failed = Some(outline.totals.failed).filter(|failed| *failed > 0).map(|failed| format!(", {failed} could not be asked"));
    paper.say(PLAIN, [ours(&(outline.totals.told(", ") + &failed.unwrap_or_default()))]);
    if outline.totals.questions() > LISTED {
        return Ok(());
    }
    let mut rows = Vec::new();
    for (number, part) in outline.parts.iter().enumerate() {
        for (at, report) in outline.reports(part).enumerate() {
            let report = report?;
            let (lead, answers) = in_short(&report);
            let mut said = vec![ours(lead)];
            for (at, answer) in answers.iter().enumerate() {
                said.extend((at > 0).then(|| ours(report.between().unwrap_or_default())));
                said.push(words(answer).bold());
            }
            let question = Cell::Link(bookmark(number, at), Box::new(words(&shortened_question(&report.question))));
            rows.push([question, Cell::Words(vec![ours(Ending::of(&report).label())]), Cell::Words(said)]);
        }
    }
    paper.table(["Question", "Ended", "Answer"], rows);
    Ok(())
}

fn question(report: &Report, bookmark: &str, notes: &mut Notes, paper: &mut Paper) {
    notes.add(report);
    paper.marked(QUESTION, bookmark, words(&report.question));
    let sure = format!("{}, {} % sure", Ending::of(report).label(), percent(report.confidence));
    match report.status {
        Status::Abstained => paper.say(NOTE, [ours(silence(report))]),
        _ if report.answer.trim().is_empty() => paper.say(NOTE, [ours("No single answer; this is what the sources say.")]),
        _ => {
            let perhaps = if report.is_unsure() { "Perhaps " } else { "" };
            for answer in report.answers() {
                paper.say(ANSWER, [ours(perhaps), words(answer).bold()]);
            }
            paper.say(NOTE, [ours(&sure)]);
        }
    }
    for (near, statement) in shown(report) {
        if near {
            paper.say(NOTE, [ours(CLOSEST)]);
        }
        quotations(statement, notes, paper);
    }
}

fn quotations(statement: &Statement, notes: &mut Notes, paper: &mut Paper) {
    let verbatim = is_verbatim(statement);
    if !verbatim {
        paper.say(PLAIN, [words(&statement.text)]);
    }
    for (at, citation) in statement.citations.iter().enumerate() {
        let number = notes.number(&citation.doc);
        if at == 0 || !verbatim {
            paper.say(QUOTE, [words(&citation.quote)]);
        }
        paper.say(SOURCE, [ours(&format!("[{number}] ")), words(&citation.doc), ours(&format!(", {}", place(citation, "–")))]);
    }
}

/// What a part says at its end.
fn lists(notes: &Notes, paper: &mut Paper) {
    for (title, questions) in notes.lists() {
        if !questions.is_empty() {
            paper.say(LIST, [ours(title)]);
        }
        questions.iter().for_each(|question| paper.bullet([words(question)]));
    }
    if !notes.sources.is_empty() {
        paper.say(LIST, [ours("Sources")]);
    }
    for (at, (doc, count)) in notes.sources.iter().enumerate() {
        let quoted = counted(*count, "quotation");
        paper.say(PLAIN, [ours(&format!("[{}] ", at + 1)), words(doc), ours(&format!(" ({quoted})"))]);
    }
}

fn failures(outline: &Outline<'_>, paper: &mut Paper) {
    if outline.failures.is_empty() {
        return;
    }
    paper.say(PART, [ours("Could not be asked")]);
    for failure in &outline.failures {
        paper.bullet([words(&failure.path), ours(": "), words(&failure.reason)]);
    }
    if outline.totals.failed > MOST_FAILURES as u64 {
        let more = outline.totals.failed - MOST_FAILURES as u64;
        paper.say(NOTE, [ours(&format!("And {more} more; all of them are in failures.parquet."))]);
    }
}
