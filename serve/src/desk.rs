//! The desk where questions are handed in: a library opened for reading. It follows the library from state to state: whoever asks gets the current one
//! whole, and one that is being read stays until the last reader has gone.
//!
//! Everything here waits for disks and models: call it from a thread that may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use backbone::DeviceChoice;
use records::{Citation, Dropped, Report, Section, UserQuestion, read_table};
use retrieve_model::index::Index;
use retrieve_model::inference::{Answerer, Habits, cite};
use retrieve_model::report::{Context, checked, unaskable};
use serde::Serialize;
use thiserror::Error;

use crate::library::{Held, Library, LibraryError, Listed, State};

/// Hits of a search at most.
pub const MOST_HITS: usize = 100;
/// Pieces of left-out text that are shown of a document.
const MOST_DROPPED: usize = 500;

/// Why the desk has no answer.
#[derive(Debug, Error)]
pub enum DeskError {
    /// What was asked cannot be.
    #[error("{0}")]
    Refused(String),
    /// There is no such thing.
    #[error("{0}")]
    Unknown(String),
    /// Nothing is in the library yet.
    #[error("nothing is in this library yet: add documents first")]
    Empty,
    /// The library cannot be used.
    #[error("{0}")]
    Broken(String),
}

impl From<LibraryError> for DeskError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Empty { .. } => Self::Empty,
            error => Self::Broken(error.to_string()),
        }
    }
}

/// Whether a question can be asked like this.
///
/// # Errors
/// If not; why.
pub fn askable(question: &str, habits: Habits) -> Result<(), DeskError> {
    habits.check().map_err(DeskError::Refused)?;
    if let Some(reason) = unaskable(question) {
        return Err(DeskError::Refused(reason));
    }
    if text::has_word(question) { Ok(()) } else { Err(DeskError::Refused("the question has no word in it: ask with one at least".into())) }
}

/// A section that a search found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The name of its document.
    pub doc: String,
    /// The title of its document, where it has one.
    pub title: Option<String>,
    /// Its place in the document, from 0.
    pub section: u32,
    /// Headings above it, outermost first.
    pub headings: Vec<String>,
    /// Its text.
    pub text: String,
    /// Page, where the format has pages.
    pub page: Option<u32>,
    /// Only the order within one search means something.
    pub score: f32,
}

/// A document as it was prepared.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Its row of the catalogue.
    pub listed: Listed,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// What is in no section; the first of it.
    pub dropped: Vec<Dropped>,
}

/// A library's state, with the index and the model opened.
pub struct Opened {
    library: Library,
    held: Held,
    index: Index,
    answerer: Answerer,
    model: String,
    documents: Vec<Listed>,
    places: HashMap<String, usize>,
}

/// See the head of this file.
pub struct Desk {
    library: Library,
    device: DeviceChoice,
    opened: RwLock<Option<Arc<Opened>>>,
    opening: Mutex<()>,
}

impl Desk {
    /// A desk at a library. Nothing is opened before the first question.
    #[must_use]
    pub fn at(library: Library, device: DeviceChoice) -> Self {
        Self { library, device, opened: RwLock::default(), opening: Mutex::default() }
    }

    /// The library.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The current state, opened. While another thread opens a new one, the one before is given.
    ///
    /// # Errors
    /// If nothing was added yet, or index or model cannot be opened.
    pub fn current(&self) -> Result<Arc<Opened>, DeskError> {
        let known = || self.opened.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(opened) = known().filter(|opened| self.is_current(opened)) {
            return Ok(opened);
        }
        let _opening = match (self.opening.try_lock(), known()) {
            (Ok(lock), _) => lock,
            (Err(_), Some(before)) => return Ok(before),
            (Err(_), None) => self.opening.lock().unwrap_or_else(PoisonError::into_inner),
        };
        match known() {
            Some(opened) if self.is_current(&opened) => Ok(opened),
            before => {
                let opened = Arc::new(self.open(before.as_deref())?);
                *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Some(opened.clone());
                Ok(opened)
            }
        }
    }

    /// Whether the library still has the state that was opened.
    pub(crate) fn is_current(&self, opened: &Opened) -> bool {
        self.library.is_current(&opened.held.generation)
    }

    fn open(&self, before: Option<&Opened>) -> Result<Opened, DeskError> {
        let held = self.library.hold()?;
        let index = self.library.index(&held)?;
        let model = self.library.settings()?.models.retrieve.hash;
        let answerer = match before.filter(|before| before.model == model) {
            Some(before) => before.answerer.clone(),
            None => self.library.answerer(self.device)?,
        };
        self.library.fits(&index, &answerer)?;
        let documents = held.generation.catalogue()?;
        let places = documents.iter().enumerate().map(|(at, row)| (row.name.clone(), at)).collect();
        Ok(Opened { library: self.library.clone(), held, index, answerer, model, documents, places })
    }
}

impl Opened {
    /// The number of the library's state.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.held.generation.number
    }

    /// The catalogue: everything that was met, by name.
    #[must_use]
    pub fn documents(&self) -> &[Listed] {
        &self.documents
    }

    /// The catalogue's row of a document.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn listed(&self, name: &str) -> Result<&Listed, DeskError> {
        let unknown = || DeskError::Unknown(format!("{name}: no document of this library"));
        self.places.get(name).map(|at| &self.documents[*at]).ok_or_else(unknown)
    }

    /// What decides the answers: model and sections.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{} {}", self.answerer.identity(), self.index.card().sections_manifest)
    }

    /// Answers a question; every citation was looked up again.
    ///
    /// # Errors
    /// If the question cannot be asked or the index cannot be read.
    pub fn ask(&self, question: &UserQuestion, habits: Habits) -> Result<Report, DeskError> {
        askable(&question.question, habits)?;
        let answerer = habits.of(self.answerer.clone());
        let report = answerer.answer(&self.index, question).map_err(|error| DeskError::Broken(error.to_string()))?;
        Ok(checked(question, report, &|citation| self.index.holds(citation)).0)
    }

    /// What stands around a citation; none where it does not hold.
    #[must_use]
    pub fn context(&self, citation: &Citation) -> Option<Context> {
        self.index.context(citation)
    }

    /// The `k` best sections for a query, best first.
    ///
    /// # Errors
    /// If the query is none or the index cannot be read.
    pub fn search(&self, query: &str, k: usize) -> Result<Vec<Found>, DeskError> {
        if let Some(reason) = unaskable(query) {
            return Err(DeskError::Refused(reason));
        }
        if !(1..=MOST_HITS).contains(&k) {
            return Err(DeskError::Refused(format!("k is a number from 1 to {MOST_HITS}")));
        }
        if text::words(query).next().is_none() {
            return Ok(Vec::new());
        }
        let hits = self.answerer.reranked(&self.index, query, k).map_err(|error| DeskError::Broken(error.to_string()))?;
        let found = |hit: retrieve_model::inference::Hit| {
            let section = hit.passage.section;
            let page = cite(&section, 0..section.text.len()).map_or(section.page, |citation| citation.page);
            let Section { path, title, section, heading_path, text, .. } = section;
            Found { doc: path, title, section, headings: heading_path, text, page, score: hit.score }
        };
        Ok(hits.into_iter().map(found).collect())
    }

    /// A document by its name, with what was left out of it. One that is the same as another has that one's sections.
    ///
    /// # Errors
    /// If there is none, or the tables cannot be read.
    pub fn document(&self, name: &str) -> Result<Shown, DeskError> {
        let listed = self.listed(name)?.clone();
        if !listed.state.answers() {
            return Ok(Shown { listed, sections: Vec::new(), dropped: Vec::new() });
        }
        let broken = |error: &dyn std::fmt::Display| DeskError::Broken(error.to_string());
        let sections = self.sections(&listed)?;
        let first = if listed.state == State::Same { self.listed(&listed.reason)? } else { &listed };
        let mut dropped = match self.library.left_out(first) {
            Some(dropped) => dropped,
            None => {
                // Files in which nothing was left out have no such table.
                let rows = read_table::<Dropped>(&self.held.generation.sections()).into_iter().flatten();
                let of_it = rows.filter(|row| row.as_ref().map_or(true, |row| row.path == first.name));
                of_it.collect::<Result<_, _>>().map_err(|error| broken(&error))?
            }
        };
        dropped.truncate(MOST_DROPPED);
        Ok(Shown { listed, sections, dropped })
    }

    /// The sections of a document by its row of the catalogue.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn sections(&self, listed: &Listed) -> Result<Vec<Section>, DeskError> {
        self.index.document(&listed.doc_id).map_err(|error| DeskError::Broken(error.to_string()))
    }

    /// See [`Answerer::compare_ahead`].
    pub(crate) fn compare_ahead(&self, sections: &[Section]) -> bool {
        self.answerer.compare_ahead(sections)
    }

    /// Vectors of texts, as questions are embedded, of unit length.
    #[must_use]
    pub fn embed(&self, texts: &[String]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| self.answerer.embed_question(text)).collect()
    }
}
