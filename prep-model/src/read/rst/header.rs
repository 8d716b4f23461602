//! What a file says of itself before its text: a field list, or lines as in a mail; and its title.

use super::rows::{Row, field};
use super::{Blocks, METADATA};

impl Blocks<'_> {
    /// The first title, if it stands before everything and no other has its level.
    pub(super) fn first_title(&self) -> Option<String> {
        let (level, line) = self.titles.first()?;
        let alone = self.titles.iter().filter(|(other, _)| other == level).count() == 1;
        (alone && *line == 0).then(|| self.out.lines.first().map(|line| line.text.clone()))?
    }

    /// The fields at the top of a file: `Name: value` as in mail, or `:name: value`, perhaps under the title.
    pub(super) fn header(&mut self, rows: &[Row]) -> usize {
        let mut at = rows.iter().take_while(|row| row.is_blank()).count();
        if let Some(length) = self.heading(&rows[at..]) {
            at += length;
            at += rows[at..].iter().take_while(|row| row.is_blank()).count();
        }
        let length = rows[at..].iter().take_while(|row| !row.is_blank()).count();
        let block = &rows[at..at + length];
        let name_of = |row: &Row| {
            let text = row.text(self.source);
            match field(text) {
                Some(end) => Some((text[1..end - 1].trim_end_matches(':'), row.start + end)),
                None => {
                    let (name, _) = text.split_once(':')?;
                    let plain = name.starts_with(char::is_uppercase) && name.chars().all(|c| c.is_alphanumeric() || c == '-');
                    let spaced = text[name.len() + 1..].is_empty() || text[name.len() + 1..].starts_with(char::is_whitespace);
                    (plain && spaced).then_some((name, row.start + name.len() + 1))
                }
            }
        };
        let fields = block.iter().filter(|row| row.indent == 0).collect::<Vec<_>>();
        let marked = fields.first().is_some_and(|row| field(row.text(self.source)).is_some());
        let enough = fields.len() >= if marked { 1 } else { 2 };
        if !enough || !fields.iter().all(|row| name_of(row).is_some()) {
            return at;
        }
        for row in &fields {
            if let Some((_, value)) = name_of(row).filter(|(name, _)| name.eq_ignore_ascii_case("title")) {
                let value = self.source[value.min(row.end)..row.end].trim();
                self.stated = (!value.is_empty()).then(|| value.to_owned());
            }
        }
        for row in block {
            self.exact(METADATA, row.start, row.end);
        }
        at + length
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_rst;
    use super::super::tests::is;

    #[test]
    fn fields_at_the_top_are_metadata_and_state_the_title() {
        let source = "PEP: 8\nTitle: Style Guide\nAuthor: A,\n        B\n\n\nIntro\n=====\n";
        let expected =
            [("metadata", "PEP: 8"), ("metadata", "Title: Style Guide"), ("metadata", "Author: A,"), ("metadata", "B"), ("h1", "Intro")];
        is(source, &expected);
        assert_eq!(read_rst(source).title.as_deref(), Some("Style Guide"));
        is(
            "Doc\n###\n\n:Author: A\n:Date: now\n\nText\n",
            &[("h1", "Doc"), ("metadata", ":Author: A"), ("metadata", ":Date: now"), ("p", "Text")],
        );
        is("Note: this is prose.\n", &[("p", "Note: this is prose.")]);
    }
}
