//! How prepared documents are written: Parquet as every later step reads it, JSON lines for other programs, Markdown for people.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use records::{Document, Dropped, Section, Shard, TableError, TableWriter};
use serde::{Deserialize, Serialize};

use super::Prepared;

/// How sections are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `sections-NNNNN.parquet`, which every later step reads.
    #[default]
    Parquet,
    /// `sections-NNNNN.jsonl`, a section a line, and `dropped-NNNNN.jsonl` beside it.
    Jsonl,
    /// `sections-NNNNN.md`, for people.
    Markdown,
}

/// Writes the sections of one shard; documents and failures are always Parquet and written elsewhere.
pub(super) fn write_sections(dir: &Path, index: usize, format: Format, prepared: Vec<Prepared>) -> Result<Shard, TableError> {
    match format {
        Format::Parquet => {
            let mut table = TableWriter::<Section>::create(dir, index)?;
            for done in prepared {
                table.extend(done.sections)?;
            }
            table.finish()
        }
        Format::Jsonl => {
            let sections: Vec<&Section> = prepared.iter().flat_map(|done| &done.sections).collect();
            write_lines(dir, &format!("sections-{index:05}.jsonl"), &sections)
        }
        Format::Markdown => {
            let mut out = String::new();
            for done in &prepared {
                markdown(&done.document, &done.sections, &mut out);
            }
            write_text(dir, &format!("sections-{index:05}.md"), out.as_bytes(), prepared.len() as u64)
        }
    }
}

/// Writes the text of one shard that is in no section: always as Parquet, and as lines of JSON beside sections in lines of JSON.
pub(super) fn write_dropped(dir: &Path, index: usize, format: Format, dropped: Vec<Dropped>) -> Result<Vec<Shard>, TableError> {
    let mut shards = Vec::new();
    if format == Format::Jsonl {
        shards.push(write_lines(dir, &format!("dropped-{index:05}.jsonl"), &dropped)?);
    }
    let mut table = TableWriter::<Dropped>::create(dir, index)?;
    table.extend(dropped)?;
    shards.push(table.finish()?);
    Ok(shards)
}

fn write_lines(dir: &Path, name: &str, rows: &[impl Serialize]) -> Result<Shard, TableError> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, row).map_err(|error| failed(dir, error.into()))?;
        out.push(b'\n');
    }
    write_text(dir, name, &out, rows.len() as u64)
}

fn write_text(dir: &Path, name: &str, bytes: &[u8], rows: u64) -> Result<Shard, TableError> {
    let path = dir.join(name);
    records::write_atomically(&path, bytes).and_then(|()| Shard::of(&path, rows)).map_err(|error| failed(&path, error))
}

fn failed(path: &Path, source: io::Error) -> TableError {
    TableError::Io { path: path.to_path_buf(), source }
}

/// One document: its name, then its sections, each under the headings that changed.
fn markdown(document: &Document, sections: &[Section], out: &mut String) {
    let title = document.title.as_deref().unwrap_or(&document.path);
    let _ = write!(out, "# {}\n\nSource: {}\n\n", escaped(title), escaped(&document.path));
    let mut above: &[String] = &[];
    for section in sections {
        let same = above.iter().zip(&section.heading_path).take_while(|(a, b)| a == b).count();
        for (depth, heading) in section.heading_path.iter().enumerate().skip(same) {
            let _ = write!(out, "{} {}\n\n", "#".repeat((depth + 2).min(6)), escaped(heading));
        }
        above = &section.heading_path;
        // Headings that stand in the text too are written once.
        let above_text = |line: &&str| document.title.as_deref() == Some(*line) || section.heading_path.iter().any(|above| above == line);
        for paragraph in section.text.split('\n').skip_while(above_text) {
            let _ = write!(out, "{}\n\n", escaped(paragraph));
        }
    }
}

/// Text that Markdown shows as it stands: nothing in a document becomes mark-up.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' => out.extend(['\\', character]),
            '\n' | '\r' => out.push(' '),
            _ => out.push(character),
        }
    }
    let starts_list = out.trim_start().starts_with(['-', '+', '='])
        || out
            .trim_start()
            .split_once(['.', ')'])
            .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    if starts_list {
        let lead = out.len() - out.trim_start().len();
        let mark = out[lead..].find(['-', '+', '=', '.', ')']).map_or(lead, |at| lead + at);
        out.insert(mark, '\\');
    }
    out.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_mark_up() {
        assert_eq!(escaped("# <script> *x*"), "\\# \\<script\\> \\*x\\*");
        assert_eq!(escaped("- item"), "\\- item");
        assert_eq!(escaped("12. item"), "12\\. item");
    }
}
