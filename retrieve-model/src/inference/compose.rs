//! From an outcome to a report. Every statement is a sentence of a section, and its citation is made from the section's offset map; one that
//! cannot be made is not written, and an answer whose own sentence cannot be cited is not given.

use std::ops::Range;

use records::{Citation, Report, Section, Statement, Status, UserQuestion};

use super::answerer::Outcome;
use super::controller::Quoted;
use super::read::Read;
use crate::model::Calibration;

/// Passages shown where nothing answers surely.
const CLOSEST: usize = 3;

/// The report of a question.
#[must_use]
pub fn report(question: &UserQuestion, outcome: &Outcome, calibration: &Calibration, milliseconds: u64) -> Report {
    let confidence = confidence(outcome, calibration);
    let state = &outcome.state;
    let answers: Vec<(&Quoted, Statement)> = state.answers.iter().filter_map(|answer| Some((answer, statement(answer)?))).collect();
    let leads: Vec<Statement> = state.leads.iter().filter_map(statement).collect();
    let told = !answers.is_empty() && leads.len() == state.leads.len();
    let believed = told && confidence >= calibration.threshold;
    let (status, answer, statements) = if believed || told && confidence >= calibration.unsure {
        let words: Vec<String> = answers.iter().map(|(answer, _)| original_value(answer)).collect();
        let mut statements = leads;
        statements.extend(answers.iter().map(|(_, statement)| statement.clone()));
        let disagrees = state.disagrees && answers.len() > 1;
        let status = if believed && !disagrees { Status::Answered } else { Status::Partial };
        let between = if disagrees { Report::BETWEEN_ANSWERS } else { Report::BETWEEN_ITEMS };
        (status, words.join(between), merged(statements))
    } else {
        (Status::Abstained, String::new(), Vec::new())
    };
    Report {
        question_id: question.id.clone(),
        brief: question.brief.clone(),
        question: question.question.clone(),
        status,
        reason: None,
        answer,
        confidence,
        closest: if believed { Vec::new() } else { others(closest(&state.reads), &statements) },
        statements,
        searches: outcome.searches.clone(),
        milliseconds,
    }
}

/// The passages that are not quoted already.
fn others(mut closest: Vec<Statement>, quoted: &[Statement]) -> Vec<Statement> {
    closest.retain(|near| !quoted.iter().any(|statement| statement.text == near.text));
    closest
}

/// The best sentence of each of the sections that were worth most, quoted.
fn closest(reads: &[Read]) -> Vec<Statement> {
    let best = |read: &Read| {
        let range = read.sentences.get(read.best_sentence()?)?.clone();
        let text = read.text(&range).to_owned();
        Some(Statement { citations: vec![cite(&read.passage.section, range)?], text })
    };
    merged(reads.iter().filter_map(best).take(CLOSEST).collect())
}

/// Probability that the outcome's answer is right; 0 where there is none.
#[must_use]
pub fn confidence(outcome: &Outcome, calibration: &Calibration) -> f32 {
    if outcome.features.is_empty() || outcome.state.answers.is_empty() {
        return 0.0;
    }
    calibration.right.probability(&outcome.features)
}

/// The value in the words of the original, as its quotation gives them: a repair must not answer what the source does not say.
fn original_value(quoted: &Quoted) -> String {
    let bytes = quoted.value.and_then(|value| quoted.read.values.get(value)).map(|value| value.bytes.clone());
    bytes.map_or_else(String::new, |bytes| original(&quoted.read.passage.section, bytes))
}

/// What the original says in a range of a section's text, white space collapsed.
fn original(section: &Section, range: Range<usize>) -> String {
    section.unrepaired(range).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn statement(quoted: &Quoted) -> Option<Statement> {
    let section = &quoted.read.passage.section;
    let citation = cite(section, quoted.read.sentences.get(quoted.sentence)?.clone())?;
    Some(Statement { text: quoted.text().to_owned(), citations: vec![citation] })
}

/// Statements in order, each once.
fn merged(statements: Vec<Statement>) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    for statement in statements {
        match out.iter_mut().find(|known| known.text == statement.text) {
            Some(known) => {
                let new: Vec<Citation> = statement.citations.into_iter().filter(|citation| !known.citations.contains(citation)).collect();
                known.citations.extend(new);
            }
            None => out.push(statement),
        }
    }
    out
}

/// The citation of a range of a section's text: what the original says there, white space collapsed, and where. None if the range is empty
/// or cut through a character, the section's repairs do not fit its text, or nothing of the range stands in the original.
#[must_use]
pub fn cite(section: &Section, range: Range<usize>) -> Option<Citation> {
    let text = &section.text;
    text.get(range.clone())?;
    let fits = |at: u32| text.is_char_boundary(at as usize);
    let sound = section.repairs.iter().all(|repair| repair.start <= repair.end && fits(repair.start) && fits(repair.end));
    if !sound {
        return None;
    }
    let raw = section.spans.raw_range(range.start as u64..range.end as u64)?;
    let quote = original(section, range);
    if quote.is_empty() || raw.is_empty() {
        return None;
    }
    let (page, raw) = section.on_page(raw);
    Some(Citation { doc: section.path.clone(), doc_id: section.doc_id.clone(), page, start: raw.start, end: raw.end, quote })
}

#[cfg(test)]
mod tests {
    use records::{OffsetMap, Repair, Role};

    use super::*;

    fn section() -> Section {
        let text = "It is an important point.".to_owned();
        Section {
            doc_id: "d".into(),
            path: "p".into(),
            title: None,
            section: 0,
            heading_path: vec![],
            role: Role::Paragraph,
            spans: OffsetMap::verbatim(100, text.len() as u64),
            text,
            page: None,
            repairs: vec![Repair { start: 9, end: 18, original: "irnpor-\ntant".into() }],
            links: vec![],
            pages: Vec::new(),
        }
    }

    /// The outcome of a question that was answered with the word "point", and its report under a calibration that gives even odds to everything.
    fn reported(threshold: f32, unsure: f32) -> Report {
        reported_with(threshold, unsure, None)
    }

    /// The same with "Others" as another answer, which may say something else of the same thing.
    fn reported_with(threshold: f32, unsure: f32, disagrees: Option<bool>) -> Report {
        let section = Section {
            repairs: vec![],
            text: "It is an important point. Others differ.".into(),
            spans: OffsetMap::verbatim(0, 40),
            ..section()
        };
        let read = Read {
            passage: super::super::Passage { key: 1, section },
            first_stage: 0.0,
            similarity: 0.0,
            relevance: 1.0,
            answers: 1.0,
            sentences: vec![0..25, 26..40],
            sentence_scores: vec![-0.1, -2.0],
            values: vec![super::super::Value { bytes: 19..24, sentence: 0, score: -0.1, overall: -0.1 }],
            mass: 0.0,
            summary: vec![],
        };
        let other = Read { sentence_scores: vec![-2.0, -0.1], ..read.clone() };
        let mut answers = vec![Quoted { read: read.clone(), sentence: 0, value: Some(0) }];
        if disagrees.is_some() {
            let value = super::super::Value { bytes: 26..32, sentence: 1, score: -0.1, overall: -0.1 };
            answers.push(Quoted { read: Read { values: vec![value], ..other.clone() }, sentence: 1, value: Some(0) });
        }
        let disagrees = disagrees == Some(true);
        let state = super::super::State { reads: vec![read, other], answers, disagrees, ..Default::default() };
        let outcome = Outcome { state, features: vec![0.0], ..Outcome::default() };
        let right = crate::model::SigmoidScore { weights: vec![0.0], bias: 0.0 };
        let question = UserQuestion { id: "q".into(), question: "What is it?".into(), brief: None, sources: vec![] };
        report(&question, &outcome, &Calibration { right, threshold, unsure, curve: vec![] }, 1)
    }

    #[test]
    fn what_is_not_sure_is_said_so_with_what_else_came_close() {
        let (sure, unsure, silent) = (reported(0.4, 0.1), reported(0.6, 0.1), reported(0.6, 0.6));
        assert_eq!((sure.status, sure.answer.as_str(), sure.closest.len()), (Status::Answered, "point", 0));
        assert_eq!((unsure.status, unsure.answer.as_str(), unsure.statements.len()), (Status::Partial, "point", 1));
        let close: Vec<&str> = unsure.closest.iter().map(|near| near.text.as_str()).collect();
        assert_eq!(close, ["Others differ."]);
        assert_eq!((silent.status, silent.answer.as_str(), silent.statements.len(), silent.closest.len()), (Status::Abstained, "", 0, 2));
    }

    #[test]
    fn a_list_is_answered_and_what_disagrees_is_not() {
        let (list, perhaps, sides) =
            (reported_with(0.4, 0.1, Some(false)), reported_with(0.6, 0.1, Some(false)), reported_with(0.4, 0.1, Some(true)));
        assert_eq!((list.status, list.answer.as_str(), list.answers()), (Status::Answered, "point; Others", vec!["point", "Others"]));
        assert_eq!((list.is_unsure(), perhaps.is_unsure(), perhaps.is_contradicted()), (false, true, false));
        assert_eq!((sides.status, sides.answer.as_str(), sides.is_contradicted()), (Status::Partial, "point / Others", true));
        assert!([&list, &perhaps, &sides].iter().all(|report| report.statements.len() == 2));
    }

    #[test]
    fn a_citation_says_what_the_original_says() {
        let citation = cite(&section(), 0..25).unwrap();
        assert_eq!(citation.quote, "It is an irnpor- tant point.");
        assert_eq!((citation.start, citation.end), (100, 125));
    }

    #[test]
    fn a_citation_of_extracted_text_counts_in_its_page() {
        let start = |page, start| records::PageStart { page, start };
        let section = Section { pages: vec![start(2, 90), start(3, 115)], ..section() };
        let place = |range| cite(&section, range).map(|citation| (citation.page, citation.start, citation.end));
        assert_eq!(section.off_page(Some(3), 4..10), Some(119..125));
        assert_eq!(section.off_page(Some(1), 4..10), None);
        assert_eq!(place(0..8), Some((Some(2), 10, 18)));
        assert_eq!(place(19..25), Some((Some(3), 4, 10)));
    }

    #[test]
    fn an_answer_is_words_of_its_quotation_even_where_the_text_was_repaired() {
        let section = section();
        let quote = cite(&section, 0..25).unwrap().quote;
        for (range, words) in [(9..18, "irnpor- tant"), (9..24, "irnpor- tant point"), (12..15, "irnpor- tant"), (19..24, "point")] {
            assert_eq!(original(&section, range), words);
            assert!(quote.contains(words), "{words}");
        }
    }

    #[test]
    fn what_cannot_be_cited_is_none_and_no_panic() {
        assert!(cite(&section(), 3..300).is_none());
        assert!(cite(&section(), 3..3).is_none());
        let mut broken = section();
        broken.repairs[0].end = 4_000;
        assert!(cite(&broken, 0..25).is_none());
        let mut inserted = section();
        inserted.spans = OffsetMap::default();
        assert!(cite(&inserted, 0..25).is_none());
    }
}
