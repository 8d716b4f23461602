//! Where answers are lost on the way from raw bytes to an answer. Both systems have three stages (preparation, retrieval, answering) that pass
//! sections to each other, so each of our models can stand in for the workflow's part and the other way round: eight combinations. Beside them
//! both systems are given what a stage should have made: clean text, the gold section, the gold sentence.
//!
//! Asked are answerable questions whose facts are known. All stores are in memory and exact, so that rungs differ by their stages alone.

mod gold;
mod plan;
mod stores;

use std::collections::HashSet;
use std::path::Path;

use indicatif::ProgressBar;
use records::Section;
use serde::{Deserialize, Serialize};

use crate::EvalError;
use crate::asking::{ask_all, limited};
use crate::baseline::WorkflowConfig;
use crate::report::{Line, ResultRow, correct_family, lines};
use crate::statistics::{Draws, Estimate};
use crate::suite::Case;
use crate::systems::{Loaded, SECTIONS, WorkflowSystem, chunk_corpus};
use gold::Gold;
use plan::{Planned, combinations, given};

/// Questions of a ladder, at most.
pub const QUESTIONS: usize = 120;
/// The metrics of a ladder.
pub const MEASURES: [&str; 6] = ["exact_match", "f1", "reader_score", "vital_fact_recall", "citation_precision", "ndcg_10"];

/// Every rung, with what each stage adds or loses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// Questions asked on every rung.
    pub questions: usize,
    /// First the eight combinations of parts, then what both systems make of better and better texts.
    pub rungs: Vec<Rung>,
}

/// Whose part a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    /// Our model.
    Tandem,
    /// The workflow's rules.
    Workflow,
    /// The stage is done for the system, without a fault.
    Given,
}

impl Maker {
    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tandem => "tandem",
            Self::Workflow => "workflow",
            Self::Given => "given",
        }
    }
}

/// One way through the three stages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// What is read: `raw files`, `clean text`, `gold sections`, `gold sentences`.
    pub text: String,
    /// Who cleans and cuts.
    pub preparation: Maker,
    /// Who finds.
    pub retrieval: Maker,
    /// Who answers and quotes.
    pub answer: Maker,
    /// The measures: one estimate each, and the difference to the rung it is compared with.
    pub lines: Vec<Line>,
    /// Number of that rung in the list.
    pub against: Option<usize>,
    /// Questions that it failed on.
    pub failed: usize,
}

/// What a ladder is climbed with.
pub struct Climb<'a> {
    /// Our models; without them only the workflow climbs.
    pub loaded: Option<&'a Loaded>,
    /// The tuned workflow.
    pub config: &'a WorkflowConfig,
    /// The questions of the suite.
    pub cases: &'a [Case],
    /// The raw files.
    pub corpus: &'a Path,
    /// The clean sections of the corpus, where they are known.
    pub clean: Option<Vec<Section>>,
    /// Where prepared sections are.
    pub work: &'a Path,
    /// Seed of vectors and resamples.
    pub seed: u64,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// Shows how far it is.
    pub progress: &'a ProgressBar,
}

/// Climbs the ladder.
///
/// # Errors
/// If the corpus cannot be prepared.
pub fn climb(job: &Climb<'_>) -> Result<Ladder, EvalError> {
    let usable = |case: &&Case| case.answerable && !case.facts.is_empty() && case.question.sources.is_empty();
    let cases: Vec<Case> = job.cases.iter().filter(usable).cloned().collect();
    let (cases, _) = limited(&cases, Some(QUESTIONS));
    if cases.is_empty() {
        return Ok(Ladder::default());
    }
    job.progress.set_message("ladder: preparing");
    let ours = job.loaded.map(|loaded| loaded.sections(job.corpus, &job.work.join(SECTIONS), job.progress)).transpose()?;
    let theirs = chunk_corpus(job.corpus, job.config, usize::MAX, &HashSet::new())?;
    let gold = Gold::new(job.clean.as_deref().or(ours.as_deref()).unwrap_or(&theirs), &cases);
    let everything = WorkflowSystem::over_sections(job.config.clone(), theirs.clone(), job.seed)?;
    let full = everything.store().ok_or_else(|| EvalError::system("workflow", "has no store"))?;

    let mut plan = combinations(job, ours.as_deref(), &theirs)?;
    plan.extend(given(job, &gold, full)?);
    job.progress.set_message("ladder: asking");
    job.progress.set_position(0);
    job.progress.set_length((plan.len() * cases.len()) as u64);
    let asked: Vec<Vec<ResultRow>> = plan.iter().map(|rung| ask_all(rung.text, &cases, &rung.way, job.progress)).collect();
    Ok(Ladder { questions: cases.len(), rungs: weigh(&plan, &asked, job) })
}

/// The measures of every rung; all differences of the ladder are one family.
fn weigh(plan: &[Planned<'_>], asked: &[Vec<ResultRow>], job: &Climb<'_>) -> Vec<Rung> {
    let draws = Draws::new(asked.first().map_or(0, Vec::len), job.resamples, job.seed);
    let mut rungs: Vec<Rung> = Vec::new();
    for (planned, rows) in plan.iter().zip(asked) {
        let own: Vec<&ResultRow> = rows.iter().collect();
        let pair = planned.against.map(|at| asked[at].iter().collect::<Vec<_>>());
        let by_rung: Vec<Vec<&ResultRow>> = std::iter::once(own).chain(pair).collect();
        let mut measured = lines(&by_rung, &MEASURES, &draws);
        measured.iter_mut().for_each(|line| line.estimates.truncate(1));
        let failed = rows.iter().filter(|row| row.failure.is_some()).count();
        let [preparation, retrieval, answer] = planned.makers;
        rungs.push(Rung {
            text: planned.text.to_owned(),
            preparation,
            retrieval,
            answer,
            lines: measured,
            against: planned.against,
            failed,
        });
    }
    correct_family(rungs.iter_mut().flat_map(|rung| &mut rung.lines).flat_map(Line::differences_mut).collect());
    rungs
}

impl Rung {
    /// A measure of this rung.
    #[must_use]
    pub fn estimate(&self, metric: &str) -> Option<Estimate> {
        self.lines.iter().find(|line| line.metric == metric)?.estimates.first().copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use crate::suite::GoldFact;

    use super::*;

    fn case(number: usize) -> Case {
        let text = format!("The director of Alder{number} is Mira Holt.");
        let fact = GoldFact {
            doc: format!("{number}.txt"),
            doc_id: String::new(),
            sentence: 0..text.len() as u64,
            value: None,
            text,
            vital: true,
        };
        let question = records::UserQuestion {
            id: number.to_string(),
            question: format!("Who is the director of Alder{number}?"),
            brief: None,
            sources: vec![],
        };
        let (kind, setting, aliases) = ("k".into(), "corpus".into(), vec!["Mira Holt".into()]);
        Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases, facts: vec![fact] }
    }

    #[test]
    fn the_workflow_alone_climbs_from_raw_files_to_the_gold_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        std::fs::create_dir(&corpus).unwrap();
        let cases: Vec<Case> = (0..12).map(case).collect();
        for (number, case) in cases.iter().enumerate() {
            std::fs::write(corpus.join(format!("{number}.txt")), format!("{} It is a town.\n", case.facts[0].text)).unwrap();
        }
        let (config, progress) = (WorkflowConfig::default(), ProgressBar::hidden());
        let job = Climb {
            loaded: None,
            config: &config,
            cases: &cases,
            corpus: &corpus,
            clean: None,
            work: dir.path(),
            seed: 1,
            resamples: 50,
            progress: &progress,
        };
        let ladder = climb(&job).unwrap();
        let texts: Vec<&str> = ladder.rungs.iter().map(|rung| rung.text.as_str()).collect();
        assert_eq!(texts, ["raw files", "gold sections", "gold sentences"]);
        assert_eq!((ladder.questions, ladder.rungs[0].against, ladder.rungs[2].against), (12, None, Some(1)));
        let value = |at: usize, metric: &str| ladder.rungs[at].estimate(metric).unwrap().value;
        assert_eq!((value(2, "exact_match"), value(2, "vital_fact_recall"), value(1, "ndcg_10")), (1.0, 1.0, 1.0));
        assert!(ladder.rungs[1].lines[0].difference.is_some());
    }
}
