//! What begins with two dots: footnotes, link targets, substitutions, directives and comments.

use super::Blocks;
use super::inline::Targets;
use super::rows::{Row, bullet, field, lowest, run, with_first};
use crate::read::html::read_fragment;

impl Blocks<'_> {
    /// Reads the block that begins with `..`; gives its length in rows.
    pub(super) fn explicit(&mut self, rows: &[Row], base: usize) -> usize {
        let length = 1 + run(&rows[1..], base);
        let (row, rest) = (rows[0].from(self.source, 2), &rows[1..length]);
        let text = row.text(self.source);
        if let Some(label) = text.strip_prefix('[').and_then(|label| label.find(']')) {
            let body = with_first(row.from(self.source, label + 2), rest);
            self.inside(&["footnote"], &body);
        } else if let Some(start) = replacement(text) {
            // Shown wherever its name stands; here it can be found.
            self.inside(&["div"], &with_first(row.from(self.source, start), rest));
        } else if let Some((name, end)) = directive(text) {
            self.directive(name, row.from(self.source, end), rest);
        }
        length
    }

    /// A directive with its argument, without its options; those that only steer a page leave nothing.
    fn directive(&mut self, name: &str, argument: Row, rest: &[Row]) {
        let options = rest.iter().take_while(|row| !row.is_blank() && field(row.text(self.source)).is_some()).count();
        let content = &rest[options..];
        match name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase().as_str() {
            "code" | "code-block" | "sourcecode" | "parsed-literal" | "productionlist" | "doctest" | "prompt" | "console" | "testcode" => {
                self.literal(content)
            }
            // A formula may stand on the line of its name.
            "math" => self.literal(&with_first(argument, content)),
            "image" | "highlight" | "include" | "literalinclude" | "toctree" | "contents" | "index" | "meta" | "role" | "default-role"
            | "sectnum" | "currentmodule" | "module" | "target-notes" => {}
            "raw" => {
                let text = content.first().zip(content.last()).map(|(first, last)| first.start..last.end);
                if let Some(range) = text.filter(|_| argument.text(self.source).trim() == "html") {
                    read_fragment(self.source, range, "div", &mut self.out);
                }
            }
            "figure" => self.inside(&["figcaption"], content),
            "table" => {
                self.caption(argument);
                self.body(content);
            }
            kind @ ("list-table" | "csv-table") => {
                self.caption(argument);
                self.out.tables.open();
                let headers = self.option(&rest[..options], "header-rows").and_then(|row| row.text(self.source).parse().ok()).unwrap_or(0);
                if kind == "list-table" {
                    self.list_table(content, headers);
                } else {
                    let stated = self.option(&rest[..options], "header").filter(|row| !row.is_blank());
                    let headers = headers + usize::from(stated.is_some());
                    for (at, row) in stated.iter().chain(content.iter().filter(|row| !row.is_blank())).enumerate() {
                        self.row_of_text(if at < headers { "thead" } else { "tr" }, row.start..row.end);
                    }
                }
                self.out.tables.close();
            }
            // A description of a function or class: what it is called like, and what is said of it.
            _ if name.contains(':') => {
                self.literal(&[argument]);
                self.inside(&["div"], content);
            }
            _ => self.inside(&["div"], &with_first(argument, content)),
        }
    }

    /// The value of an option.
    fn option(&self, options: &[Row], name: &str) -> Option<Row> {
        let value = |row: &Row| {
            let text = row.text(self.source);
            let end = field(text)?;
            (text[1..end].trim_end_matches(':') == name).then(|| row.from(self.source, end))
        };
        options.iter().find_map(value)
    }

    fn caption(&mut self, argument: Row) {
        if !argument.is_blank() {
            self.text("figcaption", argument.start..argument.end);
        }
    }
}

/// Where the text begins that stands for a name between bars.
fn replacement(text: &str) -> Option<usize> {
    let name = text.strip_prefix('|')?.find('|').map(|end| end + 2)?;
    let word = text[name..].trim_start();
    word.strip_prefix("replace::").map(|rest| text.len() - rest.len())
}

/// Name of a directive and the bytes up to its argument.
fn directive(text: &str) -> Option<(&str, usize)> {
    let end = text.find("::").filter(|end| *end > 0)?;
    let name = &text[..end];
    let rest = &text[end + 2..];
    let fits = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '+' | '.'));
    (fits && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some((name, end + 2))
}

/// The names that `.. _name:` gives to places, in small letters, and where they are: a URL, or `#name` in this file.
pub(super) fn targets(source: &str, rows: &[Row]) -> Targets {
    let name = |(at, row): (usize, &Row)| {
        let rest = row.text(source).strip_prefix(".. _")?;
        let (name, place) = rest.strip_prefix('`').and_then(|rest| rest.split_once("`:")).or_else(|| rest.split_once(':'))?;
        // A long URL stands on the next line, farther in.
        let below = || rows.get(at + 1).filter(|next| next.indent > row.indent).map_or("", |next| next.text(source));
        let place = Some(place.trim()).filter(|place| !place.is_empty()).unwrap_or_else(below).trim_matches('`');
        let place = if place.is_empty() { format!("#{name}") } else { place.to_owned() };
        Some((name.to_lowercase(), place))
    };
    rows.iter().enumerate().filter_map(name).collect()
}

impl Blocks<'_> {
    /// A table written as a list of lists: each outer item is a row.
    fn list_table(&mut self, rows: &[Row], headers: usize) {
        let base = lowest(rows);
        let starts: Vec<usize> = (0..rows.len()).filter(|at| !rows[*at].is_blank() && rows[*at].indent == base).collect();
        for (number, start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(rows.len());
            let first = rows[*start].from(self.source, bullet(rows[*start].text(self.source)).unwrap_or(0));
            let row: Vec<Row> = std::iter::once(first).chain(rows[start + 1..end].iter().copied()).collect();
            self.out.tables.begin_row();
            self.cells_of_items(if number < headers { "thead" } else { "tr" }, &row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::is;
    use super::*;

    #[test]
    fn directives_give_what_a_page_shows() {
        let source = ".. code-block:: python\n   :class: good\n\n   x = 1\n     y\n\n.. note:: Mind\n   this.\n\n   And that.\n\n\
                      .. c:function:: int f(int x)\n\n   Does it.\n\n.. image:: a.png\n   :alt: A\n\n.. figure:: b.png\n\n   A caption.\n\n.. raw:: html\n\n   <p>Shown <b>too</b>.</p>\n   <script>no</script>\n\n\
                      .. raw:: latex\n\n   no\n\n.. footer:: Page of Ann.\n\nEnd.\n";
        let expected = [
            ("pre", "x = 1"),
            ("pre", "  y"),
            ("div/p", "Mind this."),
            ("div/p", "And that."),
            ("pre", "int f(int x)"),
            ("div/p", "Does it."),
            ("figcaption/p", "A caption."),
            ("div/p", "Shown too."),
            ("div/p", "Page of Ann."),
            ("p", "End."),
        ];
        is(source, &expected);
    }

    #[test]
    fn footnotes_and_replacements_stay_and_comments_and_targets_go() {
        let source = ".. [1] A note\n   on two lines.\n.. [#x] Another.\n.. _here: http://x.y/\n.. |s| replace:: z\n.. A comment\n   goes on.\n\n..\n  Hidden.\n\nText here_.\n\n__ http://z/\n";
        is(source, &[("footnote/p", "A note on two lines."), ("footnote/p", "Another."), ("div/p", "z"), ("p", "Text here.")]);
    }

    #[test]
    fn a_list_of_lists_is_a_table() {
        let source = ".. list-table:: Things\n   :header-rows: 1\n\n   * - Name\n     - Use\n   * - *a*\n     - for b\n       and c\n";
        is(source, &[("figcaption", "Things"), ("table/thead", "Name | Use"), ("table/tr", "a | for b and c")]);
    }

    #[test]
    fn a_table_of_values_between_commas_has_the_columns_that_its_options_name() {
        let source = ".. csv-table:: Things\n   :header: \"Name\", \"Use\"\n   :widths: 1, 2\n\n   a, b\n   c, d\n\nEnd.\n";
        let rows = [("table/thead", "\"Name\", \"Use\""), ("table/tr", "a, b"), ("table/tr", "c, d")];
        is(source, &[("figcaption", "Things"), rows[0], rows[1], rows[2], ("p", "End.")]);
    }

    #[test]
    fn a_list_table_without_a_list_is_read_all_the_same() {
        is(".. list-table::\n\n   é plain\n", &[("table/tr", "é plain")]);
    }

    #[test]
    fn a_directive_is_told_from_a_comment() {
        assert_eq!(directive("note:: x"), Some(("note", 6)));
        assert_eq!((directive("see a::b"), directive(":: x"), directive("a::b")), (None, None, None));
    }
}
