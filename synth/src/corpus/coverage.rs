//! How the questions lie over the corpus: for each document its sections, its questions by kind, and why the other sections have none.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use records::{Counts, Section};
use serde::Serialize;

use crate::SynthError;
use crate::candidates::{Triple, name};

/// The table's file, beside the others: one line of JSON for each document.
const FILE: &str = "coverage.jsonl";

/// What became of a section before any question was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Code, headings, metadata or references.
    NotProse,
    /// No sentence that can carry a question.
    NoSentence,
    /// Sentences, but no rule made a question of them that passed.
    NothingToAsk,
    /// Questions were made.
    Asked,
}

/// A document and the fate of each of its sections.
pub(super) struct Fates {
    pub doc_id: String,
    pub path: String,
    pub sections: Vec<(u32, Fate)>,
}

impl Fates {
    pub fn of(section: &Section) -> Self {
        Self { doc_id: section.doc_id.clone(), path: section.path.clone(), sections: Vec::new() }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    doc_id: &'a str,
    path: &'a str,
    sections: usize,
    covered: usize,
    questions: BTreeMap<String, u64>,
    unused: BTreeMap<&'static str, u64>,
}

/// Writes the table and counts what it holds.
///
/// # Errors
/// If the disk refuses.
pub(super) fn write(out: &Path, fates: &[Fates], triples: &[Triple], counts: &mut Counts) -> Result<(), SynthError> {
    let gold = || triples.iter().flat_map(|triple| triple.gold.iter().map(move |place| (triple, place)));
    let covered: HashSet<(&str, u32)> = gold().map(|(_, (document, section))| (document.as_str(), *section)).collect();
    let mut questions: HashMap<&str, BTreeMap<String, u64>> = HashMap::new();
    for (triple, (document, _)) in gold() {
        *questions.entry(document).or_default().entry(name(&triple.question.kind)).or_default() += 1;
    }
    let mut text = String::new();
    for Fates { doc_id, path, sections } in fates {
        let mut unused: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (_, fate) in sections.iter().filter(|(section, _)| !covered.contains(&(doc_id.as_str(), *section))) {
            let why = match fate {
                Fate::NotProse => "not_prose",
                Fate::NoSentence => "no_usable_sentence",
                Fate::NothingToAsk => "nothing_to_ask",
                Fate::Asked => "not_drawn",
            };
            *unused.entry(why).or_default() += 1;
            *counts.entry(format!("unused_sections.{why}")).or_default() += 1;
        }
        let covered = sections.len() - unused.values().sum::<u64>() as usize;
        let questions = questions.remove(doc_id.as_str()).unwrap_or_default();
        let line = Line { doc_id, path, sections: sections.len(), covered, questions, unused };
        text.push_str(&serde_json::to_string(&line).map_err(|error| SynthError::data(FILE, error))?);
        text.push('\n');
    }
    let of_document: Vec<u64> = {
        let mut each: HashMap<&str, u64> = HashMap::new();
        gold().for_each(|(_, (document, _))| *each.entry(document).or_default() += 1);
        let mut each: Vec<u64> = each.into_values().collect();
        each.sort_unstable_by(|a, b| b.cmp(a));
        each
    };
    let head: u64 = of_document.iter().take(of_document.len().div_ceil(10)).sum();
    counts.insert("covered.documents".into(), of_document.len() as u64);
    counts.insert("covered.sections".into(), covered.len() as u64);
    counts.insert("covered.most_of_one_document".into(), of_document.first().copied().unwrap_or(0));
    counts.insert("covered.permille_in_top_tenth".into(), head * 1_000 / of_document.iter().sum::<u64>().max(1));
    let path = out.join(FILE);
    fs::write(&path, text).map_err(SynthError::io(&path))
}

#[cfg(test)]
mod tests {
    use records::{Answer, Kind, Question, Split, Style};

    use super::*;

    fn triple(document: &str, section: u32) -> Triple {
        let question = Question {
            question_id: String::new(),
            question: String::new(),
            kind: Kind::Natural,
            hops: 1,
            style: Style::Question,
            template_family: String::new(),
            split: Split::Train,
            answerable: true,
            bm25_rank: None,
        };
        let answer = Answer { question_id: String::new(), aliases: Vec::new(), facts: Vec::new() };
        Triple { question, answer, gold: vec![(document.to_owned(), section)] }
    }

    #[test]
    fn every_section_is_covered_or_has_a_reason() {
        let dir = tempfile::tempdir().unwrap();
        let of =
            |doc: &str, sections: &[(u32, Fate)]| Fates { doc_id: doc.into(), path: format!("{doc}.txt"), sections: sections.to_vec() };
        let fates = [of("a", &[(0, Fate::NotProse), (1, Fate::Asked), (2, Fate::Asked)]), of("b", &[(0, Fate::NoSentence)])];
        let mut counts = Counts::new();
        write(dir.path(), &fates, &[triple("a", 1), triple("a", 1)], &mut counts).unwrap();
        let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.starts_with(
            "{\"doc_id\":\"a\",\"path\":\"a.txt\",\"sections\":3,\"covered\":1,\"questions\":{\"natural\":2},\"unused\":{\"not_drawn\":1,\"not_prose\":1}}\n"
        ));
        assert_eq!((counts["covered.documents"], counts["covered.sections"], counts["unused_sections.no_usable_sentence"]), (1, 1, 1));
    }
}
