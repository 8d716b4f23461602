//! From scores to decisions. Where the mark-up itself says what a line is (a heading, an item, a row, code), the mark-up is believed; what
//! is content and what is furniture, and everything in plain text, is the model's to say. What it says is furniture is left out only where the
//! document bears it out ([`super::evidence`]); else it stays as text.

use records::{Join, Line, Role};
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, is_rule};
use super::tables::settle_rows;
use crate::model::{HEADS, LINE_COLUMNS};
use crate::read::MediaType;

mod hyphens;
mod settle;

pub(super) use hyphens::settle_hyphens;
use settle::{breaks_word, goes_on, is_broken, settle_pieces, settle_statements, settle_words, stands_alone};

/// Probabilities above which the model is believed; calibrated on development documents and stored with the model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// A line goes through the edit head.
    pub damaged: f32,
    /// An edit is made.
    pub edit: f32,
    /// A line is left out as furniture.
    pub furniture: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { damaged: 0.2, edit: 0.9, furniture: 0.5 }
    }
}

/// In text without a page layout or navigation elements a line is left out only above this probability, and only if it is short.
const CAREFUL: f32 = 0.8;
/// Longest line that is left out there, in bytes.
const SHORT: usize = 200;
/// Below this share of kept text the model is not believed about furniture.
const LEAST_KEPT: f64 = 0.1;

/// What is done with one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// What the line is for, in the model's opinion.
    pub role: Role,
    /// What it is as a part of the text.
    pub content: Role,
    /// Why it is left out, if it is.
    pub dropped: Option<&'static str>,
    /// Heading level from 1, 0 for others.
    pub level: u8,
    /// How it continues in the next line that is kept.
    pub join: Join,
    /// Whether a section starts here.
    pub starts_section: bool,
    /// Probability that characters are damaged.
    pub damaged: f32,
}

/// Probabilities of one line's heads.
#[derive(Clone, Debug)]
pub struct Probabilities<'a>(&'a [f32]);

impl<'a> Probabilities<'a> {
    /// The probabilities behind the logits of one line.
    #[must_use]
    pub fn new(logits: &'a [f32]) -> Self {
        Self(logits)
    }

    /// Those of one head, by its place in [`HEADS`].
    #[must_use]
    pub fn head(&self, head: usize) -> Vec<f32> {
        let start: usize = HEADS[..head].iter().sum();
        softmax(&self.0[start..start + HEADS[head]])
    }
}

/// `exp(x) / sum exp(x)`.
#[must_use]
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponents: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = exponents.iter().sum();
    exponents.into_iter().map(|value| if sum > 0.0 { value / sum } else { 0.0 }).collect()
}

/// The class with the largest value.
#[must_use]
pub fn best(values: &[f32]) -> usize {
    values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
}

/// Decides about every line of a document from the logits of [`crate::model::score_lines`].
#[must_use]
pub fn decide(lines: &[Line], logits: &[f32], media_type: MediaType, thresholds: &Thresholds) -> Vec<Decision> {
    decide_page(lines, logits, media_type, thresholds, None)
}

/// [`decide`], where `left_out` may say which lines of a page are beside what it is about.
pub(super) fn decide_page(
    lines: &[Line],
    logits: &[f32],
    media_type: MediaType,
    thresholds: &Thresholds,
    left_out: Option<&[bool]>,
) -> Vec<Decision> {
    // Office files say what their parts are, as XML does; pages of a PDF are printed text.
    let media_type = match media_type {
        MediaType::Container(_) if media_type.is_plain() => MediaType::Text,
        MediaType::Container(_) => MediaType::Xml,
        other => other,
    };
    let evidence = Evidence::of(lines);
    let believe = |furniture, left_out: Option<&[bool]>| {
        let rows = lines.iter().zip(logits.chunks_exact(LINE_COLUMNS)).enumerate();
        let decided = rows.map(|(at, (line, row))| {
            let (mut decision, opinion) = decide_line(line, row, media_type, furniture);
            let may_go = || may_drop(line, known_role(&line.hints.html_path), media_type, opinion.1);
            let is_furniture = || may_go() && evidence.bears_out(line, at, opinion, furniture, media_type);
            let is_furniture = left_out.map_or_else(is_furniture, |left_out| left_out[at]);
            decision.dropped = is_furniture.then(|| name(opinion.0));
            if known_role(&line.hints.html_path).is_none() && is_rule(&line.text) {
                (decision.role, decision.dropped) = (Role::Boilerplate, Some("rule"));
            }
            decision
        });
        let mut decisions: Vec<Decision> = decided.collect();
        settle_pieces(lines, &mut decisions);
        settle_statements(lines, &mut decisions, media_type);
        settle_words(lines, &mut decisions, media_type);
        decisions
    };
    let mut decisions: Vec<Decision> = believe(thresholds.furniture, left_out);
    let size = |keep: bool| -> usize {
        lines.iter().zip(&decisions).filter(|(_, d)| !keep || d.dropped.is_none()).map(|(line, _)| line.text.len()).sum()
    };
    if (size(true) as f64) < LEAST_KEPT * size(false) as f64 && media_type != MediaType::Html || size(true) == 0 {
        decisions = believe(f32::INFINITY, None);
    }
    settle_rows(lines, &mut decisions, media_type);
    settle_joins(lines, &mut decisions, media_type);
    decisions
}

/// Decisions for text that is clean already: every line is a paragraph.
#[must_use]
pub fn decide_clean(lines: &[Line]) -> Vec<Decision> {
    let (role, content) = (Role::Paragraph, Role::Paragraph);
    let decision = Decision { role, content, dropped: None, level: 0, join: Join::Break, starts_section: false, damaged: 0.0 };
    let mut decisions = vec![decision; lines.len()];
    settle_joins(lines, &mut decisions, MediaType::Clean);
    decisions
}

/// What a line is for, and what furniture it would be with which probability.
fn decide_line(line: &Line, logits: &[f32], media_type: MediaType, threshold: f32) -> (Decision, (Role, f32)) {
    let probabilities = Probabilities::new(logits);
    let roles = probabilities.head(0);
    let known = known_role(&line.hints.html_path);
    let allowed: &[Role] = match (media_type, known) {
        (_, Some((role, _))) => &[role],
        (MediaType::Text | MediaType::Clean, None) => &Role::ALL,
        (MediaType::Markdown | MediaType::Rst, None) => &[Role::Caption, Role::Footnote, Role::Reference, Role::Paragraph],
        // The elements say what is what; a name that nobody knows holds paragraphs.
        (MediaType::Xml | MediaType::Container(_), None) => &[Role::Paragraph],
        (MediaType::Html, None) => &[Role::Caption, Role::Footnote, Role::Reference, Role::Metadata, Role::Paragraph],
    };
    let most_likely = |allowed: &mut dyn Iterator<Item = Role>| {
        allowed.max_by(|a, b| roles[a.class()].total_cmp(&roles[b.class()])).unwrap_or(Role::Paragraph)
    };
    let furniture: f32 = Role::ALL.iter().filter(|role| !role.is_content()).map(|role| roles[role.class()]).sum();
    let content = most_likely(&mut allowed.iter().copied().filter(|role| role.is_content()));
    let as_furniture = most_likely(&mut Role::ALL.into_iter().filter(|role| !role.is_content()));
    let is_furniture = furniture > threshold && may_drop(line, known, media_type, furniture);
    let role = if is_furniture { as_furniture } else { content };
    let level = match (content, known) {
        (Role::Heading, Some((Role::Heading, level))) => level,
        (Role::Heading, _) => best(&probabilities.head(1)[1..]) as u8 + 1,
        _ => 0,
    };
    let join = Join::ALL[best(&probabilities.head(2))];
    let (starts_section, damaged) = (probabilities.head(3)[1] > 0.5, probabilities.head(4)[1]);
    (Decision { role, content, dropped: None, level, join, starts_section, damaged }, (as_furniture, furniture))
}

/// What the path of elements alone says, innermost first.
fn known_role(path: &str) -> Option<(Role, u8)> {
    if path.is_empty() {
        return None;
    }
    for part in path.rsplit('/') {
        let element = part.split('.').next().unwrap_or_default();
        let known = match element {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some((Role::Heading, element.as_bytes()[1] - b'0')),
            "li" => Some((Role::ListItem, 0)),
            "tr" | "td" | "th" | "thead" => Some((Role::TableRow, 0)),
            "pre" => Some((Role::Code, 0)),
            "metadata" => Some((Role::Metadata, 0)),
            "footnote" => Some((Role::Footnote, 0)),
            "reference" => Some((Role::Reference, 0)),
            "figcaption" | "caption" => Some((Role::Caption, 0)),
            "p" | "a" | "strong" | "b" | "code" | "div" | "label" | "time" | "blockquote" => None,
            _ => return None,
        };
        if known.is_some() {
            return known;
        }
    }
    None
}

/// Whether a line that looks like furniture may be called so. HTML has furniture everywhere; elsewhere doubt keeps the line.
fn may_drop(line: &Line, known: Option<(Role, u8)>, media_type: MediaType, probability: f32) -> bool {
    let linked = line.hints.link_density > 0.5;
    match media_type {
        MediaType::Html => !matches!(known, Some((Role::Code | Role::Heading | Role::TableRow, _))) || probability > CAREFUL,
        MediaType::Markdown | MediaType::Rst => {
            let kind = matches!(known, None | Some((Role::ListItem, _)));
            kind && line.text.len() <= SHORT && (linked && known.is_none() || probability > CAREFUL)
        }
        MediaType::Text => line.text.len() <= SHORT && (probability > CAREFUL || line.hints.page.is_some()),
        MediaType::Xml | MediaType::Container(_) | MediaType::Clean => false,
    }
}

/// How a role is called in the table of what was dropped.
fn name(role: Role) -> &'static str {
    match role {
        Role::RunningHeader => "running_header",
        Role::PageNumber => "page_number",
        Role::Navigation => "navigation",
        _ => "boilerplate",
    }
}

/// Joins that the text itself rules out are undone, and the pieces of one long line are put together again.
fn settle_joins(lines: &[Line], decisions: &mut [Decision], media_type: MediaType) {
    for at in 0..lines.len() {
        let next = (at + 1..lines.len()).find(|next| decisions[*next].dropped.is_none());
        let here = decisions[at];
        decisions[at].join = match next {
            // The space that the piece was cut at still stands at its end.
            Some(next) if next == at + 1 && goes_on(lines, at) => Join::KeepHyphen,
            Some(next) if next == at + 1 && is_broken(lines, at, media_type) && !stands_alone(here.content) => Join::KeepHyphen,
            Some(next) if media_type == MediaType::Text => settled(&lines[at], &lines[next], here, decisions[next]),
            _ => Join::Break,
        };
    }
}

fn settled(line: &Line, next: &Line, here: Decision, there: Decision) -> Join {
    let breaks = |role| stands_alone(role) || role == Role::Metadata;
    let goes_on = here.content == there.content || (here.content == Role::ListItem && there.content == Role::Paragraph);
    let apart = next.hints.blank_before > 0 && next.hints.page == line.hints.page;
    if !goes_on || apart || breaks(here.content) || (there.starts_section && there.content == Role::Heading) {
        return Join::Break;
    }
    if breaks_word(line, next) {
        return Join::KeepHyphen;
    }
    match here.join {
        Join::KeepHyphen | Join::DropHyphen if !line.text.ends_with(['-', '\u{ad}', '¬', '‐']) => Join::Space,
        join => join,
    }
}

#[cfg(test)]
mod tests;
