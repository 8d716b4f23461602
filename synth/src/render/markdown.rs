//! Markdown as it lies in repositories: front matter, emphasis and links, hard-wrapped or not, lists, tables and fenced code.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use records::{Join, Role};

use super::canvas::{Canvas, groups};
use super::channels::NoiseChannel;
use super::noise::Piece;
use crate::world::compose::Draft;

const INLINE: [(&str, &str); 5] =
    [("**", "**"), ("*", "*"), ("_", "_"), ("[", "](index.md)"), ("[", "](https://example.org/a_b \"see there\")")];

/// Writes the draft as a Markdown file.
pub(crate) fn write(canvas: &mut Canvas, draft: &Draft, rng: &mut ChaCha8Rng) {
    let width = if rng.random_bool(0.5) { rng.random_range(70..100) } else { usize::MAX };
    let bullet = ["- ", "* ", "+ "][rng.random_range(0..3)];
    let mut sheet = Sheet { canvas, width, bullet };
    if rng.random_bool(0.5) && sheet.canvas.marks.has(NoiseChannel::Navigation) {
        let links: Vec<String> = draft
            .furniture
            .navigation
            .iter()
            .take(3)
            .map(|entry| format!("[{entry}]({}.md)", entry.to_lowercase().replace(' ', "-")))
            .collect();
        sheet.canvas.furniture(NoiseChannel::Navigation, Role::Navigation, &links.join(" > "));
        sheet.canvas.markup("\n\n");
    }
    for at in 0..draft.blocks.len() {
        sheet.block(at, rng);
    }
    if rng.random_bool(0.5) && sheet.canvas.marks.has(NoiseChannel::Footers) {
        sheet.canvas.markup("\n---\n\n");
        let footer = draft.furniture.footers.first().map_or("", String::as_str);
        sheet.canvas.furniture(NoiseChannel::Footers, Role::Boilerplate, footer);
        sheet.canvas.markup("\n");
    }
}

struct Sheet<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    width: usize,
    bullet: &'static str,
}

impl Sheet<'_, '_> {
    fn block(&mut self, at: usize, rng: &mut ChaCha8Rng) {
        let block = self.canvas.block(at);
        let above = at.checked_sub(1).map(|above| self.canvas.block(above).role);
        let tight = matches!((above, block.role), (Some(Role::ListItem), Role::ListItem) | (Some(Role::TableRow), Role::TableRow));
        if at > 0 && !tight {
            self.canvas.markup("\n");
        }
        let (open, close) = match block.role {
            Role::Title => ("# ", "\n"),
            Role::Heading => ("## ", "\n"),
            Role::ListItem => (self.bullet, "\n"),
            Role::TableRow => ("| ", " |\n"),
            Role::Code => ("```\n", "\n```\n"),
            Role::Caption => ("*", "*\n"),
            _ => ("", "\n"),
        };
        self.canvas.markup(open);
        self.canvas.begin_block();
        self.canvas.begin_line(at, true);
        let pieces = self.canvas.pieces(at, 0..block.prose.text.len());
        let running = matches!(block.role, Role::Paragraph | Role::ListItem);
        self.inline(at, &pieces, running, open.len(), rng);
        self.canvas.end_line(Join::Break);
        self.canvas.end_block();
        self.canvas.markup(close);
        if block.role == Role::TableRow && above != Some(Role::TableRow) {
            self.canvas.markup(&format!("|{}\n", " --- |".repeat(block.prose.cells.len())));
        }
    }

    fn inline(&mut self, at: usize, pieces: &[Piece], running: bool, indent: usize, rng: &mut ChaCha8Rng) {
        let block = self.canvas.block(at);
        let clean = &block.prose.text;
        let continuation = if block.role == Role::ListItem { format!("\n{}", " ".repeat(indent)) } else { "\n".to_owned() };
        let mut open: Option<(usize, &str)> = None;
        let mut previous: Option<Range<usize>> = None;
        let mut column = indent;
        for group in groups(pieces, clean) {
            let length: usize = pieces[group.clone()].iter().map(|piece| piece.text(clean).len()).sum();
            if let Some(previous) = &previous {
                let broken = running && column + length >= self.width;
                for space in &pieces[previous.end..group.start] {
                    self.canvas.put(space.clean().clone(), if broken { &continuation } else { " " });
                }
                column = if broken { indent } else { column + 1 };
            }
            if running && open.is_none() && rng.random_bool(0.05) && starts_plainly(&pieces[group.clone()], clean) {
                let (mark, close) = INLINE[rng.random_range(0..INLINE.len())];
                self.canvas.markup(mark);
                open = Some((rng.random_range(1..=4), close));
            }
            self.group(&pieces[group.clone()], clean, block.role == Role::Code);
            column += length;
            if let Some((left, close)) = open {
                open = (left > 1).then_some((left - 1, close));
                if open.is_none() {
                    self.canvas.markup(close);
                }
            }
            previous = Some(group);
        }
        if let Some((_, close)) = open {
            self.canvas.markup(close);
        }
    }

    fn group(&mut self, pieces: &[Piece], clean: &str, literal: bool) {
        for piece in pieces {
            match piece {
                Piece::Same(range) if literal => self.canvas.put(range.clone(), &clean[range.clone()]),
                Piece::Same(range) => self.escaped_copy(range.clone(), clean),
                Piece::Damaged(range, text, _) => self.canvas.damage(range.clone(), text, &clean[range.clone()]),
            }
        }
    }

    fn escaped_copy(&mut self, range: Range<usize>, clean: &str) {
        for (at, c) in clean[range.clone()].char_indices() {
            let place = range.start + at..range.start + at + c.len_utf8();
            if matches!(c, '*' | '_' | '[' | ']' | '<' | '>' | '`' | '\\') {
                self.canvas.put(place, &format!("\\{c}"));
            } else {
                self.canvas.put(place.clone(), &clean[place]);
            }
        }
    }
}

/// Whether emphasis may begin here: a letter or digit comes first and the words hold no character that closes a mark.
fn starts_plainly(pieces: &[Piece], clean: &str) -> bool {
    pieces.first().is_some_and(|piece| piece.text(clean).starts_with(char::is_alphanumeric))
}
