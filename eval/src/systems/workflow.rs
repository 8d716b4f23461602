//! The baseline as a system: it reads the raw files with its own cleaning rules and chunks, builds its LanceDB index, and answers by rules.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use prep_model::read::{Corpus, Entry, MediaType, ReadLimits, Source, read};
use rayon::prelude::*;
#[cfg(feature = "lance")]
use records::{Counts, RunFolder, Shard, TableWriter, read_table};
use records::{Report, Section, SourceText, UserQuestion};
use retrieve_model::inference::{PassageSource, SourceError};

use super::{System, SystemCard, Workplace};
use crate::baseline::{
    ModelWriter, Searcher, SemanticModel, Workflow, WorkflowConfig, chunks_of_lines, chunks_of_source, in_memory, searchable_terms,
};
use crate::score::Retrieved;
use crate::{EvalError, memory};

/// What a workflow searches; it may be shared by threads.
pub type Store = Box<dyn PassageSource + Send>;

/// Chunks that the semantic vectors are fitted on, at most.
const FITTED: usize = 30_000;

/// The workflow over a corpus or over the texts that questions bring.
pub struct WorkflowSystem {
    card: SystemCard,
    workflow: Workflow,
    semantic: Option<SemanticModel>,
    store: Option<Store>,
    writer: Option<ModelWriter>,
}

impl WorkflowSystem {
    /// Prepares and indexes the corpus, if there is one.
    ///
    /// # Errors
    /// If the corpus cannot be read or the index cannot be built.
    pub fn prepare(config: WorkflowConfig, place: &Workplace<'_>) -> Result<Self, EvalError> {
        let started = Instant::now();
        let before = memory::resident();
        memory::forget_peak();
        let configuration = serde_json::to_value(&config).unwrap_or_default();
        let semantic = SemanticModel::supplied(&config.retrieval)?;
        let mut system = Self { card: SystemCard::default(), workflow: Workflow { config }, semantic, store: None, writer: None };
        let (mut passages, mut index_bytes) = (0, 0);
        if let Some(corpus) = place.corpus {
            (passages, index_bytes) = system.index(corpus, place)?;
        }
        system.card = SystemCard {
            name: "workflow".into(),
            description: "Tuned workflow: cleaning rules, fixed chunks, BM25 and latent semantic vectors fused by rank, sentence scoring, answer rules, abstention threshold.".into(),
            configuration,
            passages,
            preparation_seconds: started.elapsed().as_secs_f64(),
            preparation_bytes: super::grown(before),
            index_bytes,
        };
        Ok(system)
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: &str, description: &str) -> Self {
        (self.card.name, self.card.description) = (name.to_owned(), description.to_owned());
        self
    }

    /// The same with a language model in the place of its last step.
    #[must_use]
    pub fn written_by(mut self, writer: ModelWriter) -> Self {
        let description = format!("The same workflow; the language model {} writes the answer from the passages found.", writer.name());
        self.card.configuration = serde_json::json!({ "workflow": self.card.configuration, "writer": writer.card() });
        self.writer = Some(writer);
        self.named("workflow with a model", &description)
    }

    /// The workflow over chunks held in memory, with its own vectors.
    ///
    /// # Errors
    /// If a supplied encoder cannot be loaded.
    pub fn over_sections(config: WorkflowConfig, sections: Vec<Section>, seed: u64) -> Result<Self, EvalError> {
        let fitted = || {
            let stride = sections.len().div_ceil(FITTED).max(1);
            let terms: Vec<Vec<String>> = sections.par_iter().step_by(stride).map(searchable_terms).collect();
            SemanticModel::fit(&terms, config.retrieval.dimensions, seed)
        };
        let model = SemanticModel::supplied(&config.retrieval)?.unwrap_or_else(fitted);
        let store: Store = Box::new(in_memory(sections, Some(&model)));
        Ok(Self { semantic: Some(model), ..Self::over(config, store) })
    }

    /// The workflow over any store, without vectors of its own.
    #[must_use]
    pub fn over(config: WorkflowConfig, store: Store) -> Self {
        let card = SystemCard { name: "workflow".into(), ..SystemCard::default() };
        Self { card, workflow: Workflow { config }, semantic: None, store: Some(store), writer: None }
    }

    #[cfg(feature = "lance")]
    fn index(&mut self, corpus: &Path, place: &Workplace<'_>) -> Result<(u64, u64), EvalError> {
        use retrieve_model::index::{BuildOptions, Index, build};
        let failed = |error: &dyn std::fmt::Display| EvalError::system("workflow", error);
        let (chunks, index) = (place.work.join("workflow-chunks"), place.work.join("workflow-index"));
        let count = write_chunks(corpus, &chunks, &self.workflow.config, place)?;
        let model = match self.semantic.take() {
            Some(supplied) => supplied,
            None => {
                let stride = (count as usize).div_ceil(FITTED).max(1);
                let sample = read_table::<Section>(&chunks)?.step_by(stride).map(|row| row.map(|section| searchable_terms(&section)));
                SemanticModel::fit(&sample.collect::<Result<Vec<_>, _>>()?, self.workflow.config.retrieval.dimensions, place.seed)
            }
        };
        let embed = |sections: &[Section]| model.embed_sections(sections);
        let name = format!("{}, seed {}", model.name(), place.seed);
        let built = build(&chunks, &index, &embed, &BuildOptions::of(name), place.progress).map_err(|error| failed(&error))?;
        self.store = Some(Box::new(Index::open(&index).map_err(|error| failed(&error))?));
        self.semantic = Some(model);
        Ok((built.card.rows, super::folder_bytes(&index)))
    }

    #[cfg(not(feature = "lance"))]
    fn index(&mut self, corpus: &Path, place: &Workplace<'_>) -> Result<(u64, u64), EvalError> {
        let sections = chunk_corpus(corpus, &self.workflow.config, usize::MAX, &HashSet::new())?;
        let passages = sections.len() as u64;
        *self = Self::over_sections(self.workflow.config.clone(), sections, place.seed)?;
        Ok((passages, 0))
    }

    /// What it searches; none where it was made without a corpus.
    #[must_use]
    pub fn store(&self) -> Option<&dyn PassageSource> {
        self.store.as_deref().map(|store| store as &dyn PassageSource)
    }

    /// The chunks it would read for a query, best first.
    ///
    /// # Errors
    /// If its store cannot be searched.
    pub fn find(&self, query: &str) -> Result<Vec<Section>, SourceError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        let searcher = Searcher::new(store, self.semantic.as_ref(), self.workflow.config.retrieval.candidates);
        Ok(self.workflow.search(&searcher, query, usize::MAX)?.into_iter().map(|(section, _)| section).collect())
    }

    /// Runs something over what a question is to be answered from.
    fn searching<T>(&self, question: &UserQuestion, run: impl FnOnce(&Searcher<'_>) -> Result<T, SourceError>) -> Result<T, String> {
        let own = (!question.sources.is_empty()).then(|| {
            let rules = &self.workflow.config.chunks;
            let chunks: Vec<Section> = question.sources.iter().flat_map(|source| chunks_of_source(source, rules)).collect();
            in_memory(chunks, self.semantic.as_ref())
        });
        let store: &dyn PassageSource = match (&own, &self.store) {
            (Some(own), _) => own,
            (None, Some(store)) => store.as_ref(),
            (None, None) => return Err("the question brings no sources and the suite has no corpus".into()),
        };
        let searcher = Searcher::new(store, self.semantic.as_ref(), self.workflow.config.retrieval.candidates);
        run(&searcher).map_err(|error| error.to_string())
    }
}

impl System for WorkflowSystem {
    fn card(&self) -> &SystemCard {
        &self.card
    }

    fn answer(&self, question: &UserQuestion) -> Result<Report, String> {
        let started = Instant::now();
        let draft = self.searching(question, |searcher| self.workflow.draft(searcher, &question.question))?;
        let draft = match &self.writer {
            Some(writer) => writer.rewrite(&question.question, draft)?,
            None => draft,
        };
        Ok(draft.report(question, u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)))
    }

    fn search(&self, question: &UserQuestion, k: usize) -> Result<Vec<Retrieved>, String> {
        let ranked = self.searching(question, |searcher| self.workflow.search(searcher, &question.question, k))?;
        Ok(ranked.iter().filter_map(|(section, score)| Retrieved::of(section, *score)).collect())
    }
}

/// The chunks of one document; none where it cannot be read.
fn chunks_of(source: &Source, config: &WorkflowConfig) -> Option<Vec<Section>> {
    let limits = ReadLimits::default();
    let bytes = source.load(&limits).ok()?;
    if source.media_type == MediaType::Clean {
        let text = String::from_utf8(bytes).ok()?;
        return Some(chunks_of_source(&SourceText { id: source.name.clone(), title: source.title.clone(), text }, &config.chunks));
    }
    let reading = read(source, &bytes, &limits).ok()?;
    let mut chunks = chunks_of_lines(&source.name, &reading.doc_id, reading.title.as_deref(), &reading.lines, config);
    chunks.iter_mut().for_each(|chunk| chunk.pages = reading.pages_of(&chunk.spans));
    Some(chunks)
}

fn sources(corpus: &Path) -> Result<Vec<Source>, EvalError> {
    let opened = Corpus::open(corpus).map_err(|error| EvalError::Input { path: PathBuf::from(corpus), reason: error.reason })?;
    let source = |entry| if let Entry::Source(source) = entry { Some(source) } else { None };
    Ok(opened.entries(&ReadLimits::default()).filter_map(source).collect())
}

/// The corpus as chunks in memory, for tuning: every document of `needed`, then the others until `most` chunks are reached.
///
/// # Errors
/// If the corpus cannot be opened. Documents that cannot be read are left out.
pub fn chunk_corpus(corpus: &Path, config: &WorkflowConfig, most: usize, needed: &HashSet<String>) -> Result<Vec<Section>, EvalError> {
    let mut ordered = sources(corpus)?;
    ordered.sort_by_key(|source| !needed.contains(&source.name));
    let mut out = Vec::new();
    for source in &ordered {
        if out.len() >= most && !needed.contains(&source.name) {
            break;
        }
        out.extend(chunks_of(source, config).unwrap_or_default());
    }
    Ok(out)
}

/// Writes the chunks of the whole corpus as a finished folder of sections; left as it is if it is there already.
#[cfg(feature = "lance")]
fn write_chunks(corpus: &Path, out: &Path, config: &WorkflowConfig, place: &Workplace<'_>) -> Result<u64, EvalError> {
    let sources = sources(corpus)?;
    let identity = crate::suite::content(Some(corpus), &[])?;
    let run = RunFolder::open(out, "workflow-chunks", &(&config.cleaning, &config.chunks, identity), place.seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest.counts.get("out").copied().unwrap_or_default());
    }
    place.progress.set_length(sources.len() as u64);
    let mut writer = TableWriter::<Section>::create(out, 0)?;
    let (mut chunks, mut failed) = (0, 0);
    for source in &sources {
        match chunks_of(source, config) {
            Some(sections) => {
                chunks += sections.len() as u64;
                writer.extend(sections)?;
            }
            None => failed += 1,
        }
        place.progress.inc(1);
    }
    let shard: Shard = writer.finish()?;
    let counts: Counts =
        [("in", sources.len() as u64), ("failed", failed), ("out", chunks)].map(|(name, count)| (name.to_owned(), count)).into();
    run.finish(counts, vec![shard])?;
    Ok(chunks)
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressBar;

    use super::*;

    #[test]
    fn the_workflow_prepares_raw_files_and_cites_their_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        std::fs::create_dir(&corpus).unwrap();
        let page = "<html><body><nav><a href='/'>Home page of Alder</a></nav><main><h1>Alder</h1><p>The director of Alder is <b>Mira</b> Holt.</p></main></body></html>";
        std::fs::write(corpus.join("alder.html"), page).unwrap();
        std::fs::write(corpus.join("birch.txt"), "Birch is a bakery in Lindholm. It was founded in 1931.\n").unwrap();
        std::fs::write(corpus.join("broken.txt"), [0, 159, 146, 150]).unwrap();
        let progress = ProgressBar::hidden();
        let place = Workplace { work: dir.path(), corpus: Some(&corpus), seed: 1, progress: &progress };
        let system = WorkflowSystem::prepare(WorkflowConfig::default(), &place).unwrap();
        assert_eq!(system.card().passages, 2);
        let ask = |question: &str| UserQuestion { id: "q".into(), question: question.into(), brief: None, sources: vec![] };
        let report = system.answer(&ask("Who is the director of Alder?")).unwrap();
        assert_eq!(report.answer, "Mira Holt", "{report:?}");
        let citation = &report.statements[0].citations[0];
        assert_eq!((citation.doc.as_str(), citation.quote.as_str()), ("alder.html", "The director of Alder is Mira Holt."));
        let raw = &page[citation.start as usize..citation.end as usize];
        assert!(raw.starts_with("The director") && raw.ends_with("Holt."), "{raw}");
        assert_eq!(system.search(&ask("bakery"), 5).unwrap()[0].doc, "birch.txt");
    }
}
