//! Cells of tables and labelled lines: "Term | text", "Label: text".

use std::ops::Range;

use rand::Rng;
use records::{Kind, Section, Style};

use super::language::{Class, Form};
use super::phrases::is_person;
use super::preset::Group;
use super::rules::{Draft, Reader, Swap};
use crate::filter::content_stems;

/// Questions from one section's rows.
const MOST: usize = 6;
/// Lines of a corpus with the same label from which it counts as usual.
const USUAL: u32 = 60;
/// Lines with a label and a text that make a glossary.
pub(super) const GLOSSARY: usize = 4;

impl Reader<'_> {
    /// Questions about the rows and labelled lines of a section; where many lines look like items of a glossary, `define` asks about them.
    pub(super) fn table(&mut self, section: &Section, siblings: usize) {
        let mut header: Option<Vec<&str>> = None;
        let mut made = 0;
        for range in lines(&section.text) {
            if made == MOST {
                break;
            }
            let line = &section.text[range.clone()];
            let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
            let same = header.as_ref().is_some_and(|header| header.len() == cells.len());
            let draft = if cells.len() < 2 {
                header = None;
                if siblings >= GLOSSARY { None } else { self.labelled(section, line) }
            } else if !same {
                header = Some(cells);
                None
            } else {
                self.cell(line, &cells, header.as_deref().unwrap_or_default(), made)
            };
            if let Some(draft) = draft {
                made += 1;
                self.keep(section, range, vec![draft]);
            }
        }
    }

    /// One cell of a row, asked for by the row's first cell and the column's heading.
    fn cell(&mut self, line: &str, cells: &[&str], header: &[&str], number: usize) -> Option<Draft> {
        let column = 1 + number % (cells.len() - 1);
        let (row, heading, value) = (cells[0], header[column], cells[column]);
        let plain = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most && text.chars().any(char::is_alphanumeric);
        let bare = |text: &str| !text.chars().any(char::is_alphabetic);
        if !plain(row, 60)
            || bare(heading)
            || bare(row)
            || !plain(heading, 40)
            || !plain(value, 200)
            || value.len() < 2
            || row == value
            || is_person(heading)
            || heading.contains(['=', '(', '"', '`', '\''])
            || !content_stems(row).iter().any(|stem| stem.len() > 1)
        {
            return None;
        }
        let families = self.preset.cells.clone();
        let (form, family) = self.form(&families, "cell")?;
        let answer = within(line, value);
        let question = form.replace("{x}", row).replace("{h}", &heading.to_lowercase());
        let swap = Some(Swap::Term(row.to_owned())).filter(|_| row.contains(' '));
        Some(Draft { group: Group::TableCell, kind: Kind::TableCell, style: Style::Question, question, family, answer, swap })
    }

    /// "Label: text", asked for by its label and the title or heading around it.
    fn labelled(&mut self, section: &Section, line: &str) -> Option<Draft> {
        let (label, value) = line.split_once(": ")?;
        let value = value.trim();
        let words = value.split(' ').count();
        let named =
            label.starts_with(char::is_uppercase) && label.split(' ').count() <= 5 && !label.contains(['.', ',', '(', '"', '`', '/', '[']);
        let noun =
            label.split(' ').map(str::to_lowercase).all(|word| {
                !word.contains(char::is_numeric) && !self.language.is_auxiliary(&word) && !self.language.is(Class::Pronoun, &word)
            }) && !label.split(' ').all(|word| self.language.is(Class::NoHeading, &word.to_lowercase()));
        let first = label.split(' ').next().unwrap_or_default().to_lowercase();
        let acts = label.contains(' ') && [Form::Base, Form::Third].iter().any(|form| self.language.verb(&first, *form).is_some());
        // Minutes have speakers before their colons, and those speak in persons.
        let spoken = value.split(' ').any(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
            matches!(
                word.as_str(),
                "i" | "we" | "you" | "our" | "your" | "my" | "me" | "us" | "i'm" | "it's" | "that's" | "so" | "hi" | "hey"
            )
        });
        // What every document has is asked for now and then.
        let usual = self.scout.labels(label) > USUAL && !self.rng.random_bool(0.1);
        if !named
            || acts
            || spoken
            || usual
            || !noun
            || value.contains(['?', '=', '!'])
            || !(1..=30).contains(&words)
            || value.contains(['|', '<', '{', '['])
            || value.len() < 2
            || value.ends_with(':')
            || content_stems(label).is_empty()
        {
            return None;
        }
        let place = self.title(section)?;
        let families = self.preset.labels.clone();
        let (form, family) = self.form(&families, "label")?;
        let question = form.replace("{x}", &place).replace("{h}", &label.to_lowercase());
        let answer = within(line, value.trim_end_matches(['.', ';']));
        let swap = Some(Swap::Title(place));
        Some(Draft { group: Group::TableCell, kind: Kind::TableCell, style: Style::Question, question, family, answer, swap })
    }
}

/// The lines of a text as byte ranges.
fn lines(text: &str) -> Vec<Range<usize>> {
    text.split('\n').map(|line| within(text, line)).filter(|range| !range.is_empty()).collect()
}

/// Where a slice stands in its text.
fn within(text: &str, slice: &str) -> Range<usize> {
    let start = slice.as_ptr() as usize - text.as_ptr() as usize;
    start..start + slice.len()
}
