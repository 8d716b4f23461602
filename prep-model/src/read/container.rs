//! Files that hold their text inside something else: which kind one is, told by its bytes. The ending of a name is believed only where the
//! bytes say nothing (`.csv`, `.eml`, `.mbox`).

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::MediaType;

/// A kind of file whose text has to be extracted, or that holds other files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// Word documents; a page break turns the page.
    Docx,
    /// Presentations of PowerPoint; a slide is a page.
    Pptx,
    /// Workbooks of Excel; a sheet is a page.
    Xlsx,
    /// OpenDocument text.
    Odt,
    /// OpenDocument workbooks.
    Ods,
    /// OpenDocument presentations.
    Odp,
    /// Rich text.
    Rtf,
    /// Electronic books; a chapter (an entry of the spine) is a page.
    Epub,
    /// One e-mail.
    Eml,
    /// A box of e-mails; a message is a page.
    Mbox,
    /// One e-mail, saved by Outlook; a message that hangs on it is a page.
    Msg,
    /// The text layer of a PDF.
    Pdf,
    /// Values with commas, semicolons or tabs between them.
    Table,
    /// A picture, whose text is recognised.
    Picture,
    /// A zip archive.
    Zip,
    /// A tar archive, as it is or compressed by gzip.
    Tar,
}

impl Container {
    /// The kind of files with this lower-case extension.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "docx" | "docm" | "dotx" => Self::Docx,
            "pptx" | "pptm" | "ppsx" => Self::Pptx,
            "xlsx" | "xlsm" => Self::Xlsx,
            "odt" | "ott" => Self::Odt,
            "ods" => Self::Ods,
            "odp" => Self::Odp,
            "rtf" => Self::Rtf,
            "epub" => Self::Epub,
            "eml" => Self::Eml,
            "mbox" => Self::Mbox,
            "msg" => Self::Msg,
            "pdf" => Self::Pdf,
            "csv" | "tsv" => Self::Table,
            "zip" => Self::Zip,
            "tar" | "tgz" | "gz" => Self::Tar,
            "png" | "jpg" | "jpeg" | "tif" | "tiff" if super::ocr::reads_pictures() => Self::Picture,
            _ => return None,
        })
    }

    /// The name in `documents.media_type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Rtf => "application/rtf",
            Self::Epub => "application/epub+zip",
            Self::Eml => "message/rfc822",
            Self::Mbox => "application/mbox",
            Self::Msg => "application/vnd.ms-outlook",
            Self::Pdf => "application/pdf",
            Self::Table => "text/csv",
            Self::Picture => "image/*",
            Self::Zip => "application/zip",
            Self::Tar => "application/x-tar",
        }
    }

    /// Whether it is nothing but a wrapping of other files.
    #[must_use]
    pub fn is_archive(self) -> bool {
        matches!(self, Self::Zip | Self::Tar)
    }

    /// Whether other files may lie in it.
    #[must_use]
    pub fn holds_files(self) -> bool {
        self.is_archive() || matches!(self, Self::Eml | Self::Mbox | Self::Msg)
    }

    /// What the first bytes of a file say it is, if anything. A zip archive is looked into for what it is an archive of.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(1_024)];
        let holds = |needle: &[u8]| head.windows(needle.len()).any(|window| window == needle);
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Self::of_zip(bytes));
        }
        if head.starts_with(&COMPOUND) && super::extract::is_message(bytes) {
            return Some(Self::Msg);
        }
        if head.starts_with(b"{\\rtf") {
            return Some(Self::Rtf);
        }
        // Some writers put a line of their own before it.
        if head.starts_with(b"%PDF-") || holds(b"%PDF-1.") && head.first().is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            return Some(Self::Pdf);
        }
        let pictures = [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"II*\0", b"MM\0*"];
        if super::ocr::reads_pictures() && pictures.into_iter().any(|magic| head.starts_with(magic)) {
            return Some(Self::Picture);
        }
        if head.starts_with(&[0x1f, 0x8b, 8]) || bytes.get(257..262).is_some_and(|magic| magic == b"ustar") {
            return Some(Self::Tar);
        }
        // A separator, and a header under it.
        let mut lines = head.split(|byte| *byte == b'\n');
        let is_header =
            |line: &[u8]| line.iter().position(|byte| *byte == b':').is_some_and(|colon| colon > 0 && !line[..colon].contains(&b' '));
        (lines.next().is_some_and(begins_message) && lines.next().is_some_and(is_header)).then_some(Self::Mbox)
    }

    /// What the names in a zip archive say. Members are named in the directory at its end too, so that one read of all bytes tells.
    fn of_zip(bytes: &[u8]) -> Self {
        let holds = |needle: &str| super::extract::zip_holds(bytes, needle);
        // A file of OpenDocument or EPUB begins with its own type, stored as it is.
        let head = &bytes[..bytes.len().min(200)];
        let states = |name: &str| head.windows(name.len()).any(|window| window == name.as_bytes());
        let stated = [Self::Odt, Self::Ods, Self::Odp, Self::Epub].into_iter().find(|kind| states(kind.name()));
        match stated {
            Some(kind) => kind,
            None if holds("word/document.xml") => Self::Docx,
            None if holds("ppt/presentation.xml") => Self::Pptx,
            None if holds("xl/workbook.xml") => Self::Xlsx,
            None if holds("META-INF/container.xml") => Self::Epub,
            None => Self::Zip,
        }
    }
}

/// Whether a line of a box of e-mails, behind an empty one, begins a message: `From a@b Mon Jan  1 00:00:00 2024` (RFC 4155). A sentence that begins
/// with this word has no time of day in it; not every program marks such lines in a body.
pub(super) fn begins_message(line: &[u8]) -> bool {
    let is_time =
        |bytes: &[u8]| bytes.iter().zip(b":00:00").all(|(byte, like)| if *like == b':' { byte == like } else { byte.is_ascii_digit() });
    line.starts_with(b"From ") && line.windows(6).any(is_time)
}

/// Most bytes of a zip archive that are read to see what it is.
const MOST_SNIFFED: u64 = 64 << 20;
/// Old binary files of Office, and new ones under a password, begin with these bytes.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// What a file really is, whatever its name says.
///
/// # Errors
/// If it is an old binary Office file or one under a password: what to do.
pub(super) fn told_by(bytes: &[u8], named: MediaType) -> Result<MediaType, super::ReadError> {
    if bytes.starts_with(&COMPOUND) && !super::extract::is_message(bytes) {
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let is_encrypted = bytes.windows(name.len()).any(|window| window == name);
        return Err(if is_encrypted { super::ReadError::Encrypted } else { super::ReadError::OldOffice });
    }
    match (Container::of_bytes(bytes), named) {
        (Some(found), _) => Ok(MediaType::Container(found)),
        // What these look like is said by nothing but the name.
        (None, MediaType::Container(Container::Eml | Container::Mbox | Container::Table)) => Ok(named),
        (None, MediaType::Container(kind)) => Ok(without_magic(bytes, kind)),
        (None, named) => Ok(named),
    }
}

/// A file that is named as something which its bytes do not show: text that was saved under a wrong ending, or what is left of a broken file.
fn without_magic(bytes: &[u8], named: Container) -> MediaType {
    let head = bytes[..bytes.len().min(1_024)].trim_ascii_start().to_ascii_lowercase();
    if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") { MediaType::Html } else { MediaType::Container(named) }
}

/// The kind of a file whose name says nothing, by its first bytes; none where these say nothing either.
pub(super) fn sniffed(path: &Path) -> Option<Container> {
    let mut head = Vec::with_capacity(1_024);
    let mut file = std::fs::File::open(path).ok()?;
    file.by_ref().take(1_024).read_to_end(&mut head).ok()?;
    if head.starts_with(b"PK") && Container::of_bytes(&head) == Some(Container::Zip) || head.starts_with(&COMPOUND) {
        // What is in it stands at the end.
        file.take(MOST_SNIFFED).read_to_end(&mut head).ok()?;
    }
    Container::of_bytes(&head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_say_what_a_file_is_and_the_name_only_where_they_do_not() {
        assert_eq!(told_by(b"%PDF-1.7\n", MediaType::Text).unwrap(), MediaType::Container(Container::Pdf));
        assert_eq!(told_by(b"{\\rtf1 x}", MediaType::Container(Container::Docx)).unwrap(), MediaType::Container(Container::Rtf));
        assert_eq!(told_by(b"<!DOCTYPE html><p>x", MediaType::Container(Container::Docx)).unwrap(), MediaType::Html);
        assert_eq!(
            told_by(b"From a@b Mon Jan 1 00:00:00 2024\nSubject: x\n", MediaType::Text).unwrap(),
            MediaType::Container(Container::Mbox)
        );
        assert_eq!(told_by(b"From 8:00 to 9:00 it rains\nand then: not", MediaType::Text).unwrap(), MediaType::Text);
        assert_eq!(told_by(b"a,b\n1,2", MediaType::Container(Container::Table)).unwrap(), MediaType::Container(Container::Table));
        assert!(told_by(&COMPOUND, MediaType::Container(Container::Docx)).is_err());
    }
}
