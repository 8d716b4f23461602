//! Changes of the library that came in over the server: made one after the other on a thread of their own, while questions are answered from the state
//! before.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use records::Counts;
use serde::Serialize;

use super::refusal::Refusal;
use crate::desk::Desk;
use crate::library::{Library, LibraryError, Options, Removed, Updated};

/// Time that another process's change of the library is waited for.
const OTHERS: Duration = Duration::from_secs(120);
const AGAIN: Duration = Duration::from_millis(250);
/// The folder in a library that takes what is added over the server.
pub const UPLOADS: &str = "uploads";

/// What somebody wants changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Read what is new and has changed.
    Update,
    /// Take a document out.
    Remove(String),
}

/// How a change ended.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// Seconds since 1970.
    pub at: u64,
    /// Why it failed; none where it did not.
    pub error: Option<String>,
    /// As `tandem update --json` gives them.
    pub counts: Counts,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Names and reasons of what could not be read.
    pub failures: Vec<(String, String)>,
}

/// What is going on.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Whether something is being changed or waits to be.
    pub running: bool,
    /// What is being done: `read`, `prepare`, `encode`, `write`, `index`, or who is waited for.
    pub stage: String,
    /// Steps of the stage that are done.
    pub done: u64,
    /// All of them, where that is known.
    pub total: Option<u64>,
    /// Steps a second.
    pub per_second: Option<f64>,
    /// Until the end of the stage.
    pub seconds_left: Option<f64>,
    /// Changes that have ended since the server started.
    pub ended: u64,
    /// How the last one ended.
    pub last: Option<Ended>,
}

/// A wish in the line.
struct Waiting {
    wish: Wish,
    /// Is told whether it could be done.
    done: Option<Sender<bool>>,
}

#[derive(Default)]
struct Now {
    waiting: usize,
    holder: Option<String>,
    stage: Option<(String, Instant)>,
    ended: u64,
    last: Option<Ended>,
}

/// See the head of this file.
pub struct Changes {
    wishes: Mutex<Sender<Waiting>>,
    now: Arc<Mutex<Now>>,
    bar: ProgressBar,
}

impl Changes {
    /// Starts the thread; with `watch` another one that wishes for an update whenever the documents change, see [`Library::watch`].
    #[must_use]
    pub fn start(desk: Arc<Desk>, device: DeviceChoice, watch: Option<u64>) -> Self {
        let (sender, receiver) = channel();
        let (now, bar) = (Arc::<Mutex<Now>>::default(), ProgressBar::hidden());
        let (library, wishes) = (desk.library().clone(), sender.clone());
        let worker = Worker { desk, device, now: now.clone(), bar: bar.clone() };
        std::thread::spawn(move || worker.run(&receiver));
        if let Some(seconds) = watch {
            let now = now.clone();
            std::thread::spawn(move || {
                // What could not be done is wished for again.
                let wish = || {
                    let (done, told) = channel();
                    locked(&now).waiting += 1;
                    let is_sent = wishes.send(Waiting { wish: Wish::Update, done: Some(done) }).is_ok();
                    Ok::<_, LibraryError>(is_sent && told.recv().unwrap_or(false))
                };
                if let Err(error) = library.watch(Duration::from_secs(seconds), wish) {
                    tracing::error!("the documents are no longer watched: {error}");
                }
            });
        }
        Self { wishes: Mutex::new(sender), now, bar }
    }

    /// Puts a wish into the line.
    ///
    /// # Errors
    /// If the thread is gone.
    pub fn ask_for(&self, wish: Wish) -> Result<(), Refusal> {
        let gone = || Refusal::broken("the library is no longer changed by this server: start it again");
        locked(&self.now).waiting += 1;
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner).send(Waiting { wish, done: None }).map_err(|_| gone())
    }

    /// What is going on.
    #[must_use]
    pub fn told(&self) -> Told {
        let mut now = locked(&self.now);
        let running = now.waiting > 0;
        let name = now.holder.clone().map_or_else(|| stage_of(&self.bar), |holder| format!("waiting for {holder}"));
        // A stage has its own clock, so that a slow one does not wait for the average of a quick one before it.
        if running && now.stage.as_ref().is_none_or(|(known, _)| *known != name) {
            now.stage = Some((name.clone(), Instant::now()));
        }
        let (done, total) = (self.bar.position(), self.bar.length().filter(|total| *total > 0));
        let seconds = now.stage.as_ref().map_or(0.0, |(_, since)| since.elapsed().as_secs_f64());
        let per_second = (running && done > 0 && seconds > 0.5).then(|| done as f64 / seconds);
        let seconds_left = per_second.zip(total).map(|(rate, total)| total.saturating_sub(done) as f64 / rate);
        let (ended, last) = (now.ended, now.last.clone());
        Told { running, stage: if running { name } else { String::new() }, done, total, per_second, seconds_left, ended, last }
    }
}

fn stage_of(bar: &ProgressBar) -> String {
    let (stage, message) = (bar.prefix(), bar.message());
    if message.is_empty() || stage.is_empty() { stage + &message } else { format!("{stage}: {message}") }
}

fn locked(now: &Mutex<Now>) -> std::sync::MutexGuard<'_, Now> {
    now.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Worker {
    desk: Arc<Desk>,
    device: DeviceChoice,
    now: Arc<Mutex<Now>>,
    bar: ProgressBar,
}

impl Worker {
    fn run(&self, wishes: &Receiver<Waiting>) {
        while let Ok(first) = wishes.recv() {
            let mut all = vec![first];
            all.extend(wishes.try_iter());
            let ended = Ended::of(self.change(all.iter().map(|waiting| &waiting.wish)));
            let is_done = ended.error.is_none();
            // Whoever is told that it has ended finds it.
            let _ = self.desk.current();
            let mut now = locked(&self.now);
            now.waiting -= all.len();
            now.ended += all.len() as u64;
            (now.last, now.holder, now.stage) = (Some(ended), None, None);
            drop(now);
            for told in all.into_iter().filter_map(|waiting| waiting.done) {
                let _ = told.send(is_done);
            }
        }
    }

    fn change<'a>(&self, wishes: impl Iterator<Item = &'a Wish>) -> Result<Updated, LibraryError> {
        let library = self.desk.library();
        let started = Instant::now();
        let writing = loop {
            match library.write() {
                Err(LibraryError::Busy { holder, .. }) if started.elapsed() < OTHERS => {
                    locked(&self.now).holder = Some(holder);
                    std::thread::sleep(AGAIN);
                }
                writing => break writing?,
            }
        };
        locked(&self.now).holder = None;
        register_uploads(library, &writing)?;
        let mut unknown = Vec::new();
        for wish in wishes {
            if let Wish::Remove(name) = wish
                && let Err(error) = remove(library, &writing, name)
            {
                unknown.push((name.clone(), error.to_string()));
            }
        }
        let mut updated = writing.update(Options { device: self.device, again: false }, &self.bar)?;
        updated.failures.extend(unknown);
        Ok(updated)
    }
}

/// Registers the folder of uploads once it is there, unless it lies in a registered one.
fn register_uploads(library: &Library, writing: &crate::library::Writing<'_>) -> Result<(), LibraryError> {
    let uploads = library.dir().join(UPLOADS);
    let is_covered = library.settings()?.sources.iter().any(|source| uploads.starts_with(&source.path));
    if uploads.is_dir() && !is_covered {
        writing.add(&[uploads])?;
    }
    Ok(())
}

/// Takes a document out: the file itself where it was added over the server, else by leaving it out.
fn remove(library: &Library, writing: &crate::library::Writing<'_>, name: &str) -> Result<(), LibraryError> {
    // By its path: a file that no reader knows has no original to be found by.
    let own = name
        .strip_prefix(UPLOADS)
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|rest| !rest.contains(['/', '\\']) && !rest.starts_with('.'));
    let file = own.map(|own| library.dir().join(UPLOADS).join(own));
    match file.filter(|file| file.is_file()) {
        Some(file) => std::fs::remove_file(&file).map_err(|source| LibraryError::Io { path: file, source }),
        None => match writing.remove(&[PathBuf::from(name)])?.first() {
            Some(Removed::Unregistered(source)) => {
                tracing::info!("{source} is no longer registered");
                Ok(())
            }
            _ => Ok(()),
        },
    }
}

impl Ended {
    fn of(done: Result<Updated, LibraryError>) -> Self {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match done {
            Ok(Updated { counts, warnings, failures, .. }) => Self { at, error: None, counts, warnings, failures },
            Err(error) => {
                tracing::warn!("the library was not changed: {error}");
                Self { at, error: Some(error.to_string()), counts: Counts::new(), warnings: Vec::new(), failures: Vec::new() }
            }
        }
    }
}
