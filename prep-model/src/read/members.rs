//! What a file of a corpus holds: itself as a document, or, where it is an archive or a mail, the documents inside it too, as deep as three. Every file met is
//! a document, a skip with its reason or a failure.

use records::Failure;

use super::container::told_by;
use super::extract::{Extracted, reading_of};
use super::ocr::extract;
use super::{Container, MediaType, ReadError, ReadLimits, Reading, Source, read_bytes};

/// Files in files in files.
const DEPTH: usize = 3;
/// All that comes out of one file of the corpus, in limits of one file.
const TOTAL: u64 = 4;

/// What a file holds.
#[derive(Debug)]
pub enum Found {
    /// A document.
    Document(Opened),
    /// Something that is no document, with the reason.
    Skipped {
        /// The path, as [`Source::name`].
        path: String,
        /// Why.
        reason: String,
    },
    /// Something that should have been read and cannot be.
    Failed(Failure),
}

/// A document whose bytes are at hand.
#[derive(Debug)]
pub struct Opened {
    /// The name a user knows; a document in an archive has that of the archive before its own.
    pub name: String,
    /// blake3 of the bytes, in hex.
    pub doc_id: String,
    /// Size in bytes.
    pub bytes: u64,
    title: Option<String>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Bytes(MediaType, Vec<u8>),
    Extracted(Container, Extracted),
}

impl Opened {
    /// How it is read.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        match &self.content {
            Content::Bytes(media_type, _) => *media_type,
            Content::Extracted(kind, _) => MediaType::Container(*kind),
        }
    }

    /// Its bytes; none where its text was taken out of it when it was opened.
    #[must_use]
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        if let Content::Bytes(_, bytes) = self.content { Some(bytes) } else { None }
    }

    /// Whether there is nothing but white space.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Bytes(_, bytes) if bytes.trim_ascii().is_empty())
    }

    /// Its lines.
    ///
    /// # Errors
    /// If it is no text, or more than the limits allow.
    pub fn read(self, limits: &ReadLimits) -> Result<Reading, ReadError> {
        let mut reading = match self.content {
            Content::Bytes(media_type, bytes) => read_bytes(media_type, &bytes, limits)?,
            Content::Extracted(kind, extracted) => reading_of(kind, extracted, self.doc_id, limits)?,
        };
        reading.title = self.title.or(reading.title);
        Ok(reading)
    }
}

/// Opens a source. In the order of the file: the source itself, then what is in it.
#[must_use]
pub fn open(source: &Source, limits: &ReadLimits) -> Vec<Found> {
    let bytes = match source.load(limits) {
        Ok(bytes) => bytes,
        Err(failure) => return vec![Found::Failed(failure)],
    };
    let mut unpacking = Unpacking { limits, room: TOTAL * limits.bytes, out: Vec::new() };
    unpacking.file(&source.name, source.media_type, bytes, source.title.clone(), 0);
    unpacking.out
}

struct Unpacking<'a> {
    limits: &'a ReadLimits,
    /// Bytes that may still come out.
    room: u64,
    out: Vec<Found>,
}

impl Unpacking<'_> {
    fn file(&mut self, name: &str, named: MediaType, bytes: Vec<u8>, title: Option<String>, depth: usize) {
        let doc_id = blake3::hash(&bytes).to_hex().to_string();
        let document = |content, size| Found::Document(Opened { name: name.to_owned(), doc_id, bytes: size, title, content });
        let size = bytes.len() as u64;
        let kind = match named {
            _ if bytes.trim_ascii().is_empty() => Ok(None),
            MediaType::Clean => Ok(None),
            named => told_by(&bytes, named).map(Some),
        };
        match kind {
            Err(error) => self.fail(name, &error),
            // What holds no other files is extracted when it is read: a duplicate, or a file that is only looked at, never is.
            Ok(Some(MediaType::Container(kind))) if kind.holds_files() => match extract(kind, &bytes, self.limits) {
                Err(error) => self.fail(name, &error),
                Ok(found) => {
                    drop(bytes);
                    self.out.push(match found.document {
                        Some(extracted) => document(Content::Extracted(kind, extracted), size),
                        None => Found::Skipped { path: name.to_owned(), reason: "archive: its members are documents of their own".into() },
                    });
                    let inside = |member: &str| format!("{name}/{member}");
                    self.out.extend(
                        found.skipped.iter().map(|(member, reason)| Found::Skipped { path: inside(member), reason: reason.clone() }),
                    );
                    self.out
                        .extend(found.failed.iter().map(|(member, reason)| Found::Failed(Failure::new(inside(member), "read", reason))));
                    for member in found.members {
                        self.member(&inside(&member.name), member.bytes, depth + 1);
                    }
                }
            },
            Ok(other) => self.out.push(document(Content::Bytes(other.unwrap_or(named), bytes), size)),
        }
    }

    fn member(&mut self, name: &str, bytes: Vec<u8>, depth: usize) {
        // A member that shares its name with another has a number behind it.
        let plain = name.rsplit_once('#').filter(|(_, number)| number.parse::<u32>().is_ok()).map_or(name, |(plain, _)| plain);
        let named = MediaType::of_name(plain);
        let is_deep = matches!(named, MediaType::Container(kind) if kind.holds_files())
            || Container::of_bytes(&bytes).is_some_and(Container::holds_files);
        if depth >= DEPTH && is_deep {
            return self.fail(name, &ReadError::TooDeep { depth: DEPTH });
        }
        let Some(room) = self.room.checked_sub(bytes.len() as u64) else { return self.fail(name, &ReadError::Bomb) };
        self.room = room;
        self.file(name, named, bytes, None, depth);
    }

    fn fail(&mut self, name: &str, error: &ReadError) {
        self.out.push(Found::Failed(Failure::new(name, "read", error)));
    }
}
