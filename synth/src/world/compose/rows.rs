//! Blocks that are no prose: list items, and tables with a column a relation or a row an entry.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use records::Role;

use super::super::prose::Prose;
use super::Composer;

/// Most blocks of list items and rows that only fill.
const IDLE: std::ops::RangeInclusive<usize> = 1..=2;

impl Composer<'_> {
    pub(super) fn list(&mut self, subjects: Vec<Vec<usize>>) {
        let idle = self.writer.between(IDLE);
        let mut items: Vec<Option<usize>> = subjects.into_iter().flatten().map(Some).chain(std::iter::repeat_n(None, idle)).collect();
        items.shuffle(self.writer.rng);
        for item in items {
            let sentences = match item {
                Some(fact) if self.writer.chance(0.4) => vec![self.writer.entry(fact)],
                Some(fact) => self.writer.tell(&[fact]),
                None => vec![self.writer.filler()],
            };
            let mut prose = Prose::default();
            sentences.into_iter().for_each(|sentence| prose.push(sentence));
            self.push(Role::ListItem, 0, prose);
        }
    }

    /// One table with a column a relation for each kind of subject that has enough to say, one row an entry for the rest.
    pub(super) fn tables(&mut self, subjects: Vec<Vec<usize>>) {
        let mut kinds: BTreeMap<_, Vec<Vec<usize>>> = BTreeMap::new();
        for facts in subjects {
            let Some(first) = facts.first() else { continue };
            let kind = self.writer.cluster.entities[self.writer.cluster.facts[*first].subject].kind;
            kinds.entry(kind).or_default().push(facts);
        }
        let mut rest = Vec::new();
        for group in kinds.into_values() {
            let columns = self.columns(&group);
            if (2..=4).contains(&columns.len()) && self.writer.chance(0.7) {
                self.matrix(group, &columns);
            } else {
                rest.extend(group.into_iter().flatten());
            }
        }
        if !rest.is_empty() {
            self.entries(rest);
        }
    }

    /// The relations told in a group of subjects; none if one subject has two values for one of them.
    fn columns(&self, group: &[Vec<usize>]) -> Vec<usize> {
        let relation = |fact: &usize| self.writer.cluster.facts[*fact].relation;
        let mut columns: Vec<usize> = group.iter().flatten().map(relation).collect();
        columns.sort_unstable();
        columns.dedup();
        let twice =
            group.iter().any(|facts| columns.iter().any(|column| facts.iter().filter(|fact| relation(fact) == *column).count() > 1));
        if twice { Vec::new() } else { columns }
    }

    fn caption(&mut self) {
        let caption = self.writer.furniture("captions");
        self.push(Role::Caption, 0, Prose::plain(caption));
    }

    fn matrix(&mut self, group: Vec<Vec<usize>>, columns: &[usize]) {
        self.caption();
        let relations = &self.writer.world.grammar.relations;
        let mut header = vec![self.writer.furniture("corners")];
        header.extend(columns.iter().map(|column| relations[*column].label.clone()));
        self.push(Role::TableRow, 0, Prose::row(&header, &[]));
        for facts in group {
            let subject = self.writer.cluster.facts[facts[0]].subject;
            let of_column = |column: &usize| facts.iter().copied().find(|fact| self.writer.cluster.facts[*fact].relation == *column);
            let cells: Vec<Option<usize>> = columns.iter().map(of_column).collect();
            let row = self.writer.row(subject, &cells, false);
            self.push(Role::TableRow, 0, row);
        }
    }

    fn entries(&mut self, facts: Vec<usize>) {
        self.caption();
        self.push(Role::TableRow, 0, Prose::row(&["Subject".into(), "Item".into(), "Entry".into()], &[]));
        let mut rows: Vec<Prose> = Vec::new();
        for fact in facts {
            let subject = self.writer.cluster.facts[fact].subject;
            rows.push(self.writer.row(subject, &[Some(fact)], true));
        }
        let idle = self.writer.between(IDLE);
        rows.extend((0..idle).map(|_| self.writer.idle_row(3)));
        rows.shuffle(self.writer.rng);
        rows.into_iter().for_each(|row| self.push(Role::TableRow, 0, row));
    }
}
