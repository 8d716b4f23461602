//! One document damaged: the words of its text, never its mark-up, and where every byte went, so that gold facts keep their places.

use std::ops::Range;

use prep_model::read::MediaType;
use synth::noise::{Damage, Way};

/// A kind of damage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// Name in reports.
    pub name: &'static str,
    /// What it does.
    pub meaning: &'static str,
    way: Option<Way>,
}

/// Every kind of damage: the four ways of the recognition channel of `synth` alone, and all together as real recognition mixes them.
pub(super) const CHANNELS: [Channel; 5] = [
    Channel {
        name: "confused letters",
        meaning: "Letters taken for others, as recognition of scanned pages does.",
        way: Some(Way::Confuse),
    },
    Channel { name: "broken words", meaning: "Spaces inside words.", way: Some(Way::BreakWord) },
    Channel { name: "joined words", meaning: "Spaces between words lost.", way: Some(Way::JoinWords) },
    Channel { name: "changed case", meaning: "Capitals for small letters and the other way round.", way: Some(Way::ChangeCase) },
    Channel { name: "all together", meaning: "The four in the mixture of real recognition.", way: None },
];

/// Shares of the words that are damaged.
pub(super) const LEVELS: [f64; 3] = [0.1, 0.25, 0.5];

impl Channel {
    /// The damage, ready to be applied.
    pub fn load(&self) -> Result<Damage, synth::SynthError> {
        Damage::of(self.way)
    }
}

/// A damaged text with the way from old to new bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Damaged {
    /// What stands in the file now.
    pub text: String,
    /// Old range and new range of every replaced piece, in order; everything else is copied.
    changes: Vec<(Range<usize>, Range<usize>)>,
}

impl Damaged {
    /// Damages the given share of a text's words.
    pub fn of(text: &str, media_type: MediaType, damage: &Damage, level: f64, seed: u64) -> Self {
        let mut out = Self { text: String::with_capacity(text.len() + text.len() / 8), changes: Vec::new() };
        let mut at = 0;
        for (number, run) in runs(text, media_type).into_iter().enumerate() {
            for (range, other) in damage.pieces(text, run, level, seed.wrapping_add(number as u64)) {
                out.text.push_str(&text[at..range.start]);
                at = range.end;
                let start = out.text.len();
                out.text.push_str(other.as_deref().unwrap_or(&text[range.clone()]));
                if other.is_some() {
                    out.changes.push((range, start..out.text.len()));
                }
            }
        }
        out.text.push_str(&text[at..]);
        out
    }

    /// Where an old range stands now. A border inside a replaced piece goes to the piece's border.
    pub fn moved(&self, old: &Range<u64>) -> Range<u64> {
        self.place(old.start, true)..self.place(old.end, false)
    }

    fn place(&self, at: u64, start: bool) -> u64 {
        let before =
            self.changes.partition_point(|(old, _)| (old.start as u64) < at || (old.start as u64 == at && old.is_empty() && start));
        let Some((old, new)) = before.checked_sub(1).map(|last| &self.changes[last]) else { return at };
        if at < old.end as u64 { (if start { new.start } else { new.end }) as u64 } else { new.end as u64 + (at - old.end as u64) }
    }

    /// Characters changed: of each replaced piece the longer side.
    pub fn changed(&self) -> usize {
        self.changes.iter().map(|(old, new)| old.len().max(new.len())).sum()
    }
}

/// Runs of plain words on one line: nothing of a tag, an entity, a link, code, a table or a list mark is among them.
fn runs(text: &str, media_type: MediaType) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut at, mut fenced) = (0, false);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        fenced ^= media_type == MediaType::Markdown && line.trim_start().starts_with("```");
        if !fenced {
            let body = line.trim_end();
            plain_runs(body, start, &mut out);
        }
    }
    if media_type == MediaType::Html {
        let marks = tags(text);
        out = out.into_iter().flat_map(|run| without(run, &marks)).collect();
        out.retain(|run| !text[run.clone()].trim().is_empty());
    }
    out
}

/// Runs of words without a sign of mark-up, in one line that starts at byte `start`.
fn plain_runs(line: &str, start: usize, out: &mut Vec<Range<usize>>) {
    let marks = |word: &str| word.contains(['/', '[', ']', '(', ')', '{', '}', '|', '#', '*', '_', '=', '`', '&', '\\', '@', '\t', '\r']);
    let (mut at, mut run) = (start, None::<Range<usize>>);
    for word in line.split_inclusive(' ') {
        let range = at..at + word.len();
        at = range.end;
        match (marks(word), &mut run) {
            (true, _) => out.extend(run.take()),
            (false, Some(run)) => run.end = range.end,
            (false, None) => run = Some(range),
        }
    }
    out.extend(run);
}

/// Ranges of an HTML text that are no text: tags, comments, scripts and styles, in order.
fn tags(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = lower[at..].find('<').map(|found| at + found) {
        let rest = &lower[open..];
        let close = match () {
            () if rest.starts_with("<!--") => rest.find("-->").map(|end| end + 3),
            () if rest.starts_with("<script") => rest.find("</script>").map(|end| end + 9),
            () if rest.starts_with("<style") => rest.find("</style>").map(|end| end + 8),
            () => rest.find('>').map(|end| end + 1),
        };
        at = open + close.unwrap_or(rest.len());
        out.push(open..at);
    }
    out
}

/// A range without others, which are in order.
fn without(range: Range<usize>, others: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = range.start;
    for other in others.iter().filter(|other| other.start < range.end && other.end > range.start) {
        if other.start > at {
            out.push(at..other.start);
        }
        at = at.max(other.end);
    }
    if at < range.end {
        out.push(at..range.end);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn damaged(text: &str, media_type: MediaType, level: f64) -> Damaged {
        Damaged::of(text, media_type, &CHANNELS[4].load().unwrap(), level, 3)
    }

    #[test]
    fn mark_up_survives_any_damage() {
        let page = "<html><head><style>p { margin: zero }</style></head><body><p class=\"some words here\">The committee meets every second Monday &amp; Friday in the <b>town hall</b>.</p></body></html>";
        let out = damaged(page, MediaType::Html, 1.0).text;
        assert_ne!(out, page);
        for kept in ["<style>p { margin: zero }</style>", "<p class=\"some words here\">", "&amp;", "<b>", "</b>", "</p></body></html>"] {
            assert!(out.contains(kept), "{out}");
        }
        let text = "# Fees\n\nSee [the list](list.md) of every other fee.\n\n```\nlet keep = this line;\n```\n";
        let out = damaged(text, MediaType::Markdown, 1.0).text;
        assert!(out.contains("[the list](list.md)") || out.contains("list](list.md)"), "{out}");
        assert!(out.contains("let keep = this line;"), "{out}");
    }

    proptest! {
        #[test]
        fn copied_bytes_are_found_where_they_went(text in "[a-zA-Z .,<>&;\n]{0,200}", level in 0.0..1.0_f64, html: bool) {
            let media_type = if html { MediaType::Html } else { MediaType::Text };
            let out = damaged(&text, media_type, level);
            let mut last = 0;
            for at in 0..text.len() as u64 {
                let inside = out.changes.iter().any(|(old, _)| (old.start as u64) <= at && at < old.end as u64);
                let moved = out.moved(&(at..at + 1));
                prop_assert!(moved.start >= last && moved.end as usize <= out.text.len() && moved.start <= moved.end);
                last = moved.start;
                if !inside {
                    prop_assert_eq!(&out.text[moved.start as usize..moved.start as usize + 1], &text[at as usize..at as usize + 1]);
                }
            }
        }
    }
}
