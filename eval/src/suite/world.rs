//! A synthetic world: raw files with planted facts. The whole world is the corpus; its development questions tune the baseline, its test
//! questions are scored.

use std::collections::HashMap;

use records::{Answer, Document, Question, Split, UserQuestion, read_table};

use super::{Case, GoldFact, Suite};
use crate::EvalError;

/// Loads the folder that `tandem synth --world` made.
///
/// # Errors
/// If a table or the raw files are missing.
pub(super) fn load(suite: &mut Suite) -> Result<(), EvalError> {
    let dir = suite.data.clone();
    let raw = dir.join("raw");
    if !raw.is_dir() {
        return Err(EvalError::input(
            &raw,
            "missing: a world suite needs the raw files; make them with `tandem synth --world PRESET --out DIR`",
        ));
    }
    let documents: HashMap<String, Document> =
        read_table::<Document>(&dir)?.map(|row| row.map(|row| (row.doc_id.clone(), row))).collect::<Result<_, _>>()?;
    let answers: HashMap<String, Answer> =
        read_table::<Answer>(&dir)?.map(|row| row.map(|row| (row.question_id.clone(), row))).collect::<Result<_, _>>()?;
    for question in read_table::<Question>(&dir)? {
        let question = question?;
        let Some(answer) = answers.get(&question.question_id) else { continue };
        let split = question.split;
        let case = case(question, answer, &documents);
        match split {
            Split::Train => {}
            Split::Dev => suite.development.push(case),
            Split::Test => suite.test.push(case),
        }
    }
    suite.corpus = Some(raw);
    Ok(())
}

/// A made question with its answer as a case.
pub(crate) fn case(question: Question, answer: &Answer, documents: &HashMap<String, Document>) -> Case {
    let gold = |fact: &records::Fact| GoldFact {
        doc: documents.get(&fact.doc_id).map(|document| document.path.clone()).unwrap_or_default(),
        doc_id: fact.doc_id.clone(),
        sentence: fact.sentence_start..fact.sentence_end,
        value: Some(fact.raw_start..fact.raw_end),
        text: fact.sentence.clone(),
        vital: fact.vital,
    };
    let noise = answer.facts.iter().filter_map(|fact| documents.get(&fact.doc_id)).map(|document| document.noise_level);
    Case {
        kind: name_of(question.kind),
        setting: "corpus".into(),
        hops: question.hops,
        answerable: question.answerable,
        noise_level: noise.reduce(f32::max),
        aliases: answer.aliases.clone(),
        facts: answer.facts.iter().map(gold).collect(),
        question: UserQuestion { id: question.question_id, question: question.question, brief: None, sources: vec![] },
    }
}

fn name_of(kind: records::Kind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(|name| name.replace('_', " ")))
        .unwrap_or_else(|| format!("{kind:?}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use records::{Fact, Kind, Style, TableWriter};

    use super::*;

    fn question(id: &str, split: Split) -> Question {
        let (question, style) = ("When was Alder founded?".into(), Style::Question);
        let template_family = "t".into();
        Question {
            question_id: id.into(),
            question,
            kind: Kind::MultiHop,
            hops: 2,
            style,
            template_family,
            split,
            answerable: true,
            bm25_rank: None,
        }
    }

    pub(crate) fn write_world(dir: &Path) {
        std::fs::create_dir_all(dir.join("raw")).unwrap();
        std::fs::write(dir.join("raw/a.txt"), "Alder was founded in 1998.").unwrap();
        let mut documents = TableWriter::<Document>::create(dir, 0).unwrap();
        let (doc_id, path, media_type) = ("d".to_owned(), "a.txt".to_owned(), "text/plain".to_owned());
        let (corpus, split, noise_level) = ("w".into(), Split::Test, 0.01);
        let document = Document { doc_id, path, media_type, bytes: 26, title: None, corpus, split, noise_level, replaced: 0, dropped: 0 };
        documents.push(document).unwrap();
        documents.finish().unwrap();
        let (mut questions, mut answers) =
            (TableWriter::<Question>::create(dir, 0).unwrap(), TableWriter::<Answer>::create(dir, 0).unwrap());
        for (id, split) in [("q1", Split::Test), ("q2", Split::Dev), ("q3", Split::Train)] {
            questions.push(question(id, split)).unwrap();
            let (raw_start, raw_end, sentence_start, sentence_end) = (21, 25, 0, 26);
            let sentence = "Alder was founded in 1998.".into();
            let fact = Fact { doc_id: "d".into(), raw_start, raw_end, sentence_start, sentence_end, sentence, vital: true };
            answers.push(Answer { question_id: id.into(), aliases: vec!["1998".into()], facts: vec![fact] }).unwrap();
        }
        questions.finish().unwrap();
        answers.finish().unwrap();
    }

    #[test]
    fn the_test_split_is_scored_the_development_split_tunes_and_training_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        write_world(dir.path());
        std::fs::write(dir.path().join("s.toml"), "name = 's'\nkind = 'world'\ndata = '.'\n").unwrap();
        let suite = Suite::open(&dir.path().join("s.toml"), None, dir.path()).unwrap();
        let ids = |cases: &[Case]| cases.iter().map(|case| case.question.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&suite.test), ids(&suite.development)), (vec!["q1".to_owned()], vec!["q2".to_owned()]));
        let case = &suite.test[0];
        assert_eq!((case.kind.as_str(), case.facts[0].doc.as_str(), case.noise_level), ("multi hop", "a.txt", Some(0.01)));
        assert_eq!(case.facts[0].value, Some(21..25));
    }

    #[test]
    fn a_folder_without_raw_files_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("s.toml"), "name = 's'\nkind = 'world'\ndata = '.'\n").unwrap();
        let error = Suite::open(&dir.path().join("s.toml"), None, dir.path()).unwrap_err().to_string();
        assert!(error.contains("tandem synth"), "{error}");
    }
}
