//! The dear part of an update: preparing and encoding the documents of which nothing is kept. Each is kept as soon as it is done.

use std::collections::HashMap;

use backbone::Bfloat16Products;
use indicatif::ProgressBar;
use prep_model::inference::Preparer;
use prep_model::read::{Corpus, Entry, ReadLimits, Source};
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
        let mut missing: HashMap<String, usize> = HashMap::new();
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
                let Some(at) = missing.remove(&name) else { continue };
                bytes += source.bytes;
                batch.push((at, source));
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
        batch: Vec<(usize, Source)>,
        rows: &mut [Listed],
        updated: &mut Updated,
    ) -> Result<(), LibraryError> {
        let one = |(at, source): (usize, Source)| {
            let done = self.prepare_one(preparer, &source, &rows[at])?;
            self.progress.inc(1);
            Ok((!done).then_some(at))
        };
        let done: Result<Vec<Option<usize>>, LibraryError> = batch.into_par_iter().with_max_len(1).map(one).collect();
        for at in done?.into_iter().flatten() {
            *updated.counts.entry("prepared".into()).or_default() -= 1;
            fail(&mut rows[at]);
        }
        Ok(())
    }

    /// Prepares and keeps a document. Gives false if its bytes are no longer those that were seen.
    fn prepare_one(&self, preparer: &Preparer, source: &Source, row: &Listed) -> Result<bool, LibraryError> {
        let limits = ReadLimits::default();
        let Ok(bytes) = source.load(&limits) else { return Ok(false) };
        if blake3::hash(&bytes).to_hex().as_str() != row.doc_id || source.title != row.title {
            return Ok(false);
        }
        let stored = match preparer.prepare_whole(source, &bytes, true, &limits) {
            Ok(prepared) => Stored::of(prepared),
            Err(failure) => Stored::Failed(failure.reason),
        };
        self.kept.store(&row.key, &stored)?;
        Ok(true)
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

fn fail(row: &mut Listed) {
    (row.state, row.reason) = (State::Failed, MEANWHILE.to_owned());
    row.key.clear();
}
