//! What a corpus is known by: the names and the contents of its files.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::{Content, Corpus, Entry, Kind, Source};

impl Corpus {
    /// A hash of what the corpus is: names and contents, so that an edit is noticed whatever it leaves as it was. How the user spelled the path
    /// is no part of it. Every file is read once; beside what a model does with it that costs little.
    #[must_use]
    pub fn identity(&self) -> String {
        let told = |entry: &Entry| match entry {
            Entry::Source(source) => (source.name.clone(), content_hash(source)),
            Entry::Skipped { path, .. } => (path.clone(), "skipped".to_owned()),
            Entry::Failed(failure) => (failure.path.clone(), "failed".to_owned()),
        };
        let all: Vec<(String, String)> = match &self.kind {
            Kind::Folder(entries) => entries.par_iter().map(told).collect(),
            Kind::File(source) => vec![(source.name.clone(), content_hash(source))],
            Kind::Records => vec![(String::new(), file_hash(&self.root))],
        };
        let mut hasher = blake3::Hasher::new();
        for (name, content) in all {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(content.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// The hash of a source's bytes.
fn content_hash(source: &Source) -> String {
    match &source.content {
        Content::File(path) => file_hash(path),
        Content::Part(path, range) => part_hash(path, range.clone()),
        Content::Text(text) => blake3::hash(text.as_bytes()).to_hex().to_string(),
    }
}

/// The hash of a file; what keeps it from being read where it cannot be, which becomes a failure later.
fn file_hash(path: &Path) -> String {
    part_hash(path, 0..u64::MAX)
}

fn part_hash(path: &Path, range: Range<u64>) -> String {
    let hash = || {
        let mut hasher = blake3::Hasher::new();
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(range.start))?;
        io::copy(&mut file.take(range.end - range.start), &mut hasher)?;
        Ok(hasher.finalize().to_hex().to_string())
    };
    hash().unwrap_or_else(|error: io::Error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn identity(path: &Path) -> String {
        Corpus::open(path).unwrap().identity()
    }

    #[test]
    fn an_edit_that_keeps_size_and_time_is_another_corpus() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, records) = (dir.path().join("c"), dir.path().join("k.jsonl"));
        fs::create_dir(&folder).unwrap();
        let (file, later) = (folder.join("a.txt"), "The fair is on 19 July.");
        for (path, text) in [(&file, "The fair is on 12 June."), (&records, "{\"id\":\"a\",\"text\":\"The fair is on 12 June.\"}")] {
            fs::write(path, text).unwrap();
        }
        for (corpus, edited) in [(&folder, &file), (&file, &file), (&records, &records)] {
            let (before, time) = (identity(corpus), fs::metadata(edited).unwrap().modified().unwrap());
            let text = fs::read_to_string(edited).unwrap();
            fs::write(edited, text.replace("The fair is on 12 June.", later)).unwrap();
            File::options().write(true).open(edited).unwrap().set_modified(time).unwrap();
            assert_ne!(identity(corpus), before, "{}", edited.display());
            fs::write(edited, text).unwrap();
            assert_eq!(identity(corpus), before, "the same bytes at another time are the same corpus");
        }
        let before = identity(&folder);
        fs::rename(&file, folder.join("b.txt")).unwrap();
        assert_ne!(identity(&folder), before);
    }

    #[test]
    fn one_corpus_spelled_in_several_ways_is_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("c")).unwrap();
        fs::write(dir.path().join("c/a.txt"), "One.").unwrap();
        fs::write(dir.path().join("k.jsonl"), "{\"id\":\"a\",\"text\":\"One.\"}").unwrap();
        for [one, other] in [["c", "c/../c/."], ["k.jsonl", "./c/../k.jsonl"], ["c/a.txt", "c/./a.txt"]] {
            assert_eq!(identity(&dir.path().join(one)), identity(&dir.path().join(other)));
        }
        let parent = dir.path().join("c/..");
        let name = Corpus::open(&parent).unwrap().root().file_name().map(std::ffi::OsStr::to_owned);
        assert_eq!(name.as_deref(), fs::canonicalize(dir.path()).unwrap().file_name());
    }
}
