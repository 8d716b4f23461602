//! The last look at a report before it is written: every citation is checked against its source once more, what does not hold is taken
//! out, and a report with nothing left says that it found no answer. An answer has to stand in what is quoted, word for word.

use records::{Citation, Report, Status, UserQuestion};

use super::escape::one_line;
use super::outline::silence;

/// Whether a citation holds: the original says at its place what it quotes.
pub type Verify<'a> = &'a (dyn Fn(&Citation) -> bool + Sync);

/// A report as it may be written, and the number of citations and answers that were taken out.
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
    for near in &mut report.closest {
        let before = near.citations.len();
        near.citations.retain(holds);
        refused += (before - near.citations.len()) as u64;
    }
    report.closest.retain(|near| !near.citations.is_empty());
    if unsupported(&report).is_some() {
        // The quotations hold; what was made of them does not.
        refused += 1;
        report.answer.clear();
        report.status = if report.statements.is_empty() { Status::Abstained } else { Status::Partial };
    }
    report.reason = (report.status == Status::Abstained).then(|| silence(&report).to_owned());
    (report, refused)
}

/// The answer of a report, or the one of its several answers, that stands in none of its quotations; none where all is well. White space and
/// invisible characters aside the words have to be the same, and to be whole: `10` does not stand in `2010`.
#[must_use]
pub fn unsupported(report: &Report) -> Option<&str> {
    let answer = report.answer.trim();
    let citations = report.statements.iter().flat_map(|statement| &statement.citations);
    let quotes: Vec<String> = citations.map(|citation| spoken(&citation.quote)).collect();
    let stands = |words: &str| {
        let words = spoken(words);
        quotes.iter().any(|quote| holds(quote, &words))
    };
    match report.status {
        _ if answer.is_empty() => None,
        Status::Abstained => Some(answer),
        _ => report.answers().into_iter().find(|part| !stands(part)),
    }
}

/// What is heard of a text: single spaces, nothing invisible.
fn spoken(text: &str) -> String {
    one_line(&text.chars().filter(|c| !text::is_invisible(*c)).collect::<String>())
}

/// Whether a quotation holds words that are not the middle of longer ones. Only of ASCII can that be told: many scripts divide no words.
fn holds(quote: &str, words: &str) -> bool {
    let cuts = |before: Option<char>, after: Option<char>| {
        let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        part(before) && part(after)
    };
    !words.is_empty()
        && quote.match_indices(words).any(|(at, _)| {
            let (before, after) = (quote[..at].chars().next_back(), quote[at + words.len()..].chars().next());
            !cuts(before, words.chars().next()) && !cuts(words.chars().next_back(), after)
        })
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
            reason: None,
            answer: "blue".into(),
            confidence: f32::NAN,
            statements,
            closest: vec![],
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

    fn answered(answer: &str, quotes: &[&str]) -> Report {
        let citations = quotes.iter().map(|quote| vec![citation(0, quote)]).collect();
        Report { answer: answer.into(), ..report(citations) }
    }

    #[test]
    fn an_answer_stands_in_a_quotation_word_for_word() {
        let quotes = ["The harbour pilot of Vik is Ola Ness.", "It was opened in 2010 by the\nqueen; the tun\u{ad}nel costs $1.50."];
        for stands in
            ["Ola Ness", "harbour  pilot", "2010", "by the queen", "tunnel", "$1.50", "", " ", "Ola Ness / 2010", "Vik is Ola Ness."]
        {
            assert_eq!(unsupported(&answered(stands, &quotes)), None, "{stands}");
        }
        for (answer, part) in [
            ("Ole Ness", "Ole Ness"),
            ("ola ness", "ola ness"),
            ("10", "10"),
            ("Nes", "Nes"),
            ("1,50", "1,50"),
            ("Ola Ness / Per Moe", "Per Moe"),
            ("Ness. It was opened", "Ness. It was opened"),
        ] {
            assert_eq!(unsupported(&answered(answer, &quotes)), Some(part));
        }
        assert_eq!(unsupported(&answered("\u{5317}\u{4eac}", &["\u{5728}\u{5317}\u{4eac}\u{5e02}"])), None);
        assert_eq!(unsupported(&Report { status: Status::Abstained, ..answered("Ola Ness", &quotes) }), Some("Ola Ness"));
        assert_eq!(unsupported(&answered("Ola Ness", &[])), Some("Ola Ness"));
    }

    #[test]
    fn an_answer_that_stands_in_no_quotation_is_taken_out_and_the_quotations_stay() {
        let question = question("the sky is\nblue today");
        let (kept, refused) = checked(&question, report(vec![vec![citation(4, "sky is blue")]]), &|_| true);
        assert_eq!((kept.status, kept.answer.as_str(), refused), (Status::Answered, "blue", 0));
        let given = Report { answer: "bleu".into(), ..report(vec![vec![citation(4, "sky is blue")]]) };
        let (kept, refused) = checked(&question, given, &|_| true);
        assert_eq!((kept.status, kept.answer.as_str(), refused, kept.statements.len()), (Status::Partial, "", 1, 1));
        // The quotation that the answer stood in does not hold; another one does.
        let both = report(vec![vec![citation(0, "the sky")], vec![citation(90, "is blue")]]);
        let (kept, refused) = checked(&question, both, &|_| true);
        assert_eq!((kept.status, kept.answer.as_str(), refused), (Status::Partial, "", 2));
    }

    #[test]
    fn without_sources_the_verifier_decides() {
        let question = UserQuestion { sources: vec![], ..question("") };
        let given = || Report { answer: "sky".into(), ..report(vec![vec![citation(4, "sky"), citation(9, "no")]]) };
        let (kept, refused) = checked(&question, given(), &|citation| citation.start == 4);
        assert_eq!((kept.statements[0].citations.len(), refused, kept.status), (1, 1, Status::Answered));
        assert_eq!(checked(&question, given(), &|_| false).0.status, Status::Abstained);
    }
}
