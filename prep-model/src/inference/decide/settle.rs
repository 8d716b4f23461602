//! What lines of one thing are, whatever the model makes of each: the pieces of a long line, the halves of a broken word, lines that say something.

use records::{Line, Role};

use super::Decision;
use crate::inference::evidence::is_statement;
use crate::read::MediaType;

/// Whether a line goes on in the next one because it was too long for one.
pub(super) fn goes_on(lines: &[Line], at: usize) -> bool {
    lines.get(at + 1).is_some_and(|next| next.raw_start == lines[at].raw_end)
}

/// The pieces of one long line are one thing: what holds for the first piece that is text holds for all, and only all are left out.
pub(super) fn settle_pieces(lines: &[Line], decisions: &mut [Decision]) {
    let mut start = 0;
    while start < lines.len() {
        let end = start + (start..lines.len()).take_while(|at| goes_on(lines, *at)).count() + 1;
        if let Some(text) = decisions[start..end].iter().copied().find(|decision| decision.dropped.is_none()).filter(|_| end - start > 1) {
            for (at, decision) in decisions[start..end].iter_mut().enumerate() {
                (decision.role, decision.content, decision.level, decision.dropped) = (text.role, text.content, text.level, None);
                decision.starts_section &= at == 0;
            }
        }
        start = end;
    }
}

/// A line of plain text that says something is no heading, whatever it looks like: as the path above a text it could not be quoted. What the model
/// thinks stays in [`Decision::role`].
pub(super) fn settle_statements(lines: &[Line], decisions: &mut [Decision], media_type: MediaType) {
    if media_type != MediaType::Text {
        return;
    }
    for (line, decision) in lines.iter().zip(decisions) {
        if matches!(decision.content, Role::Title | Role::Heading) && is_statement(&line.text) {
            (decision.content, decision.level) = (Role::Paragraph, 0);
        }
    }
}

/// Whether a word of plain text goes on in the next line: it was broken at a soft hyphen, which says so in every language.
pub(super) fn is_broken(lines: &[Line], at: usize, media_type: MediaType) -> bool {
    let is_plain = matches!(media_type, MediaType::Text | MediaType::Clean);
    lines.get(at + 1).is_some_and(|next| is_plain && next.hints.blank_before == 0 && breaks_word(&lines[at], next))
}

/// Whether a line of this role is never joined with another.
pub(super) fn stands_alone(role: Role) -> bool {
    matches!(role, Role::Code | Role::TableRow)
}

/// Whether a line ends inside a word that the other one begins with the rest of.
pub(super) fn breaks_word(line: &Line, next: &Line) -> bool {
    line.text.ends_with('\u{ad}') && next.text.starts_with(char::is_alphanumeric)
}

/// The two lines of a broken word are one thing: what the first is, unless that is a heading or the like and the second is prose.
pub(super) fn settle_words(lines: &[Line], decisions: &mut [Decision], media_type: MediaType) {
    for at in 0..lines.len().saturating_sub(1) {
        let (here, there) = (decisions[at], decisions[at + 1]);
        let dropped = here.dropped.is_some() && there.dropped.is_some();
        if dropped || !is_broken(lines, at, media_type) || [here, there].iter().any(|one| stands_alone(one.content)) {
            continue;
        }
        let leads = matches!(here.content, Role::Title | Role::Heading | Role::Metadata) && there.content == Role::Paragraph;
        let whole = if leads { there } else { here };
        for decision in &mut decisions[at..=at + 1] {
            (decision.role, decision.content, decision.level, decision.dropped) = (whole.role, whole.content, whole.level, None);
        }
        decisions[at + 1].starts_section = false;
    }
}
