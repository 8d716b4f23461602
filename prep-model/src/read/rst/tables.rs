//! Tables drawn with signs: grids and simple ones. Every line of text in them is a row with its cells, since the lines of a cell lie apart in
//! the file and a citation must not.

use std::ops::Range;

use super::Blocks;
use super::rows::{Row, bullet};
use crate::read::builder::LineBuilder;
use crate::read::html::CELL;

impl Blocks<'_> {
    /// A table that begins with the first row; gives its length in rows.
    pub(super) fn table(&mut self, rows: &[Row]) -> Option<usize> {
        let text = rows[0].text(self.source);
        if is_grid_border(text) {
            let length = rows.iter().take_while(|row| row.text(self.source).starts_with(['+', '|'])).count();
            self.out.tables.open();
            self.grid(&rows[..length]);
            self.out.tables.close();
            return Some(length);
        }
        if is_simple_border(text) {
            let length = self.simple_length(rows)?;
            self.out.tables.open();
            self.simple(&rows[..length]);
            self.out.tables.close();
            return Some(length);
        }
        None
    }

    fn grid(&mut self, rows: &[Row]) {
        let head = rows.iter().position(|row| row.text(self.source).starts_with("+=")).unwrap_or(0);
        let mut bounds: Vec<usize> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let text = row.text(self.source);
            if text.starts_with('+') {
                self.out.tables.begin_row();
                let corners = text.chars().enumerate().filter(|(_, c)| *c == '+').map(|(column, _)| column);
                if text.chars().all(|c| matches!(c, '+' | '-' | '=' | ' ')) {
                    bounds = corners.collect();
                    continue;
                }
                // Beside a cell that goes on over the border.
                bounds.extend(corners);
                bounds.sort_unstable();
            }
            // Columns are counted in characters.
            let is_bound = |column: usize, c: char| matches!(c, '|' | '+') && bounds.binary_search(&column).is_ok();
            let mut bars: Vec<usize> = text
                .char_indices()
                .enumerate()
                .filter(|(column, (_, c))| is_bound(*column, *c))
                .map(|(_, (at, _))| row.start + at)
                .collect();
            // Bars that stand askew bound nothing; what is between the outermost ones is text all the same.
            if bars.first() != Some(&row.start) {
                bars.insert(0, row.start);
            }
            let end = row.start + text.strip_suffix(['|', '+']).unwrap_or(text).len();
            if bars.last().is_none_or(|last| *last < end) {
                bars.push(end);
            }
            let cells: Vec<Range<usize>> = bars.windows(2).map(|pair| pair[0] + 1..pair[1]).collect();
            self.row(if at < head { "thead" } else { "tr" }, &cells);
        }
    }

    /// Rows up to the closing border: the last one before a blank row or the end. Where there is none, that is remembered: a text of nothing but
    /// borders would be gone through for each of them.
    fn simple_length(&mut self, rows: &[Row]) -> Option<usize> {
        let (first, end) = (rows[0], rows.last()?.end);
        if self.unclosed.is_some_and(|(indent, looked_to)| indent == first.indent && first.start < looked_to) {
            return None;
        }
        let closes = |at: &usize| {
            let followed = rows.get(at + 1).is_none_or(|next| next.is_blank() || next.indent < first.indent);
            *at > 1 && is_simple_border(rows[*at].text(self.source)) && followed
        };
        let found = (1..rows.len()).find(closes).map(|at| at + 1);
        if found.is_none() {
            self.unclosed = Some((first.indent, end));
        }
        found
    }

    fn simple(&mut self, rows: &[Row]) {
        let borders = rows.iter().filter(|row| is_simple_border(row.text(self.source))).count();
        let starts = column_starts(rows[0].text(self.source));
        let mut passed = 0;
        for row in rows {
            let text = row.text(self.source);
            if is_simple_border(text) {
                passed += 1;
                continue;
            }
            if row.is_blank() || text.chars().all(|c| matches!(c, '-' | ' ')) {
                continue;
            }
            self.out.tables.begin_row();
            // Bytes at which the columns of the border begin.
            let shift = row.indent.saturating_sub(rows[0].indent);
            let byte = |column: usize| {
                let at = text.char_indices().nth(column.saturating_sub(shift)).map_or(text.len(), |(at, _)| at);
                row.start + at
            };
            let ends = starts.iter().skip(1).map(|start| byte(*start)).chain([row.end]);
            let cells: Vec<Range<usize>> = starts.iter().map(|start| byte(*start)).zip(ends).map(|(start, end)| start..end).collect();
            self.row(if borders > 2 && passed == 1 { "thead" } else { "tr" }, &cells);
        }
    }

    /// One row; cells of nothing but border signs are empty.
    fn row(&mut self, name: &'static str, cells: &[Range<usize>]) {
        let mut builder = LineBuilder::default();
        for (number, cell) in cells.iter().enumerate() {
            if number > 0 {
                builder.insert(CELL);
            }
            let text = &self.source[cell.clone()];
            if !text.trim().chars().all(|c| matches!(c, '-' | '=' | '+')) || text.trim() == "-" {
                self.inline.read(cell.clone(), &mut builder);
            }
        }
        self.names.push("table");
        let hints = self.hints(name);
        self.names.pop();
        let before = self.out.lines.len();
        builder.finish(hints, &mut self.out.lines);
        self.out.tables.tell(before, self.out.lines.len(), name == "thead");
    }

    /// One row whose cells are the items of a list.
    pub(super) fn cells_of_items(&mut self, name: &'static str, rows: &[Row]) {
        let mut cells: Vec<Range<usize>> = Vec::new();
        for row in rows.iter().filter(|row| !row.is_blank()) {
            match (bullet(row.text(self.source)), cells.last_mut()) {
                (Some(mark), _) => cells.push(row.from(self.source, mark).start..row.end),
                (None, Some(cell)) => cell.end = row.end,
                (None, None) => cells.push(row.start..row.end),
            }
        }
        self.row(name, &cells);
    }

    /// One row that stands in the file as one text.
    pub(super) fn row_of_text(&mut self, name: &'static str, range: Range<usize>) {
        self.out.tables.begin_row();
        self.row(name, &[range]);
    }
}

fn is_grid_border(text: &str) -> bool {
    text.len() >= 3 && text.starts_with("+-") && text.ends_with('+') && text.chars().all(|c| matches!(c, '+' | '-'))
}

/// Runs of `=` with spaces between them.
fn is_simple_border(text: &str) -> bool {
    text.starts_with("==") && text.contains(' ') && text.chars().all(|c| matches!(c, '=' | ' '))
}

/// Columns at which the runs of a border begin.
fn column_starts(border: &str) -> Vec<usize> {
    let bytes = border.as_bytes();
    (0..bytes.len()).filter(|at| bytes[*at] == b'=' && (*at == 0 || bytes[at - 1] == b' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::is;

    #[test]
    fn grids_give_a_row_for_each_line_of_text() {
        let source = "+------+-----+\n| *é*  | Use |\n+======+=====+\n| a    | one |\n|      | two |\n+------+-----+\n| all of it  |\n+------+-----+\n\nEnd\n";
        is(source, &[("table/thead", "é | Use"), ("table/tr", "a | one"), ("table/tr", "two"), ("table/tr", "all of it"), ("p", "End")]);
    }

    #[test]
    fn text_beside_bars_that_stand_askew_is_not_lost() {
        let source = "+---+---+\n| a | b |\n+---+---+\n| much too long |\n+---+---+\n| c | d\n|   +---+\n+---+ e |\n| f | g |\n+---+---+\n";
        let rows = ["a | b", "much too long", "c | d", "e", "f | g"];
        is(source, &rows.map(|row| ("table/tr", row)));
    }

    #[test]
    fn the_end_of_a_simple_table_is_found_however_far_it_is() {
        let rows: String = (0..3_000).map(|row| format!("r{row:<5} x\n")).collect();
        let table = format!("====== ===\nName   Use\n====== ===\n{rows}====== ===\n\nEnd\n");
        let read = super::super::read_rst(&table);
        assert_eq!((read.lines.len(), read.lines[3_000].text.as_str()), (3_002, "r2999 | x"));
        let borders = "== ==\na\n\n".repeat(30_000);
        assert_eq!(super::super::read_rst(&borders).lines.len(), 30_000);
    }

    #[test]
    fn simple_tables_are_cut_at_the_columns_of_their_border() {
        let source = "  ====  =====\n  Name  Use\n  ====  =====\n  a b   c\n\n  d     e, f\n  ====  =====\n\nEnd\n";
        let (head, rows) = (("blockquote/table/thead", "Name | Use"), ["a b | c", "d | e, f"]);
        is(source, &[head, ("blockquote/table/tr", rows[0]), ("blockquote/table/tr", rows[1]), ("p", "End")]);
    }

    #[test]
    fn a_border_without_an_end_is_a_paragraph() {
        is("== ==\na  b\n", &[("p", "== == a b")]);
    }
}
