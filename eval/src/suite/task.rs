//! Suites that ask no questions with answers: retrieval and the four tasks of preparation. Their items have gold of their own kind, and measures of
//! their own (`crate::tasks`).

use std::path::{Path, PathBuf};

use records::LineLabel;

use super::{Kind, SuiteFile, labelled, prepared, retrieval};
use crate::EvalError;
use crate::metrics::Judgements;

/// A query and the documents that are relevant for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// The query's id.
    pub id: String,
    /// Its words.
    pub query: String,
    /// Grades of documents, by the names they have in the corpus.
    pub judged: Judgements,
}

/// A damaged text and what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Name of the file and the row's id.
    pub id: String,
    /// Name of the file: what kind of damage.
    pub kind: String,
    /// As it was recognised.
    pub damaged: String,
    /// The true text.
    pub gold: String,
}

/// A web page and strings that tell its text from its furniture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Name of the file.
    pub id: String,
    /// Where it is.
    pub path: PathBuf,
    /// Strings of the text.
    pub stay: Vec<String>,
    /// Strings of menus, notices and the like.
    pub go: Vec<String>,
}

/// A text cut into parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartedText {
    /// Name of the file.
    pub id: String,
    /// Folder of the file: what kind of text.
    pub kind: String,
    /// Sentences.
    pub units: Vec<String>,
    /// Between each two sentences, whether a part ends.
    pub boundaries: Vec<bool>,
}

/// A raw file and what its lines are for.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledFile {
    /// Path under the raw files.
    pub id: String,
    /// Its media type: what kind of file.
    pub kind: String,
    /// Where it is.
    pub path: PathBuf,
    /// Labels, in the order of their bytes.
    pub labels: Vec<LineLabel>,
}

/// What every item has.
pub trait Item: Clone + std::fmt::Debug {
    /// A name that no other item of its suite has.
    fn id(&self) -> &str;
}

impl Item for Topic {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Item for Pair {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Item for Page {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Item for PartedText {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Item for LabelledFile {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A task's items, those that tune apart from those that are scored.
#[derive(Clone, Debug)]
pub struct Items<T> {
    /// The suite file, as read.
    pub file: SuiteFile,
    /// The data folder that was found.
    pub data: PathBuf,
    /// The documents to search, as a `.jsonl`; none where nothing is searched.
    pub corpus: Option<PathBuf>,
    /// Items for tuning.
    pub development: Vec<T>,
    /// Items for scoring.
    pub test: Vec<T>,
    /// Items that cannot be scored: queries for which nothing is relevant.
    pub unusable: usize,
}

impl<T: Item> Items<T> {
    /// Splits items by the suite's `[tuning]`: the first so many, or a share by the hash of their ids.
    pub(super) fn split(file: SuiteFile, data: PathBuf, items: Vec<T>) -> Result<Self, EvalError> {
        let first = file.tuning.first;
        let tunes = |place: usize, item: &T| first.map_or_else(|| file.tunes(item.id()), |first| place < first);
        let (mut development, mut test) = (Vec::new(), Vec::new());
        for (place, item) in items.into_iter().enumerate() {
            if tunes(place, &item) { development.push(item) } else { test.push(item) }
        }
        if test.is_empty() {
            return Err(EvalError::input(
                &data,
                "holds nothing to score: correct [[files]], or lower [tuning] share or first in the suite",
            ));
        }
        Ok(Self { file, data, corpus: None, development, test, unusable: 0 })
    }
}

/// A task with its items loaded.
#[derive(Clone, Debug)]
pub enum Task {
    /// Search.
    Retrieval(Items<Topic>),
    /// Repair of recognised text.
    Repair(Items<Pair>),
    /// Text out of web pages.
    Extraction(Items<Page>),
    /// Cutting texts.
    Segmentation(Items<PartedText>),
    /// Telling what lines are for.
    Roles(Items<LabelledFile>),
}

impl Task {
    /// Reads a suite file and its data; none where the suite asks questions (see [`super::Suite`]). `data` overrides the folder named in the file;
    /// `work` is where documents to search are written.
    ///
    /// # Errors
    /// If a file is missing or not as its loader expects it; the error names the file and the remedy.
    pub fn open(path: &Path, data: Option<&Path>, work: &Path) -> Result<Option<Self>, EvalError> {
        let (file, data) = SuiteFile::open(path, data)?;
        if file.files.is_empty() && !file.kind.asks_questions() && file.kind != Kind::Roles {
            return Err(EvalError::input(path, "needs at least one [[files]] with path and format"));
        }
        Ok(Some(match file.kind {
            Kind::Retrieval => Self::Retrieval(retrieval::load(file, data, work)?),
            Kind::Repair => Self::Repair(prepared::pairs(file, data)?),
            Kind::Extraction => Self::Extraction(prepared::pages(file, data)?),
            Kind::Segmentation => Self::Segmentation(prepared::texts(file, data)?),
            Kind::Roles => Self::Roles(labelled::files(file, data)?),
            Kind::World | Kind::Multihop | Kind::Passages | Kind::Questions => return Ok(None),
        }))
    }
}
