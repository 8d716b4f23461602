//! What a reader of one format hands on: lines, the title, which lines are rows of which table, and the text that the format holds without
//! showing it.

use records::Line;

use super::outline::Outline;

/// Places of this kind count in the decoded text until the caller takes them to the bytes of the file.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub lines: Vec<Line>,
    /// The title that the format itself states.
    pub title: Option<String>,
    /// Text that nobody sees, and why.
    pub unseen: Vec<(Line, String)>,
    pub tables: Tables,
    pub outline: Outline,
}

/// The place of a line in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Number of the table in the document.
    pub table: u32,
    /// Number of the row in the table; the cells of a row may be several lines.
    pub row: u32,
    /// Whether the format says that the row names the columns.
    pub header: bool,
}

/// Which lines are rows of which table, told while they are read.
#[derive(Debug, Default)]
pub(super) struct Tables {
    rows: Vec<Option<TableRow>>,
    /// Number of each table that is open and of the row that it has come to.
    open: Vec<(u32, u32)>,
    next: u32,
}

impl Tables {
    pub fn open(&mut self) {
        self.open.push((self.next, 0));
        self.next += 1;
    }

    pub fn close(&mut self) {
        self.open.pop();
    }

    /// A row begins in the innermost table.
    pub fn begin_row(&mut self) {
        if let Some((_, row)) = self.open.last_mut() {
            *row += 1;
        }
    }

    /// The lines `before..after` are of the row that the innermost table has come to.
    pub fn tell(&mut self, before: usize, after: usize, header: bool) {
        self.rows.resize(before, None);
        let place = self.open.last().map(|(table, row)| TableRow { table: *table, row: *row, header });
        self.rows.resize(after, place);
    }

    /// So many lines of no table come before all others.
    pub fn move_down(&mut self, lines: usize) {
        self.rows.splice(0..0, std::iter::repeat_n(None, lines));
    }

    /// A place for each of the lines.
    pub fn finish(mut self, lines: usize) -> Vec<Option<TableRow>> {
        self.rows.resize(lines, None);
        self.rows
    }
}
