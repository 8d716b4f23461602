//! Search alone: both systems and BM25 by itself rank the documents of a collection.

use std::path::Path;
use std::time::Instant;

use indicatif::ProgressBar;
use records::UserQuestion;

use super::rows::short;
use super::{Outcome, Part, TaskRow, TaskSystem, Tuning};
use crate::baseline::{ChunkRules, RetrievalRules, Tuned, WorkflowConfig, tune};
use crate::metrics::{documents_of, hit_of_documents, ndcg_of_documents, recall_of_documents, reciprocal_rank};
use crate::suite::{Case, GoldFact, Items, Objective, Topic};
use crate::systems::{Loaded, System, Tandem, WorkflowSystem, Workplace, chunk_corpus};
use crate::{EvalError, EvalOptions};

/// Passages that are asked for; the documents they belong to are ranked.
const PASSAGES: usize = 200;
/// Candidates of each of the workflow's lists.
const CANDIDATES: usize = 200;

/// BM25 by itself over whole documents, with the constants that search engines come with.
#[must_use]
pub fn words_alone() -> WorkflowConfig {
    WorkflowConfig {
        chunks: ChunkRules { words: usize::MAX, overlap: 0, break_at_headings: false },
        retrieval: RetrievalRules { candidates: CANDIDATES, shortest: 2, vector_weight: 0.0, dimensions: 0, ..RetrievalRules::default() },
        ..WorkflowConfig::default()
    }
}

/// Scores every system on the queries.
pub(super) fn score(items: &Items<Topic>, work: &Path, options: &EvalOptions, progress: &ProgressBar) -> Result<Outcome, EvalError> {
    let mut start = items.file.baseline.clone();
    start.retrieval.candidates = start.retrieval.candidates.max(CANDIDATES);
    options.choose_embedding(&mut start);
    let tuned = if options.tandem_only { None } else { tuned(items, &start, progress)? };
    let config = tuned.as_ref().map_or_else(|| start.clone(), |tuned| tuned.config.clone());
    if let (Some(tuned), Some(folder)) = (&tuned, work.parent()) {
        tuned.document(&start, folder)?;
    }
    let mut systems: Vec<(TaskSystem, Box<dyn System>)> = Vec::new();
    let place = Workplace { work, corpus: items.corpus.as_deref(), seed: items.file.seed, progress };
    if let Some(models) = options.models() {
        progress.set_message("preparing: tandem");
        systems.push(carded("tandem", Box::new(Tandem::prepare(&Loaded::open(&models)?, &place)?)));
    }
    if !options.tandem_only {
        progress.set_message("preparing: workflow");
        systems.push(carded("workflow", Box::new(WorkflowSystem::prepare(config, &place)?)));
        let alone = work.join("bm25");
        std::fs::create_dir_all(&alone).map_err(EvalError::io(&alone))?;
        let (mut card, bm25) = carded("bm25", Box::new(WorkflowSystem::prepare(words_alone(), &Workplace { work: &alone, ..place })?));
        card.description =
            "BM25 by itself over whole documents: k1 1.2, b 0.75, English stems and stop words, no single characters.".into();
        systems.push((card, bm25));
    }

    progress.set_message("searching");
    progress.set_position(0);
    progress.set_length((systems.len() * items.test.len()) as u64);
    let mut rows = Vec::with_capacity(systems.len() * items.test.len());
    for (card, system) in &systems {
        for topic in &items.test {
            rows.push(row(card, system.as_ref(), topic));
            progress.inc(1);
        }
    }
    let tuned = tuned.map(|tuned| Tuning {
        goal: tuned.goal.words().to_owned(),
        objective: tuned.objective,
        items: tuned.questions,
        tries: tuned.tries,
    });
    Ok(Outcome { systems: systems.into_iter().map(|(card, _)| card).collect(), rows, tuned })
}

fn carded(name: &str, system: Box<dyn System>) -> (TaskSystem, Box<dyn System>) {
    let card = system.card();
    let task = TaskSystem {
        name: name.to_owned(),
        description: card.description.clone(),
        configuration: card.configuration.clone(),
        preparation_seconds: card.preparation_seconds,
        index_bytes: card.index_bytes,
        seconds: 0.0,
    };
    (task, system)
}

fn tuned(items: &Items<Topic>, start: &WorkflowConfig, progress: &ProgressBar) -> Result<Option<Tuned>, EvalError> {
    let part = &items.file.tuning;
    let cases: Vec<Case> = items.development.iter().take(part.questions).map(query).collect();
    let Some(corpus) = items.corpus.as_deref().filter(|_| part.enabled && !cases.is_empty()) else { return Ok(None) };
    progress.set_message("tuning the workflow");
    progress.set_position(0);
    let chunks = |config: &WorkflowConfig| chunk_corpus(corpus, config, usize::MAX, &Default::default()).map(Some);
    tune(start, &cases, &chunks, Objective::Ranking, items.file.seed, progress).map(Some)
}

/// A topic as a question whose facts are whole documents.
pub(crate) fn query(topic: &Topic) -> Case {
    let fact = |doc: &String| GoldFact {
        doc: doc.clone(),
        doc_id: String::new(),
        sentence: 0..u64::MAX,
        value: None,
        text: String::new(),
        vital: true,
    };
    let question = UserQuestion { id: topic.id.clone(), question: topic.query.clone(), brief: None, sources: Vec::new() };
    let facts = topic.judged.iter().filter(|(_, grade)| **grade > 0).map(|(doc, _)| fact(doc)).collect();
    let (kind, setting) = ("query".into(), "corpus".into());
    Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases: Vec::new(), facts }
}

fn row(card: &TaskSystem, system: &dyn System, topic: &Topic) -> TaskRow {
    let question = UserQuestion { id: topic.id.clone(), question: topic.query.clone(), brief: None, sources: Vec::new() };
    let started = Instant::now();
    let found = system.search(&question, PASSAGES);
    let seconds = started.elapsed().as_secs_f64();
    let (found, failure) = match found {
        Ok(found) => (found, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let ranked = documents_of(found.iter().map(|one| one.doc.as_str()));
    let judged = &topic.judged;
    let parts = vec![
        Part::value("ndcg_10", ndcg_of_documents(&ranked, judged, 10)),
        Part::value("reciprocal_rank", reciprocal_rank(&ranked, judged)),
        Part::value("hit_1", hit_of_documents(&ranked, judged, 1)),
        Part::value("hit_10", hit_of_documents(&ranked, judged, 10)),
        Part::value("recall_100", recall_of_documents(&ranked, judged, 100)),
    ];
    let relevant: Vec<&str> = judged.iter().filter(|(_, grade)| **grade > 0).map(|(doc, _)| doc.as_str()).collect();
    TaskRow {
        item: topic.id.clone(),
        kind: "query".into(),
        system: card.name.clone(),
        given: short(&topic.query),
        wanted: short(&relevant.join(", ")),
        found: short(&ranked.iter().take(10).copied().collect::<Vec<_>>().join(", ")),
        parts,
        seconds,
        failure,
    }
}
