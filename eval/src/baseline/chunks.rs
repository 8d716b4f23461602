//! Fixed chunks with overlap: whole sentences up to a number of words, a few of them repeated from the chunk before. A chunk is a
//! [`records::Section`], so that both systems store, search and cite the same kind of row.

use std::ops::Range;

use records::{Line, OffsetMap, Role, Section, SourceText};

use super::{Block, ChunkRules, WorkflowConfig, clean};

/// A sentence, or a piece of one that is longer than a chunk.
struct Unit<'a> {
    block: &'a Block,
    number: usize,
    range: Range<usize>,
    words: usize,
}

/// Cleans the reader's lines of a document and cuts them.
#[must_use]
pub fn chunks_of_lines(path: &str, doc_id: &str, title: Option<&str>, lines: &[Line], config: &WorkflowConfig) -> Vec<Section> {
    let blocks = clean(lines, &config.cleaning);
    let first = blocks.iter().find(|block| block.heading == Some(1)).map(|block| block.text.clone());
    cut(path, doc_id, title.map(str::to_owned).or(first), &blocks, &config.chunks)
}

/// Cuts a text that a question brings along; it is clean already.
#[must_use]
pub fn chunks_of_source(source: &SourceText, rules: &ChunkRules) -> Vec<Section> {
    let doc_id = blake3::hash(source.text.as_bytes()).to_hex().to_string();
    let mut at = 0;
    let mut blocks = Vec::new();
    for line in source.text.split_inclusive('\n') {
        let text = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        if !text.is_empty() {
            let spans = OffsetMap::verbatim(start as u64, text.len() as u64);
            blocks.push(Block { text: text.to_owned(), spans, heading: None, page: None });
        }
    }
    cut(&source.id, &doc_id, source.title.clone(), &blocks, rules)
}

fn cut(path: &str, doc_id: &str, title: Option<String>, blocks: &[Block], rules: &ChunkRules) -> Vec<Section> {
    let mut writer = ChunkWriter { path, doc_id, title, headings: Vec::new(), pending: Vec::new(), fresh: 0, rules, out: Vec::new() };
    let only_headings = blocks.iter().all(|block| block.heading.is_some());
    for (number, block) in blocks.iter().enumerate() {
        if let Some(level) = block.heading.filter(|_| !only_headings) {
            if rules.break_at_headings {
                writer.flush(false);
            }
            writer.headings.retain(|(above, _)| *above < level);
            writer.headings.push((level, block.text.clone()));
            continue;
        }
        for range in text::sentences(&block.text) {
            for range in pieces(&block.text, range, rules.words.max(1)) {
                let words = block.text[range.clone()].split_whitespace().count();
                writer.push(Unit { block, number, range, words });
            }
        }
    }
    writer.flush(false);
    writer.out
}

/// A range cut after every `most` words.
fn pieces(text: &str, range: Range<usize>, most: usize) -> Vec<Range<usize>> {
    let words: Vec<Range<usize>> = text[range.clone()]
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            start..start + word.len()
        })
        .collect();
    words.chunks(most).map(|group| group[0].start..group[group.len() - 1].end).collect()
}

struct ChunkWriter<'a> {
    path: &'a str,
    doc_id: &'a str,
    title: Option<String>,
    headings: Vec<(usize, String)>,
    pending: Vec<Unit<'a>>,
    /// Pending units that are not repeated from the chunk before.
    fresh: usize,
    rules: &'a ChunkRules,
    out: Vec<Section>,
}

impl<'a> ChunkWriter<'a> {
    fn push(&mut self, unit: Unit<'a>) {
        let words: usize = self.pending.iter().map(|unit| unit.words).sum();
        if self.fresh > 0 && words + unit.words > self.rules.words {
            self.flush(true);
            // The overlap may not push the new sentence out.
            while !self.pending.is_empty() && self.pending.iter().map(|unit| unit.words).sum::<usize>() + unit.words > self.rules.words {
                self.pending.remove(0);
            }
        }
        self.pending.push(unit);
        self.fresh += 1;
    }

    fn flush(&mut self, keep_overlap: bool) {
        if self.fresh > 0
            && let Some(section) = self.section()
        {
            self.out.push(section);
        }
        let mut kept = 0;
        let overlap = self.pending.iter().rev().take_while(|unit| {
            kept += unit.words;
            keep_overlap && kept <= self.rules.overlap
        });
        let from = self.pending.len() - overlap.count();
        self.pending.drain(..from);
        self.fresh = 0;
    }

    fn section(&self) -> Option<Section> {
        let (mut text, mut spans) = (String::new(), OffsetMap::default());
        for (at, unit) in self.pending.iter().enumerate() {
            if at > 0 {
                text.push(if self.pending[at - 1].number == unit.number { ' ' } else { '\n' });
            }
            let piece = unit.block.spans.slice(unit.range.start as u64..unit.range.end as u64);
            // Blocks come in the order of the file; one that does not is left without a place and never cited.
            let _ = spans.append(&piece, text.len() as u64);
            text.push_str(&unit.block.text[unit.range.clone()]);
        }
        let first = self.pending.first()?;
        Some(Section {
            doc_id: self.doc_id.to_owned(),
            path: self.path.to_owned(),
            title: self.title.clone(),
            section: self.out.len() as u32,
            heading_path: self.headings.iter().map(|(_, text)| text.clone()).collect(),
            role: Role::Paragraph,
            text,
            spans,
            page: first.block.page,
            repairs: Vec::new(),
            links: Vec::new(),
            pages: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> SourceText {
        SourceText { id: "s".into(), title: None, text: text.into() }
    }

    fn rules(words: usize, overlap: usize) -> ChunkRules {
        ChunkRules { words, overlap, break_at_headings: true }
    }

    #[test]
    fn chunks_hold_whole_sentences_and_repeat_the_last_ones() {
        let chunks = chunks_of_source(&source("One two three. Four five six. Seven eight nine."), &rules(6, 3));
        let texts: Vec<_> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(texts, ["One two three. Four five six.", "Four five six. Seven eight nine."]);
        assert_eq!(chunks[1].spans.raw_range(0..14), Some(15..29));
    }

    #[test]
    fn a_heading_begins_a_chunk_and_stands_above_it() {
        let lines =
            crate::baseline::cleaning::tests::lines("1 Fees\n\nThe fee is twelve euros.\n\n2 Hours\n\nOpen all day and all night.\n");
        let chunks = chunks_of_lines("p", "d", None, &lines, &WorkflowConfig::default());
        let seen: Vec<_> = chunks.iter().map(|chunk| (chunk.heading_path.join("/"), chunk.text.as_str())).collect();
        assert_eq!(seen, [("1 Fees".into(), "The fee is twelve euros."), ("2 Hours".into(), "Open all day and all night.")]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_every_byte_knows_its_place(text in "([a-z]{1,4}[ .\n]{1,2}){0,60}", words in 1..12_usize, overlap in 0..12_usize) {
            let chunks = chunks_of_source(&source(&text), &rules(words, overlap));
            let mut found = vec![false; text.len()];
            for chunk in &chunks {
                prop_assert!(chunk.text.split_whitespace().count() <= words);
                for segment in chunk.spans.segments() {
                    let clean = &chunk.text[segment.clean as usize..(segment.clean + segment.clean_length) as usize];
                    prop_assert_eq!(clean, &text[segment.raw as usize..(segment.raw + segment.raw_length) as usize]);
                    found[segment.raw as usize..(segment.raw + segment.raw_length) as usize].fill(true);
                }
            }
            prop_assert!(text.bytes().zip(found).all(|(byte, found)| found || byte.is_ascii_whitespace()));
        }
    }
}
