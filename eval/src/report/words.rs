//! A result in words: is the first system better, for which questions, and how sure that is. The same sentences stand in the page, in the
//! Markdown file, in the JSON and on the terminal; everything in them is computed from the numbers.

use serde::{Deserialize, Serialize};

use super::compare::{can_be_significant, counted, family};
use super::{Counted, Group, Line, ResultRow, Results};
use crate::check::MADE;
use crate::statistics::{Difference, Estimate};

/// A comparison in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Better, worse or not told apart, in one sentence.
    pub head: String,
    /// One sentence each: right answers, worth to a reader, wrong answers, kinds of questions.
    pub details: Vec<String>,
    /// How sure that is and what these questions could not show.
    pub sure: String,
}

impl Verdict {
    /// Puts a result in words.
    #[must_use]
    pub fn of(results: &Results, rows: &[ResultRow]) -> Self {
        let names: Vec<&str> = results.systems.iter().map(|system| system.name.as_str()).collect();
        let Some(all) = results.groups.first() else { return Self { head: "Nothing was scored.".into(), ..Self::default() } };
        let ([first, second, others @ ..], Some(right), Some(worth)) =
            (names.as_slice(), line(all, "exact_match"), line(all, "reader_score"))
        else {
            return Self::alone(&names, all);
        };
        // What answers are worth is compared with the workflow that was tuned for it, where there is one.
        let (rival, fair) = others.first().map_or((*second, 1), |other| (*other, 2));
        let (Some(by_right), Some(by_worth)) = (right.difference, fairest(worth)) else { return Self::alone(&names, all) };
        let head = head(first, (second, rival), all.questions, &by_right, &by_worth);
        let ended = |count: fn(Counted) -> usize| {
            let each = names.iter().map(|name| format!("{} with {name}", count(counted(rows, name))));
            each.collect::<Vec<_>>().join(", ")
        };
        let mut details = vec![
            format!(
                "Right answers: {} with {first}, {} with {second}, {} points, {}.",
                percent(value(right, 0)),
                percent(value(right, 1)),
                points(&by_right),
                certainty(&by_right)
            ),
            format!("Wrong answers: {}; no answer where there is one: {}.", ended(|all| all.wrong), ended(|all| all.silent)),
            format!(
                "Worth to a reader who acts on the answers (+1 right, 0 none, -1 wrong): {:+.3} with {first}, {:+.3} with {rival}, {}, {}.",
                value(worth, 0),
                value(worth, fair),
                interval(&by_worth),
                certainty(&by_worth)
            ),
        ];
        for (by, what) in [("kind", "kind of question"), ("noise", "share of damaged characters"), ("setting", "setting")] {
            let parts: Vec<&Group> = results.groups.iter().filter(|group| group.by == by).collect();
            if !parts.is_empty() {
                details.push(told_apart("right answers", what, (first, second), &parts, "exact_match"));
                details.push(told_apart("worth to a reader", what, (first, rival), &parts, "reader_score"));
            }
        }
        if rows.iter().any(|row| row.setting == MADE) {
            details.push(format!(
                "Questions made by rule keep more of the documents' words than people's do, and are of the kind that {first} was trained on: take these numbers as an upper end for it. \
                 Your own questions (--questions) judge better."
            ));
        }
        Self { head, details, sure: sure(results, all, &by_right) }
    }

    /// One system has nothing to be compared with.
    fn alone(names: &[&str], all: &Group) -> Self {
        let name = names.first().unwrap_or(&"nobody");
        let right = line(all, "exact_match").map_or(f64::NAN, |line| value(line, 0));
        Self {
            head: format!("{} questions; {name} gets {} right. Nothing to compare it with.", all.questions, percent(right)),
            ..Self::default()
        }
    }

    /// All sentences, one a line.
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        let all = std::iter::once(&self.head).chain(&self.details).chain(std::iter::once(&self.sure));
        all.map(String::as_str).filter(|line| !line.is_empty()).collect()
    }
}

/// The difference in worth to the last system, which is the one tuned for it where there is one.
fn fairest(line: &Line) -> Option<Difference> {
    line.differences().last().flatten()
}

fn head(first: &str, (second, rival): (&str, &str), questions: usize, right: &Difference, worth: &Difference) -> String {
    let side = |difference: &Difference| difference.significant.then_some(difference.value > 0.0);
    let said = match (side(right), side(worth)) {
        (Some(true), Some(true)) => format!("{first} is better: more answers right than {second}, and worth more to a reader than {rival}"),
        (Some(false), Some(false)) => {
            format!("{first} is worse: fewer answers right than {second}, and worth less to a reader than {rival}")
        }
        (Some(true), Some(false)) => {
            format!(
                "{first} gets more answers right than {second}, but is worth less to a reader than {rival}: more of its answers are wrong"
            )
        }
        (Some(false), Some(true)) => {
            format!(
                "{first} gets fewer answers right than {second}, but is worth more to a reader than {rival}: fewer of its answers are wrong"
            )
        }
        (Some(true), None) => {
            format!("{first} gets more answers right than {second}; that it is worth more to a reader than {rival} is not shown")
        }
        (Some(false), None) => {
            format!("{first} gets fewer answers right than {second}; that it is worth less to a reader than {rival} is not shown")
        }
        (None, Some(true)) => {
            format!(
                "{first} and {second} are not told apart by right answers; {first} is worth more to a reader than {rival}: it is wrong less often"
            )
        }
        (None, Some(false)) => {
            format!("{first} and {second} are not told apart by right answers; {first} is worth less to a reader than {rival}")
        }
        (None, None) => format!("no difference between {first} and {second} is shown"),
    };
    format!("On {questions} questions {said}.")
}

/// Which parts of a cut favour which system, and which tell nothing.
fn told_apart(measure: &str, what: &str, (first, other): (&str, &str), parts: &[&Group], metric: &str) -> String {
    let (mut more, mut less, mut level) = (Vec::new(), Vec::new(), Vec::new());
    for group in parts {
        let compared = line(group, metric).and_then(|line| if metric == "reader_score" { fairest(line) } else { line.difference });
        let Some(difference) = compared else { continue };
        let entry = format!("{} ({:+.2}, n {})", group.name, difference.value, group.questions);
        match (difference.significant, difference.value > 0.0) {
            (true, true) => more.push(entry),
            (true, false) => less.push(entry),
            (false, _) => level.push(group.name.clone()),
        }
    }
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!(
        "By {what}, {measure}: {first} ahead of {other} for {}; behind for {}; difference not significant for {}.",
        list(more),
        list(less),
        list(level)
    )
}

fn sure(results: &Results, all: &Group, right: &Difference) -> String {
    let cuts = ["all", "kind", "noise", "setting"].map(|by| family(&results.groups, by));
    let most = cuts.into_iter().max().unwrap_or_default();
    let blunt = if can_be_significant(most, results.resamples) {
        String::new()
    } else {
        format!(" With {} resamples no cell of a table of {most} comparisons can be significant: take more.", results.resamples)
    };
    format!(
        "How sure: the systems answered the same {} questions; intervals are 95 % by {} paired resamples, and every p-value is corrected by Holm's method over \
         its table ({} comparisons over all questions, up to {most} in a table of parts). A difference in right answers below about {:.0} points cannot be seen with so many questions.{blunt}",
        all.questions,
        results.resamples,
        cuts[0],
        (50.0 * (right.high - right.low)).max(1.0)
    )
}

fn line<'a>(group: &'a Group, metric: &str) -> Option<&'a Line> {
    group.lines.iter().find(|line| line.metric == metric)
}

fn value(line: &Line, at: usize) -> f64 {
    line.estimates.get(at).copied().flatten().map_or(f64::NAN, |one| one.value)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn points(difference: &Difference) -> String {
    format!("{:+.1} [{:+.1}, {:+.1}]", 100.0 * difference.value, 100.0 * difference.low, 100.0 * difference.high)
}

/// A difference with its interval.
#[must_use]
pub fn interval(difference: &Difference) -> String {
    format!("{:+.3} [{:+.3}, {:+.3}]", difference.value, difference.low, difference.high)
}

/// Whether a difference is more than luck after correction, in words.
#[must_use]
pub fn certainty(difference: &Difference) -> String {
    let word = if difference.significant { "significant" } else { "not significant" };
    format!("{word} (p {})", probability(difference.adjusted))
}

/// A p-value, never as zero.
#[must_use]
pub fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("= {p:.3}") }
}

/// A value with its interval.
#[must_use]
pub fn estimate(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "—".into(), |one| format!("{:.3} [{:.3}, {:.3}]", one.value, one.low, one.high))
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::row;
    use super::super::{groups, results::tests::results};
    use super::*;

    fn verdict(right_of_second: usize) -> Verdict {
        let mut rows = Vec::new();
        for number in 0..60 {
            let id = format!("q{number}");
            rows.push(row(&id, "tandem", "12 euros", 0.9));
            rows.push(row(&id, "workflow", if number < right_of_second { "12 euros" } else { "13" }, 0.9));
        }
        let mut results = results();
        results.groups = groups(&rows, &["tandem".into(), "workflow".into()], 2_000, 1);
        Verdict::of(&results, &rows)
    }

    #[test]
    fn a_clear_win_is_called_better_and_no_difference_is_called_none() {
        let won = verdict(10);
        assert!(won.head.contains("tandem is better: more answers right than workflow"), "{won:?}");
        assert!(won.details.iter().any(|line| line.contains("ahead of workflow for multi hop")), "{won:?}");
        let level = verdict(59);
        assert!(level.head.contains("no difference between tandem and workflow is shown"), "{level:?}");
        assert!(level.details[0].contains("not significant"), "{level:?}");
    }
}
