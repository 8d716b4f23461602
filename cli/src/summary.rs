//! The end of a verb in three lines for people: what was made, what was left out and why, where it lies. The counters themselves are in the
//! manifest of what was made, and behind `--json`.

use std::fmt::{self, Display};
use std::path::Path;

use records::Counts;
use retrieve_model::report::escape::terminal;

/// Reasons named on the second line; the commonest ones.
const REASONS: usize = 6;
/// Inputs that failed, named before the three lines.
pub const NAMED: usize = 10;

/// The three lines.
#[derive(Debug, Default)]
pub struct Summary {
    /// What failed, by name, a line each.
    pub failures: Vec<String>,
    /// What was made.
    pub made: String,
    /// What was left out, and why.
    pub left_out: String,
    /// Where it lies; empty for a verb that writes nothing.
    pub lies_in: String,
}

impl Summary {
    /// Names the first of the inputs that failed.
    pub fn failing<N: Display, R: Display>(mut self, failures: impl IntoIterator<Item = (N, R)>) -> Self {
        let named = failures.into_iter().take(NAMED);
        self.failures.extend(named.map(|(name, reason)| terminal(&format!("failed: {name}: {reason}"))));
        self
    }

    /// With the place.
    pub fn lies(mut self, path: &Path) -> Self {
        self.lies_in = terminal(&path.display().to_string());
        self
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(out, "{failure}")?;
        }
        for (label, said) in [("made", &self.made), ("left out", &self.left_out), ("lies in", &self.lies_in)] {
            if !said.is_empty() {
                writeln!(out, "{label:<9} {said}")?;
            }
        }
        Ok(())
    }
}

/// A counter; 0 where there is none of that name.
pub fn count(counts: &Counts, name: &str) -> u64 {
    counts.get(name).copied().unwrap_or_default()
}

/// The reasons among counters that begin like this, the commonest first, in brackets behind a blank: ` (3 duplicate, 1 empty)`; nothing where
/// there is none.
pub fn reasons(counts: &Counts, prefix: &str) -> String {
    let mut reasons: Vec<(&str, u64)> =
        counts.iter().filter_map(|(name, count)| Some((name.strip_prefix(prefix)?, *count))).filter(|(_, count)| *count > 0).collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut told: Vec<String> =
        reasons.iter().take(REASONS).map(|(reason, count)| format!("{count} {}", terminal(&reason.replace('_', " ")))).collect();
    let others: u64 = reasons.iter().skip(REASONS).map(|(_, count)| count).sum();
    if others > 0 {
        told.push(format!("{others} for other reasons"));
    }
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_three_lines_and_names_what_failed_before_them() {
        let summary = Summary { made: "2 documents".into(), left_out: "1 failed".into(), ..Summary::default() };
        let text = summary.failing([("a.txt", "no text\u{1b}[2J")]).lies(Path::new("out")).to_string();
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.starts_with("failed: a.txt: no text") && !text.contains('\u{1b}'), "{text}");
        assert!(text.ends_with("made      2 documents\nleft out  1 failed\nlies in   out\n"), "{text}");
    }

    #[test]
    fn the_commonest_reasons_stand_first_and_the_rest_are_counted() {
        let mut counts: Counts = (1..=8).map(|number| (format!("skipped: reason_{number}"), number)).collect();
        counts.insert("skipped".into(), 36);
        let told = reasons(&counts, "skipped: ");
        assert_eq!(told, " (8 reason 8, 7 reason 7, 6 reason 6, 5 reason 5, 4 reason 4, 3 reason 3, 3 for other reasons)");
        assert_eq!(reasons(&counts, "dropped: "), "");
    }
}
