//! Rich text: groups, control words and letters in a set of their own. Styles named as headings, outline levels, list texts, rows of tables and footnotes are
//! told as HTML tells them; pictures, fonts and everything a writer marks as ignorable are passed over.

use std::collections::HashMap;

use encoding_rs::Encoding;

use super::Extracted;
use super::inline::Inline;
use super::page::{Pages, item_path};
use crate::read::{ReadError, ReadLimits};

/// Groups in groups.
const MAX_DEPTH: usize = 1_000;
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

/// What a group changes until it ends.
#[derive(Clone, Debug, Default)]
struct State {
    place: Place,
    /// Bytes that stand for a character beside `\u`.
    skip: usize,
    deleted: bool,
}

/// Where text goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Place {
    #[default]
    Body,
    Ignored,
    Style,
    Title,
    Note,
    /// The mark before an item.
    Mark,
    Info,
}

/// What is known of the paragraph.
#[derive(Clone, Debug, Default)]
struct Paragraph {
    style: i32,
    outline: Option<u8>,
    item: bool,
    level: usize,
    in_table: bool,
}

pub(super) fn read(bytes: &[u8], _limits: &ReadLimits) -> Result<Extracted, ReadError> {
    if !bytes.starts_with(b"{\\rtf") {
        return Err(ReadError::broken("it does not begin as rich text does"));
    }
    let mut reader = Rtf { encoding: encoding_rs::WINDOWS_1252, state: State { skip: 1, ..State::default() }, ..Rtf::new(bytes) };
    reader.pages.turn("page 1");
    reader.run()?;
    reader.paragraph();
    reader.foot();
    reader.pages.finish(Some(reader.title))
}

struct Rtf<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: &'static Encoding,
    state: State,
    stack: Vec<State>,
    pages: Pages,
    text: Inline,
    /// Bytes of the set that are not yet letters.
    raw: Vec<u8>,
    high: Option<u16>,
    now: Paragraph,
    styles: HashMap<i32, String>,
    style_number: i32,
    style_name: String,
    title: String,
    notes: Vec<String>,
    cells: Vec<Inline>,
    table: Option<(u32, u32)>,
}

impl<'a> Rtf<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            encoding: encoding_rs::WINDOWS_1252,
            state: State::default(),
            stack: Vec::new(),
            pages: Pages::default(),
            text: Inline::default(),
            raw: Vec::new(),
            high: None,
            now: Paragraph::default(),
            styles: HashMap::new(),
            style_number: 0,
            style_name: String::new(),
            title: String::new(),
            notes: Vec::new(),
            cells: Vec::new(),
            table: None,
        }
    }

    fn run(&mut self) -> Result<(), ReadError> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            match byte {
                b'{' => {
                    self.letters();
                    if self.stack.len() >= MAX_DEPTH {
                        return Err(ReadError::broken("its groups are too deep"));
                    }
                    self.stack.push(self.state.clone());
                }
                b'}' => self.end_group(),
                b'\\' => self.control(),
                b'\r' | b'\n' | 0 => {}
                byte => self.raw.push(byte),
            }
        }
        self.letters();
        Ok(())
    }

    fn end_group(&mut self) {
        self.letters();
        if self.state.place == Place::Style {
            let name = std::mem::take(&mut self.style_name);
            self.styles.insert(self.style_number, name.trim_end_matches(';').trim().to_lowercase());
            self.style_number = 0;
        }
        self.state = self.stack.pop().unwrap_or_default();
    }

    /// Bytes so far become letters.
    fn letters(&mut self) {
        if !self.raw.is_empty() {
            let raw = std::mem::take(&mut self.raw);
            let text = self.encoding.decode_without_bom_handling(&raw).0.into_owned();
            self.push(&text);
        }
    }

    fn push(&mut self, text: &str) {
        match self.state.place {
            Place::Body if !self.state.deleted => self.text.push(text),
            Place::Style => self.style_name.push_str(text),
            Place::Title => self.title.push_str(text),
            Place::Note => {
                if let Some(note) = self.notes.last_mut() {
                    note.push_str(text);
                }
            }
            _ => {}
        }
    }

    fn control(&mut self) {
        let Some(first) = self.bytes.get(self.at).copied() else { return };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            match first {
                b'\'' => {
                    let digits = self.bytes.get(self.at..self.at + 2).and_then(|digits| std::str::from_utf8(digits).ok());
                    if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                        self.at += 2;
                        self.raw.push(byte);
                    }
                }
                b'*' => {
                    self.letters();
                    // What follows is known to some writers only, except a few that are asked for by name.
                    let rest = &self.bytes[self.at..];
                    if ![&b"\\shptxt"[..], b"\\footnote", b"\\shpinst"].iter().any(|known| rest.starts_with(known)) {
                        self.state.place = Place::Ignored;
                    }
                }
                b'~' | b'\n' | b'\r' => self.sign(" "),
                b'_' => self.sign("-"),
                b'\\' | b'{' | b'}' => self.raw.push(first),
                _ => {}
            }
            return;
        }
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
        let digits = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let number = std::str::from_utf8(&self.bytes[digits..self.at]).ok().and_then(|digits| digits.parse::<i32>().ok());
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.word(&word, number);
    }

    fn sign(&mut self, text: &str) {
        self.letters();
        self.push(text);
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
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

    /// A character by its number, half of one beyond 16 bits, and the letters that stand for it where it is not known.
    fn unicode(&mut self, number: i32) {
        self.letters();
        let unit = (number & 0xffff) as u16;
        let units: Vec<u16> = self.high.take().into_iter().chain([unit]).collect();
        if (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
        } else {
            self.push(&String::from_utf16_lossy(&units));
        }
        for _ in 0..self.state.skip {
            match self.bytes.get(self.at..) {
                Some([b'\\', b'\'', ..]) => self.at = (self.at + 4).min(self.bytes.len()),
                Some([b'{' | b'}' | b'\\', ..]) | Some([]) | None => break,
                Some(_) => self.at += 1,
            }
        }
    }

    fn paragraph(&mut self) {
        self.letters();
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        self.table = None;
        let style = self.styles.get(&self.now.style).map(String::as_str).unwrap_or_default();
        let heading = style.strip_prefix("heading ").and_then(|level| level.trim().parse::<u8>().ok()).or((style == "title").then_some(1));
        let path = match self.now.outline.or(heading) {
            Some(level) => format!("html/body/h{}", level.clamp(1, 6)),
            None if self.now.item => item_path(self.now.level),
            None if style.contains("quote") => "html/body/blockquote/p".into(),
            None if style == "caption" => "html/body/figure/figcaption".into(),
            None => "html/body/p".into(),
        };
        self.pages.block(&path, text);
    }

    fn row(&mut self) {
        if !self.text.is_empty() {
            self.cells.push(std::mem::take(&mut self.text));
        }
        let (table, row) = match self.table {
            Some((table, row)) => (table, row + 1),
            None => (self.pages.table(), 1),
        };
        self.table = Some((table, row));
        self.pages.row(table, row, false, std::mem::take(&mut self.cells));
    }

    fn foot(&mut self) {
        for note in std::mem::take(&mut self.notes) {
            self.pages.words("html/body/footnote", &note);
        }
    }
}

/// The set with the number that Windows gives it.
pub(super) fn code_page(number: i32) -> &'static Encoding {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_headings_items_rows_and_notes_are_told_apart() {
        let text = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\stylesheet{\s1 heading 1;}{\s0 Normal;}}{\info{\title Of masts}}
\pard\s1 The mast\par\pard It is gr\'fcn \u8212? high{\footnote See there.}.\par{\listtext\'b7\tab}\ls1 one\par
\pard\trowd\intbl a\cell b\cell\row\pard\page Next {\*\secret no}{\deleted gone}\par}";
        let found = read(text, &ReadLimits::default()).unwrap();
        let blocks = |page: usize| -> Vec<(&str, &str)> {
            let page = &found.pages[page];
            page.blocks.iter().map(|block| (block.path.as_str(), &page.text[block.start as usize..block.end as usize])).collect()
        };
        let first = [
            ("html/body/h1", "The mast"),
            ("html/body/p", "It is gr\u{fc}n \u{2014} high."),
            ("html/body/ul/li", "one"),
            ("html/body/table/tr/td", "a | b"),
            ("html/body/footnote", "See there."),
        ];
        assert_eq!((blocks(0), blocks(1)), (first.to_vec(), vec![("html/body/p", "Next")]));
        assert_eq!(found.title.as_deref(), Some("Of masts"));
    }
}
