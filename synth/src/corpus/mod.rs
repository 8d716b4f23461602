//! Corpus mode: questions by rule from the real sentences of prepared sections.
//!
//! Two walks over the sections: the first copies them, indexes them and counts what occurs how often (`scout`); the second makes every
//! question the rules allow, document by document and in parallel (`rules`, `patterns`, `sentences`). Then the wanted number is drawn so
//! that the kinds come near their shares, and a part is turned into questions that nothing answers (`near_miss`).

mod alias;
mod asking;
mod choices;
mod clause;
mod cloze;
mod coverage;
mod define;
mod draw;
mod exclude;
mod in_place;
mod language;
mod law;
mod lists;
mod natural;
mod near_miss;
mod parts;
mod patterns;
mod person;
mod phrases;
mod preset;
mod removed;
mod reported;
mod reword;
mod rules;
mod scout;
mod sentences;
mod sound;
mod table;
mod topics;
mod walk;
mod written;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Answer, Counts, Document, Manifest, Question, Section, Shard, Split, read_table};

use crate::SynthError;
use crate::candidates::Triple;
use crate::card::{self, About, Source};
use crate::dropped::Dropped;
use crate::filter::Reason;
use crate::output::Tables;
use crate::teacher::{self, Lesson, Teacher};
pub use exclude::Excluded;
pub(crate) use rules::fact;

use draw::{Ticket, choose};
use near_miss::near_misses;
use parts::Parts;
use preset::CorpusPreset;
use scout::Scout;
use walk::{Walked, second_walk};
use written::Written;

/// Makes up to `triples` triples from the prepared sections in `sections_dir`, in the folder `out`; fewer where the rules find fewer. A
/// finished folder of the same sections, number and seed is left as it is.
///
/// # Errors
/// If there are no sections, or the disk refuses.
pub fn generate(sections_dir: &Path, out: &Path, triples: usize, seed: u64, progress: &ProgressBar) -> Result<Manifest, SynthError> {
    generate_without(sections_dir, out, triples, seed, &Excluded::default(), progress)
}

/// As [`generate`], without any triple whose question or gold sentence comes too close to an excluded text; those are counted as
/// `dropped.excluded`.
///
/// # Errors
/// As [`generate`].
pub fn generate_without(
    sections_dir: &Path,
    out: &Path,
    triples: usize,
    seed: u64,
    excluded: &Excluded,
    progress: &ProgressBar,
) -> Result<Manifest, SynthError> {
    generate_beside(sections_dir, out, triples, seed, &Beside { excluded: Some(excluded), ..Beside::default() }, progress)
}

/// What there is beside the rules.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Texts that no triple may come close to.
    pub excluded: Option<&'a Excluded>,
    /// Who rewords, asks and judges.
    pub teacher: Option<&'a Teacher>,
    /// A file of questions that were written before (`.jsonl`: document, question, answer, sentence), added to those of the rules.
    pub written: Option<&'a Path>,
}

/// As [`generate`], with what there is beside the rules.
///
/// # Errors
/// As [`generate`], and if the file of written questions cannot be read.
pub fn generate_beside(
    sections_dir: &Path,
    out: &Path,
    triples: usize,
    seed: u64,
    beside: &Beside<'_>,
    progress: &ProgressBar,
) -> Result<Manifest, SynthError> {
    make(sections_dir, out, triples, seed, beside, &Purpose::TRAINING, progress)
}

/// As [`generate_without`], for asking and never for training: every document counts as held back (`test`), and every question is worded in
/// forms that no training data uses.
///
/// # Errors
/// As [`generate`].
pub fn generate_held_back(
    sections_dir: &Path,
    out: &Path,
    triples: usize,
    seed: u64,
    excluded: &Excluded,
    progress: &ProgressBar,
) -> Result<Manifest, SynthError> {
    let purpose = Purpose { name: "corpus, held back", split: |_| Split::Test };
    make(sections_dir, out, triples, seed, &Beside { excluded: Some(excluded), ..Beside::default() }, &purpose, progress)
}

/// What a data set is for.
struct Purpose {
    /// As it enters the run's identity.
    name: &'static str,
    /// Which part a document belongs to that stands alone.
    split: fn(&str) -> Split,
}

impl Purpose {
    const TRAINING: Self = Self { name: "corpus", split: Split::of };
}

fn make(
    sections_dir: &Path,
    out: &Path,
    triples: usize,
    seed: u64,
    beside: &Beside<'_>,
    &Purpose { name: purpose, split }: &Purpose,
    progress: &ProgressBar,
) -> Result<Manifest, SynthError> {
    let none = Excluded::default();
    let (excluded, teacher) = (beside.excluded.unwrap_or(&none), beside.teacher);
    let mut written = Written::read(beside.written)?;
    let preset = CorpusPreset::load()?;
    // The files themselves and not what a manifest says of them: one may be missing, or from before an edit.
    let hash = |path: PathBuf| Shard::of(&path, 0).map(|shard| shard.blake3).map_err(SynthError::io(&path));
    let read = records::shards::<Document>(sections_dir)?.into_iter().chain(records::shards::<Section>(sections_dir)?);
    let inputs: Vec<String> = read.map(hash).collect::<Result<_, _>>()?;
    let identity = (purpose, &preset, triples, inputs, excluded.fingerprint(), written.fingerprint());
    let run = teacher::run_folder(out, &identity, teacher, seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    let name = sections_dir.file_name().map_or_else(|| "corpus".to_owned(), |name| name.to_string_lossy().into_owned());
    let keep = |question: &Question, answer: &Answer| !excluded.touches(question, answer);
    let mut lesson = Lesson::new(teacher, seed, &keep)?;
    lesson.begin(triples as u64);
    let mut tables = Tables::new(out);
    progress.set_message("reading sections");
    let known = documents(sections_dir)?;
    let parts = Parts::new(split, &written.joined(&known));
    let scout = first_walk(sections_dir, known, (&name, &preset, seed), &parts, &mut tables, (&mut lesson, &mut written))?;
    progress.set_length(scout.sections);
    let Walked { mut found, mut dropped, fates } = second_walk(sections_dir, &preset, &scout, triples, (seed, &parts), progress)?;
    leave_out(excluded, &mut found, &mut dropped);
    let chosen = choose(found, &preset, triples, seed, &mut dropped);
    let mut triples_made = lesson.teach(near_misses(chosen, &preset, &scout, seed, &mut dropped), progress)?;
    let mut counts = Counts::new();
    lesson.close(out, &mut counts)?;
    triples_made.extend(written.close(&mut counts).into_iter().filter(|triple| keep(&triple.question, &triple.answer)));
    coverage::write(out, &fates, &triples_made, &mut counts)?;
    let numbered = triples_made.into_iter().enumerate().map(|(at, triple)| with_id(triple, &format!("{name}-{seed}-{at:07}"))).collect();
    scout.library.write(numbered, &mut tables, &mut dropped, &mut counts, progress)?;
    counts.insert("documents".into(), tables.documents.rows());
    counts.insert("sections".into(), tables.sections.rows());
    counts.insert("questions".into(), tables.questions.rows());
    counts.insert("questions_wanted".into(), triples as u64);
    counts.extend(dropped.counts().map(|(reason, number)| (format!("dropped.{reason}"), number)));
    dropped.write(out)?;
    let shards = tables.finish()?;
    let source = Source::Corpus { name, excludes: !excluded.is_empty() };
    card::write(out, &About { source, wanted: preset.wanted(), seed, teacher: teacher.map(Teacher::model) }, &counts, &shards)?;
    Ok(run.finish(counts, shards)?)
}

/// Drops what comes too close to an excluded text.
fn leave_out(excluded: &Excluded, found: &mut Vec<Ticket>, dropped: &mut Dropped) {
    // Counted even if it is none.
    dropped.count(Reason::Excluded, 0);
    found.retain(|ticket| {
        let triple = &ticket.candidate.triple;
        let touched = excluded.touches(&triple.question, &triple.answer);
        if touched {
            dropped.lose(Reason::Excluded, &triple.question.question);
        }
        !touched
    });
}

fn with_id(mut triple: Triple, id: &str) -> Triple {
    triple.question.question_id = id.to_owned();
    triple.answer.question_id = id.to_owned();
    triple
}

/// The documents by `doc_id`: of their own table, or as the sections tell of them where there is none.
fn documents(dir: &Path) -> Result<HashMap<String, Document>, SynthError> {
    let by_id = |document: Document| (document.doc_id.clone(), document);
    if records::shards::<Document>(dir)?.is_empty() {
        return read_table::<Section>(dir)?.map(|section| Ok(by_id(document_of(&section?)))).collect();
    }
    read_table::<Document>(dir)?.map(|document| Ok(by_id(document?))).collect()
}

/// Copies sections and documents, but for the sentences that are taken out, and counts.
fn first_walk(
    dir: &Path,
    mut known: HashMap<String, Document>,
    (name, preset, seed): (&str, &CorpusPreset, u64),
    parts: &Parts,
    tables: &mut Tables,
    (lesson, written): (&mut Lesson, &mut Written),
) -> Result<Scout, SynthError> {
    let mut scout = Scout::default();
    let mut seen: HashSet<String> = HashSet::new();
    let mut last = String::new();
    for section in read_table::<Section>(dir)? {
        let section = section?;
        if section.doc_id != last {
            last.clone_from(&section.doc_id);
            if !seen.insert(last.clone()) {
                continue;
            }
            let document = known.remove(&last).unwrap_or_else(|| document_of(&section));
            tables.documents.push(Document { split: parts.of(&document.doc_id), corpus: name.to_owned(), ..document })?;
        }
        let section = removed::cut(&section, preset, seed).map_or(section, |(rest, _)| rest);
        scout.look(&section);
        lesson.look(&section, parts.of(&section.doc_id));
        written.look(&section, parts.of(&section.doc_id));
        tables.sections.push(section)?;
    }
    Ok(scout)
}

/// What a section alone says about its document.
fn document_of(section: &Section) -> Document {
    let media_type = match Path::new(&section.path).extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => "text/html",
        Some("md" | "markdown") => "text/markdown",
        _ => "text/plain",
    };
    Document {
        doc_id: section.doc_id.clone(),
        path: section.path.clone(),
        media_type: media_type.to_owned(),
        bytes: 0,
        title: section.title.clone(),
        corpus: String::new(),
        split: Split::of(&section.doc_id),
        noise_level: 0.0,
        replaced: 0,
        dropped: 0,
    }
}
