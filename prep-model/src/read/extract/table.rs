//! Sheets: rows of cells without mark-up that says which of them name the columns.

use super::inline::Inline;
use super::page::Pages;

/// A row of a sheet: its number from 0, and its cells.
pub(super) type Row = (u32, Vec<String>);

/// Places the rows of a sheet. An empty row ends a table. The first row of one names the columns if it is words throughout, has a word for every column of
/// the next row, and repeats none.
pub(super) fn place(pages: &mut Pages, rows: &[Row]) {
    let mut start = 0;
    while start < rows.len() {
        let adjoin = |at: usize| rows[at].0 == rows[at - 1].0 + 1;
        let end = (start + 1..rows.len()).find(|at| !adjoin(*at)).unwrap_or(rows.len());
        let table = pages.table();
        let head = usize::from(names_columns(&rows[start..end]));
        for (number, (_, cells)) in (1..).zip(&rows[start..end]) {
            pages.row(table, number, number as usize <= head, cells.iter().map(|cell| Inline::of(cell)).collect());
        }
        start = end;
    }
}

fn names_columns(rows: &[Row]) -> bool {
    let [(_, first), (_, second), ..] = rows else { return false };
    let is_word = |cell: &String| cell.chars().any(char::is_alphabetic) && cell.len() <= 100;
    let filled = |cells: &[String]| cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
    let names: Vec<&String> = first[..filled(first)].iter().collect();
    let mut distinct: Vec<&String> = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    names.len() > 1 && names.len() >= filled(second) && distinct.len() == names.len() && names.into_iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u32, cells: &[&str]) -> Row {
        (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn the_first_row_of_words_names_the_columns_and_an_empty_row_ends_a_table() {
        let mut pages = Pages::default();
        place(&mut pages, &[row(0, &["Mast", "Height"]), row(1, &["M1", "", "x"]), row(3, &["1", "2"]), row(4, &["3", "4"])]);
        let page = pages.finish(None).unwrap().pages.remove(0);
        assert_eq!(page.text, "Mast | Height\nM1 |  | x\n1 | 2\n3 | 4");
        let rows: Vec<_> = page.blocks.iter().map(|block| block.row.unwrap()).collect();
        assert_eq!(rows, [(0, 1, false), (0, 2, false), (1, 1, false), (1, 2, false)]);
        assert!(names_columns(&[row(0, &["Mast", "Height"]), row(1, &["M1", "3"])]));
    }
}
