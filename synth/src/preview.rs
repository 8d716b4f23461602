//! What a run would make, without making it where the user looks: a small run in a temporary folder, of which counts and samples remain.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use indicatif::ProgressBar;
use records::Manifest;
use serde::Serialize;
use tempfile::TempDir;

use crate::candidates::name;
use crate::corpus::{self, Excluded};
use crate::sample::samples;
use crate::world::{self, WorldPreset};
use crate::{Sample, SynthError};

/// Triples of a preview where nobody asks for a number: every kind comes up, and it takes a second.
pub const TRIPLES: usize = 500;
/// Samples of a preview.
const SAMPLES: usize = 10;

/// Counts and samples of a small run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Questions that were made.
    pub questions: u64,
    /// Documents they are about.
    pub documents: u64,
    /// Questions by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Dropped tries by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Ten triples, of as many kinds as there are.
    pub samples: Vec<Sample>,
}

/// Previews `triples` triples of a world.
///
/// # Errors
/// As [`world::generate`], or if there is no room for temporary files.
pub fn world(preset: &WorldPreset, triples: usize, seed: u64, progress: &ProgressBar) -> Result<Preview, SynthError> {
    let dir = temporary()?;
    let manifest = world::generate(preset, dir.path(), triples, seed, progress)?;
    Preview::of(dir.path(), &manifest)
}

/// Previews `triples` triples of prepared sections. Every section is read, whatever the number: which sentences tell enough shows only
/// against the whole corpus.
///
/// # Errors
/// As [`corpus::generate`], or if there is no room for temporary files.
pub fn corpus(sections_dir: &Path, triples: usize, seed: u64, excluded: &Excluded, progress: &ProgressBar) -> Result<Preview, SynthError> {
    let dir = temporary()?;
    let manifest = corpus::generate_without(sections_dir, dir.path(), triples, seed, excluded, progress)?;
    Preview::of(dir.path(), &manifest)
}

/// A folder that goes when it is dropped.
fn temporary() -> Result<TempDir, SynthError> {
    tempfile::tempdir().map_err(SynthError::io(&std::env::temp_dir()))
}

impl Preview {
    fn of(dir: &Path, manifest: &Manifest) -> Result<Self, SynthError> {
        let count = |name: &str| manifest.counts.get(name).copied().unwrap_or(0);
        let counts_of = |prefix: &str| {
            let named = |(name, count): (&String, &u64)| Some((name.strip_prefix(prefix)?.to_owned(), *count));
            manifest.counts.iter().filter_map(named).collect()
        };
        Ok(Self {
            questions: count("questions"),
            documents: count("documents"),
            kinds: counts_of("kind."),
            dropped: counts_of("dropped."),
            samples: samples(dir, SAMPLES)?,
        })
    }
}

/// The preview as a person reads it on a terminal.
impl fmt::Display for Preview {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} questions about {} documents; nothing was kept", self.questions, self.documents)?;
        for (title, counts) in [("kinds", &self.kinds), ("dropped", &self.dropped)] {
            writeln!(out, "\n{title}")?;
            counts.iter().try_for_each(|(name, count)| writeln!(out, "{count:>9}  {}", name.replace('_', " ")))?;
        }
        for sample in &self.samples {
            writeln!(out, "\n[{}] {}", name(&sample.kind), plain(&sample.question))?;
            writeln!(out, "  = {}", plain(sample.answer.as_deref().unwrap_or("(not in the documents)")))?;
            sample.sentences.iter().try_for_each(|sentence| writeln!(out, "  < {}", plain(sentence)))?;
        }
        Ok(())
    }
}

/// A text of a document on one line, without signs that steer a terminal.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(char::is_control, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_counts_what_it_samples_from() {
        let preset = WorldPreset::named("small").unwrap();
        let preview = world(&preset, 200, 1, &ProgressBar::hidden()).unwrap();
        assert_eq!(preview.kinds.values().sum::<u64>(), preview.questions);
        assert_eq!(preview.samples.len(), SAMPLES);
        let mut kinds: Vec<String> = preview.samples.iter().map(|sample| name(&sample.kind)).collect();
        kinds.dedup();
        assert_eq!(kinds.len(), SAMPLES, "{kinds:?}");
        assert_eq!(world(&preset, 200, 1, &ProgressBar::hidden()).unwrap(), preview);
    }

    #[test]
    fn text_of_a_document_cannot_steer_the_terminal() {
        assert_eq!(plain("a\n\u{1b}[31mb\tc"), "a [31mb c");
    }
}
