//! Inline mark-up: emphasis, literals, references and roles give the words a reader of the finished page would see; footnote marks go. What
//! begins no mark-up by docutils' rules (a start after white space or an opening sign, an end before white space or punctuation) is text.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use crate::read::builder::LineBuilder;

/// Farthest end of a mark, in bytes: keeps a text of nothing but marks linear.
const FARTHEST: usize = 1_000;
/// Longest name of a role, and the most signs in a row that are one mark, in characters.
const LONGEST_NAME: usize = 64;

/// Roles that lead to another document or place.
const LEADING_ROLES: [&str; 4] = ["pep", "rfc", "doc", "ref"];

/// Names that references may point to, in small letters, with their places.
pub(super) type Targets = HashMap<String, String>;

/// Reads runs of text.
pub(super) struct Inline<'a> {
    source: &'a str,
    targets: Targets,
    /// Up to where no closing sign stands, for each of the four signs.
    in_vain: Cell<[usize; 4]>,
}

/// What stands at a mark: where it ends, what is shown of it, whether it counts as a link, and where it leads.
struct Mark {
    end: usize,
    shown: Shown,
    is_link: bool,
    target: Option<String>,
}

enum Shown {
    Part(Range<usize>),
    /// A text that stands for the whole mark.
    As(String),
    Nothing,
}

impl<'a> Inline<'a> {
    pub fn new(source: &'a str, targets: Targets) -> Self {
        Self { source, targets, in_vain: Cell::default() }
    }

    /// Adds what a reader sees of a range to a line.
    pub fn read(&self, range: Range<usize>, builder: &mut LineBuilder) {
        let (mut at, mut plain) = (range.start, range.start);
        while at < range.end {
            let character = self.source[at..].chars().next().unwrap_or(' ');
            let Some((start, mark)) = self.mark(character, at, plain, &range) else {
                at += character.len_utf8();
                continue;
            };
            builder.copy(self.source, plain..start, false);
            if let Some(target) = &mark.target {
                builder.open_link(target);
            }
            match mark.shown {
                Shown::Part(part) => builder.copy(self.source, part, mark.is_link),
                Shown::As(text) => builder.stand_for(&text, start..mark.end, mark.is_link),
                Shown::Nothing => {}
            }
            builder.close_link();
            (at, plain) = (mark.end, mark.end);
        }
        builder.copy(self.source, plain..range.end, false);
    }

    /// The mark at `at`, with where it begins: a reference is known by its last sign.
    fn mark(&self, character: char, at: usize, plain: usize, range: &Range<usize>) -> Option<(usize, Mark)> {
        let here = |mark: Mark| (at, mark);
        match character {
            '\\' => self.escape(at, range).map(here),
            '_' => self.reference(at, plain, range),
            '`' | '*' | ':' if !self.may_start(at, range) => None,
            '`' if self.source[at..range.end].starts_with("``") => self.between(at, "``", range, false).map(here),
            '`' => self.interpreted(at, None, range).map(here),
            '*' if self.source[at..range.end].starts_with("**") => self.between(at, "**", range, true).map(here),
            '*' => self.between(at, "*", range, true).map(here),
            ':' => self.role(at, range).map(here),
            '[' if self.may_start(at, range) => self.footnote(at, plain, range),
            _ => None,
        }
    }

    fn escape(&self, at: usize, range: &Range<usize>) -> Option<Mark> {
        let next = self.source[at + 1..range.end].chars().next()?;
        let end = at + 1 + next.len_utf8();
        let shown = if next.is_whitespace() { Shown::Nothing } else { Shown::Part(at + 1..end) };
        Some(Mark { end, shown, is_link: false, target: None })
    }

    /// Text between two equal signs.
    fn between(&self, at: usize, sign: &str, range: &Range<usize>, escapes: bool) -> Option<Mark> {
        let close = self.close(at + sign.len(), sign, range, escapes)?;
        Some(Mark { end: close + sign.len(), shown: Shown::Part(at + sign.len()..close), is_link: false, target: None })
    }

    /// Text in single back-ticks: a reference (`text <target>`_), or a role's.
    fn interpreted(&self, at: usize, role: Option<(&str, usize)>, range: &Range<usize>) -> Option<Mark> {
        let close = self.close(at + 1, "`", range, true)?;
        let (mut end, inner) = (close + 1, at + 1..close);
        let rest = &self.source[end..range.end];
        let underscores = rest.len() - rest.trim_start_matches('_').len();
        let is_link = role.is_none() && (1..=2).contains(&underscores);
        if is_link {
            end += underscores;
        } else if role.is_none()
            && let Some(name) = role_name(rest)
        {
            end += name;
        }
        let text = &self.source[inner.clone()];
        let target = self.target(text, role.map(|(name, _)| name), is_link);
        let shown = text.rfind('<').filter(|_| text.ends_with('>')).map(|open| text[..open].trim_end().len()).filter(|length| *length > 0);
        let shown = match shown {
            Some(length) => Shown::Part(inner.start..inner.start + length),
            // `:pep:` and `:rfc:` show their own name before a number.
            None => match role.filter(|(name, _)| matches!(*name, "pep" | "rfc")) {
                Some((name, _)) => Shown::As(format!("{} {text}", name.to_uppercase())),
                None if role.is_some() => Shown::Part(inner.start + text.len() - text.trim_start_matches(['~', '!']).len()..inner.end),
                None => Shown::Part(inner),
            },
        };
        Some(Mark { end, shown, is_link, target })
    }

    /// Where a text in back-ticks leads: what it holds in `<>`, or what it names itself.
    fn target(&self, text: &str, role: Option<&str>, is_link: bool) -> Option<String> {
        let inner = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map(|(_, inner)| inner);
        match role {
            Some(role) => LEADING_ROLES.contains(&role).then(|| format!(":{role}:{}", inner.unwrap_or(text).trim())),
            None => is_link.then(|| match inner.map(|inner| (inner, inner.strip_suffix('_'))) {
                Some((place, None)) => place.split_whitespace().collect(),
                Some((_, Some(name))) => self.place(name),
                None => self.place(text),
            }),
        }
    }

    /// The place of a name: that which the file gives it, else its section of that title.
    fn place(&self, name: &str) -> String {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches('`').to_lowercase();
        let place = self.targets.get(&name).cloned().unwrap_or_else(|| format!("#{name}"));
        // One name may stand for another.
        place.strip_suffix('_').and_then(|other| self.targets.get(&other.trim_matches('`').to_lowercase()).cloned()).unwrap_or(place)
    }

    fn role(&self, at: usize, range: &Range<usize>) -> Option<Mark> {
        let length = role_name(&self.source[at..range.end])?;
        let tick = at + length;
        if !self.source[tick..range.end].starts_with('`') || self.source[tick..range.end].starts_with("``") {
            return None;
        }
        self.interpreted(tick, Some((&self.source[at + 1..tick - 1], at)), range)
    }

    /// A word that points to a target of this file (`name_`), or an inline target (_`name`).
    fn reference(&self, at: usize, plain: usize, range: &Range<usize>) -> Option<(usize, Mark)> {
        let rest = &self.source[at + 1..range.end];
        if rest.starts_with('`') && self.may_start(at, range) {
            return self.interpreted(at + 1, None, range).map(|mark| (at, mark));
        }
        let word = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '.' | '+');
        let length: usize = self.source[plain..at].chars().rev().take_while(word).map(char::len_utf8).sum();
        let end = at + 1 + usize::from(rest.starts_with('_'));
        let ends = self.source[end..range.end].chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let name = &self.source[at - length..at];
        let known = length > 0 && self.targets.contains_key(&name.to_lowercase());
        let mark = || Mark { end, shown: Shown::Part(at - length..at), is_link: true, target: Some(self.place(name)) };
        (ends && known).then(|| (at - length, mark()))
    }

    /// `[1]_` and the white space before it.
    fn footnote(&self, at: usize, plain: usize, range: &Range<usize>) -> Option<(usize, Mark)> {
        let rest = &self.source[at + 1..range.end];
        let length = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '#' | '*' | '-' | '_' | '.' | ':'))?;
        if length == 0 || !rest[length..].starts_with("]_") {
            return None;
        }
        let start = plain + self.source[plain..at].trim_end().len();
        Some((start, Mark { end: at + 1 + length + 2, shown: Shown::Nothing, is_link: false, target: None }))
    }

    fn may_start(&self, at: usize, range: &Range<usize>) -> bool {
        let before = self.source[range.start..at].chars().next_back();
        let mut after = self.source[at..range.end].chars();
        let sign = after.next();
        let next = after.take(LONGEST_NAME).find(|c| Some(*c) != sign);
        let opens =
            |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | '[' | '{' | '<' | '-' | '/' | ':' | '“' | '‘' | '«' | '—' | '–');
        // A sign in quotes is the sign itself.
        let quoted = matches!((before, next), (Some('\''), Some('\'')) | (Some('"'), Some('"')) | (Some('('), Some(')')));
        before.is_none_or(opens) && next.is_some_and(|c| !c.is_whitespace()) && !quoted
    }

    /// Where the closing sign stands. What was searched in vain is not searched again: a text of opening signs alone stays cheap.
    fn close(&self, from: usize, sign: &str, range: &Range<usize>, escapes: bool) -> Option<usize> {
        let kind = usize::from(sign.len() == 2) + 2 * usize::from(sign.starts_with('*'));
        let mut in_vain = self.in_vain.get();
        let limit = self.source.floor_char_boundary((from + FARTHEST).min(range.end));
        let start = from.max(in_vain[kind].min(limit));
        let found = self.source.get(start..limit)?.match_indices(sign).map(|(at, _)| start + at).find(|at| {
            let before = self.source[from..*at].chars().next_back();
            let after = self.source[at + sign.len()..range.end].chars().next();
            let escaped = escapes && before == Some('\\');
            before.is_some_and(|c| !c.is_whitespace()) && after.is_none_or(|c| !c.is_alphanumeric()) && !escaped
        });
        if found.is_none() {
            // A sign of two characters may lie across the limit.
            in_vain[kind] = in_vain[kind].max(self.source.floor_char_boundary(limit.saturating_sub(1)));
            self.in_vain.set(in_vain);
        }
        found
    }
}

/// Bytes of `:name:` at the beginning of a text.
fn role_name(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(':')?;
    let is_of_name = |c: &char| c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '+' | '.');
    let length = rest.chars().take(LONGEST_NAME).take_while(is_of_name).map(char::len_utf8).sum();
    let name = rest[..length].strip_suffix(':')?;
    let ends = rest[length..].starts_with('`') || rest.len() == length;
    (name.starts_with(char::is_alphabetic) && ends).then_some(length + 1)
}

#[cfg(test)]
mod tests;
