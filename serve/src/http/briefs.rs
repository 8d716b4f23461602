//! Reports that are made here: a title and several questions come in, the parts fill one after the other while people look on, and at the end stands the
//! same folder that `tandem report` writes. They lie in the library and outlive the server; one that was broken off is made anew.

mod making;
mod requests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use records::{Failure, Report, RunFolder, UserQuestion};
use retrieve_model::inference::Habits;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use making::file_name;
use requests::checked;
pub use requests::{add, file, get, list, remove};

use super::lane::Lane;
use super::refusal::Refusal;
use crate::desk::Desk;

/// Reports that are not made yet.
const MOST_WAITING: usize = 16;
/// Reports that are kept; the oldest go.
const MOST_KEPT: usize = 200;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// What the report is called.
    pub title: String,
    /// What it answers.
    pub questions: Vec<String>,
    /// How.
    #[serde(flatten)]
    pub habits: Habits,
}

/// A report, being made or made.
pub struct Brief {
    /// What it is known by.
    pub id: String,
    /// When it was asked for, in seconds since 1970.
    pub at: u64,
    /// What was asked for.
    pub wanted: Wanted,
    dir: PathBuf,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    stage: Stage,
    parts: Vec<Result<Report, Failure>>,
}

/// How far a report is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Others come first.
    #[default]
    Waiting,
    /// Being answered.
    Running,
    /// All is there.
    Done,
    /// It could not be written; why.
    Failed(String),
    /// Somebody removed it.
    Removed,
}

/// A report as a program sees it.
#[derive(Debug, Serialize)]
pub struct Told {
    id: String,
    title: String,
    at: u64,
    stage: Stage,
    done: usize,
    total: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Report>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failure>,
    /// Files that can be fetched below this report once it is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<&'static str>,
}

/// The files of a finished report.
pub const FILES: [(&str, &str); 5] = [
    ("report.html", "text/html; charset=utf-8"),
    ("report.md", "text/markdown; charset=utf-8"),
    ("report.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("reports.jsonl", "application/jsonl; charset=utf-8"),
    ("reports.parquet", "application/vnd.apache.parquet"),
];

impl Brief {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.now().stage.clone()
    }

    /// The questions that are answered, or why they are not, in order.
    #[must_use]
    pub fn parts(&self) -> Vec<Result<Report, Failure>> {
        self.now().parts.clone()
    }

    /// The files that can be fetched.
    #[must_use]
    pub fn files(&self) -> Vec<&'static str> {
        FILES.iter().map(|(name, _)| *name).filter(|name| self.stage() == Stage::Done && self.folder().join(name).is_file()).collect()
    }

    fn told(&self, whole: bool) -> Told {
        let parts = self.parts();
        let done = parts.len();
        let (parts, failures) = if whole { split(parts) } else { Default::default() };
        let Wanted { title, questions, .. } = &self.wanted;
        Told {
            id: self.id.clone(),
            title: title.clone(),
            at: self.at,
            stage: self.stage(),
            done,
            total: questions.len(),
            parts,
            failures,
            files: self.files(),
        }
    }

    /// What `tandem report` would have written.
    fn folder(&self) -> PathBuf {
        self.dir.join("report")
    }

    fn questions(&self) -> impl Iterator<Item = UserQuestion> {
        let brief = Some(self.wanted.title.clone());
        let question = move |(number, question): (usize, &String)| UserQuestion {
            id: format!("q{}", number + 1),
            question: question.clone(),
            brief: brief.clone(),
            sources: Vec::new(),
        };
        self.wanted.questions.iter().enumerate().map(question)
    }

    /// Writes the questions, which is what is left when the server is killed.
    fn keep(&self) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let kept = Kept { at: self.at, wanted: self.wanted.clone() };
        records::write_atomically(&self.dir.join("wanted.json"), &serde_json::to_vec(&kept)?)
    }
}

fn split(parts: Vec<Result<Report, Failure>>) -> (Vec<Report>, Vec<Failure>) {
    let (mut reports, mut failures) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Ok(report) => reports.push(report),
            Err(failure) => failures.push(failure),
        }
    }
    (reports, failures)
}

#[derive(Serialize, Deserialize)]
struct Kept {
    at: u64,
    #[serde(flatten)]
    wanted: Wanted,
}

/// All reports of a library.
pub struct Briefs {
    dir: PathBuf,
    known: Mutex<BTreeMap<String, Arc<Brief>>>,
    line: Mutex<Sender<Arc<Brief>>>,
}

impl Briefs {
    /// Finds those of earlier servers, and starts the thread that makes the next ones. To be called where tokio runs.
    #[must_use]
    pub fn start(desk: Arc<Desk>, lane: Lane) -> Self {
        let dir = desk.library().private().join("reports");
        let (sender, receiver) = channel::<Arc<Brief>>();
        let known: BTreeMap<String, Arc<Brief>> = found(&dir).map(|brief| (brief.id.clone(), Arc::new(brief))).collect();
        for brief in known.values().filter(|brief| brief.stage() == Stage::Waiting) {
            let _ = sender.send(brief.clone());
        }
        let handle = Handle::current();
        std::thread::spawn(move || make_all(&receiver, &desk, &lane, &handle));
        Self { dir, known: Mutex::new(known), line: Mutex::new(sender) }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Brief>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of them.
    ///
    /// # Errors
    /// If there is none of this id.
    pub fn find(&self, id: &str) -> Result<Arc<Brief>, Refusal> {
        self.known().get(id).cloned().ok_or_else(|| Refusal::unknown("there is no such report"))
    }

    /// All of them, the newest first.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Brief>> {
        let mut all: Vec<_> = self.known().values().cloned().collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then(b.id.cmp(&a.id)));
        all
    }

    /// Takes a wish in.
    ///
    /// # Errors
    /// If it asks for nothing or too much, or too many wait.
    pub fn add(&self, wanted: Wanted) -> Result<Arc<Brief>, Refusal> {
        let wanted = checked(wanted)?;
        let waiting = |brief: &&Arc<Brief>| matches!(brief.stage(), Stage::Waiting | Stage::Running);
        if self.known().values().filter(waiting).count() >= MOST_WAITING {
            return Err(Refusal::busy());
        }
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let asked = format!("{} {} {:?}", at.as_nanos(), std::process::id(), wanted);
        let id = blake3::hash(asked.as_bytes()).to_hex()[..16].to_owned();
        let brief = Arc::new(Brief { dir: self.dir.join(&id), id: id.clone(), at: at.as_secs(), wanted, now: Mutex::default() });
        brief.keep().map_err(|error| Refusal::broken(format!("the report cannot be kept: {error}")))?;
        self.known().insert(id, brief.clone());
        for old in self.all().into_iter().skip(MOST_KEPT).filter(|old| !waiting(&old)) {
            self.forget(&old);
        }
        let sent = self.line.lock().unwrap_or_else(PoisonError::into_inner).send(brief.clone());
        sent.map_err(|_| Refusal::broken("no more reports are made: start the server again"))?;
        Ok(brief)
    }

    fn forget(&self, brief: &Brief) {
        brief.now().stage = Stage::Removed;
        self.known().remove(&brief.id);
        let _ = fs::remove_dir_all(&brief.dir);
    }
}

fn make_all(line: &Receiver<Arc<Brief>>, desk: &Desk, lane: &Lane, handle: &Handle) {
    while let Ok(brief) = line.recv() {
        brief.make(desk, lane, handle);
        if brief.stage() == Stage::Removed {
            let _ = fs::remove_dir_all(&brief.dir);
        }
    }
}

/// Reports of earlier servers.
fn found(dir: &Path) -> impl Iterator<Item = Brief> {
    fs::read_dir(dir).into_iter().flatten().flatten().filter_map(|entry| {
        let dir = entry.path();
        let Kept { at, wanted } = serde_json::from_slice(&fs::read(dir.join("wanted.json")).ok()?).ok()?;
        let mut brief = Brief { id: entry.file_name().into_string().ok()?, at, wanted, dir, now: Mutex::default() };
        if RunFolder::manifest(&brief.folder()).is_ok() {
            let reports = records::read_table::<Report>(&brief.folder()).ok()?;
            let parts = reports.collect::<Result<Vec<_>, _>>().ok()?.into_iter().map(Ok).collect();
            brief.now = Mutex::new(Now { stage: Stage::Done, parts });
        }
        Some(brief)
    })
}

#[cfg(test)]
mod tests;
