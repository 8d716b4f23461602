//! CSV and TSV: values with a separator between them, quoted where they hold it. The separator is the one that cuts the first lines into equally many parts.

use super::Extracted;
use super::page::Pages;
use super::table;
use crate::read::{ReadError, encoding};

/// What stands between values.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// Rows that are looked at to tell which.
const SAMPLE: usize = 20;

pub(super) fn read(bytes: &[u8]) -> Result<Extracted, ReadError> {
    let decoded = encoding::decode(bytes, false)?;
    let alike = |separator: &char| {
        let widths: Vec<usize> = rows(&decoded.text, *separator, SAMPLE).iter().map(|(_, cells)| cells.len()).collect();
        let most = widths.iter().copied().max().unwrap_or(0);
        (most > 1).then(|| (widths.iter().filter(|width| **width == most).count(), most))
    };
    let best = SEPARATORS.iter().filter_map(|separator| Some((alike(separator)?, *separator))).max_by_key(|(alike, _)| *alike);
    let mut pages = Pages::default();
    table::place(&mut pages, &rows(&decoded.text, best.map_or(',', |(_, separator)| separator), usize::MAX));
    pages.finish(None)
}

/// The rows that hold something.
fn rows(text: &str, separator: char, most: usize) -> Vec<table::Row> {
    let (mut out, mut cells, mut cell, mut quoted): (Vec<table::Row>, Vec<String>, String, bool) = Default::default();
    let mut number = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            // A quotation mark in the middle of a value is one of its own.
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            '\n' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                end(&mut out, number, std::mem::take(&mut cells));
                number += 1;
                if out.len() >= most {
                    return out;
                }
            }
            _ if character == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(character),
        }
    }
    cells.push(cell);
    end(&mut out, number, cells);
    out
}

fn end(rows: &mut Vec<table::Row>, number: u32, cells: Vec<String>) {
    if cells.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push((number, cells));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_separators_quotes_and_line_breaks() {
        let page = read(b"Name;Note\n\"Gray; \"\"Jo\"\"\";\"two\nlines\"\nBell;5,0\n").unwrap().pages.remove(0);
        assert_eq!(page.text, "Name | Note\nGray; \"Jo\" | two lines\nBell | 5,0");
        assert_eq!(page.blocks[0].row, Some((0, 1, true)));
    }
}
