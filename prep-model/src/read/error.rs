//! Why a file cannot be read.

use thiserror::Error;

/// A file that cannot be read, and what to do about it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
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
}
