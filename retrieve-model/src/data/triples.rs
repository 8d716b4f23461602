//! A data folder of the synthetic pipeline as training wants it: sections by number, and questions whose gold facts point into them.
//! Facts are recorded as byte ranges of the raw files; here they become byte ranges of section text.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use records::{Answer, Candidates, Fact, Kind, OffsetMap, Question, Report, Section, Split, TableError, read_table};
use text::Bm25;
use thiserror::Error;

/// A data folder could not be used.
#[derive(Debug, Error)]
pub enum TriplesError {
    /// A table is missing or broken.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The folders hold too little.
    #[error("{}: holds no question of the {split:?} split that can be used; make more triples (tandem synth --triples N)", folders(data))]
    Empty {
        /// The folders.
        data: Vec<PathBuf>,
        /// What was looked for.
        split: Split,
    },
}

fn folders(data: &[PathBuf]) -> String {
    data.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// One fact of a chain, in section text.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// Number of the section in [`Triples::sections`].
    pub section: u32,
    /// Bytes of the sentence that tells the fact.
    pub sentence: Range<usize>,
    /// Bytes of the value: the answer, or what leads to the next fact.
    pub value: Range<usize>,
}

/// One question with all that supervises it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The question's id.
    pub id: String,
    /// Its words.
    pub question: String,
    /// What makes it hard.
    pub kind: Kind,
    /// Which part of the data it belongs to.
    pub split: Split,
    /// Whether it was written, by people or a language model, rather than made by rule.
    pub written: bool,
    /// Whether the corpus holds the answer.
    pub answerable: bool,
    /// Strings that count as right.
    pub aliases: Vec<String>,
    /// The vital facts in hop order; empty where unanswerable.
    pub hops: Vec<Hop>,
    /// What BM25 finds: section number and score, in chance order.
    pub candidates: Vec<(u32, f32)>,
}

impl Example {
    /// Whether the question is kept from the reader, so that first stage and controller learn from outputs on questions it never saw
    /// (an eighth of the training questions, by hash of the id).
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        let hash = blake3::hash(self.id.as_bytes());
        hash.as_bytes()[31].is_multiple_of(8)
    }

    /// Whether it was written beside its passage and says too little without it ("Who directed it?"): its words do not lead to its own section, and
    /// others that they lead to may answer it as well.
    #[must_use]
    pub fn is_vague(&self) -> bool {
        self.written && !self.candidates.iter().any(|hit| self.is_gold(hit.0))
    }

    /// The answers that are wanted beside each other, each as what counts as right for it: the items of a list, or the sides of a disagreement. None
    /// where one answer is wanted.
    #[must_use]
    pub fn items(&self) -> Vec<[String; 1]> {
        let several = matches!(self.kind, Kind::Aggregation | Kind::Conflict);
        let all = self.aliases.first().filter(|_| several && self.hops.len() > 1);
        let items: Vec<[String; 1]> = all.iter().flat_map(|all| all.split(Report::BETWEEN_ITEMS)).map(|item| [item.to_owned()]).collect();
        if items.len() > 1 { items } else { Vec::new() }
    }

    /// Whether a section holds one of the gold facts.
    #[must_use]
    pub fn is_gold(&self, section: u32) -> bool {
        self.hops.iter().any(|hop| hop.section == section)
    }
}

/// What several data folders hold, in memory.
#[derive(Clone, Debug, Default)]
pub struct Triples {
    /// Every section, folder after folder.
    pub sections: Vec<Section>,
    /// Every usable question.
    pub examples: Vec<Example>,
    /// Questions left out because a fact lies in no section.
    pub skipped: usize,
    /// Keyword search over all sections, by number.
    pub keywords: Bm25,
}

impl Triples {
    /// Reads data folders one after the other.
    ///
    /// # Errors
    /// If a table is missing or broken, or no training question is left.
    pub fn read(data: &[PathBuf]) -> Result<Self, TriplesError> {
        let mut out = Self::default();
        for dir in data {
            let sections = read_table::<Section>(dir)?.collect::<Result<Vec<_>, _>>()?;
            let questions = read_table::<Question>(dir)?.collect::<Result<Vec<_>, _>>()?;
            let answers = read_table::<Answer>(dir)?.collect::<Result<Vec<_>, _>>()?;
            let candidates = read_table::<Candidates>(dir)?.collect::<Result<Vec<_>, _>>()?;
            out.add(sections, questions, answers, candidates);
        }
        if out.of_split(Split::Train).next().is_none() {
            return Err(TriplesError::Empty { data: data.to_vec(), split: Split::Train });
        }
        Ok(out)
    }

    /// Adds the tables of one folder.
    pub fn add(&mut self, sections: Vec<Section>, questions: Vec<Question>, answers: Vec<Answer>, candidates: Vec<Candidates>) {
        let base = self.sections.len() as u32;
        let mut by_document: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut by_place: HashMap<(&str, u32), u32> = HashMap::new();
        for (number, section) in (base..).zip(&sections) {
            by_document.entry(&section.doc_id).or_default().push(number);
            by_place.insert((&section.doc_id, section.section), number);
        }
        let answers: HashMap<String, Answer> = answers.into_iter().map(|answer| (answer.question_id.clone(), answer)).collect();
        let mut hits: HashMap<String, Candidates> = candidates.into_iter().map(|row| (row.question_id.clone(), row)).collect();
        for question in questions {
            let answer = answers.get(&question.question_id);
            let facts = answer.map_or(&[][..], |answer| &answer.facts);
            let place = |fact: &Fact| place(fact, by_document.get(fact.doc_id.as_str())?, &sections, base);
            let hops: Option<Vec<Hop>> = facts.iter().filter(|fact| fact.vital).map(place).collect();
            let hops = hops.filter(|hops| hops.is_empty() != question.answerable);
            let Some(mut hops) = hops else {
                self.skipped += 1;
                continue;
            };
            let aliases = answer.map(|answer| answer.aliases.clone()).unwrap_or_default();
            if let Some(last) = hops.last_mut() {
                let text = &sections[(last.section - base) as usize].text;
                *last = point_at_alias(last.clone(), text, &aliases);
            }
            let number = |hit: &records::Candidate| Some((*by_place.get(&(hit.doc_id.as_str(), hit.section))?, hit.score));
            let row = hits.remove(&question.question_id);
            let candidates = row.iter().flat_map(|row| row.hits.iter().filter_map(number)).collect();
            let Question { question_id: id, question, kind, split, answerable, template_family, .. } = question;
            let written = template_family == Question::WRITTEN;
            self.examples.push(Example { id, question, kind, split, written, answerable, aliases, hops, candidates });
        }
        for mut section in sections {
            self.keywords.add(&text::terms(&format!("{}\n{}", header(&section), section.text)));
            // Facts are placed; noisy maps are large, and training cites nothing.
            section.spans = OffsetMap::identity(section.text.len() as u64);
            section.repairs.clear();
            self.sections.push(section);
        }
    }

    /// Leaves out the training questions of some kinds; those of the other splits stay, so that what is missing can be measured.
    pub fn leave_out(&mut self, kinds: &[Kind]) {
        self.examples.retain(|example| example.split != Split::Train || !kinds.contains(&example.kind));
    }

    /// The questions of a split.
    pub fn of_split(&self, split: Split) -> impl Iterator<Item = &Example> {
        self.examples.iter().filter(move |example| example.split == split)
    }
}

/// The line that stands above a section's text when it is read: title and headings.
#[must_use]
pub fn header(section: &Section) -> String {
    let title = section.title.as_deref().filter(|title| section.heading_path.first().is_none_or(|first| first != title));
    title.into_iter().chain(section.heading_path.iter().map(String::as_str)).collect::<Vec<_>>().join(" > ")
}

/// Finds the section of a document that holds a fact's value, and the ranges in its text.
fn place(fact: &Fact, numbers: &[u32], sections: &[Section], base: u32) -> Option<Hop> {
    numbers.iter().find_map(|number| {
        let section = &sections[(number - base) as usize];
        let inverse = section.spans.inverse();
        let value = to_range(inverse.raw_range(fact.raw_start..fact.raw_end)?, &section.text)?;
        let told = inverse.raw_range(fact.sentence_start..fact.sentence_end)?;
        let told = to_range(told.start.min(value.start as u64)..told.end.max(value.end as u64), &section.text)?;
        Some(Hop { section: *number, sentence: told, value })
    })
}

/// A range widened to character boundaries and stripped of white space; none if nothing is left.
fn to_range(range: Range<u64>, text: &str) -> Option<Range<usize>> {
    let mut start = (range.start as usize).min(text.len());
    let mut end = (range.end as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let piece = text.get(start..end)?;
    start += piece.len() - piece.trim_start().len();
    end = start + piece.trim().len();
    (start < end).then_some(start..end)
}

/// The answer of a chain is told by its last fact: where the fact's value is not one of the aliases, the first alias in the sentence is.
fn point_at_alias(hop: Hop, text: &str, aliases: &[String]) -> Hop {
    let value = text[hop.value.clone()].to_lowercase();
    if aliases.is_empty() || aliases.iter().any(|alias| alias.to_lowercase() == value) {
        return hop;
    }
    let sentence = &text[hop.sentence.clone()];
    let found = aliases.iter().filter(|alias| !alias.is_empty()).find_map(|alias| Some((sentence.find(alias.as_str())?, alias.len())));
    match found {
        Some((at, length)) => Hop { value: hop.sentence.start + at..hop.sentence.start + at + length, ..hop },
        None => hop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    #[test]
    fn facts_become_ranges_of_section_text() {
        let triples = fixture::triples(8);
        let chain = triples.examples.iter().find(|example| example.hops.len() == 2).unwrap();
        let told: Vec<&str> = chain.hops.iter().map(|hop| &triples.sections[hop.section as usize].text[hop.sentence.clone()]).collect();
        assert!(told[0].contains("is run by") && told[1].contains("is led by"), "{told:?}");
        let last = chain.hops.last().unwrap();
        assert_eq!(triples.sections[last.section as usize].text[last.value.clone()], chain.aliases[0]);
    }

    #[test]
    fn a_question_whose_fact_lies_in_no_section_is_counted_and_left_out() {
        let (sections, mut questions, mut answers, candidates) = fixture::tables(4);
        questions.truncate(1);
        answers.truncate(1);
        answers[0].facts[0].raw_start = 90_000;
        answers[0].facts[0].raw_end = 90_004;
        let mut triples = Triples::default();
        triples.add(sections, questions, answers, candidates);
        assert_eq!((triples.examples.len(), triples.skipped), (0, 1));
    }

    #[test]
    fn a_kind_that_is_left_out_is_gone_from_training_alone() {
        let mut triples = fixture::triples(60);
        let count = |triples: &Triples, kind: Kind, train: bool| {
            triples.examples.iter().filter(|example| example.kind == kind && (example.split == Split::Train) == train).count()
        };
        let kind = triples.of_split(Split::Train).next().unwrap().kind;
        let (others, kept) = (triples.examples.iter().filter(|example| example.kind != kind).count(), count(&triples, kind, false));
        triples.leave_out(&[kind]);
        assert_eq!((count(&triples, kind, true), count(&triples, kind, false)), (0, kept));
        assert_eq!(triples.examples.iter().filter(|example| example.kind != kind).count(), others);
    }

    #[test]
    fn a_folder_without_tables_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let error = Triples::read(&[dir.path().to_path_buf()]).unwrap_err().to_string();
        assert!(error.contains(&dir.path().display().to_string()), "{error}");
    }
}
