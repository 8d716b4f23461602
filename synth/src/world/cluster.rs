//! One organisation of a world with everything that hangs on it: the unit that is generated alone, on any thread, from its number.
//! Its documents, its facts and the wording of both belong to one split.

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::Split;

use super::grammar::{EntityKind, Grammar};
use super::names::{Name, Names};
use super::value::{Value, random_value};

/// How many entities of each kind an organisation has.
const SIZES: [(EntityKind, usize); 8] = [
    (EntityKind::Organisation, 1),
    (EntityKind::Department, 3),
    (EntityKind::Person, 5),
    (EntityKind::Product, 2),
    (EntityKind::Policy, 2),
    (EntityKind::Incident, 2),
    (EntityKind::Project, 2),
    (EntityKind::Site, 2),
];

/// Documents of an organisation.
pub(crate) const DOCUMENTS: usize = 6;

/// Something with a name.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub kind: EntityKind,
    pub number: u64,
    pub name: Name,
}

/// A fact of the world, told or not.
#[derive(Clone, Debug)]
pub(crate) struct WorldFact {
    pub subject: usize,
    /// Position among the grammar's relations.
    pub relation: usize,
    pub value: Value,
    /// The document that tells it; none for a withheld fact.
    pub document: Option<usize>,
}

/// One organisation.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub number: u64,
    pub split: Split,
    pub entities: Vec<Entity>,
    pub facts: Vec<WorldFact>,
}

/// What all clusters of a world share.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub grammar: Grammar,
    pub names: Names,
    pub seed: u64,
    pub clusters: u64,
    pub withheld: f64,
    /// Name of the world, part of every id.
    pub id: String,
}

impl World {
    /// A random number generator for one purpose of one cluster, independent of every other.
    pub fn random(&self, cluster: u64, purpose: &str) -> ChaCha8Rng {
        let key = blake3::hash(format!("{}/{}/{cluster}/{purpose}", self.id, self.seed).as_bytes());
        ChaCha8Rng::from_seed(*key.as_bytes())
    }

    /// How many names of a kind the world uses.
    pub fn used(&self, kind: EntityKind) -> u64 {
        SIZES.iter().find(|(known, _)| *known == kind).map_or(0, |(_, size)| *size as u64) * self.clusters
    }

    /// The largest number of clusters for which no name is given twice, leaving a third of the names for near misses.
    pub fn most_clusters(names: &Names) -> u64 {
        SIZES.iter().filter_map(|(kind, size)| Some(names.space(*kind)?.size() * 2 / 3 / *size as u64)).min().unwrap_or(0)
    }

    pub fn cluster(&self, number: u64) -> Cluster {
        let mut rng = self.random(number, "facts");
        let entities = self.entities(number, &mut rng);
        let mut facts = self.facts(&entities, &mut rng);
        self.deal(&mut facts, &mut rng);
        Cluster { number, split: Split::of(&format!("{}/{}/{number}", self.id, self.seed)), entities, facts }
    }

    fn entities(&self, cluster: u64, rng: &mut ChaCha8Rng) -> Vec<Entity> {
        let lists = &self.grammar.names;
        let mut entities: Vec<Entity> = Vec::new();
        for (kind, size) in SIZES {
            if kind == EntityKind::Department {
                let organisation = entities[0].name.full.clone();
                let functions: Vec<&String> = lists.departments.choose_multiple(rng, size).collect();
                entities.extend(functions.into_iter().map(|function| Entity {
                    kind,
                    number: 0,
                    name: department(function, &organisation),
                }));
                continue;
            }
            entities.extend((0..size as u64).map(|at| {
                let number = cluster * size as u64 + at;
                Entity { kind, number, name: self.names.name(lists, kind, number) }
            }));
        }
        entities
    }

    fn facts(&self, entities: &[Entity], rng: &mut ChaCha8Rng) -> Vec<WorldFact> {
        let mut facts: Vec<WorldFact> = Vec::new();
        for (subject, entity) in entities.iter().enumerate() {
            for (relation, rule) in self.grammar.relations.iter().enumerate().filter(|(_, rule)| rule.subject == entity.kind) {
                let value = match rule.value.entity() {
                    Some(kind) => {
                        let fitting: Vec<usize> = (0..entities.len()).filter(|at| entities[*at].kind == kind).collect();
                        let Some(chosen) = fitting.choose(rng) else { continue };
                        Value::of_entity(*chosen, &entities[*chosen].name)
                    }
                    None => random_value(rule.value, &entity.name.full, &self.grammar.names, rng),
                };
                facts.push(WorldFact { subject, relation, value, document: None });
            }
        }
        facts
    }

    /// Deals the facts that are told to the documents, like cards.
    fn deal(&self, facts: &mut [WorldFact], rng: &mut ChaCha8Rng) {
        let mut order: Vec<usize> = (0..facts.len()).collect();
        order.shuffle(rng);
        let mut next = rng.random_range(0..DOCUMENTS);
        for fact in order {
            if rng.random_bool(self.withheld.clamp(0.0, 1.0)) {
                continue;
            }
            facts[fact].document = Some(next % DOCUMENTS);
            next += 1;
        }
    }
}

/// The department of an organisation with this function.
pub(crate) fn department(function: &str, organisation: &str) -> Name {
    let short = format!("{function} Department");
    Name { article: true, full: format!("{short} of {organisation}"), short, code: None, aliases: Vec::new() }
}
