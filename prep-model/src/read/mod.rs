//! Reading: the bytes of a file in, lines with the exact bytes they came from out. Only this room knows file formats. A reader decides
//! nothing about what a line is for; it says what it saw (path of elements, links, pages, indents) and leaves the rest to the model.

mod builder;
mod corpus;
mod elements;
mod encoding;
mod html;
mod markdown;
mod rst;
mod text;
mod xml;

use records::Line;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use builder::LINE_BYTES;
pub use corpus::{Corpus, CorpusError, Entry, ReadLimits, Source};

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
            _ => None,
        }
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
        }
    }
}

/// A file that cannot be read, and what to do about it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// Nothing but white space.
    #[error("empty: holds no text")]
    Empty,
    /// Not text.
    #[error("binary data, not text: convert it to text, Markdown or HTML first, or name it by its real extension")]
    Binary,
    /// UTF-16, which these readers do not know.
    #[error("encoded as UTF-16: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)")]
    Utf16,
    /// Neither UTF-8 nor plausible Windows-1252.
    #[error("not UTF-8 (first wrong byte at {offset}) and not Windows-1252 either: convert it to UTF-8 first (iconv -t UTF-8)")]
    Encoding {
        /// Offset of the first byte that is not UTF-8.
        offset: u64,
    },
    /// Mark-up that is broken in too many places, or before any text.
    #[error("broken XML (first at {offset}): correct it, or convert it to text, Markdown or HTML first")]
    BrokenXml {
        /// Offset of the first break in the decoded text.
        offset: u64,
    },
    /// More lines than memory is meant to hold.
    #[error("has {lines} lines, over the limit of {limit}: split it, or raise the limit")]
    TooManyLines {
        /// Lines found.
        lines: usize,
        /// Lines allowed.
        limit: usize,
    },
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
}

/// Reads the bytes of a source.
///
/// # Errors
/// If they are no text, or more than the limits allow.
pub fn read(source: &Source, bytes: &[u8], limits: &ReadLimits) -> Result<Reading, ReadError> {
    let mut reading = read_bytes(source.media_type, bytes, limits)?;
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
    let decoded = encoding::decode(bytes)?;
    if matches!(media_type, MediaType::Text | MediaType::Clean) {
        // Before the lines are built: a file of nothing but line breaks would take a hundred times its size.
        let breaks = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r' | 0x0c)).count();
        check_lines(breaks, limits)?;
    }
    let (mut lines, title) = match media_type {
        MediaType::Text | MediaType::Clean => (text::read_text(&decoded.text), None),
        MediaType::Markdown => markdown::read_markdown(&decoded.text),
        MediaType::Rst => rst::read_rst(&decoded.text),
        MediaType::Html => html::read_html(&decoded.text),
        MediaType::Xml => xml::read_xml(&decoded.text)?,
    };
    check_lines(lines.len(), limits)?;
    if lines.is_empty() {
        return Err(ReadError::Empty);
    }
    for line in &mut lines {
        let spans = decoded.to_raw(std::mem::take(&mut line.spans));
        if let Some(raw) = spans.raw_range(0..line.text.len() as u64) {
            (line.raw_start, line.raw_end) = (raw.start, raw.end);
        }
        line.spans = spans;
    }
    let doc_id = blake3::hash(bytes).to_hex().to_string();
    Ok(Reading { doc_id, media_type, title, lines })
}

fn check_lines(lines: usize, limits: &ReadLimits) -> Result<(), ReadError> {
    if lines > limits.lines { Err(ReadError::TooManyLines { lines, limit: limits.lines }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_lawful(reading: &Reading, bytes: &[u8]) -> Result<(), TestCaseError> {
        let mut end = 0;
        for line in &reading.lines {
            prop_assert!(line.raw_start >= end && line.raw_end <= bytes.len() as u64 && line.raw_start < line.raw_end);
            prop_assert_eq!(line.spans.raw_range(0..line.text.len() as u64), Some(line.raw_start..line.raw_end));
            prop_assert!(!line.text.trim().is_empty());
            let mapped = line.spans.segments().last().map_or(0, |segment| segment.clean + segment.clean_length);
            prop_assert!(mapped <= line.text.len() as u64);
            end = line.raw_end;
        }
        Ok(())
    }

    fn mark_up() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "<p>",
            "</p>",
            "<b",
            ">",
            "&amp;",
            "&",
            "a",
            " ",
            "\n",
            "é",
            "<!--",
            "-->",
            "<table>",
            "<td>",
            "</tr>",
            "<pre>",
            "```\n",
            "# ",
            "- ",
            "> ",
            "|",
            "|-|-|\n",
            "[x](y)",
            "*",
            "`",
            "\n\n",
            "    ",
            "\t",
            "&#x41;",
            "&notit;",
            "<script>",
            "</script>",
            "<li>",
            "1. ",
            "---\n",
            "\r\n",
            "<br>",
            "<div hidden>",
            "</div>",
            "\\",
            "\u{feff}",
            "\u{c}",
            "[^1]",
            "<a href=u>",
            "</a>",
            "~~~\n",
            "===\n",
            ".. ",
            ".. note:: ",
            ".. list-table::\n",
            "::\n",
            "  ",
            "+--+--+\n",
            "== ==\n",
            "- - ",
            ":a: ",
            ":pep:`8`",
            "``",
            "`a <b>`_",
            "_",
            ">>> ",
            "\0",
            "<para>",
            "<num>",
            "</num>",
            "<text>",
            "</text>",
            "<heading>",
            "<img",
            "<![CDATA[",
            "]]>",
            "<?",
            "?>",
            "<x y='",
        ]);
        prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_give_lawful_lines_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..5_usize) {
            let media_type = [MediaType::Text, MediaType::Markdown, MediaType::Html, MediaType::Rst, MediaType::Xml][kind];
            if let Ok(reading) = read_bytes(media_type, &bytes, &ReadLimits::default()) {
                is_lawful(&reading, &bytes)?;
            }
        }

        #[test]
        fn any_mark_up_gives_lawful_lines(text in mark_up(), kind in 0..5_usize) {
            let media_type = [MediaType::Text, MediaType::Markdown, MediaType::Html, MediaType::Rst, MediaType::Xml][kind];
            if let Ok(reading) = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()) {
                is_lawful(&reading, text.as_bytes())?;
            }
        }

        #[test]
        fn a_line_of_plain_text_is_its_range_of_the_file(text in "[ a-zé\n\r\t\u{c}]{1,200}") {
            if let Ok(reading) = read_bytes(MediaType::Text, text.as_bytes(), &ReadLimits::default()) {
                for line in &reading.lines {
                    prop_assert_eq!(&text[line.raw_start as usize..line.raw_end as usize], &line.text);
                }
            }
        }
    }

    #[test]
    fn too_many_lines_are_refused_before_they_take_memory() {
        let limits = ReadLimits { lines: 10, ..ReadLimits::default() };
        let error = read_bytes(MediaType::Text, "a\n".repeat(20).as_bytes(), &limits).unwrap_err();
        assert!(error.to_string().contains("over the limit of 10"));
    }
}
