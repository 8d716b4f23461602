//! Reading: the bytes of a file in, lines with the exact bytes they came from out. Only this room knows file formats. A reader decides
//! nothing about what a line is for; it says what it saw (path of elements, links, pages, indents) and leaves the rest to the model.

mod builder;
pub mod child;
mod container;
mod corpus;
mod elements;
mod encoding;
mod error;
pub mod extract;
mod html;
mod markdown;
mod members;
pub mod ocr;
mod outline;
mod page_picture;
mod parsed;
mod programs;
mod rst;
mod text;
mod xml;

use records::{Dropped, Line, OffsetMap, PageStart};
use serde::{Deserialize, Serialize};

pub use builder::LINE_BYTES;
pub use container::Container;
pub use corpus::{Corpus, CorpusError, Entry, ReadLimits, Source};
pub use error::ReadError;
pub(crate) use html::CELL;
pub use members::{Found, Opened, open};
pub use outline::{Element, Outline};
pub use page_picture::{PagePicture, can_draw_pages};
use parsed::Parsed;
pub use parsed::TableRow;

/// To be raised when a reader gives other lines for the same bytes: what was prepared before is then prepared anew.
pub const READERS: u32 = 3;

/// How a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// Plain text, line by line.
    Text,
    /// CommonMark with tables, footnotes and front matter.
    Markdown,
    /// reStructuredText with the directives of Sphinx.
    Rst,
    /// HTML as browsers read it.
    Html,
    /// XML of documents; `formats/xml.toml` says what its elements are for.
    Xml,
    /// Text that is already clean (records of a `.jsonl`): every line is a paragraph.
    Clean,
    /// A file that is no text itself: its text is extracted, or its members are documents.
    Container(Container),
}

impl MediaType {
    /// The type of files with this lower-case extension, if a reader knows it. Mark-up without its own reader is read as plain text.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "md" | "markdown" | "mdown" | "mkd" | "mdx" => Some(Self::Markdown),
            "rst" => Some(Self::Rst),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "xml" | "nxml" | "akn" | "dbk" | "tei" => Some(Self::Xml),
            "txt" | "text" | "tex" | "adoc" | "asciidoc" | "org" | "textile" | "log" => Some(Self::Text),
            other => Container::of_extension(other).map(Self::Container),
        }
    }

    /// Whether it is printed text, which no mark-up explains.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Text | Self::Container(Container::Pdf | Container::Picture))
    }

    /// The type of a file by its name; plain text if the extension says nothing.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        Self::of_extension(&extension).unwrap_or(Self::Text)
    }

    /// The name in `documents.media_type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Clean => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Rst => "text/x-rst",
            Self::Html => "text/html",
            Self::Xml => "application/xml",
            Self::Container(container) => container.name(),
        }
    }
}

/// What a reader makes of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// blake3 of the bytes, in hex.
    pub doc_id: String,
    /// How it was read.
    pub media_type: MediaType,
    /// The title that the format itself states (front matter, `<title>`, a record's title).
    pub title: Option<String>,
    /// The lines, in the order of the file. Their `doc_id` is left empty to spare memory; fill it in when writing them.
    pub lines: Vec<Line>,
    /// For each line the place in a table that it is.
    pub rows: Vec<Option<TableRow>>,
    /// The elements of an HTML page that hold its lines; empty for all other formats.
    pub outline: Outline,
    /// Text that the format holds without showing it. `doc_id` and `path` are left empty.
    pub unseen: Vec<Dropped>,
    /// Bytes that are no text and read as replacement characters, each wrong sequence counted once.
    pub replaced: u32,
    /// Whether some of it was recognised from a picture.
    pub is_recognised: bool,
    /// The pages of extracted text; raw ranges count in their texts, joined with a line break between them. None where the file is text itself.
    pub pages: Vec<PageText>,
}

/// A page of extracted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// Number from 1.
    pub page: u32,
    /// Its first byte in the joined text.
    pub start: u64,
    /// What the format calls it.
    pub label: String,
    /// Its text.
    pub text: String,
}

impl Reading {
    /// Where the pages begin that a piece of the text touches; nothing for a file that is text itself.
    #[must_use]
    pub fn pages_of(&self, spans: &OffsetMap) -> Vec<PageStart> {
        let segments = spans.segments();
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return Vec::new() };
        let before = |offset: u64| self.pages.partition_point(|page| page.start <= offset);
        let (from, to) = (before(first.raw).saturating_sub(1), before((last.raw + last.raw_length).saturating_sub(1)));
        self.pages.get(from..to).unwrap_or_default().iter().map(|page| PageStart { page: page.page, start: page.start }).collect()
    }

    /// The range of the joined text that a citation's range of a page is; none if the page is not there. The range itself where there are no pages.
    #[must_use]
    pub fn off_page(&self, page: Option<u32>, range: std::ops::Range<u64>) -> Option<std::ops::Range<u64>> {
        if self.pages.is_empty() {
            return Some(range);
        }
        let page = self.pages.get((page? as usize).checked_sub(1)?).filter(|page| range.start < page.text.len() as u64)?;
        Some(page.start.checked_add(range.start)?..page.start.checked_add(range.end)?)
    }
}

/// Reads the bytes of a source. What is no text goes through the extraction that this process chose ([`child`]).
///
/// # Errors
/// If they are no text, or more than the limits allow.
pub fn read(source: &Source, bytes: &[u8], limits: &ReadLimits) -> Result<Reading, ReadError> {
    let media_type = if source.media_type == MediaType::Clean { MediaType::Clean } else { container::told_by(bytes, source.media_type)? };
    let mut reading = read_bytes(media_type, bytes, limits)?;
    if source.title.is_some() {
        reading.title.clone_from(&source.title);
    }
    Ok(reading)
}

/// Reads bytes of a known type.
///
/// # Errors
/// If they are no text, or more than the limits allow.
pub fn read_bytes(media_type: MediaType, bytes: &[u8], limits: &ReadLimits) -> Result<Reading, ReadError> {
    if let MediaType::Container(kind) = media_type {
        let extracted = ocr::extract(kind, bytes, limits)?.document.ok_or(ReadError::Archive)?;
        return extract::reading_of(kind, extracted, blake3::hash(bytes).to_hex().to_string(), limits);
    }
    let decoded = encoding::decode(bytes, matches!(media_type, MediaType::Html | MediaType::Xml))?;
    if matches!(media_type, MediaType::Text | MediaType::Clean) {
        // Before the lines are built: a file of nothing but line breaks would take a hundred times its size.
        let breaks = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r' | 0x0c)).count();
        check_lines(breaks, limits)?;
    }
    let parsed = match media_type {
        MediaType::Text | MediaType::Clean => Parsed { lines: self::text::read_text(&decoded.text), ..Parsed::default() },
        MediaType::Markdown => markdown::read_markdown(&decoded.text),
        MediaType::Rst => rst::read_rst(&decoded.text),
        MediaType::Html => html::read_html(&decoded.text),
        MediaType::Xml => xml::read_xml(&decoded.text)?,
        MediaType::Container(_) => return Err(ReadError::Binary),
    };
    let Parsed { mut lines, title, unseen, tables, outline } = parsed;
    check_lines(lines.len() + unseen.len(), limits)?;
    if lines.is_empty() {
        return Err(ReadError::Empty);
    }
    let place = |line: &mut Line| {
        let spans = decoded.to_raw(std::mem::take(&mut line.spans));
        if let Some(raw) = spans.raw_range(0..line.text.len() as u64) {
            (line.raw_start, line.raw_end) = (raw.start, raw.end);
        }
        line.spans = spans;
    };
    lines.iter_mut().for_each(place);
    let dropped = |(mut line, reason): (Line, String)| {
        place(&mut line);
        let Line { raw_start, raw_end, text, .. } = line;
        Dropped { doc_id: String::new(), path: String::new(), raw_start, raw_end, text, reason }
    };
    let unseen = unseen.into_iter().map(dropped).collect();
    let doc_id = blake3::hash(bytes).to_hex().to_string();
    Ok(Reading {
        doc_id,
        media_type,
        title,
        rows: tables.finish(lines.len()),
        outline: outline.finish(&lines),
        lines,
        unseen,
        replaced: decoded.replaced,
        pages: Vec::new(),
        is_recognised: false,
    })
}

fn check_lines(lines: usize, limits: &ReadLimits) -> Result<(), ReadError> {
    if lines > limits.lines { Err(ReadError::TooManyLines { lines, limit: limits.lines }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
