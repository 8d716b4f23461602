//! Physical lines with their indents, and the marks that they begin with.

/// Columns between tab stops.
const TAB: usize = 8;

/// One line of the file, or the rest of one behind a list mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// First byte of the line, or of what is left of it.
    pub lead: usize,
    /// First byte that is no white space; `end` for a blank line.
    pub start: usize,
    /// One past the last byte that is no white space.
    pub end: usize,
    /// Columns before `start`.
    pub indent: usize,
}

impl Row {
    pub fn is_blank(&self) -> bool {
        self.start >= self.end
    }

    pub fn text<'s>(&self, source: &'s str) -> &'s str {
        &source[self.start..self.end]
    }

    /// What stands behind the first `bytes` of the text.
    pub fn from(&self, source: &str, bytes: usize) -> Self {
        let lead = (self.start + bytes).min(self.end);
        let rest = &source[lead..self.end];
        let start = lead + rest.len() - rest.trim_start().len();
        Self { lead, start, end: self.end, indent: self.indent + source[self.start..start].chars().count() }
    }

    /// The byte at a column, or the first that is no white space before it.
    pub fn at_column(&self, source: &str, column: usize) -> usize {
        let mut width = self.indent - columns(&source[self.lead..self.start]).min(self.indent);
        for (at, character) in source[self.lead..self.start].char_indices() {
            if width >= column {
                return self.lead + at;
            }
            width = step(width, character);
        }
        self.start
    }
}

fn step(column: usize, character: char) -> usize {
    if character == '\t' { (column / TAB + 1) * TAB } else { column + 1 }
}

fn columns(lead: &str) -> usize {
    lead.chars().fold(0, step)
}

/// The rows of a text.
pub(super) fn rows(source: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut lead = 0;
    while lead < source.len() {
        let stop = source[lead..].find(['\n', '\r', '\u{c}']).map_or(source.len(), |at| lead + at);
        let line = &source[lead..stop];
        let (body, blank) = (line.trim(), line.len() - line.trim_start().len());
        let start = lead + blank;
        rows.push(Row { lead, start, end: start + body.len(), indent: columns(&line[..blank]) });
        lead = stop + if source[stop..].starts_with("\r\n") { 2 } else { 1 };
    }
    rows
}

/// The least indent of rows that are not blank.
pub(super) fn lowest(rows: &[Row]) -> usize {
    rows.iter().filter(|row| !row.is_blank()).map(|row| row.indent).min().unwrap_or(0)
}

/// How many rows stand farther in than `base`, blank ones between them included.
pub(super) fn run(rows: &[Row], base: usize) -> usize {
    let length = rows.iter().take_while(|row| row.is_blank() || row.indent > base).count();
    length - rows[..length].iter().rev().take_while(|row| row.is_blank()).count()
}

/// A body whose first row stands behind a mark: it is taken to stand as far in as the rest.
pub(super) fn with_first(first: Row, rest: &[Row]) -> Vec<Row> {
    let indent = if rest.iter().all(Row::is_blank) { first.indent } else { lowest(rest) };
    std::iter::once(Row { indent, ..first }).chain(rest.iter().copied()).collect()
}

/// Whether a text is one punctuation sign over and over.
pub(super) fn is_rule(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_punctuation() && text.len() >= 2 && characters.all(|c| c == first))
}

/// Bytes of a bullet with the space behind it.
pub(super) fn bullet(text: &str) -> Option<usize> {
    let mark = text.chars().next().filter(|c| matches!(c, '*' | '+' | '-' | '•' | '‣' | '⁃'))?;
    spaced(text, mark.len_utf8())
}

/// Bytes of an enumerator (`1.`, `(a)`, `iv)`, `#.`) with the space behind it.
pub(super) fn enumerator(text: &str) -> Option<usize> {
    let open = usize::from(text.starts_with('('));
    let close = text.find([')', '.'])?;
    let number = text.get(open..close)?;
    let roman = !number.is_empty() && number.chars().all(|c| matches!(c.to_ascii_lowercase(), 'i' | 'v' | 'x' | 'l' | 'c' | 'd' | 'm'));
    let letter = number.len() == 1 && number.chars().all(|c| c.is_ascii_alphabetic());
    let digits = (1..=9).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit());
    let fits = (roman || letter || digits || number == "#") && (open == 0 || text[close..].starts_with(')'));
    if fits { spaced(text, close + 1) } else { None }
}

/// Bytes of a field's name (`:name:`) with the space behind it.
pub(super) fn field(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(':')?;
    let end = rest.find(':')?;
    let name = &rest[..end];
    let fits = !name.trim().is_empty() && !name.starts_with(' ') && !name.contains('`');
    if fits { spaced(text, end + 2) } else { None }
}

/// `end` and the space behind it; nothing if a word goes on there.
fn spaced(text: &str, end: usize) -> Option<usize> {
    let rest = &text[end..];
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_words() {
        assert_eq!([bullet("- a"), bullet("-a"), bullet("*"), bullet("--")], [Some(1), None, Some(1), None]);
        assert_eq!([enumerator("1. a"), enumerator("(iv) a"), enumerator("#. a")], [Some(2), Some(4), Some(2)]);
        assert_eq!([enumerator("e.g. a"), enumerator("(a. b"), enumerator("3.14 is"), enumerator("we)")], [None; 4]);
        assert_eq!([field(":a b: c"), field(":pep:`8` x"), field(": a:"), field("a: b")], [Some(5), None, None, None]);
        assert!(is_rule("----") && is_rule("==") && !is_rule("-") && !is_rule("-=") && !is_rule("aa"));
    }

    #[test]
    fn a_row_knows_its_columns() {
        let rows = rows("a\r\n\t  b \n\n");
        assert_eq!(rows.iter().map(|row| (row.indent, row.is_blank())).collect::<Vec<_>>(), [(0, false), (10, false), (0, true)]);
        assert_eq!((rows[1].at_column("a\r\n\t  b \n\n", 8), rows[1].at_column("a\r\n\t  b \n\n", 99)), (4, 6));
    }
}
