//! The three stages as functions: `prep`, `embed` and `report`. Each loads its model when it is first called, so that a scheduler, which only has to know
//! that they exist, loads none.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use backbone::{Bfloat16Products, DeviceChoice, open_device};
use burn::tensor::Device;
use datafusion::logical_expr::ScalarUDF;
use prep_model::inference::{Attempt, Preparer, attempt};
use prep_model::read::{ReadLimits, Source};
use rayon::prelude::*;
use records::{Report, UserQuestion, Vector};
use retrieve_model::index::{BuildOptions, Index, embed_shard};
use retrieve_model::inference::{Answerer, Habits};
use serde::{Deserialize, Serialize};

use crate::children::Children;
use crate::function::{Function, Place, Stage};

/// Where the models of a process lie, or why there are none, and what they compute on.
#[derive(Clone, Debug)]
pub struct Models {
    /// The preparation model.
    pub prep: Result<PathBuf, String>,
    /// The retrieval-and-report model.
    pub retrieve: Result<PathBuf, String>,
    /// The device.
    pub device: DeviceChoice,
}

/// All functions of a process, called in it.
pub(crate) fn all(models: &Models) -> Vec<Arc<ScalarUDF>> {
    let answering = Arc::new(Answering { models: models.clone(), answerer: OnceLock::new() });
    vec![
        Stage::udf(Place::Here(Prep { models: models.clone(), preparer: OnceLock::new() })),
        Stage::udf(Place::Here(Embed { answering: answering.clone() })),
        Stage::udf(Place::Here(Answer { answering, opened: Mutex::default() })),
    ]
}

/// All functions, called in processes of their own.
pub(crate) fn in_children(children: &Arc<Children>) -> Vec<Arc<ScalarUDF>> {
    vec![
        Stage::<Prep>::udf(Place::Children(children.clone())),
        Stage::<Embed>::udf(Place::Children(children.clone())),
        Stage::<Answer>::udf(Place::Children(children.clone())),
    ]
}

/// Loads a model, if it is known where it lies.
fn loaded<M, E: Display>(
    place: &Result<PathBuf, String>,
    device: DeviceChoice,
    load: impl FnOnce(&Path, &Device) -> Result<M, E>,
) -> Result<M, String> {
    let device = open_device(device).map_err(|error| error.to_string())?;
    load(place.as_ref()?, &device).map_err(|error| error.to_string())
}

fn other(what: &str, found: &str, wanted: &str) -> String {
    format!("its {what} is {found:?}, the driver's {wanted:?}: give both the same")
}

/// `prep`: sources to documents and sections.
pub struct Prep {
    models: Models,
    preparer: OnceLock<Result<Preparer, String>>,
}

/// How sources are prepared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrepJob {
    /// [`Preparer::reading_identity`].
    pub model: String,
    /// Whether damaged characters are repaired.
    pub repairs: bool,
    /// Limits on single files.
    pub limits: ReadLimits,
}

/// What became of the documents of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempts {
    /// In the order of the source.
    pub attempts: Vec<Attempt>,
}

impl Function for Prep {
    const NAME: &'static str = "prep";
    type Job = PrepJob;
    type Row = Source;
    type Value = Attempts;

    fn call(&self, job: PrepJob, sources: Vec<Source>) -> Result<Vec<Result<Attempts, String>>, String> {
        let load = || loaded(&self.models.prep, self.models.device, Preparer::load);
        let preparer = self.preparer.get_or_init(load).as_ref()?;
        let identity = preparer.reading_identity();
        if identity != job.model {
            return Err(other("preparation model or recognition of pictures", &identity, &job.model));
        }
        let attempts = attempt(preparer, &sources, job.repairs, &job.limits, &mut HashSet::new(), &|_| {});
        Ok(attempts.into_iter().map(|attempts| Ok(Attempts { attempts })).collect())
    }
}

/// The retrieval-and-report model of a process.
struct Answering {
    models: Models,
    answerer: OnceLock<Result<Answerer, String>>,
}

impl Answering {
    fn answerer(&self) -> Result<&Answerer, String> {
        let load = || loaded(&self.models.retrieve, self.models.device, Answerer::load);
        self.answerer.get_or_init(load).as_ref().map_err(Clone::clone)
    }
}

/// `embed`: shards of sections to vectors.
pub struct Embed {
    answering: Arc<Answering>,
}

/// What makes the vectors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmbedJob {
    /// [`Answerer::embedding`].
    pub embedding: String,
}

/// The vectors of a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vectors {
    /// In the order of the sections.
    pub vectors: Vec<Vector>,
}

impl Function for Embed {
    const NAME: &'static str = "embed";
    type Job = EmbedJob;
    type Row = PathBuf;
    type Value = Vectors;

    fn call(&self, job: EmbedJob, shards: Vec<PathBuf>) -> Result<Vec<Result<Vectors, String>>, String> {
        let answerer = self.answering.answerer()?;
        if answerer.embedding() != job.embedding {
            return Err(other("retrieval model", answerer.embedding(), &job.embedding));
        }
        // Nothing else is computed meanwhile: a process does one piece at a time.
        let _rounded = Bfloat16Products::begin();
        let options = BuildOptions::of(job.embedding);
        let embed = |sections: &[records::Section]| answerer.embed_sections(sections);
        let one =
            |path: PathBuf| embed_shard(&path, &embed, &options).map(|vectors| Vectors { vectors }).map_err(|error| error.to_string());
        Ok(shards.into_iter().map(one).collect())
    }
}

/// `report`: questions to reports.
pub struct Answer {
    answering: Arc<Answering>,
    /// The index asked last.
    opened: Mutex<Option<(PathBuf, String, Arc<Index>)>>,
}

/// What answers questions, and from what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnswerJob {
    /// [`Answerer::identity`].
    pub model: String,
    /// The habits asked for.
    pub habits: Habits,
    /// The index; none where every question brings its sources.
    pub index: Option<PathBuf>,
    /// The hash of the manifest of the sections that the index was made from.
    pub sections: String,
}

impl Answer {
    fn index(&self, job: &AnswerJob) -> Result<Option<Arc<Index>>, String> {
        let Some(dir) = &job.index else { return Ok(None) };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, index)) = opened.as_ref().filter(|(place, sections, _)| place == dir && *sections == job.sections) {
            return Ok(Some(index.clone()));
        }
        let index = Arc::new(Index::open(dir).map_err(|error| error.to_string())?);
        let found = &index.card().sections_manifest;
        if *found != job.sections {
            return Err(other("index", found, &job.sections));
        }
        *opened = Some((dir.clone(), job.sections.clone(), index.clone()));
        Ok(Some(index))
    }
}

impl Function for Answer {
    const NAME: &'static str = "report";
    type Job = AnswerJob;
    type Row = UserQuestion;
    type Value = Report;

    fn call(&self, job: AnswerJob, questions: Vec<UserQuestion>) -> Result<Vec<Result<Report, String>>, String> {
        let answerer = self.answering.answerer()?;
        if answerer.identity() != job.model {
            return Err(other("retrieval model", answerer.identity(), &job.model));
        }
        let (index, answerer) = (self.index(&job)?, job.habits.of(answerer.clone()));
        // As `tandem report` does in one process.
        let _rounded = Bfloat16Products::begin();
        let one = |question: &UserQuestion| match &index {
            Some(index) if question.sources.is_empty() => answerer.answer(index.as_ref(), question).map_err(|error| error.to_string()),
            None if question.sources.is_empty() => Err("brings no sources: name an index with --index".to_owned()),
            _ => answerer.answer(&answerer.store(question), question).map_err(|error| error.to_string()),
        };
        Ok(questions.par_iter().map(one).collect())
    }
}
