//! Lists as answers: a line that ends with a colon and the items under it. "You can use:" with two items asks what you can use, and each item
//! is a fact of the answer.

use std::ops::Range;

use rand::Rng;
use records::{Answer, Kind, Question, Section, Style};

use super::asking::Asker;
use super::clause::Clause;
use super::person::as_reader;
use super::preset::Group;
use super::reword::reword;
use super::rules::{Candidate, Reader, fact};
use super::sentences::is_leaning;
use crate::candidates::Triple;
use crate::filter::{Reason, content_stems, wording};
use crate::world::prose::split_name;
use crate::world::sets::together;

/// Items of a list that can be given as one answer.
const ITEMS: std::ops::RangeInclusive<usize> = 2..=5;
/// Stands for the items while the line before them is read as a sentence.
const STAND_IN: &str = "the items of the list";

impl Reader<'_> {
    /// Questions whose answer is a whole list of a section.
    pub(super) fn lists(&mut self, section: &Section) {
        let lines: Vec<Range<usize>> = lines(&section.text);
        for (at, line) in lines.iter().enumerate() {
            let intro = &section.text[line.clone()];
            if !intro.ends_with(':') || !(3..=30).contains(&intro.split(' ').count()) || intro.contains(['|', '{', '<', '=']) {
                continue;
            }
            let is_item = |line: &&Range<usize>| {
                let text = &section.text[(*line).clone()];
                !text.ends_with(':') && text.split(' ').count() <= 12 && !text.contains(['|', '{', '<', '='])
            };
            let items: Vec<Range<usize>> = lines[at + 1..].iter().take_while(is_item).cloned().collect();
            // What follows a list and is no item of it is a paragraph.
            let next = lines.get(at + 1 + items.len()).map(|line| section.text[line.clone()].split(' ').count());
            let whole = next.is_none_or(|words| words >= 18);
            if ITEMS.contains(&items.len()) && whole {
                self.list(section, intro, &items);
            } else {
                self.drop(Reason::NoMaterial, intro);
            }
        }
    }

    fn list(&mut self, section: &Section, intro: &str, items: &[Range<usize>]) {
        let Some((question, rule)) = self.asked_by(intro) else { return self.drop(Reason::NoMaterial, intro) };
        let told = question.clone();
        let (question, _) = reword(&as_reader(&question, self.language), self.preset.exchange, self.language, &mut self.rng);
        let bare = |item: &Range<usize>| {
            let text = section.text[item.clone()].trim_end_matches(['.', ';', ',', ' ']).trim_end_matches(" and").trim_end_matches(" or");
            item.start..item.start + text.trim_end_matches([';', ',']).len()
        };
        let values: Vec<Range<usize>> = items.iter().map(bare).collect();
        let facts: Option<Vec<_>> = values.iter().zip(items).map(|(value, item)| fact(section, value.clone(), item.clone())).collect();
        let parts: Vec<String> = values.iter().map(|value| section.text[value.clone()].to_owned()).collect();
        let family = format!("corpus/list/{rule}-{}", split_name(self.split));
        let draft = self.placed(section, question, &told, family, 0..0, (Group::List, Kind::Aggregation));
        let (Some(draft), Some(facts)) = (draft, facts) else { return };
        let repeated = parts.iter().enumerate().any(|(at, part)| parts[..at].contains(part));
        if repeated
            || parts.iter().any(|part| part.len() < 2 || part.contains(['?', '[', '!']) || part.contains("; "))
            || wording(&draft.question, &parts, 3).is_err()
        {
            return self.drop(Reason::AnswerInQuestion, &draft.question);
        }
        let question = Question {
            question_id: String::new(),
            question: draft.question,
            kind: Kind::Aggregation,
            hops: parts.len() as u8,
            style: Style::Question,
            template_family: draft.family,
            split: self.split,
            answerable: true,
            bm25_rank: None,
        };
        let answer = Answer { question_id: String::new(), aliases: together(&parts), facts };
        let triple = Triple { question, answer, gold: vec![(section.doc_id.clone(), section.section)] };
        self.found.push(Candidate { triple, swap: draft.swap, group: Group::List });
    }

    /// The question the line before a list asks, and by which rule.
    fn asked_by(&mut self, intro: &str) -> Option<(String, &'static str)> {
        let line = intro.trim_end_matches(':');
        let line = line.split(". ").last()?;
        let first = line.split(' ').next().unwrap_or_default().to_lowercase();
        let body = [" the following", " as follows", " these", " following"]
            .iter()
            .find_map(|end| line.find(end).map(|at| &line[..at]))
            .unwrap_or(line);
        if is_leaning(&first) || content_stems(body).is_empty() {
            return None;
        }
        let sentence = format!("{} {STAND_IN}.", body.trim_end_matches([',', ' ']));
        let clause = Clause::parse(&sentence, self.language).or_else(|| Clause::instruction(&sentence, self.language))?;
        let scout = self.scout;
        let inner = |text: &str| scout.inside(text);
        let all = Asker::new(&sentence, &clause, self.language, &inner).all();
        let place = sentence.len() - STAND_IN.len() - 1..sentence.len() - 1;
        let fitting: Vec<_> = all.into_iter().filter(|wh| wh.answer == place && !wh.question.contains("the items of")).collect();
        let count = fitting.len();
        let chosen = fitting.into_iter().nth(if count > 1 { self.rng.random_range(0..count) } else { 0 })?;
        let question = chosen.question.replacen("Which list", "What", 1).replacen("Which items", "What", 1);
        let pointing =
            question.split(' ').any(|word| matches!(word.trim_end_matches('?'), "this" | "it" | "they" | "these" | "them" | "that"));
        (!pointing && content_stems(&question).len() >= 2).then_some((question, chosen.rule))
    }
}

/// The lines of a text as byte ranges without white space around them.
fn lines(text: &str) -> Vec<Range<usize>> {
    let trimmed = |line: &str| {
        let start = line.as_ptr() as usize - text.as_ptr() as usize + (line.len() - line.trim_start().len());
        start..start + line.trim().len()
    };
    text.split('\n').map(trimmed).filter(|range| !range.is_empty()).collect()
}
