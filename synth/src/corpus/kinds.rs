//! Questions that are not asked in a clause's own order: by heading, by definition, with a gap, in keywords.

use std::ops::Range;

use rand::Rng;
use rand::seq::IndexedRandom;
use records::{Kind, Section, Style};
use text::{term, words};

use super::language::Class;
use super::preset::Group;
use super::rules::{Draft, Reader, Swap};
use super::sentences::{answer_spans, is_leaning, is_pointing};
use crate::filter::{content_stems, is_content_word};
use crate::world::prose::split_name;

/// Sections that may hold a word for it to count as the name of something.
const RARE: usize = 8;

impl Reader<'_> {
    /// The words of the heading, answered by the first sentence under it.
    pub(super) fn heading(&mut self, section: &Section, sentence: &str) -> Option<Draft> {
        let title = self.title(section)?;
        let heading = section.heading_path.last()?.trim_end_matches([':', '.', '?', '#']).trim();
        let content = words(heading).filter(|range| is_content_word(&heading[range.clone()].to_lowercase())).count();
        let plain = heading.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | ',' | '\'' | '’' | '.'))
            && heading.chars().count() <= 70;
        if content == 0 || !plain || heading.eq_ignore_ascii_case(&title) || heading.starts_with(|c: char| c.is_numeric()) {
            return None;
        }
        let general = words(heading).all(|range| {
            let word = heading[range].to_lowercase();
            self.language.is(Class::NoHeading, &word) || !is_content_word(&word)
        });
        // "It is fast." under a heading that shares nothing with it may be about anything.
        let first = sentence.split([' ', ',']).next().unwrap_or_default().to_lowercase();
        let leaning = (is_leaning(&first) || is_pointing(&first)) && content_stems(heading).is_disjoint(&content_stems(sentence));
        if general || leaning {
            return None;
        }
        // A heading that stands in the corpus once needs no title beside it.
        let shared = !content_stems(heading).is_disjoint(&content_stems(sentence));
        let alone = content >= 2 && shared && self.scout.headings(section.heading_path.last()?) == 1 && self.rng.random_bool(0.5);
        let (question, family) = if alone {
            (heading.to_owned(), format!("corpus/heading/words-{}", split_name(self.split)))
        } else {
            let (form, family) = self.form(&self.preset.headings, "heading")?;
            let inside = if form.contains("\"{h}\"") { heading.to_owned() } else { uncapitalised(heading) };
            (form.replace("{t}", &title).replace("{h}", &inside), family)
        };
        let style = if question.ends_with('?') { Style::Question } else { Style::Keywords };
        // A heading such as "Compatibility Issues" is told about anywhere; one with a rare word is not.
        let index = self.scout.library.index();
        let rare = words(heading).any(|range| term(&heading[range]).is_some_and(|term| index.document_frequency(&term) <= 3 * RARE));
        let swap = (content >= 2 && rare && question.contains(&title)).then_some(Swap::Title(title));
        Some(Draft { group: Group::Heading, kind: Kind::Heading, style, question, family, answer: 0..sentence.len(), swap })
    }

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

    /// The rarest words of the sentence in their order, answered by the sentence.
    pub(super) fn keywords(&mut self, sentence: &str) -> Option<Draft> {
        let most = self.rng.random_range(4..=6);
        let words = self.rarest(sentence, most).filter(|words| words.len() >= 4)?;
        if self.scout.telling(&words.join(" ")) < self.preset.telling {
            return None;
        }
        let question = if self.rng.random_bool(0.6) { words.join(" ").to_lowercase() } else { words.join(" ") };
        let family = format!("corpus/keyword/{}", split_name(self.split));
        let (group, kind, style) = (Group::Keyword, Kind::Keyword, Style::Keywords);
        Some(Draft { group, kind, style, question, family, answer: 0..sentence.len(), swap: None })
    }

    /// The rarest words of a text in their order.
    fn rarest<'t>(&self, text: &'t str, most: usize) -> Option<Vec<&'t str>> {
        let index = self.scout.library.index();
        let is_word = |range: &Range<usize>| {
            let word = &text[range.clone()];
            // "ins" of "built-ins".
            let joined = text[..range.start].ends_with(['-', '\'', '’']) || text[range.end..].starts_with('-');
            !joined && range.len() >= 3 && is_content_word(&word.to_lowercase()) && word.chars().any(char::is_alphabetic)
        };
        let weight = |range: Range<usize>| term(&text[range.clone()]).map(|term| (index.idf(&term), range));
        let mut rare: Vec<(f32, Range<usize>)> = words(text).filter(is_word).filter_map(weight).collect();
        rare.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
        rare.dedup_by(|a, b| text[a.1.clone()].eq_ignore_ascii_case(&text[b.1.clone()]));
        rare.truncate(most);
        rare.sort_by_key(|(_, range)| range.start);
        (!rare.is_empty()).then(|| rare.into_iter().map(|(_, range)| &text[range]).collect())
    }
}

/// A heading in the middle of a sentence: small unless its first word is a name.
fn uncapitalised(heading: &str) -> String {
    let first = heading.split(' ').next().unwrap_or_default();
    let later_capital = heading.split(' ').skip(1).any(|word| word.starts_with(char::is_uppercase));
    let name = first.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric()) || later_capital || first.chars().count() < 2;
    let mut characters = heading.chars();
    match characters.next() {
        Some(letter) if !name => letter.to_lowercase().chain(characters).collect(),
        _ => heading.to_owned(),
    }
}
