//! What tells a right answer from a wrong one: the numbers the confidence of a proposed answer is computed from.

use std::collections::{BTreeMap, HashSet};

use records::keyword;

use super::controller::{Action, Quoted, State};
use crate::data::header;

/// Number of numbers.
pub const CONFIDENCE_FEATURES: usize = 14;
/// Words of a value beyond which its length says nothing more.
const LONG: usize = 12;

/// An answer the controller is about to give.
pub(super) struct Proposal<'a> {
    /// The section, by its place in [`State::reads`].
    pub(super) read: usize,
    /// The value, by its place in the section's values.
    pub(super) value: usize,
    /// Everything that could be done instead.
    pub(super) actions: &'a [Action],
    /// The controller's probability of each.
    pub(super) probabilities: &'a [f32],
    /// The number of the action that gives this answer.
    pub(super) chosen: usize,
}

/// The numbers of a proposal, [`CONFIDENCE_FEATURES`] of them, about -2 to 2 each.
pub(super) fn confidence_features(state: &State, proposal: &Proposal<'_>, question: &str, idf: &dyn Fn(&str) -> f32) -> Vec<f32> {
    let Proposal { read, value, actions, probabilities, chosen } = *proposal;
    let bounded = |x: f32| x.clamp(-10.0, 10.0) / 5.0;
    let own = &state.reads[read];
    let probability = probabilities[chosen].clamp(1e-4, 1.0 - 1e-4);
    let words =
        |place: usize, value: usize| state.reads[place].values.get(value).map_or("", |v| state.reads[place].text(&v.bytes)).to_lowercase();
    let answer = words(read, value);
    // Other actions that give the same words speak for the answer.
    let agreeing = actions
        .iter()
        .zip(probabilities)
        .filter(|(action, _)| matches!(action, Action::Answer { read, value } if words(*read, *value) == answer));
    let agreeing: f32 = agreeing.map(|(_, probability)| probability).sum();
    let others = || state.reads.iter().enumerate().filter(|(place, _)| *place != read).map(|(_, other)| other);
    let margin = own.relevance - others().map(|other| other.relevance).fold(-10.0, f32::max);
    let found = own.first_stage - others().map(|other| other.first_stage).fold(-10.0, f32::max);
    let second = own.values.iter().enumerate().filter(|(n, _)| *n != value).map(|(_, v)| v.score).fold(-10.0, f32::max);

    let sentence = own.values[value].sentence;
    let quoted = own.sentences.get(sentence).map_or("", |bytes| own.text(bytes));
    let leads: Vec<&str> = state.leads.iter().map(Quoted::text).collect();
    let section = &own.passage.section;
    let asked = Asked::new(question, idf);
    let shown = asked.in_text(&format!("{} {} {quoted}", leads.join(" "), header(section)));
    let told = asked.in_text(&format!("{} {} {}", leads.join(" "), header(section), section.text));
    vec![
        bounded((probability / (1.0 - probability)).ln()),
        bounded(own.relevance),
        bounded(own.answers),
        bounded(own.values[value].score),
        bounded(margin),
        bounded(own.values[value].score - second),
        own.sentence_scores.get(sentence).map_or(0.0, |score| score.exp()),
        agreeing.clamp(0.0, 1.0),
        state.leads.len() as f32 / 2.0,
        bounded(found),
        shown.share,
        told.share,
        f32::from(u8::from(told.rarest)),
        answer.split_whitespace().count().min(LONG) as f32 / LONG as f32,
    ]
}

/// The terms of a question with how rare each is; ordered, so that sums come out the same every time.
struct Asked(BTreeMap<String, f32>);

/// How much of a question a text holds.
struct Held {
    /// Share of its terms, weighed by rarity; 1 for a question without any.
    share: f32,
    /// Whether its rarest term is among them.
    rarest: bool,
}

impl Asked {
    fn new(question: &str, idf: &dyn Fn(&str) -> f32) -> Self {
        Self(keyword::terms(question).into_iter().map(|term| (term.clone(), idf(&term))).collect())
    }

    fn in_text(&self, text: &str) -> Held {
        let there: HashSet<String> = keyword::terms(text).into_iter().collect();
        let all: f32 = self.0.values().sum();
        let held: f32 = self.0.iter().filter(|(term, _)| there.contains(*term)).map(|(_, weight)| weight).sum();
        let rarest = self.0.iter().max_by(|a, b| a.1.total_cmp(b.1).then_with(|| b.0.cmp(a.0)));
        Held { share: if all > 0.0 { held / all } else { 1.0 }, rarest: rarest.is_none_or(|(term, _)| there.contains(term)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_held_as_far_as_its_rare_words_are() {
        let idf = |term: &str| if term.starts_with("falcon") { 6.0 } else { 2.0 };
        let asked = Asked::new("the Falcon project runs", &idf);
        let all = asked.in_text("The Falcon project is run, and runs on.");
        assert!((all.share - 1.0).abs() < 1e-6 && all.rarest);
        let other = asked.in_text("The Osprey project runs on.");
        assert!(other.share < 0.5 && !other.rarest, "{}", other.share);
        let nothing = Asked::new("the of", &idf).in_text("anything");
        assert!(nothing.rarest && nothing.share == 1.0);
    }
}
