//! The last look at a report before it is written: every citation is checked against its source once more, what does not hold is taken
//! out, and a report with nothing left says that it found no answer.

use records::{Citation, Report, Status, UserQuestion};

use super::escape::one_line;

/// Whether a citation holds: the original says at its place what it quotes.
pub type Verify<'a> = &'a (dyn Fn(&Citation) -> bool + Sync);

/// A report as it may be written, and the number of citations that were taken out.
#[must_use]
pub fn checked(question: &UserQuestion, mut report: Report, verify: Verify<'_>) -> (Report, u64) {
    report.question_id.clone_from(&question.id);
    report.question.clone_from(&question.question);
    report.brief.clone_from(&question.brief);
    report.confidence = if report.confidence.is_finite() { report.confidence.clamp(0.0, 1.0) } else { 0.0 };
    let holds = |citation: &Citation| if question.sources.is_empty() { verify(citation) } else { stands_in_sources(question, citation) };
    let mut refused = 0;
    for statement in &mut report.statements {
        let before = statement.citations.len();
        statement.citations.retain(holds);
        refused += (before - statement.citations.len()) as u64;
    }
    let before = report.statements.len();
    report.statements.retain(|statement| !statement.citations.is_empty());
    if report.statements.is_empty() {
        report.status = Status::Abstained;
        report.answer.clear();
    } else if report.statements.len() < before && report.status == Status::Answered {
        // Part of what the answer rested on is gone.
        report.status = Status::Partial;
    }
    (report, refused)
}

/// Whether a citation holds against the texts that the question brought along: its range reads as the quote, up to white space.
#[must_use]
pub fn stands_in_sources(question: &UserQuestion, citation: &Citation) -> bool {
    let (Ok(start), Ok(end)) = (usize::try_from(citation.start), usize::try_from(citation.end)) else { return false };
    let reads = |text: &str| text.get(start..end).is_some_and(|quoted| one_line(quoted) == one_line(&citation.quote));
    !citation.quote.trim().is_empty() && question.sources.iter().any(|source| source.id == citation.doc && reads(&source.text))
}

#[cfg(test)]
mod tests {
    use records::{SourceText, Statement};

    use super::*;

    fn citation(start: u64, quote: &str) -> Citation {
        Citation { doc: "s".into(), doc_id: "h".into(), page: None, start, end: start + quote.len() as u64, quote: quote.into() }
    }

    fn report(citations: Vec<Vec<Citation>>) -> Report {
        let statements = citations.into_iter().map(|citations| Statement { text: "t".into(), citations }).collect();
        Report {
            question_id: "other".into(),
            brief: None,
            question: String::new(),
            status: Status::Answered,
            answer: "blue".into(),
            confidence: f32::NAN,
            statements,
            searches: vec![],
            milliseconds: 1,
        }
    }

    fn question(text: &str) -> UserQuestion {
        let sources = vec![SourceText { id: "s".into(), title: None, text: text.into() }];
        UserQuestion { id: "q".into(), question: "Which?".into(), brief: Some("B".into()), sources }
    }

    #[test]
    fn a_citation_that_does_not_hold_takes_its_statement_with_it() {
        let question = question("the sky is\nblue today");
        let (kept, refused) = checked(&question, report(vec![vec![citation(4, "sky is blue")], vec![citation(0, "the sea")]]), &|_| true);
        assert_eq!((kept.statements.len(), refused, kept.status), (1, 1, Status::Partial));
        assert_eq!((kept.question_id.as_str(), kept.brief.as_deref(), kept.confidence), ("q", Some("B"), 0.0));
        let (none, refused) = checked(&question, report(vec![vec![citation(5, "sky is blue")], vec![citation(90, "x")]]), &|_| true);
        assert_eq!((none.statements.len(), refused, none.status, none.answer.as_str()), (0, 2, Status::Abstained, ""));
    }

    #[test]
    fn without_sources_the_verifier_decides() {
        let question = UserQuestion { sources: vec![], ..question("") };
        let given = || report(vec![vec![citation(4, "sky"), citation(9, "no")]]);
        let (kept, refused) = checked(&question, given(), &|citation| citation.start == 4);
        assert_eq!((kept.statements[0].citations.len(), refused, kept.status), (1, 1, Status::Answered));
        assert_eq!(checked(&question, given(), &|_| false).0.status, Status::Abstained);
    }
}
