//! A sample of a corpus that can be damaged: the documents that the questions rest on, then others by the hash of their names.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use prep_model::read::{Corpus, Entry, MediaType, ReadLimits, Source};
use rayon::prelude::*;
use records::{Section, SourceText};

use super::noise::{Channel, Damaged};
use crate::EvalError;
use crate::suite::{Case, GoldFact};
use crate::systems::Loaded;

/// Documents of a sample, at most, where the questions do not need more.
const DOCUMENTS: usize = 250;
/// Bytes of a sample, at most, beside what the questions need.
const BYTES: usize = 2 << 20;

/// Documents in memory.
pub(super) struct Sample {
    documents: Vec<Kept>,
    records: bool,
}

struct Kept {
    name: String,
    title: Option<String>,
    media_type: MediaType,
    text: String,
}

/// The documents of a sample after damage.
pub(super) struct DamagedSample<'a> {
    sample: &'a Sample,
    texts: Vec<Damaged>,
}

impl Sample {
    /// Reads the documents that the cases rest on, and others until the sample is full. Files that are not UTF-8 text are left out.
    ///
    /// # Errors
    /// If the corpus cannot be opened.
    pub fn take(corpus: &Path, cases: &[Case], seed: u64) -> Result<Self, EvalError> {
        let opened = Corpus::open(corpus).map_err(|error| EvalError::Input { path: PathBuf::from(corpus), reason: error.reason })?;
        let needed: HashSet<&str> = cases.iter().flat_map(|case| &case.facts).map(|fact| fact.doc.as_str()).collect();
        let limits = ReadLimits::default();
        let source = |entry| if let Entry::Source(source) = entry { Some(source) } else { None };
        let mut sources: Vec<Source> = opened.entries(&limits).filter_map(source).collect();
        let draw = |name: &str| *blake3::hash(format!("{seed} {name}").as_bytes()).as_bytes();
        sources.sort_by_cached_key(|source| (!needed.contains(source.name.as_str()), draw(&source.name)));
        let (mut documents, mut bytes) = (Vec::new(), 0);
        for source in sources {
            if !needed.contains(source.name.as_str()) && (documents.len() >= DOCUMENTS || bytes >= BYTES) {
                break;
            }
            let Some(text) = source.load(&limits).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else { continue };
            bytes += text.len();
            documents.push(Kept { name: source.name, title: source.title, media_type: source.media_type, text });
        }
        documents.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { documents, records: opened.is_records() })
    }

    /// Number of documents.
    pub fn documents(&self) -> usize {
        self.documents.len()
    }

    /// Writes the documents as they are; gives the corpus to open.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, EvalError> {
        let texts: Vec<&str> = self.documents.iter().map(|document| document.text.as_str()).collect();
        self.write_texts(dir, &texts)
    }

    /// Damages every document in one way.
    ///
    /// # Errors
    /// If the data file of the channel is broken.
    pub fn damaged(&self, channel: &Channel, level: f64, seed: u64) -> Result<DamagedSample<'_>, EvalError> {
        let damage = channel.load().map_err(|error| EvalError::system("noise", error))?;
        let one = |document: &Kept| {
            let hash = blake3::hash(format!("{seed} {} {}", channel.name, document.name).as_bytes());
            let own = hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            Damaged::of(&document.text, document.media_type, &damage, level, own)
        };
        Ok(DamagedSample { sample: self, texts: self.documents.par_iter().map(one).collect() })
    }

    fn write_texts(&self, dir: &Path, texts: &[&str]) -> Result<PathBuf, EvalError> {
        if dir.exists() {
            std::fs::remove_dir_all(dir).map_err(EvalError::io(dir))?;
        }
        std::fs::create_dir_all(dir).map_err(EvalError::io(dir))?;
        if self.records {
            let path = dir.join("corpus.jsonl");
            let line = |(document, text): (&Kept, &&str)| {
                let record = SourceText { id: document.name.clone(), title: document.title.clone(), text: (*text).to_owned() };
                serde_json::to_string(&record).map_err(|error| EvalError::input(&path, error.to_string()))
            };
            let lines = self.documents.iter().zip(texts).map(line).collect::<Result<Vec<_>, _>>()?;
            std::fs::write(&path, lines.join("\n")).map_err(EvalError::io(&path))?;
            return Ok(path);
        }
        for (document, text) in self.documents.iter().zip(texts) {
            let path = dir.join(&document.name);
            path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(EvalError::io(&path))?;
            std::fs::write(&path, text).map_err(EvalError::io(&path))?;
        }
        Ok(dir.to_path_buf())
    }
}

impl DamagedSample<'_> {
    /// Writes the damaged documents; gives the corpus to open.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, EvalError> {
        let texts: Vec<&str> = self.texts.iter().map(|damaged| damaged.text.as_str()).collect();
        self.sample.write_texts(dir, &texts)
    }

    /// Share of the characters that were changed.
    pub fn characters(&self) -> f64 {
        let whole: usize = self.sample.documents.iter().map(|document| document.text.len()).sum();
        self.texts.iter().map(Damaged::changed).sum::<usize>() as f64 / whole.max(1) as f64
    }

    /// The questions with their facts where these stand now.
    pub fn cases(&self, cases: &[Case]) -> Vec<Case> {
        let names = self.sample.documents.iter().map(|document| document.name.as_str());
        let by_name: HashMap<&str, &Damaged> = names.zip(&self.texts).collect();
        let moved = |fact: &GoldFact| match by_name.get(fact.doc.as_str()) {
            Some(damaged) => {
                let value = fact.value.as_ref().map(|value| damaged.moved(value));
                GoldFact { sentence: damaged.moved(&fact.sentence), value, ..fact.clone() }
            }
            None => fact.clone(),
        };
        cases.iter().map(|case| Case { facts: case.facts.iter().map(moved).collect(), ..case.clone() }).collect()
    }
}

/// The sections that the preparation model makes of a small corpus, in memory. Documents that cannot be read are left out.
///
/// # Errors
/// If the corpus cannot be opened or no preparation model is loaded.
pub(super) fn prepared(loaded: &Loaded, corpus: &Path) -> Result<Vec<Section>, EvalError> {
    let preparer = loaded.preparer()?;
    let opened = Corpus::open(corpus).map_err(|error| EvalError::Input { path: PathBuf::from(corpus), reason: error.reason })?;
    let limits = ReadLimits::default();
    let source = |entry| if let Entry::Source(source) = entry { Some(source) } else { None };
    let sources: Vec<Source> = opened.entries(&limits).filter_map(source).collect();
    let one = |source: &Source| {
        let bytes = source.load(&limits).ok()?;
        preparer.prepare_source(source, &bytes, true, &limits).ok().map(|(_, sections)| sections)
    };
    Ok(sources.par_iter().filter_map(one).collect::<Vec<_>>().into_iter().flatten().collect())
}
