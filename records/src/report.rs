//! What a user asks and what comes back: an answer whose every statement quotes its source, or the word that the corpus does not hold it.

use serde::{Deserialize, Serialize};

/// A row of `reports.parquet` and a line of `reports.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The question's id.
    pub question_id: String,
    /// The title of the brief the question belongs to, if any.
    #[serde(default)]
    pub brief: Option<String>,
    /// The question.
    pub question: String,
    /// Whether it was answered.
    pub status: Status,
    /// Why there is no answer; none where there is one, or what was written before reasons were.
    #[serde(default)]
    pub reason: Option<String>,
    /// A short answer, empty when abstained.
    pub answer: String,
    /// Probability that the answer is right, 0 to 1.
    pub confidence: f32,
    /// What the sources say; each with at least one citation.
    pub statements: Vec<Statement>,
    /// What came closest where nothing answers surely: sentences that were looked at, the nearest first. They support no answer.
    #[serde(default)]
    pub closest: Vec<Statement>,
    /// The searches that were made, in order.
    pub searches: Vec<Search>,
    /// Time taken, in milliseconds.
    pub milliseconds: u64,
}

impl Report {
    /// Between the answers where the sources disagree.
    pub const BETWEEN_ANSWERS: &str = " / ";
    /// Between the items where the answer is a list.
    pub const BETWEEN_ITEMS: &str = "; ";

    /// The report on a question for which nothing was searched: it asks nothing, or whoever should have answered could not.
    #[must_use]
    pub fn unasked(question: &UserQuestion) -> Self {
        Self {
            question_id: question.id.clone(),
            brief: question.brief.clone(),
            question: question.question.clone(),
            status: Status::Abstained,
            reason: None,
            answer: String::new(),
            confidence: 0.0,
            statements: Vec::new(),
            closest: Vec::new(),
            searches: Vec::new(),
            milliseconds: 0,
        }
    }

    /// The answers: several where the sources disagree or the answer is a list, none where there is none. Words that stand in one quotation are one
    /// answer, whatever they hold.
    #[must_use]
    pub fn answers(&self) -> Vec<&str> {
        match (self.answer.trim(), self.between()) {
            ("", _) => Vec::new(),
            (answer, Some(between)) => answer.split(between).collect(),
            (answer, None) => vec![answer],
        }
    }

    /// Whether the sources disagree: each of the answers is one's.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.status == Status::Partial && self.between() == Some(Self::BETWEEN_ANSWERS)
    }

    /// Whether there is an answer, given as one that may well be wrong.
    #[must_use]
    pub fn is_unsure(&self) -> bool {
        self.status == Status::Partial && !self.answer.trim().is_empty() && !self.is_contradicted()
    }

    /// What stands between the answers; none where there is one at most.
    #[must_use]
    pub fn between(&self) -> Option<&'static str> {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let answer = words(&self.answer);
        let between = [Self::BETWEEN_ANSWERS, Self::BETWEEN_ITEMS].into_iter().find(|between| answer.contains(between))?;
        let mut quotes = self.statements.iter().flat_map(|statement| &statement.citations);
        let is_one = quotes.any(|citation| words(&citation.quote).contains(&answer));
        (!is_one).then_some(between)
    }
}

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Answered with evidence.
    Answered,
    /// Evidence was found, no single answer.
    Partial,
    /// No passage answers surely.
    Abstained,
}

/// One statement of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The statement in clean text.
    pub text: String,
    /// Where it is told.
    pub citations: Vec<Citation>,
}

/// A verbatim quotation and its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The name a user knows: path under the corpus folder, or the `id` of a `.jsonl` record.
    pub doc: String,
    /// blake3 of the document's bytes, in hex.
    pub doc_id: String,
    /// Page from 1, where the format has pages: slides, sheets, messages and chapters count as such.
    pub page: Option<u32>,
    /// First byte in the original file; in the page's extracted text where the file is no text itself (PDF, office files, mail).
    pub start: u64,
    /// One past the last byte there. A quotation that goes on in the next page counts on behind the line break between the two.
    pub end: u64,
    /// What the original says there, mark-up undone, repairs undone, white space collapsed to single spaces.
    pub quote: String,
}

/// One search that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The words searched for.
    pub query: String,
    /// Number of sections found.
    pub hits: u32,
}

/// One question of a questions file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserQuestion {
    /// Unique in its file.
    pub id: String,
    /// The question.
    pub question: String,
    /// The title of the brief it belongs to, if any.
    #[serde(default)]
    pub brief: Option<String>,
    /// Texts to answer from instead of the index.
    #[serde(default)]
    pub sources: Vec<SourceText>,
}

/// A text that a question brings along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    /// The name a citation gives.
    pub id: String,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Clean text; offsets of citations count in its bytes.
    pub text: String,
}

/// A title and several questions, answered together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// The title of the report.
    pub title: String,
    /// The parts.
    pub questions: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_one_quotation_is_one_answer() {
        let cited = |quote: &str| Statement {
            text: quote.to_owned(),
            citations: vec![Citation { doc: "a".into(), doc_id: "a".into(), page: None, start: 0, end: 9, quote: quote.to_owned() }],
        };
        let report = |answer: &str, quotes: &[&str]| Report {
            question_id: "q".into(),
            brief: None,
            question: "q".into(),
            status: Status::Partial,
            reason: None,
            answer: answer.into(),
            confidence: 0.4,
            statements: quotes.iter().map(|quote| cited(quote)).collect(),
            closest: vec![],
            searches: vec![],
            milliseconds: 0,
        };
        let one = report("3 / 4 inch", &["The pipe is\n3 / 4 inch wide."]);
        assert_eq!((one.answers(), one.is_unsure()), (vec!["3 / 4 inch"], true));
        let several = report("1998 / 1999", &["It opened in 1998.", "It opened in 1999."]);
        assert_eq!((several.answers(), several.is_unsure()), (vec!["1998", "1999"], false));
        assert_eq!((report(" ", &["It opened."]).answers(), report("", &[]).is_unsure()), (vec![], false));
    }
}
