//! Why a file cannot be read.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A file that cannot be read, and what to do about it.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadError {
    /// Nothing but white space.
    #[error("empty: holds no text")]
    Empty,
    /// Not text.
    #[error("binary data, not text: convert it to text, Markdown or HTML first, or name it by its real extension")]
    Binary,
    /// In no character set that explains the bytes.
    #[error("not UTF-8 (first wrong byte at {offset}) and in no other known character set: convert it to UTF-8 first (iconv -t UTF-8)")]
    Encoding {
        /// Offset of the first byte that is not UTF-8.
        offset: u64,
    },
    /// More characters than the way back to bytes of another encoding can hold in memory.
    #[error("not UTF-8, with more than {limit} characters beyond ASCII: convert it to UTF-8 first (iconv -t UTF-8), or split it")]
    LongEncoded {
        /// Characters allowed.
        limit: usize,
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
    /// Only a password opens it.
    #[error("is encrypted: save it without a password")]
    Encrypted,
    /// A binary file of an Office before 2007, or another file in such a wrapping.
    #[error("an old binary Office file: save it as .docx, .xlsx, .pptx or PDF first")]
    OldOffice,
    /// A file that does not keep to its format.
    #[error("broken ({reason}): repair it with the program that made it, or save it as text or PDF first")]
    Broken {
        /// What is wrong.
        reason: String,
    },
    /// It would unpack to far more than it is.
    #[error("would unpack to more than the limits allow: unpack it first and look at what is in it")]
    Bomb,
    /// More text than memory is meant to hold.
    #[error("holds more than {limit} MB of text: split it")]
    TooMuch {
        /// Megabytes allowed.
        limit: u64,
    },
    /// A PDF of pictures.
    #[error("has no text layer: its pages are pictures: install tesseract-ocr and poppler-utils, or have them recognised first (ocrmypdf)")]
    NoTextLayer,
    /// A picture, where none is recognised.
    #[error("a picture: install tesseract-ocr to have its text recognised")]
    Picture,
    /// Files in files in files.
    #[error("lies deeper than {depth} archives inside of each other: unpack it first")]
    TooDeep {
        /// Archives allowed.
        depth: usize,
    },
    /// A wrapping of documents where one document was asked for.
    #[error("is an archive: its members are documents of their own")]
    Archive,
    /// The process that reads such files was ended, or ended itself.
    #[error("{reason}")]
    Child {
        /// How it ended.
        reason: String,
    },
}

impl ReadError {
    /// A file that does not keep to its format.
    pub(super) fn broken(reason: &str) -> Self {
        Self::Broken { reason: reason.to_owned() }
    }
}
