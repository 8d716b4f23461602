//! The second walk over the sections: document by document and in parallel, every question that the rules allow.

use std::collections::HashSet;
use std::path::Path;

use indicatif::ProgressBar;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use records::{Section, read_table};

use super::coverage::Fates;
use super::draw::{Shares, Ticket};
use super::language::Language;
use super::law::Law;
use super::parts::Parts;
use super::preset::CorpusPreset;
use super::removed;
use super::rules::Reader;
use super::scout::Scout;
use crate::SynthError;
use crate::dropped::Dropped;
use crate::filter::Reason;

/// Documents read between two writes.
const CHUNK: usize = 256;
/// Candidates kept of a document, as a multiple of its share of the wanted questions.
const SURPLUS: f64 = 2.5;

/// What the second walk brings home.
#[derive(Default)]
pub(super) struct Walked {
    pub found: Vec<Ticket>,
    pub dropped: Dropped,
    pub fates: Vec<Fates>,
}

/// What the rules know of English and of its registers.
#[derive(Clone, Copy)]
struct Tongue {
    language: &'static Language,
    law: &'static Law,
}

/// Makes the candidates of every document.
pub(super) fn second_walk(
    dir: &Path,
    preset: &CorpusPreset,
    scout: &Scout,
    triples: usize,
    (seed, parts): (u64, &Parts),
    progress: &ProgressBar,
) -> Result<Walked, SynthError> {
    let tongue = Tongue { language: Language::get()?, law: Law::get()? };
    let per_section = triples as f64 * SURPLUS / scout.sections.max(1) as f64;
    let mut walked = Walked::default();
    let mut chunk: Vec<Vec<Section>> = Vec::new();
    let mut flush = |chunk: &mut Vec<Vec<Section>>| {
        let made: Vec<Walked> =
            chunk.par_iter().map(|document| of_document(document, preset, scout, tongue, per_section, (seed, parts))).collect();
        for made in made {
            walked.found.extend(made.found);
            walked.dropped.merge(made.dropped);
            walked.fates.extend(made.fates);
        }
        progress.inc(chunk.iter().map(|document| document.len() as u64).sum());
        chunk.clear();
    };
    for section in read_table::<Section>(dir)? {
        let section = section?;
        match chunk.last_mut().filter(|document| document.last().is_some_and(|last| last.doc_id == section.doc_id)) {
            Some(document) => document.push(section),
            None => {
                if chunk.len() >= CHUNK {
                    flush(&mut chunk);
                }
                chunk.push(vec![section]);
            }
        }
    }
    flush(&mut chunk);
    Ok(walked)
}

fn of_document(
    document: &[Section],
    preset: &CorpusPreset,
    scout: &Scout,
    tongue: Tongue,
    per_section: f64,
    (seed, parts): (u64, &Parts),
) -> Walked {
    let Some(first) = document.first() else { return Default::default() };
    let key = blake3::hash(format!("corpus/{seed}/{}", first.doc_id).as_bytes());
    let rng = ChaCha8Rng::from_seed(*key.as_bytes());
    let mut reader = Reader {
        preset,
        scout,
        language: tongue.language,
        law: tongue.law,
        line: String::new(),
        orders: true,
        cut: false,
        split: parts.of(&first.doc_id),
        rng,
        dropped: Dropped::default(),
        found: Vec::new(),
    };
    let mut fates = Fates::of(first);
    let mut headings: HashSet<&[String]> = HashSet::new();
    for section in document {
        let first = headings.insert(&section.heading_path);
        let fate = match removed::cut(section, preset, seed) {
            Some((rest, lost)) => {
                let fate = reader.section(&rest, first);
                reader.removed(section, &lost);
                fate
            }
            None => reader.section(section, first),
        };
        fates.sections.push((section.section, fate));
    }
    let Reader { found, mut dropped, mut rng, .. } = reader;
    let shares = Shares::new(found.iter().map(|candidate| candidate.group), preset);
    let mut tickets: Vec<Ticket> =
        found.into_iter().map(|candidate| Ticket { draw: shares.draw(candidate.group, &mut rng), candidate }).collect();
    let most = (per_section * document.len() as f64).ceil().max(1.0) as usize;
    tickets.sort_by(|a, b| a.draw.total_cmp(&b.draw));
    if tickets.len() > most {
        let rest = tickets.split_off(most);
        rest.iter().for_each(|ticket| dropped.lose(Reason::DocumentFull, &ticket.candidate.triple.question.question));
    }
    Walked { found: tickets, dropped, fates: vec![fates] }
}
