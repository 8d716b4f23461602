//! A box of e-mails grows for years, beyond what is read of a file at once. Such a one is read in parts of whole messages, each a document of its own
//! (`inbox.mbox/part-0001`): mail that comes in later changes the last of them alone.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::{Content, Entry, ReadLimits, Source};
use crate::read::container::begins_message;
use crate::read::{Container, MediaType};

/// Bytes of a part, up to the end of the message that they end in.
const PART: u64 = 16 << 20;
/// Bytes of a line that are looked at.
const HEAD: u64 = 1_024;

/// The parts of a source if it is a box of e-mails that is too large to be read at once, otherwise the source.
pub(super) fn in_parts(source: Source) -> Vec<Entry> {
    let parts = match &source.content {
        Content::File(path) if is_large(&source) => cuts(path, source.bytes, PART).map(|ranges| named(&source, path, ranges)),
        _ => return vec![Entry::Source(source)],
    };
    // Whoever reads it next says what is the matter with it.
    parts.unwrap_or_else(|_| vec![Entry::Source(source)])
}

fn is_large(source: &Source) -> bool {
    source.media_type == MediaType::Container(Container::Mbox) && source.bytes > ReadLimits::default().bytes
}

fn named(source: &Source, path: &Path, ranges: Vec<Range<u64>>) -> Vec<Entry> {
    let part = |(number, range): (usize, Range<u64>)| {
        let name = format!("{}/part-{:04}", source.name, number + 1);
        Entry::Source(Source { name, bytes: range.end - range.start, content: Content::Part(path.to_path_buf(), range), ..source.clone() })
    };
    ranges.into_iter().enumerate().map(part).collect()
}

/// Ranges of whole messages, of `part` bytes and what is left of the message that they end in. Of the file only this rest is read.
fn cuts(path: &Path, size: u64, part: u64) -> io::Result<Vec<Range<u64>>> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut ranges, mut start) = (Vec::new(), 0);
    while start < size {
        let end = if start + part < size { next_message(&mut file, start + part)?.unwrap_or(size).min(size) } else { size };
        ranges.push(start..end);
        start = end;
    }
    Ok(ranges)
}

/// Where the first message begins behind a place; none where there is no more.
fn next_message(file: &mut BufReader<File>, from: u64) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(from))?;
    let (mut start, mut head, mut is_blank) = (from, Vec::new(), false);
    loop {
        head.clear();
        let length = read_line(file, &mut head)?;
        if length == 0 {
            return Ok(None);
        }
        // The first line is one that was entered somewhere, and follows none that is known.
        if is_blank && begins_message(&head) {
            return Ok(Some(start));
        }
        start += length;
        is_blank = head.trim_ascii().is_empty();
    }
}

/// Reads a line and gives its length; of it the beginning is kept, since one may be as long as the file.
fn read_line(file: &mut BufReader<File>, head: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = file.by_ref().take(HEAD).read_until(b'\n', head)? as u64;
    if length == HEAD && !head.ends_with(b"\n") {
        length += file.skip_until(b'\n')? as u64;
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_begin_with_a_message_and_hold_all_of_the_box() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.mbox");
        for end in ["\n", "\r\n"] {
            let message = |n: usize| {
                let body = format!("Number {n}.{end}{end}From behind an empty line, and no message.{end}{}", "x".repeat(n % 7 * 400));
                format!("From a@b Mon Jan  1 00:00:00 2024{end}Subject: {n}{end}{end}{body}{end}{end}")
            };
            let text: String = (0..50).map(message).collect();
            std::fs::write(&path, &text).unwrap();
            let size = text.len() as u64;
            for part in [1, 150, 5_000, size - 1, size, 2 * size] {
                let ranges = cuts(&path, size, part).unwrap();
                let pieces: Vec<&str> = ranges.iter().map(|range| &text[range.start as usize..range.end as usize]).collect();
                assert_eq!(pieces.concat(), text);
                assert!(pieces.iter().all(|piece| piece.starts_with("From a@b") && piece.len() as u64 >= part.min(1)), "{part}");
                assert_eq!(pieces.len() > 1, part < size - 1, "{part}: {}", pieces.len());
            }
        }
    }

    #[test]
    fn what_is_no_box_or_a_small_one_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.mbox");
        std::fs::write(&path, "From a@b Mon Jan  1 00:00:00 2024\nSubject: 1\n\nShort.\n").unwrap();
        let source =
            |bytes, kind| Source { name: "box.mbox".into(), media_type: kind, bytes, title: None, content: Content::File(path.clone()) };
        let large = ReadLimits::default().bytes + 1;
        let names = |entries: Vec<Entry>| -> Vec<String> {
            entries.into_iter().map(|entry| if let Entry::Source(source) = entry { source.name } else { unreachable!() }).collect()
        };
        assert_eq!(names(in_parts(source(50, MediaType::Container(Container::Mbox)))), ["box.mbox"]);
        assert_eq!(names(in_parts(source(large, MediaType::Text))), ["box.mbox"]);
        // A size that is not the file's, since nobody wants to write one of 64 MB here.
        assert_eq!(names(in_parts(source(large, MediaType::Container(Container::Mbox)))), ["box.mbox/part-0001"]);
    }
}
