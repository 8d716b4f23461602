//! World mode: a fictional world of organisations, told in raw files and asked about.
//!
//! [`generate`] walks over the organisations in parallel, each from its number alone (`cluster`); a document is composed (`compose`) of
//! filler (`writer`) and planted facts (`tell`), rendered and damaged (`crate::render`), cut into gold sections (`crate::sections`), and
//! asked about (`questions`, `chains`, `sets`, `versions`). Nothing refers to another organisation, so neither order nor threads can change
//! a byte. Words, names and wordings are data: `worlds/README.md`.
//!
//! A large world is searched in parts of some tens of thousands of questions: the keyword index, and with it the distractors and ranks of a
//! question, cover the documents of its part. That bounds the memory whatever the number of triples.

mod chains;
mod cluster;
pub(crate) mod compose;
pub(crate) mod genre;
pub(crate) mod grammar;
mod names;
mod phrase;
mod preset;
pub(crate) mod prose;
mod questions;
pub(crate) mod sets;
mod studio;
mod tell;
mod value;
mod versions;
mod writer;

use std::path::Path;

use indicatif::ProgressBar;
use records::{Counts, Manifest};

pub use crate::render::NoiseChannel;
pub use genre::Genre;
pub use preset::{NoiseShares, WorldPreset};

use crate::SynthError;
use crate::candidates::{Library, Session};
use crate::card::{self, About, Source};
use crate::dropped::Dropped;
use crate::output::Tables;
use crate::teacher::{self, Lesson, Teacher};
use studio::Studio;

/// Organisations whose documents are searched together (about 50,000 triples).
const PART: usize = 1_280;

/// Makes a world and its triples in the folder `out`; `triples` of 0 stands for the preset's own number. A finished folder of the same
/// preset, number and seed is left as it is.
///
/// # Errors
/// If the preset makes no sense, asks for more names than there are, or the disk refuses.
pub fn generate(preset: &WorldPreset, out: &Path, triples: usize, seed: u64, progress: &ProgressBar) -> Result<Manifest, SynthError> {
    generate_taught(preset, out, triples, seed, None, progress)
}

/// As [`generate`], with a teacher's questions among them.
///
/// # Errors
/// As [`generate`].
pub fn generate_taught(
    preset: &WorldPreset,
    out: &Path,
    triples: usize,
    seed: u64,
    teacher: Option<&Teacher>,
    progress: &ProgressBar,
) -> Result<Manifest, SynthError> {
    preset.validate()?;
    let triples = if triples == 0 { preset.triples } else { triples };
    let studio = Studio::new(preset, triples as u64, seed)?;
    let run = teacher::run_folder(out, &(preset, triples), teacher, seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    progress.set_length(triples as u64);
    let raw = out.join("raw");
    let (mut tables, mut session) = (Tables::new(out), Session::default());
    let (mut dropped, mut counts) = (Dropped::default(), Counts::new());
    let clusters: Vec<u64> = (0..studio.world.clusters).collect();
    let mut lesson = Lesson::new(teacher, seed, &|_, _| true)?;
    for part in clusters.chunks(PART) {
        let mut library = Library::default();
        lesson.begin(triples as u64 * part.len() as u64 / clusters.len() as u64);
        let kept = studio.part(part, &raw, (&mut tables, &mut lesson), &mut library, (&mut dropped, &mut counts), progress)?;
        let kept = lesson.teach(kept, progress)?;
        library.write_part(kept, &mut session, &mut tables, (&mut dropped, &mut counts), progress)?;
    }
    lesson.close(out, &mut counts)?;
    totals(&tables, &dropped, triples as u64, &mut counts);
    dropped.write(out)?;
    let shards = tables.finish()?;
    let source = Source::World { preset: preset.name.clone(), world: preset.world.clone() };
    card::write(out, &About { source, wanted: preset.wanted(), seed, teacher: teacher.map(Teacher::model) }, &counts, &shards)?;
    Ok(run.finish(counts, shards)?)
}

fn totals(tables: &Tables, dropped: &Dropped, asked: u64, counts: &mut Counts) {
    counts.insert("documents".into(), tables.documents.rows());
    counts.insert("sections".into(), tables.sections.rows());
    counts.insert("line_labels".into(), tables.line_labels.rows());
    counts.insert("questions".into(), tables.questions.rows());
    counts.insert("questions_wanted".into(), asked);
    counts.extend(dropped.counts().map(|(reason, number)| (format!("dropped.{reason}"), number)));
}
