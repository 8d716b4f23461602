//! The slow half of an index in several processes: each makes the vectors of every n-th shard of sections into a folder of its own. The other
//! half, which has one writer, takes them from there.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use records::{Counts, Part, Parts, RunFolder, Section, Shard, TableReader, TableWriter, Vector};
use serde::{Deserialize, Serialize};

use super::build::{BuildOptions, Built, Embed, build, next_batch, unaltered};
use super::folder::{self, Inputs, LAYOUT};
use super::{IndexError, table};

/// Name of the file that says what vectors are of.
const ABOUT: &str = "vectors.json";

/// What the vectors of a part are of.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    embedding: String,
    sections: PathBuf,
    sections_manifest: String,
}

/// Makes the vectors of a part of the sections. The counts hold `in` = `out` + `skipped` and `without_vector` as those of [`build`].
/// `progress` counts sections.
///
/// # Errors
/// As [`build`].
pub fn embed_part(
    sections: &Path,
    out: &Path,
    part: Part,
    embed: Embed<'_>,
    options: &BuildOptions,
    progress: &ProgressBar,
) -> Result<Counts, IndexError> {
    let manifest = RunFolder::manifest(sections)?;
    unaltered(sections, &manifest)?;
    let inputs = Inputs { layout: LAYOUT, sections_manifest: folder::manifest_hash(sections)?, embedding: options.embedding.clone() };
    let run = RunFolder::open_part(out, "index", &inputs, 0, part)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest.counts);
    }
    let shards = records::shards::<Section>(sections)?;
    let own = || shards.iter().enumerate().filter(|(piece, _)| part.holds(*piece));
    let named = |path: &Path| manifest.shards.iter().find(|shard| path.ends_with(&shard.file)).map_or(0, |shard| shard.rows);
    progress.set_length(own().map(|(_, path)| named(path)).sum());
    let mut counts: Counts = ["in", "out", "skipped", "without_vector"].into_iter().map(|name| (name.to_owned(), 0)).collect();
    let mut made = Vec::new();
    for (piece, path) in own() {
        let file = out.join(format!("vectors-{piece:05}.parquet"));
        // A file under its final name is whole: an earlier run that was killed left it.
        let known: Option<Vec<Vector>> = file.exists().then(|| TableReader::open(&file)?.collect()).transpose()?;
        let is_known = known.is_some();
        // Of what is known only the sections are counted.
        let unmade = |batch: &[Section]| if is_known { Vec::new() } else { embed(batch) };
        let made_now = vectors_of(path, &unmade, options.batch, &mut counts, progress)?;
        let vectors = known.clone().unwrap_or(made_now);
        *counts.entry("without_vector".into()).or_default() += vectors.iter().filter(|row| !table::is_usable(&row.vector)).count() as u64;
        *counts.entry("out".into()).or_default() += vectors.len() as u64;
        made.push(match known {
            Some(_) => Shard::of(&file, vectors.len() as u64).map_err(IndexError::io(&file))?,
            None => {
                let mut writer = TableWriter::create(out, piece)?;
                writer.extend(vectors)?;
                writer.finish()?
            }
        });
    }
    let Inputs { embedding, sections_manifest, .. } = inputs;
    let about = About { embedding, sections_manifest, sections: std::fs::canonicalize(sections).unwrap_or_default() };
    let (path, json) = (out.join(ABOUT), serde_json::to_vec_pretty(&about).expect("plain data becomes JSON"));
    records::write_atomically(&path, &json).map_err(IndexError::io(&path))?;
    run.finish(counts.clone(), made)?;
    Ok(counts)
}

/// The vectors of a shard of sections, `batch` sections at a time. To `counts` are added `in` and `skipped`.
fn vectors_of(path: &Path, embed: Embed<'_>, batch: usize, counts: &mut Counts, progress: &ProgressBar) -> Result<Vec<Vector>, IndexError> {
    let (mut rows, mut vectors) = (TableReader::<Section>::open(path)?, Vec::new());
    loop {
        let batch = next_batch(&mut rows, batch, counts)?;
        if batch.is_empty() {
            return Ok(vectors);
        }
        let named = |(section, vector): (&Section, _)| Vector { doc_id: section.doc_id.clone(), section: section.section, vector };
        vectors.extend(batch.iter().zip(embed(&batch)).map(named));
        progress.inc(batch.len() as u64);
    }
}

/// The vectors of a shard of sections, as [`build_elsewhere`] wants them from whoever embeds.
///
/// # Errors
/// If the shard cannot be read.
pub fn embed_shard(path: &Path, embed: Embed<'_>, options: &BuildOptions) -> Result<Vec<Vector>, IndexError> {
    vectors_of(path, embed, options.batch, &mut Counts::new(), &ProgressBar::hidden())
}

/// What embeds sections elsewhere, with the model that it was told.
pub trait Workers {
    /// The vectors of each shard of sections, as [`embed_shard`] makes them, in the order of the shards. Several may be under way at a time; none is asked for
    /// before there is room for it.
    fn vectors<'a>(&'a self, shards: Box<dyn Iterator<Item = PathBuf> + 'a>) -> Box<dyn Iterator<Item = Result<Vec<Vector>, String>> + 'a>;
}

/// [`build`] with the sections embedded elsewhere. Shards are named by absolute paths.
///
/// # Errors
/// As [`build`], and if the workers cannot be reached or refuse.
pub fn build_elsewhere(
    sections: &Path,
    out: &Path,
    workers: &dyn Workers,
    options: &BuildOptions,
    progress: &ProgressBar,
) -> Result<Built, IndexError> {
    let place = std::fs::canonicalize(sections).map_err(IndexError::io(sections))?;
    let shards = records::shards::<Section>(&place)?;
    let rows = workers.vectors(Box::new(shards.into_iter())).flat_map(|shard| match shard {
        Ok(vectors) => vectors.into_iter().map(Ok).collect(),
        Err(reason) => vec![Err(IndexError::Workers(reason))],
    });
    build_of(sections, out, Box::new(rows), options, progress)
}

/// Builds the index of sections whose vectors come in the sections' order.
fn build_of<'a>(
    sections: &Path,
    out: &Path,
    vectors: Box<dyn Iterator<Item = Result<Vector, IndexError>> + 'a>,
    options: &BuildOptions,
    progress: &ProgressBar,
) -> Result<Built, IndexError> {
    let (vectors, failed) = (RefCell::new(vectors), RefCell::new(None));
    // A vector that is missing, unreadable or another section's ends the batch, which `build` refuses as too short.
    let embed = |batch: &[Section]| {
        let mut vectors = vectors.borrow_mut();
        let of = |section: &Section| {
            let row = vectors.next()?.map_err(|error| failed.replace(Some(error))).ok()?;
            (row.doc_id == section.doc_id && row.section == section.section).then_some(row.vector)
        };
        batch.iter().map_while(of).collect()
    };
    let built = build(sections, out, &embed, options, progress);
    match failed.into_inner() {
        Some(error) => Err(error),
        None => built,
    }
}

/// Builds the index of sections from the vectors that the parts made; `sections` where these have moved since.
///
/// # Errors
/// As [`build`], and if the parts are of other sections.
pub fn merge_index(parts: &Parts, sections: Option<&Path>, out: &Path, progress: &ProgressBar) -> Result<Built, IndexError> {
    let path = parts.dirs[0].join(ABOUT);
    let bytes = std::fs::read(&path).map_err(IndexError::io(&path))?;
    let about: About = serde_json::from_slice(&bytes).map_err(|error| IndexError::io(&path)(error.into()))?;
    let sections = sections.unwrap_or(&about.sections);
    if folder::manifest_hash(sections)? != about.sections_manifest {
        return Err(IndexError::Stale { dir: parts.dirs[0].clone(), sections: sections.to_path_buf() });
    }
    let mut vectors = Vec::new();
    for piece in 0..records::shards::<Section>(sections)?.len() {
        vectors.push(parts.of_piece(piece).join(format!("vectors-{piece:05}.parquet")));
    }
    let rows = vectors.into_iter().flat_map(|path| match TableReader::<Vector>::open(&path) {
        Ok(rows) => Box::new(rows.map(|row| row.map_err(IndexError::from))) as Box<dyn Iterator<Item = _>>,
        Err(error) => Box::new(std::iter::once(Err(error.into()))),
    });
    build_of(sections, out, Box::new(rows), &BuildOptions::of(about.embedding), progress)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{embed, point, prepared, prepared_in};
    use super::*;
    use crate::index::Index;

    #[test]
    fn an_index_of_parts_holds_what_one_process_would_have_put_there() {
        let dir = tempfile::tempdir().unwrap();
        let sections = prepared_in(dir.path(), 20, 6);
        let (hidden, options) = (ProgressBar::hidden(), BuildOptions::of("hash"));
        let folders: Vec<PathBuf> = (0..2).map(|index| dir.path().join(format!("part-{index}"))).collect();
        for (index, out) in folders.iter().enumerate() {
            let part = Part { index, of: 2 };
            let counts = embed_part(&sections, out, part, &embed, &options, &hidden).unwrap();
            assert_eq!(counts["in"], counts["out"] + counts["skipped"]);
            let never = |_: &[Section]| unreachable!();
            assert_eq!(embed_part(&sections, out, part, &never, &options, &hidden).unwrap(), counts);
            std::fs::remove_file(out.join("manifest.json")).unwrap();
            assert_eq!(embed_part(&sections, out, part, &never, &options, &hidden).unwrap(), counts, "what was made is not made again");
        }
        let (merged, alone) = (dir.path().join("merged"), dir.path().join("alone"));
        let parts = Parts::open(&folders).unwrap();
        let done = merge_index(&parts, None, &merged, &hidden).unwrap();
        let expected = build(&sections, &alone, &embed, &options, &hidden).unwrap();
        assert_eq!((done.card, done.counts), (expected.card, expected.counts));
        let nearest = |dir: &Path| Index::open(dir).unwrap().nearest(&point("Travel costs"), 5).unwrap();
        assert_eq!(nearest(&merged), nearest(&alone));
        let other = prepared(dir.path(), 21);
        let refused = merge_index(&parts, Some(&other), &dir.path().join("other"), &hidden);
        assert!(matches!(refused, Err(IndexError::Stale { .. })), "{refused:?}");
    }
}
