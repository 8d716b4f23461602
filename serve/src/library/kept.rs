//! What is kept of every document so that it need not be made again: what it was prepared to (`ab/KEY.json`), and the vectors of its sections
//! (`ab/KEY.EMBEDDING.vectors`, numbers of four bytes). The key is a hash of all that the preparation depends on. Each file appears whole or
//! not at all, so an update that was killed goes on behind the last of them; a missing or broken one is made again.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use prep_model::inference::Prepared;
use records::{Document, Dropped, Page, SCHEMA_VERSION, Section};
use serde::{Deserialize, Serialize};

use super::LibraryError;
use super::scan::Seen;

/// Letters of an embedding's hash in the names of files.
const SHORT: usize = 16;

/// What came of preparing a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stored {
    /// Its sections.
    Prepared {
        /// The document, without a name.
        document: Document,
        /// Its text.
        sections: Vec<Section>,
        /// Text of it that is in no section.
        dropped: Vec<Dropped>,
        /// The text that was extracted from it, where it is no text itself.
        pages: Vec<Page>,
    },
    /// It cannot be read, and why.
    Failed(String),
}

impl Stored {
    /// With the name of a document taken out of every row: the same bytes may lie under several.
    #[must_use]
    pub fn of(prepared: Prepared) -> Self {
        let Prepared { document, sections, dropped, pages } = renamed("", "", prepared);
        Self::Prepared { document, sections, dropped, pages }
    }

    /// The document under a name, or why there is none.
    ///
    /// # Errors
    /// If it could not be prepared.
    pub fn named(self, name: &str, corpus: &str) -> Result<Prepared, String> {
        match self {
            Self::Prepared { document, sections, dropped, pages } => {
                Ok(renamed(name, corpus, Prepared { document, sections, dropped, pages }))
            }
            Self::Failed(reason) => Err(reason),
        }
    }
}

fn renamed(name: &str, corpus: &str, mut prepared: Prepared) -> Prepared {
    let Prepared { document, sections, dropped, pages } = &mut prepared;
    name.clone_into(&mut document.path);
    corpus.clone_into(&mut document.corpus);
    sections.iter_mut().for_each(|section| name.clone_into(&mut section.path));
    dropped.iter_mut().for_each(|dropped| name.clone_into(&mut dropped.path));
    pages.iter_mut().for_each(|page| name.clone_into(&mut page.path));
    prepared
}

/// What a document's preparation is known by: its bytes, how they are read, the title they are given, the model, and this version of the rows.
#[must_use]
pub fn key(seen: &Seen, prep: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let version = format!("{} {SCHEMA_VERSION}", env!("CARGO_PKG_VERSION"));
    let title = seen.title.as_ref().map_or_else(|| "-".to_owned(), |title| format!("+{title}"));
    for part in [&seen.doc_id, &seen.reader, &title, prep, &version] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The folder of what is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    dir: PathBuf,
}

impl Kept {
    /// In a folder, which need not be there yet.
    #[must_use]
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn path(&self, key: &str, end: &str) -> PathBuf {
        self.dir.join(key.get(..2).unwrap_or_default()).join(format!("{key}.{end}"))
    }

    fn vectors_path(&self, key: &str, embedding: &str) -> PathBuf {
        self.path(key, &format!("{}.vectors", embedding.get(..SHORT).unwrap_or(embedding)))
    }

    /// Whether a document is kept.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.path(key, "json").is_file()
    }

    /// A document; none if it is not kept, or broken.
    #[must_use]
    pub fn load(&self, key: &str) -> Option<Stored> {
        serde_json::from_slice(&fs::read(self.path(key, "json")).ok()?).ok()
    }

    /// Lets go of a document, so that it is prepared again.
    pub fn forget(&self, key: &str) {
        // If it cannot be removed it will be found broken again.
        let _ = fs::remove_file(self.path(key, "json"));
    }

    /// Keeps a document.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn store(&self, key: &str, stored: &Stored) -> Result<(), LibraryError> {
        let path = self.path(key, "json");
        let json = serde_json::to_vec(stored).map_err(|error| LibraryError::io(&path)(error.into()))?;
        write(&path, &json)
    }

    /// Whether the vectors of a document are kept and whole.
    #[must_use]
    pub fn has_vectors(&self, key: &str, embedding: &str) -> bool {
        self.vectors(key, embedding).is_some()
    }

    /// The vectors of a document's sections; none if they are not kept, or broken.
    #[must_use]
    pub fn vectors(&self, key: &str, embedding: &str) -> Option<Vec<Vec<f32>>> {
        let bytes = fs::read(self.vectors_path(key, embedding)).ok()?;
        let (head, numbers) = bytes.split_first_chunk::<8>()?;
        let number = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize);
        let (count, length) = (number(&head[..4])?, number(&head[4..])?);
        if count.checked_mul(length)?.checked_mul(4)? != numbers.len() {
            return None;
        }
        let floats: Vec<f32> = numbers.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Some((0..count).map(|at| floats[at * length..(at + 1) * length].to_vec()).collect())
    }

    /// Keeps the vectors of a document's sections, which all have one length.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn store_vectors(&self, key: &str, embedding: &str, vectors: &[Vec<f32>]) -> Result<(), LibraryError> {
        let length = vectors.first().map_or(0, Vec::len);
        let mut bytes = Vec::with_capacity(8 + vectors.len() * length * 4);
        bytes.extend((vectors.len() as u32).to_le_bytes());
        bytes.extend((length as u32).to_le_bytes());
        vectors.iter().flatten().for_each(|number| bytes.extend(number.to_le_bytes()));
        write(&self.vectors_path(key, embedding), &bytes)
    }

    /// Lets go of everything.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn clear(&self) -> Result<(), LibraryError> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LibraryError::io(&self.dir)(error)),
            _ => Ok(()),
        }
    }

    /// Removes what belongs to none of `keys`, and vectors of another model than `embedding`.
    pub fn tidy(&self, keys: &HashSet<String>, embedding: &str) {
        let short = embedding.get(..SHORT).unwrap_or(embedding);
        let folders = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        for file in folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let (key, end) = name.split_once('.').unwrap_or((&name, ""));
            let used = keys.contains(key) && (end == "json" || end.strip_suffix(".vectors") == Some(short));
            if !used {
                // It only takes room; if it cannot be removed the next update tries again.
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), LibraryError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(LibraryError::io(folder))?;
    records::write_atomically(path, bytes).map_err(LibraryError::io(path))
}

#[cfg(test)]
mod tests {
    use records::{OffsetMap, Repair, Role, Split};

    use super::*;

    fn prepared(name: &str) -> Prepared {
        let doc_id = "d".repeat(64);
        let document = Document {
            doc_id: doc_id.clone(),
            path: name.into(),
            media_type: "text/plain".into(),
            bytes: 9,
            title: Some("T".into()),
            corpus: "c".into(),
            split: Split::of(&doc_id),
            noise_level: 0.0,
            replaced: 1,
            dropped: 1,
        };
        let section = Section {
            doc_id: doc_id.clone(),
            path: name.into(),
            title: None,
            section: 0,
            heading_path: vec!["H".into()],
            role: Role::Paragraph,
            text: "One \u{1F600}.".into(),
            spans: OffsetMap::identity(9),
            page: Some(2),
            repairs: vec![Repair { start: 0, end: 3, original: "0ne".into() }],
            links: vec![],
            pages: vec![],
        };
        let dropped =
            Dropped { doc_id: doc_id.clone(), path: name.into(), raw_start: 1, raw_end: 2, text: "x".into(), reason: "rule".into() };
        let page = records::Page { doc_id, path: name.into(), page: 1, label: "slide 1".into(), text: "One.".into() };
        Prepared { document, sections: vec![section], dropped: vec![dropped], pages: vec![page] }
    }

    #[test]
    fn a_document_comes_back_under_any_name_and_its_vectors_bit_for_bit() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::at(dir.path().join("kept"));
        let (key, other) = ("ab".repeat(32), "cd".repeat(32));
        kept.store(&key, &Stored::of(prepared("a.txt"))).unwrap();
        assert_eq!(kept.load(&key).unwrap().named("b.txt", "c").unwrap(), prepared("b.txt"));
        kept.store(&other, &Stored::Failed("no text".into())).unwrap();
        assert_eq!(kept.load(&other).unwrap().named("x", "c").unwrap_err(), "no text");
        let vectors = vec![vec![0.1, -1.0e-30], vec![f32::MAX, 3.0]];
        kept.store_vectors(&key, "model-one-of-two", &vectors).unwrap();
        kept.store_vectors(&key, "model-two-of-two", &[]).unwrap();
        assert_eq!(kept.vectors(&key, "model-one-of-two").unwrap(), vectors);
        kept.tidy(&HashSet::from([key.clone()]), "model-one-of-two");
        assert!(kept.has(&key) && kept.has_vectors(&key, "model-one-of-two"));
        assert!(!kept.has(&other) && !kept.has_vectors(&key, "model-two-of-two"));
    }

    #[test]
    fn half_a_file_is_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::at(dir.path().to_path_buf());
        let key = "ab".repeat(32);
        kept.store_vectors(&key, "m", &[vec![1.0, 2.0]]).unwrap();
        kept.store(&key, &Stored::of(prepared("a.txt"))).unwrap();
        for path in [kept.vectors_path(&key, "m"), kept.path(&key, "json")] {
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        }
        assert!(kept.vectors(&key, "m").is_none() && kept.load(&key).is_none());
    }
}
