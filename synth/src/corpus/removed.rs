//! Questions that nothing answers any more: a few sentences are taken out of the corpus's sections, and what they told is asked for. The
//! section keeps its heading and every word around the gap, so only reading shows that the answer is gone.

use std::ops::Range;

use rand::seq::IndexedRandom;
use records::{Answer, Kind, Link, OffsetMap, Repair, Section};
use text::{sentences, words};

use super::law::is_definition;
use super::preset::{CorpusPreset, Group};
use super::reported::is_reported;
use super::rules::{Candidate, Draft, Reader};
use super::sentences::{is_well_formed, stands_alone};
use crate::filter::{Reason, is_content_word};

/// Fewest sentences of a section that may lose one.
const SENTENCES: usize = 4;
/// Questions about one lost sentence.
const ASKED: usize = 2;

/// The section without one of its sentences, and where that stood; none for most sections. A pure function of section and seed.
pub(super) fn cut(section: &Section, preset: &CorpusPreset, seed: u64) -> Option<(Section, Range<usize>)> {
    let key = blake3::hash(format!("removed/{seed}/{}/{}", section.doc_id, section.section).as_bytes());
    let number = |from: usize| key.as_bytes()[from..from + 4].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    if number(0) as f64 / f64::from(u32::MAX) >= preset.removed || !section.role.is_content() {
        return None;
    }
    let all = sentences(&section.text);
    let telling = |range: &&Range<usize>| is_well_formed(&section.text[(*range).clone()]) && stands_alone(&section.text[(*range).clone()]);
    let fitting: Vec<&Range<usize>> = all.iter().skip(1).filter(telling).collect();
    if all.len() < SENTENCES || fitting.is_empty() {
        return None;
    }
    let lost = fitting[number(4) as usize % fitting.len()].clone();
    // With the space behind it, so that one space is left between its neighbours.
    let space = section.text[lost.end..].chars().next().filter(|c| *c == ' ').map_or(0, char::len_utf8);
    without(section, lost.start..lost.end + space).map(|section| (section, lost))
}

/// The section without some bytes of its text.
fn without(section: &Section, gap: Range<usize>) -> Option<Section> {
    let (start, end, length) = (gap.start as u64, gap.end as u64, section.text.len() as u64);
    let mut spans: OffsetMap = section.spans.slice(0..start);
    spans.append(&section.spans.slice(end..length), start).ok()?;
    let outside = |repair: &&Repair| repair.end as usize <= gap.start || repair.start as usize >= gap.end;
    let moved = |repair: &Repair| {
        let by = if repair.start as usize >= gap.end { gap.len() as u32 } else { 0 };
        Repair { start: repair.start - by, end: repair.end - by, ..repair.clone() }
    };
    let repairs = section.repairs.iter().filter(outside).map(moved).collect();
    let around = [(0..gap.start, 0), (gap.end..section.text.len(), gap.start as u32)];
    let shifted = |link: Link, by: u32| Link { start: link.start + by, end: link.end + by, ..link };
    let links =
        around.iter().flat_map(|(part, by)| section.links.iter().filter_map(|link| Some(shifted(link.slice(part)?, *by)))).collect();
    let text = [&section.text[..gap.start], &section.text[gap.end..]].concat();
    Some(Section { text, spans, repairs, links, ..section.clone() })
}

impl Reader<'_> {
    /// Asks for what a lost sentence of a section told, if no other section may tell it.
    pub(super) fn removed(&mut self, section: &Section, lost: &Range<usize>) {
        let sentence = &section.text[lost.clone()];
        if is_definition(sentence) || is_reported(sentence, self.language) {
            return;
        }
        if !self.scout.is_single(sentence) {
            self.drop(Reason::Repeated, sentence);
            return;
        }
        let gone = |draft: &Draft| {
            let answer = &sentence[draft.answer.clone()];
            let told = words(answer).any(|range| is_content_word(&answer[range].to_lowercase()));
            told && !self.scout.may_answer(&draft.question, answer)
        };
        let drafts: Vec<Draft> = self.natural(section, sentence).into_iter().filter(gone).collect();
        let chosen: Vec<Draft> = (0..ASKED).filter_map(|_| drafts.choose(&mut self.rng).cloned()).collect();
        let before = self.found.len();
        self.keep(section, lost.clone(), chosen);
        for Candidate { triple, swap, group } in &mut self.found[before..] {
            let question = &mut triple.question;
            (question.kind, question.hops, question.answerable) = (Kind::Unanswerable, 0, false);
            question.template_family.push_str("/removed");
            triple.answer = Answer { question_id: String::new(), aliases: Vec::new(), facts: Vec::new() };
            triple.gold.clear();
            (*swap, *group) = (None, Group::Removed);
        }
    }
}

#[cfg(test)]
mod tests {
    use records::Role;

    use super::*;

    #[test]
    fn a_section_keeps_every_other_byte_where_it_was() {
        let text = "The old mill stands in Velmar. The mill grinds corn for 30 villages of the valley. A miller runs the mill. The road to the mill is closed in winter. Nobody lives there.";
        let section = Section {
            doc_id: "doc".into(),
            path: "a.txt".into(),
            title: None,
            section: 0,
            heading_path: Vec::new(),
            role: Role::Paragraph,
            text: text.into(),
            spans: OffsetMap::verbatim(100, text.len() as u64),
            page: None,
            repairs: Vec::new(),
            links: Vec::new(),
            pages: Vec::new(),
        };
        let preset = CorpusPreset { removed: 1.0, ..CorpusPreset::load().unwrap() };
        let (rest, lost) = cut(&section, &preset, 1).unwrap();
        assert!(!rest.text.contains(&text[lost.clone()]) && rest.text.len() + lost.len() + 1 == text.len(), "{}", rest.text);
        for (at, word) in rest.text.match_indices("mill") {
            let raw = rest.spans.raw_range(at as u64..(at + word.len()) as u64).unwrap();
            assert_eq!(&text[raw.start as usize - 100..raw.end as usize - 100], word);
        }
        assert_eq!(cut(&section, &CorpusPreset { removed: 0.0, ..preset }, 1), None);
    }
}
