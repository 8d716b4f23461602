//! What control words do, and the sets of letters that they name.

use encoding_rs::Encoding;

use super::{Paragraph, Place, Rtf};

/// Destinations whose text is none of the document's.
const IGNORED: [&str; 25] = [
    "fonttbl",
    "colortbl",
    "filetbl",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "pict",
    "object",
    "themedata",
    "datastore",
    "latentstyles",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "fldinst",
    "xmlnstbl",
    "bkmkstart",
    "bkmkend",
    "revtbl",
];

impl Rtf<'_> {
    pub(super) fn word(&mut self, word: &str, number: Option<i32>) {
        if !(word == "u" || self.raw.is_empty()) {
            self.letters();
        }
        let on = number != Some(0);
        match word {
            "ansicpg" => self.encoding = code_page(number.unwrap_or(1_252)),
            "mac" => self.encoding = encoding_rs::MACINTOSH,
            "uc" => self.state.skip = number.unwrap_or(1).clamp(0, 8) as usize,
            "u" => self.unicode(number.unwrap_or(0)),
            "stylesheet" => self.state.place = Place::Ignored,
            // A style stands in a group of its own in the sheet.
            "s" if self.state.place == Place::Ignored && self.stack.len() == 3 => {
                (self.style_number, self.state.place) = (number.unwrap_or(0), Place::Style);
            }
            "s" => self.now.style = number.unwrap_or(0),
            "info" => self.state.place = Place::Info,
            "title" if self.state.place == Place::Info => self.state.place = Place::Title,
            "footnote" => {
                self.notes.push(String::new());
                self.state.place = Place::Note;
            }
            "pntext" | "listtext" => {
                self.now.item = true;
                self.state.place = Place::Mark;
            }
            "bin" => self.at = self.at.saturating_add(number.unwrap_or(0).max(0) as usize).min(self.bytes.len()),
            _ if IGNORED.contains(&word) => self.state.place = Place::Ignored,
            "deleted" => self.state.deleted = on,
            _ if self.state.place == Place::Body => self.body_word(word, number),
            "par" | "line" | "tab" => self.push(" "),
            _ => {}
        }
    }

    fn body_word(&mut self, word: &str, number: Option<i32>) {
        match word {
            "par" | "sect" if !self.now.in_table => self.paragraph(),
            "page" => {
                self.paragraph();
                self.foot();
                let next = self.pages.number() + 1;
                self.pages.turn(format!("page {next}"));
            }
            "pard" => self.now = Paragraph::default(),
            "outlinelevel" => {
                self.now.outline = number.and_then(|level| u8::try_from(level).ok()).filter(|level| *level < 9).map(|level| level + 1)
            }
            "ls" => self.now.item = number.is_some_and(|list| list > 0),
            "ilvl" => self.now.level = number.unwrap_or(0).clamp(0, 8) as usize,
            "intbl" => self.now.in_table = true,
            "cell" | "nestcell" => self.cells.push(std::mem::take(&mut self.text)),
            "row" | "nestrow" => self.row(),
            "tab" | "line" | "par" | "softline" => self.push(" "),
            "emdash" => self.push("\u{2014}"),
            "endash" => self.push("\u{2013}"),
            "lquote" => self.push("\u{2018}"),
            "rquote" => self.push("\u{2019}"),
            "ldblquote" => self.push("\u{201c}"),
            "rdblquote" => self.push("\u{201d}"),
            "bullet" => self.push("\u{2022}"),
            "emspace" | "enspace" => self.push(" "),
            _ => {}
        }
    }
}

/// The set with the number that Windows gives it.
pub(in crate::read::extract) fn code_page(number: i32) -> &'static Encoding {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".into(),
        949 => "euc-kr".into(),
        950 => "big5".into(),
        65_001 => "utf-8".into(),
        10_000 => "macintosh".into(),
        874 => "windows-874".into(),
        866 => "ibm866".into(),
        other => format!("windows-{other}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252)
}
