//! Labels on the reader's lines. The synthetic pipeline cuts a file into lines its own way; a reader's line takes the label that its bytes
//! overlap most, and where one label spans several lines only what surely holds for each is kept.

use records::{Line, LineLabel};

use super::align::{EditTargets, edit_targets};

/// Class without a label.
pub const UNLABELLED: i8 = -1;

/// What one line should be; [`UNLABELLED`] where nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTarget {
    /// [`records::Role::class`].
    pub role: i8,
    /// Heading level.
    pub level: i8,
    /// [`records::Join::class`].
    pub join: i8,
    /// Whether a section starts here.
    pub starts_section: i8,
    /// Whether characters are damaged.
    pub damaged: i8,
}

impl LineTarget {
    /// Nothing is known.
    pub const UNKNOWN: Self =
        Self { role: UNLABELLED, level: UNLABELLED, join: UNLABELLED, starts_section: UNLABELLED, damaged: UNLABELLED };

    /// The classes in the order of the heads.
    #[must_use]
    pub fn classes(&self) -> [i8; 5] {
        [self.role, self.level, self.join, self.starts_section, self.damaged]
    }
}

/// The targets of every line of a document, and those of its characters where the line is labelled. `labels` are sorted by place.
#[must_use]
pub fn label_lines(lines: &[Line], labels: &[LineLabel]) -> Vec<(LineTarget, Option<EditTargets>)> {
    let mut taken: Option<usize> = None;
    let mut out = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let Some(index) = most_overlapping(line, labels) else {
            out.push((LineTarget::UNKNOWN, None));
            continue;
        };
        let label = &labels[index];
        let edits = edit_targets(&line.text, &line.spans, &label.edits);
        let goes_on = lines.get(at + 1).is_some_and(|next| next.raw_start < label.raw_end);
        let target = LineTarget {
            role: label.role.class() as i8,
            level: label.level.min(6) as i8,
            join: if goes_on { UNLABELLED } else { label.join.class() as i8 },
            starts_section: i8::from(label.starts_section && taken != Some(index)),
            damaged: i8::from(edits.has_edits()),
        };
        taken = Some(index);
        out.push((target, Some(edits)));
    }
    out
}

fn most_overlapping(line: &Line, labels: &[LineLabel]) -> Option<usize> {
    let first = labels.partition_point(|label| label.raw_end <= line.raw_start);
    let overlap = |label: &LineLabel| label.raw_end.min(line.raw_end) - label.raw_start.max(line.raw_start);
    let touching = labels[first..].iter().enumerate().take_while(|(_, label)| label.raw_start < line.raw_end);
    touching.max_by_key(|(at, label)| (overlap(label), usize::MAX - at)).map(|(at, _)| first + at)
}

#[cfg(test)]
mod tests {
    use records::{Join, Role};

    use super::*;
    use crate::read::{MediaType, ReadLimits, read_bytes};

    #[test]
    fn a_line_takes_the_label_it_overlaps_most() {
        let text = "Head\n\ncode a\ncode b\nloose\n";
        let lines = read_bytes(MediaType::Text, text.as_bytes(), &ReadLimits::default()).unwrap().lines;
        let label = |raw_start, raw_end, role| LineLabel {
            doc_id: String::new(),
            line: 0,
            raw_start,
            raw_end,
            role,
            level: u8::from(role == Role::Heading),
            join: Join::Break,
            starts_section: true,
            edits: vec![],
        };
        let targets = label_lines(&lines, &[label(0, 4, Role::Heading), label(6, 19, Role::Code)]);
        let roles: Vec<i8> = targets.iter().map(|(target, _)| target.role).collect();
        assert_eq!(roles, [Role::Heading.class() as i8, Role::Code.class() as i8, Role::Code.class() as i8, UNLABELLED]);
        let starts: Vec<i8> = targets.iter().map(|(target, _)| target.starts_section).collect();
        assert_eq!(starts, [1, 1, 0, UNLABELLED]);
        assert_eq!((targets[1].0.join, targets[2].0.join), (UNLABELLED, 0));
    }
}
