//! `tandem search --dropped`: words looked for in what the preparation left out, the rows of the table `dropped`. Read as a stream, twice: once
//! for the terms, once for the texts of the hits; a page's menu of a million pages needs no memory but for its terms.
//!
//! Not for answering: what stands in no section is never quoted in a report.

use std::collections::HashMap;
use std::path::Path;

use records::{Dropped, RunError, RunFolder, TableError, read_table};
use serde::Serialize;
use thiserror::Error;

/// A piece of text that was left out and holds words of the query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DroppedHit {
    /// The name a user knows.
    pub doc: String,
    /// First byte in the original file.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// What it was left out as.
    pub reason: String,
    /// What stands there.
    pub text: String,
    /// BM25 among all that was left out.
    pub score: f32,
}

/// What was left out cannot be searched.
#[derive(Debug, Error)]
pub enum DroppedError {
    /// The folder is no finished run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It has no list of what was left out, or one that cannot be read.
    #[error("{0}: run `tandem prep` again into another folder to have it listed")]
    Table(#[from] TableError),
    /// It is the folder of another step.
    #[error("{folder}: holds a {found} run: name a folder that `tandem prep` made")]
    Other {
        /// The folder.
        folder: String,
        /// The step that made it.
        found: String,
    },
}

/// The `k` best of what the preparation in `sections` left out, for the words of a query, best first, and how many pieces it left out in all. A
/// query without a word or number finds nothing.
///
/// # Errors
/// If the folder holds no finished preparation or none of this version.
pub fn search_dropped(sections: &Path, query: &str, k: usize) -> Result<(Vec<DroppedHit>, u64), DroppedError> {
    let found = RunFolder::manifest(sections)?.stage;
    if found != "prep" {
        return Err(DroppedError::Other { folder: sections.display().to_string(), found });
    }
    let mut index = text::Bm25::default();
    for dropped in read_table::<Dropped>(sections)? {
        index.add(&text::terms(&dropped?.text));
    }
    let ranked = index.search(&text::terms(query), k);
    let places: HashMap<usize, usize> = ranked.iter().enumerate().map(|(place, (row, _))| (*row, place)).collect();
    let mut hits: Vec<Option<DroppedHit>> = vec![None; ranked.len()];
    if !ranked.is_empty() {
        for (row, dropped) in read_table::<Dropped>(sections)?.enumerate() {
            let Dropped { path: doc, raw_start: start, raw_end: end, text, reason, .. } = dropped?;
            if let Some(place) = places.get(&row) {
                hits[*place] = Some(DroppedHit { doc, start, end, reason, text, score: ranked[*place].1 });
            }
        }
    }
    Ok((hits.into_iter().flatten().collect(), index.len() as u64))
}

#[cfg(test)]
mod tests {
    use records::{Counts, TableWriter};

    use super::*;

    #[test]
    fn what_was_left_out_is_found_by_its_words_with_its_place_and_reason() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunFolder::open(dir.path(), "prep", &1, 0).unwrap();
        let error = search_dropped(dir.path(), "harbour", 3).unwrap_err().to_string();
        assert!(error.contains("writing here"), "{error}");
        let row = |path: &str, start: u64, text: &str, reason: &str| Dropped {
            doc_id: "d".into(),
            path: path.into(),
            raw_start: start,
            raw_end: start + text.len() as u64,
            text: text.into(),
            reason: reason.into(),
        };
        for (shard, rows) in [
            vec![row("a.html", 7, "Home | About the harbours", "navigation"), row("a.html", 90, "-----", "rule")],
            vec![row("b.html", 30, "The har\u{ad}bour office is closed.", "hidden"), row("b.html", 99, "Imprint", "boilerplate")],
        ]
        .into_iter()
        .enumerate()
        {
            let mut writer = TableWriter::<Dropped>::create(dir.path(), shard).unwrap();
            writer.extend(rows).unwrap();
            writer.finish().unwrap();
        }
        run.finish(Counts::new(), vec![]).unwrap();
        let found = |query: &str, k| search_dropped(dir.path(), query, k).unwrap().0;
        let hits = found("harbour office", 5);
        assert_eq!(hits.iter().map(|hit| (hit.doc.as_str(), hit.start)).collect::<Vec<_>>(), [("b.html", 30), ("a.html", 7)]);
        assert_eq!((hits[0].reason.as_str(), hits[0].text.as_str()), ("hidden", "The har\u{ad}bour office is closed."));
        assert!(hits[0].score > hits[1].score && hits[1].score > 0.0);
        assert_eq!((found("harbour", 1).len(), found("((", 5).len(), found("ferry", 5).len(), found("harbour", 0).len()), (1, 0, 0, 0));
        assert_eq!(search_dropped(dir.path(), "imprint", 5).unwrap().1, 4);
        assert!(search_dropped(&dir.path().join("none"), "x", 1).is_err());
    }

    #[test]
    fn a_folder_of_another_step_is_named() {
        let dir = tempfile::tempdir().unwrap();
        RunFolder::open(dir.path(), "index", &1, 0).unwrap().finish(Counts::new(), vec![]).unwrap();
        let error = search_dropped(dir.path(), "x", 1).unwrap_err().to_string();
        assert!(error.contains("index run") && error.contains("tandem prep"), "{error}");
        let dir = tempfile::tempdir().unwrap();
        RunFolder::open(dir.path(), "prep", &1, 0).unwrap().finish(Counts::new(), vec![]).unwrap();
        let error = search_dropped(dir.path(), "x", 1).unwrap_err().to_string();
        assert!(error.contains("dropped") && error.contains("again"), "{error}");
    }
}
