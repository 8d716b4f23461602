//! One organisation of a world with everything that hangs on it: the unit that is generated alone, on any thread, from its number.
//! Its documents, its facts and the wording of both belong to one split.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::Split;

use super::grammar::{EntityKind, Grammar, Relation};
use super::names::{Name, Names};
use super::value::{Value, random_value};

/// Fewest and most entities of each kind that an organisation has.
const SIZES: [(EntityKind, u64, u64); 14] = [
    (EntityKind::Organisation, 1, 1),
    (EntityKind::Department, 1, 3),
    (EntityKind::Committee, 0, 1),
    (EntityKind::Person, 3, 4),
    (EntityKind::Product, 1, 2),
    (EntityKind::Dataset, 0, 1),
    (EntityKind::Vehicle, 0, 2),
    (EntityKind::Policy, 0, 2),
    (EntityKind::Law, 0, 1),
    (EntityKind::Contract, 0, 2),
    (EntityKind::Incident, 0, 2),
    (EntityKind::Project, 1, 2),
    (EntityKind::Event, 0, 2),
    (EntityKind::Site, 1, 3),
];

/// Documents of an organisation.
pub(crate) const DOCUMENTS: usize = 6;
/// Share of the kinds with variants whose second entity bears the name of the first in another variant.
const NAMESAKES: f64 = 0.4;
/// Share of the facts that may change whose value did, and of all facts that two sources tell differently.
const CHANGED: f64 = 0.22;
const DISPUTED: f64 = 0.05;

/// Something with a name.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub kind: EntityKind,
    pub number: u64,
    pub variant: usize,
    pub name: Name,
}

/// Whether another fact says something else about the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// No other does.
    Only,
    /// This one holds at the date of its document, the other at that of its own.
    Dated { twin: usize },
    /// Two documents tell it differently.
    Disputed { twin: usize },
}

/// A fact of the world, told or not.
#[derive(Clone, Debug)]
pub(crate) struct WorldFact {
    pub subject: usize,
    /// Position among the grammar's relations.
    pub relation: usize,
    pub value: Value,
    pub version: Version,
    /// The document that tells it; none for a withheld fact.
    pub document: Option<usize>,
}

/// The day a document was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub year: u32,
    pub month: usize,
    pub day: u32,
}

/// One organisation.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub number: u64,
    pub split: Split,
    pub entities: Vec<Entity>,
    pub facts: Vec<WorldFact>,
    /// When each document was written; a later document is of a later year.
    pub days: [Day; DOCUMENTS],
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
        SIZES.iter().find(|(known, ..)| *known == kind).map_or(0, |(_, _, most)| most * self.clusters)
    }

    /// The largest number of clusters for which no name is given twice, leaving a fifth of the names for near misses.
    pub fn most_clusters(names: &Names) -> u64 {
        SIZES.iter().filter_map(|(kind, _, most)| Some(names.space(*kind)?.size() * 4 / 5 / most)).min().unwrap_or(0)
    }

    pub fn cluster(&self, number: u64) -> Cluster {
        let mut rng = self.random(number, "facts");
        let entities = self.entities(number, &mut rng);
        let mut facts = self.facts(&entities, &mut rng);
        deal(&mut facts, self.withheld, &mut rng);
        let split = Split::of(&format!("{}/{}/{number}", self.id, self.seed));
        Cluster { number, split, entities, facts, days: days(&mut rng) }
    }

    fn entities(&self, cluster: u64, rng: &mut ChaCha8Rng) -> Vec<Entity> {
        let lists = &self.grammar.names;
        let mut entities: Vec<Entity> = Vec::new();
        for (kind, fewest, most) in SIZES {
            let size = rng.random_range(fewest..=most);
            if matches!(kind, EntityKind::Department | EntityKind::Committee) {
                let organisation = entities[0].name.full.clone();
                let functions = if kind == EntityKind::Department { lists.departments.len() } else { lists.committees.len() };
                let mut chosen: Vec<usize> = rand::seq::index::sample(rng, functions, size as usize).into_vec();
                chosen.sort_unstable();
                entities.extend(chosen.into_iter().map(|at| {
                    let name = body(&self.grammar, kind, at, &organisation);
                    Entity { kind, number: at as u64, variant: 0, name }
                }));
                continue;
            }
            let variants = Names::variants(lists, kind);
            let first = if kind == EntityKind::Person && rng.random_bool(0.85) { 0 } else { rng.random_range(0..variants) };
            let namesakes = variants > 1 && rng.random_bool(NAMESAKES);
            for at in 0..size {
                let (number, variant) = match at {
                    1 if namesakes => (cluster * most, (first + rng.random_range(1..variants)) % variants),
                    0 => (cluster * most, first),
                    _ if kind == EntityKind::Person => (cluster * most + at, 0),
                    _ => (cluster * most + at, rng.random_range(0..variants)),
                };
                entities.push(Entity { kind, number, variant, name: self.names.name(lists, kind, number, variant) });
            }
        }
        entities
    }

    fn facts(&self, entities: &[Entity], rng: &mut ChaCha8Rng) -> Vec<WorldFact> {
        let mut facts: Vec<WorldFact> = Vec::new();
        for (subject, entity) in entities.iter().enumerate() {
            for (relation, rule) in self.grammar.relations.iter().enumerate().filter(|(_, rule)| rule.subject == entity.kind) {
                let Some(value) = self.value(entities, subject, rule, rng) else { continue };
                let at = facts.len();
                let twin = if rule.changes && rng.random_bool(CHANGED) {
                    Some((Version::Dated { twin: at + 1 }, Version::Dated { twin: at }))
                } else if !rule.definition && rng.random_bool(DISPUTED) {
                    Some((Version::Disputed { twin: at + 1 }, Version::Disputed { twin: at }))
                } else {
                    None
                };
                let other =
                    twin.and_then(|_| (0..8).filter_map(|_| self.value(entities, subject, rule, rng)).find(|other| !other.is_like(&value)));
                let fact = |value: Value, version: Version| WorldFact { subject, relation, value, version, document: None };
                match (twin, other) {
                    (Some((one, two)), Some(other)) => facts.extend([fact(value, one), fact(other, two)]),
                    _ => facts.push(fact(value, Version::Only)),
                }
            }
        }
        facts
    }

    fn value(&self, entities: &[Entity], subject: usize, rule: &Relation, rng: &mut ChaCha8Rng) -> Option<Value> {
        let Some(kind) = rule.value.entity() else {
            return Some(random_value(rule.value, &entities[subject].name.full, &self.grammar.names, rng));
        };
        let fitting: Vec<usize> = (0..entities.len()).filter(|at| entities[*at].kind == kind && *at != subject).collect();
        let chosen = fitting.choose(rng)?;
        Some(Value::of_entity(*chosen, &entities[*chosen].name))
    }
}

/// Deals the facts that are told to the documents: most facts of a thing to one of two, so that documents have something to say about it.
fn deal(facts: &mut [WorldFact], withheld: f64, rng: &mut ChaCha8Rng) {
    let mut homes = [0, 1];
    let mut subject = usize::MAX;
    for at in 0..facts.len() {
        if facts[at].subject != subject {
            subject = facts[at].subject;
            let first = rng.random_range(0..DOCUMENTS);
            homes = [first, (first + rng.random_range(1..DOCUMENTS)) % DOCUMENTS];
        }
        match facts[at].version {
            Version::Only if rng.random_bool(withheld.clamp(0.0, 1.0)) => {}
            Version::Only if rng.random_bool(0.2) => facts[at].document = Some(rng.random_range(0..DOCUMENTS)),
            Version::Only => facts[at].document = Some(homes[usize::from(rng.random_bool(0.45))]),
            Version::Dated { twin } | Version::Disputed { twin } if twin > at => {
                let first = rng.random_range(0..DOCUMENTS);
                facts[at].document = Some(first);
                facts[twin].document = Some((first + rng.random_range(1..DOCUMENTS)) % DOCUMENTS);
            }
            Version::Dated { .. } | Version::Disputed { .. } => {}
        }
    }
}

fn days(rng: &mut ChaCha8Rng) -> [Day; DOCUMENTS] {
    let mut year = rng.random_range(2001..2012);
    std::array::from_fn(|_| {
        year += rng.random_range(1..=3);
        Day { year, month: rng.random_range(0..12), day: rng.random_range(1..=28) }
    })
}

/// The department or committee of an organisation with this function.
pub(crate) fn body(grammar: &Grammar, kind: EntityKind, function: usize, organisation: &str) -> Name {
    let lists = &grammar.names;
    let (short, letters) = if kind == EntityKind::Department {
        let (function, letters) = &lists.departments[function % lists.departments.len()];
        (format!("{function} Department"), Some(letters.clone()))
    } else {
        (format!("{} Committee", lists.committees[function % lists.committees.len()]), None)
    };
    let abbreviated = letters.as_ref().map(|letters| format!("{letters} Department of {organisation}"));
    Name { article: true, short: short.clone(), letters, abbreviated, ..Name::plain(format!("{short} of {organisation}")) }
}
