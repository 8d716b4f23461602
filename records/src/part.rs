//! A step in several processes, as a job array or a cluster's indexed job starts them: each does every n-th piece of the work into a folder of
//! its own, and the finished folders are joined into what one process would have made.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Manifest, RunError, RunFolder, SCHEMA_VERSION};

/// Part `index` of a step that `of` processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 0.
    pub index: usize,
    /// From 1.
    pub of: usize,
}

impl Part {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether a piece of the work is this part's: pieces are dealt out in turn, so that a corpus sorted by size is shared evenly too.
    #[must_use]
    pub fn holds(self, piece: usize) -> bool {
        piece % self.of == self.index
    }

    /// This part, unless it is all of the work.
    #[must_use]
    pub fn of_several(self) -> Option<Self> {
        (self.of > 1).then_some(self)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Part {
    type Err = String;

    /// `i/n`, i from 0 to n - 1.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.split_once('/').and_then(|(index, of)| Some(Self { index: index.parse().ok()?, of: of.parse().ok()? }));
        match parsed {
            Some(part) if part.index < part.of => Ok(part),
            _ => Err("not i/n with i from 0 to n - 1, as in 0/4, 1/4, 2/4 and 3/4".to_owned()),
        }
    }
}

/// All parts of one run, finished.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Their folders, by their numbers.
    pub dirs: Vec<PathBuf>,
    /// The manifest of the first.
    pub manifest: Manifest,
}

impl Parts {
    /// Reads the folders of a run's parts, in any order.
    ///
    /// # Errors
    /// If one is no finished part, they are of different runs, or one is missing or there twice.
    pub fn open(dirs: &[PathBuf]) -> Result<Self, RunError> {
        let mut found: BTreeMap<usize, (&Path, Manifest)> = BTreeMap::new();
        for dir in dirs {
            let broken = |reason: String| RunError::Broken { path: dir.clone(), reason };
            let manifest = RunFolder::part_manifest(dir)?;
            let Some(part) = manifest.part else {
                return Err(broken(format!("is a whole {} run and no part of one: nothing is to be merged", manifest.stage)));
            };
            if manifest.schema_version != SCHEMA_VERSION {
                return Err(broken("was made by another version of tandem: make it anew".into()));
            }
            if let Some((other, first)) = found.values().next() {
                let same = |manifest: &Manifest| {
                    (manifest.stage.clone(), manifest.configuration.clone(), manifest.seed, manifest.part.map(|part| part.of))
                };
                if same(first) != same(&manifest) {
                    return Err(broken(format!("was made of other inputs or with other options than {}", other.display())));
                }
            }
            if let Some((other, _)) = found.insert(part.index, (dir, manifest)) {
                return Err(broken(format!("is part {part}, as {} is", other.display())));
            }
        }
        let of = found.values().next().and_then(|(_, manifest)| manifest.part).map_or(1, |part| part.of);
        if let Some(index) = (0..of).find(|index| !found.contains_key(index)) {
            let path = dirs.first().cloned().unwrap_or_default();
            let part = Part { index, of };
            return Err(RunError::Broken {
                path,
                reason: format!("its run has {of} parts, and part {part} is not among the folders given"),
            });
        }
        let dirs = found.values().map(|(dir, _)| dir.to_path_buf()).collect();
        Ok(Self { dirs, manifest: found.into_values().next().expect("part 0 was found").1 })
    }

    /// The folder of the part that did a piece of the work.
    #[must_use]
    pub fn of_piece(&self, piece: usize) -> &Path {
        &self.dirs[piece % self.dirs.len()]
    }

    /// Makes the folder of the whole run, or opens what an earlier joining left.
    ///
    /// # Errors
    /// As [`RunFolder::open`].
    pub fn whole(&self, out: &Path) -> Result<RunFolder, RunError> {
        RunFolder::open_joined(out, &self.manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Counts;

    fn part(dir: &Path, name: &str, configuration: &str, part: &str) -> PathBuf {
        let dir = dir.join(name);
        let run = RunFolder::open_part(&dir, "prep", &configuration, 0, part.parse().unwrap()).unwrap();
        run.finish(Counts::new(), Vec::new()).unwrap();
        dir
    }

    #[test]
    fn a_part_is_i_of_n_and_nothing_else() {
        assert_eq!("2/3".parse(), Ok(Part { index: 2, of: 3 }));
        for text in ["", "3/3", "1", "0/0", "-1/2", "a/b", "1/2/3"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
        let held: Vec<usize> = (0..7).filter(|piece| Part { index: 1, of: 3 }.holds(*piece)).collect();
        assert_eq!(held, [1, 4]);
    }

    #[test]
    fn parts_are_joined_in_any_order_when_they_are_all_there_and_of_one_run() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["0/2", "1/2"].map(|number| part(dir.path(), &number.replace('/', "-"), "x", number));
        let parts = Parts::open(&[b.clone(), a.clone()]).unwrap();
        assert_eq!(parts.dirs, [a.clone(), b.clone()]);
        assert_eq!(parts.of_piece(3), b);
        let whole = parts.whole(&dir.path().join("whole")).unwrap().finish(Counts::new(), Vec::new()).unwrap();
        let alone = RunFolder::open(&dir.path().join("alone"), "prep", &"x", 0).unwrap().finish(Counts::new(), Vec::new()).unwrap();
        assert_eq!(whole, alone);
        let refused = |dirs: &[PathBuf]| Parts::open(dirs).unwrap_err().to_string();
        assert!(refused(std::slice::from_ref(&a)).contains("part 1/2 is not among"), "{}", refused(&[a]));
        assert!(refused(&[a.clone(), b.clone(), a.clone()]).contains("is part 0/2, as"));
        assert!(refused(&[dir.path().join("whole")]).contains("no part of one"));
        let other = part(dir.path(), "other", "y", "1/2");
        assert!(refused(&[a.clone(), other]).contains("other inputs"));
        let said = RunFolder::manifest(&a).unwrap_err().to_string();
        assert!(said.contains("tandem merge"), "a part alone is not taken for the whole: {said}");
    }
}
