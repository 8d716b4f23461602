//! The writer that tracks provenance: everything that goes into a raw file goes through here, as mark-up, as copied clean text, as text that
//! stands for clean text, or as damage; maps, labels and edits fall out.

use std::ops::Range;

use records::{Join, LineLabel, OffsetMap, RawEdit, Role, Segment};

use super::Placed;
use super::channels::{Marks, NoiseChannel};
use super::damage::Damages;
use super::noise::Piece;
use crate::world::compose::Block;

/// A raw file in the making.
pub(crate) struct Canvas<'a> {
    pub raw: String,
    pub labels: Vec<LineLabel>,
    pub placed: Vec<Placed>,
    /// Number of the current page, where the format has pages.
    pub page: Option<u32>,
    blocks: &'a [Block],
    damages: Damages<'a>,
    /// What the channels did.
    pub marks: Marks,
    map: OffsetMap,
    open: Option<Open>,
    /// Characters of content, and how many of them were damaged.
    characters: (usize, usize),
    starts: Vec<bool>,
}

struct Open {
    start: usize,
    role: Role,
    level: u8,
    starts_section: bool,
    edits: Vec<RawEdit>,
}

impl<'a> Canvas<'a> {
    pub fn new(blocks: &'a [Block], damages: Damages<'a>, marks: Marks) -> Self {
        Self {
            raw: String::new(),
            labels: Vec::new(),
            placed: Vec::new(),
            page: None,
            blocks,
            damages,
            marks,
            map: OffsetMap::default(),
            open: None,
            characters: (0, 0),
            starts: crate::sections::starts(blocks),
        }
    }

    pub fn block(&self, at: usize) -> &'a Block {
        &self.blocks[at]
    }

    /// The pieces of a part of a block's text; damage is drawn here. Code and addresses are never damaged.
    pub fn pieces(&mut self, at: usize, range: Range<usize>) -> Vec<Piece> {
        let block = &self.blocks[at];
        if block.role == Role::Code {
            return self.damages.undamaged(&block.prose.text, range);
        }
        let pieces = self.damages.pieces(&block.prose.text, range.clone(), &mut self.marks);
        let damaged =
            pieces.iter().filter(|piece| matches!(piece, Piece::Damaged(..))).map(|piece| piece.clean().len().max(1)).sum::<usize>();
        self.characters = (self.characters.0 + range.len(), self.characters.1 + damaged);
        pieces
    }

    /// Share of damaged characters so far.
    pub fn noise_level(&self) -> f32 {
        self.characters.1 as f32 / self.characters.0.max(1) as f32
    }

    /// Starts a block of the draft: what is copied from now on belongs to it.
    pub fn begin_block(&mut self) {
        self.map = OffsetMap::default();
        self.placed.push(Placed { map: OffsetMap::default(), page: self.page });
    }

    /// Ends the block that was begun last.
    pub fn end_block(&mut self) {
        if let Some(last) = self.placed.last_mut() {
            last.map = std::mem::take(&mut self.map);
        }
    }

    /// Starts the label of the block's first line (`first`) or of a later one.
    pub fn begin_line(&mut self, at: usize, first: bool) {
        let Block { role, level, .. } = self.blocks[at];
        self.open = Some(Open { start: self.raw.len(), role, level, starts_section: first && self.starts[at], edits: Vec::new() });
    }

    /// Ends the label of the current line; a line without any text gets none.
    pub fn end_line(&mut self, join: Join) {
        let Some(Open { start, role, level, starts_section, edits }) = self.open.take() else { return };
        let text = self.raw[start..].trim_end();
        if text.is_empty() {
            return;
        }
        let (raw_start, raw_end) = (start as u64, (start + text.len()) as u64);
        let line = self.labels.len() as u32;
        self.labels.push(LineLabel { doc_id: String::new(), line, raw_start, raw_end, role, level, join, starts_section, edits });
    }

    /// A whole line that is no content.
    pub fn furniture(&mut self, channel: NoiseChannel, role: Role, text: &str) {
        self.marks.count(channel);
        self.open = Some(Open { start: self.raw.len(), role, level: 0, starts_section: false, edits: Vec::new() });
        self.raw.push_str(text);
        self.end_line(Join::Break);
    }

    /// Text that comes from nowhere.
    pub fn markup(&mut self, text: &str) {
        self.raw.push_str(text);
    }

    /// What stands in the file for clean text: the text itself, an entity, an escape, a line break for a space.
    pub fn put(&mut self, clean: Range<usize>, text: &str) {
        self.segment(clean, text.len());
        self.raw.push_str(text);
    }

    /// Damaged text; the edit that undoes it is recorded with the line.
    pub fn damage(&mut self, clean: Range<usize>, text: &str, original: &str) {
        let raw_start = self.raw.len() as u64;
        self.segment(clean, text.len());
        self.raw.push_str(text);
        if let Some(open) = &mut self.open {
            open.edits.push(RawEdit { raw_start, raw_end: raw_start + text.len() as u64, replacement: original.to_owned() });
        }
    }

    fn segment(&mut self, clean: Range<usize>, raw_length: usize) {
        let segment = Segment {
            clean: clean.start as u64,
            clean_length: clean.len() as u64,
            raw: self.raw.len() as u64,
            raw_length: raw_length as u64,
        };
        self.map.push(segment).expect("a canvas is written from front to back");
    }
}

/// The words of a line: runs of pieces between spaces at which it may be broken.
pub(crate) fn groups(pieces: &[Piece], clean: &str) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if piece.is_space(clean) {
            if start < at {
                groups.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < pieces.len() {
        groups.push(start..pieces.len());
    }
    groups
}
