//! One report as plain text, for `tandem ask` on a terminal. No character of a document reaches the terminal as a command.

use std::fmt::Write as _;

use records::{Report, Status};

use super::escape::terminal as text;
use super::outline::{CLOSEST, belief, is_verbatim, percent, place, shown, silence};

/// A few lines of text, wrapped at `width` columns.
#[must_use]
pub fn plain(report: &Report, width: usize) -> String {
    let mut out = String::new();
    let (perhaps, sure) = belief(report);
    let head = match report.status {
        Status::Abstained => silence(report).to_owned(),
        _ if report.answer.trim().is_empty() => {
            format!("No single answer; this is what the sources say ({} % sure).", percent(report.confidence))
        }
        _ => format!("{perhaps}{} ({sure})", text(&report.answer)),
    };
    wrap(&head, "", width, &mut out);
    for (near, statement) in shown(report) {
        let verbatim = is_verbatim(statement);
        if near {
            out.push_str(if report.statements.is_empty() { "" } else { "\n" });
            wrap(CLOSEST, "", width, &mut out);
        }
        out.push('\n');
        if !verbatim {
            wrap(&text(&statement.text), "", width, &mut out);
        }
        for (at, citation) in statement.citations.iter().enumerate() {
            if at == 0 || !verbatim {
                wrap(&text(&citation.quote), "  | ", width, &mut out);
            }
            let _ = writeln!(out, "    {}, {}", text(&citation.doc), place(citation, "-"));
        }
    }
    out
}

fn wrap(text: &str, indent: &str, width: usize, out: &mut String) {
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(indent);
            column = indent.len();
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}
