//! The search for the workflow's knobs on development questions: the chunk size first, then one knob after the other, twice around. Every try is
//! recorded, so that a reader can see that the baseline was given its best.

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::Section;
use retrieve_model::inference::{InMemory, PassageSource, SourceError};
use serde::{Deserialize, Serialize};

use super::{ChunkRules, Searcher, SemanticModel, Workflow, WorkflowConfig, chunks_of_source, in_memory, searchable_terms};
use crate::EvalError;
use crate::score::{Retrieved, Scores};
use crate::suite::Case;

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
    /// Development questions it was found on.
    pub questions: usize,
    /// Every try, in order.
    pub tries: Vec<Try>,
}

/// Name of a knob, the values to try, how to set it.
type Knob = (&'static str, &'static [f32], fn(&mut WorkflowConfig, f32));

/// Cuts the corpus with a configuration's rules; none where there is no corpus.
pub type ChunkCorpus<'a> = &'a dyn Fn(&WorkflowConfig) -> Result<Option<Vec<Section>>, EvalError>;

/// Every knob but the chunk size.
const KNOBS: [Knob; 18] = [
    ("answers.threshold", &[0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7], |config, value| config.answers.threshold = value),
    ("retrieval.vector_weight", &[0.0, 0.15, 0.3, 0.6, 1.0], |config, value| config.retrieval.vector_weight = value),
    ("retrieval.rrf_constant", &[10.0, 30.0, 60.0], |config, value| config.retrieval.rrf_constant = value),
    ("retrieval.read", &[3.0, 5.0, 8.0, 12.0, 20.0], |config, value| config.retrieval.read = value as usize),
    ("retrieval.follow_up", &[0.0, 0.7, 0.8, 0.9, 1.0], |config, value| config.retrieval.follow_up = value),
    ("sentences.context", &[0.2, 0.4, 0.6, 0.8, 1.0], |config, value| config.sentences.context = value),
    ("sentences.neighbour", &[0.0, 0.2, 0.4, 0.6], |config, value| config.sentences.neighbour = value),
    ("sentences.chunk", &[0.0, 0.1, 0.2, 0.4], |config, value| config.sentences.chunk = value),
    ("sentences.phrase", &[0.0, 0.2, 0.4, 0.8], |config, value| config.sentences.phrase = value),
    ("sentences.rank", &[0.0, 0.1, 0.2, 0.5], |config, value| config.sentences.rank = value),
    ("sentences.names", &[0.0, 0.3, 0.6, 0.9], |config, value| config.sentences.names = value),
    ("sentences.idf_power", &[0.5, 1.0, 1.5, 2.0], |config, value| config.sentences.idf_power = value),
    ("sentences.expected", &[0.0, 0.2, 0.4, 0.8], |config, value| config.sentences.expected = value),
    ("answers.proximity", &[0.0, 0.2, 0.4, 0.8, 1.5], |config, value| config.answers.proximity = value),
    ("answers.position", &[0.0, 0.2, 0.4, 0.8], |config, value| config.answers.position = value),
    ("answers.agreement", &[0.0, 0.1, 0.3, 0.6], |config, value| config.answers.agreement = value),
    ("answers.quotes", &[1.0, 2.0, 3.0], |config, value| config.answers.quotes = value as usize),
    ("answers.quote_share", &[0.6, 0.7, 0.8, 0.9, 0.97], |config, value| config.answers.quote_share = value),
];

/// Words in a chunk that are tried, with a quarter or nothing repeated.
const CHUNKS: [(usize, usize); 4] = [(60, 15), (120, 30), (120, 0), (220, 55)];
/// Rounds over the knobs.
const ROUNDS: usize = 2;

/// What a case is answered from under one chunk size.
struct Bench {
    corpus: Option<InMemory>,
    own: Vec<Option<InMemory>>,
    semantic: Option<SemanticModel>,
}

impl Bench {
    fn new(cases: &[Case], corpus: Option<Vec<Section>>, config: &WorkflowConfig, seed: u64) -> Self {
        let semantic = corpus.as_ref().map(|sections| {
            let texts: Vec<Vec<String>> = sections.par_iter().map(searchable_terms).collect();
            SemanticModel::fit(&texts, config.retrieval.dimensions, seed)
        });
        let own = |case: &Case| {
            let chunks: Vec<Section> = case.question.sources.iter().flat_map(|source| chunks_of_source(source, &config.chunks)).collect();
            (!case.question.sources.is_empty()).then(|| in_memory(chunks, semantic.as_ref()))
        };
        let own = cases.par_iter().map(own).collect();
        let corpus = corpus.map(|sections| in_memory(sections, semantic.as_ref()));
        Self { corpus, own, semantic }
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
    seed: u64,
    progress: &ProgressBar,
) -> Result<Tuned, EvalError> {
    let mut tuned = Tuned { config: start.clone(), objective: f64::NEG_INFINITY, questions: cases.len(), tries: Vec::new() };
    if cases.is_empty() {
        return Ok(Tuned { objective: 0.0, ..tuned });
    }
    progress.set_length((CHUNKS.len() + ROUNDS * KNOBS.iter().map(|(_, values, _)| values.len()).sum::<usize>()) as u64);
    let mut best_bench = None;
    for (words, overlap) in CHUNKS {
        let config = WorkflowConfig { chunks: ChunkRules { words, overlap, ..start.chunks.clone() }, ..start.clone() };
        let bench = Bench::new(cases, chunk_corpus(&config)?, &config, seed);
        let objective = objective(&config, cases, &bench.searchers(config.retrieval.candidates))?;
        if tuned.record(0, &format!("chunks.words, overlap {overlap}"), words as f64, objective, config) {
            best_bench = Some(bench);
        }
        progress.inc(1);
    }
    let Some(bench) = best_bench else { return Ok(tuned) };
    let searchers = bench.searchers(start.retrieval.candidates);
    for round in 1..=ROUNDS {
        for (name, values, set) in KNOBS {
            for value in values {
                let mut config = tuned.config.clone();
                set(&mut config, *value);
                if config != tuned.config {
                    let objective = objective(&config, cases, &searchers)?;
                    tuned.record(round, name, f64::from(*value), objective, config);
                }
                progress.inc(1);
            }
        }
    }
    Ok(tuned)
}

impl Tuned {
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
fn objective(config: &WorkflowConfig, cases: &[Case], searchers: &[Option<Searcher<'_>>]) -> Result<f64, SourceError> {
    let workflow = Workflow { config: config.clone() };
    let one = |(case, searcher): (&Case, &Option<Searcher<'_>>)| -> Result<f64, SourceError> {
        let Some(searcher) = searcher else { return Ok(0.0) };
        let draft = workflow.draft(searcher, &case.question.question)?;
        let ranked: Vec<_> = draft.ranked.iter().filter_map(|(section, score)| Retrieved::of(section, *score)).collect();
        Ok(Scores::of(case, &draft.report(&case.question, 0), &ranked).objective())
    };
    let values: Vec<f64> = cases.par_iter().zip(searchers).map(one).collect::<Result<_, _>>()?;
    Ok(values.iter().sum::<f64>() / values.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use records::{SourceText, UserQuestion};

    use super::*;

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

    #[test]
    fn tuning_finds_a_threshold_that_a_bad_start_misses_and_keeps_the_record() {
        let cases: Vec<Case> = (10..30).map(|number| case(number, number % 2 == 0)).collect();
        let mut start = WorkflowConfig::default();
        start.answers.threshold = 0.99;
        let none = |_: &WorkflowConfig| -> Result<Option<Vec<Section>>, EvalError> { Ok(None) };
        let tuned = tune(&start, &cases, &none, 1, &ProgressBar::hidden()).unwrap();
        assert!(tuned.objective > 0.95, "{tuned:?}");
        assert!(tuned.config.answers.threshold < 0.9);
        assert_eq!(tuned.tries[0].objective, 0.5, "abstaining always is right for every second question");
        assert!(tuned.tries.iter().filter(|one| one.kept).all(|one| one.objective <= tuned.objective));
        assert_eq!(tune(&start, &cases, &none, 1, &ProgressBar::hidden()).unwrap(), tuned);
    }
}
