//! reStructuredText: every block becomes a line with the path its HTML would have. Titles are known by the lines under (and over) them, lists,
//! literal blocks, tables and directives by indentation and marks (docutils). Comments, targets and the options of directives leave nothing.

mod explicit;
mod header;
mod inline;
mod rows;
mod tables;

use std::ops::Range;

use records::{Hints, OffsetMap};

use super::builder::{LineBuilder, push_pieces};
use super::markdown::METADATA;
use super::parsed::Parsed;
use inline::Inline;
use rows::{Row, bullet, enumerator, field, is_rule, lowest, rows, run, with_first};

/// Deeper nesting is read as paragraphs.
const MAX_DEPTH: usize = 48;
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// The lines of a text and the title that it states (a `Title:` field, or a heading of its own above all others); offsets count in `source`.
pub(super) fn read_rst(source: &str) -> Parsed {
    let rows = rows(source);
    let mut blocks = Blocks {
        inline: Inline::new(source, explicit::targets(source, &rows)),
        source,
        names: Vec::new(),
        styles: Vec::new(),
        titles: Vec::new(),
        stated: None,
        unclosed: None,
        out: Parsed::default(),
    };
    let header = blocks.header(&rows);
    blocks.body(&rows[header..]);
    let title = blocks.stated.take().or_else(|| blocks.first_title());
    Parsed { title, ..blocks.out }
}

struct Blocks<'a> {
    source: &'a str,
    inline: Inline<'a>,
    /// Elements that are open.
    names: Vec<&'static str>,
    /// Title styles by level: the sign, and whether it stands above the title too.
    styles: Vec<(char, bool)>,
    /// Level and line of each title.
    titles: Vec<(usize, usize)>,
    /// The title that a field states.
    stated: Option<String>,
    /// Indent of a border that no other closes, and how far one was looked for.
    unclosed: Option<(usize, usize)>,
    out: Parsed,
}

impl Blocks<'_> {
    fn body(&mut self, rows: &[Row]) {
        let base = lowest(rows);
        let mut at = 0;
        while at < rows.len() {
            at += self.block(&rows[at..], base).max(1);
        }
    }

    fn inside(&mut self, names: &[&'static str], rows: &[Row]) {
        self.names.extend(names);
        self.body(rows);
        self.names.truncate(self.names.len() - names.len());
    }

    /// Reads the block that begins with the first row; gives its length in rows.
    fn block(&mut self, rows: &[Row], base: usize) -> usize {
        let Some(row) = rows.first().copied().filter(|row| !row.is_blank()) else { return 1 };
        if self.names.len() >= MAX_DEPTH {
            return self.paragraph(rows, row.indent);
        }
        if row.indent > base {
            let length = run(rows, base);
            self.inside(&["blockquote"], &rows[..length]);
            return length;
        }
        let text = row.text(self.source);
        if let Some(length) = self.heading(rows) {
            return length;
        }
        if text == ".." || text.starts_with(".. ") {
            return self.explicit(rows, base);
        }
        if text.starts_with("__ ") || is_rule(text) && text.len() >= 4 && rows.get(1).is_none_or(Row::is_blank) {
            return 1;
        }
        if let Some(length) = self.table(rows) {
            return length;
        }
        if text.starts_with(">>> ") {
            let length = rows.iter().take_while(|row| !row.is_blank()).count();
            self.literal(&rows[..length]);
            return length;
        }
        if text == "|" || text.starts_with("| ") {
            let start = row.start + text.len().min(2);
            self.text("p", start..row.end);
            return 1;
        }
        self.list(rows, base).unwrap_or_else(|| self.paragraph(rows, base))
    }

    /// A title between or above its lines, at the left margin.
    fn heading(&mut self, rows: &[Row]) -> Option<usize> {
        let [first, second, ..] = rows else { return None };
        if !self.names.is_empty() || first.indent > 0 || second.is_blank() {
            return None;
        }
        let (above, below) = (first.text(self.source), second.text(self.source));
        if is_rule(above) {
            let third = rows.get(2)?.text(self.source);
            let framed = third == above && above.len() >= 2 && !is_rule(below);
            return framed.then(|| self.title(*second, above, true, 3));
        }
        let wide = below.len() >= 4 || below.len() >= above.chars().count();
        (second.indent == 0 && is_rule(below) && wide).then(|| self.title(*first, below, false, 2))
    }

    fn title(&mut self, row: Row, rule: &str, framed: bool, length: usize) -> usize {
        let style = (rule.chars().next().unwrap_or_default(), framed);
        let level = self.styles.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        });
        self.titles.push((level, self.out.lines.len()));
        self.text(HEADINGS[level.min(HEADINGS.len() - 1)], row.start..row.end);
        length
    }

    /// A list of any sort: one item.
    fn list(&mut self, rows: &[Row], base: usize) -> Option<usize> {
        let row = rows[0];
        let text = row.text(self.source);
        let next = rows.get(1).copied().filter(|next| !next.is_blank());
        let numbered =
            || enumerator(text).filter(|_| next.is_none_or(|next| next.indent > base || enumerator(next.text(self.source)).is_some()));
        let (names, mark) = match (bullet(text), numbered(), field(text)) {
            (Some(mark), ..) => (["ul", "li"], mark),
            (None, Some(mark), _) => (["ol", "li"], mark),
            (None, None, Some(mark)) => (["dl", "dd"], mark),
            // A term with its definition below, farther in.
            _ if next.is_some_and(|next| next.indent > base) && !text.ends_with("::") => {
                self.names.push("dl");
                self.text("dt", row.start..row.end);
                self.names.pop();
                let length = 1 + run(&rows[1..], base);
                self.inside(&["dl", "dd"], &rows[1..length]);
                return Some(length);
            }
            _ => return None,
        };
        let length = 1 + run(&rows[1..], base);
        if names[0] == "dl" {
            // A field keeps its name on its line: that is half of what it tells.
            let own = rows[..length].iter().take_while(|row| !row.is_blank()).count();
            self.names.push("dl");
            self.text("dd", row.start..rows[own - 1].end);
            self.names.pop();
            self.inside(&names, &rows[own..length]);
        } else {
            self.inside(&names, &with_first(row.from(self.source, mark), &rows[1..length]));
        }
        Some(length)
    }

    /// Rows up to a blank one or another indent; what is announced by `::` follows as it stands.
    fn paragraph(&mut self, rows: &[Row], base: usize) -> usize {
        let own = rows.iter().take_while(|row| !row.is_blank() && row.indent == base).count().max(1);
        let (start, mut end) = (rows[0].start, rows[own - 1].end);
        let announces = self.source[start..end].ends_with("::");
        if announces {
            let text = self.source[start..end - 2].trim_end();
            // `word::` keeps one of its colons.
            end = start + text.len() + usize::from(!text.is_empty() && start + text.len() == end - 2);
        }
        self.text("p", start..end);
        if !announces {
            return own;
        }
        let blank = rows[own..].iter().take_while(|row| row.is_blank()).count();
        let rest = &rows[own + blank..];
        let mut length = run(rest, base);
        if length == 0 {
            // Quoted: every row begins with the same sign.
            let sign = |row: &Row| row.text(self.source).chars().next().filter(char::is_ascii_punctuation);
            let first = rest.first().and_then(sign);
            length = rest.iter().take_while(|row| first.is_some() && row.indent == base && sign(row) == first).count();
        }
        self.literal(&rest[..length]);
        if length == 0 { own } else { own + blank + length }
    }

    /// Rows as they stand, less the indent of all of them.
    fn literal(&mut self, rows: &[Row]) {
        let base = lowest(rows);
        for row in rows.iter().filter(|row| !row.is_blank()) {
            self.exact("pre", row.at_column(self.source, base), row.end);
        }
    }

    fn exact(&mut self, name: &'static str, start: usize, end: usize) {
        let text = &self.source[start..end];
        if !text.trim().is_empty() {
            let hints = self.hints(name);
            push_pieces(text, &OffsetMap::verbatim(start as u64, text.len() as u64), hints, &mut self.out.lines);
        }
    }

    /// One line with its inline mark-up undone.
    fn text(&mut self, name: &'static str, range: Range<usize>) {
        let mut builder = LineBuilder::default();
        self.inline.read(range, &mut builder);
        builder.finish(self.hints(name), &mut self.out.lines);
    }

    fn hints(&self, name: &'static str) -> Hints {
        let path: Vec<&str> = self.names.iter().copied().chain([name]).collect();
        Hints { html_path: path.join("/"), ..Hints::default() }
    }
}

#[cfg(test)]
mod tests;
