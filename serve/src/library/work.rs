//! The dear part of an update: preparing and encoding the documents of which nothing is kept. Each is kept as soon as it is done.

use std::collections::BTreeMap;

use backbone::Bfloat16Products;
use indicatif::ProgressBar;
use prep_model::inference::Preparer;
use prep_model::read::{Corpus, Entry, Found, ReadLimits, Source, open};
use rayon::prelude::*;

use super::LibraryError;
use super::catalogue::{Listed, State};
use super::kept::{Kept, Stored};
use super::models::Loaded;
use super::settings::Settings;
use super::update::{Updated, stage};

/// Documents, and bytes of them, that are prepared together; bounds memory.
const BATCH: usize = 128;
const BATCH_BYTES: u64 = 8 << 20;
/// Why a document is missing that changed or went while the update was at work.
const MEANWHILE: &str = "changed while it was read: run `tandem update` again";

/// What the work is done with.
pub(super) struct Work<'a> {
    pub settings: &'a Settings,
    pub models: &'a Loaded,
    pub kept: Kept,
    pub progress: &'a ProgressBar,
}

impl Work<'_> {
    /// Prepares what is not kept. Gives whether something had changed since it was looked at; its row says so.
    pub fn prepare(&self, rows: &mut [Listed], updated: &mut Updated) -> Result<bool, LibraryError> {
        let mut missing: BTreeMap<String, usize> = BTreeMap::new();
        let wanted = |(_, row): &(usize, &Listed)| row.state == State::Prepared && !self.kept.has(&row.key);
        missing.extend(rows.iter().enumerate().filter(wanted).map(|(at, row)| (row.name.clone(), at)));
        updated.counts.insert("prepared".into(), missing.len() as u64);
        if missing.is_empty() {
            return Ok(false);
        }
        stage(self.progress, "prep", missing.len() as u64);
        let preparer = self.models.preparer()?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for registered in &self.settings.sources {
            let prefix = format!("{}/", registered.name);
            if !missing.keys().any(|name| *name == registered.name || name.starts_with(&prefix)) {
                continue;
            }
            let Ok(corpus) = Corpus::open(&registered.path) else { continue };
            let is_file = corpus.root().is_file() && !corpus.is_records();
            for entry in corpus.entries(&ReadLimits::default()) {
                let Entry::Source(source) = entry else { continue };
                let name = if is_file { registered.name.clone() } else { registered.named(&source.name) };
                let wanted = take(&mut missing, &name);
                if wanted.is_empty() {
                    continue;
                }
                bytes += source.bytes;
                batch.push((source, wanted));
                if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                    self.prepare_batch(preparer, std::mem::take(&mut batch), rows, updated)?;
                    bytes = 0;
                }
            }
        }
        self.prepare_batch(preparer, batch, rows, updated)?;
        // What is left has gone since it was looked at.
        missing.values().for_each(|at| fail(&mut rows[*at]));
        *updated.counts.entry("prepared".into()).or_default() -= missing.len() as u64;
        Ok(rows.iter().any(|row| row.state == State::Failed && row.reason == MEANWHILE))
    }

    fn prepare_batch(
        &self,
        preparer: &Preparer,
        batch: Vec<(Source, Wanted)>,
        rows: &mut [Listed],
        updated: &mut Updated,
    ) -> Result<(), LibraryError> {
        let one = |(source, wanted): (Source, Wanted)| self.prepare_one(preparer, &source, wanted, rows);
        let left: Result<Vec<Wanted>, LibraryError> = batch.into_par_iter().with_max_len(1).map(one).collect();
        for at in left?.into_iter().flatten().map(|(_, at)| at) {
            *updated.counts.entry("prepared".into()).or_default() -= 1;
            fail(&mut rows[at]);
        }
        Ok(())
    }

    /// Prepares and keeps the documents of a file that are wanted. Gives those whose bytes are no longer the ones that were seen.
    fn prepare_one(&self, preparer: &Preparer, source: &Source, mut wanted: Wanted, rows: &[Listed]) -> Result<Wanted, LibraryError> {
        let limits = ReadLimits::default();
        for found in open(source, &limits) {
            let Found::Document(document) = found else { continue };
            let inside = document.name.strip_prefix(&source.name).unwrap_or_default();
            let Some(at) = wanted.get(inside).copied() else { continue };
            let (row, bytes) = (&rows[at], document.bytes);
            if document.doc_id != row.doc_id || source.title != row.title {
                continue;
            }
            wanted.remove(inside);
            let stored = match document.read(&limits) {
                Ok(reading) => Stored::of(preparer.prepare_reading("", bytes, &reading, true)),
                Err(error) => Stored::Failed(error.to_string()),
            };
            self.kept.store(&row.key, &stored)?;
            self.progress.inc(1);
        }
        Ok(wanted)
    }

    /// Makes the vectors that are not kept: of a document at a time, so that they depend on nothing but the document and the model.
    pub fn encode(&self, rows: &[Listed], embedding: &str, updated: &mut Updated) -> Result<(), LibraryError> {
        let wanted = |row: &&Listed| row.state == State::Prepared && !self.kept.has_vectors(&row.key, embedding);
        let missing: Vec<&Listed> = rows.iter().filter(wanted).collect();
        let mut encoded = 0;
        if !missing.is_empty() {
            stage(self.progress, "encode", missing.len() as u64);
            // Nothing else is computed meanwhile; sections that are all but equally near may trade places.
            let _rounded = Bfloat16Products::begin();
            for row in missing {
                if let Some(Stored::Prepared { sections, .. }) = self.kept.load(&row.key) {
                    let vectors = self.models.answerer()?.embed_sections(&sections);
                    encoded += sections.len() as u64;
                    self.kept.store_vectors(&row.key, embedding, &vectors)?;
                }
                self.progress.inc(1);
            }
        }
        updated.counts.insert("encoded".into(), encoded);
        Ok(())
    }
}

/// Documents of a file and the numbers of their rows: what stands behind the file's name in theirs, nothing for the file itself.
type Wanted = BTreeMap<String, usize>;

/// Takes out what is missing of a file.
fn take(missing: &mut BTreeMap<String, usize>, file: &str) -> Wanted {
    let is_inside = |rest: &str| rest.is_empty() || rest.starts_with('/');
    let begin = missing.range(file.to_owned()..).take_while(|(name, _)| name.starts_with(file));
    let names: Vec<String> = begin.map(|(name, _)| name.clone()).filter(|name| is_inside(&name[file.len()..])).collect();
    names.into_iter().filter_map(|name| Some((name[file.len()..].to_owned(), missing.remove(&name)?))).collect()
}

fn fail(row: &mut Listed) {
    (row.state, row.reason) = (State::Failed, MEANWHILE.to_owned());
    row.key.clear();
}
