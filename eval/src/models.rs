//! Trained models beside each other: the same questions to each, without the workflow. For choosing between recipes: what a kind of questions gives
//! to a training, what a size costs. Not for the claim that a system is better than another: what was chosen here is flattered by the choice.
//!
//! All stores are in memory and exact, so that it runs where no database was built in.

use std::path::Path;

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use prep_model::inference::{PrepareOptions, prepare_corpus};
use records::{Section, read_table};
use synth::corpus::{Excluded, generate_held_back};

use crate::EvalError;
use crate::asking::{ask_all, by_system, limited};
use crate::report::ResultRow;
use crate::score::Scores;
use crate::suite::{Case, Suite, Task};
use crate::systems::{Loaded, Models, Tandem};

/// Questions with what they are answered from.
#[derive(Clone, Debug)]
pub struct Round {
    /// Name of the suite or folder.
    pub name: String,
    /// The questions; of a search suite the queries, whose facts are whole documents.
    pub cases: Vec<Case>,
    /// The sections of the corpus; none where questions bring their own texts.
    pub sections: Vec<Section>,
}

/// The rows of one model in one round.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Every answer it has, however unsure.
    pub open: Vec<ResultRow>,
    /// With those below its own threshold kept back.
    pub kept: Vec<ResultRow>,
}

impl Round {
    /// The scored questions of a suite, at most `limit` by the hash of their ids. Its corpus is prepared into `work` by the model of `prep`.
    ///
    /// # Errors
    /// If the suite's data is missing or its corpus cannot be prepared; a suite that asks nothing is refused.
    pub fn of_suite(
        path: &Path,
        data: Option<&Path>,
        prep: &Loaded,
        limit: Option<usize>,
        work: &Path,
        progress: &ProgressBar,
    ) -> Result<Self, EvalError> {
        std::fs::create_dir_all(work).map_err(EvalError::io(work))?;
        let (name, cases, corpus) = match Task::open(path, data, work)? {
            None => {
                let suite = Suite::open(path, data, work)?;
                (suite.file.name, suite.test, suite.corpus)
            }
            Some(Task::Retrieval(items)) => {
                let cases = items.test.iter().map(crate::tasks::query).collect();
                (items.file.name, cases, items.corpus)
            }
            Some(_) => return Err(EvalError::input(path, "asks no questions: name a suite of questions or of search")),
        };
        let sections = corpus.map(|corpus| prepared(&corpus, prep, &work.join("sections"), progress)).transpose()?;
        Ok(Self { name, cases: limited(&cases, limit).0, sections: sections.unwrap_or_default() })
    }

    /// Questions made of prepared sections in wordings that no training has, as in the check of a user's own corpus; they are kept in `work`.
    ///
    /// # Errors
    /// If the sections cannot be read or give no question.
    pub fn of_sections(dir: &Path, questions: usize, work: &Path, progress: &ProgressBar) -> Result<Self, EvalError> {
        let made = work.join("questions");
        generate_held_back(dir, &made, questions, crate::check::SEED, &Excluded::default(), progress)?;
        let sections = read_table::<Section>(&made)?.collect::<Result<_, _>>()?;
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self { name: format!("{name} by rule"), cases: crate::check::cases(&made)?, sections })
    }

    /// Asks a model, on all threads.
    ///
    /// # Errors
    /// If the model is missing or broken.
    pub fn ask(&self, model: &Path, device: DeviceChoice, progress: &ProgressBar) -> Result<Answers, EvalError> {
        let mut loaded = Loaded::open(&Models { retrieve: model.to_path_buf(), device, ..Models::default() })?;
        let threshold = std::mem::replace(&mut loaded.answerer.config.calibration.threshold, 0.0);
        let tandem = Tandem::over(&loaded, Box::new(loaded.in_memory(self.sections.clone())));
        let open = ask_all(&model.display().to_string(), &self.cases, &by_system(&tandem), progress);
        let kept = self.cases.iter().zip(&open).map(|(case, row)| kept(case, row, threshold)).collect();
        Ok(Answers { open, kept })
    }
}

fn prepared(corpus: &Path, prep: &Loaded, out: &Path, progress: &ProgressBar) -> Result<Vec<Section>, EvalError> {
    let done = prepare_corpus(corpus, out, prep.preparer()?, &PrepareOptions::default(), progress);
    done.map_err(|error| EvalError::system("tandem", error))?;
    Ok(read_table::<Section>(out)?.collect::<Result<_, _>>()?)
}

/// The row with its answer kept back where the model is less sure of it than it asks for.
fn kept(case: &Case, row: &ResultRow, threshold: f32) -> ResultRow {
    if row.report.confidence >= threshold {
        return row.clone();
    }
    let report = records::Report::unasked(&case.question);
    ResultRow { scores: Scores::of(case, &report, &row.retrieved), report, ..row.clone() }
}

#[cfg(test)]
mod tests {
    use records::UserQuestion;

    use super::*;
    use crate::asking::judge;

    #[test]
    fn an_answer_below_the_threshold_is_kept_back_and_what_was_found_stays() {
        let question = UserQuestion { id: "q".into(), question: "What is the fee?".into(), brief: None, sources: vec![] };
        let case = Case {
            question,
            kind: "natural".into(),
            setting: "corpus".into(),
            hops: 1,
            answerable: true,
            noise_level: None,
            aliases: vec!["12 euros".into()],
            facts: vec![],
        };
        let status = records::Status::Answered;
        let report = records::Report { answer: "12 euros".into(), confidence: 0.4, status, ..records::Report::unasked(&case.question) };
        let row = judge(&case, "model", Ok((report, vec![])));
        assert!(kept(&case, &row, 0.3).scores.right && !kept(&case, &row, 0.5).scores.right);
        assert!(kept(&case, &row, 0.5).scores.abstained);
    }
}
