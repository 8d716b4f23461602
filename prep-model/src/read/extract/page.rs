//! Pages under construction: blocks are added one after the other, each on a line of its own, and the page's text and the places in it come out.

use records::Link;

use super::inline::Inline;
use super::{Block, Extracted, ExtractedPage};
use crate::read::html::CELL;
use crate::read::{ReadError, Reading};

/// Most text that a file may unpack to, as a multiple of what may be read: pages of a hostile file can point to the same text again and again.
pub(super) const MOST_TEXT: usize = 256 << 20;

/// Collects the pages of a document.
#[derive(Debug, Default)]
pub(super) struct Pages {
    done: Vec<ExtractedPage>,
    open: ExtractedPage,
    is_open: bool,
    /// Tables so far.
    tables: u32,
    bytes: usize,
}

impl Pages {
    /// A page begins.
    pub fn turn(&mut self, label: impl Into<String>) {
        if self.is_open {
            self.done.push(std::mem::take(&mut self.open));
        }
        self.open.label = label.into();
        self.is_open = true;
    }

    /// Whether the page that is open is a picture, in which there may be text.
    pub fn picture(&mut self, is_picture: bool) {
        self.open.is_picture = is_picture;
    }

    /// Number of the page that is open, from 1.
    pub fn number(&self) -> usize {
        self.done.len() + 1
    }

    /// A paragraph, heading or item with the path that its HTML would have. Nothing where it has no text.
    pub fn block(&mut self, path: &str, text: Inline) {
        let (text, links) = text.finish();
        self.place(&text, Block { path: path.to_owned(), links, ..Block::default() });
    }

    /// A paragraph without links.
    pub fn words(&mut self, path: &str, text: &str) {
        self.block(path, Inline::of(text));
    }

    /// A line of printed text; a heading has a level.
    pub fn printed(&mut self, text: &str, level: Option<usize>, blank_before: u32, font_size: Option<f32>) {
        let path = level.map(|level| format!("html/body/h{level}")).unwrap_or_default();
        self.place(text.trim(), Block { path, blank_before, font_size, ..Block::default() });
    }

    /// A new table; its number is for [`Self::row`].
    pub fn table(&mut self) -> u32 {
        self.tables += 1;
        self.tables - 1
    }

    /// A row of a table, cells as HTML's are. Empty cells at its end are left out, others stay, so that columns can be counted.
    pub fn row(&mut self, table: u32, row: u32, header: bool, cells: Vec<Inline>) {
        let (mut text, mut links) = (String::new(), Vec::new());
        let mut pending = 0;
        for cell in cells {
            let (words, inner) = cell.finish();
            if !words.is_empty() {
                // An empty first cell keeps its place, as the columns of a head that has none are counted from it.
                text.push_str(&CELL.repeat(pending));
                let start = text.len() as u32;
                links.extend(inner.into_iter().map(|link| Link { start: link.start + start, end: link.end + start, ..link }));
                text.push_str(&words);
                pending = 0;
            }
            pending += usize::from(!text.is_empty());
        }
        let path = if header { "html/body/table/thead/tr/th" } else { "html/body/table/tr/td" };
        self.place(&text, Block { path: path.to_owned(), row: Some((table, row, header)), links, ..Block::default() });
    }

    /// Everything that the reader of HTML made of a piece of it.
    pub fn html(&mut self, reading: Reading) {
        let first = self.tables;
        let (mut links, mut text, mut end) = (Vec::new(), String::new(), u64::MAX);
        // Path and row of the line that is being put together.
        let mut last = None;
        for (line, row) in reading.lines.into_iter().zip(reading.rows) {
            let row = row.map(|row| (first + row.table, row.row, row.header));
            // A long line comes in pieces that adjoin.
            if line.raw_start != end
                && let Some((path, row)) = last.take()
            {
                self.place(&std::mem::take(&mut text), Block { path, row, links: std::mem::take(&mut links), ..Block::default() });
            }
            let at = text.len() as u32;
            links.extend(line.links.into_iter().map(|link| Link { start: link.start + at, end: link.end + at, ..link }));
            text.push_str(&line.text);
            end = line.raw_end;
            self.tables = self.tables.max(row.map_or(0, |row| row.0 + 1));
            last = Some((line.hints.html_path, row));
        }
        if let Some((path, row)) = last {
            self.place(&text, Block { path, row, links, ..Block::default() });
        }
    }

    fn place(&mut self, text: &str, block: Block) {
        let text = text.trim_end();
        if text.trim().is_empty() || self.bytes > MOST_TEXT {
            return;
        }
        self.is_open = true;
        if !self.open.text.is_empty() {
            (0..=block.blank_before).for_each(|_| self.open.text.push('\n'));
        }
        let start = self.open.text.len() as u32;
        self.open.text.push_str(text);
        let links = block.links.into_iter().filter(|link| (link.end as usize) <= text.len()).collect();
        self.open.blocks.push(Block { start, end: start + text.len() as u32, links, ..block });
        self.bytes += text.len() + 64;
    }

    /// The document.
    ///
    /// # Errors
    /// If it grew beyond all measure.
    pub fn finish(mut self, title: Option<String>) -> Result<Extracted, ReadError> {
        if self.bytes > MOST_TEXT {
            return Err(ReadError::TooMuch { limit: (MOST_TEXT >> 20) as u64 });
        }
        if self.is_open {
            self.done.push(self.open);
        }
        let title = title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty());
        Ok(Extracted { title, pages: self.done })
    }
}

/// The path of an item of a list that stands inside of so many others.
pub(super) fn item_path(level: usize) -> String {
    format!("html/body{}", "/ul/li".repeat(level.min(8) + 1))
}
