//! A look without reading.

use prep_model::read::{Corpus, Entry, ReadLimits};

use super::Stamp;
use crate::library::settings::Settings;

/// A hash of what a walk over the registered paths finds without reading any file: names, sizes and times.
#[must_use]
pub fn glance(settings: &Settings) -> String {
    let mut hasher = blake3::Hasher::new();
    for source in &settings.sources {
        hasher.update(format!("{source:?}").as_bytes());
        let Ok(corpus) = Corpus::open(&source.path) else { continue };
        if corpus.is_records() {
            hasher.update(format!("{:?}", Stamp::of(corpus.root())).as_bytes());
            continue;
        }
        for entry in corpus.entries(&ReadLimits::default()) {
            let told = match entry {
                Entry::Source(source) => format!("{} {:?}\n", source.name, source.file().and_then(Stamp::of)),
                Entry::Skipped { path, reason } => format!("{path} {reason}\n"),
                Entry::Failed(failure) => format!("{} {}\n", failure.path, failure.reason),
            };
            hasher.update(told.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}
