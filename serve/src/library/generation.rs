//! Generations: each update that changes something makes a whole new folder `state/000012` with sections, index and catalogue, and only then
//! lets the file `current` name it. A reader holds the generation it opened; one that is neither the current nor the one before and that nobody
//! holds is removed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use records::{Counts, RunFolder, TableReader};
use serde::{Deserialize, Serialize};

use super::LibraryError;
use super::catalogue::Listed;

/// The file whose lock readers share.
const READERS: &str = "readers";
/// How often a reader looks for a generation while one is being replaced, and how long it waits in between.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// `generation.json`, written when all else of a generation is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Hash of all that the generation was made from.
    pub configuration: String,
    /// The preparation model: hash of its folder, and the identity that preparations depend on.
    pub prep: [String; 2],
    /// The retrieval model: hash of its folder, and the identity that vectors depend on.
    pub retrieve: [String; 2],
    /// When it was made, in seconds since 1970.
    pub made: u64,
    /// Numbers of its sections' manifest.
    pub counts: Counts,
}

/// The folder of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Its number, from 1.
    pub number: u64,
    dir: PathBuf,
}

impl Generation {
    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of sections, as `tandem prep` makes one.
    #[must_use]
    pub fn sections(&self) -> PathBuf {
        self.dir.join("sections")
    }

    /// The folder of the index.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.dir.join("index")
    }

    /// What it was made from.
    ///
    /// # Errors
    /// If that is not there or broken.
    pub fn card(&self) -> Result<Card, LibraryError> {
        let path = self.dir.join("generation.json");
        let bytes = fs::read(&path).map_err(LibraryError::io(&path))?;
        let broken = |error| LibraryError::Broken { path, reason: format!("{error}: run `tandem update` to make it again") };
        serde_json::from_slice(&bytes).map_err(broken)
    }

    /// Its catalogue.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn catalogue(&self) -> Result<Vec<Listed>, LibraryError> {
        let table = TableReader::<Listed>::open(&self.dir.join("catalogue-00000.parquet"))?;
        Ok(table.collect::<Result<_, _>>()?)
    }

    /// Whether every file of it is there with its size.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let whole = |dir: PathBuf| {
            let is_there = |file: &Path, bytes: u64| fs::metadata(file).is_ok_and(|found| found.len() == bytes);
            let manifest = RunFolder::manifest(&dir);
            manifest.is_ok_and(|manifest| manifest.shards.iter().all(|shard| is_there(&dir.join(&shard.file), shard.bytes)))
        };
        self.card().is_ok() && self.dir.join("catalogue-00000.parquet").is_file() && whole(self.sections()) && whole(self.index())
    }

    /// Writes its card: from now on it may become the current one.
    pub(super) fn finish(&self, card: &Card) -> Result<(), LibraryError> {
        let readers = self.dir.join(READERS);
        fs::write(&readers, "").map_err(LibraryError::io(&readers))?;
        let path = self.dir.join("generation.json");
        let json = serde_json::to_vec_pretty(card).map_err(|error| LibraryError::io(&path)(error.into()))?;
        records::write_atomically(&path, &json).map_err(LibraryError::io(&path))
    }
}

/// A generation that stays while this lives.
#[derive(Debug)]
pub struct Held {
    /// Which.
    pub generation: Generation,
    /// None on a file system without locks.
    _readers: Option<File>,
}

/// All generations of a library, in its private folder.
#[derive(Clone, Debug)]
pub struct Generations {
    private: PathBuf,
}

impl Generations {
    /// Those in the private folder of a library.
    #[must_use]
    pub fn at(private: PathBuf) -> Self {
        Self { private }
    }

    fn numbered(&self, number: u64) -> Generation {
        Generation { number, dir: self.private.join("state").join(format!("{number:06}")) }
    }

    /// The current one; none before the first update.
    #[must_use]
    pub fn current(&self) -> Option<Generation> {
        let number = fs::read_to_string(self.private.join("current")).ok()?;
        Some(self.numbered(number.trim().parse().ok()?))
    }

    /// Holds the current one against removal; none before the first update.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn hold(&self) -> Result<Option<Held>, LibraryError> {
        for _ in 0..TRIES {
            let Some(generation) = self.current() else { return Ok(None) };
            // While this one is removed another is current by then.
            if let Ok(file) = File::open(generation.dir.join(READERS)) {
                let locked = match file.try_lock_shared() {
                    Ok(()) => Some(Some(file)),
                    Err(TryLockError::WouldBlock) => None,
                    Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Some(None),
                    Err(TryLockError::Error(error)) => return Err(LibraryError::io(&generation.dir)(error)),
                };
                if let Some(_readers) = locked.filter(|_| generation.card().is_ok()) {
                    return Ok(Some(Held { generation, _readers }));
                }
            }
            sleep(PAUSE);
        }
        let path = self.private.join("current");
        Err(LibraryError::Broken { path, reason: "names a state that is not whole: run `tandem update` to make it again".into() })
    }

    /// A clean folder for the next one.
    pub(super) fn next(&self) -> Result<Generation, LibraryError> {
        let current = self.current().map_or(0, |generation| generation.number);
        // What a killed update left beyond the current one is nobody's.
        for number in self.numbers().into_iter().filter(|number| *number > current) {
            let dir = self.numbered(number).dir;
            fs::remove_dir_all(&dir).map_err(LibraryError::io(&dir))?;
        }
        let next = self.numbered(current + 1);
        fs::create_dir_all(&next.dir).map_err(LibraryError::io(&next.dir))?;
        Ok(next)
    }

    /// Makes a finished one the current one: readers that come later see it.
    pub(super) fn switch(&self, to: &Generation) -> Result<(), LibraryError> {
        let path = self.private.join("current");
        records::write_atomically(&path, format!("{:06}\n", to.number).as_bytes()).map_err(LibraryError::io(&path))
    }

    /// The one before the current one, which is kept.
    #[must_use]
    pub fn previous(&self) -> Option<Generation> {
        let current = self.current()?.number;
        self.numbers().into_iter().filter(|number| *number < current).max().map(|number| self.numbered(number))
    }

    /// Removes those that are neither current nor the one before and that nobody holds.
    pub(super) fn tidy(&self) {
        let kept = [self.current(), self.previous()].map(|generation| generation.map(|generation| generation.number));
        for number in self.numbers().into_iter().filter(|number| !kept.contains(&Some(*number))) {
            let dir = self.numbered(number).dir;
            let readers = File::open(dir.join(READERS));
            if readers.as_ref().is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock))) {
                continue;
            }
            // It only takes room; if it cannot be removed the next update tries again.
            let _ = fs::remove_dir_all(&dir);
        }
    }

    fn numbers(&self) -> Vec<u64> {
        let entries = fs::read_dir(self.private.join("state")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(generations: &Generations) -> Generation {
        let next = generations.next().unwrap();
        let card =
            Card { configuration: "c".into(), prep: Default::default(), retrieve: Default::default(), made: 1, counts: Counts::new() };
        next.finish(&card).unwrap();
        generations.switch(&next).unwrap();
        generations.tidy();
        next
    }

    #[test]
    fn a_generation_is_kept_while_it_is_held_current_or_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let generations = Generations::at(dir.path().to_path_buf());
        assert!(generations.hold().unwrap().is_none());
        let first = made(&generations);
        let held = generations.hold().unwrap().unwrap();
        assert_eq!(held.generation, first);
        let (second, third) = (made(&generations), made(&generations));
        assert!(first.dir().is_dir() && second.dir().is_dir() && third.number == 3);
        assert_eq!((generations.current(), generations.previous()), (Some(third.clone()), Some(second.clone())));
        drop(held);
        made(&generations);
        assert!(!first.dir().exists() && !second.dir().exists() && third.dir().is_dir());
    }

    #[test]
    fn what_a_killed_update_left_is_no_generation() {
        let dir = tempfile::tempdir().unwrap();
        let generations = Generations::at(dir.path().to_path_buf());
        made(&generations);
        let half = generations.next().unwrap();
        fs::write(half.dir().join("half"), "x").unwrap();
        assert_eq!(generations.current().unwrap().number, 1);
        let again = generations.next().unwrap();
        assert!(again == half && !half.dir().join("half").exists());
    }
}
