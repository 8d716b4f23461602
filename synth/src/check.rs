//! Reopens the raw files of a data set and proves every span: the bytes at a fact's sentence and value, with mark-up, page furniture, line
//! ends and recorded damage undone, must read as the tables say. Shares no code with the writers.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use records::{Answer, Document, Fact, Join, LineLabel, Section, read_table};

use crate::SynthError;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanReport {
    /// Documents looked at.
    pub documents: u64,
    /// Raw files opened; 0 for a corpus data set, which brings none.
    pub raw_files: u64,
    /// Facts checked.
    pub facts: u64,
    /// Sections whose map was checked.
    pub sections: u64,
    /// Facts, sections or files that are not what the tables say.
    pub invalid: u64,
    /// The first few invalid ones, in words.
    pub examples: Vec<String>,
}

impl SpanReport {
    fn fail(&mut self, example: String) {
        self.invalid += 1;
        if self.examples.len() < 10 {
            self.examples.push(example);
        }
    }
}

/// A fact, with the aliases of the answer where it holds it or a part of it.
type Told = (Fact, Option<Arc<[String]>>);

/// Checks every fact and section of the data set in `dir`.
///
/// # Errors
/// If a table or a raw file cannot be read.
pub fn spans(dir: &Path) -> Result<SpanReport, SynthError> {
    let mut facts: HashMap<String, Vec<Told>> = HashMap::new();
    for answer in read_table::<Answer>(dir)? {
        let Answer { aliases, facts: told, .. } = answer?;
        let last = told.len().saturating_sub(1);
        let parts = aliases.first().is_some_and(|alias| alias.contains("; "));
        let aliases: Arc<[String]> = aliases.into();
        for (at, fact) in told.into_iter().enumerate() {
            facts.entry(fact.doc_id.clone()).or_default().push((fact, (parts || at == last).then(|| aliases.clone())));
        }
    }
    let has_raw = dir.join("raw").is_dir();
    let mut sections = read_table::<Section>(dir)?.peekable();
    let mut labels = if has_raw { Some(read_table::<LineLabel>(dir)?.peekable()) } else { None };
    let mut report = SpanReport::default();
    for document in read_table::<Document>(dir)? {
        let document = document?;
        report.documents += 1;
        let mut of_document = Vec::new();
        while let Some(section) = sections.next_if(|row| row.as_ref().is_ok_and(|row| row.doc_id == document.doc_id)) {
            of_document.push(section?);
        }
        let told = facts.remove(&document.doc_id).unwrap_or_default();
        report.facts += told.len() as u64;
        check_sections(&of_document, &told, &mut report);
        let Some(labels) = &mut labels else { continue };
        let mut lines = Vec::new();
        while let Some(label) = labels.next_if(|row| row.as_ref().is_ok_and(|row| row.doc_id == document.doc_id)) {
            lines.push(label?);
        }
        let path = dir.join("raw").join(&document.path);
        let raw = fs::read(&path).map_err(SynthError::io(&path))?;
        report.raw_files += 1;
        if blake3::hash(&raw).to_hex().as_str() != document.doc_id {
            report.fail(format!("{}: not the file the tables were made from", path.display()));
        }
        let page = Page { raw: &raw, media_type: &document.media_type, lines: &lines };
        page.check(&document.path, &told, &of_document, &mut report);
    }
    for missing in facts.values().flatten() {
        report.fail(format!("no document {}", missing.0.doc_id));
    }
    Ok(report)
}

/// Each fact must stand whole in one section, and read there as it should.
fn check_sections(sections: &[Section], told: &[Told], report: &mut SpanReport) {
    report.sections += sections.len() as u64;
    for (fact, aliases) in told {
        let clean = |section: &Section, start: u64, end: u64| {
            let range = section.spans.clean_range(start..end)?;
            Some(collapsed(section.text.get(range.start as usize..range.end as usize)?))
        };
        let holds = |section: &Section| {
            let sentence = clean(section, fact.sentence_start, fact.sentence_end)? == collapsed(&fact.sentence);
            let value = clean(section, fact.raw_start, fact.raw_end)?;
            Some(sentence && aliases.as_ref().is_none_or(|aliases| aliases.is_empty() || is_answer(aliases, &value)))
        };
        if !sections.iter().any(|section| holds(section).unwrap_or(false)) {
            report.fail(format!("no section of {} holds {:?} with its answer", fact.doc_id, fact.sentence));
        }
    }
}

/// A raw file with its labels.
struct Page<'a> {
    raw: &'a [u8],
    media_type: &'a str,
    lines: &'a [LineLabel],
}

impl Page<'_> {
    fn check(&self, path: &str, told: &[Told], sections: &[Section], report: &mut SpanReport) {
        for (fact, aliases) in told {
            let sentence = self.restored(fact.sentence_start..fact.sentence_end);
            let value = self.restored(fact.raw_start..fact.raw_end);
            if sentence != collapsed(&fact.sentence) {
                report.fail(format!("{path} {}..{}: reads {sentence:?}, not {:?}", fact.sentence_start, fact.sentence_end, fact.sentence));
            } else if !sentence.contains(&value) || aliases.as_ref().is_some_and(|aliases| !is_answer(aliases, &value)) {
                report.fail(format!("{path} {}..{}: the value reads {value:?} in {sentence:?}", fact.raw_start, fact.raw_end));
            }
        }
        for section in sections {
            let whole = section.spans.raw_range(0..section.text.len() as u64).map(|range| self.restored(range));
            if whole.as_deref() != Some(collapsed(&section.text).as_str()) {
                report.fail(format!("{path} section {}: reads {whole:?}, not {:?}", section.section, section.text));
            }
        }
    }

    /// The bytes of a range as they were before they were laid out, marked up and damaged, with white space collapsed.
    fn restored(&self, range: Range<u64>) -> String {
        let mut text = String::new();
        let mut glue = "";
        for line in self.lines {
            let (start, end) = (line.raw_start.max(range.start), line.raw_end.min(range.end));
            if start >= end || !line.role.is_content() {
                continue;
            }
            text.push_str(glue);
            let part = self.unedited(line, start..end);
            let part = match self.media_type {
                "text/html" => without_tags(&part),
                "text/markdown" => without_marks(&part, line.role == records::Role::Code),
                _ => part,
            };
            text.push_str(&part);
            let goes_on = range.end > line.raw_end;
            glue = match line.join {
                Join::Break => "\n",
                Join::Space => " ",
                Join::KeepHyphen | Join::DropHyphen => "",
            };
            if goes_on && line.join == Join::DropHyphen && text.ends_with('-') {
                text.pop();
            }
        }
        collapsed(&text)
    }

    /// A part of a line with the damage undone.
    fn unedited(&self, line: &LineLabel, range: Range<u64>) -> String {
        let mut bytes: Vec<u8> = Vec::new();
        let mut at = range.start;
        let slice = |from: u64, to: u64| self.raw.get(from as usize..to as usize).unwrap_or_default();
        for edit in &line.edits {
            let empty = edit.raw_start == edit.raw_end;
            let inside = edit.raw_start >= range.start
                && edit.raw_end <= range.end
                && !(empty && (edit.raw_start == range.start || edit.raw_end == range.end));
            if !inside || edit.raw_start < at {
                continue;
            }
            bytes.extend_from_slice(slice(at, edit.raw_start));
            bytes.extend_from_slice(edit.replacement.as_bytes());
            at = edit.raw_end;
        }
        bytes.extend_from_slice(slice(at, range.end));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Whether a value is the answer, or one of the parts of an answer that has several ("; " between them).
fn is_answer(aliases: &[String], value: &str) -> bool {
    aliases.iter().any(|alias| collapsed(alias) == value || alias.split("; ").any(|part| collapsed(part) == value))
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// HTML without tags and entities; a cell ends with a bar.
fn without_tags(html: &str) -> String {
    let html = html.replace("</td><td>", " | ");
    let mut out = String::new();
    let mut rest = html.as_str();
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let mut quote = None;
        let close = rest[open..].char_indices().find(|(_, c)| match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(*c);
                false
            }
            (Some(mark), c) if mark == *c => {
                quote = None;
                false
            }
            (None, '>') => true,
            _ => false,
        });
        rest = close.map_or("", |(at, _)| &rest[open + at + 1..]);
    }
    out.push_str(rest);
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&eacute;", "é"),
        ("&#246;", "ö"),
        ("&euro;", "€"),
        ("&copy;", "©"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(out, |text, (entity, plain)| text.replace(entity, plain))
}

/// Markdown without emphasis, links and escapes.
fn without_marks(markdown: &str, literal: bool) -> String {
    if literal {
        return markdown.to_owned();
    }
    let mut out = String::new();
    let mut characters = markdown.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => out.extend(characters.next()),
            '*' | '_' | '[' => {}
            ']' => {
                if characters.next_if_eq(&'(').is_some() {
                    let _target = characters.by_ref().take_while(|c| *c != ')').count();
                }
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_with_marks_in_their_attributes_are_removed() {
        assert_eq!(without_tags("a <a title=\"x > y\">b</a> &amp;&lt;"), "a b &<");
        assert_eq!(without_tags("<b>x</b></td><td>y"), "x | y");
    }

    #[test]
    fn emphasis_links_and_escapes_are_undone() {
        assert_eq!(without_marks("**a** [b c](x_y.md \"t\") \\[d\\] _e_", false), "a b c [d] e");
    }
}
