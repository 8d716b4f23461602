//! The lines of a file that people or programs write, one in memory at a time: one that is too long or no UTF-8 is an error of its own,
//! and the next one follows.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

/// A line longer than this holds no question, whatever it holds.
const LONGEST_LINE: u64 = 64 << 20;

/// Lines with their numbers from 1.
pub(super) struct Lines {
    reader: BufReader<File>,
    number: u64,
}

pub(super) enum Broken {
    /// Reading ended here.
    Io(io::Error),
    /// This line only.
    Line(String),
}

/// The hash of a file (blake3, in hex) and the number of its lines that hold something, in one pass of small memory.
pub(super) fn scan(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let (mut buffer, mut lines, mut filled) = (vec![0_u8; 1 << 16], 0_u64, false);
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok((hasher.finalize().to_hex().to_string(), lines + u64::from(filled)));
        }
        hasher.update(&buffer[..length]);
        for byte in &buffer[..length] {
            if *byte == b'\n' {
                lines += u64::from(std::mem::take(&mut filled));
            } else {
                filled |= !byte.is_ascii_whitespace();
            }
        }
    }
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { reader: BufReader::new(File::open(path)?), number: 0 })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn next_line(&mut self) -> Result<Option<(u64, String)>, Broken> {
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes).map_err(Broken::Io)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.len() as u64 == LONGEST_LINE && bytes.last() != Some(&b'\n') {
            drop(bytes);
            self.skip_line().map_err(Broken::Io)?;
            return Err(Broken::Line(format!("longer than {} MiB", LONGEST_LINE >> 20)));
        }
        let wide = bytes.contains(&0);
        match String::from_utf8(bytes) {
            Ok(line) if !wide => Ok(Some((self.number, line.trim_start_matches('\u{FEFF}').to_owned()))),
            // What an editor calls Unicode: every second byte of a plain letter is zero.
            _ if wide => Err(Broken::Line("holds zero bytes, as UTF-16 and UTF-32 have them: save the file as UTF-8".into())),
            _ => Err(Broken::Line("not UTF-8: save the file as UTF-8".into())),
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => {
                    self.reader.consume(at + 1);
                    return Ok(());
                }
                None => {
                    let length = buffer.len();
                    self.reader.consume(length);
                }
            }
        }
    }
}
