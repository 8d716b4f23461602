//! Which rows name the columns of a table, so that each part of a long one can say what its cells are. The format says so (`<th>`, the row above
//! the line of a Markdown table); where it does not, the first row of a table of several columns is taken for that.

use std::collections::HashMap;
use std::ops::Range;

use records::{Line, Role};

use super::decide::Decision;
use super::sections::SECTION_BYTES;
use crate::read::{CELL, MediaType, Reading, TableRow};

/// Longest head that is repeated: half a section.
const HEAD_BYTES: usize = SECTION_BYTES / 2;
/// Rows that a table without a stated head must have for its first one to be taken for it.
const LEAST_ROWS: usize = 3;

/// A row of a table, perhaps of several lines.
struct Row {
    row: u32,
    lines: Vec<usize>,
    cells: usize,
    header: bool,
}

/// The place of each line in a table, and the lines of each table's head.
pub(super) struct Heads {
    /// For each line that is a row of a table the number of that table.
    pub tables: Vec<Option<u32>>,
    /// The lines of the head of each table that has one.
    pub heads: HashMap<u32, Vec<usize>>,
}

impl Heads {
    pub fn of(reading: &Reading, decisions: &[Decision]) -> Self {
        let lines = &reading.lines;
        let told = reading.rows.iter().any(Option::is_some);
        let places = if told { reading.rows.clone() } else { places_in_text(lines, decisions) };
        let mut tables: HashMap<u32, Vec<Row>> = HashMap::new();
        let mut numbers = vec![None; lines.len()];
        for (at, place) in places.into_iter().enumerate() {
            let Some(TableRow { table, row, header }) = place.filter(|_| decisions[at].dropped.is_none()) else { continue };
            if decisions[at].content != Role::TableRow {
                continue;
            }
            numbers[at] = Some(table);
            let rows = tables.entry(table).or_default();
            let cells = cells(&lines[at].text, told);
            match rows.last_mut().filter(|last| last.row == row) {
                Some(last) => {
                    last.lines.push(at);
                    last.cells += cells;
                    last.header &= header;
                }
                None => rows.push(Row { row, lines: vec![at], cells, header }),
            }
        }
        let head = |(table, rows): (u32, Vec<Row>)| Some((table, head(lines, &rows)?));
        Self { tables: numbers, heads: tables.into_iter().filter_map(head).collect() }
    }
}

/// The lines of the head of a table.
fn head(lines: &[Line], rows: &[Row]) -> Option<Vec<usize>> {
    let stated = rows.iter().take_while(|row| row.header).count();
    let mut head: Vec<&Row> = rows[..stated].iter().collect();
    if stated == 0 {
        let first = rows.iter().take(2).find(|row| row.cells > 1)?;
        let alike = rows.iter().filter(|row| row.cells == first.cells).count();
        if rows.len() < LEAST_ROWS || 2 * alike < rows.len() {
            return None;
        }
        head.push(first);
    }
    if stated == rows.len() {
        return None;
    }
    let bytes = |row: &Row| row.lines.iter().map(|at| lines[*at].text.len() + 1).sum::<usize>();
    // Of a head of many rows the last ones say most about the columns.
    while !head.is_empty() && head.iter().map(|row| bytes(row)).sum::<usize>() > HEAD_BYTES {
        head.remove(0);
    }
    (!head.is_empty()).then(|| head.iter().flat_map(|row| row.lines.iter().copied()).collect())
}

/// Lines of plain text that stand right at rows of a table and have as many cells as these are rows too, whatever else the model takes them for:
/// the names of the columns look like a title, the first row like a heading. What the model thinks stays in [`Decision::role`].
pub(super) fn settle_rows(lines: &[Line], decisions: &mut [Decision], media_type: MediaType) {
    if media_type != MediaType::Text {
        return;
    }
    for block in delimited(lines, decisions) {
        for decision in &mut decisions[block] {
            (decision.content, decision.level) = (Role::TableRow, 0);
        }
    }
    let kept: Vec<usize> = (0..lines.len()).filter(|at| decisions[*at].dropped.is_none()).collect();
    let adjoin = |above: usize, below: usize| (above + 1..=below).all(|at| lines[at].hints.blank_before == 0 && is_same_page(lines, at));
    let mut settle = |row: usize, other: usize| {
        let is_row = decisions[row].content == Role::TableRow && decisions[other].content != Role::Code;
        let count = gaps(&lines[row].text);
        if is_row && count > 1 && count == gaps(&lines[other].text) && adjoin(row.min(other), row.max(other)) {
            (decisions[other].content, decisions[other].level) = (Role::TableRow, 0);
        }
    };
    kept.windows(2).for_each(|pair| settle(pair[0], pair[1]));
    kept.windows(2).rev().for_each(|pair| settle(pair[1], pair[0]));
}

fn is_same_page(lines: &[Line], at: usize) -> bool {
    at == 0 || lines[at].hints.page == lines[at - 1].hints.page
}

/// Tables of plain text: runs of lines that are rows in the model's opinion.
fn places_in_text(lines: &[Line], decisions: &[Decision]) -> Vec<Option<TableRow>> {
    let (mut table, mut row, mut inside) = (0, 0, false);
    let mut out = vec![None; lines.len()];
    for at in (0..lines.len()).filter(|at| decisions[*at].dropped.is_none()) {
        let is_row = decisions[at].content == Role::TableRow && lines[at].hints.html_path.is_empty();
        (table, row) = if is_row && !inside { (table + 1, 0) } else { (table, row + 1) };
        inside = is_row;
        out[at] = is_row.then_some(TableRow { table, row, header: false });
    }
    out
}

/// Blocks of lines that are as many values between commas or semicolons each, from one blank line to the next.
fn delimited(lines: &[Line], decisions: &[Decision]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let goes_on = |at: &usize| lines[*at].hints.blank_before == 0 && is_same_page(lines, *at);
        let end = start + 1 + (start + 1..lines.len()).take_while(goes_on).count();
        let values = |separator: char| {
            let mut counts = lines[start..end].iter().map(|line| separators(&line.text, separator));
            let first = counts.next().flatten();
            first.is_some() && counts.all(|count| count == first)
        };
        let is_text = || decisions[start..end].iter().all(|one| one.dropped.is_none() && one.content != Role::Code);
        if end - start >= LEAST_ROWS && is_text() && (values(',') || values(';')) {
            out.push(start..end);
        }
        start = end;
    }
    out
}

/// How many of these separators a line holds outside of quotation marks; none where it has none, or a space behind one, as prose has.
fn separators(text: &str, separator: char) -> Option<usize> {
    let (mut count, mut quoted) = (0, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        quoted ^= character == '"';
        if character == separator && !quoted {
            if characters.peek().is_some_and(|next| next.is_whitespace()) {
                return None;
            }
            count += 1;
        }
    }
    (count > 0).then_some(count)
}

/// Columns that a line fills.
fn cells(text: &str, told: bool) -> usize {
    let found = if told { 1 + text.matches(CELL).count() } else { gaps(text) };
    let values = |separator| separators(text, separator).unwrap_or_default();
    if told || found > 1 { found } else { 1 + values(',').max(values(';')) }
}

/// Columns of plain text: bars, tabs and wide gaps stand between them.
fn gaps(text: &str) -> usize {
    let parts = text.split(['|', '\t']).flat_map(|part| part.split("  "));
    parts.filter(|part| !part.trim().is_empty()).count()
}
