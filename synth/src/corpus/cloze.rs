//! Questions with a gap: the sentence itself with one of its answers left out.

use rand::seq::IndexedRandom;
use records::{Kind, Style};
use text::words;

use super::preset::Group;
use super::rules::{Draft, Reader};
use super::sentences::answer_spans;
use crate::filter::is_content_word;

impl Reader<'_> {
    /// The sentence with one of its answers left out.
    pub(super) fn cloze(&mut self, sentence: &str) -> Option<Draft> {
        let spans = answer_spans(sentence);
        let answer = spans.choose(&mut self.rng)?.1.clone();
        // "Paul R" of "Paul R. Wilson".
        if sentence[answer.end..].starts_with(". ") {
            return None;
        }
        let (gap, family) = self.form(&self.preset.gaps, "cloze")?;
        let question = format!("{}{gap}{}", &sentence[..answer.start], &sentence[answer.end..]);
        let left = words(&question).filter(|range| is_content_word(&question[range.clone()].to_lowercase())).count();
        let (group, kind, style) = (Group::Cloze, Kind::Cloze, Style::Cloze);
        (left >= 4).then_some(Draft { group, kind, style, question, family, answer, swap: None })
    }
}
