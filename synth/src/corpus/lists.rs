//! Lists as answers: a line that ends with a colon and the items under it. "You can use:" with two items asks what you can use, and each item
//! is a fact of the answer.

mod announced;
mod marked;

use std::ops::Range;

use rand::Rng;
use records::{Answer, Kind, Question, Section, Style};

use super::asking::{Asker, Wh};
use super::clause::Clause;
use super::language::{Class, Form, Language};
use super::person::as_reader;
use super::preset::Group;
use super::reword::reword;
use super::rules::{Candidate, Reader, fact};
use super::sentences::{enumeration, is_leaning};
use crate::candidates::Triple;
use crate::filter::{Reason, content_stems, wording};
use crate::world::prose::split_name;
use crate::world::sets::together;
use announced::{Announced, announced, announcement};
use marked::{Marked, marked_items};

/// Items of a list that can be given as one answer.
const ITEMS: std::ops::RangeInclusive<usize> = 2..=5;
/// Stands for the items while the line before them is read as a sentence.
const STAND_IN: &str = "the items of the list";

impl Reader<'_> {
    /// Questions whose answer is a whole list of a section.
    pub(super) fn lists(&mut self, section: &Section) {
        let lines: Vec<Range<usize>> = lines(&section.text);
        for (at, line) in lines.iter().enumerate() {
            let whole = &section.text[line.clone()];
            let intro = &whole[enumeration(whole)..];
            if !intro.ends_with([':', '—']) || !(2..=40).contains(&intro.split(' ').count()) || intro.contains(['|', '{', '<', '=']) {
                continue;
            }
            let items = match marked_items(&section.text, &lines[at + 1..]) {
                Marked::None => self.plain_items(section, &lines, at),
                Marked::Open => None,
                Marked::Whole(items) => Some(items),
            };
            match items {
                Some(items) => self.list(section, intro, &items),
                None => self.drop(Reason::NoMaterial, intro),
            }
        }
    }

    /// Short lines under the one that announces them, up to the end of the section or a paragraph.
    fn plain_items(&self, section: &Section, lines: &[Range<usize>], at: usize) -> Option<Vec<Range<usize>>> {
        let is_item = |line: &&Range<usize>| {
            let text = &section.text[(*line).clone()];
            !text.ends_with(':') && text.split(' ').count() <= 12 && !text.contains(['|', '{', '<', '='])
        };
        let items: Vec<Range<usize>> = lines[at + 1..].iter().take_while(is_item).cloned().collect();
        // What follows a list and is no item of it is a paragraph.
        let next = lines.get(at + 1 + items.len()).map(|line| section.text[line.clone()].split(' ').count());
        let whole = next.is_none_or(|words| words >= 18) && section.text[lines[at].clone()].split(' ').count() <= 30;
        (whole && ITEMS.contains(&items.len())).then_some(items)
    }

    fn list(&mut self, section: &Section, intro: &str, items: &[Range<usize>]) {
        let Some((question, rule)) = self.asked_by(intro) else { return self.drop(Reason::NoMaterial, intro) };
        let told = question.clone();
        let (question, _) = reword(&as_reader(&question, self.language), self.preset.exchange, self.language, &mut self.rng);
        let bare = |item: &Range<usize>| {
            let text = section.text[item.clone()].trim_end_matches(['.', ';', ',', ' ']).trim_end_matches(" and").trim_end_matches(" or");
            let text = text.trim_end_matches([';', ',']);
            item.start + enumeration(text)..item.start + text.len()
        };
        let values: Vec<Range<usize>> = items.iter().map(bare).collect();
        let code = values.iter().any(|value| {
            let text = &section.text[value.clone()];
            text.starts_with("//")
                || text.contains(['=', '{'])
                || text.ends_with(':')
                || text.starts_with("See ")
                || text.starts_with("Figure ")
        });
        if code {
            return self.drop(Reason::NoMaterial, intro);
        }
        self.listed(section, (question, &told, rule), &values, items);
    }

    /// The question whose answer is all of `values`, each in its place of `items`.
    fn listed(&mut self, section: &Section, (question, told, rule): (String, &str, &str), values: &[Range<usize>], items: &[Range<usize>]) {
        let facts: Option<Vec<_>> = values.iter().zip(items).map(|(value, item)| fact(section, value.clone(), item.clone())).collect();
        let parts: Vec<String> = values.iter().map(|value| section.text[value.clone()].to_owned()).collect();
        let family = format!("corpus/list/{rule}-{}", split_name(self.split));
        let draft = self.placed(section, question, told, family, 0..0, (Group::List, Kind::Aggregation));
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

    /// A list inside a sentence: "accepts cash, cards and cheques", each of them a fact.
    pub(super) fn inline_lists(&mut self, section: &Section, sentence: &Range<usize>) {
        let text = &section.text[sentence.clone()];
        let Some(clause) = Clause::parse(text, self.language).filter(|_| text.ends_with('.') && text.contains(", ")) else { return };
        let scout = self.scout;
        let inner = |text: &str| scout.inside(text);
        let all = Asker::new(text, &clause, self.language, &inner).all();
        let lists = all.into_iter().filter(|wh| matches!(wh.rule, "object" | "complement" | "what_particle") && self.is_sound(wh, text));
        for wh in lists.collect::<Vec<_>>() {
            self.inline_list(section, sentence, &wh);
        }
    }

    fn inline_list(&mut self, section: &Section, sentence: &Range<usize>, wh: &Wh) {
        let start = sentence.start + wh.answer.start;
        let Some(items) = inline_items(&section.text[start..sentence.start + wh.answer.end], self.language) else { return };
        let values: Vec<Range<usize>> = items.into_iter().map(|item| start + item.start..start + item.end).collect();
        let whole = vec![sentence.clone(); values.len()];
        let asked = match wh.question.strip_prefix("Which ").and_then(|rest| rest.split_once(' ')) {
            Some((_, rest)) => format!("What {rest}"),
            None => wh.question.clone(),
        };
        let question = as_reader(&asked, self.language);
        self.listed(section, (question, &asked, "inline"), &values, &whole);
    }

    /// The question the line before a list asks, and by which rule.
    fn asked_by(&mut self, intro: &str) -> Option<(String, &'static str)> {
        let line = intro.trim_end_matches([':', '—', ' ']);
        let line = line.split(". ").last()?;
        let first = line.split(' ').next().unwrap_or_default().to_lowercase();
        if is_leaning(&first) || content_stems(line).is_empty() {
            return None;
        }
        if let Some(question) = announced(line) {
            return Some((question, "following"));
        }
        let Announced { sentence, rule, noun } = announcement(line, self.language, &self.law.conditions)?;
        let clause = Clause::parse(&sentence, self.language)
            .or_else(|| self.orders.then(|| Clause::instruction(&sentence, self.language)).flatten())?;
        let scout = self.scout;
        let inner = |text: &str| scout.inside(text);
        let all = Asker::new(&sentence, &clause, self.language, &inner).all();
        let ends = |wh: &Wh| wh.answer.end == sentence.len() - 1 && (rule.is_some() || sentence[wh.answer.clone()] == *STAND_IN);
        let fits = |wh: &Wh| ends(wh) && rule.is_none_or(|rule| wh.rule == rule) && !wh.question.contains("the items of");
        let fitting: Vec<_> = all.into_iter().filter(fits).collect();
        let count = fitting.len();
        let chosen = fitting.into_iter().nth(if count > 1 { self.rng.random_range(0..count) } else { 0 })?;
        let question = chosen.question.replacen("Which list", "What", 1).replacen("Which items", "What", 1);
        let question = match noun.filter(|_| question.starts_with("What ")) {
            Some(noun) => question.replacen("What ", &format!("What {noun} "), 1),
            None => question.replacen("Under what condition ", "Under what conditions ", 1),
        };
        let pointing = question
            .split(' ')
            .any(|word| matches!(word.trim_end_matches('?'), "this" | "it" | "they" | "these" | "them" | "that" | "such"));
        (!pointing && content_stems(&question).len() >= 2).then_some((question, chosen.rule))
    }
}

/// The items of "A, B and C" as bytes of the text: three or more short ones without verbs.
fn inline_items(text: &str, language: &Language) -> Option<Vec<Range<usize>>> {
    let (front, last) = [" and ", " or "].iter().find_map(|link| text.rsplit_once(link))?;
    let place = |item: &str| {
        let start = item.as_ptr() as usize - text.as_ptr() as usize;
        start..start + item.len()
    };
    let items: Vec<&str> = front.trim_end_matches(',').split(", ").chain([last]).collect();
    let small = |word: &str| language.is_closed(word) && !language.is(Class::Determiner, word) && word != "of";
    let verb = |word: &str| {
        let forms = [Form::Base, Form::Third, Form::Past, Form::Gerund];
        !language.is(Class::Doubtful, word) && forms.iter().any(|form| language.verb(word, *form).is_some())
    };
    let plain = |item: &&str| {
        let words: Vec<String> = item.split(' ').map(str::to_lowercase).collect();
        let clean = item.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '`' | '.' | '\'' | '’'));
        clean && words[0] != "both" && (1..=4).contains(&words.len()) && !words.iter().any(|word| small(word) || verb(word))
    };
    ((3..=6).contains(&items.len()) && items.iter().all(plain)).then(|| items.into_iter().map(place).collect())
}

/// The lines of a text as byte ranges without white space around them.
fn lines(text: &str) -> Vec<Range<usize>> {
    let trimmed = |line: &str| {
        let start = line.as_ptr() as usize - text.as_ptr() as usize + (line.len() - line.trim_start().len());
        start..start + line.trim().len()
    };
    text.split('\n').map(trimmed).filter(|range| !range.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_inside_a_sentence_has_three_plain_items_or_more() {
        let language = Language::get().unwrap();
        let items =
            |text: &'static str| inline_items(text, language).map(|all| all.into_iter().map(|range| &text[range]).collect::<Vec<_>>());
        assert_eq!(items("cash, bank cards and cheques"), Some(vec!["cash", "bank cards", "cheques"]));
        assert_eq!(items("cash, bank cards, and cheques"), Some(vec!["cash", "bank cards", "cheques"]));
        assert_eq!(items("cash and cheques"), None);
        assert_eq!(items("cash, which is rare, and cheques"), None);
    }
}
