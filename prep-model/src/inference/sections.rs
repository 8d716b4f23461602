//! From decisions to sections: lines become paragraphs, headings become the path above them, and the text between is handed out in pieces
//! short enough to quote and long enough to understand.

mod cut;
mod subjects;

use std::collections::HashMap;

use records::{Join, Role, Section};

use super::decide::Decision;
use super::evidence::is_statement;
use super::piece::Piece;
use super::tables::Heads;
use crate::model::Topics;
use crate::read::{MediaType, Reading};
use cut::cut;
use subjects::by_subject;

/// Longest text of a section in bytes.
pub const SECTION_BYTES: usize = 900;
/// A section start inside running text is honoured once this much text stands before it.
pub const LEAST_BYTES: usize = 200;
/// Most bytes of a table's rows with their head in a section. The reader finds a row among 10 or 15 twice as often as among 45 (LOG.md).
const TABLE_BYTES: usize = SECTION_BYTES / 3;
/// Longest headings that a section begins with; half of one may be the head of a table.
const LEAD_BYTES: usize = SECTION_BYTES / 3;

/// A paragraph, item, row or heading.
struct Block {
    role: Role,
    level: u8,
    starts_section: bool,
    page: Option<u32>,
    /// Whether blank lines stand before it.
    is_apart: bool,
    /// The table that it is a row of, and whether it is in its head.
    table: Option<(u32, bool)>,
    piece: Piece,
}

impl Block {
    /// An empty one of the same kind.
    fn like(&self) -> Self {
        let Self { role, level, starts_section, page, is_apart, table, .. } = *self;
        Self { role, level, starts_section, page, is_apart, table, piece: Piece::default() }
    }
}

/// The sections of a document, and its title: the stated one, or the first line that is one. `pieces` holds each line's text with its repairs.
/// With `topics`, long text that has no headings is cut by subject; text that came clean is left as it came.
#[must_use]
pub fn sections(
    name: &str,
    reading: &Reading,
    decisions: &[Decision],
    pieces: Vec<Piece>,
    topics: Option<&Topics>,
) -> (Vec<Section>, Option<String>) {
    let heads = Heads::of(reading, decisions);
    let joined = |lines: &Vec<usize>| {
        let mut head = Piece::default();
        for at in lines {
            if !head.text.is_empty() {
                head.push_text("\n");
            }
            head.push(&pieces[*at]);
        }
        head
    };
    let joined = heads.heads.iter().map(|(table, lines)| (*table, joined(lines))).collect();
    let blocks = match topics.filter(|_| reading.media_type != MediaType::Clean) {
        Some(topics) => by_subject(blocks(reading, decisions, &heads, pieces), reading.media_type.is_plain(), topics),
        None => blocks(reading, decisions, &heads, pieces),
    };
    let title = reading.title.clone().or_else(|| title_of(&blocks));
    let length: usize = reading.lines.iter().map(|line| line.text.len() + 1).sum();
    let mut writer = Writer {
        name,
        reading,
        title: title.clone(),
        heads: joined,
        quotes_headings: reading.media_type.is_plain() || length <= SECTION_BYTES,
        headings: Vec::new(),
        heading_used: true,
        open: None,
        out: Vec::new(),
    };
    for block in blocks {
        writer.block(block);
    }
    writer.close();
    writer.bare_heading(u8::MAX);
    (writer.out, title)
}

/// The first title, or the first heading if it stands among the first blocks.
fn title_of(blocks: &[Block]) -> Option<String> {
    let is_title = |block: &&Block| block.role == Role::Title;
    let is_top = |block: &&Block| block.role == Role::Heading && block.level <= 1;
    let found = blocks.iter().find(is_title).or_else(|| blocks.iter().take(8).find(is_top)).or_else(|| blocks.iter().find(is_top));
    found.map(|block| block.piece.text.clone())
}

/// Lines joined as decided; furniture is left out.
fn blocks(reading: &Reading, decisions: &[Decision], heads: &Heads, pieces: Vec<Piece>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut join = Join::Break;
    for (at, ((line, decision), piece)) in reading.lines.iter().zip(decisions).zip(pieces).enumerate() {
        if decision.dropped.is_some() {
            continue;
        }
        match out.last_mut().filter(|_| join != Join::Break) {
            Some(last) => {
                match join {
                    Join::Space => last.piece.push_text(" "),
                    Join::DropHyphen => last.piece.pop_character(),
                    Join::KeepHyphen | Join::Break => {}
                }
                last.piece.push(&piece);
            }
            None => {
                let Decision { content: role, level, starts_section, .. } = *decision;
                let table = heads.tables[at].map(|table| (table, heads.heads.get(&table).is_some_and(|head| head.contains(&at))));
                let is_apart = line.hints.blank_before > 0;
                out.push(Block { role, level, starts_section, page: line.hints.page, is_apart, table, piece });
            }
        }
        join = decision.join;
    }
    out
}

struct Heading {
    level: u8,
    page: Option<u32>,
    piece: Piece,
    /// Whether its words wait for a section to stand in.
    waits: bool,
}

/// The section that is being filled.
struct Open {
    page: Option<u32>,
    piece: Piece,
    /// Bytes of each role.
    roles: Vec<(Role, usize)>,
}

struct Writer<'a> {
    /// The name a user knows.
    name: &'a str,
    reading: &'a Reading,
    title: Option<String>,
    /// The head of each table that has one; a part that begins with any other row has it before it.
    heads: HashMap<u32, Piece>,
    /// Whether headings stand in the text below them too, so that they can be quoted. Above a plain text they are an opinion; and the headline of a
    /// text that is no longer than a section is often what tells the fact.
    quotes_headings: bool,
    headings: Vec<Heading>,
    /// Whether some text has come under the last heading.
    heading_used: bool,
    open: Option<Open>,
    out: Vec<Section>,
}

impl Writer<'_> {
    fn block(&mut self, block: Block) {
        let level = match block.role {
            Role::Title if self.title.as_deref() == Some(block.piece.text.as_str()) && self.headings.is_empty() && self.open.is_none() => 0,
            Role::Title => 1,
            Role::Heading => block.level,
            _ => return self.text(block),
        };
        let waits = self.quotes_headings || is_statement(&block.piece.text);
        self.heading(Heading { level, page: block.page, piece: block.piece, waits });
    }

    fn heading(&mut self, heading: Heading) {
        self.close();
        self.bare_heading(heading.level);
        self.headings.retain(|above| above.level < heading.level);
        self.headings.push(heading);
        self.heading_used = false;
    }

    /// A heading with nothing under it, not even another heading, is a section of its own: its words are not lost.
    fn bare_heading(&mut self, next_level: u8) {
        if self.heading_used || self.headings.last().is_none_or(|last| last.level < next_level && next_level != u8::MAX) {
            return;
        }
        if let Some(Heading { page, piece, .. }) = self.headings.pop() {
            self.heading_used = true;
            let mut text = self.lead(page);
            if !text.text.is_empty() {
                text.push_text("\n");
            }
            text.push(&piece);
            self.push(Role::Heading, page, text);
        }
    }

    /// The headings that wait for a section to stand in, which is this one.
    fn waiting(&mut self) -> Piece {
        let mut out = Piece::default();
        for heading in self.headings.iter_mut().filter(|heading| heading.waits) {
            heading.waits = false;
            if !out.text.is_empty() {
                out.push_text("\n");
            }
            out.push(&heading.piece);
        }
        out
    }

    /// What a new section begins with: headings that wait, cut to sections of their own where they are long.
    fn lead(&mut self, page: Option<u32>) -> Piece {
        let waiting = self.waiting();
        let parts = if waiting.text.len() <= LEAD_BYTES { return waiting } else { cut(&waiting, SECTION_BYTES) };
        parts.into_iter().for_each(|part| self.push(Role::Heading, page, part));
        Piece::default()
    }

    fn text(&mut self, block: Block) {
        let is_metadata = block.role == Role::Metadata;
        let other_kind = |open: &Open| open.roles.iter().any(|(role, _)| (*role == Role::Metadata) != is_metadata);
        let ends = |open: &Open| other_kind(open) || (block.starts_section && open.piece.text.len() >= LEAST_BYTES);
        if self.open.as_ref().is_some_and(ends) {
            self.close();
        }
        self.heading_used = true;
        let mut lead = if self.open.is_none() { self.lead(block.page) } else { Piece::default() };
        let head = block.table.filter(|(_, is_head)| !is_head).and_then(|(table, _)| self.heads.get(&table)).cloned().unwrap_or_default();
        let taken = |piece: &Piece| piece.text.len() + usize::from(!piece.text.is_empty());
        let room = SECTION_BYTES - taken(&head) - taken(&lead);
        let is_row = block.table.is_some_and(|(table, _)| self.heads.contains_key(&table));
        let most = if is_row { TABLE_BYTES.max(2 * taken(&head)) } else { SECTION_BYTES };
        for (at, part) in cut(&block.piece, room).into_iter().enumerate() {
            let is_bare = |open: &Open| !head.text.is_empty() && open.piece.text.ends_with(&head.text);
            let full = |open: &Open| open.piece.text.len() + 1 + part.text.len() > if is_bare(open) { SECTION_BYTES } else { most };
            if self.open.as_ref().is_some_and(full) {
                self.close();
            }
            let begins = self.open.is_none();
            let open = self.open.get_or_insert_with(|| {
                let mut piece = std::mem::take(&mut lead);
                if !piece.text.is_empty() && !head.text.is_empty() {
                    piece.push_text("\n");
                }
                piece.push(&head);
                Open { page: block.page, piece, roles: Vec::new() }
            });
            if !open.piece.text.is_empty() {
                open.piece.push_text(if at == 0 || begins { "\n" } else { " " });
            }
            open.piece.push(&part);
            match open.roles.iter_mut().find(|(role, _)| *role == block.role) {
                Some((_, bytes)) => *bytes += part.text.len(),
                None => open.roles.push((block.role, part.text.len())),
            }
        }
    }

    fn close(&mut self) {
        if let Some(Open { page, piece, roles }) = self.open.take() {
            let role = roles.iter().rev().max_by_key(|(_, bytes)| *bytes).map_or(Role::Paragraph, |(role, _)| *role);
            self.push(role, page, piece);
        }
    }

    fn push(&mut self, role: Role, page: Option<u32>, piece: Piece) {
        let above = self.headings.iter().filter(|heading| heading.level > 0);
        self.out.push(Section {
            doc_id: self.reading.doc_id.clone(),
            path: self.name.to_owned(),
            title: self.title.clone(),
            section: self.out.len() as u32,
            heading_path: above.map(|heading| heading.piece.text.clone()).collect(),
            role,
            text: piece.text,
            pages: self.reading.pages_of(&piece.spans),
            spans: piece.spans,
            page,
            repairs: piece.repairs,
            links: piece.links,
        });
    }
}

#[cfg(test)]
mod tests;
