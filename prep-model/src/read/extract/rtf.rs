//! Rich text: groups, control words and letters in a set of their own. Styles named as headings, outline levels, list texts, rows of tables and footnotes are
//! told as HTML tells them; pictures, fonts and everything a writer marks as ignorable are passed over.

use std::collections::HashMap;

use encoding_rs::Encoding;

use super::Extracted;
use super::inline::Inline;
use super::page::{Pages, item_path};
use crate::read::{ReadError, ReadLimits};
pub(super) use words::code_page;

/// Groups in groups.
const MAX_DEPTH: usize = 1_000;
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

#[cfg(test)]
mod tests;
mod words;
