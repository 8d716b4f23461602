//! Clean text that remembers its sentences and the facts told in them.

use std::ops::Range;

/// A piece of clean text with its sentences and the facts told in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prose {
    pub text: String,
    pub sentences: Vec<Range<usize>>,
    pub plants: Vec<Plant>,
    /// The cells, where the text is a table row.
    pub cells: Vec<Range<usize>>,
}

/// Where in a clean text a fact stands.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    /// Position among the document's told facts.
    pub told: usize,
    pub value: Range<usize>,
    /// The subject's name, where the sentence holds it.
    pub subject: Option<Range<usize>>,
    pub sentence: Range<usize>,
}

/// A sentence (or a row, or an entry) with the facts it tells; ranges lie within it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sentence {
    pub text: String,
    pub facts: Vec<Spoken>,
}

/// A fact in a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    /// Position among the document's told facts.
    pub told: usize,
    pub value: Range<usize>,
    pub subject: Option<Range<usize>>,
}

impl Sentence {
    pub fn plain(text: String) -> Self {
        Self { text, facts: Vec::new() }
    }

    /// Moves every range by `by` bytes.
    pub fn shifted(mut self, by: usize) -> Self {
        let shift = |range: &Range<usize>| range.start + by..range.end + by;
        for fact in &mut self.facts {
            fact.value = shift(&fact.value);
            fact.subject = fact.subject.as_ref().map(shift);
        }
        self
    }
}

/// How a fact is told in a document.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub fact: usize,
    /// Which of the value's forms.
    pub form: usize,
    pub in_table: bool,
    /// What the sentence calls the subject.
    pub subject: String,
    /// The clean sentence.
    pub sentence: String,
}

/// What separates the cells of a row in clean text.
pub(crate) const CELL: &str = " | ";

impl Prose {
    pub fn plain(text: impl Into<String>) -> Self {
        let mut prose = Self::default();
        prose.push(Sentence::plain(text.into()));
        prose
    }

    /// Appends a sentence, with a space before it.
    pub fn push(&mut self, sentence: Sentence) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(&sentence.text);
        let range = start..self.text.len();
        let plant = |fact: Spoken| Plant { told: fact.told, value: fact.value, subject: fact.subject, sentence: range.clone() };
        self.plants.extend(sentence.shifted(start).facts.into_iter().map(plant));
        self.sentences.push(range);
    }

    /// A table row; a fact is given with the cells of its subject and its value.
    pub fn row(cells: &[String], facts: &[(usize, usize, usize)]) -> Self {
        let mut prose = Self::default();
        for cell in cells {
            if !prose.cells.is_empty() {
                prose.text.push_str(CELL);
            }
            let start = prose.text.len();
            prose.text.push_str(cell);
            prose.cells.push(start..prose.text.len());
        }
        let whole = 0..prose.text.len();
        prose.sentences.push(whole.clone());
        for (told, subject, value) in facts {
            let (subject, value) = (prose.cells[*subject].clone(), prose.cells[*value].clone());
            prose.plants.push(Plant { told: *told, value, subject: Some(subject), sentence: whole.clone() });
        }
        prose
    }
}

/// A split's name in family names.
pub(crate) fn split_name(split: records::Split) -> &'static str {
    match split {
        records::Split::Train => "train",
        records::Split::Dev => "dev",
        records::Split::Test => "test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_joins_its_cells_and_marks_the_values_in_them() {
        let row = Prose::row(&["Depot".into(), "Velmar".into(), "400".into()], &[(0, 0, 1), (1, 0, 2)]);
        assert_eq!(row.text, "Depot | Velmar | 400");
        assert_eq!((&row.text[row.plants[0].value.clone()], &row.text[row.plants[1].value.clone()]), ("Velmar", "400"));
    }

    #[test]
    fn ranges_move_with_their_sentence() {
        let mut prose = Prose::plain("First.");
        prose.push(Sentence { text: "It is 5.".into(), facts: vec![Spoken { told: 0, value: 6..7, subject: None }] });
        assert_eq!(&prose.text[prose.plants[0].value.clone()], "5");
    }
}
