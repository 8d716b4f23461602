//! The per-question table: one row for each question and system, with everything needed to judge the answer by hand.

use records::{Report, Row};
use serde::{Deserialize, Serialize};

use crate::score::{Retrieved, Scores};
use crate::suite::GoldFact;

/// A row of `results`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultRow {
    /// The question's id.
    pub question_id: String,
    /// The question.
    pub question: String,
    /// What makes it hard.
    pub kind: String,
    /// Where its texts come from.
    pub setting: String,
    /// Facts that must be brought together.
    pub hops: u8,
    /// Whether the texts hold the answer.
    pub answerable: bool,
    /// Share of damaged characters in the worst document it rests on, where known.
    pub noise_level: Option<f32>,
    /// What counts as right.
    pub aliases: Vec<String>,
    /// What the answer rests on.
    pub facts: Vec<GoldFact>,
    /// The system.
    pub system: String,
    /// What it said.
    pub report: Report,
    /// What it found, best first.
    pub retrieved: Vec<Retrieved>,
    /// What that is worth.
    pub scores: Scores,
    /// Seconds to answer, measured from outside.
    pub seconds: f64,
    /// Why there is no answer, where the system broke.
    pub failure: Option<String>,
}

impl Row for ResultRow {
    const TABLE: &'static str = "results";
}

/// A row of `unjudged`: a question without a known answer; its scores mean nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unjudged(pub ResultRow);

impl Row for Unjudged {
    const TABLE: &'static str = "unjudged";
}

#[cfg(test)]
pub(super) mod tests {
    use records::{Citation, Search, Statement, Status, TableReader, TableWriter, UserQuestion};

    use super::*;
    use crate::suite::Case;

    /// A made-up question about a fee.
    fn case(id: &str) -> Case {
        let fact = GoldFact {
            doc: "guide/fees.md".into(),
            doc_id: "d".into(),
            sentence: 10..40,
            value: Some(20..24),
            text: "The fee is <b>12</b> euros.".into(),
            vital: true,
        };
        Case {
            question: UserQuestion { id: id.into(), question: "What is the <fee>?".into(), brief: None, sources: vec![] },
            kind: if id.len().is_multiple_of(2) { "natural".into() } else { "multi hop".into() },
            setting: "corpus".into(),
            hops: 1,
            answerable: true,
            noise_level: Some(if id.ends_with('1') { 0.0 } else { 0.03 }),
            aliases: vec!["12 euros".into()],
            facts: vec![fact],
        }
    }

    /// A made-up row of a question that `system` answers with `answer` (nothing for an abstention), with `confidence`.
    pub(crate) fn row(id: &str, system: &str, answer: &str, confidence: f32) -> ResultRow {
        let case = case(id);
        let citation = Citation {
            doc: "guide/fees.md".into(),
            doc_id: "d".into(),
            page: None,
            start: 10,
            end: 40,
            quote: "The fee is <b>12</b> euros.".into(),
        };
        let statements =
            if answer.is_empty() { vec![] } else { vec![Statement { text: "The fee is 12 euros.".into(), citations: vec![citation] }] };
        let status = if answer.is_empty() { Status::Abstained } else { Status::Answered };
        let report = Report {
            question_id: id.into(),
            brief: None,
            question: case.question.question.clone(),
            status,
            reason: None,
            answer: answer.into(),
            confidence,
            statements,
            closest: vec![],
            searches: vec![Search { query: "fee".into(), hits: 3 }],
            milliseconds: 12,
        };
        let retrieved = vec![Retrieved { doc: "guide/fees.md".into(), start: 0, end: 60, score: 1.0, text: "The fee is 12 euros.".into() }];
        let scores = Scores { quote_fidelity: (!answer.is_empty()).then_some(1.0), ..Scores::of(&case, &report, &retrieved) };
        ResultRow {
            question_id: id.into(),
            question: case.question.question,
            kind: case.kind,
            setting: case.setting,
            hops: 1,
            answerable: true,
            noise_level: case.noise_level,
            aliases: case.aliases,
            facts: case.facts,
            system: system.into(),
            report,
            retrieved,
            scores,
            seconds: 0.012,
            failure: None,
        }
    }

    #[test]
    fn a_row_survives_parquet() {
        let dir = tempfile::tempdir().unwrap();
        let rows = vec![row("q1", "tandem", "12 euros", 0.9), row("q1", "workflow", "", 0.1)];
        let mut writer = TableWriter::<ResultRow>::create(dir.path(), 0).unwrap();
        writer.extend(rows.clone()).unwrap();
        writer.finish().unwrap();
        let read: Vec<ResultRow> = TableReader::open(&dir.path().join("results-00000.parquet")).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(read, rows);
    }
}
