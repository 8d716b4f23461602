//! A report as text that is shown elsewhere (a chat client, an assistant): what is found, its quotations, and numbered sources. Markdown, in which no
//! word of a document is mark-up.

use std::fmt::Write as _;

use records::{Citation, Report, Statement, Status};
use retrieve_model::report::escape::markdown;
use serde::Serialize;

/// Where a text names a source, in characters from its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// First character of the mark `[1]`.
    pub start_index: usize,
    /// One past its last.
    pub end_index: usize,
    /// The document.
    pub title: String,
    /// Its passage, as this server shows it.
    pub url: String,
}

/// A report as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The text.
    pub text: String,
    /// Its marks, in order.
    pub marks: Vec<Mark>,
    sources: Vec<(String, String)>,
}

/// The address of a passage on a server.
#[must_use]
pub fn passage(server: &str, citation: &Citation) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("name", &citation.doc);
    if let Some(page) = citation.page {
        query.append_pair("page", &page.to_string());
    }
    query.append_pair("start", &citation.start.to_string()).append_pair("end", &citation.end.to_string());
    format!("{server}/document?{}#passage", query.finish())
}

impl Told {
    /// What a report says; addresses begin with `server`.
    #[must_use]
    pub fn of(report: &Report, server: &str) -> Self {
        let mut told = Self::default();
        let sure = format!("{:.0} % sure", report.confidence * 100.0);
        match report.status {
            Status::Abstained => told.text += report.reason.as_deref().unwrap_or("No passage answers this surely."),
            _ if report.answer.trim().is_empty() => {
                let _ = write!(told.text, "No single answer; this is what the sources say ({sure}).");
            }
            _ => {
                let perhaps = if report.is_unsure() { "Perhaps " } else { "" };
                let _ = write!(told.text, "{perhaps}**{}** ({sure})", markdown(&report.answer));
            }
        }
        report.statements.iter().for_each(|statement| told.quote(statement, server));
        if !report.closest.is_empty() {
            told.text += "\n\nClosest passages:";
            report.closest.iter().for_each(|statement| told.quote(statement, server));
        }
        if !told.sources.is_empty() {
            told.text += "\n\nSources:";
            for (number, (source, url)) in (1..).zip(told.sources.clone()) {
                // No address of ours holds a bracket.
                let _ = if server.is_empty() {
                    write!(told.text, "\n{number}. {source}")
                } else {
                    write!(told.text, "\n{number}. [{source}]({url})")
                };
            }
        }
        told
    }

    fn quote(&mut self, statement: &Statement, server: &str) {
        for citation in &statement.citations {
            let _ = write!(self.text, "\n\n> {} ", markdown(&citation.quote));
            let url = passage(server, citation);
            let page = citation.page.map(|page| format!(", page {page}")).unwrap_or_default();
            let place = (format!("{}{page}", markdown(&citation.doc)), url.clone());
            let known = self.sources.iter().position(|source| *source == place);
            let number = known.map_or(self.sources.len() + 1, |at| at + 1);
            if known.is_none() {
                self.sources.push(place);
            }
            let start_index = self.text.chars().count();
            let _ = write!(self.text, "[{number}]");
            let end_index = self.text.chars().count();
            self.marks.push(Mark { start_index, end_index, title: citation.doc.clone(), url });
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A report with one cited answer.
    pub fn report() -> Report {
        let citation = |quote: &str, start| Citation {
            doc: "notes/a b&c.md".into(),
            doc_id: "d".into(),
            page: Some(3),
            start,
            end: start + 9,
            quote: quote.into(),
        };
        let statement = |quote: &str, start| Statement { text: quote.into(), citations: vec![citation(quote, start)] };
        Report {
            question_id: "q".into(),
            brief: None,
            question: "Who?".into(),
            status: Status::Answered,
            reason: None,
            answer: "Pia *Lund*".into(),
            confidence: 0.834,
            statements: vec![statement("The judge is Pia *Lund*. ![x](http://evil.example/?q)", 7), statement("Pia again.", 90)],
            closest: vec![],
            searches: vec![],
            milliseconds: 3,
        }
    }

    #[test]
    fn every_mark_stands_where_it_says_and_leads_to_its_passage() {
        let told = Told::of(&report(), "http://localhost:8080");
        assert!(told.text.starts_with("**Pia \\*Lund\\*** (83 % sure)"), "{}", told.text);
        let characters: Vec<char> = told.text.chars().collect();
        for (number, mark) in (1..).zip(&told.marks) {
            assert_eq!(characters[mark.start_index..mark.end_index].iter().collect::<String>(), format!("[{number}]"));
        }
        assert_eq!(told.marks[0].url, "http://localhost:8080/document?name=notes%2Fa+b%26c.md&page=3&start=7&end=16#passage");
        assert!(told.text.contains("Sources:\n1. [notes/a b\\&c.md, page 3](http://localhost:8080/document?name=notes%2Fa+b%26c.md&page=3&start=7&end=16#passage)\n2. "), "{}", told.text);
        // An address is set as code, in which nothing means anything.
        assert!(told.text.contains("`![x](http://evil.example/?q)`"), "no word of a document is mark-up: {}", told.text);
    }

    #[test]
    fn silence_is_told_with_what_came_closest() {
        let answered = report();
        let silent = Report {
            status: Status::Abstained,
            answer: String::new(),
            closest: answered.statements.clone(),
            statements: vec![],
            ..answered
        };
        let told = Told::of(&silent, "");
        assert!(told.text.starts_with("No passage answers this surely.\n\nClosest passages:\n\n> The judge"), "{}", told.text);
        assert_eq!(told.marks.len(), 2);
    }
}
