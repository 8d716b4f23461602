//! Sentences: a planted fact in one of its wordings, or filler expanded from the word lists; and the clean text that remembers both.

use std::ops::Range;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::cluster::{Cluster, World};
use super::grammar::EntityKind;

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
    pub sentence: Range<usize>,
}

/// How a fact is told in a document.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub fact: usize,
    /// Which of the value's forms.
    pub form: usize,
    pub in_table: bool,
    /// The clean sentence.
    pub sentence: String,
}

/// What separates the cells of a row in clean text.
pub(crate) const CELL: &str = " | ";

impl Prose {
    pub fn plain(text: impl Into<String>) -> Self {
        let mut prose = Self::default();
        prose.push(&text.into(), None);
        prose
    }

    /// Appends a sentence, with a space before it; `value` marks a fact's value in it.
    pub fn push(&mut self, sentence: &str, plant: Option<(usize, Range<usize>)>) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(sentence);
        let range = start..self.text.len();
        if let Some((told, value)) = plant {
            self.plants.push(Plant { told, value: start + value.start..start + value.end, sentence: range.clone() });
        }
        self.sentences.push(range);
    }

    /// A table row; `value` is the cell that holds a fact's value, with its position in the cell.
    pub fn row(cells: &[String], plant: Option<(usize, usize, Range<usize>)>) -> Self {
        let mut prose = Self::default();
        for cell in cells {
            if !prose.cells.is_empty() {
                prose.text.push_str(CELL);
            }
            let start = prose.text.len();
            prose.text.push_str(cell);
            prose.cells.push(start..prose.text.len());
        }
        prose.sentences.push(0..prose.text.len());
        if let Some((told, cell, value)) = plant {
            let shift = prose.cells[cell].start;
            prose.plants.push(Plant { told, value: shift + value.start..shift + value.end, sentence: 0..prose.text.len() });
        }
        prose
    }
}

/// Writes sentences about one cluster.
pub(crate) struct Writer<'a> {
    pub world: &'a World,
    pub cluster: &'a Cluster,
    pub rng: &'a mut ChaCha8Rng,
    pub told: Vec<Told>,
    /// Entities named in the current sentence, so that none is named twice.
    named: Vec<usize>,
    /// Templates used last, so that a document does not repeat itself.
    recent: Vec<usize>,
}

impl<'a> Writer<'a> {
    pub fn new(world: &'a World, cluster: &'a Cluster, rng: &'a mut ChaCha8Rng) -> Self {
        Self { world, cluster, rng, told: Vec::new(), named: Vec::new(), recent: Vec::new() }
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    pub fn between(&mut self, range: std::ops::RangeInclusive<usize>) -> usize {
        self.rng.random_range(range)
    }

    /// A filler sentence that this document has not had lately.
    pub fn filler(&mut self) -> String {
        let templates = &self.world.grammar.prose.filler;
        let mut at = self.rng.random_range(0..templates.len());
        while self.recent.contains(&at) {
            at = (at + 1) % templates.len();
        }
        self.recent.push(at);
        if self.recent.len() > templates.len() / 2 {
            self.recent.remove(0);
        }
        self.expand(&templates[at])
    }

    /// A line of the data file's furniture.
    pub fn furniture(&mut self, list: &str) -> String {
        let template = self.world.grammar.prose.furniture.get(list).and_then(|lines| lines.choose(self.rng));
        template.map(|template| self.expand(template)).unwrap_or_default()
    }

    pub fn title(&mut self, genre: &str) -> String {
        let template = self.world.grammar.prose.titles.get(genre).and_then(|titles| titles.choose(self.rng));
        template.map(|template| self.expand(template)).unwrap_or_default()
    }

    pub fn date(&mut self) -> String {
        let months = &self.world.grammar.names.months;
        format!(
            "{} {} {}",
            self.rng.random_range(1..=28),
            months[self.rng.random_range(0..months.len())],
            self.rng.random_range(2015..2032)
        )
    }

    /// A heading, sometimes about the subject of `fact`.
    pub fn heading(&mut self, fact: Option<usize>, ask: bool) -> String {
        let prose = &self.world.grammar.prose;
        if let Some(fact) = fact.filter(|_| ask || self.rng.random_bool(0.4)) {
            let subject = self.subject(fact, false);
            let template = if ask { prose.ask.choose(self.rng) } else { prose.about.choose(self.rng) };
            return capitalised(&template.map_or("{s}", String::as_str).replace("{s}", &subject));
        }
        prose.headings.choose(self.rng).cloned().unwrap_or_default()
    }

    /// The subject of a fact as documents call it.
    fn subject(&self, fact: usize, with_code: bool) -> String {
        let name = &self.cluster.entities[self.cluster.facts[fact].subject].name;
        let text = name.with_article(&name.short);
        match &name.code {
            Some(code) if with_code && !text.contains(code.as_str()) => format!("{text} ({code})"),
            _ => text,
        }
    }

    /// Tells a fact in a sentence.
    pub fn fact(&mut self, fact: usize) -> (String, Option<(usize, Range<usize>)>) {
        let told = &self.cluster.facts[fact];
        let relation = &self.world.grammar.relations[told.relation];
        let forms = relation.statements.of(self.cluster.split);
        let family = self.rng.random_range(0..forms.len());
        let form = self.value_form(fact);
        let with_code = self.rng.random_bool(0.35) && self.has_hidden_code(fact);
        let (subject, value) = (self.subject(fact, with_code), &told.value);
        let (sentence, range) = fill(&forms[family], &subject, &value.article, &value.forms[form]);
        self.told.push(Told { fact, form, in_table: false, sentence: sentence.clone() });
        (sentence, Some((self.told.len() - 1, range)))
    }

    /// Tells a fact in a table row.
    pub fn row(&mut self, fact: usize) -> Prose {
        let told = &self.cluster.facts[fact];
        let relation = &self.world.grammar.relations[told.relation];
        let form = self.value_form(fact);
        let value = told.value.forms[form].clone();
        let name = &self.cluster.entities[told.subject].name;
        let range = 0..value.len();
        let prose = Prose::row(&[name.short.clone(), relation.label.clone(), value], Some((self.told.len(), 2, range)));
        self.told.push(Told { fact, form, in_table: true, sentence: prose.text.clone() });
        prose
    }

    /// A row that tells nothing anyone asks for.
    pub fn idle_row(&mut self) -> Prose {
        let entity = self.rng.random_range(0..self.cluster.entities.len());
        let rows = [
            ("Status", "under review"),
            ("Last checked", "this quarter"),
            ("Language", "English"),
            ("File", "Cabinet B"),
            ("Remarks", "none"),
        ];
        let (label, value) = rows[self.rng.random_range(0..rows.len())];
        Prose::row(&[self.cluster.entities[entity].name.short.clone(), label.to_owned(), value.to_owned()], None)
    }

    fn value_form(&mut self, fact: usize) -> usize {
        let forms = self.cluster.facts[fact].value.forms.len();
        // The first form in half of the cases, any other in the rest.
        if self.rng.random_bool(0.5) { 0 } else { self.rng.random_range(0..forms) }
    }

    fn has_hidden_code(&self, fact: usize) -> bool {
        let name = &self.cluster.entities[self.cluster.facts[fact].subject].name;
        name.code.as_ref().is_some_and(|code| !name.short.contains(code.as_str()))
    }

    /// Expands a template and begins it with a capital.
    pub fn expand(&mut self, template: &str) -> String {
        self.named.clear();
        let mut out = String::new();
        self.expand_into(template, &mut out, 0);
        capitalised(&out)
    }

    fn expand_into(&mut self, template: &str, out: &mut String, depth: usize) {
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            let Some(length) = rest[open..].find('}') else { break };
            let slot = &rest[open + 1..open + length];
            rest = &rest[open + length + 1..];
            self.expand_slot(slot, out, depth);
        }
        out.push_str(rest);
    }

    fn expand_slot(&mut self, slot: &str, out: &mut String, depth: usize) {
        if let Some((kind, _)) = EntityKind::NAMES.iter().find(|(_, name)| *name == slot) {
            let name = self.mention(*kind);
            out.push_str(&name);
            return;
        }
        let world = self.world;
        match slot {
            "n" => out.push_str(&self.rng.random_range(2..60).to_string()),
            "year" => out.push_str(&self.rng.random_range(2010..2032).to_string()),
            "month" => out.push_str(world.grammar.names.months.choose(self.rng).map_or("", String::as_str)),
            "theme" => {
                out.push_str(world.grammar.prose.titles.get("themes").and_then(|all| all.choose(self.rng)).map_or("", String::as_str))
            }
            word => match world.grammar.prose.words.get(word).and_then(|all| all.choose(self.rng)) {
                Some(chosen) if depth < 4 => self.expand_into(chosen, out, depth + 1),
                _ => out.push_str(word),
            },
        }
    }

    fn mention(&mut self, kind: EntityKind) -> String {
        let fitting = |at: &usize| self.cluster.entities[*at].kind == kind && !self.named.contains(at);
        let all: Vec<usize> = (0..self.cluster.entities.len()).filter(fitting).collect();
        let Some(at) = all.choose(self.rng).copied() else { return "a colleague".to_owned() };
        self.named.push(at);
        let name = &self.cluster.entities[at].name;
        name.with_article(&name.short)
    }
}

/// Puts subject and value into a statement; gives the sentence and the value's range in it, without its article.
fn fill(form: &str, subject: &str, article: &str, value: &str) -> (String, Range<usize>) {
    let with_subject = form.replace("{s}", subject);
    let (before, after) = with_subject.split_once("{v}").unwrap_or((&with_subject, ""));
    let start = before.len() + article.len();
    let sentence = capitalised(&format!("{before}{article}{value}{after}"));
    (sentence, start..start + value.len())
}

/// The text with its first letter as a capital, where that changes no length.
pub(crate) fn capitalised(text: &str) -> String {
    let mut out = text.to_owned();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
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
    fn the_value_of_a_statement_is_marked_without_its_article() {
        let (sentence, range) = fill("{v} lies behind {s}.", "the flood", "a ", "worn valve");
        assert_eq!((sentence.as_str(), &sentence[range]), ("A worn valve lies behind the flood.", "worn valve"));
    }

    #[test]
    fn a_row_joins_its_cells_and_marks_the_value_in_them() {
        let row = Prose::row(&["Depot".into(), "Town".into(), "Velmar".into()], Some((0, 2, 0..6)));
        assert_eq!(row.text, "Depot | Town | Velmar");
        assert_eq!(&row.text[row.plants[0].value.clone()], "Velmar");
    }
}
