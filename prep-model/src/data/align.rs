//! Gold edits as the edit head learns them. A label says that some bytes should read otherwise; aligned character by character this becomes
//! an operation on each character (keep, delete, replace) and at most one insertion in front of it. What cannot be said that way is masked.

use records::{OffsetMap, RawEdit};

use crate::model::writable;

/// No loss here.
pub const MASKED: i16 = -1;
/// Leaves a character as it is.
pub const KEEP: i16 = 0;
/// Takes a character out.
pub const DELETE: i16 = 1;
/// First of the classes that replace a character.
pub const REPLACE: i16 = 2;
/// Inserts nothing.
pub const NOTHING: i16 = 0;
/// First of the classes that insert a character.
pub const INSERT: i16 = 1;
/// Longest damaged place or replacement that is aligned, in characters.
const LONGEST: usize = 64;

/// Targets of the edit head for one line: one of each for every character and for the place behind the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditTargets {
    /// Keep, delete or replace.
    pub operations: Vec<i16>,
    /// What to insert in front.
    pub insertions: Vec<i16>,
}

impl EditTargets {
    /// Targets of a line without damage.
    #[must_use]
    pub fn clean(characters: usize) -> Self {
        Self { operations: vec![KEEP; characters + 1], insertions: vec![NOTHING; characters + 1] }
    }

    /// Whether anything is to be changed.
    #[must_use]
    pub fn has_edits(&self) -> bool {
        self.operations.iter().chain(&self.insertions).any(|class| *class > 0)
    }
}

/// The targets of a line with this text and map under the edits that touch it.
#[must_use]
pub fn edit_targets(text: &str, spans: &OffsetMap, edits: &[RawEdit]) -> EditTargets {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let characters: Vec<char> = text.chars().collect();
    let mut targets = EditTargets::clean(characters.len());
    for edit in edits {
        let Some((start, end)) = clean_place(text, spans, edit) else { continue };
        let (first, last) = (starts.partition_point(|at| *at < start), starts.partition_point(|at| *at < end));
        let replacement: Vec<char> = edit.replacement.chars().collect();
        let fits = characters[first..last].len() <= LONGEST && replacement.len() <= LONGEST;
        if !fits || align(&characters[first..last], &replacement, first, &mut targets).is_none() {
            targets.operations[first..last].fill(MASKED);
            targets.insertions[first..=last.min(characters.len())].fill(MASKED);
        }
    }
    targets
}

/// Where the damage of an edit stands in the text, in bytes.
fn clean_place(text: &str, spans: &OffsetMap, edit: &RawEdit) -> Option<(usize, usize)> {
    if edit.raw_start < edit.raw_end {
        let clean = spans.clean_range(edit.raw_start..edit.raw_end)?;
        return Some((clean.start as usize, clean.end as usize));
    }
    let before = spans.clean_range(edit.raw_start.checked_sub(1)?..edit.raw_start).map(|clean| clean.end as usize);
    let after = spans.clean_range(edit.raw_start..edit.raw_start + 1).map(|clean| clean.start as usize);
    let at = after.or(before)?;
    (at <= text.len()).then_some((at, at))
}

/// Writes the cheapest alignment of `damaged` (at `first` in the line) with `original`; none if it cannot be expressed.
fn align(damaged: &[char], original: &[char], first: usize, targets: &mut EditTargets) -> Option<()> {
    let (rows, columns) = (damaged.len(), original.len());
    // cost[i][j]: edits that turn the first i damaged characters into the first j original ones.
    let mut cost = vec![vec![0_u32; columns + 1]; rows + 1];
    for i in 0..=rows {
        for j in 0..=columns {
            cost[i][j] = match (i, j) {
                (0, _) => j as u32,
                (_, 0) => i as u32,
                _ => {
                    let same = u32::from(damaged[i - 1] != original[j - 1]);
                    (cost[i - 1][j - 1] + same).min(cost[i - 1][j] + 1).min(cost[i][j - 1] + 1)
                }
            };
        }
    }
    let (mut i, mut j) = (rows, columns);
    let mut insertions: Vec<(usize, i16)> = Vec::new();
    let mut operations: Vec<(usize, i16)> = Vec::new();
    while i > 0 || j > 0 {
        let here = cost[i][j];
        if i > 0 && j > 0 && cost[i - 1][j - 1] + u32::from(damaged[i - 1] != original[j - 1]) == here {
            if damaged[i - 1] != original[j - 1] {
                operations.push((first + i - 1, REPLACE + writable(original[j - 1])? as i16));
            }
            (i, j) = (i - 1, j - 1);
        } else if i > 0 && cost[i - 1][j] + 1 == here {
            operations.push((first + i - 1, DELETE));
            i -= 1;
        } else {
            insertions.push((first + i, INSERT + writable(original[j - 1])? as i16));
            j -= 1;
        }
    }
    let repeated = insertions.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let taken = insertions.iter().any(|(at, _)| targets.insertions[*at] != NOTHING);
    if repeated || taken {
        return None;
    }
    operations.into_iter().for_each(|(at, class)| targets.operations[at] = class);
    insertions.into_iter().for_each(|(at, class)| targets.insertions[at] = class);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::written;

    fn applied(text: &str, targets: &EditTargets) -> String {
        let mut out = String::new();
        for (at, character) in text.chars().map(Some).chain([None]).enumerate() {
            if targets.insertions[at] >= INSERT {
                out.extend(written((targets.insertions[at] - INSERT) as usize));
            }
            match (targets.operations[at], character) {
                (KEEP, Some(character)) => out.push(character),
                (class, Some(_)) if class >= REPLACE => out.extend(written((class - REPLACE) as usize)),
                _ => {}
            }
        }
        out
    }

    fn edit(range: std::ops::Range<u64>, replacement: &str) -> RawEdit {
        RawEdit { raw_start: range.start, raw_end: range.end, replacement: replacement.into() }
    }

    #[test]
    fn every_kind_of_damage_is_undone_by_its_targets() {
        let cases = [
            ("the rnain hall", edit(4..6, "m"), "the main hall"),
            ("the rnain hall", edit(4..9, "main"), "the main hall"),
            ("a bam door", edit(4..5, "rn"), "a barn door"),
            ("impor tant", edit(5..6, ""), "important"),
            ("ofthe", edit(2..2, " "), "of the"),
            ("THE end", edit(0..3, "the"), "the end"),
            ("lost en", edit(7..7, "d"), "lost end"),
            ("ﬁsh", edit(0..3, "fi"), "fish"),
        ];
        for (text, edit, expected) in cases {
            let targets = edit_targets(text, &OffsetMap::identity(text.len() as u64), &[edit]);
            assert_eq!(applied(text, &targets), expected);
        }
    }

    #[test]
    fn what_cannot_be_expressed_is_masked() {
        let targets = edit_targets("ab", &OffsetMap::identity(2), &[edit(1..1, "xyz")]);
        assert!(!targets.has_edits());
        assert_eq!(targets.insertions[1], MASKED);
        let targets = edit_targets("a?b", &OffsetMap::identity(3), &[edit(1..2, "漢")]);
        assert_eq!(targets.operations, [KEEP, MASKED, KEEP, KEEP]);
    }

    #[test]
    fn an_edit_outside_the_line_changes_nothing() {
        let spans = OffsetMap::verbatim(10, 4);
        assert_eq!(edit_targets("abcd", &spans, &[edit(2..4, "x")]), EditTargets::clean(4));
    }
}
