//! Questions in the order in which a sceptic would read them: what broke, confident mistakes, then silence, then what went well.

use std::collections::BTreeMap;

use super::ResultRow;

/// A question with the row of each system.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// In the order of the systems.
    pub rows: Vec<&'a ResultRow>,
}

/// How a system did on a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The system failed.
    Broken,
    /// A wrong answer.
    Wrong,
    /// No answer, though there is one.
    Silent,
    /// Right.
    Right,
}

impl Outcome {
    /// The outcome of a row.
    #[must_use]
    pub fn of(row: &ResultRow) -> Self {
        match () {
            () if row.failure.is_some() => Self::Broken,
            () if row.scores.right => Self::Right,
            () if row.scores.abstained => Self::Silent,
            () => Self::Wrong,
        }
    }

    /// One word for a page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken => "failed",
            Self::Wrong => "wrong",
            Self::Silent => "abstained",
            Self::Right => "right",
        }
    }
}

/// Rows grouped by question; the worst outcome of the first system first, the surest mistakes before others, then by id.
#[must_use]
pub fn worst_first<'a>(rows: &'a [ResultRow], systems: &[String]) -> Vec<Asked<'a>> {
    let mut by_question: BTreeMap<&str, Vec<&ResultRow>> = BTreeMap::new();
    for system in systems {
        for row in rows.iter().filter(|row| row.system == *system) {
            by_question.entry(&row.question_id).or_default().push(row);
        }
    }
    let mut out: Vec<Asked<'a>> = by_question.into_values().map(|rows| Asked { rows }).collect();
    out.sort_by(|a, b| {
        let key = |asked: &Asked<'_>| asked.rows.first().map_or((Outcome::Right, 0.0), |row| (Outcome::of(row), row.report.confidence));
        let (one, two) = (key(a), key(b));
        one.0.cmp(&two.0).then(two.1.total_cmp(&one.1))
    });
    out
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::row;
    use super::*;

    #[test]
    fn confident_mistakes_come_first_and_both_systems_stand_together() {
        let rows = [
            row("right", "a", "12 euros", 0.9),
            row("silent", "a", "", 0.1),
            row("unsure", "a", "13", 0.2),
            row("sure", "a", "13", 0.8),
            row("sure", "b", "12 euros", 0.8),
        ];
        let asked = worst_first(&rows, &["a".into(), "b".into()]);
        assert_eq!(asked.iter().map(|one| one.rows[0].question_id.as_str()).collect::<Vec<_>>(), ["sure", "unsure", "silent", "right"]);
        assert_eq!(asked[0].rows.len(), 2);
    }
}
