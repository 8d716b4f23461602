//! Extraction: a file that is no text in, the plain text of its pages out, each line with what the format says it is. The joined pages are the
//! original that spans and citations point into. Nothing here trusts the file: sizes, depths and counts are bounded, nothing is written to disk, and in the
//! binary all of it runs in a child process ([`super::child`]).

mod archive;
mod delimited;
mod docx;
mod epub;
mod inline;
mod mail;
mod odf;
mod outlook;
mod page;
mod pdf;
mod pptx;
mod rtf;
mod table;
pub(super) mod tree;
mod xlsx;
mod zipped;

use records::{Dropped, Hints, Line, Link, OffsetMap};
use serde::{Deserialize, Serialize};

use super::container::Container;
use super::{MediaType, Outline, PageText, ReadError, ReadLimits, Reading, TableRow, builder};
pub(super) use outlook::is_message;
pub(super) use zipped::zip_holds;

/// What comes out of a file: a document, files inside it, or both (a mail with attachments).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// The text of the file itself; none for an archive.
    pub document: Option<Extracted>,
    /// The files in it, in their order.
    #[serde(skip)]
    pub members: Vec<Member>,
    /// Files in it that could not be taken out, and why.
    pub failed: Vec<(String, String)>,
    /// Files in it that are left alone, and why.
    pub skipped: Vec<(String, String)>,
}

/// A file inside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path inside, `/` between the parts; unique in its container, never absolute and without `..`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The text of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extracted {
    /// The title that the format itself states.
    pub title: Option<String>,
    /// Its pages, in order.
    pub pages: Vec<ExtractedPage>,
}

/// The text of a page, slide, sheet, message or chapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExtractedPage {
    /// What the format calls it.
    pub label: String,
    /// Its text, blocks on lines of their own.
    pub text: String,
    /// What stands where in it, in order and disjoint.
    pub blocks: Vec<Block>,
    /// Whether it is nothing but a picture, in which there may be text.
    pub is_picture: bool,
    /// Whether its text was recognised.
    pub is_recognised: bool,
}

/// A paragraph, heading, item or row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// First byte in the page's text.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The path that its HTML would have; empty for printed text.
    pub path: String,
    /// The place in a table, if it is a row: its table, its row, and whether it names the columns.
    pub row: Option<(u32, u32, bool)>,
    /// Blank lines before it.
    pub blank_before: u32,
    /// Font size in points, where known.
    pub font_size: Option<f32>,
    /// Links, counted in the block.
    pub links: Vec<Link>,
}

/// Extracts the text of a file, here and now.
///
/// # Errors
/// If the file is broken, under a password, or more than the limits allow.
pub fn extract(kind: Container, bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    let document = match kind {
        Container::Docx => docx::read(bytes, limits)?,
        Container::Pptx => pptx::read(bytes, limits)?,
        Container::Xlsx => xlsx::read(bytes, limits)?,
        Container::Odt | Container::Ods | Container::Odp => odf::read(bytes, limits)?,
        Container::Rtf => rtf::read(bytes, limits)?,
        Container::Epub => epub::read(bytes, limits)?,
        Container::Table => delimited::read(bytes)?,
        Container::Pdf => pdf::read(bytes, limits)?,
        Container::Eml => return mail::read_message(bytes, limits),
        Container::Mbox => return mail::read_box(bytes, limits),
        Container::Msg => return outlook::read(bytes, limits),
        // It has no text of its own: `super::ocr` recognises it.
        Container::Picture => return Err(ReadError::Picture),
        Container::Zip => return archive::read_zip(bytes, limits),
        Container::Tar => return archive::read_tar(bytes, limits),
    };
    Ok(Extraction { document: Some(document), ..Extraction::default() })
}

/// A page of text that was recognised: its lines, each with whether a paragraph begins there.
pub(super) fn recognised_page(label: &str, lines: &[(bool, String)]) -> ExtractedPage {
    let mut pages = page::Pages::default();
    pages.turn(label);
    lines.iter().for_each(|(begins, text)| pages.printed(text, None, u32::from(*begins), None));
    let page = pages.finish(None).ok().and_then(|document| document.pages.into_iter().next()).unwrap_or_default();
    ExtractedPage { label: label.to_owned(), is_recognised: true, ..page }
}

/// The lines of an extracted text, as any reader gives them.
///
/// # Errors
/// If it holds no text, or more lines than the limits allow.
pub(super) fn reading_of(kind: Container, extracted: Extracted, doc_id: String, limits: &ReadLimits) -> Result<Reading, ReadError> {
    let (mut lines, mut rows, mut pages): (Vec<Line>, Vec<Option<TableRow>>, Vec<PageText>) = (Vec::new(), Vec::new(), Vec::new());
    let mut start = 0;
    let is_recognised = extracted.pages.iter().any(|page| page.is_recognised);
    let mut unseen = Vec::new();
    for (number, page) in (1..).zip(extracted.pages) {
        if page.is_picture {
            let reason = format!("page {number} has no text: install tesseract-ocr and poppler-utils");
            let nothing =
                Dropped { doc_id: String::new(), path: String::new(), raw_start: start, raw_end: start, text: String::new(), reason };
            unseen.push(nothing);
        }
        for block in &page.blocks {
            let Some(text) = page.text.get(block.start as usize..block.end as usize) else { continue };
            let hints = Hints {
                html_path: block.path.clone(),
                page: Some(number),
                font_size: block.font_size,
                blank_before: block.blank_before,
                ..Hints::default()
            };
            let spans = OffsetMap::verbatim(start + u64::from(block.start), text.len() as u64);
            builder::push_linked(text, &spans, hints, &block.links, &mut lines);
            rows.resize(lines.len(), block.row.map(|(table, row, header)| TableRow { table, row, header }));
        }
        super::check_lines(lines.len(), limits)?;
        let length = page.text.len() as u64;
        pages.push(PageText { page: number, start, label: page.label, text: page.text });
        start += length + 1;
    }
    if lines.is_empty() && !is_recognised {
        return Err(if kind == Container::Pdf { ReadError::NoTextLayer } else { ReadError::Empty });
    }
    let media_type = MediaType::Container(kind);
    Ok(Reading {
        doc_id,
        media_type,
        title: extracted.title,
        lines,
        rows,
        outline: Outline::default(),
        unseen,
        replaced: 0,
        pages,
        is_recognised,
    })
}
