//! The last look at a citation: read from the table once more, not from what the answerer held in memory.

use std::ops::Range;

use records::{Citation, Section};

use super::Index;
use crate::report::Context;

impl Index {
    /// Whether some section of the cited document says at the cited place what the citation quotes, with its repairs undone and white space
    /// collapsed.
    #[must_use]
    pub fn holds(&self, citation: &Citation) -> bool {
        self.cited(citation).is_some()
    }

    /// What stands around a citation in the section that says what it quotes, with the headings above it, all as the original has it; none
    /// where it does not hold.
    #[must_use]
    pub fn context(&self, citation: &Citation) -> Option<Context> {
        let (section, Range { start, end }) = self.cited(citation)?;
        let title = section.title.iter().filter(|title| section.heading_path.first() != Some(*title));
        let headings = title.chain(&section.heading_path).cloned().collect();
        let (before, after) = (section.unrepaired(0..start), section.unrepaired(end..section.text.len()));
        Some(Context::cut(headings, &before, &section.unrepaired(start..end), &after))
    }

    /// The section that says what a citation quotes, and where in its text.
    fn cited(&self, citation: &Citation) -> Option<(Section, Range<usize>)> {
        // A document that cannot be read refuses its citations.
        let sections = self.document(&citation.doc_id).unwrap_or_default();
        sections.into_iter().find_map(|section| says(&section, citation).map(|range| (section, range)))
    }
}

/// Where a section's text says what a citation quotes.
fn says(section: &Section, citation: &Citation) -> Option<Range<usize>> {
    let raw = section.off_page(citation.page, citation.start..citation.end)?;
    let clean = section.spans.clean_range(raw.clone())?;
    let range = clean.start as usize..clean.end as usize;
    if section.path != citation.doc || section.text.get(range.clone()).is_none() {
        return None;
    }
    let reads = section.unrepaired(range.clone());
    let same = section.spans.raw_range(clean) == Some(raw) && reads.split_whitespace().eq(citation.quote.split_whitespace());
    same.then_some(range)
}

#[cfg(test)]
mod tests {
    use super::super::tests::built;
    use super::*;

    #[test]
    fn a_citation_that_holds_is_shown_in_its_text_below_its_headings_and_another_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(&built(dir.path(), 8).0).unwrap();
        let citation = |start: u64, quote: &str| Citation {
            doc: "docs/0.md".into(),
            doc_id: "00".into(),
            page: None,
            start,
            end: start + quote.len() as u64,
            quote: quote.into(),
        };
        // The sections' texts begin at byte 100 of their file.
        let context = index.context(&citation(126, "was opened")).unwrap();
        assert_eq!((context.before.as_str(), context.quote.as_str()), ("The bridge over the river ", "was opened"));
        assert_eq!(context.after, " in 1932 and repainted twice.");
        assert_eq!(context.headings, ["Handbook", "Chapter 0"]);
        for wrong in
            [citation(125, "was opened"), citation(126, "was closed"), Citation { doc_id: "x'".into(), ..citation(126, "was opened") }]
        {
            assert!(index.context(&wrong).is_none() && !index.holds(&wrong), "{wrong:?}");
        }
    }
}
