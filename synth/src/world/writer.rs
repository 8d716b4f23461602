//! Writes about one organisation: filler expanded from the word lists, headings, titles and mentions of things, never twice the same way
//! in a row. How facts are told is in `tell`.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::cluster::{Cluster, Day, World};
use super::grammar::EntityKind;
use super::phrase::{capitalised, vary};
use super::prose::{Prose, Sentence, Told};

/// Writes sentences about one cluster for one document.
pub(crate) struct Writer<'a> {
    pub world: &'a World,
    pub cluster: &'a Cluster,
    /// When the document was written.
    pub day: Day,
    pub rng: &'a mut ChaCha8Rng,
    pub told: Vec<Told>,
    /// Entities named in the current sentence, so that none is named twice.
    named: Vec<usize>,
    /// Templates used last, so that a document does not repeat itself.
    recent: Vec<usize>,
}

impl<'a> Writer<'a> {
    pub fn new(world: &'a World, cluster: &'a Cluster, document: usize, rng: &'a mut ChaCha8Rng) -> Self {
        Self { world, cluster, day: cluster.days[document], rng, told: Vec::new(), named: Vec::new(), recent: Vec::new() }
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    pub fn between(&mut self, range: std::ops::RangeInclusive<usize>) -> usize {
        self.rng.random_range(range)
    }

    /// One of a list, expanded; nothing from an empty list.
    pub fn one_of(&mut self, list: &[String]) -> String {
        let Some(template) = list.choose(self.rng) else { return String::new() };
        self.expand(template)
    }

    /// A filler sentence that this document has not had lately.
    pub fn filler(&mut self) -> Sentence {
        let templates = &self.world.grammar.prose.filler;
        let mut at = self.rng.random_range(0..templates.len());
        while self.recent.contains(&at) || !self.is_possible(&templates[at]) {
            at = (at + 1) % templates.len();
        }
        self.recent.push(at);
        if self.recent.len() > templates.len() / 2 {
            self.recent.remove(0);
        }
        Sentence::plain(self.expand(&templates[at]))
    }

    /// Whether the organisation has something of every kind that a template mentions.
    fn is_possible(&self, template: &str) -> bool {
        let has = |kind: EntityKind| self.cluster.entities.iter().any(|entity| entity.kind == kind);
        let slots = template.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let kind = |slot: &str| EntityKind::NAMES.iter().find(|(_, name)| *name == slot).map(|(kind, _)| *kind);
        slots.filter_map(|(slot, _)| kind(slot)).all(has)
    }

    /// A line of the data file's furniture.
    pub fn furniture(&mut self, list: &str) -> String {
        let template = self.world.grammar.prose.furniture.get(list).and_then(|lines| lines.choose(self.rng));
        template.map(|template| self.expand(template)).unwrap_or_default()
    }

    /// A heading about the subject of `fact`; as a question, where documents ask.
    pub fn heading_about(&mut self, fact: usize, ask: bool) -> String {
        let prose = &self.world.grammar.prose;
        let name = &self.cluster.entities[self.cluster.facts[fact].subject].name;
        let subject = if ask { name.with_article(&name.short) } else { name.short.clone() };
        let template = if ask { prose.ask.choose(self.rng) } else { prose.about.choose(self.rng) };
        capitalised(&vary(template.map_or("{s}", String::as_str), self.rng).replace("{s}", &subject))
    }

    /// A row that tells nothing anyone asks for, of `cells` cells.
    pub fn idle_row(&mut self, cells: usize) -> Prose {
        let rows = &self.world.grammar.prose.idle_rows;
        let entity = &self.cluster.entities[self.rng.random_range(0..self.cluster.entities.len())];
        let (label, value) = rows.choose(self.rng).cloned().unwrap_or_default();
        let mut all = vec![entity.name.short.clone(), label, value];
        all.truncate(cells.max(1));
        Prose::row(&all, &[])
    }

    /// Expands a template and begins it with a capital.
    pub fn expand(&mut self, template: &str) -> String {
        self.named.clear();
        capitalised(&self.expanded(template))
    }

    /// Expands a template as it is.
    pub fn expanded(&mut self, template: &str) -> String {
        let mut out = String::new();
        let varied = vary(template, self.rng);
        self.expand_into(&varied, &mut out, 0);
        out
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
            "d" => out.push_str(&self.rng.random_range(0..10).to_string()),
            "letters" => out.push_str(self.cluster.entities[0].name.letters.as_deref().unwrap_or_default()),
            "year" => out.push_str(&self.day.year.to_string()),
            "month" => out.push_str(&world.grammar.names.months[self.day.month % world.grammar.names.months.len()]),
            "date" => {
                let Day { year, month, day } = self.day;
                out.push_str(&format!("{day} {} {year}", world.grammar.names.months[month % world.grammar.names.months.len()]));
            }
            word => match world.grammar.prose.words.get(word).and_then(|all| self.possible(all)) {
                Some(chosen) if depth < 5 => {
                    let varied = vary(chosen, self.rng);
                    self.expand_into(&varied, out, depth + 1);
                }
                _ => out.push_str(word),
            },
        }
    }

    /// One of a list that the organisation has the things for.
    fn possible<'b>(&mut self, all: &'b [String]) -> Option<&'b String> {
        for _ in 0..6 {
            let chosen = all.choose(self.rng)?;
            if self.is_possible(chosen) {
                return Some(chosen);
            }
        }
        all.first()
    }

    /// The name of something of this kind; of any other kind but a person, if the organisation has none.
    fn mention(&mut self, kind: EntityKind) -> String {
        let free = |at: &usize| !self.named.contains(at);
        let of_kind = |at: &usize| self.cluster.entities[*at].kind == kind;
        let all = 0..self.cluster.entities.len();
        let fitting: Vec<usize> = all.clone().filter(of_kind).filter(free).collect();
        let at = match fitting.choose(self.rng) {
            Some(at) => *at,
            None if kind == EntityKind::Person => return "a colleague".to_owned(),
            None => {
                let other = |at: &usize| !matches!(self.cluster.entities[*at].kind, EntityKind::Person | EntityKind::Organisation);
                let others: Vec<usize> = all.filter(other).filter(free).collect();
                match others.choose(self.rng) {
                    Some(at) => *at,
                    None => return "the house".to_owned(),
                }
            }
        };
        self.named.push(at);
        let name = &self.cluster.entities[at].name;
        match &name.last {
            Some(last) if self.rng.random_bool(0.12) => last.clone(),
            _ => name.with_article(&name.short),
        }
    }
}
