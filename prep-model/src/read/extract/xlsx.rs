//! Workbooks: a sheet is a page, a row a row of a table. Cells are what a reader sees in them as far as the file says: words, numbers, dates, what a
//! formula came to.

use super::Extracted;
use super::docx::{core_title, relations};
use super::page::Pages;
use super::pptx::resolved;
use super::table::{self, Row};
use super::tree::{Element, parse};
use super::zipped::Zip;
use crate::read::{ReadError, ReadLimits};

/// Columns of a sheet; a reference to a further one is wrong.
const MOST_COLUMNS: usize = 16_384;
/// Cells that a sheet may pad its rows with: a reference to the last column would else cost a row of nothing each time.
const MOST_PADDING: usize = 4_000_000;

pub(super) fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Extracted, ReadError> {
    let zip = Zip::open(bytes, limits)?;
    let workbook = parse(&zip.need("xl/workbook.xml")?)?;
    let targets = relations(&zip, "xl/_rels/workbook.xml.rels")?;
    let optional = |name: &str| zip.get(name).map(|found| found.and_then(|xml| parse(&xml).ok()).unwrap_or_default());
    let strings: Vec<String> = optional("xl/sharedStrings.xml")?.elements().map(spoken).collect();
    let formats = formats(&optional("xl/styles.xml")?);
    let since_1904 = workbook.child("workbookPr").is_some_and(|properties| matches!(properties.attribute("date1904"), Some("1" | "true")));
    let book = Book { strings, formats, since: if since_1904 { 1_462 } else { 0 } };
    let mut pages = Pages::default();
    for sheet in workbook.child("sheets").map(|sheets| sheets.elements().collect::<Vec<_>>()).unwrap_or_default() {
        let name = sheet.attribute("name").unwrap_or_default();
        pages.turn(name);
        let Some(file) = sheet.attribute("r:id").and_then(|id| targets.get(id)) else { continue };
        let Some(root) = zip.get(&resolved("xl", file))?.and_then(|xml| parse(&xml).ok()) else { continue };
        let rows = book.rows(&root);
        if !rows.is_empty() {
            pages.words("html/body/h2", name);
        }
        table::place(&mut pages, &rows);
    }
    pages.finish(core_title(&zip)?)
}

/// The words of a string, without how they are read aloud.
fn spoken(item: &Element) -> String {
    let part = |element: &Element| match element.name.as_str() {
        "t" => element.text(),
        "r" => element.child("t").map(Element::text).unwrap_or_default(),
        _ => String::new(),
    };
    item.elements().map(part).collect()
}

/// How numbers of a style are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Number,
    Percent,
    Date,
    Time,
    DateTime,
}

fn formats(styles: &Element) -> Vec<Format> {
    let own = |id: u32| {
        let formats = styles.child("numFmts")?;
        let found = formats.elements().find(|format| format.attribute("numFmtId").and_then(|text| text.parse().ok()) == Some(id))?;
        found.attribute("formatCode")
    };
    let format = |cell: &Element| {
        let id = cell.attribute("numFmtId").and_then(|id| id.parse::<u32>().ok()).unwrap_or(0);
        match id {
            9 | 10 => Format::Percent,
            14..=17 => Format::Date,
            18..=21 | 45..=47 => Format::Time,
            22 => Format::DateTime,
            _ => own(id).map_or(Format::Number, of_code),
        }
    };
    styles.child("cellXfs").map(|cells| cells.elements().map(format).collect()).unwrap_or_default()
}

/// What a format of the writer's own shows.
fn of_code(code: &str) -> Format {
    let (mut quoted, mut bracket) = (false, false);
    let mut signs = String::new();
    for character in code.chars() {
        match character {
            '"' => quoted = !quoted,
            '[' => bracket = true,
            ']' => bracket = false,
            _ if !quoted && !bracket => signs.push(character.to_ascii_lowercase()),
            _ => {}
        }
    }
    let (date, time) = (signs.contains(['y', 'd']), signs.contains(['h', 's']));
    match (date, time) {
        (true, true) => Format::DateTime,
        (true, false) => Format::Date,
        (false, true) if !signs.contains("general") => Format::Time,
        _ if signs.contains('%') => Format::Percent,
        _ => Format::Number,
    }
}

struct Book {
    strings: Vec<String>,
    formats: Vec<Format>,
    /// Days between the first day of this workbook and the usual one.
    since: i64,
}

impl Book {
    /// The rows that hold something.
    fn rows(&self, sheet: &Element) -> Vec<Row> {
        let (mut out, mut next, mut padding): (Vec<Row>, u32, usize) = Default::default();
        let data = sheet.child("sheetData").map(|data| data.elements().collect::<Vec<_>>()).unwrap_or_default();
        for row in data {
            let number = row.attribute("r").and_then(|number| number.parse::<u32>().ok()).map_or(next, |number| number.saturating_sub(1));
            next = number.saturating_add(1);
            let mut cells: Vec<String> = Vec::new();
            for cell in row.elements().filter(|element| element.name == "c") {
                let column = cell.attribute("r").and_then(column).unwrap_or(cells.len());
                let text = self.cell(cell);
                if text.is_empty() || column < cells.len() {
                    continue;
                }
                padding += column - cells.len();
                if padding <= MOST_PADDING {
                    cells.resize(column, String::new());
                }
                cells.push(text);
            }
            if !cells.is_empty() {
                out.push((number, cells));
            }
        }
        out
    }

    fn cell(&self, cell: &Element) -> String {
        let value = || cell.child("v").map(Element::text).unwrap_or_default();
        match cell.attribute("t") {
            Some("s") => value().trim().parse::<usize>().ok().and_then(|at| self.strings.get(at).cloned()).unwrap_or_default(),
            Some("inlineStr") => cell.child("is").map(spoken).unwrap_or_default(),
            Some("b") => {
                if value().trim() == "1" {
                    "TRUE".into()
                } else {
                    "FALSE".into()
                }
            }
            Some("str" | "e" | "d") => value(),
            _ => {
                let style = cell.attribute("s").and_then(|style| style.parse::<usize>().ok()).unwrap_or(0);
                self.number(value().trim(), self.formats.get(style).copied().unwrap_or(Format::Number))
            }
        }
    }

    fn number(&self, text: &str, format: Format) -> String {
        let Ok(value) = text.parse::<f64>() else { return text.to_owned() };
        if !value.is_finite() {
            return text.to_owned();
        }
        let date = || date(value.floor() as i64 + self.since);
        let time = || {
            let seconds = ((value - value.floor()) * 86_400.0).round() as u64;
            format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
        };
        let is_day = (0.0..3_000_000.0).contains(&value);
        match format {
            Format::Date if is_day => date(),
            Format::DateTime if is_day => format!("{} {}", date(), time()),
            Format::Time if value >= 0.0 => time(),
            Format::Percent => format!("{}%", rounded(value * 100.0)),
            // Sixteen digits of a sum are an accident of the arithmetic.
            _ if text.contains(['.', 'e', 'E']) => rounded(value),
            _ => text.to_owned(),
        }
    }
}

/// Twelve digits at most, without zeros at the end.
fn rounded(value: f64) -> String {
    let digits = 12 - (value.abs().max(1.0).log10() as i32).clamp(0, 11);
    let text = format!("{value:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The column of a reference such as `BC12`, from 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.fold(0_usize, |number, letter| number.saturating_mul(26) + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1).filter(|column| *column < MOST_COLUMNS)
}

/// The day with a serial number: day 1 is the first of 1900, and a day that never was is the 60th.
fn date(serial: i64) -> String {
    let days = serial - 25_569 + i64::from(serial < 60);
    // Days from the epoch to a date of the Gregorian calendar: years begin in March, 400 of them have 146,097 days.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let of_month = in_year - (153 * month + 2) / 5 + 1;
    let (month, year) = (if month < 10 { month + 3 } else { month - 9 }, year + era * 400);
    format!("{:04}-{month:02}-{of_month:02}", year + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        let book = Book { strings: vec![], formats: vec![], since: 0 };
        let shown = |text: &str, format| book.number(text, format);
        assert_eq!(shown("45000", Format::Date), "2023-03-15");
        assert_eq!(shown("45000.75", Format::DateTime), "2023-03-15 18:00");
        assert_eq!(shown("1", Format::Date), "1900-01-01");
        assert_eq!(shown("0.125", Format::Percent), "12.5%");
        assert_eq!(shown("0.30000000000000004", Format::Number), "0.3");
        assert_eq!(shown("1200", Format::Number), "1200");
        assert_eq!(
            (of_code("yyyy\\-mm\\-dd hh:mm"), of_code("#,##0.00\" days\""), of_code("0.0%")),
            (Format::DateTime, Format::Number, Format::Percent)
        );
        assert_eq!((column("A1"), column("BC12"), column("ZZZZZ1")), (Some(0), Some(54), None));
    }
}
