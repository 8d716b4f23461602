//! A `.jsonl` file of clean texts as a corpus: one record a line. A byte order mark before one (the first, or that of a file that
//! was put behind another) is passed over; records that share an id are told apart by their order in the file, `id`, `id#2`, `id#3`.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use records::Failure;
use serde::Deserialize;

use super::{Entry, Source};

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

#[derive(Deserialize)]
struct Record {
    id: serde_json::Value,
    #[serde(default)]
    title: Option<Title>,
    text: String,
}

/// A title, which may be a year.
#[derive(Deserialize)]
#[serde(untagged, expecting = "the title must be a word or a number")]
enum Title {
    Word(String),
    Number(serde_json::Number),
}

impl From<Title> for String {
    fn from(title: Title) -> Self {
        match title {
            Title::Word(word) => word,
            Title::Number(number) => number.to_string(),
        }
    }
}

/// The records of a `.jsonl`, one in memory at a time; a broken line is a failure and the next one goes on.
pub(super) struct Records {
    name: String,
    reader: Result<BufReader<File>, Option<io::Error>>,
    line: u64,
    limit: u64,
    names: Names,
}

/// The names given so far, as hashes: millions of ids fit in memory.
#[derive(Default)]
struct Names {
    given: HashSet<u128>,
    /// How many records had an id, where more than one did.
    again: HashMap<u128, u64>,
}

impl Names {
    /// The id, or where a record had it before, the id with its number.
    fn give(&mut self, id: String) -> String {
        let hash = |name: &str| {
            let bytes = *blake3::hash(name.as_bytes()).as_bytes();
            bytes.iter().take(16).fold(0_u128, |hash, byte| hash << 8 | u128::from(*byte))
        };
        let key = hash(&id);
        if self.given.insert(key) {
            return id;
        }
        let number = self.again.entry(key).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{id}#{number}");
            if self.given.insert(hash(&name)) {
                return name;
            }
        }
    }
}

impl Records {
    pub(super) fn open(path: &Path, limit: u64) -> Self {
        let name = super::shown(path.file_name().unwrap_or_default());
        Self { name, reader: File::open(path).map(BufReader::new).map_err(Some), line: 0, limit, names: Names::default() }
    }

    fn failed(&self, reason: impl ToString) -> Entry {
        Entry::Failed(Failure::new(format!("{}:{}", self.name, self.line), "read", reason))
    }

    fn parse(&mut self, line: &[u8]) -> Entry {
        // serde would take a list for the fields of a record in their order.
        if !line.trim_ascii_start().starts_with(b"{") {
            return self.failed("not a record of {\"id\",\"title\"?,\"text\"}: an object must stand on each line");
        }
        match serde_json::from_slice::<Record>(line) {
            Ok(Record { id: serde_json::Value::String(id), title, text }) if !id.trim().is_empty() => {
                Entry::Source(Source::clean(self.names.give(id), title.map(String::from), text))
            }
            Ok(Record { id: serde_json::Value::Number(id), title, text }) => {
                Entry::Source(Source::clean(self.names.give(id.to_string()), title.map(String::from), text))
            }
            Ok(_) => self.failed("the id must be a word or a number"),
            Err(error) => self.failed(format!("not a record of {{\"id\",\"title\"?,\"text\"}}: {error}")),
        }
    }
}

impl Iterator for Records {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            self.line += 1;
            let reader = match &mut self.reader {
                Ok(reader) => reader,
                Err(error) => {
                    let error = error.take()?;
                    return Some(self.failed(error));
                }
            };
            let mut line = Vec::new();
            match reader.by_ref().take(self.limit + 1).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.len() as u64 > self.limit && !line.ends_with(b"\n") => {
                    if let Err(error) = skip_line(reader) {
                        self.reader = Err(Some(error));
                    }
                    return Some(self.failed(format!("record larger than the limit of {} bytes: split it", self.limit)));
                }
                Ok(_) => {
                    let record = line.strip_prefix(MARK).unwrap_or(&line);
                    if is_wide(record, self.line) {
                        self.reader = Err(None);
                        return Some(self.failed("encoded as UTF-16 or UTF-32: convert it to UTF-8 first (iconv -t UTF-8)"));
                    }
                    if !record.trim_ascii().is_empty() {
                        return Some(self.parse(record));
                    }
                }
                Err(error) => {
                    self.reader = Err(None);
                    return Some(self.failed(error));
                }
            }
        }
    }
}

/// Number of records of a file, broken ones included; what cannot be read on counts as one more.
pub(super) fn count(path: &Path) -> u64 {
    let Ok(mut file) = File::open(path) else { return 1 };
    let (mut buffer, mut records, mut filled, mut begins) = (vec![0_u8; 1 << 16], 0_u64, false, true);
    loop {
        let Ok(length) = file.read(&mut buffer) else { return records + 1 };
        let mut bytes = &buffer[..length];
        if std::mem::take(&mut begins) {
            bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
            let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if is_wide(first, 1) {
                return 1;
            }
        }
        if length == 0 {
            return records + u64::from(filled);
        }
        for byte in bytes {
            if *byte == b'\n' {
                records += u64::from(std::mem::take(&mut filled));
            } else {
                filled |= !byte.is_ascii_whitespace();
            }
        }
    }
}

/// Whether a file cannot be cut into lines at bytes.
fn is_wide(line: &[u8], number: u64) -> bool {
    number == 1 && (line.starts_with(&[0xFF, 0xFE]) || line.starts_with(&[0xFE, 0xFF]) || line.iter().take(8).any(|byte| *byte == 0))
}

/// Reads on to the end of the line without keeping it.
fn skip_line(reader: &mut BufReader<File>) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let (length, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        reader.consume(length);
        if ended {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &[u8]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.jsonl");
        std::fs::write(&path, text).unwrap();
        let name = |entry| match entry {
            Entry::Source(source) => source.name,
            Entry::Failed(failure) => failure.path,
            Entry::Skipped { path, .. } => path,
        };
        let names: Vec<String> = Records::open(&path, 1_000).map(name).collect();
        assert_eq!(count(&path), names.len() as u64, "{names:?}");
        names
    }

    #[test]
    fn records_that_share_an_id_are_told_apart() {
        let ids = ["a", "a", "a#2", "b", "a", "a#2"];
        let text: String = ids.iter().map(|id| format!("{{\"id\":\"{id}\",\"text\":\"x\"}}\n")).collect();
        assert_eq!(names(text.as_bytes()), ["a", "a#2", "a#2#2", "b", "a#3", "a#2#3"]);
    }

    #[test]
    fn a_mark_is_passed_over_and_odd_records_are_failures_by_line() {
        let text = b"\xEF\xBB\xBF{\"id\":\"one\",\"text\":\"x\"}\r\n\n[\"two\",null,\"x\"]\n{\"id\":null,\"text\":\"x\"}\n{\"id\":\" \",\"text\":\"x\"}\n\
                     {\"id\":\"caf\xe9\",\"text\":\"x\"}\n{\"id\":7,\"text\":\"x\"}";
        assert_eq!(names(text), ["one", "r.jsonl:3", "r.jsonl:4", "r.jsonl:5", "r.jsonl:6", "7"]);
        assert_eq!(names(b"\xEF\xBB\xBF\n{\"id\":\"a\",\"text\":\"x\"}"), ["a"]);
        assert_eq!(names(b"{\"id\":\"a\",\"text\":\"x\"}\n\xEF\xBB\xBF{\"id\":\"b\",\"text\":\"y\",\"title\":1984}"), ["a", "b"]);
    }

    #[test]
    fn as_many_records_are_counted_as_are_read() {
        let long = format!("{{\"id\":\"a\",\"text\":\"{}\"}}\nbroken\n\n \n{{}}", "x".repeat(200_000));
        assert_eq!(names(long.as_bytes()).len(), 3);
        assert_eq!(names(b"").len(), 0);
        assert_eq!(names(b"\n\r\n").len(), 0);
    }

    #[test]
    fn a_file_of_wide_characters_is_one_failure() {
        let text: Vec<u8> = "\u{feff}{\"id\":\"a\",\"text\":\"x\"}\n{}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(names(&text), ["r.jsonl:1"]);
    }
}
