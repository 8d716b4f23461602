//! The two trained models as a system: the preparation model reads the raw files, the retrieval-and-report model searches and answers.

use std::path::{Path, PathBuf};
use std::time::Instant;

use backbone::DeviceChoice;
use prep_model::inference::Preparer;
#[cfg(feature = "lance")]
use prep_model::inference::{PrepareOptions, prepare_corpus};
use records::{Report, UserQuestion};
use retrieve_model::inference::{Answerer, InMemory, PassageSource};
use serde::{Deserialize, Serialize};

use super::{System, SystemCard, Workplace};
use crate::EvalError;
use crate::score::Retrieved;

/// Where the trained models are, and where they run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Models {
    /// Release folder of the preparation model; needed where the suite has a corpus.
    pub prep: Option<PathBuf>,
    /// Release folder of the retrieval-and-report model.
    pub retrieve: PathBuf,
    /// The device.
    pub device: DeviceChoice,
}

/// The two-model system.
pub struct Tandem {
    card: SystemCard,
    answerer: Answerer,
    store: Box<dyn PassageSource>,
}

impl Tandem {
    /// Loads the models and, where the suite has a corpus, prepares and indexes it.
    ///
    /// # Errors
    /// If a model is missing or broken, or the corpus cannot be prepared.
    pub fn prepare(models: &Models, place: &Workplace<'_>) -> Result<Self, EvalError> {
        let started = Instant::now();
        let device = backbone::open_device(models.device).map_err(failed)?;
        let answerer = Answerer::load(&models.retrieve, &device).map_err(|error| {
            EvalError::system("tandem", format!("{error} (train it with `tandem train retrieve`, or evaluate the workflow alone)"))
        })?;
        let mut hashes = vec![("retrieve", model_hash(&models.retrieve)?)];
        let (mut passages, mut index_bytes) = (0, 0);
        let mut store: Box<dyn PassageSource> = Box::new(InMemory::new(Vec::new(), Vec::new()));
        if let Some(corpus) = place.corpus {
            let prep = models.prep.as_deref().ok_or_else(|| {
                EvalError::system("tandem", "the suite has a corpus, but no preparation model is named: train it with `tandem train prep`")
            })?;
            hashes.push(("prep", model_hash(prep)?));
            let preparer = Preparer::load(prep, &device).map_err(failed)?;
            (store, passages, index_bytes) = index(&preparer, corpus, &answerer, &hashes[0].1, place)?;
        }
        let configuration = serde_json::json!({
            "models": models,
            "blake3": hashes.iter().map(|(name, hash)| ((*name).to_owned(), hash.clone())).collect::<std::collections::BTreeMap<_, _>>(),
            "retrieve": answerer.config,
        });
        let card = SystemCard {
            name: "tandem".into(),
            description: "Two trained models: one prepares the documents, one searches, quotes and answers.".into(),
            configuration,
            passages,
            preparation_seconds: started.elapsed().as_secs_f64(),
            index_bytes,
        };
        Ok(Self { card, answerer, store })
    }
}

fn failed(error: impl std::fmt::Display) -> EvalError {
    EvalError::system("tandem", error)
}

/// Hash of a model's weights, which names it in results and indexes.
fn model_hash(dir: &Path) -> Result<String, EvalError> {
    let path = dir.join("model.safetensors");
    let file = std::fs::File::open(&path)
        .map_err(|error| EvalError::input(&path, format!("{error}: train the model first, or name its folder")))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(EvalError::io(&path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

type Indexed = (Box<dyn PassageSource>, u64, u64);

#[cfg(feature = "lance")]
fn index(preparer: &Preparer, corpus: &Path, answerer: &Answerer, model: &str, place: &Workplace<'_>) -> Result<Indexed, EvalError> {
    use retrieve_model::index::{BuildOptions, Index, build};
    let (sections, index) = (place.work.join("tandem-sections"), place.work.join("tandem-index"));
    prepare_corpus(corpus, &sections, preparer, &PrepareOptions::default(), place.progress).map_err(failed)?;
    let embed = |rows: &[records::Section]| answerer.embed_sections(rows);
    let built = build(&sections, &index, &embed, &BuildOptions::of(model), place.progress).map_err(failed)?;
    let store = Index::open(&index).map_err(failed)?;
    Ok((Box::new(store), built.card.rows, super::folder_bytes(&index)))
}

#[cfg(not(feature = "lance"))]
fn index(_: &Preparer, _: &Path, _: &Answerer, _: &str, _: &Workplace<'_>) -> Result<Indexed, EvalError> {
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
        let hits = self.answerer.search(store, &question.question, k).map_err(|error| error.to_string())?;
        Ok(hits.iter().filter_map(|hit| Retrieved::of(&hit.passage.section, hit.score)).collect())
    }
}
