//! The end of the page: every passage that is cited, once, with the quotation marked in it. A link beside the quotation opens it, and one
//! beside it leads back.

use std::collections::HashMap;
use std::io::{self, Write};

use records::Citation;

use super::super::escape::html as text;
use super::super::markdown::RenderError;
use super::super::outline::{Outline, place_at};
use super::super::passages::{Passage, Place};

/// The passages of a batch by number, from 1 in the order of the questions.
#[derive(Default)]
pub(super) struct Passages {
    numbers: HashMap<Place, usize>,
    /// The card of the first question that cites each.
    cited: HashMap<usize, String>,
}

impl Passages {
    /// Goes through them once.
    pub fn of(outline: &Outline<'_>) -> Result<Self, RenderError> {
        let mut numbers = HashMap::new();
        outline.passages(|passage| {
            let next = numbers.len() + 1;
            numbers.entry(passage.place).or_insert(next);
            Ok(())
        })?;
        Ok(Self { numbers, cited: HashMap::new() })
    }

    /// Where a citation's passage stands, cited by the card `card`; nothing where it is not known.
    pub fn link(&mut self, citation: &Citation, card: &str) -> Option<String> {
        let number = *self.numbers.get(&Place::of(citation))?;
        self.cited.entry(number).or_insert_with(|| card.to_owned());
        Some(format!("#passage-{number}"))
    }

    /// Writes them all.
    pub fn write(&self, outline: &Outline<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
        if self.cited.is_empty() {
            return Ok(());
        }
        writeln!(out, "<section class=\"passages\" id=\"passages\">\n<h2>Passages</h2>")?;
        writeln!(out, "<p class=\"sub\">What stands around each quotation.</p>")?;
        let mut written = 0;
        outline.passages(|passage| {
            let number = self.numbers.get(&passage.place).copied().unwrap_or_default();
            if number > written {
                written = number;
                if let Some(card) = self.cited.get(&number) {
                    write(&passage, number, card, out)?;
                }
            }
            Ok(())
        })?;
        writeln!(out, "</section>")?;
        Ok(())
    }
}

fn write(Passage { place, context }: &Passage, number: usize, card: &str, out: &mut dyn Write) -> io::Result<()> {
    let at = place_at(place.page, place.start, place.end, "–");
    writeln!(out, "<details class=\"passage\">\n<summary><span class=\"doc\">{}</span> <span>{at}</span></summary>", text(&place.doc))?;
    // The anchor lies inside: a browser opens what a link leads into.
    writeln!(out, "<div id=\"passage-{number}\">")?;
    if !context.headings.is_empty() {
        let headings: Vec<String> = context.headings.iter().map(|heading| text(heading)).collect();
        writeln!(out, "<p class=\"headings\" dir=\"auto\">{}</p>", headings.join(" › "))?;
    }
    let (before, quote, after) = (text(&context.before), text(&context.quote), text(&context.after));
    writeln!(out, "<p class=\"around\" dir=\"auto\">{before}<mark>{quote}</mark>{after}</p>")?;
    if !context.picture.is_empty() {
        writeln!(out, "<figure class=\"page\">{}</figure>", context.picture)?;
    }
    writeln!(out, "<p class=\"back\"><a href=\"#{card}\">back to the question</a></p>\n</div>\n</details>")
}
