//! A `.jsonl` file of clean texts as a corpus: one record a line.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use records::Failure;
use serde::Deserialize;

use super::{Entry, Source};

#[derive(Deserialize)]
struct Record {
    id: serde_json::Value,
    #[serde(default)]
    title: Option<String>,
    text: String,
}

/// The records of a `.jsonl`, one in memory at a time; a broken line is a failure and the next one goes on.
pub(super) struct Records {
    name: String,
    reader: Result<BufReader<File>, Option<io::Error>>,
    line: u64,
    limit: u64,
}

impl Records {
    pub(super) fn open(path: &Path, limit: u64) -> Self {
        let name = super::shown(path.file_name().unwrap_or_default());
        Self { name, reader: File::open(path).map(BufReader::new).map_err(Some), line: 0, limit }
    }

    fn failed(&self, reason: impl ToString) -> Entry {
        Entry::Failed(Failure::new(format!("{}:{}", self.name, self.line), "read", reason))
    }

    fn parse(&self, line: &[u8]) -> Entry {
        match serde_json::from_slice::<Record>(line) {
            Ok(Record { id: serde_json::Value::String(id), title, text }) if !id.is_empty() => {
                Entry::Source(Source::clean(id, title, text))
            }
            Ok(Record { id: serde_json::Value::Number(id), title, text }) => Entry::Source(Source::clean(id.to_string(), title, text)),
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
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(self.parse(&line)),
                Err(error) => {
                    self.reader = Err(None);
                    return Some(self.failed(error));
                }
            }
        }
    }
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
