//! The folder of an index: `run.json` first, the table and the terms, `index.json` (what it is), `manifest.json` last. LanceDB does not
//! sync what it commits, so the manifest lists every file of the table with its size and is written after all of them are on disk.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use records::{Counts, FolderLock, Manifest, RunError, RunFolder, Shard};
use serde::{Deserialize, Serialize};

use super::IndexError;

/// Version of the table's layout; another one is built again, never converted. 2: the words are indexed in the form in which they are compared.
pub const LAYOUT: u32 = 2;
/// Name of the table.
pub(super) const TABLE: &str = "sections";
/// Everything a build may delete, in this order: without its manifest an index is unfinished, without `run.json` it is none. Two of them are
/// what earlier versions left.
const OWN: [&str; 8] = [
    "manifest.json",
    "index.json",
    "sections.lance",
    super::bytes::FILE,
    "terms-00000.parquet",
    "terms-00000.parquet.tmp",
    ".lock",
    "run.json",
];

/// `index.json`: what an index was made from and how large it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Version of the table's layout.
    pub layout: u32,
    /// blake3 of the sections' manifest, in hex.
    pub sections_manifest: String,
    /// The folder of the sections when the index was built, so that a change there is noticed. An index is whole without it.
    #[serde(default)]
    pub sections: PathBuf,
    /// What made the vectors: the hash of the model, or a name.
    pub embedding: String,
    /// Numbers a vector has; 0 for an index of words alone.
    pub dimensions: usize,
    /// Number of sections in the table.
    pub rows: u64,
    /// Number of search terms in all sections.
    pub terms: u64,
    /// Whether vectors are searched through an index (fast, approximate) or one by one (exact).
    pub vector_index: bool,
}

/// What decides whether an index has to be built again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Inputs {
    pub layout: u32,
    pub sections_manifest: String,
    pub embedding: String,
}

impl Inputs {
    fn made(&self, card: &Card) -> bool {
        self.layout == card.layout && self.sections_manifest == card.sections_manifest && self.embedding == card.embedding
    }
}

/// A folder held for one build; the lock goes when this is dropped or the process dies.
pub(super) struct Folder {
    pub dir: PathBuf,
    run: RunFolder,
}

/// What a build finds.
pub(super) enum Found {
    /// The same index, whole.
    Finished(Card, Counts),
    /// A clean folder.
    Empty(Folder),
}

/// Takes the folder for a build: an index of the same inputs is kept, one of other inputs, of an older layout or of an interrupted build removed.
pub(super) fn take(dir: &Path, inputs: &Inputs) -> Result<Found, IndexError> {
    fs::create_dir_all(dir).map_err(IndexError::io(dir))?;
    let lock = FolderLock::take(dir).map_err(|error| busy(dir, error))?;
    let (stage, card) = (stage(dir), read_card(dir).ok());
    // One that has lost its `run.json` is told by its card, and made anew.
    let ours = stage.as_ref().map_or(card.is_some(), |stage| stage == "index");
    if stage.is_some()
        && ours
        && let Some(card) = card
        && inputs.made(&card)
        && let Ok(manifest) = whole(dir)
        && changed(dir, &manifest).is_empty()
    {
        return Ok(Found::Finished(card, manifest.counts));
    }
    if ours {
        // Asked before anything is deleted: a file of the user's beside an index would stop the new one.
        if let Some(found) = strange(dir)? {
            return Err(IndexError::Foreign { dir: dir.to_path_buf(), found });
        }
        clear(dir)?;
    } else if let Some(stage) = stage {
        return Err(IndexError::Foreign { dir: dir.to_path_buf(), found: format!("a {stage} run") });
    }
    RunFolder::refuse_foreign(dir, &[]).map_err(|error| match error {
        RunError::Foreign { path, found } => IndexError::Foreign { dir: path, found },
        error => error.into(),
    })?;
    let run = RunFolder::open_locked(dir, lock, "index", inputs, 0)?;
    Ok(Found::Empty(Folder { dir: dir.to_path_buf(), run }))
}

/// A folder that another run holds, told in the words of an index.
fn busy(dir: &Path, error: RunError) -> IndexError {
    match error {
        RunError::Busy { holder, .. } => IndexError::Busy { dir: dir.to_path_buf(), holder },
        error => error.into(),
    }
}

/// Why an index is not whole: it is being built right now, or its build came to no end.
fn unfinished(dir: &Path) -> IndexError {
    match FolderLock::holder(dir) {
        Some(holder) => IndexError::Busy { dir: dir.to_path_buf(), holder },
        None => IndexError::Broken { dir: dir.to_path_buf(), reason: "its build was interrupted".into() },
    }
}

/// The step that made a folder, from its `run.json`.
fn stage(dir: &Path) -> Option<String> {
    let run: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("run.json")).ok()?).ok()?;
    Some(run.get("stage")?.as_str()?.to_owned())
}

/// Something in the folder of an index that no build has made.
fn strange(dir: &Path) -> Result<Option<String>, IndexError> {
    for entry in fs::read_dir(dir).map_err(IndexError::io(dir))? {
        let name = entry.map_err(IndexError::io(dir))?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !OWN.contains(&name.as_str()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn clear(dir: &Path) -> Result<(), IndexError> {
    for name in OWN {
        let path = dir.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(IndexError::io(&path)(error)),
            _ => {}
        }
    }
    Ok(())
}

impl Folder {
    /// Syncs the table, writes the card and the manifest, which names the files beside the table too: from now on the index exists.
    pub fn finish(&self, card: &Card, counts: Counts, mut shards: Vec<Shard>) -> Result<(), IndexError> {
        // A corpus without a section has no table.
        let table = if card.rows > 0 { files(&self.dir.join(format!("{TABLE}.lance")))? } else { Vec::new() };
        for path in table {
            File::open(&path).and_then(|file| file.sync_all()).map_err(IndexError::io(&path))?;
            let mut shard = Shard::of(&path, 0).map_err(IndexError::io(&path))?;
            shard.file = path.strip_prefix(&self.dir).unwrap_or(&path).to_string_lossy().into_owned();
            shards.push(shard);
        }
        let path = self.dir.join("index.json");
        let mut json = serde_json::to_vec_pretty(card).map_err(|error| IndexError::io(&path)(error.into()))?;
        json.push(b'\n');
        records::write_atomically(&path, &json).map_err(IndexError::io(&path))?;
        shards.push(Shard::of(&path, 1).map_err(IndexError::io(&path))?);
        self.run.finish(counts, shards)?;
        Ok(())
    }
}

/// The files below a folder, sorted; each folder on the way is synced.
fn files(dir: &Path) -> Result<Vec<PathBuf>, IndexError> {
    let (mut out, mut open) = (Vec::new(), vec![dir.to_path_buf()]);
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).map_err(IndexError::io(&dir))? {
            let path = entry.map_err(IndexError::io(&dir))?.path();
            if path.is_dir() { open.push(path) } else { out.push(path) }
        }
        // A folder cannot be synced on every file system; the files in it were.
        let _ = File::open(&dir).and_then(|dir| dir.sync_all());
    }
    out.sort();
    Ok(out)
}

/// The card of a finished index, with every file of it checked for presence and size.
pub(super) fn open(dir: &Path) -> Result<(Card, Manifest), IndexError> {
    if stage(dir).is_none_or(|stage| stage != "index") {
        // While another one is removed before a build there is nothing to see for a moment.
        return Err(match FolderLock::holder(dir) {
            Some(holder) => IndexError::Busy { dir: dir.to_path_buf(), holder },
            None => IndexError::Missing { dir: dir.to_path_buf() },
        });
    }
    let card = read_card(dir)?;
    let manifest = whole(dir)?;
    Ok((card, manifest))
}

/// Refuses an index whose sections have been prepared anew since: it would answer with what is no longer there. Sections that have gone or
/// are being made say nothing.
pub(super) fn fresh(dir: &Path, card: &Card) -> Result<(), IndexError> {
    if card.sections.as_os_str().is_empty() {
        return Ok(());
    }
    match fs::read(card.sections.join("manifest.json")) {
        Ok(manifest) if hash_of(&manifest) != card.sections_manifest => {
            Err(IndexError::Stale { dir: dir.to_path_buf(), sections: card.sections.clone() })
        }
        _ => Ok(()),
    }
}

/// What the manifest of a folder of sections is known by.
pub(super) fn manifest_hash(sections: &Path) -> Result<String, IndexError> {
    let path = sections.join("manifest.json");
    Ok(hash_of(&fs::read(&path).map_err(IndexError::io(&path))?))
}

fn hash_of(manifest: &[u8]) -> String {
    blake3::hash(manifest).to_hex().to_string()
}

fn read_card(dir: &Path) -> Result<Card, IndexError> {
    let broken = |reason: &str| IndexError::Broken { dir: dir.to_path_buf(), reason: reason.to_owned() };
    let bytes = fs::read(dir.join("index.json")).map_err(|_| unfinished(dir))?;
    let json: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| broken("index.json is no JSON"))?;
    // The version is read before the rest: another layout may have other fields.
    let layout = json.get("layout").and_then(serde_json::Value::as_u64).ok_or_else(|| broken("index.json names no layout"))?;
    let found = u32::try_from(layout).unwrap_or(u32::MAX);
    if found != LAYOUT {
        return Err(IndexError::Layout { dir: dir.to_path_buf(), found, expected: LAYOUT });
    }
    serde_json::from_value(json).map_err(|error| broken(&format!("index.json: {error}")))
}

/// The files that do not hold the bytes that were written any more. It reads all of them, so only `doctor` asks, and a build, which is its remedy.
pub(super) fn changed<'a>(dir: &Path, manifest: &'a Manifest) -> Vec<&'a Shard> {
    let same = |shard: &Shard| Shard::of(&dir.join(&shard.file), shard.rows).is_ok_and(|now| now.blake3 == shard.blake3);
    manifest.shards.iter().filter(|shard| !same(shard)).collect()
}

fn whole(dir: &Path) -> Result<Manifest, IndexError> {
    let broken = |reason: String| IndexError::Broken { dir: dir.to_path_buf(), reason };
    if !dir.join("manifest.json").exists() {
        return Err(unfinished(dir));
    }
    let manifest = RunFolder::manifest(dir).map_err(|error| broken(error.to_string()))?;
    for shard in &manifest.shards {
        match fs::metadata(dir.join(&shard.file)) {
            Ok(file) if file.len() == shard.bytes => {}
            Ok(file) => return Err(broken(format!("{} has {} bytes instead of {}", shard.file, file.len(), shard.bytes))),
            Err(_) => return Err(broken(format!("{} is missing", shard.file))),
        }
    }
    Ok(manifest)
}
