//! Decontamination: nothing that is asked may stand in what was learnt. A suite is compared with the folders that a training was given: a test
//! question with the same words, a gold sentence with the same words, or a gold document with the same bytes, in the training part of such a
//! folder, is a leak, and a suite with a leak is not scored.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use records::{Answer, Document, Question, Split, read_table};
use serde::{Deserialize, Serialize};
use text::words;

use crate::EvalError;
use crate::suite::Case;

/// Leaks that are named.
const NAMED: usize = 5;
/// Words from which a sentence is its own: shorter ones are the same by chance.
const TELLING: usize = 6;

/// What was compared, and that nothing was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaks {
    /// The training folders.
    pub folders: Vec<String>,
    /// Their documents in the training part.
    pub documents: u64,
    /// Their questions in the training part.
    pub questions: u64,
}

/// What a training was given.
#[derive(Default)]
struct Learnt {
    documents: HashSet<String>,
    questions: HashMap<String, String>,
    sentences: HashMap<String, String>,
}

/// Compares the questions that are to be scored with training folders.
///
/// # Errors
/// If a folder holds no training data, or something leaks: the error names examples and the remedy.
pub fn check(cases: &[Case], folders: &[PathBuf]) -> Result<Leaks, EvalError> {
    let mut out = Leaks::default();
    for folder in folders {
        let learnt = Learnt::read(folder)?;
        let found: Vec<String> = cases.iter().filter_map(|case| learnt.leak(case)).collect();
        if !found.is_empty() {
            let examples = found.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
            let reason = format!(
                "{} of {} test questions leak from this training data ({examples}): leave it out of the training (`tandem synth --exclude`), or score other questions",
                found.len(),
                cases.len()
            );
            return Err(EvalError::input(folder, reason));
        }
        out.folders.push(folder.display().to_string());
        out.documents += learnt.documents.len() as u64;
        out.questions += learnt.questions.len() as u64;
    }
    Ok(out)
}

impl Learnt {
    fn read(folder: &Path) -> Result<Self, EvalError> {
        if records::shards::<Question>(folder)?.is_empty() {
            let reason = "holds no questions table: name a folder that `tandem train` was given with --data";
            return Err(EvalError::input(folder, reason));
        }
        let mut learnt = Self::default();
        for document in read_table::<Document>(folder)? {
            let document = document?;
            if document.split == Split::Train {
                learnt.documents.insert(document.doc_id);
            }
        }
        let mut trained = HashSet::new();
        for question in read_table::<Question>(folder)? {
            let question = question?;
            if question.split == Split::Train {
                trained.insert(question.question_id.clone());
                learnt.questions.insert(folded(&question.question), question.question_id);
            }
        }
        for answer in read_table::<Answer>(folder)? {
            let answer = answer?;
            if trained.contains(&answer.question_id) {
                let own = answer.facts.iter().filter(|fact| words(&fact.sentence).count() >= TELLING);
                learnt.sentences.extend(own.map(|fact| (folded(&fact.sentence), answer.question_id.clone())));
            }
        }
        Ok(learnt)
    }

    /// What of a case was learnt, in words.
    fn leak(&self, case: &Case) -> Option<String> {
        let id = &case.question.id;
        if let Some(other) = self.questions.get(&folded(&case.question.question)) {
            return Some(format!("{id} asks what {other} asks"));
        }
        case.facts.iter().find_map(|fact| {
            if self.documents.contains(&fact.doc_id) {
                return Some(format!("{id} rests on {}, which is a training document", fact.doc));
            }
            let other = self.sentences.get(&folded(&fact.text)).filter(|_| words(&fact.text).count() >= TELLING)?;
            Some(format!("{id} rests on the sentence of {other}"))
        })
    }
}

/// The words of a text in small letters.
fn folded(text: &str) -> String {
    words(text).map(|range| text[range].to_lowercase()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use records::{Fact, Kind, Style, TableWriter, UserQuestion};

    use super::*;
    use crate::suite::GoldFact;

    const SENTENCE: &str = "The office of Alder was founded in 1998.";

    fn train(dir: &Path, split: Split) {
        let mut documents = TableWriter::<Document>::create(dir, 0).unwrap();
        let (doc_id, path, media_type) = ("doc".to_owned(), "a.txt".to_owned(), "text/plain".to_owned());
        let (corpus, title) = ("c".into(), None);
        documents
            .push(Document { doc_id, path, media_type, bytes: 40, title, corpus, split, noise_level: 0.0, replaced: 0, dropped: 0 })
            .unwrap();
        documents.finish().unwrap();
        let mut questions = TableWriter::<Question>::create(dir, 0).unwrap();
        let question = Question {
            question_id: "t1".into(),
            question: "When was Alder founded?".into(),
            kind: Kind::Natural,
            hops: 1,
            style: Style::Question,
            template_family: "f".into(),
            split,
            answerable: true,
            bm25_rank: None,
        };
        questions.push(question).unwrap();
        questions.finish().unwrap();
        let mut answers = TableWriter::<Answer>::create(dir, 0).unwrap();
        let fact = Fact {
            doc_id: "doc".into(),
            raw_start: 35,
            raw_end: 39,
            sentence_start: 0,
            sentence_end: 40,
            sentence: SENTENCE.into(),
            vital: true,
        };
        answers.push(Answer { question_id: "t1".into(), aliases: vec!["1998".into()], facts: vec![fact] }).unwrap();
        answers.finish().unwrap();
    }

    fn case(question: &str, doc_id: &str, text: &str) -> Case {
        let fact = GoldFact { doc: "x".into(), doc_id: doc_id.into(), sentence: 0..9, value: None, text: text.into(), vital: true };
        let question = UserQuestion { id: "q1".into(), question: question.into(), brief: None, sources: vec![] };
        let (kind, setting) = ("k".into(), "corpus".into());
        Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases: vec!["x".into()], facts: vec![fact] }
    }

    #[test]
    fn a_leaked_question_document_or_sentence_stops_the_evaluation_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        train(dir.path(), Split::Train);
        let folders = [dir.path().to_path_buf()];
        let clean = case("When did Birch close?", "other", "Birch closed its doors for good in 1931.");
        assert_eq!(check(std::slice::from_ref(&clean), &folders).unwrap().questions, 1);
        for leaked in [
            case("when was ALDER founded", "other", "Something else."),
            case("How old is it?", "doc", "Something else."),
            case("How old is it?", "other", "the office of alder was founded in 1998"),
        ] {
            let error = check(&[clean.clone(), leaked], &folders).unwrap_err().to_string();
            assert!(error.contains("1 of 2") && error.contains("q1") && error.contains("--exclude"), "{error}");
        }
    }

    #[test]
    fn what_a_training_folder_holds_back_is_no_leak() {
        let dir = tempfile::tempdir().unwrap();
        train(dir.path(), Split::Test);
        assert_eq!(check(&[case("When was Alder founded?", "doc", SENTENCE)], &[dir.path().to_path_buf()]).unwrap().questions, 0);
        let error = check(&[], &[dir.path().join("nowhere")]).unwrap_err().to_string();
        assert!(error.contains("nowhere"), "{error}");
    }
}
