//! The text layer of a PDF: pages are walked for the letters they draw and where, and these are put into lines and the lines into the order in which people read
//! them. Objects, filters and encryption are `hayro-syntax`'s; fonts and layout are ours.

mod cmap;
mod content;
mod encoding;
mod font;
mod headings;
mod layout;

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::Extracted;
use super::page::{MOST_TEXT, Pages};
use crate::read::{ReadError, ReadLimits};
use headings::Sizes;
use layout::Printed;

/// Pages of one file.
const MOST_PAGES: usize = 20_000;

pub(super) fn read(bytes: &[u8], _limits: &ReadLimits) -> Result<Extracted, ReadError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ReadError::Encrypted,
        LoadPdfError::Decryption(_) => ReadError::broken("its encryption is of no known kind"),
        LoadPdfError::Invalid => ReadError::broken("its pages cannot be found"),
    })?;
    let found = pdf.pages();
    if found.len() > MOST_PAGES {
        return Err(ReadError::broken(&format!("it has {} pages, more than {MOST_PAGES}", found.len())));
    }
    let mut fonts = font::Fonts::default();
    let (mut printed, mut pictures, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
    for page in found.iter() {
        let (glyphs, has_picture) = if bytes < MOST_TEXT { content::glyphs(page, &mut fonts) } else { Default::default() };
        let lines = layout::lines(glyphs);
        pictures.push(has_picture && lines.is_empty());
        bytes += lines.iter().map(|line| line.text.len()).sum::<usize>();
        printed.push(lines);
    }
    let sizes = Sizes::of(&printed);
    let mut pages = Pages::default();
    for (number, (lines, is_picture)) in (1..).zip(printed.into_iter().zip(pictures)) {
        pages.turn(format!("page {number}"));
        pages.picture(is_picture);
        print(lines, &sizes, &mut pages);
    }
    let title = pdf.metadata().title.as_deref().map(title_of);
    pages.finish(title.filter(|title| is_telling(title)))
}

/// Line by line; a heading that runs over several lines is one.
fn print(lines: Vec<Printed>, sizes: &Sizes, pages: &mut Pages) {
    let mut lines = lines.into_iter().peekable();
    let mut before: Option<Printed> = None;
    while let Some(mut line) = lines.next() {
        let gap = before.as_ref().map_or(0, |before| line.blank_after(before));
        let (level, size) = (sizes.level(&line), line.size);
        while let Some(mut next) = lines.next_if(|next| level.is_some() && sizes.level(next) == level && next.blank_after(&line) == 0) {
            next.text = format!("{} {}", line.text, next.text);
            line = next;
        }
        pages.printed(&line.text, level, gap, Some(size));
        before = Some(line);
    }
}

/// Text of a document's dictionary: UTF-16 or nearly Latin.
fn title_of(bytes: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Programs that print put the name of a file where a title belongs.
fn is_telling(title: &str) -> bool {
    let lower = title.to_lowercase();
    let is_file = [".doc", ".docx", ".indd", ".tex", ".dvi", ".pdf", ".xls", ".ppt", ".qxd", ".fm", ".ps"]
        .iter()
        .any(|end| lower.trim_end().ends_with(end));
    !is_file && !lower.starts_with("microsoft word") && !lower.contains("untitled") && title.split_whitespace().count() > 1
}
