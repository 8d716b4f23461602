//! The text layer of a PDF: pages are walked for the letters they draw and where, and these are put into lines and the lines into the order in which people read
//! them. Objects, filters and encryption are `hayro-syntax`'s; fonts and layout are ours.

mod cmap;
mod content;
mod encoding;
mod font;
mod layout;

use hayro_syntax::page::Page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::Extracted;
use super::page::Pages;
use crate::read::{ReadError, ReadLimits};

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
    let (mut pages, mut fonts) = (Pages::default(), font::Fonts::default());
    for (number, page) in (1..).zip(found.iter()) {
        pages.turn(format!("page {number}"));
        print(page, &mut fonts, &mut pages);
    }
    let title = pdf.metadata().title.as_deref().map(title_of);
    pages.finish(title.filter(|title| is_telling(title)))
}

fn print(page: &Page<'_>, fonts: &mut font::Fonts, pages: &mut Pages) {
    let mut before: Option<layout::Printed> = None;
    for line in layout::lines(content::glyphs(page, fonts)) {
        let gap = before.as_ref().map_or(0, |before| line.blank_after(before));
        pages.printed(&line.text, gap, Some(line.size));
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
