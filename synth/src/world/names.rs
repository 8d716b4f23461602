//! Names that are never given twice: the n-th name of a kind is a fixed shuffle of all combinations of its word lists, so that a name can
//! be made from its number, and its number found from its parts, without remembering any. Things that must be told apart with care (a site
//! of the same name in the south, last year's fair) share a number and differ in their variant.

use std::collections::BTreeMap;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::grammar::{EntityKind, NameLists};

/// All combinations of some lists in a shuffled order: number -> one choice from each list, and back.
#[derive(Clone, Debug)]
pub(crate) struct NameSpace {
    radices: Vec<u64>,
    size: u64,
    /// Multiplier of the shuffle `number * step + shift mod size`, coprime to the size, and its inverse.
    step: u64,
    inverse: u64,
    shift: u64,
}

impl NameSpace {
    pub fn new(radices: &[usize], seed: u64) -> Self {
        let radices: Vec<u64> = radices.iter().map(|radix| (*radix).max(1) as u64).collect();
        let size: u64 = radices.iter().product();
        let spread = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Near the golden section, so that neighbours are far apart.
        let mut step = (size as f64 * 0.618_034) as u64 + spread % (size / 7 + 1);
        while greatest_common_divisor(step, size) != 1 {
            step += 1;
        }
        let step = step % size.max(2);
        Self { inverse: modular_inverse(step, size), step, shift: (spread >> 20) % size, radices, size }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The place of a number in the shuffle; below the size, different for different numbers below the size.
    pub fn place(&self, number: u64) -> u64 {
        ((u128::from(number) * u128::from(self.step) + u128::from(self.shift)) % u128::from(self.size)) as u64
    }

    pub fn choices(&self, number: u64) -> Vec<usize> {
        let mut place = self.place(number);
        let choose = |radix: &u64| {
            let choice = place % radix;
            place /= radix;
            choice as usize
        };
        self.radices.iter().map(choose).collect()
    }

    pub fn number(&self, choices: &[usize]) -> u64 {
        let place = self.radices.iter().zip(choices).rev().fold(0, |place, (radix, choice)| place * radix + *choice as u64);
        let moved = u128::from(place + self.size - self.shift % self.size) % u128::from(self.size);
        (moved * u128::from(self.inverse) % u128::from(self.size)) as u64
    }

    /// The number of a name that differs from `number` in one choice and is none of the first `used` names.
    pub fn near_miss(&self, number: u64, used: u64, rng: &mut ChaCha8Rng) -> Option<u64> {
        (0..20).find_map(|_| {
            let mut choices = self.choices(number);
            let at = rng.random_range(0..choices.len());
            choices[at] = rng.random_range(0..self.radices[at]) as usize;
            Some(self.number(&choices)).filter(|other| *other >= used)
        })
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The inverse of `value` modulo `modulus`, which must be coprime (extended Euclid).
fn modular_inverse(value: u64, modulus: u64) -> u64 {
    let (mut old, mut new) = ((i128::from(value), 1_i128), (i128::from(modulus), 0_i128));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    old.1.rem_euclid(i128::from(modulus)) as u64
}

/// How something is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Whether "the" stands before it.
    pub article: bool,
    /// Unambiguous in the whole world, without the article.
    pub full: String,
    /// Enough inside a document of its organisation.
    pub short: String,
    /// An official code that is unique in the world.
    pub code: Option<String>,
    /// The initials it is known by, not unique in the world.
    pub letters: Option<String>,
    /// The name with a part of it abbreviated, unique in the world.
    pub abbreviated: Option<String>,
    /// The last name of a person.
    pub last: Option<String>,
    /// Other strings that count as the name.
    pub aliases: Vec<String>,
}

impl Name {
    /// A name that is written out everywhere.
    pub fn plain(full: String) -> Self {
        Self { article: false, short: full.clone(), full, code: None, letters: None, abbreviated: None, last: None, aliases: Vec::new() }
    }

    fn coded(self, code: String) -> Self {
        Self { code: Some(code), ..self }
    }

    fn with_the(self) -> Self {
        Self { article: true, ..self }
    }

    /// `text` with the article where one belongs.
    pub fn with_article(&self, text: &str) -> String {
        if self.article { format!("the {text}") } else { text.to_owned() }
    }
}

/// The name of what is filed under a number, which also chooses what it is.
fn filed(list: &[String], letters: &str, number: usize) -> Name {
    let code = format!("{letters}-{number}");
    let what = &list[(number * 7 + number / 97) % list.len()];
    Name::plain(format!("{what} {code}")).coded(code).with_the()
}

/// The name spaces of one world.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    spaces: BTreeMap<EntityKind, NameSpace>,
}

impl Names {
    pub fn new(lists: &NameLists, seed: u64) -> Self {
        let (heads, tails) = (lists.heads.len(), lists.tails.len());
        let radices = |kind: EntityKind| match kind {
            EntityKind::Organisation => vec![heads, tails, lists.organisation_fields.len(), lists.organisation_types.len()],
            EntityKind::Person => vec![lists.first_names.len(), lists.last_heads.len(), lists.last_tails.len()],
            EntityKind::Product => vec![lists.product_heads.len(), lists.product_middles.len(), lists.product_tails.len(), 4],
            EntityKind::Dataset => vec![heads, tails, lists.dataset_nouns.len()],
            EntityKind::Vehicle => vec![lists.vehicle_types.len(), heads, tails, lists.vehicle_nouns.len()],
            EntityKind::Policy => vec![lists.policies.len(), 9_000],
            EntityKind::Law => vec![heads, tails, lists.law_topics.len()],
            EntityKind::Contract | EntityKind::Incident => vec![90_000],
            EntityKind::Project => vec![heads, tails, lists.project_nouns.len()],
            EntityKind::Event => vec![heads, tails, lists.event_types.len()],
            EntityKind::Site => vec![heads, tails, lists.site_types.len()],
            EntityKind::Department | EntityKind::Committee => Vec::new(),
        };
        let spaces =
            EntityKind::NAMES.iter().map(|(kind, _)| (*kind, radices(*kind))).filter(|(_, radices)| !radices.is_empty()).enumerate();
        Self {
            spaces: spaces.map(|(salt, (kind, radices))| (kind, NameSpace::new(&radices, seed.wrapping_add(salt as u64 + 1)))).collect(),
        }
    }

    /// The space of a kind; departments and committees have none, they are named within their organisation.
    pub fn space(&self, kind: EntityKind) -> Option<&NameSpace> {
        self.spaces.get(&kind)
    }

    /// How many things may share a name but for one small part: a compass point, a year, an initial.
    pub fn variants(lists: &NameLists, kind: EntityKind) -> usize {
        match kind {
            EntityKind::Person => lists.middle_initials.len(),
            EntityKind::Product => lists.product_suffixes.len(),
            EntityKind::Vehicle => lists.vehicle_numbers.len(),
            EntityKind::Event => lists.event_years.len(),
            EntityKind::Site => lists.site_prefixes.len(),
            _ => 1,
        }
    }

    /// The name with this number, in one of its variants.
    pub fn name(&self, lists: &NameLists, kind: EntityKind, number: u64, variant: usize) -> Name {
        let choices = self.space(kind).map(|space| space.choices(number)).unwrap_or_default();
        let place = self.space(kind).map_or(0, |space| space.place(number));
        let at = |list: &[String], which: usize| list[choices[which] % list.len()].clone();
        let varied = |list: &[String]| list[variant % list.len()].clone();
        let stem = |first: usize| format!("{}{}", at(&lists.heads, first), at(&lists.tails, first + 1));
        match kind {
            EntityKind::Organisation => {
                let full = format!("{} {} {}", stem(0), at(&lists.organisation_fields, 2), at(&lists.organisation_types, 3));
                let acronym: String = full.split(' ').filter_map(|word| word.chars().next()).collect();
                Name { letters: Some(acronym), ..Name::plain(full) }
            }
            EntityKind::Person => {
                let (first, last) = (at(&lists.first_names, 0), format!("{}{}", at(&lists.last_heads, 1), at(&lists.last_tails, 2)));
                let initial: String = first.chars().take(1).collect();
                let full = format!("{first}{} {last}", varied(&lists.middle_initials));
                Name { aliases: vec![last.clone(), format!("{initial}. {last}")], last: Some(last), ..Name::plain(full) }
            }
            EntityKind::Product => {
                let core = format!("{}{}{}", at(&lists.product_heads, 0), at(&lists.product_middles, 1), at(&lists.product_tails, 2));
                let letter = char::from(b'A' + (variant % 26) as u8);
                let code = format!("{}-{:06}{letter}", core.chars().take(2).collect::<String>().to_uppercase(), place + 1_000);
                let series = ["", " 200", " X", " S"][choices[3] % 4];
                Name::plain(format!("{core}{series}{}", varied(&lists.product_suffixes))).coded(code)
            }
            EntityKind::Dataset => {
                let full = format!("{} {}", stem(0), at(&lists.dataset_nouns, 2));
                Name::plain(full).coded(format!("DS-{:06}", place + 1_000)).with_the()
            }
            EntityKind::Vehicle => {
                let (what, noun) = (at(&lists.vehicle_types, 0), at(&lists.vehicle_nouns, 3));
                let full = format!("{what} {}{noun}{}", stem(1), varied(&lists.vehicle_numbers));
                Name::plain(full).coded(format!("V{:06}{}", place + 1_000, ["", "B", "C", "D"][variant % 4])).with_the()
            }
            EntityKind::Policy => {
                let (topic, letters) = &lists.policies[choices[0] % lists.policies.len()];
                let code = format!("{letters}-{}", 1_000 + choices[1]);
                Name::plain(format!("{topic} Policy {code}")).coded(code).with_the()
            }
            EntityKind::Law => {
                let full = format!("{} {} Act", stem(0), at(&lists.law_topics, 2));
                Name::plain(full).coded(format!("Act {}/{}", place / 60 + 1, 1960 + place % 60)).with_the()
            }
            EntityKind::Contract => filed(&lists.contract_kinds, "CT", 10_000 + choices[0]),
            EntityKind::Incident => filed(&lists.incident_events, "IN", 10_000 + choices[0]),
            EntityKind::Project => {
                let full = format!("Project {} {}", stem(0), at(&lists.project_nouns, 2));
                Name::plain(full).coded(format!("PJ-{:06}", place + 1_000))
            }
            EntityKind::Event => {
                Name::plain(format!("{} {} {}", stem(0), at(&lists.event_types, 2), varied(&lists.event_years))).with_the()
            }
            EntityKind::Site => Name::plain(format!("{}{} {}", varied(&lists.site_prefixes), stem(0), at(&lists.site_types, 2))).with_the(),
            EntityKind::Department | EntityKind::Committee => Name::plain(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::grammar::Grammar;
    use super::*;

    proptest! {
        #[test]
        fn a_number_is_found_again_from_its_choices(a in 1..90_usize, b in 1..40_usize, c in 1..20_usize, seed: u64, at in 0.0..1.0_f64) {
            let space = NameSpace::new(&[a, b, c], seed);
            let number = ((space.size() as f64 * at) as u64).min(space.size() - 1);
            prop_assert_eq!(space.number(&space.choices(number)), number);
        }
    }

    #[test]
    fn no_name_and_no_code_is_given_twice() {
        let lists = Grammar::load().unwrap().names;
        let names = Names::new(&lists, 11);
        for (kind, _) in EntityKind::NAMES {
            let Some(space) = names.space(kind) else { continue };
            assert!(space.size() >= 70_000, "{kind:?}: {}", space.size());
            let (mut seen, mut codes) = (HashSet::new(), HashSet::new());
            for number in 0..60_000 {
                let name = names.name(&lists, kind, number, 0);
                assert!(seen.insert(name.full.clone()), "{kind:?} {}", name.full);
                assert!(name.code.is_none_or(|code| codes.insert(code)), "{kind:?} {}", name.full);
            }
        }
    }
}
