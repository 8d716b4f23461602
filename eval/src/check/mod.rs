//! A user's own check: is it better here? The corpus is prepared, questions that no training saw are made from it and, if there is a file of them,
//! the user's own are added; both systems answer, and the comparison is put in words.
//!
//! Questions made by rule keep the words of their sentences more than people's questions do: what they show is an upper end. The user's own
//! questions are the better judge, and are told apart in every table.

mod own;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use prep_model::inference::{PrepareOptions, prepare_corpus};
use prep_model::read::Corpus;
use records::{Answer, Document, Question, RunFolder, read_table};
use synth::corpus::{Excluded, generate_held_back};

use crate::report::Summary;
use crate::run::evaluate;
use crate::suite::{Case, Suite, case_of};
use crate::systems::{Loaded, SECTIONS};
use crate::{EvalError, EvalOptions};

/// Seed of the questions, of the sample and of the resamples.
pub(crate) const SEED: u64 = 7;
/// Name of the setting of questions made by rule, in tables.
pub(crate) const MADE: &str = "made from the corpus";

/// What a user brings.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnCorpus {
    /// A folder of documents, a single one, or a `.jsonl` of texts.
    pub corpus: PathBuf,
    /// Questions of the user's own, with answers or without.
    pub questions: Option<PathBuf>,
    /// Questions to make from the corpus; a quarter of them tunes the workflow and is not scored.
    pub triples: usize,
}

/// Checks both systems on a user's corpus, into the folder `out`. Run again, it goes on where it stopped.
///
/// # Errors
/// If the corpus, the questions or a model is missing or broken, or nothing can be asked; the error names the file and the remedy.
pub fn check_corpus(own: &OwnCorpus, out: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Summary, EvalError> {
    let opened = Corpus::open(&own.corpus).map_err(|error| EvalError::Input { path: error.path, reason: error.reason })?;
    let corpus = std::fs::canonicalize(&own.corpus).map_err(EvalError::io(&own.corpus))?;
    let hash = own.questions.as_deref().map(|path| std::fs::read(path).map_err(EvalError::io(path))).transpose()?;
    let hash = hash.map(|bytes| blake3::hash(&bytes).to_hex().to_string());
    let run = RunFolder::open(out, "eval", &("own corpus", opened.identity(), own.triples, hash, options.identity()?), SEED)?;
    let mut suite = suite_of(own, &corpus)?;
    options.choose_embedding(&mut suite.file.baseline);
    if run.finished()?.is_some() {
        return evaluate(&suite, &[], &run, options, progress);
    }
    let work = out.join("work");
    std::fs::create_dir_all(&work).map_err(EvalError::io(&work))?;
    let asked = own.questions.as_deref().map(|path| own::read(path, &corpus, &work)).transpose()?.unwrap_or_default();
    for case in made(own, &corpus, &work, options, progress)? {
        suite.file_by_hash(&case.question.id.clone(), case);
    }
    suite.test.extend(asked.judged);
    if suite.test.is_empty() {
        let reason = "no question could be made from it: it holds too little prose. Name a larger corpus, or give questions with answers (--questions)";
        return Err(EvalError::input(&own.corpus, reason));
    }
    evaluate(&suite, &asked.unjudged, &run, options, progress)
}

fn suite_of(own: &OwnCorpus, corpus: &Path) -> Result<Suite, EvalError> {
    let name = corpus.file_name().unwrap_or_default().to_string_lossy();
    let with = if own.questions.is_some() { ", and questions of your own" } else { "" };
    let file = serde_json::json!({
        "name": format!("{name}: your own check"),
        "description": format!("Questions made by rule from {name}, in wordings that no training data has{with}."),
        "kind": "questions",
        "data": corpus,
        "tuning": { "enabled": true, "questions": 120, "share": 0.25 },
    });
    let file = serde_json::from_value(file).map_err(|error| EvalError::input(corpus, error.to_string()))?;
    let corpus = corpus.to_path_buf();
    Ok(Suite { file, path: corpus.clone(), data: corpus.clone(), corpus: Some(corpus), development: Vec::new(), test: Vec::new() })
}

/// Questions made from the prepared sections, in wordings that no training uses, clear of the user's own.
fn made(own: &OwnCorpus, corpus: &Path, work: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Vec<Case>, EvalError> {
    if own.triples == 0 {
        return Ok(Vec::new());
    }
    let remedy = "the questions are made from prepared sections: leave out --baseline-only, or make none (--triples 0)";
    let models = options.models().ok_or_else(|| EvalError::input(&own.corpus, remedy))?;
    progress.set_message("preparing the corpus");
    let loaded = Loaded::open(&models)?;
    let sections = work.join(SECTIONS);
    let prepared = prepare_corpus(corpus, &sections, loaded.preparer()?, &PrepareOptions::default(), progress);
    prepared.map_err(|error| EvalError::system("tandem", error))?;
    progress.set_message("making questions");
    let excluded = own.questions.as_deref().map(Excluded::read).transpose()?.unwrap_or_default();
    let questions = work.join("questions");
    generate_held_back(&sections, &questions, own.triples, SEED, &excluded, progress)?;
    cases(&questions)
}

/// The questions of a folder that `synth` made, whatever their split.
pub(crate) fn cases(dir: &Path) -> Result<Vec<Case>, EvalError> {
    if records::shards::<Question>(dir)?.is_empty() {
        return Ok(Vec::new());
    }
    let documents = read_table::<Document>(dir)?.map(|row| row.map(|row| (row.doc_id.clone(), row))).collect::<Result<_, _>>()?;
    let answers: std::collections::HashMap<String, Answer> =
        read_table::<Answer>(dir)?.map(|row| row.map(|row| (row.question_id.clone(), row))).collect::<Result<_, _>>()?;
    let mut out = Vec::new();
    for question in read_table::<Question>(dir)? {
        let question = question?;
        if let Some(answer) = answers.get(&question.question_id) {
            // Nothing is known about damage in documents that are the user's.
            out.push(Case { setting: MADE.into(), noise_level: None, ..case_of(question, answer, &documents) });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_that_is_not_there_and_a_check_without_models_say_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let own = |corpus: &str| OwnCorpus { corpus: dir.path().join(corpus), questions: None, triples: 50 };
        let check = |own: &OwnCorpus| check_corpus(own, &dir.path().join("out"), &EvalOptions::default(), &ProgressBar::hidden());
        let error = check(&own("nowhere")).unwrap_err().to_string();
        assert!(error.contains("nowhere") && error.contains("folder"), "{error}");
        std::fs::create_dir(dir.path().join("corpus")).unwrap();
        let error = check(&own("corpus")).unwrap_err().to_string();
        assert!(error.contains("--triples 0"), "{error}");
    }

    #[test]
    fn the_workflow_alone_answers_the_users_questions_and_shows_those_without_an_answer() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        std::fs::create_dir(&corpus).unwrap();
        std::fs::write(corpus.join("a.txt"), "The director of Alder is Mira Holt. Alder is a town.\n").unwrap();
        let questions = dir.path().join("q.jsonl");
        let lines = r#"{"id":"1","question":"Who is the director of Alder?","answers":["Mira Holt"]}
{"id":"2","question":"What is Alder?"}"#;
        std::fs::write(&questions, lines).unwrap();
        let own = OwnCorpus { corpus, questions: Some(questions), triples: 0 };
        let options = EvalOptions { resamples: 20, ..EvalOptions::default() };
        let out = dir.path().join("out");
        let summary = check_corpus(&own, &out, &options, &ProgressBar::hidden()).unwrap();
        assert_eq!((summary.counts["scored"], summary.counts["without a known answer"]), (1, 1));
        let page = std::fs::read_to_string(out.join("comparison.html")).unwrap();
        assert!(page.contains("What is Alder?") && page.contains("your own"), "{page}");
        assert_eq!(check_corpus(&own, &out, &options, &ProgressBar::hidden()).unwrap(), summary, "finished: only rendered again");
    }
}
