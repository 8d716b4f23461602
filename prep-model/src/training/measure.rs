//! Numbers on development documents: how often each head is right, what the decisions keep and drop, and what repairs do to damaged and to
//! clean text. The same code that prepares documents makes the decisions that are measured here.

use std::collections::BTreeSet;

use burn::tensor::Device;
use records::{Line, Role};

use crate::data::{EditTargets, INSERT, KEEP, LineTarget, REPLACE, UNLABELLED, WholeDocument};
use crate::inference::{Probabilities, Proposal, Thresholds, best, decide, propose};
use crate::model::{DocumentWords, LINE_COLUMNS, ModelConfig, PrepModel, Vocabulary, WordList, score_lines, written};
use crate::read::MediaType;

/// Counts behind the numbers.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    /// `[gold][found]` over roles.
    pub roles: Vec<[u64; 14]>,
    join: (u64, u64),
    joined: Scores,
    boundary: Scores,
    level: (u64, u64),
    damaged: Scores,
    furniture: Scores,
    /// Every proposed change, for calibration.
    pub proposals: Vec<Judged>,
    /// Changes that the gold text asks for.
    pub wanted: u64,
    /// Characters in lines without damage.
    pub clean_characters: u64,
    threshold: f32,
}

/// A proposed change and whether it is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// How sure the head is.
    pub probability: f32,
    /// Whether it does what the gold text asks for.
    pub right: bool,
    /// Whether the line had no damage.
    pub on_clean: bool,
    /// Characters changed.
    pub characters: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Scores {
    right: u64,
    found: u64,
    wanted: u64,
}

impl Scores {
    fn add(&mut self, found: bool, wanted: bool) {
        self.right += u64::from(found && wanted);
        self.found += u64::from(found);
        self.wanted += u64::from(wanted);
    }

    fn precision(self) -> f64 {
        ratio(self.right, self.found)
    }

    fn recall(self) -> f64 {
        ratio(self.right, self.wanted)
    }

    fn f1(self) -> f64 {
        ratio(2 * self.right, self.found + self.wanted)
    }
}

/// 1 if there was nothing to find and nothing was found.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Runs a model over documents; edits are judged at `thresholds`, or at the defaults.
#[must_use]
pub fn measure(
    model: &PrepModel,
    config: &ModelConfig,
    documents: &[WholeDocument],
    words: &WordList,
    thresholds: Option<Thresholds>,
    device: &Device,
) -> Measurement {
    let thresholds = thresholds.unwrap_or_default();
    let mut out = Measurement { roles: vec![[0; 14]; Role::ALL.len()], threshold: thresholds.edit, ..Measurement::default() };
    for document in documents {
        let counts = DocumentWords::of(&document.lines);
        let vocabulary = Vocabulary { list: words, document: &counts };
        let logits = score_lines(model, config, &document.lines, vocabulary, device);
        out.add_lines(document, &logits, &thresholds);
        let suspect = |at: &usize| Probabilities::new(&logits[at * LINE_COLUMNS..(at + 1) * LINE_COLUMNS]).head(4)[1] >= thresholds.damaged;
        let chosen: Vec<usize> = (0..document.lines.len()).filter(|at| document.targets[*at].1.is_some() && suspect(at)).collect();
        let lines: Vec<&Line> = chosen.iter().map(|at| &document.lines[*at]).collect();
        for (at, proposals) in chosen.iter().zip(propose(model, config, &lines, vocabulary, device)) {
            out.add_proposals(&document.lines[*at], &document.targets[*at], &proposals);
        }
        for (line, (target, edits)) in document.lines.iter().zip(&document.targets) {
            out.wanted += edits.as_ref().map_or(0, |edits| gold_changes(&line.text, edits).len() as u64);
            out.clean_characters += if target.damaged == 0 { line.text.chars().count() as u64 } else { 0 };
        }
    }
    out
}

impl Measurement {
    fn add_lines(&mut self, document: &WholeDocument, logits: &[f32], thresholds: &Thresholds) {
        let is_text = document.lines.iter().all(|line| line.hints.html_path.is_empty());
        let media_type = if is_text { MediaType::Text } else { MediaType::Html };
        let decisions = decide(&document.lines, logits, media_type, thresholds);
        let mut joins_next = false;
        for (at, (target, _)) in document.targets.iter().enumerate() {
            let probabilities = Probabilities::new(&logits[at * LINE_COLUMNS..(at + 1) * LINE_COLUMNS]);
            let classes: [usize; 5] = std::array::from_fn(|head| best(&probabilities.head(head)));
            if target.role == UNLABELLED {
                continue;
            }
            let gold = target.role as usize;
            self.roles[gold][classes[0]] += 1;
            self.furniture.add(!decisions[at].role.is_content(), !Role::ALL[gold].is_content());
            if gold == Role::Heading.class() && is_text {
                self.level = (self.level.0 + u64::from(classes[1] == target.level as usize), self.level.1 + 1);
            }
            if target.join != UNLABELLED && is_text {
                self.join = (self.join.0 + u64::from(classes[2] == target.join as usize), self.join.1 + 1);
                self.joined.add(classes[2] != 0, target.join != 0);
            }
            // Whether a new paragraph, heading or item begins with this line, as the decisions have it.
            if is_text && at > 0 && document.targets[at - 1].0.join != UNLABELLED {
                self.boundary.add(!joins_next, document.targets[at - 1].0.join == 0);
            }
            joins_next = decisions[at].join != records::Join::Break;
            self.damaged.add(probabilities.head(4)[1] >= thresholds.damaged, target.damaged == 1);
        }
    }

    fn add_proposals(&mut self, line: &Line, (target, edits): &(LineTarget, Option<EditTargets>), proposals: &[Proposal]) {
        let Some(edits) = edits else { return };
        let gold = gold_changes(&line.text, edits);
        for proposal in proposals {
            let changes = characterwise(&line.text, proposal);
            let characters = (line.text[proposal.change.range.clone()].chars().count().max(proposal.change.text.chars().count())) as u64;
            let right = gold.contains(&changes) || changes.is_subset(&gold.iter().flatten().cloned().collect());
            self.proposals.push(Judged { probability: proposal.probability, right, on_clean: target.damaged == 0, characters });
        }
    }

    /// The highest recall whose clean text stays under `most` changed characters in 10,000 and whose precision is at least `precision`.
    #[must_use]
    pub fn calibrated(&self, most: f64, precision: f64) -> f32 {
        let grid = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99];
        let fits = |threshold: &f32| self.clean_changes(*threshold) <= most && self.edits(*threshold).precision() >= precision;
        grid.into_iter().find(fits).unwrap_or(0.995)
    }

    fn clean_changes(&self, threshold: f32) -> f64 {
        let changed: u64 =
            self.proposals.iter().filter(|judged| judged.on_clean && judged.probability >= threshold).map(|judged| judged.characters).sum();
        1e4 * changed as f64 / self.clean_characters.max(1) as f64
    }

    fn edits(&self, threshold: f32) -> Scores {
        let made = self.proposals.iter().filter(|judged| judged.probability >= threshold);
        let (mut right, mut found) = (0, 0);
        made.for_each(|judged| {
            right += u64::from(judged.right);
            found += 1;
        });
        Scores { right, found, wanted: self.wanted }
    }

    /// Every number by name.
    #[must_use]
    pub fn numbers(&self) -> Vec<(String, f64)> {
        let total: u64 = self.roles.iter().flatten().sum();
        let right: u64 = (0..self.roles.len()).map(|role| self.roles[role][role]).sum();
        let edits = self.edits(self.threshold);
        [
            ("role_accuracy", ratio(right, total)),
            ("role_macro_f1", self.macro_f1()),
            ("level_accuracy", ratio(self.level.0, self.level.1)),
            ("join_accuracy", ratio(self.join.0, self.join.1)),
            ("join_f1", self.joined.f1()),
            ("boundary_f1", self.boundary.f1()),
            ("furniture_precision", self.furniture.precision()),
            ("furniture_recall", self.furniture.recall()),
            ("damaged_precision", self.damaged.precision()),
            ("damaged_recall", self.damaged.recall()),
            ("edit_precision", edits.precision()),
            ("edit_recall", edits.recall()),
            ("clean_changes_per_10000", self.clean_changes(self.threshold)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Mean F1 of the roles that occur.
    fn macro_f1(&self) -> f64 {
        let scores: Vec<f64> = (0..self.roles.len())
            .map(|role| Scores {
                right: self.roles[role][role],
                found: self.roles.iter().map(|row| row[role]).sum(),
                wanted: self.roles[role].iter().sum(),
            })
            .filter(|scores| scores.wanted > 0)
            .map(Scores::f1)
            .collect();
        scores.iter().sum::<f64>() / scores.len().max(1) as f64
    }

    /// The threshold that edits are judged at.
    pub fn set_edit_threshold(&mut self, threshold: f32) {
        self.threshold = threshold;
    }
}

/// A change of one character: its place, and what stands there afterwards (an insertion in front included).
type CharacterChange = (usize, String);

/// The gold changes of a line, those of one word together.
fn gold_changes(text: &str, edits: &EditTargets) -> Vec<BTreeSet<CharacterChange>> {
    let characters: Vec<char> = text.chars().collect();
    let mut out: Vec<BTreeSet<CharacterChange>> = Vec::new();
    let mut last: Option<usize> = None;
    for at in 0..edits.operations.len() {
        let (operation, insertion) = (edits.operations[at], edits.insertions[at]);
        if operation <= KEEP && insertion < INSERT {
            continue;
        }
        let mut becomes = String::new();
        if insertion >= INSERT {
            becomes.extend(written((insertion - INSERT) as usize));
        }
        match operation {
            class if class >= REPLACE => becomes.extend(written((class - REPLACE) as usize)),
            KEEP => becomes.extend(characters.get(at)),
            _ => {}
        }
        let together = last.is_some_and(|last| {
            characters[last.min(characters.len())..at.min(characters.len())].iter().skip(1).all(|c| !c.is_whitespace())
        });
        if !together {
            out.push(BTreeSet::new());
        }
        if let Some(group) = out.last_mut() {
            group.insert((at, becomes));
        }
        last = Some(at);
    }
    out
}

/// A proposal in the same terms, by aligning what it writes with what stood there.
fn characterwise(text: &str, proposal: &Proposal) -> BTreeSet<CharacterChange> {
    let range = &proposal.change.range;
    let length = text.len() as u64;
    let edit = records::RawEdit { raw_start: range.start as u64, raw_end: range.end as u64, replacement: proposal.change.text.clone() };
    let targets = crate::data::edit_targets(text, &records::OffsetMap::identity(length), &[edit]);
    gold_changes(text, &targets).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::edit_targets;
    use crate::inference::Change;

    #[test]
    fn a_proposal_is_right_if_it_undoes_the_damage() {
        let text = "the rnain hall";
        let edit = records::RawEdit { raw_start: 4, raw_end: 6, replacement: "m".into() };
        let edits = edit_targets(text, &records::OffsetMap::identity(14), &[edit]);
        let line = Line {
            doc_id: String::new(),
            line: 0,
            text: text.into(),
            raw_start: 0,
            raw_end: 14,
            spans: records::OffsetMap::identity(14),
            hints: records::Hints::default(),
            links: vec![],
        };
        let mut measured = Measurement { wanted: 1, clean_characters: 10_000, ..Measurement::default() };
        let target = (LineTarget { damaged: 1, ..LineTarget::UNKNOWN }, Some(edits));
        let change =
            |range, text: &str, probability| Proposal { change: Change { range, text: text.into() }, probability, is_evident: false };
        measured.add_proposals(&line, &target, &[change(4..6, "m", 0.9), change(10..14, "ball", 0.5)]);
        assert_eq!(measured.proposals.iter().map(|judged| judged.right).collect::<Vec<_>>(), [true, false]);
        assert!((measured.calibrated(5.0, 0.9) - 0.6).abs() < 1e-6);
    }
}
