//! How questions end, one by one and counted. A status has three values; a reader is told whether the sources disagree or the model is unsure,
//! too.

use records::{Counts, Report, Status};

/// How a question ended, as a reader tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Answered,
    /// There is evidence, and an answer that may well be wrong or none.
    Unsure,
    /// The sources give several answers.
    Contradicted,
    NotFound,
}

impl Ending {
    pub const ALL: [Self; 4] = [Self::Answered, Self::Unsure, Self::Contradicted, Self::NotFound];

    pub fn of(report: &Report) -> Self {
        match report.status {
            Status::Answered => Self::Answered,
            Status::Partial if report.is_contradicted() => Self::Contradicted,
            Status::Partial => Self::Unsure,
            Status::Abstained => Self::NotFound,
        }
    }

    /// A word for a style sheet: that of the status, where it says the same.
    pub fn class(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unsure => "partial",
            Self::Contradicted => "contradicted",
            Self::NotFound => "abstained",
        }
    }

    /// Words for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unsure => "unsure",
            Self::Contradicted => "contradicted",
            Self::NotFound => "not found",
        }
    }
}

/// How questions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub answered: u64,
    /// With those contradicted.
    pub partial: u64,
    /// Of those partial: the ones whose sources disagree.
    pub contradicted: u64,
    pub abstained: u64,
    /// Of those abstained: the ones that asked nothing.
    pub wordless: u64,
    pub failed: u64,
    pub statements: u64,
    pub citations: u64,
}

impl Totals {
    pub fn add(&mut self, report: &Report) {
        match report.status {
            Status::Answered => self.answered += 1,
            Status::Partial => self.partial += 1,
            Status::Abstained => self.abstained += 1,
        }
        self.contradicted += u64::from(Ending::of(report) == Ending::Contradicted);
        self.wordless += u64::from(is_wordless(report));
        self.statements += report.statements.len() as u64;
        self.citations += report.statements.iter().map(|statement| statement.citations.len() as u64).sum::<u64>();
    }

    pub fn questions(&self) -> u64 {
        self.answered + self.partial + self.abstained + self.failed
    }

    /// How many questions ended so.
    pub fn ended(&self, ending: Ending) -> u64 {
        match ending {
            Ending::Answered => self.answered,
            Ending::Unsure => self.partial - self.contradicted,
            Ending::Contradicted => self.contradicted,
            Ending::NotFound => self.abstained,
        }
    }

    /// `3 answered, 0 unsure, ...`: how many ended how.
    pub fn told(&self, between: &str) -> String {
        Ending::ALL.map(|ending| format!("{} {}", self.ended(ending), ending.label())).join(between)
    }

    /// The counts as a manifest names them.
    pub fn counts(&self) -> Counts {
        let Self { answered, partial, contradicted, abstained, wordless, failed, statements, citations } = *self;
        let named = [
            ("in", self.questions()),
            ("out", answered + partial + abstained),
            ("skipped", 0),
            ("failed", failed),
            ("answered", answered),
            ("partial", partial),
            ("contradicted", contradicted),
            ("abstained", abstained),
            ("statements", statements),
            ("citations", citations),
            ("wordless", wordless),
        ];
        named.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }
}

/// Whether a question was not asked because there is no word in it.
pub(super) fn is_wordless(report: &Report) -> bool {
    report.status == Status::Abstained && !text::has_word(&report.question)
}

#[cfg(test)]
mod tests {
    use records::{Citation, Statement};

    use super::*;

    #[test]
    fn sources_that_disagree_are_counted_apart_from_an_answer_that_is_not_sure() {
        let report = |status, answer: &str| {
            let citation = Citation { doc: "a".into(), doc_id: "a".into(), page: None, start: 0, end: 9, quote: "In 1998.".into() };
            Report {
                question_id: "q".into(),
                brief: None,
                question: "When?".into(),
                status,
                reason: None,
                answer: answer.into(),
                confidence: 0.4,
                statements: vec![Statement { text: "In 1998.".into(), citations: vec![citation] }],
                closest: vec![],
                searches: vec![],
                milliseconds: 0,
            }
        };
        let mut totals = Totals::default();
        for (status, answer) in [
            (Status::Answered, "1998"),
            (Status::Partial, "1998"),
            (Status::Partial, "1998 / 1999"),
            (Status::Partial, ""),
            (Status::Abstained, ""),
        ] {
            totals.add(&report(status, answer));
        }
        assert_eq!(totals.told(", "), "1 answered, 2 unsure, 1 contradicted, 1 not found");
        let counts = totals.counts();
        assert_eq!([counts["partial"], counts["contradicted"], counts["out"]], [3, 1, 5]);
    }
}
