//! The two trained models as a system: the preparation model reads the raw files, the retrieval-and-report model searches and answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use prep_model::inference::{PrepareOptions, Preparer, prepare_corpus};
use records::{Report, Section, UserQuestion};
use retrieve_model::inference::{Answerer, Habits, InMemory, PassageSource};
use serde::{Deserialize, Serialize};

use super::{System, SystemCard, Workplace};
use crate::score::Retrieved;
use crate::{EvalError, memory};

/// Where the trained models are, and where they run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Models {
    /// Release folder of the preparation model; needed where the suite has a corpus.
    pub prep: Option<PathBuf>,
    /// Release folder of the retrieval-and-report model.
    pub retrieve: PathBuf,
    /// The device.
    pub device: DeviceChoice,
    /// How they are asked.
    #[serde(default)]
    pub habits: Habits,
}

/// Both models, loaded once and shared by everything that asks them.
pub struct Loaded {
    /// The retrieval-and-report model.
    pub answerer: Answerer,
    /// The preparation model, where one was named.
    pub preparer: Option<Preparer>,
    models: Models,
    hashes: BTreeMap<String, String>,
}

impl Loaded {
    /// Loads the models.
    ///
    /// # Errors
    /// If one is missing or broken; the error says how to get it.
    pub fn open(models: &Models) -> Result<Self, EvalError> {
        let device = backbone::open_device(models.device).map_err(failed)?;
        let answerer = Answerer::load(&models.retrieve, &device).map_err(|error| {
            EvalError::system("tandem", format!("{error} (train it with `tandem train retrieve`, or evaluate the workflow alone)"))
        })?;
        let answerer = models.habits.of(answerer);
        let preparer = models.prep.as_deref().map(|prep| Preparer::load(prep, &device).map_err(failed)).transpose()?;
        Ok(Self { answerer, preparer, models: models.clone(), hashes: models.hashes()? })
    }

    /// The preparation model.
    ///
    /// # Errors
    /// If none was named.
    pub fn preparer(&self) -> Result<&Preparer, EvalError> {
        let missing = "there is a corpus to prepare, but no preparation model is named: train it with `tandem train prep`";
        self.preparer.as_ref().ok_or_else(|| EvalError::system("tandem", missing))
    }

    /// The sections that the preparation model makes of a corpus, kept in `out`; free if they are there already.
    ///
    /// # Errors
    /// If the corpus cannot be prepared.
    pub fn sections(&self, corpus: &Path, out: &Path, progress: &ProgressBar) -> Result<Vec<Section>, EvalError> {
        prepare_corpus(corpus, out, self.preparer()?, &PrepareOptions::default(), progress).map_err(failed)?;
        Ok(records::read_table::<Section>(out)?.collect::<Result<_, _>>()?)
    }

    /// Sections in memory with their vectors.
    #[must_use]
    pub fn in_memory(&self, sections: Vec<Section>) -> InMemory {
        let vectors = self.answerer.embed_sections(&sections);
        InMemory::new(sections, vectors)
    }
}

impl Models {
    /// Hashes of the models' weights by name: what a result belongs to.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn hashes(&self) -> Result<BTreeMap<String, String>, EvalError> {
        let named = std::iter::once(("retrieve", self.retrieve.as_path())).chain(self.prep.as_deref().map(|prep| ("prep", prep)));
        named.map(|(name, dir)| Ok((name.to_owned(), model_hash(dir)?))).collect()
    }
}

/// The two-model system.
pub struct Tandem {
    card: SystemCard,
    answerer: Answerer,
    store: Box<dyn PassageSource>,
}

impl Tandem {
    /// Where the suite has a corpus, prepares and indexes it.
    ///
    /// # Errors
    /// If the corpus cannot be prepared or indexed.
    pub fn prepare(loaded: &Loaded, place: &Workplace<'_>) -> Result<Self, EvalError> {
        let started = Instant::now();
        let before = memory::resident();
        memory::forget_peak();
        let (mut passages, mut index_bytes) = (0, 0);
        let mut store: Box<dyn PassageSource> = Box::new(InMemory::new(Vec::new(), Vec::new()));
        if let Some(corpus) = place.corpus {
            (store, passages, index_bytes) = index(loaded, corpus, place)?;
        }
        let configuration = serde_json::json!({ "models": loaded.models, "blake3": loaded.hashes, "retrieve": loaded.answerer.config });
        let card = SystemCard {
            name: "tandem".into(),
            description: "Two trained models: one prepares the documents, one searches, quotes and answers.".into(),
            configuration,
            passages,
            preparation_seconds: started.elapsed().as_secs_f64(),
            preparation_bytes: super::grown(before),
            index_bytes,
        };
        Ok(Self { card, answerer: loaded.answerer.clone(), store })
    }

    /// The reading model over any store.
    #[must_use]
    pub fn over(loaded: &Loaded, store: Box<dyn PassageSource>) -> Self {
        Self { card: SystemCard { name: "tandem".into(), ..SystemCard::default() }, answerer: loaded.answerer.clone(), store }
    }
}

fn failed(error: impl std::fmt::Display) -> EvalError {
    EvalError::system("tandem", error)
}

/// Hash of a model's weights, which names it in results and indexes.
pub fn model_hash(dir: &Path) -> Result<String, EvalError> {
    backbone::weights_hash(dir).map_err(|error| EvalError::input(dir, error.to_string()))
}

type Indexed = (Box<dyn PassageSource>, u64, u64);

#[cfg(feature = "lance")]
fn index(loaded: &Loaded, corpus: &Path, place: &Workplace<'_>) -> Result<Indexed, EvalError> {
    use super::SECTIONS;
    use retrieve_model::index::{BuildOptions, Index, build};
    let (sections, index) = (place.work.join(SECTIONS), place.work.join("tandem-index"));
    prepare_corpus(corpus, &sections, loaded.preparer()?, &PrepareOptions::default(), place.progress).map_err(failed)?;
    let embed = |rows: &[Section]| loaded.answerer.embed_sections(rows);
    let built = build(&sections, &index, &embed, &BuildOptions::of(loaded.answerer.embedding()), place.progress).map_err(failed)?;
    let store = Index::open(&index).map_err(failed)?;
    Ok((Box::new(store), built.card.rows, super::folder_bytes(&index)))
}

#[cfg(not(feature = "lance"))]
fn index(_: &Loaded, _: &Path, _: &Workplace<'_>) -> Result<Indexed, EvalError> {
    let remedy = "build it with the feature `lance`, or choose a suite whose questions bring their sources";
    Err(failed(format!("this binary was built without LanceDB and cannot index a corpus: {remedy}")))
}

impl System for Tandem {
    fn card(&self) -> &SystemCard {
        &self.card
    }

    fn answer(&self, question: &UserQuestion) -> Result<Report, String> {
        self.answerer.answer(self.store.as_ref(), question).map_err(|error| error.to_string())
    }

    fn search(&self, question: &UserQuestion, k: usize) -> Result<Vec<Retrieved>, String> {
        let own = (!question.sources.is_empty()).then(|| self.answerer.store(question));
        let store: &dyn PassageSource = own.as_ref().map_or(self.store.as_ref(), |own| own);
        let hits = self.answerer.reranked(store, &question.question, k).map_err(|error| error.to_string())?;
        Ok(hits.iter().filter_map(|hit| Retrieved::of(&hit.passage.section, hit.score)).collect())
    }
}
