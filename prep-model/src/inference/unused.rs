//! What of a file is in no section.

use records::{Dropped, Line};

use super::Decision;
use crate::read::Reading;

/// The text of a file that is in no section, in its order: what the format does not show and what was left out.
pub(super) fn dropped(name: &str, reading: &Reading, decisions: &[Decision]) -> Vec<Dropped> {
    let line = |(line, decision): (&Line, &Decision)| {
        let Line { raw_start, raw_end, text, .. } = line;
        let (raw_start, raw_end, text) = (*raw_start, *raw_end, text.clone());
        decision.dropped.map(|reason| Dropped {
            doc_id: String::new(),
            path: String::new(),
            raw_start,
            raw_end,
            text,
            reason: reason.into(),
        })
    };
    let mut out: Vec<Dropped> = reading.lines.iter().zip(decisions).filter_map(line).chain(reading.unseen.iter().cloned()).collect();
    out.sort_by_key(|dropped| dropped.raw_start);
    for dropped in &mut out {
        dropped.doc_id.clone_from(&reading.doc_id);
        name.clone_into(&mut dropped.path);
    }
    out
}
