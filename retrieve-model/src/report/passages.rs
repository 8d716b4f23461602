//! What stands around a quotation, for a reader who wants to see it in its place: looked up while the citation is checked, kept beside the
//! reports of a chunk until the page is written. It is part of no report.

use std::collections::HashMap;
use std::ops::Range;

use records::{Citation, Report, UserQuestion};
use serde::{Deserialize, Serialize};

use super::escape::one_line;

/// Characters shown around a quotation, before and behind it together.
const AROUND: usize = 1_200;
/// Stands where text was left out.
const CUT: char = '…';

/// The text that a quotation is from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The title of the document and the headings above the text, outermost first.
    pub headings: Vec<String>,
    /// What stands before the quotation, cut at the start of a word.
    pub before: String,
    /// The quotation as it stands there.
    pub quote: String,
    /// What stands behind it, cut at the end of a word.
    pub after: String,
    /// The page it is from as a picture: an `svg` element that stands on the page of the report as it is, so it may hold nothing of a document but
    /// the drawing. Empty where there is none.
    #[serde(default)]
    pub picture: String,
}

/// Looks a citation up in its source: what stands around it, or nothing where the original does not say at its place what it quotes, which
/// refuses the citation. An empty context lets it stand with no passage to show.
pub type Look<'a> = &'a (dyn Fn(&Citation) -> Option<Context> + Sync);

impl Context {
    /// Some of what stands before and behind a quotation: 1,200 characters, half of them on either side where there are as many.
    #[must_use]
    pub fn cut(headings: Vec<String>, before: &str, quote: &str, after: &str) -> Self {
        let (left, right) = (before.trim_start().chars().count(), after.trim_end().chars().count());
        let least = |side: usize| side.min(AROUND / 2);
        let (before, after) = (end_of(before.trim_start(), AROUND - least(right)), start_of(after.trim_end(), AROUND - least(left)));
        Self { headings, before, quote: quote.to_owned(), after, picture: String::new() }
    }

    /// Whether it shows more than the quotation alone.
    fn is_telling(&self) -> bool {
        ![&self.before, &self.after].into_iter().chain(&self.headings).all(|text| text.trim().is_empty())
    }

    /// What stands around a citation in the texts that its question brought along.
    pub(super) fn in_sources(question: &UserQuestion, citation: &Citation) -> Option<Self> {
        let range = usize::try_from(citation.start).ok()?..usize::try_from(citation.end).ok()?;
        let reads = |text: &str| text.get(range.clone()).is_some_and(|quoted| one_line(quoted) == one_line(&citation.quote));
        let source = question.sources.iter().find(|source| source.id == citation.doc && reads(&source.text))?;
        let Range { start, end } = range;
        let text = &source.text;
        Some(Self::cut(source.title.iter().cloned().collect(), &text[..start], &text[start..end], &text[end..]))
    }
}

/// The last `most` characters, from the start of a word on.
fn end_of(text: &str, most: usize) -> String {
    let Some((at, _)) = text.char_indices().rev().nth(most.saturating_sub(1)).filter(|(at, _)| *at > 0) else { return text.to_owned() };
    let rest = &text[at..];
    let begins = text[..at].ends_with(char::is_whitespace);
    let word = if begins { Some(0) } else { rest.find(char::is_whitespace) };
    format!("{CUT} {}", word.map_or(rest, |word| rest[word..].trim_start()))
}

/// The first `most` characters, up to the end of a word.
fn start_of(text: &str, most: usize) -> String {
    let Some((at, next)) = text.char_indices().nth(most) else { return text.to_owned() };
    let rest = &text[..at];
    let word = if next.is_whitespace() { Some(at) } else { rest.rfind(char::is_whitespace) };
    format!("{} {CUT}", word.map_or(rest, |word| rest[..word].trim_end()))
}

/// The first `most` characters of a text as one line.
pub(super) fn shortened(text: &str, most: usize) -> String {
    start_of(&one_line(text), most)
}

/// A citation with what stands around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Passage {
    /// Its place; the quotation itself stands in the context.
    pub place: Place,
    pub context: Context,
}

/// What tells one passage from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Place {
    pub doc: String,
    pub doc_id: String,
    pub page: Option<u32>,
    pub start: u64,
    pub end: u64,
}

impl Place {
    pub fn of(citation: &Citation) -> Self {
        let Citation { doc, doc_id, page, start, end, .. } = citation.clone();
        Self { doc, doc_id, page, start, end }
    }
}

/// The passages of all that a report cites, each once.
pub(super) fn of(report: &Report, context: impl Fn(&Citation) -> Option<Context>) -> Vec<Passage> {
    let mut seen = HashMap::new();
    let citations = report.statements.iter().chain(&report.closest).flat_map(|statement| &statement.citations);
    let new = citations.filter(|citation| seen.insert(Place::of(citation), ()).is_none());
    let known = |citation: &Citation| context(citation).filter(Context::is_telling);
    new.filter_map(|citation| Some(Passage { place: Place::of(citation), context: known(citation)? })).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use records::SourceText;

    use super::*;

    #[test]
    fn a_short_text_is_shown_whole_and_a_long_one_is_cut_between_words() {
        let whole = Context::cut(vec![], " one two ", "three", " four\n");
        assert_eq!((whole.before.as_str(), whole.quote.as_str(), whole.after.as_str()), ("one two ", "three", " four"));
        let long = "word ".repeat(1_000);
        let cut = Context::cut(vec![], &long, "here", &long);
        assert!(cut.before.starts_with("… word ") && cut.before.ends_with("word "), "{}", cut.before);
        assert!(cut.after.ends_with("word …") && cut.after.starts_with("word"), "{}", cut.after);
        let shown = |context: &Context| context.before.chars().count() + context.after.chars().count();
        assert!((1_180..=1_204).contains(&shown(&cut)), "{}", shown(&cut));
        // What one side does not need is the other's.
        assert!((1_180..=1_204).contains(&shown(&Context::cut(vec![], "", "here", &long))));
    }

    #[test]
    fn a_passage_of_a_question_that_brings_its_sources_is_read_from_them() {
        let source = |id: &str, text: &str| SourceText { id: id.into(), title: Some("T".into()), text: text.into() };
        let sources = vec![source("a", "other"), source("a", "One. The sky\nis blue. Two.")];
        let question = UserQuestion { id: "q".into(), question: "?".into(), brief: None, sources };
        let citation =
            |start| Citation { doc: "a".into(), doc_id: "h".into(), page: None, start, end: start + 16, quote: "The sky is blue.".into() };
        let context = Context::in_sources(&question, &citation(5)).unwrap();
        assert_eq!((context.before.as_str(), context.after.as_str(), context.headings), ("One. ", " Two.", vec!["T".to_owned()]));
        assert_eq!(Context::in_sources(&question, &citation(6)), None);
    }

    proptest! {
        #[test]
        fn what_is_cut_is_the_text_next_to_the_quotation(text in "(?s)(\\PC|[ \n]){0,80}", most in 1_usize..40) {
            let (start, end) = (start_of(&text, most), end_of(&text, most));
            prop_assert!(text.starts_with(start.trim_end_matches([CUT, ' '])) || start == text);
            prop_assert!(text.ends_with(end.trim_start_matches([CUT, ' '])) || end == text);
            prop_assert!(start.chars().count() <= most + 2 && end.chars().count() <= most + 2);
        }
    }
}
