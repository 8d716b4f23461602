//! From rows to tables: every metric for every system over all questions and over each part of them, with intervals and paired differences.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cost, Counted, Group, Line, METRICS, ResultRow};
use crate::statistics::{Difference, Draws, McNemar, SIGNIFICANCE, compare, estimate, holm, mcnemar};

/// What tables are cut by, and which part a row belongs to.
type Cut = (&'static str, fn(&ResultRow) -> Option<String>);

/// The tables: all questions, then by setting, kind and noise where there is more than one of these.
#[must_use]
pub fn groups(rows: &[ResultRow], systems: &[String], resamples: usize, seed: u64) -> Vec<Group> {
    let mut out = vec![group("all", "all questions", rows, &|_| true, systems, resamples, seed)];
    let cuts: [Cut; 3] = [
        ("setting", |row| Some(row.setting.clone())),
        ("kind", |row| Some(row.kind.clone())),
        ("noise", |row| row.noise_level.map(noise_band)),
    ];
    for (by, key) in cuts {
        let mut parts: BTreeMap<String, usize> = BTreeMap::new();
        rows.iter().filter_map(key).for_each(|part| *parts.entry(part).or_default() += 1);
        if parts.len() > 1 {
            let one = |part: &String| group(by, part, rows, &|row| key(row).as_ref() == Some(part), systems, resamples, seed);
            out.extend(parts.keys().map(one));
        }
    }
    correct(&mut out);
    out
}

/// Corrects every p-value for its family: all differences of the tables of one cut (say, every metric for every kind of question) are one
/// family, their McNemar tests another. Only the p-values are read, so that it may be done again.
pub fn correct(groups: &mut [Group]) {
    let cuts: BTreeSet<String> = groups.iter().map(|group| group.by.clone()).collect();
    for by in cuts {
        let mut lines: Vec<&mut Line> = groups.iter_mut().filter(|group| group.by == by).flat_map(|group| &mut group.lines).collect();
        correct_family(lines.iter_mut().flat_map(|line| line.differences_mut()).collect());
        let mut tests: Vec<&mut McNemar> =
            groups.iter_mut().filter(|group| group.by == by).filter_map(|group| group.mcnemar.as_mut()).collect();
        let adjusted = holm(&tests.iter().map(|test| test.p).collect::<Vec<_>>());
        tests.iter_mut().zip(adjusted).for_each(|(test, adjusted)| test.correct(adjusted));
    }
}

/// Corrects the differences of one family.
pub fn correct_family(mut family: Vec<&mut Difference>) {
    let adjusted = holm(&family.iter().map(|difference| difference.p).collect::<Vec<_>>());
    family.iter_mut().zip(adjusted).for_each(|(difference, adjusted)| difference.correct(adjusted));
}

/// Number of differences that are corrected together in the tables of one cut.
#[must_use]
pub fn family(groups: &[Group], by: &str) -> usize {
    let lines = groups.iter().filter(|group| group.by == by).flat_map(|group| &group.lines);
    lines.flat_map(Line::differences).flatten().count()
}

/// Whether so many comparisons could be significant at all: the smallest p-value that resampling can give is `2 / (1 + resamples)`.
#[must_use]
pub fn can_be_significant(family: usize, resamples: usize) -> bool {
    2.0 * family as f64 / (1.0 + resamples as f64) < SIGNIFICANCE
}

/// Name of a band of noise; bands sort by level.
fn noise_band(level: f32) -> String {
    let name = match level {
        level if level <= 0.0 => "0 % (clean)",
        level if level <= 0.01 => "0 to 1 %",
        level if level <= 0.03 => "1 to 3 %",
        level if level <= 0.06 => "3 to 6 %",
        _ => "6 % and more",
    };
    name.to_owned()
}

fn group(
    by: &str,
    name: &str,
    rows: &[ResultRow],
    within: &dyn Fn(&ResultRow) -> bool,
    systems: &[String],
    resamples: usize,
    seed: u64,
) -> Group {
    let of = |system: &String| rows.iter().filter(|row| row.system == *system && within(row)).collect::<Vec<_>>();
    let by_system: Vec<Vec<&ResultRow>> = systems.iter().map(of).collect();
    let questions = by_system.first().map_or(0, Vec::len);
    let draws = Draws::new(questions, resamples, seed);
    let lines = lines(&by_system, &METRICS.map(|metric| metric.name), &draws);
    let test = if let [first, second, ..] = by_system.as_slice() {
        Some(mcnemar(first.iter().zip(second).map(|(a, b)| (a.scores.right, b.scores.right))))
    } else {
        None
    };
    Group { by: by.to_owned(), name: name.to_owned(), questions, lines, mcnemar: test }
}

/// Some metrics over the same questions in the same order, for every system, and the first minus each other. Undefined ones are left out.
#[must_use]
pub fn lines(by_system: &[Vec<&ResultRow>], metrics: &[&str], draws: &Draws) -> Vec<Line> {
    let mut lines = Vec::new();
    for metric in METRICS.iter().filter(|metric| metrics.contains(&metric.name)) {
        let samples: Vec<_> = by_system.iter().map(|rows| metric.sample(rows)).collect();
        let estimates: Vec<_> = samples.iter().map(|sample| estimate(sample, draws)).collect();
        if estimates.iter().any(Option::is_some) {
            let against = |other| compare(&samples[0], other, draws);
            let difference = samples.get(1).and_then(against);
            let others = samples.iter().skip(2).map(against).collect();
            lines.push(Line { metric: metric.name.to_owned(), estimates, difference, others });
        }
    }
    lines
}

/// Seconds per question of a system.
#[must_use]
pub fn cost(rows: &[ResultRow], system: &str) -> Cost {
    let mut seconds: Vec<f64> = rows.iter().filter(|row| row.system == system).map(|row| row.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let Some(last) = seconds.len().checked_sub(1) else { return Cost::default() };
    let at = |share: f64| seconds[(share * last as f64).round() as usize];
    Cost { mean: seconds.iter().sum::<f64>() / seconds.len() as f64, median: at(0.5), p95: at(0.95) }
}

/// How the questions of a system ended.
#[must_use]
pub fn counted(rows: &[ResultRow], system: &str) -> Counted {
    let mut out = Counted::default();
    for row in rows.iter().filter(|row| row.system == system) {
        match (row.scores.right, row.scores.abstained) {
            (true, _) => out.right += 1,
            (false, true) => out.silent += 1,
            (false, false) => out.wrong += 1,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::row;
    use super::*;

    #[test]
    fn tables_are_cut_by_kind_and_noise_and_know_who_wins() {
        let mut rows = Vec::new();
        for number in 0..20 {
            let id = format!("q{number}");
            rows.push(row(&id, "a", "12 euros", 0.9));
            rows.push(row(&id, "b", if number % 4 == 0 { "12 euros" } else { "13" }, 0.5));
        }
        let groups = groups(&rows, &["a".into(), "b".into()], 2_000, 1);
        let names: Vec<_> = groups.iter().map(|group| (group.by.as_str(), group.name.as_str(), group.questions)).collect();
        assert_eq!(names[0], ("all", "all questions", 20));
        assert!(names.contains(&("kind", "natural", 10)) && names.contains(&("noise", "0 % (clean)", 2)), "{names:?}");
        let exact = &groups[0].lines[0];
        assert_eq!(exact.estimates.iter().flatten().map(|one| one.value).collect::<Vec<_>>(), [1.0, 0.25]);
        assert!(exact.difference.unwrap().significant && groups[0].mcnemar.unwrap().only_first == 15);
        let area = groups[0].lines.iter().find(|line| line.metric == "risk_coverage_area").unwrap();
        assert_eq!(area.estimates[0].unwrap().value, 0.0);
        assert_eq!(counted(&rows, "b"), Counted { right: 5, silent: 0, wrong: 15 });
    }

    #[test]
    fn a_table_with_more_comparisons_asks_more_of_each() {
        let mut rows = Vec::new();
        for number in 0..40 {
            let id = format!("q{number:02}");
            rows.push(row(&id, "a", "12 euros", 0.9));
            // Seven more right than wrong: p about 0.01 alone.
            rows.push(row(&id, "b", if number < 34 { "12 euros" } else { "13" }, 0.9));
        }
        let mut groups = groups(&rows, &["a".into(), "b".into()], 2_000, 1);
        let exact = groups[0].lines[0].difference.unwrap();
        let all = family(&groups, "all");
        assert!(exact.p < 0.05 && exact.adjusted > exact.p && all > 5, "{exact:?} {all}");
        assert_eq!(exact.significant, exact.adjusted < 0.05);
        let before = groups.clone();
        correct(&mut groups);
        assert_eq!(groups, before, "doing it again changes nothing");
        assert!(can_be_significant(all, 2_000) && !can_be_significant(60, 2_000));
    }

    #[test]
    fn a_system_alone_has_no_differences() {
        let groups = groups(&[row("q1", "a", "", 0.1)], &["a".into()], 10, 1);
        assert!(groups[0].mcnemar.is_none() && groups[0].lines.iter().all(|line| line.difference.is_none()));
    }
}
