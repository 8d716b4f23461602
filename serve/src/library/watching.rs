//! Waiting for changes of the registered documents. The file system tells of them at once; where it does not (a network drive, a limit on watches),
//! a look every so often finds them. What is still being written is waited for.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::settings::Settings;
use super::{Library, LibraryError, PRIVATE};

/// How long nothing must happen before what was changed counts as whole.
const REST: Duration = Duration::from_secs(1);
/// Changes that never rest are looked at after this time.
const UNREST: Duration = Duration::from_secs(30);

impl Library {
    /// Calls `changed` whenever the documents are others than when it last gave `true`, the first time at once; a change that it does not take is
    /// offered again after `every`, which is also the time between two looks at what the file system tells nothing about. Does not come back
    /// while all goes well.
    ///
    /// # Errors
    /// If the settings are broken, or what `changed` gives.
    pub fn watch<E: From<LibraryError>>(&self, every: Duration, mut changed: impl FnMut() -> Result<bool, E>) -> Result<(), E> {
        let mut followed = Followed::new();
        let mut taken = None;
        loop {
            followed.follow(self, &self.settings()?);
            let seen = self.settled(&followed, taken.as_deref())?;
            if taken.as_ref() != Some(&seen) {
                if !changed()? {
                    std::thread::sleep(every);
                    continue;
                }
                taken = Some(seen);
            }
            followed.wait(every);
        }
    }

    /// What lies there, once it differs from `taken` no more or rests; what never rests is taken after [`UNREST`].
    fn settled(&self, followed: &Followed, taken: Option<&str>) -> Result<String, LibraryError> {
        let (started, mut seen) = (Instant::now(), self.glance()?);
        while taken.is_some_and(|taken| taken != seen) && started.elapsed() < UNREST {
            followed.rest(UNREST.saturating_sub(started.elapsed()));
            let before = std::mem::replace(&mut seen, self.glance()?);
            if before == seen {
                break;
            }
        }
        Ok(seen)
    }
}

/// The paths of which the file system tells.
struct Followed {
    watcher: Option<RecommendedWatcher>,
    paths: HashSet<PathBuf>,
    refused: HashSet<PathBuf>,
    told: Receiver<()>,
}

impl Followed {
    fn new() -> Self {
        let (tell, told) = channel();
        let heard = move |event: notify::Result<notify::Event>| {
            // An error may be an overflow: something has happened.
            if event.as_ref().map_or(true, is_change) {
                let _ = tell.send(());
            }
        };
        let watcher = notify::recommended_watcher(heard);
        if let Err(error) = &watcher {
            tracing::warn!("the file system tells of no changes ({error}): they are looked for");
        }
        Self { watcher: watcher.ok(), paths: HashSet::new(), refused: HashSet::new(), told }
    }

    /// Follows what is registered now, and nothing else; a path that has gone is followed again once it is back.
    fn follow(&mut self, library: &Library, settings: &Settings) {
        let Some(watcher) = &mut self.watcher else { return };
        let sources = settings.sources.iter().map(|source| (source.path.clone(), RecursiveMode::Recursive));
        // The settings' folder, since they are replaced and not written over.
        let wanted = sources.chain([(library.dir().to_path_buf(), RecursiveMode::NonRecursive)]).filter(|(path, _)| path.exists());
        let wanted: Vec<_> = wanted.collect();
        self.paths.retain(|path| {
            let is_wanted = wanted.iter().any(|(wanted, _)| wanted == path);
            if !is_wanted {
                let _ = watcher.unwatch(path);
            }
            is_wanted
        });
        for (path, mode) in wanted {
            if self.paths.contains(&path) {
                continue;
            }
            match watcher.watch(&path, mode) {
                Ok(()) => {
                    self.paths.insert(path);
                }
                Err(error) if self.refused.insert(path.clone()) => {
                    tracing::warn!("{}: the file system tells of no changes here ({error}): they are looked for", path.display());
                }
                Err(_) => {}
            }
        }
    }

    /// Waits until something is told and rests, or `every` has passed. A thousand events are one reason to look, not a thousand.
    fn wait(&self, every: Duration) {
        match self.told.recv_timeout(every) {
            Ok(()) => self.rest(UNREST),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(every),
        }
    }

    /// Waits until nothing has been told for [`REST`], `most` at most.
    fn rest(&self, most: Duration) {
        let started = Instant::now();
        while started.elapsed() < most {
            match self.told.recv_timeout(REST) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => return std::thread::sleep(REST),
            }
        }
    }
}

/// Whether an event is a change of documents or settings: reading is none, and what the library writes for itself is not either.
fn is_change(event: &notify::Event) -> bool {
    let is_written = |kind: &EventKind| match kind {
        EventKind::Access(kind) => *kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    let is_own = |path: &PathBuf| path.components().any(|part| part.as_os_str() == PRIVATE);
    is_written(&event.kind) && (event.paths.is_empty() || !event.paths.iter().all(is_own))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use notify::event::ModifyKind;

    use super::*;

    fn event(kind: EventKind, path: &str) -> notify::Event {
        notify::Event::new(kind).add_path(path.into())
    }

    #[test]
    fn reading_and_the_librarys_own_files_are_no_change() {
        let (read, modified) = (EventKind::Access(AccessKind::Open(AccessMode::Read)), EventKind::Modify(ModifyKind::Any));
        assert!(!is_change(&event(read, "/home/me/notes/a.md")));
        assert!(!is_change(&event(modified, "/home/me/notes/.tandem/state/1/x.parquet")));
        assert!(is_change(&event(modified, "/home/me/notes/a.md")));
        assert!(is_change(&event(EventKind::Access(AccessKind::Close(AccessMode::Write)), "/home/me/notes/a.md")));
    }

    #[test]
    fn a_change_is_told_long_before_the_next_look_and_once_the_writing_rests() {
        let dir = tempfile::tempdir().unwrap();
        let (notes, model) = (dir.path().join("notes"), dir.path().join("model"));
        for folder in [&notes, &model] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(model.join("config.json"), "{}").unwrap();
        let library = Library::init(&dir.path().join("library"), &model, &model).unwrap();
        library.write().unwrap().add(std::slice::from_ref(&notes)).unwrap();
        let (tell, told) = channel();
        let watched = library.clone();
        std::thread::spawn(move || {
            watched.watch(Duration::from_secs(3_600), || {
                let is_heard = tell.send(watched.glance()?).is_ok();
                Ok::<_, LibraryError>(is_heard)
            })
        });
        let soon = Duration::from_secs(60);
        let first = told.recv_timeout(soon).unwrap();
        let file = notes.join("deep/er.md");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        for line in 0..6 {
            fs::write(&file, format!("{line}\n").repeat(line + 1)).unwrap();
            std::thread::sleep(Duration::from_millis(200));
        }
        let second = told.recv_timeout(soon).unwrap();
        assert_ne!(first, second);
        assert_eq!(second, library.glance().unwrap(), "it was told when the last line was there");
        // A folder that came later is followed too.
        fs::write(notes.join("deep/other.md"), "more\n").unwrap();
        assert_ne!(told.recv_timeout(soon).unwrap(), second);
        assert!(told.recv_timeout(REST * 3).is_err(), "looking at files is no change");
    }
}
