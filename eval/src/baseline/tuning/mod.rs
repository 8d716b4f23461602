//! The search for the workflow's knobs on development questions: the chunk size first, then one knob after the other, twice around. Every trial is
//! recorded, so that a reader can see that the baseline was given its best, and a program can check it ([`Record`]).

mod knobs;
mod record;

use std::time::Instant;

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::Section;
use retrieve_model::inference::{InMemory, PassageSource, SourceError};
use serde::{Deserialize, Serialize};

pub use record::{RECORD, Record, Trial};

use super::{Searcher, SemanticModel, Workflow, WorkflowConfig, chunks_of_source, in_memory, searchable_terms};
use crate::EvalError;
use crate::metrics::{Judgements, documents_of, ndcg_of_documents};
use crate::score::{Retrieved, Scores};
use crate::suite::{Case, Objective};
use knobs::{chunk_rules, knobs};

/// One configuration that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// 0 for chunk sizes, then the rounds over the other knobs.
    pub round: usize,
    /// The knob that was turned.
    pub knob: String,
    /// What it was set to.
    pub value: f64,
    /// Mean objective over the development questions.
    pub objective: f64,
    /// Whether this was the best so far.
    pub kept: bool,
}

/// The outcome of the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The best configuration.
    pub config: WorkflowConfig,
    /// Its mean objective, found with the in-memory store.
    pub objective: f64,
    /// What the objective is.
    #[serde(default)]
    pub goal: Objective,
    /// Development questions it was found on.
    pub questions: usize,
    /// Seconds that the search took: its budget, beside the number of tries.
    #[serde(default)]
    pub seconds: f64,
    /// Every try, in order.
    pub tries: Vec<Try>,
    /// The same workflow tuned on for the reader's score, where the goal is another: same chunks, other knobs from where the first search ended.
    #[serde(default)]
    pub cautious: Option<Box<Tuned>>,
}

/// Cuts the corpus with a configuration's rules; none where there is no corpus.
pub type ChunkCorpus<'a> = &'a dyn Fn(&WorkflowConfig) -> Result<Option<Vec<Section>>, EvalError>;

/// Name of the chunk size in the record.
const CHUNK_KNOB: &str = "chunks.words";
/// Rounds over the knobs.
const ROUNDS: usize = 2;
/// Documents that count for ranking.
const RANKED: usize = 10;

/// What a case is answered from under one chunk size.
struct Bench {
    corpus: Option<InMemory>,
    own: Vec<Option<InMemory>>,
    semantic: Option<SemanticModel>,
}

impl Bench {
    fn new(cases: &[Case], corpus: Option<Vec<Section>>, config: &WorkflowConfig, seed: u64) -> Result<Self, EvalError> {
        let fitted = |sections: &Vec<Section>| {
            let texts: Vec<Vec<String>> = sections.par_iter().map(searchable_terms).collect();
            SemanticModel::fit(&texts, config.retrieval.dimensions, seed)
        };
        let semantic = SemanticModel::supplied(&config.retrieval)?.or_else(|| corpus.as_ref().map(fitted));
        let own = |case: &Case| {
            let chunks: Vec<Section> = case.question.sources.iter().flat_map(|source| chunks_of_source(source, &config.chunks)).collect();
            (!case.question.sources.is_empty()).then(|| in_memory(chunks, semantic.as_ref()))
        };
        let own = cases.par_iter().map(own).collect();
        let corpus = corpus.map(|sections| in_memory(sections, semantic.as_ref()));
        Ok(Self { corpus, own, semantic })
    }

    fn searchers(&self, candidates: usize) -> Vec<Option<Searcher<'_>>> {
        let store = self.own.iter().map(|own| own.as_ref().or(self.corpus.as_ref()));
        store.map(|store| Some(Searcher::new(store? as &dyn PassageSource, self.semantic.as_ref(), candidates).remembering())).collect()
    }
}

/// Searches for the best knobs. `chunk_corpus` cuts the corpus, if there is one, with a configuration's rules.
///
/// # Errors
/// If the corpus cannot be read or searched.
pub fn tune(
    start: &WorkflowConfig,
    cases: &[Case],
    chunk_corpus: ChunkCorpus<'_>,
    goal: Objective,
    seed: u64,
    progress: &ProgressBar,
) -> Result<Tuned, EvalError> {
    let mut tuned = Tuned::of(start, goal, cases.len());
    if cases.is_empty() {
        return Ok(Tuned { objective: 0.0, ..tuned });
    }
    let started = Instant::now();
    let chunks = chunk_rules(goal, &start.chunks);
    let cautious = goal == Objective::Balanced;
    let rounds = ROUNDS * (1 + usize::from(cautious));
    progress.set_length((chunks.len() + rounds * knobs(goal).iter().map(|knob| knob.values.len()).sum::<usize>()) as u64);
    let mut best_bench = None;
    for rules in chunks {
        let name = format!("{CHUNK_KNOB}, overlap {}", rules.overlap);
        let words = rules.words as f64;
        let config = WorkflowConfig { chunks: rules, ..start.clone() };
        let bench = Bench::new(cases, chunk_corpus(&config)?, &config, seed)?;
        let objective = objective(&config, cases, &bench.searchers(config.retrieval.candidates), goal)?;
        if tuned.record(0, &name, words, objective, config) {
            best_bench = Some(bench);
        }
        progress.inc(1);
    }
    let Some(bench) = best_bench else { return Ok(tuned) };
    let searchers = bench.searchers(start.retrieval.candidates);
    tuned.turn_knobs(cases, &searchers, progress)?;
    tuned.seconds = started.elapsed().as_secs_f64();
    if cautious {
        let mut careful = Tuned::of(&tuned.config, Objective::ReaderScore, cases.len());
        careful.turn_knobs(cases, &searchers, progress)?;
        careful.seconds = started.elapsed().as_secs_f64() - tuned.seconds;
        tuned.cautious = Some(Box::new(careful));
    }
    Ok(tuned)
}

impl Tuned {
    fn of(start: &WorkflowConfig, goal: Objective, questions: usize) -> Self {
        let (config, objective) = (start.clone(), f64::NEG_INFINITY);
        Self { config, objective, goal, questions, seconds: 0.0, tries: Vec::new(), cautious: None }
    }

    /// Writes the tuning record of a search that began at `start`, and holds it against the knobs that were found.
    ///
    /// # Errors
    /// If the disk refuses, or the record does not bear out the knobs; the error names them.
    pub fn document(&self, start: &WorkflowConfig, dir: &std::path::Path) -> Result<(), EvalError> {
        let record = Record::of(start, self);
        record.write(dir)?;
        let searches = std::iter::once(self).chain(self.cautious.as_deref());
        let faults: Vec<String> = searches.flat_map(|tuned| record.faults(&tuned.config, tuned.goal)).collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(EvalError::system("workflow", format!("the tuning record does not bear out its knobs: {}", faults.join("; "))))
    }

    /// One knob after the other, each time around.
    fn turn_knobs(&mut self, cases: &[Case], searchers: &[Option<Searcher<'_>>], progress: &ProgressBar) -> Result<(), EvalError> {
        if self.tries.is_empty() {
            let config = self.config.clone();
            self.record(0, "start", 0.0, objective(&config, cases, searchers, self.goal)?, config);
        }
        for round in 1..=ROUNDS {
            for knob in knobs(self.goal) {
                for value in knob.values {
                    let mut config = self.config.clone();
                    (knob.set)(&mut config, *value);
                    if config != self.config {
                        let objective = objective(&config, cases, searchers, self.goal)?;
                        self.record(round, knob.name, f64::from(*value), objective, config);
                    }
                    progress.inc(1);
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, round: usize, knob: &str, value: f64, objective: f64, config: WorkflowConfig) -> bool {
        // A gain that is rounding alone does not turn a knob.
        let kept = objective > self.objective + 1e-9;
        self.tries.push(Try { round, knob: knob.to_owned(), value, objective, kept });
        if kept {
            (self.objective, self.config) = (objective, config);
        }
        kept
    }
}

/// Mean objective over the cases.
fn objective(config: &WorkflowConfig, cases: &[Case], searchers: &[Option<Searcher<'_>>], goal: Objective) -> Result<f64, SourceError> {
    let workflow = Workflow { config: config.clone() };
    let one = |(case, searcher): (&Case, &Option<Searcher<'_>>)| -> Result<f64, SourceError> {
        let Some(searcher) = searcher else { return Ok(0.0) };
        if goal == Objective::Ranking {
            return ranking(&workflow, searcher, case);
        }
        let draft = workflow.draft(searcher, &case.question.question)?;
        let ranked: Vec<_> = draft.ranked.iter().filter_map(|(section, score)| Retrieved::of(section, *score)).collect();
        let scores = Scores::of(case, &draft.report(&case.question, 0), &ranked);
        Ok(if goal == Objective::ReaderScore { scores.reader_score } else { scores.objective() })
    };
    let values: Vec<f64> = cases.par_iter().zip(searchers).map(one).collect::<Result<_, _>>()?;
    Ok(values.iter().sum::<f64>() / values.len().max(1) as f64)
}

/// nDCG@10 of the documents found; every document with a fact counts alike.
fn ranking(workflow: &Workflow, searcher: &Searcher<'_>, case: &Case) -> Result<f64, SourceError> {
    let ranked = workflow.search(searcher, &case.question.question, usize::MAX)?;
    let judged: Judgements = case.facts.iter().map(|fact| (fact.doc.clone(), 1)).collect();
    let documents = documents_of(ranked.iter().map(|(section, _)| section.path.as_str()));
    Ok(ndcg_of_documents(&documents, &judged, RANKED).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use records::{SourceText, UserQuestion};

    use super::*;
    use crate::suite::GoldFact;

    fn case(number: usize, answerable: bool) -> Case {
        let text = format!("The office of Alder{number} was founded in 19{number:02}. The weather is fine.");
        let asked = if answerable {
            format!("When was the office of Alder{number} founded?")
        } else {
            "When did the circus of Birch close?".into()
        };
        let sources = vec![SourceText { id: "s".into(), title: None, text }];
        let question = UserQuestion { id: number.to_string(), question: asked, brief: None, sources };
        let aliases = if answerable { vec![format!("19{number:02}")] } else { vec![] };
        Case { question, kind: "k".into(), setting: "given".into(), hops: 1, answerable, noise_level: None, aliases, facts: vec![] }
    }

    fn no_corpus(_: &WorkflowConfig) -> Result<Option<Vec<Section>>, EvalError> {
        Ok(None)
    }

    #[test]
    fn tuning_finds_a_threshold_that_a_bad_start_misses_and_keeps_the_record() {
        let cases: Vec<Case> = (10..30).map(|number| case(number, number % 2 == 0)).collect();
        let mut start = WorkflowConfig::default();
        start.answers.threshold = 0.99;
        let search = || tune(&start, &cases, &no_corpus, Objective::Balanced, 1, &ProgressBar::hidden()).unwrap();
        let tuned = search();
        assert!(tuned.objective > 0.95, "{tuned:?}");
        assert!(tuned.config.answers.threshold < 0.9);
        assert_eq!(tuned.tries[0].objective, 0.5, "abstaining always is right for every second question");
        assert!(tuned.tries.iter().filter(|one| one.kept).all(|one| one.objective <= tuned.objective));
        let cautious = tuned.cautious.clone().unwrap();
        assert!(cautious.goal == Objective::ReaderScore && cautious.objective > 0.95 && cautious.config.chunks == tuned.config.chunks);
        assert_eq!(search().tries, tuned.tries);
    }

    #[test]
    fn a_baseline_tuned_for_the_readers_score_stays_silent_where_it_would_be_wrong() {
        // Questions whose answer is not what the sentence says: right answers are out of reach, silence costs nothing.
        let wrong: Vec<Case> = (10..30).map(|number| Case { aliases: vec!["never".into()], ..case(number, true) }).collect();
        let tuned = tune(&WorkflowConfig::default(), &wrong, &no_corpus, Objective::Balanced, 1, &ProgressBar::hidden()).unwrap();
        assert_eq!(tuned.cautious.unwrap().objective, 0.0);
    }

    #[test]
    fn ranking_is_tuned_by_the_documents_found() {
        let texts = [("a", "The ferry leaves at nine."), ("b", "Bread is baked. Bread is sold. Bread is eaten.")];
        let sources: Vec<SourceText> = texts.map(|(id, text)| SourceText { id: id.into(), title: None, text: text.into() }).into();
        let fact =
            |doc: &str| GoldFact { doc: doc.into(), doc_id: String::new(), sentence: 0..1, value: None, text: String::new(), vital: true };
        let question = UserQuestion { id: "1".into(), question: "when does the ferry leave".into(), brief: None, sources: vec![] };
        let case = Case { question, facts: vec![fact("a")], ..case(10, true) };
        let chunks =
            |config: &WorkflowConfig| Ok(Some(sources.iter().flat_map(|source| chunks_of_source(source, &config.chunks)).collect()));
        let tuned = tune(&WorkflowConfig::default(), &[case], &chunks, Objective::Ranking, 1, &ProgressBar::hidden()).unwrap();
        assert_eq!((tuned.objective, tuned.cautious), (1.0, None));
        assert!(tuned.tries.iter().any(|one| one.knob == "retrieval.k1") && tuned.tries.iter().all(|one| !one.knob.starts_with("answers")));
    }
}
