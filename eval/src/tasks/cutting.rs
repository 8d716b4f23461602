//! The task of cutting: texts glued together, to be cut where they were; the rules and TextTiling are tuned for it.

use indicatif::ProgressBar;
use prep_model::read::Reading;

use super::preparing::{Job, Preparation, Prepared, preparations};
use super::rows::short;
use super::tuning::{CUTTING, search, tuning};
use super::{Outcome, Part, TaskSystem};
use crate::baseline::{WorkflowConfig, tiles};
use crate::metrics::{BoundaryCounts, pk, window, window_diff};
use crate::suite::{Items, PartedText};
use crate::{EvalError, EvalOptions};

/// What TextTiling makes of a file that was read; its lines are those of the text.
pub(super) fn by_tiles(reading: &Reading, block: usize) -> Prepared {
    let text = reading.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    let mut ends = Vec::new();
    let mut end = 0;
    for line in &reading.lines {
        end += line.text.len() as u64 + 1;
        ends.push(end);
    }
    let raw = |start: u64| {
        let at = ends.partition_point(|end| *end <= start);
        let line = reading.lines.get(at)?;
        Some(line.raw_start + start - (ends[at] - line.text.len() as u64 - 1))
    };
    let starts = tiles(&text, block).into_iter().filter_map(raw).collect();
    Prepared { text, starts }
}

/// Token sequences on either side of a gap that TextTiling is tried with; Hearst's own 10 among them.
const BLOCKS: [usize; 5] = [2, 3, 4, 6, 10];

/// Cutting texts; the chunk size is tuned for Pk. Chunks that repeat sentences cannot be compared with parts, so none does.
pub(super) fn segmentation(items: &Items<PartedText>, options: &EvalOptions, progress: &ProgressBar) -> Result<Outcome, EvalError> {
    let parts = |text: &PartedText, prepared: &Prepared| {
        let (found, k) = (boundaries(text, &prepared.starts), window(&text.boundaries));
        let counts = BoundaryCounts::of(&text.boundaries, &found);
        vec![
            Part::value("pk", pk(&text.boundaries, &found, k)),
            Part::value("window_diff", window_diff(&text.boundaries, &found, k)),
            Part::new("boundary_f1", (2 * counts.right) as f64, (counts.found + counts.wanted) as f64),
        ]
    };
    let job = Job {
        kind: &|text: &PartedText| text.kind.clone(),
        id: &|text: &PartedText| text.id.clone(),
        shown: &|text: &PartedText| {
            (short(&text.units.join(" ")), format!("{} parts", 1 + text.boundaries.iter().filter(|end| **end).count()))
        },
        file: &|text: &PartedText| Ok(("text.txt".into(), text.units.join("\n").into_bytes())),
        parts: &parts,
    };
    progress.set_message("tuning the workflow");
    let mut start = items.file.baseline.clone();
    start.chunks.overlap = 0;
    let tuning = job.read(tuning(items));
    let score = |config: &WorkflowConfig| -job.value(config, &tuning, "pk");
    let (config, tuned) = search(start, &CUTTING, tuning.len(), "Pk, negative", &score);
    let mut systems = preparations(config, "one part", options)?;
    let of_tiles = |block: usize| {
        let found = tuning.iter().flat_map(|read| parts(read.item, &by_tiles(&read.reading, block)));
        found.filter(|part| part.measure == "pk").map(|part| part.numerator).sum::<f64>()
    };
    // Of equals the first, so that without tuning texts it is the narrowest.
    let block = BLOCKS.into_iter().min_by(|a, b| of_tiles(*a).total_cmp(&of_tiles(*b))).unwrap_or(BLOCKS[0]);
    let configuration = serde_json::json!({ "block": block });
    let description = "TextTiling, its blocks tuned for Pk.".to_owned();
    systems
        .push((TaskSystem { name: "texttiling".into(), description, configuration, ..TaskSystem::default() }, Preparation::Tiles(block)));
    let rows = job.rows(&systems, &items.test, progress);
    Ok(Outcome { systems: systems.into_iter().map(|(card, _)| card).collect(), rows, tuned })
}

/// Between each two units, whether a part of the system begins after the first one's start and not after the second one's.
fn boundaries(text: &PartedText, starts: &[u64]) -> Vec<bool> {
    let first = |before: &mut u64, unit: &String| {
        let first = *before;
        *before += unit.len() as u64 + 1;
        Some(first)
    };
    let firsts: Vec<u64> = text.units.iter().scan(0, first).collect();
    firsts.windows(2).map(|pair| starts.iter().any(|start| pair[0] < *start && *start <= pair[1])).collect()
}
